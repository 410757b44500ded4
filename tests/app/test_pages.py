"""Every page renders on the server, with the selection of its address, and views travel as JSON."""

from collections.abc import Iterator
from html import escape
from typing import Any

import pytest
from dash import Dash
from werkzeug.test import Client

from dashboard.components import filters
from dashboard.pages import Page, discover
from etl.catalog import Catalog
from etl.home import Home

PAGES = discover()
BAD = [
    "use_case=nonsense",
    "indicator=nonsense",
    "technology=python,nonsense",
    "from=yesterday",
    "from=2026-03-01&to=2026-01-01",
    "value=nonsense",
    "smooth=-1",
    "region=%00",
    "technology=%F0%9F%92%A9",
    "preset=nonsense",
]

ANY_NUMBER = {"sources", "data"}
"""Pages that read any number of parameters."""


def components(node: Any) -> Iterator[dict[str, Any]]:
    """Every component below a node of a layout in JSON."""
    if isinstance(node, dict):
        if "props" in node and "type" in node:
            yield node
        for value in node.values():
            yield from components(value)
    elif isinstance(node, list):
        for value in node:
            yield from components(value)


def layout(client: Client, address: str = "/trends") -> dict[str, dict[str, Any]]:
    """Component id -> its properties, as the browser gets them for a page's address."""
    answer = client.get("/_dash-layout", headers={"Referer": f"http://localhost{address}"})
    assert answer.status_code == 200
    found = list(components(answer.get_json()))
    assert len(found) > 10
    ids = [each["props"]["id"] for each in found if "id" in each["props"]]
    assert len(ids) == len(set(ids))
    return {each["props"]["id"]: each["props"] for each in found if "id" in each["props"]}


