"""Addresses: pages with an id, old and wrong ones, what is embedded, what is told when a view fails."""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
import pandas as pd
import pytest
from dash import html
from werkzeug.test import Client

from dashboard.components import figures, prerender, shell
from dashboard.components.view import View
from dashboard.data import EXTENSION, Data
from dashboard.document import Failed, Screens, split
from dashboard.pages import Page, discover, locate
from etl.catalog import Catalog
from etl.home import Home


def shown(query: str, item: str) -> View:
    if query == "fail=1":
        raise ZeroDivisionError
    return View(page="thing", item=item, state="", asked=query, query=query, title=f"{item} - Stacktide")


THING = Page(
    path="/thing/<id>",
    name="Thing",
    order=1,
    description="About {name}.",
    view=shown,
    layout=lambda view: html.H1(view.item),
    items=lambda catalog: {t.id: t.name for t in catalog.technologies},
)


@pytest.fixture
def screens(home: Home, entries: Catalog, observations: Callable[..., pd.DataFrame]) -> Iterator[Screens]:
    home.store.replace(observations())
    server = flask.Flask("test")
    server.extensions[EXTENSION] = Data(home, entries)
    with server.test_request_context():
        yield Screens([THING, *discover()], entries)


def test_an_id_is_found_by_itself_and_by_its_name(entries: Catalog) -> None:
    assert locate([THING], "/thing/python", entries).item == "python"
    assert locate([THING], "/thing/python", entries).moved == ""
    for spelled in ("/thing/Python", "/thing/python/", "/thing/PYTHON"):
        assert locate([THING], spelled, entries).moved == "/thing/python"
    assert locate([THING], "/thing", entries).listing
    assert locate([THING], "/thing/pyton", entries).missing == "pyton"
    assert locate([THING], "/things/python", entries).page is None


def test_a_screen_of_an_id(screens: Screens) -> None:
    screen = screens.screen("/thing/python", "")
    assert (screen.status, screen.canonical) == (200, "/thing/python")
    assert screen.description == "About Python."
    assert "<h1>python</h1>" in prerender.to_html(screen.layout)
    everything = prerender.to_html(screens.screen("/thing", "").layout)
    assert everything.count('href="/thing/') == len(screens.catalog.technologies)


def test_an_unknown_id_names_the_nearest_and_links_the_list(screens: Screens) -> None:
    screen = screens.screen("/thing/pyton", "")
    text = prerender.to_html(screen.layout)
    assert screen.status == 404
    assert 'href="/thing/python"' in text
    assert 'href="/thing"' in text
    assert "<script>" not in prerender.to_html(screens.screen("/thing/<script>", "").layout)


def test_a_failed_view_is_told_with_an_id_that_is_logged(screens: Screens, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(Failed) as told:
        screens.view(THING, "fail=1", "python")
    number = str(told.value).removesuffix(".").rpartition(" ")[2]
    assert number in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "log says why under" in prerender.to_html(screens.screen("/thing/python", "fail=1").layout)


def test_what_failed_is_asked_for_again(screens: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = THING.view
    mistakes = [True, False, False]
    asked: list[str] = []

    def seldom(query: str, item: str) -> View:
        asked.append(item)
        if mistakes.pop(0):
            raise ZeroDivisionError
        return whole(query, item)

    monkeypatch.setattr(screens, "pages", [replace(THING, view=seldom), *screens.pages[1:]])
    failed, text, _ = screens.html("/thing/python", "")
    assert failed.status == 500
    assert "log says why under" in text
    assert 'href=""' in text, "the link asks again"
    for _ in range(2):
        screen, text, _ = screens.html("/thing/python", "")
        assert (screen.status, text.count("<h1>python</h1>")) == (200, 1)
    assert len(asked) == 2, "what is whole is kept"


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("/?technology=python,rust", "/trends?technology=python,rust"),
        ("/?indicator=pypl_languages&tab=table", "/trends?indicator=pypl_languages&tab=table"),
        ("/trends/", "/trends"),
        ("/trends/?value=rank", "/trends?value=rank"),
    ],
)
def test_old_and_misspelled_addresses_lead_on(client: Client, asked: str, target: str) -> None:
    answer = client.get(asked)
    assert answer.status_code == 302
    assert answer.headers["Location"] == target


