"""The page says plainly that it shows the state of an earlier day, and leads back to the newest."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import flask
import pandas as pd
import pytest

from dashboard.data import EXTENSION, Data
from dashboard.pages import discover
from dashboard.pages.trends import PAGE
from etl.catalog import Catalog
from etl.home import Home
from etl.store import Store


@pytest.fixture(autouse=True)
def _serving(
    home: Home, entries: Catalog, observations: Callable[..., pd.DataFrame], committed_at: Callable[..., Store]
) -> Iterator[None]:
    """The page's data alone: a second Dash application would take the callbacks of the first."""
    months = ["2026-01-01", "2026-02-01"]
    home.store.replace(observations(value=[1.0, 2.0], period_start=months))
    home.store.replace(observations(value=[3.0, 4.0], period_start=months))
    committed_at(home.store, {0: datetime(2026, 8, 1, 12)})  # noqa: DTZ001
    server = flask.Flask("test")
    server.extensions[EXTENSION] = Data(Home(home.path), entries)
    with server.app_context():
        yield


def view(query: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(PAGE.view(query).to_json())
    return found


def test_the_page_says_of_which_day_it_is() -> None:
    shown = view("as_of=2026-08-01&technology=python")
    line = shown["props"]["as-of"]["html"]
    assert line.startswith("As of 2026-08-01 (version 0). ")
    assert shown["props"]["as-of"]["hidden"] is False
    assert 'href="?technology=python"' in line
    assert "as_of=2026-08-01" in shown["query"]
    assert "As of 2026-08-01 (version 0)" in json.loads(shown["props"]["downloads"]["data-offer"])["source"]
    for links in ("presets", "downloads"):
        hrefs = re.findall(r'href="([^"]+)"', shown["props"][links]["html"])
        assert len(hrefs) > 1
        assert all("as_of=2026-08-01" in href for href in hrefs)
    assert "As of 2026-08-01" in str(PAGE.layout(PAGE.view("as_of=2026-08-01")))


def test_the_newest_state_needs_no_words() -> None:
    shown = view("")
    assert shown["props"]["as-of"] == {"children": [], "html": None, "hidden": True}
    assert "As of" not in json.loads(shown["props"]["downloads"]["data-offer"])["source"]
    assert "as_of" not in shown["query"]


def test_a_day_before_the_store_is_one_message_on_the_page() -> None:
    told = "The store has no state of 2026-01-01: it begins on 2026-08-01 (version 0)."
    assert told in str(view("as_of=2026-01-01")["props"]["message"])


def test_a_day_to_come_is_told() -> None:
    assert "lies in the future" in str(view("as_of=2999-01-01")["props"]["message"])


def test_the_control_offers_the_days_of_other_states_and_the_chosen_one() -> None:
    assert [each["value"] for each in view("")["props"]["as-of-day"]["options"]][-1] == "2026-08-01"
    assert view("")["props"]["as-of-day"]["value"] is None
    control = view("as_of=2026-08-05")["props"]["as-of-day"]
    assert control["value"] == "2026-08-05"
    assert "2026-08-05" in {each["value"] for each in control["options"]}
    assert next(c for c in view("")["controls"] if c["id"] == "as-of-day")["params"] == ["as_of"]


@pytest.mark.parametrize("page", ["methods", "python-in-front"])
def test_a_picker_never_loses_the_day_it_shows(page: str) -> None:
    shown = json.loads(next(each for each in discover() if each.id == page).view("as_of=2026-08-05").to_json())
    control = shown["props"][f"{page}-as-of"]
    assert control["value"] == "2026-08-05"
    assert "2026-08-05" in {each["value"] for each in control["options"]}
