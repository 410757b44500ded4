"""Delivery: compressed once, kept by browsers for as long as it is right, and safe."""

import gzip
import logging
import re
from pathlib import Path

import brotli
import plotly.offline
import pytest
from dash import Dash
from werkzeug.test import Client

from dashboard.delivery import PLOTLY, Delivery, partial_plotly

LINKED = re.compile(r'(?:src|href)="(/[^"]+)"')
VERSION = plotly.offline.get_plotlyjs_version()


def bundles(client: Client) -> list[str]:
    found = [
        address
        for address in LINKED.findall(client.get("/").text)
        if not address.startswith(("/_dash-layout", "/_dash-dep"))
    ]
    assert len(found) > 10
    return found


def test_every_bundle_comes_in_every_encoding(client: Client) -> None:
    for address in bundles(client):
        plain = client.get(address, headers={"Accept-Encoding": "identity"})
        assert plain.status_code == 200, address
        assert "Content-Encoding" not in plain.headers
        if len(plain.data) < 1000 or not (plain.mimetype or "").startswith("text/"):
            continue
        for encoding, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress)):
            packed = client.get(address, headers={"Accept-Encoding": encoding})
            assert packed.headers["Content-Encoding"] == encoding
            assert packed.headers["Vary"] == "Accept-Encoding"
            assert unpack(packed.data) == plain.data
            assert packed.headers["ETag"] != plain.headers["ETag"]


def test_brotli_is_preferred_and_refusals_are_respected(client: Client) -> None:
    both = client.get(PLOTLY, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert both.headers["Content-Encoding"] == "br"
    refused = client.get(PLOTLY, headers={"Accept-Encoding": "gzip, br;q=0"})
    assert refused.headers["Content-Encoding"] == "gzip"


def test_a_known_tag_is_answered_with_304(client: Client) -> None:
    first = client.get(PLOTLY, headers={"Accept-Encoding": "br"})
    again = client.get(PLOTLY, headers={"Accept-Encoding": "br", "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


def test_only_what_has_a_fingerprint_is_immutable(client: Client) -> None:
    addresses = bundles(client)
    fixed = [a for a in addresses if "immutable" in client.get(a).headers["Cache-Control"]]
    assert any("dash_renderer" in address for address in fixed)
    assert f"{PLOTLY}?v={VERSION}" in fixed
    assert any(address.startswith("/assets/") for address in fixed)
    assert client.get(PLOTLY).headers["Cache-Control"] == "no-cache"
    assert client.get("/assets/style.css").headers["Cache-Control"] == "no-cache"


def test_a_bundle_is_read_once(app: Dash) -> None:
    delivery = Delivery(app)
    client = Client(delivery)
    first = client.get("/assets/style.css")
    delivery._server = None  # type: ignore[assignment]
    assert client.get("/assets/style.css").data == first.data


def test_head_has_no_body(client: Client) -> None:
    answer = client.head(PLOTLY)
    assert answer.status_code == 200
    assert answer.data == b""
    assert int(answer.headers["Content-Length"]) > 100_000


def test_json_is_compressed_per_request(client: Client) -> None:
    for address in ("/_dash-layout", "/view/trends", "/api/trends"):
        plain = client.get(address, headers={"Referer": "http://localhost/"}).data
        packed = client.get(address, headers={"Accept-Encoding": "br", "Referer": "http://localhost/"})
        assert packed.headers["Content-Encoding"] == "br", address
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert brotli.decompress(packed.data) == plain
        assert len(packed.data) < len(plain) / 2


def test_a_missing_bundle_is_not_kept(client: Client) -> None:
    for _ in range(2):
        assert client.get("/assets/nothing.css").status_code == 404


def test_pages_load_nothing_from_elsewhere(client: Client) -> None:
    document = client.get("/")
    policy = dict(part.split(" ", 1) for part in document.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert "unsafe" not in policy["script-src"]
    assert "'sha256-" in policy["script-src"]
    assert "http" not in " ".join(policy.values())
    for address in LINKED.findall(document.text):
        assert address.startswith("/"), address
        assert not address.startswith("//"), address


def test_every_answer_is_safe(client: Client) -> None:
    for address in ("/", "/assets/style.css", "/view/trends", "/healthz", "/nowhere"):
        headers = client.get(address).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_the_partial_bundle_is_served_in_the_right_version(app: Dash, vendor: Path) -> None:
    body = f"/**\n* plotly.js (basic - minified) v{VERSION}\n* Licensed under the MIT license\n*/\n".encode()
    (vendor / "plotly-basic.min.js").write_bytes(body)
    assert Client(Delivery(app, vendor)).get(PLOTLY).data == body


@pytest.mark.parametrize("head", [None, b"/* plotly.js (basic - minified) v1.0.0\n */", b"<html>not found</html>"])
def test_without_a_right_partial_bundle_the_full_one_is_served(
    head: bytes | None, app: Dash, vendor: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if head is not None:
        (vendor / "plotly-basic.min.js").write_bytes(head)
    with caplog.at_level(logging.WARNING, "dashboard.delivery"):
        client = Client(Delivery(app, vendor))
    assert len([r for r in caplog.records if "serving the full one" in r.message]) == 1
    answer = client.get(PLOTLY)
    assert len(answer.data) > 2_000_000
    assert partial_plotly(vendor) is None


def test_warming_asks_for_every_bundle(app: Dash) -> None:
    delivery = Delivery(app).warm()
    held = {address.partition("?")[0] for address in bundles(Client(delivery))}
    assert {path for path in held if not path.endswith(".svg")} <= set(delivery._bundles)
