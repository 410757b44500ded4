"""World: shares by economy, places, classes of colour; on a small store, and on the embedded data against the rows."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from dashboard.analysis import economies
from dashboard.charts import choropleth, choropleth_still
from dashboard.data import Data
from dashboard.views.world import world_view
from etl import catalog
from etl.home import Home

ROOT = Path(__file__).resolve().parents[3]
QUARTERS = ["2024-01-01", "2024-04-01"]
needs_outlines = pytest.mark.skipif(not choropleth.outlined(), reason="set-up fetched no outlines (it found no npm)")


def quarterly(**regions: list[float | None]) -> pd.DataFrame:
    index = pd.DatetimeIndex(QUARTERS, name="period_start")
    return pd.DataFrame(regions, index=index, dtype="float64")


# ---- analysis -------------------------------------------------------------------------------------------------------


def test_each_region_has_its_own_whole() -> None:
    found = economies.shares(quarterly(DE=[10, 20], FR=[5, None], KE=[7, 7]), quarterly(DE=[100, 400], FR=[50, 50]))
    assert found["DE"].tolist() == [10, 5]
    assert found["FR"].iloc[0] == 10
    assert np.isnan(found["FR"].iloc[1])
    assert found["KE"].isna().all()  # no whole, no share


def test_a_whole_of_zero_gives_no_share() -> None:
    assert economies.shares(quarterly(DE=[1, 1]), quarterly(DE=[0, 2]))["DE"].isna().tolist() == [True, False]


def test_sums_are_not_ranked_and_ties_share_the_better_place() -> None:
    found = economies.places(quarterly(WLD=[9, 9], DE=[3, 1], FR=[3, 2], KE=[1, None]), ("WLD", "EU"))
    assert list(found.columns) == ["DE", "FR", "KE"]
    assert found.iloc[0].tolist() == [1, 1, 3]
    assert found.iloc[1, :2].tolist() == [2, 1]


def test_unfinished_periods_are_left_out(observations: Callable[..., pd.DataFrame]) -> None:
    rows = observations(region=["DE", "DE"], period_start=QUARTERS, frequency="Q", status=["final", "partial"])
    assert list(economies.by_region(rows, "Q").index) == [pd.Timestamp(QUARTERS[0])]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 18, 200])
def test_classes_hold_every_value_and_none_is_tiny(count: int) -> None:
    values = pd.Series(np.random.default_rng(count).lognormal(size=count))
    bounds = economies.classes(values)
    assert bounds == sorted(set(bounds))
    assert bounds[0] <= values.min()
    assert values.max() <= bounds[-1]
    assert len(bounds) - 1 <= max(1, min(economies.MOST_CLASSES, count // 3))
    numbers = economies.class_of(values, bounds)
    for value, number in zip(values, numbers, strict=True):
        assert bounds[int(number)] <= value <= bounds[int(number) + 1]
    if count >= 18:
        assert numbers.value_counts().min() >= count / 6 * 0.5


def test_nothing_has_no_class_and_equal_values_have_one() -> None:
    assert economies.classes(pd.Series([np.nan])) == []
    bounds = economies.classes(pd.Series([2.0] * 9))
    assert len(bounds) == 2
    assert economies.class_of(pd.Series([2.0, np.nan]), bounds).tolist()[0] == 0


def test_tiny_shares_are_told_of_many() -> None:
    assert economies.per(quarterly(DE=[1.5, 2])) == 100
    assert economies.per(quarterly(DE=[0.004, 0.002])) == 100_000
    assert economies.per(quarterly(DE=[None, None])) == 100


# ---- chart ----------------------------------------------------------------------------------------------------------


@needs_outlines
def test_the_map_draws_every_economy_once() -> None:
    shares = pd.Series({"DE": 2.0, "KE": 3.5, "XK": 1.0})
    bounds = economies.classes(shares)
    made = choropleth.figure(
        shares, economies.class_of(shares, bounds), bounds, {r: r for r in choropleth.outlines()}, "%", "DE"
    )
    absent, there, chosen = made["data"]
    assert there["locations"] == ["DEU", "KEN", "XKX"]
    assert sorted(absent["locations"] + there["locations"]) == sorted(choropleth.outlines().values())
    assert [each[1] for each in there["customdata"]] == [2.0, 3.5, 1.0]
    assert chosen["locations"] == ["DEU"]
    assert choropleth.figure(pd.Series(dtype="float64"), pd.Series(dtype="float64"), [], {}, "%") == {
        "data": [],
        "layout": {},
    }


@needs_outlines
def test_the_outlines_are_whole() -> None:
    drawn = json.loads(choropleth.outline_file().read_text(encoding="utf-8"))
    shapes = drawn["objects"]["countries"]["geometries"]
    assert len(shapes) == len({each["id"] for each in shapes}) > 230
    assert {"DEU", "SGP", "HKG", "TWN", "MLT", "NAM", "XKX"} <= choropleth.outlined()
    assert "ATA" not in choropleth.outlined()
    assert all(len(each["properties"]["ct"]) == 2 for each in shapes)  # plotly.js fails without, under the pointer
    used = {arc if arc >= 0 else ~arc for each in shapes for part in each["arcs"] for ring in part for arc in ring}
    assert used == set(range(len(drawn["arcs"])))
    assert all(len(arc) >= 2 for arc in drawn["arcs"])
    assert choropleth.outline_file().stat().st_size < 250_000


# ---- the first paint ------------------------------------------------------------------------------------------------


def pairs(path: str) -> list[tuple[int, int]]:
    """The corners of the rings of a path."""
    found = []
    for ring in path.split("z")[:-1]:
        first, _, rest = ring.removeprefix("M").partition("l")
        x, y = map(int, first.split())
        found.append((x, y))
        numbers = [int(each) for each in re.findall(r"-?\d+", rest)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            found.append((x, y))
    return found


@needs_outlines
def test_the_first_paint_has_places_and_classes_of_the_live_map() -> None:
    shares = pd.Series({"DE": 2.0, "KE": 3.5, "BR": 1.0, "US": 5.0, "FR": 4.0, "JP": 2.5})
    bounds = economies.classes(shares)
    made = choropleth.figure(
        shares, economies.class_of(shares, bounds), bounds, {r: r for r in choropleth.outlines()}, "%", "DE"
    )
    svg = choropleth_still.still(made)
    ET.fromstring(svg)
    assert len(bounds) == 3
    assert re.findall(r'class="(shade-\d|grey|chosen)" d', svg) == ["grey", "shade-4", "shade-5", "chosen"]
    strong = re.search(r'class="shade-5" d="([^"]*)"', svg)
    assert strong is not None
    assert all(choropleth_still.paths()[code] in strong.group(1) for code in ("KEN", "FRA", "USA"))
    assert choropleth_still.paths()["BRA"] not in strong.group(1)
    assert re.findall(r">([^<]+)</text>", svg) == [f"{bounds[0]:g}", f"{bounds[1]:g}", f"{bounds[2]:g} %"]
    # plotly.js puts 50 degrees north, 100 degrees east at (635.84, 91.96) in a box of 908 by 402 pixels
    x, y = choropleth_still._projected((100, 50))
    assert (x - 812) / 300 * 162.891 + 454 == pytest.approx(635.84, abs=0.1)
    assert (y - 370.2) / 300 * 162.891 + 201 == pytest.approx(91.96, abs=0.1)


@needs_outlines
def test_every_outline_lies_on_the_map_and_russia_is_in_one_piece() -> None:
    drawn = {code: pairs(path) for code, path in choropleth_still.paths().items() if path}
    assert len(drawn) > 180  # the others are less than a pixel
    for code, points in drawn.items():
        assert all(-60 < x < 1684 and -20 < y < 760 for x, y in points), code
    assert min(x for x, _ in drawn["RUS"]) > 812  # east of 10 degrees, the far east too
    total = sum(map(len, choropleth_still.paths().values()))
    assert total < 100_000


def test_what_is_no_map_has_no_first_paint() -> None:
    assert choropleth_still.still({"data": [{"type": "scatter", "x": [], "y": []}]}) == ""


# ---- without outlines -----------------------------------------------------------------------------------------------


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation whose set-up found no npm."""
    monkeypatch.setattr(choropleth, "outline_file", lambda: tmp_path / "world_50m.json")
    kept = (choropleth.outlined, choropleth.outlines, choropleth_still.paths)
    for each in kept:
        each.cache_clear()
    yield
    for each in kept:
        each.cache_clear()


