"""The page about the API: rich where Swagger UI is there, plain where not, and nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from dash import Dash
from werkzeug.test import Client

from dashboard.api.routes import COLLECTIONS
from dashboard.components import shell
from etl import paths
from etl.catalog import Catalog

PAGE = "/api/v1/docs"


def addresses(text: str) -> list[str]:
    return re.findall(r'(?:src|href)="([^"]+)"', text)


def test_the_page_lists_every_collection_and_loads_nothing_from_elsewhere(client: Client) -> None:
    answer = client.get(PAGE)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert all(f'href="/api/v1/{name}"' in answer.text for name in COLLECTIONS)
    assert all(re.match(r"/(?!/)|#", address) for address in addresses(answer.text))
    assert "<script>" not in answer.text
    for address in addresses(answer.text):
        if address.startswith("/assets/"):
            assert client.get(address).status_code == 200, address


def test_without_swagger_ui_the_page_is_plain(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("style.css", "api_docs.css", "api_docs.js", "boot.js"):
        (tmp_path / name).write_bytes((paths.assets_dir() / name).read_bytes())
    monkeypatch.setattr(paths, "assets_dir", lambda: tmp_path)
    text = client.get(PAGE).text
    assert "swagger" not in text
    assert "api_docs.js" not in text
    assert "Only technologies with one of these use cases." in text


def test_pages_lead_to_it_and_do_not_carry_its_assets(client: Client, app: Dash, entries: Catalog) -> None:
    footer = str(shell.shell(None, [], "/", entries).to_plotly_json())
    assert PAGE in footer
    assert "api_docs" not in client.get("/").text


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_every_answer_is_kept_from_being_guessed_at(client: Client, method: str) -> None:
    for path in ("/api/v1/breaks", "/api/v1/breaks.csv", "/api/v1/none", "/api/none"):
        answer = client.open(path, method=method)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.status_code == (200 if "breaks" in path or method == "OPTIONS" else 404)
