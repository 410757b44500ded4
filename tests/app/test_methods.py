"""Methods and Python in front answer on the server, also on a store that has next to nothing for them."""

import re
from typing import Any

import pytest
from werkzeug.test import Client

from etl.catalog import Catalog

PAGES = ["methods", "python-in-front"]


def view(client: Client, page: str, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/view/{page}?{query}")
    assert answer.status_code == 200
    return dict(answer.get_json())


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", ""),
        ("technology=python&use_case=web-backend", ""),
        ("as_of=yesterday", "which is no date"),
        ("as_of=1999-01-01", "no state of 1999-01-01"),
        ("use_case=nonsense", "There is no use case"),
        ("indicator=%3Cscript%3E", "There is no indicator"),
    ],
)
def test_every_state_answers(client: Client, page: str, query: str, told: str) -> None:
    document = client.get(f"/{page}?{query}")
    assert document.status_code == 200
    assert told in document.text
    assert "<script>`" not in document.text
    assert view(client, page, query)["page"] == page


def test_what_is_carried_from_other_pages_goes_on(client: Client) -> None:
    for page in PAGES:
        assert "technology=python" in view(client, page, "technology=python")["query"]


def test_a_store_without_downloads_says_how_to_get_them(client: Client) -> None:
    props = view(client, "python-in-front")["props"]
    assert "stacktide refresh top_pypi" in str(props["message"])
    assert props["front-chart-box"]["hidden"]
    for card in ("front", "browser", "desktop", "data-apps"):
        assert not props[f"{card}-message"]["hidden"], card


def test_every_method_source_and_construct_has_an_anchor_that_exists(client: Client, entries: Catalog) -> None:
    props = view(client, "methods")["props"]
    text = str(props)
    links = set(re.findall(r'href="#([^"]+)"', text))
    ids = set(re.findall(r'id="([^"]+)"', text)) | {"methods", "constructs", "sources"}
    assert len(links) > len(entries.sources) + 20
    assert links <= ids, links - ids