@pytest.mark.parametrize("asked", ["/", "/?use_case=web-backend", "/trends?technology=python"])
def test_right_addresses_stay(client: Client, asked: str) -> None:
    assert client.get(asked).status_code == 200


def test_only_embedded_charts_may_be_framed_by_others(client: Client) -> None:
    embedded, page = client.get("/trends?embed=1&technology=python"), client.get("/trends?technology=python")
    assert "frame-ancestors *" in embedded.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in embedded.headers
    assert "<nav" not in embedded.text
    assert 'href="/trends?technology=python"' in embedded.text
    for other in (page, client.get("/sources?embed=1"), client.get("/nowhere?embed=1"), client.get("/trends?embed=2")):
        assert "frame-ancestors 'self'" in other.headers["Content-Security-Policy"]
        assert other.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_chart_that_is_not_there_is_told(client: Client) -> None:
    assert "There is no chart" in client.get("/trends?embed=1&chart=nonsense").text


def test_the_first_html_holds_chart_title_and_note(client: Client) -> None:
    text = client.get("/trends?technology=python,rust").text
    first = text[text.index('<div id="first"') + len('<div id="first"') : text.index("<script id=")]
    assert first.count("<polyline") == 2
    assert "It does not mean" in first
    assert " id=" not in first, "ids belong to the live page"


def test_style_sheets_of_pages_name_no_id() -> None:
    sheets = sorted((Path(__file__).resolve().parents[2] / "assets").glob("page_*.css"))
    found = {
        sheet.name: re.findall(r"#[a-z][\w-]*(?=[^{};]*\{)", sheet.read_text(encoding="utf-8")) for sheet in sheets
    }
    assert found
    assert {name: ids for name, ids in found.items() if ids} == {}, (
        "the first paint has no ids: it would stand otherwise"
    )


def test_split_takes_what_is_not_the_views() -> None:
    assert split("technology=a,b&embed=1&chart=x") == ("technology=a,b", "x")
    assert split("embed=1") == ("", "")
    assert split("chart=x") == ("", None)


def test_links_take_the_selection_along() -> None:
    query = "use_case=web&technology=a,b&value=rank&as_of=2026-01-01"
    assert shell.carrying("/sources", query) == "/sources?use_case=web&technology=a,b&as_of=2026-01-01"
    assert shell.carrying("/", query) == "/?use_case=web&as_of=2026-01-01"
    assert shell.carrying("/sources", "value=rank") == "/sources"


@pytest.mark.parametrize(
    ("made", "text", "exact"),
    [
        (figures.number(1234567.0), "1,234,567", "1234567"),
        (figures.number(0.012345, 2), "0.012", "0.012"),
        (figures.number(1234.5, 3), "1,230", "1230"),
        (figures.number(2.0, 3, even=True), "2.00", "2.00"),
        (figures.number(1234.5, 3, even=True), "1,230", "1230"),
        (figures.number(123.0, 3, even=True), "123", "123"),
        (figures.number(-0.25, signed=True), "-0.25", "-0.25"),
        (figures.number(0.5, signed=True), "+0.5", "0.5"),
    ],
)
def test_a_number_in_words_and_exactly(made: Any, text: str, exact: str) -> None:
    assert made.children == text
    assert made.to_plotly_json()["props"]["data-number"] == exact


def test_pages_may_not_be_framed_by_a_missing_id(screens: Screens) -> None:
    assert not screens.screen("/thing/pyton", "embed=1").embedded
    live = replace(THING, live=True)
    assert not Screens([live], screens.catalog).screen("/thing/python", "embed=1").embedded
