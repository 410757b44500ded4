"""Python in front on a small store that can be checked in the head, and on the embedded data against the rows."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard.data import Data
from dashboard.views.python_in_front import PLACES, Standing, members, python_in_front_view
from dashboard.views.seen import BLIND
from etl import embed
from etl.catalog import Catalog
from etl.home import Home

DATA = Path(__file__).resolve().parents[3] / "data"
SHARE = "pypi_download_share"

Rows = Callable[..., pd.DataFrame]


def place(answer: dict[str, Any], name: str) -> Standing:
    return next(s for s in answer["places"] if s.place.id == name)


@pytest.fixture
def shares(home: Home, entries: Catalog, observations: Rows) -> Callable[..., dict[str, Any]]:
    """The answer on a store with these shares of the downloads from PyPI, period by period."""

    def made(periods: list[str], **values: list[float]) -> dict[str, Any]:
        parts = [
            observations(
                source="top_pypi", indicator=SHARE, technology=name, period_start=periods[-len(each) :], value=each
            )
            for name, each in values.items()
        ]
        home.store.replace(pd.concat(parts, ignore_index=True), source="top_pypi")
        return python_in_front_view(Data(home, entries), "")

    return made


def test_places_are_ranked_in_the_newest_period(shares: Callable[..., dict[str, Any]]) -> None:
    answer = shares(["2026-03-01", "2026-04-01"], streamlit=[0.02, 0.03], dash=[0.05, 0.01], kivy=[0.001], remi=[9.0])
    apps, desktop = place(answer, "data-apps"), place(answer, "desktop")
    assert [row["name"] for row in desktop.rows] == ["Remi", "Kivy"]
    assert [(row["id"], row["rank"]) for row in apps.rows] == [("remi", 1), ("streamlit", 2), ("dash", 3)]
    assert apps.rows[1]["value"] == pytest.approx(300), "0.03 percent are 300 in a million"
    assert place(answer, "browser").rows == ()
    assert place(answer, "browser").finding.startswith("None of the ")
    assert "300 of Streamlit" not in answer["subtitle"], "Remi leads"
    assert answer["newest"] == "April 2026"


def test_who_has_no_figure_in_the_newest_period_is_not_ranked_but_named(
    shares: Callable[..., dict[str, Any]],
) -> None:
    answer = shares(["2026-03-01", "2026-04-01"], streamlit=[0.02, 0.03], dash=[0.05])
    apps = place(answer, "data-apps")
    assert "Dash" not in apps.unranked, "its only figure is of the newest period"
    assert {"Bokeh", "Panel", "Gradio"} <= set(apps.unranked)
    assert len(apps.rows) + len(apps.unranked) == len(apps.members)


def test_a_library_is_ranked_and_does_not_stand_for_the_place(shares: Callable[..., dict[str, Any]]) -> None:
    apps = place(shares(["2026-04-01"], plotly=[0.5], streamlit=[0.1]), "data-apps")
    assert apps.rows[0]["id"] == "plotly"
    assert "library" in apps.rows[0]["remark"]
    assert apps.first is not None
    assert apps.first["id"] == "streamlit"


def test_momentum_is_that_of_the_newest_stretch_that_is_long_enough(shares: Callable[..., dict[str, Any]]) -> None:
    before = pd.date_range("2021-06-01", "2024-10-01", freq="MS").strftime("%Y-%m-%d").tolist()
    after = ["2025-06-01", "2025-07-01"]
    rising = [0.01 + 0.001 * i for i in range(len(before))]
    answer = shares(before + after, streamlit=[*rising, 0.9, 0.1], dash=[0.05] * len(before) + [0.05] * 2)
    row = next(row for row in place(answer, "data-apps").rows if row["id"] == "streamlit")
    assert row["momentum"] == pytest.approx(0.012 * 10_000, rel=0.01), "12 months a year, and no leap across the break"
    assert row["tier"] in ("rising", "surging")
    assert "October 2021 to October 2024" in answer["window"]
    assert "a break of method in June 2025" in answer["window"]
    assert None in row["course"], "the course is cut at the break"


def test_an_empty_store_says_what_to_do(home: Home, entries: Catalog, observations: Rows) -> None:
    home.store.replace(observations(), source="pypl")
    answer = python_in_front_view(Data(home, entries), "as_of=1999-01-01")
    assert "no state of 1999-01-01" in answer["message"]["text"]
    answer = python_in_front_view(Data(home, entries), "")
    assert answer["message"]["text"].endswith("run `stacktide refresh top_pypi`.")
    assert not any(card["figure"]["data"] for card in answer["cards"].values())
    assert all("top_pypi" in card["message"]["text"] for card in answer["cards"].values())


def test_every_place_has_its_best_known_members_and_no_tools(entries: Catalog) -> None:
    browser, desktop, apps = (set(members(entries, each)) for each in PLACES)
    assert {"brython", "pyodide", "pyscript", "skulpt", "transcrypt"} <= browser
    assert {"kivy", "toga", "pyside", "pyqt", "tkinter"} <= desktop
    assert {"dash", "streamlit", "bokeh", "panel", "gradio"} <= apps
    kinds = {entries.technology[t].kind for t in browser | desktop | apps}
    assert kinds <= {"framework", "library", "platform"}


def test_what_is_said_to_be_unseen_is_of_technologies_that_we_follow(entries: Catalog) -> None:
    assert set(BLIND) <= set(entries.technology)


# ---- embedded data --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, entries: Catalog) -> Data:
    home = Home(tmp_path_factory.mktemp("front") / "home").make()
    embed.first_start(home, entries, DATA / "embedded", datetime(2026, 9, 1))  # noqa: DTZ001
    return Data(home, entries)


@pytest.fixture(scope="module")
def answer(embedded: Data) -> dict[str, Any]:
    return python_in_front_view(embedded, "")


@pytest.fixture(scope="module")
def stored() -> pd.DataFrame:
    found = pd.read_parquet(DATA / "embedded" / "observations.parquet").astype({"indicator": "str"})
    return found[(found["indicator"] == SHARE) & (found["status"] != "partial")].astype({"technology": "str"})


@pytest.mark.parametrize("name", [place.id for place in PLACES])
def test_shares_and_ranks_are_those_of_the_rows(answer: dict[str, Any], stored: pd.DataFrame, name: str) -> None:
    found = place(answer, name)
    newest = stored[stored["period_start"] == stored["period_start"].max()].set_index("technology")["value"]
    ours = newest[newest.index.isin(found.members)].sort_values(ascending=False)
    assert len(ours)
    assert [row["id"] for row in found.rows] == list(ours.index)
    assert [row["value"] for row in found.rows] == pytest.approx([10_000 * value for value in ours])
    assert f"{len(ours)} of {len(found.members)}" in found.finding or len(ours) == 1


def test_every_technology_has_something_to_say_of_what_is_seen_or_not(answer: dict[str, Any]) -> None:
    for standing in answer["places"]:
        assert {each.technology for each in standing.seen} == set(standing.members)
        for each in standing.seen:
            assert each.sights or each.unseen, each.technology
    tkinter = next(each for each in place(answer, "desktop").seen if each.technology == "tkinter")
    assert "It comes with Python, so no registry counts it." in tkinter.unseen
    assert "installs" not in {sight.construct for sight in tkinter.sights}


def test_figures_of_years_ago_are_marked_as_old(answer: dict[str, Any]) -> None:
    transcrypt = next(each for each in place(answer, "browser").seen if each.technology == "transcrypt")
    assert [sight.old for sight in transcrypt.sights] == [True]
    pyodide = next(each for each in place(answer, "browser").seen if each.technology == "pyodide")
    assert [sight.old for sight in pyodide.sights] == [False]