@pytest.mark.usefixtures("bare")
def test_without_outlines_there_are_bars_and_a_word_of_it(data: Data) -> None:
    answer = world_view(data, "technology=python")
    assert [trace["type"] for trace in answer["map"]["figure"]["data"]] == ["bar"]
    assert answer["map"]["figure"]["data"][0]["y"] == [row["name"] for row in answer["ranking"]] == ["Namibia"]
    assert "make setup" in answer["map"]["message"]["text"]
    assert "outline" not in " ".join(answer["map"]["note"]["missing"])
    assert "grey" not in answer["map"]["subtitle"]
    assert answer["played"]["outlines"] == {}
    assert choropleth_still.paths() == {}


# ---- the small store ------------------------------------------------------------------------------------------------


def test_the_small_store(data: Data) -> None:
    answer = world_view(data, "")
    assert answer["query"] == ""
    assert answer["title"] == "Python across the world"
    assert [(row["name"], row["share"], row["people"]) for row in answer["ranking"]] == [("Namibia", 15.0, 15)]
    assert answer["ranking"][0]["before"] == 11.0  # 2024 Q2
    assert answer["sums"] == [{"id": "WLD", "name": "World", "share": 20.0}]
    assert "Namibia (15 %) in 2025 Q2" in answer["sentence"]
    assert answer["message"] is None
    assert answer["course"]["title"] == "Python in the world"
    json.dumps(answer, allow_nan=False)