def view(client: Client, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/view/trends?{query}")
    assert answer.status_code == 200
    return dict(answer.get_json())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_renders(page: Page, client: Client, entries: Catalog) -> None:
    item = next(iter(page.items(entries)), "") if page.items else ""
    path = f"{page.root}/{item}" if item else page.path
    document = client.get(path)
    assert document.status_code == 200
    assert f'<link rel="canonical" href="{path}">' in document.text
    assert escape(page.described(entries, item), quote=True) in document.text
    assert "content" in layout(client, path)
    assert document.text.count("<h1") == 1, "the page is in the first HTML"


@pytest.mark.parametrize("query", ["technology=all", "technology=all,python", "use_case=web-backend&technology=all"])
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_all_technologies_together_travel_to_every_page(
    page: Page, query: str, client: Client, entries: Catalog
) -> None:
    item = next(iter(page.items(entries)), "") if page.items else ""
    answer = client.get(f"/view/{page.id}{f'/{item}' if item else ''}?{query}")
    assert answer.status_code == 200
    document = client.get(f"{page.root}/{item}?{query}" if item else f"{page.path}?{query}", follow_redirects=True)
    assert document.status_code == 200


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_too_many_parameters_are_one_sentence_and_the_defaults_are_shown(
    page: Page, client: Client, entries: Catalog
) -> None:
    item = next(iter(page.items(entries)), "") if page.items else ""
    answer = client.get(f"/view/{page.id}{f'/{item}' if item else ''}?{'technology=python&' * 250}")
    assert answer.status_code == 200
    told = "The address has more than 200 parameters"
    assert (told in str(answer.get_json()["props"].get("message"))) == (page.id not in ANY_NUMBER)


def test_there_are_pages() -> None:
    assert {"Trends", "Sources"} <= {page.name for page in PAGES}
    assert len({page.path for page in PAGES}) == len({page.id for page in PAGES}) == len(PAGES)
    assert len({page.order for page in PAGES}) == len(PAGES)


def test_an_address_that_is_no_page(client: Client) -> None:
    assert client.get("/nowhere").status_code == 404
    answer = client.get("/_dash-layout", headers={"Referer": "http://localhost/nowhere"})
    assert "There is no such page" in answer.text
    assert client.get("/view/nowhere").status_code == 404


def test_the_first_layout_holds_figure_note_and_table(
    client: Client, figures: dict[str, float], months: list[str]
) -> None:
    shown = layout(client)
    lines = shown["chart"]["figure"]["data"]
    assert {line["name"] for line in lines} == {"Python", "Java", "JavaScript", "Rust"}
    assert shown["chart-box"]["aria-label"] == shown["sentence"]["children"]
    assert "It does not mean" in shown["note"]["html"]
    table = shown["trends-view"]["data"]["lazy"]["table-panel"]["component"]
    assert [row["period"] for row in table["props"]["rowData"]] == months[::-1]
    assert table["props"]["rowData"][0]["python"] == figures["python"] + 3


def test_the_first_layout_has_the_selection_of_the_address(client: Client) -> None:
    shown = layout(client, "/trends?technology=rust,python&value=rank&from=2026-02-01&tab=table")
    assert shown["technology"]["value"] == ["rust", "python"]
    assert shown["value"]["value"] == "rank"
    assert shown["period"]["value"] == [1, 3]
    assert shown["tab"]["value"] == "table"
    assert len(shown["chart"]["figure"]["data"]) == 2


def test_every_control_has_a_label_and_is_in_the_layout(client: Client) -> None:
    shown = layout(client)
    for control in filters.CONTROLS:
        assert control.id in shown
        assert f"{control.id}-label" in shown


def test_the_callback_knows_every_control(app: Dash, client: Client) -> None:
    wanted = [{"id": "trends-view", "property": "data"}, *({"id": c.id, "property": "value"} for c in filters.CONTROLS)]
    callbacks = client.get("/_dash-dependencies").get_json()
    assert wanted in [callback["inputs"] for callback in callbacks]
    assert all(callback["clientside_function"] for callback in callbacks), "every callback runs in the browser"


def test_a_view_sets_what_the_layout_holds(client: Client) -> None:
    shown, changed = layout(client), view(client, "technology=rust")
    assert set(changed["props"]) <= set(shown)
    assert changed["query"] == "technology=rust"
    assert [c["id"] for c in changed["controls"]] == [c.id for c in filters.CONTROLS]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_view_changes_only_what_can_be_changed(page: Page, client: Client, entries: Catalog) -> None:
    """What is sent as `html` must find an element that shows it; a table of any size is no thousand components."""
    item = next(iter(page.items(entries)), "") if page.items else ""
    shown = client.get(
        "/_dash-layout", headers={"Referer": f"http://localhost{page.root}{f'/{item}' if item else ''}"}
    ).get_json()
    found = list(components(shown))
    kinds = {each["props"].get("id"): each["type"] for each in found}
    changed = client.get(f"/view/{page.id}{f'/{item}' if item else ''}").get_json()["props"]
    assert changed
    assert set(changed) <= set(kinds)
    assert {kinds[name] for name, props in changed.items() if "html" in props} == {"Element"}
    assert len(found) < 60 + 4 * len(changed)


def test_a_preset_becomes_technologies(client: Client) -> None:
    assert view(client, "preset=top")["query"] == "technology=python,java,javascript,rust"


@pytest.mark.parametrize("query", BAD)
def test_a_bad_query_gets_a_message(query: str, client: Client) -> None:
    shown = view(client, query)["props"]["message"]
    assert shown["hidden"] is False
    assert shown["children"]["props"]["color"] in {"danger", "warning"}
    assert layout(client, f"/trends?{query}")["message"]["hidden"] is False


def test_an_empty_view_says_what_to_do(client: Client) -> None:
    props = view(client, "technology=cobol&indicator=pypl_languages")["props"]
    assert props["chart-box"]["hidden"] is True
    assert props["message"]["hidden"] is False


def test_a_view_is_kept_for_ever_only_where_its_version_is_named(client: Client) -> None:
    first = client.get("/view/trends")
    assert first.headers["Cache-Control"] == "no-cache"
    version = first.get_json()["version"]
    assert "immutable" in client.get(f"/view/trends?v={version}").headers["Cache-Control"]
    assert client.get("/view/trends?v=0").headers["Cache-Control"] == "no-cache"
    tag = first.headers["ETag"]
    assert client.get("/view/trends", headers={"If-None-Match": tag}).status_code == 304


def test_without_a_store_a_page_says_so(tmp_path: Any, entries: Catalog) -> None:
    from dashboard.app import create_app
    from dashboard.delivery import Delivery

    client = Client(Delivery(create_app(Home(tmp_path / "empty").make(), entries)))
    assert client.get("/trends").status_code == 200
    answer = client.get("/_dash-layout", headers={"Referer": "http://localhost/trends"})
    assert answer.status_code == 200
    assert "stacktide refresh" in answer.text
    assert client.get("/view/trends").status_code == 503


def test_the_footer_names_every_source(client: Client, entries: Catalog) -> None:
    answer = client.get("/_dash-layout", headers={"Referer": "http://localhost/trends"}).text.replace("\\u002f", "/")
    assert entries.sources
    for source in entries.sources:
        assert source.homepage in answer


def test_healthz(client: Client) -> None:
    assert client.get("/healthz").get_json()["status"] == "ok"
