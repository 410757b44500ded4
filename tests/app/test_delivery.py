"""Delivery: compressed once, kept by browsers for as long as it is right, and safe."""

import gzip
import logging
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import brotli
import flask
import plotly.offline
import pytest
from dash import Dash
from werkzeug.test import Client, TestResponse

from dashboard import limits
from dashboard.delivery import PLOTLY, Delivery, partial_plotly
from etl.errors import StoreError, UsageError

LINKED = re.compile(r'(?:src|href)="(/[^"]+)"')
VERSION = plotly.offline.get_plotlyjs_version()


def bundles(client: Client) -> list[str]:
    found = [
        address
        for address in LINKED.findall(client.get("/").text)
        if address.startswith(("/_dash-component-suites/", "/assets/"))
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
    for address in ("/_dash-layout", "/view/trends", "/api/v1/series"):
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


# ---- long answers ----------------------------------------------------------------------------------------------------

PIECES = 20
PIECE = b"a,b\r\n" * 10_000


class Source:
    """The pieces of a long answer; tells how many were made, and whether it was closed."""

    def __init__(self, fails_at: int = -1) -> None:
        self.made, self.closed, self._fails_at = 0, False, fails_at

    def __iter__(self) -> "Source":
        return self

    def __next__(self) -> bytes:
        if self.made == self._fails_at:
            raise StoreError("The store went away: bring it back.")
        if self.made == PIECES:
            raise StopIteration
        self.made += 1
        return PIECE

    def close(self) -> None:
        self.closed = True


class Long:
    """A Flask app with one long answer, behind a delivery with one place; stands in for a Dash application."""

    def __init__(self) -> None:
        self.server = flask.Flask("long")
        self.sources: list[Source] = []
        self.server.add_url_rule("/long", "long", self.long)
        self.server.add_url_rule("/posted", "posted", self.posted, methods=["POST"])
        self.client = Client(Delivery(self, downloads_at_once=1))

    def csp_hashes(self) -> list[str]:
        return []

    def posted(self) -> bytes:
        return flask.request.get_data()

    def long(self) -> flask.Response:
        asked = flask.request.args
        if "rows" in asked:
            limits.admit(int(asked["rows"]))
        self.sources.append(Source(int(asked.get("fails_at", -1))))
        response = flask.Response(self.sources[-1], content_type=asked.get("type", "text/csv"))
        response.set_etag("state")
        return response


class Connection:
    """What gunicorn gives as the connection, as far as an answer is broken off there."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True


@pytest.fixture
def long() -> Long:
    return Long()


def test_a_long_answer_is_passed_on_as_it_is_made(long: Long) -> None:
    answer = long.client.get("/long")
    pieces = iter(answer.response)
    first = next(pieces)
    assert long.sources[0].made < 4
    assert first + b"".join(pieces) == PIECE * PIECES
    assert "Content-Length" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()
    assert long.sources[0].closed


@pytest.mark.parametrize(("encoding", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
@pytest.mark.parametrize("media_type", ["text/csv; charset=utf-8", "application/x-ndjson", "application/csvm+json"])
def test_long_text_is_compressed_as_it_flows(
    encoding: str, unpack: Callable[[bytes], bytes], media_type: str, long: Long
) -> None:
    answer = long.client.get("/long", query_string={"type": media_type}, headers={"Accept-Encoding": encoding})
    assert answer.headers["Content-Encoding"] == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["ETag"] == 'W/"state"'
    body = answer.data
    assert len(body) < len(PIECE)
    assert unpack(body) == PIECE * PIECES


def test_what_is_packed_already_flows_as_it_is(long: Long) -> None:
    answer = long.client.get("/long?type=application/zip", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["ETag"] == '"state"'
    assert answer.data == PIECE * PIECES


def test_the_head_of_a_long_answer_makes_nothing_of_it(long: Long) -> None:
    answer = long.client.head("/long", headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert "Content-Length" not in answer.headers
    answer.close()
    assert long.sources[0].made == 0
    assert long.sources[0].closed
    assert long.client.get("/long").status_code == 200  # its place is free


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_a_reader_that_goes_ends_the_making_and_frees_the_place(taken: int, long: Long) -> None:
    answer = long.client.get("/long")
    pieces = iter(answer.response)
    for _ in range(taken):
        next(pieces)
    assert long.client.get("/long").status_code == 503
    answer.close()
    answer.close()
    assert long.sources[0].closed
    assert long.sources[0].made <= 2 * taken + 2
    assert long.client.get("/long").status_code == 200


def test_beyond_the_places_only_small_answers_are_made(long: Long) -> None:
    first = long.client.get(f"/long?rows={limits.SMALL_ROWS + 1}")
    for address in ("/long", f"/long?rows={limits.SMALL_ROWS + 1}"):
        refused = long.client.get(address)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert "large downloads" in refused.text
    # of what says how large it is, nothing is made; the other is closed before its first piece
    assert [source.made for source in long.sources[1:]] == [0]
    assert long.sources[1].closed
    small = [long.client.get(f"/long?rows={limits.SMALL_ROWS}") for _ in range(4)]
    assert {answer.status_code for answer in small} == {200}
    assert first.data == PIECE * PIECES
    first.close()
    assert long.client.get(f"/long?rows={limits.SMALL_ROWS + 1}").status_code == 200


def test_what_fails_in_the_middle_breaks_the_connection_off(long: Long) -> None:
    connection = Connection()
    answer = long.client.get("/long?fails_at=5", environ_overrides={"gunicorn.socket": connection})
    assert answer.status_code == 200
    pieces = iter(answer.response)
    assert not connection.aborted
    with pytest.raises(ConnectionResetError, match="went away"):
        list(pieces)
    assert connection.aborted
    answer.close()
    assert long.sources[0].closed
    assert long.client.get("/long").status_code == 200


def test_what_fails_before_the_first_piece_is_said(long: Long) -> None:
    connection = Connection()
    answer = long.client.get("/long?fails_at=0", environ_overrides={"gunicorn.socket": connection})
    assert answer.status_code == 503
    assert answer.get_json(force=True)["detail"] == "The store went away: bring it back."
    assert not connection.aborted
    assert long.sources[0].closed
    assert long.client.get("/long").status_code == 200


def test_more_rows_than_the_setting_are_refused_with_the_number(long: Long, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKTIDE_EXPORT_ROWS", "1000")
    with long.server.test_request_context("/long"), pytest.raises(UsageError, match=r"1,001 rows.*1,000.*export_rows"):
        limits.admit(1_001)
    assert long.client.get("/long?rows=1000").status_code == 200


def test_bodies_that_are_too_large_or_compressed_are_not_read(long: Long) -> None:
    assert long.client.post("/posted", data=b"x" * limits.LARGEST_BODY).status_code == 200
    large = long.client.post("/posted", data=b"x" * (limits.LARGEST_BODY + 1))
    assert large.status_code == 413
    assert large.get_json(force=True)["status"] == 413
    for size, status in ((limits.LARGEST_BODY, 200), (limits.LARGEST_BODY + 1, 413), (10 * limits.LARGEST_BODY, 413)):
        body = BytesIO(b"x" * size)
        chunked = {"wsgi.input": body, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        answer = long.client.post("/posted", environ_overrides=chunked)
        assert (answer.status_code, body.tell() <= limits.LARGEST_BODY + 1) == (status, True), size
        assert status == 413 or len(answer.data) == size
    for encoding in ("gzip", "br", "deflate, gzip", "x-gzip"):
        packed = long.client.post("/posted", data=b"x", headers={"Content-Encoding": encoding})
        assert packed.status_code == 415
        assert packed.headers["Accept-Encoding"] == "identity"
    assert long.client.post("/posted", data=b"x", headers={"Content-Encoding": "identity"}).data == b"x"


def test_what_is_no_part_of_dash_is_not_there(client: Client) -> None:
    for path in ("nothing/at.js", "../../etc/passwd", "dash/../../secret"):
        assert client.get(f"/_dash-component-suites/{path}").status_code == 404


def test_while_no_place_is_free_one_file_at_a_time_is_weighed(long: Long) -> None:
    answers: list[TestResponse] = []

    def weighed() -> flask.Response:
        if not answers:  # meanwhile somebody asks for another file, and for a page of rows
            answers.append(Client(delivery).get("/api/v1/observations.csv"))
            answers.append(Client(delivery).get("/api/v1/observations"))
        return flask.Response("small")

    delivery = Delivery(long, downloads_at_once=1)
    for ending in ("", ".csv"):
        long.server.add_url_rule(f"/api/v1/observations{ending}", f"observations{ending[1:]}", weighed)
    large = Client(delivery).get("/long")
    assert Client(delivery).get("/api/v1/observations.csv").text == "small"
    assert [answer.status_code for answer in answers] == [503, 200]
    assert int(answers[0].headers["Retry-After"]) > 0
    large.close()