def test_a_period_and_a_region(data: Data) -> None:
    answer = world_view(data, "technology=python&to=2024-06-30&region=NA")
    assert answer["query"] == "technology=python&region=NA&to=2024-04-01"
    assert answer["ranking"][0]["share"] == 11.0
    assert answer["ranking"][0]["chosen"]
    assert answer["course"]["title"] == "Python in Namibia"
    assert "Namibia: 11 %, rank 1 of 1." in answer["sentence"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("technology=nonsense", "no technology `nonsense`"),
        ("technology=ghost", "Ghost has no figures by economy: Python is shown"),
        ("region=FR", "France has no figure of Python"),
        ("indicator=searched", "Searched has no figures of Python by economy"),
        ("to=2001-01-01", "The figures begin with 2024 Q1"),
        ("to=yesterday", "no date"),
        ("as_of=2001-01-01", "2001-01-01"),
        ("use_case=office", "No technology of Office has figures by economy"),
        ("use_case=moon", "no use case `moon`"),
    ],
)
def test_what_cannot_be_shown_is_told(data: Data, query: str, words: str) -> None:
    answer = world_view(data, query)
    assert words in answer["message"]["text"], answer["message"]
    json.dumps(answer, allow_nan=False)


def test_an_empty_store_says_what_to_run(home: Home, small: catalog.Catalog, rows: pd.DataFrame) -> None:
    home.store.replace(rows[rows["indicator"] == "searched"])
    answer = world_view(Data(home, small), "")
    assert "`stacktide refresh graph`" in answer["message"]["text"]
    assert answer["map"]["figure"]["data"] == []


# ---- the embedded data, computed anew from the rows -----------------------------------------------------------------


@pytest.fixture(scope="module")
def rows_of_all() -> pd.DataFrame:
    rows = pd.read_parquet(ROOT / "data" / "embedded" / "observations.parquet")
    rows = rows[rows["source"] == "innovation_graph"]
    return rows.astype({"indicator": "str", "technology": "str", "region": "str"})


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, rows_of_all: pd.DataFrame) -> Data:
    home = Home(tmp_path_factory.mktemp("world") / "home").make()
    home.store.replace(rows_of_all, source="innovation_graph")
    return Data(home, catalog.load(ROOT / "data" / "catalog"), recheck_seconds=1000)


def expected(rows: pd.DataFrame, indicator: str, technology: str, quarter: str) -> dict[str, tuple[int, int]]:
    """Economy -> people and developers of a quarter."""
    at = rows[rows["period_start"] == pd.Timestamp(quarter)]
    people = at[(at["indicator"] == indicator) & (at["technology"] == technology)].set_index("region")["value"]
    whole = at[at["indicator"] == "innovation_graph_developers"].set_index("region")["value"]
    return {r: (int(people[r]), int(whole[r])) for r in people.index if r in whole.index and r not in ("WLD", "EU")}


@pytest.mark.parametrize(
    ("technology", "indicator", "quarter"),
    [
        ("python", "innovation_graph_language_pushers", "2024-01-01"),
        ("rust", "innovation_graph_language_pushers", "2022-10-01"),
        ("django", "innovation_graph_topic_pushers", "2025-07-01"),
    ],
)
def test_the_figures_are_those_of_the_rows(
    real: Data, rows_of_all: pd.DataFrame, technology: str, indicator: str, quarter: str
) -> None:
    answer = world_view(real, f"technology={technology}&to={quarter}")
    found = {row["id"]: (row["people"], row["developers"]) for row in answer["ranking"]}
    wanted = expected(rows_of_all, indicator, technology, quarter)
    assert found == wanted
    assert len(wanted) > 5
    per = 100 if answer["unit"] == "%" else 100_000
    shares = {region: per * people / whole for region, (people, whole) in wanted.items()}
    for row in answer["ranking"]:
        assert row["share"] == pytest.approx(shares[row["id"]])
        assert row["rank"] == 1 + sum(share > shares[row["id"]] + 1e-12 for share in shares.values())
        assert row["people"] > 100
    drawn = answer["map"]["figure"]["data"][1]
    assert dict(zip(drawn["ids"], (v for _, v in drawn["customdata"]), strict=True)) == pytest.approx(
        {region: share for region, share in shares.items() if region in choropleth.outlines()}
    )
    whole = rows_of_all[
        (rows_of_all["indicator"] == "innovation_graph_developers")
        & (rows_of_all["period_start"] == pd.Timestamp(quarter))
        & ~rows_of_all["region"].isin(["WLD", "EU"])
    ]
    under = len(set(whole["region"]) - set(wanted))
    assert under > 50
    assert f"{under} economies under 100 pushers" in answer["map"]["subtitle"]
    assert f"{under} economies with developers have no figure" in answer["map"]["sentence"]
    played = answer["played"]
    assert answer["map"]["subtitle"] == played["subtitles"][played["at"]]
    assert answer["map"]["title"] == played["titles"][played["at"]]
    there = dict(zip(played["regions"], played["shares"][played["at"]], strict=True))
    assert {region: share for region, share in there.items() if share is not None} == pytest.approx(shares, rel=1e-5)
    assert played["periods"][played["at"]] == quarter


def test_every_technology_with_figures_has_a_map(real: Data) -> None:
    """All of them, server-side; those on offer are exactly those that have one."""
    offered = [option["value"] for option in world_view(real, "")["options"]["technology"]]
    assert len(offered) > 200
    for technology in offered[::9]:
        answer: dict[str, Any] = world_view(real, f"technology={technology}")
        assert answer["message"] is None, (technology, answer["message"])
        assert answer["ranking"], technology
        assert answer["map"]["figure"]["data"], technology
        json.dumps(answer["map"], allow_nan=False)
