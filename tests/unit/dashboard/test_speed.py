"""Speed against use: places in a round, use of the same technologies, names that have room."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from dashboard.charts import speed_and_use
from dashboard.data import Data
from dashboard.views.speed import speed_view
from etl import catalog
from etl.catalog import Catalog
from etl.home import Home

ROOT = Path(__file__).resolve().parents[3]
PERCENTILES = {"django": 20.0, "flask": 40.0, "gin": 90.0, "fiber": 95.0, "express": 60.0}
PUSHERS = {"django": 900.0, "flask": 800.0, "gin": 700.0, "fiber": 10.0, "express": 20.0, "react": 5000.0}

Observations = Callable[..., pd.DataFrame]


def rounds(observations: Observations) -> pd.DataFrame:
    """Two rounds; Hanami was in the first alone."""
    found = []
    for measure in ("throughput", "latency"):
        for segment in ("all", "64 connections"):
            plain = {
                "source": "web_benchmarks",
                "indicator": f"web_benchmarks_{measure}_percentile",
                "segment": segment,
            }
            sign = 1.0 if measure == "throughput" else -1.0
            newest = {t: v if sign > 0 else 100 - v for t, v in PERCENTILES.items()}
            for day, values in (("2025-07-01", {**newest, "hanami": 70.0}), ("2026-02-01", newest)):
                found.append(
                    observations(
                        **plain,
                        technology=list(values),
                        value=list(values.values()),
                        period_start=day,
                        sample_size=300,
                    )
                )
    return pd.concat(found, ignore_index=True)


def people(observations: Observations) -> pd.DataFrame:
    values = {**PUSHERS, "hanami": 30.0}
    return observations(
        source="innovation_graph",
        indicator="innovation_graph_topic_pushers",
        technology=list(values),
        value=list(values.values()),
        period_start="2025-07-01",
        frequency="Q",
    )


@pytest.fixture
def small(home: Home, entries: Catalog, observations: Observations) -> Data:
    home.store.replace(rounds(observations), source="web_benchmarks")
    home.store.replace(people(observations), source="innovation_graph")
    return Data(home, entries, recheck_seconds=0)


def corners(answer: dict[str, object]) -> dict[str, list[str]]:
    found = answer["quadrants"]
    assert isinstance(found, list)
    return {each["title"]: [t["id"] for t in each["technologies"]] for each in found}


def test_corners_part_at_the_middle_of_the_round_and_at_the_median_of_use(small: Data) -> None:
    answer = speed_view(small, "technology=django,flask,gin,fiber,express")
    assert corners(answer) == {  # the median of use is 700
        "Faster and used more": ["gin"],
        "Used more, not so fast": ["django", "flask"],
        "Faster, used less": ["express", "fiber"],
        "Slower and used less": [],
    }
    assert "Gin (faster than 90 %; 700" in answer["headline"]
    assert "300 variants, February 2026" in answer["cards"]["speed-use"]["subtitle"]


def test_few_are_judged_against_all_that_are_measured(small: Data) -> None:
    everybody = corners(speed_view(small, ""))
    median = 365  # of 900, 800, 700, 30, 20 and 10
    for chosen in ("django", "gin", "fiber", "hanami,django"):
        answer = speed_view(small, f"technology={chosen}")
        mine = set(chosen.split(","))
        assert corners(answer) == {title: [t for t in found if t in mine] for title, found in everybody.items()}
        shapes = answer["cards"]["speed-use"]["figure"]["layout"]["shapes"]
        assert [shape["y0"] for shape in shapes if shape.get("xref") == "paper"] == [median]
    alone = speed_view(small, "technology=django")["headline"]
    assert alone == (
        "Among all 6 technologies with both figures: Django (faster than 20 %; 900 pushers) is used more, not so fast."
    )
    three = speed_view(small, "technology=django,flask,gin")["headline"]
    assert three.startswith(
        "Of 3 technologies with both figures, in the faster half and in the half used more of all 6:"
    )


def test_two_with_both_figures_have_no_corners(home: Home, entries: Catalog, observations: Observations) -> None:
    both = ["django", "gin"]
    for rows, source in ((rounds(observations), "web_benchmarks"), (people(observations), "innovation_graph")):
        home.store.replace(rows[rows["technology"].isin(both)], source=source)
    for query in ("", "technology=gin"):
        answer = speed_view(Data(home, entries, recheck_seconds=0), query)
        assert answer["quadrants"] == []
        assert (
            answer["headline"] == "Fewer than 3 technologies have both figures: too few to tell who is fast and used."
        )
        layout = answer["cards"]["speed-use"]["figure"]["layout"]
        assert (layout["shapes"], layout["annotations"]) == ([], [])


def test_latency_is_another_order(small: Data) -> None:
    answer = speed_view(small, "technology=django,flask,gin&speed=web_benchmarks_latency_percentile")
    assert corners(answer)["Faster and used more"] == ["django", "flask"]
    assert answer["query"] == "technology=django,flask,gin&speed=web_benchmarks_latency_percentile"


def test_a_technology_of_an_older_round_is_marked(small: Data) -> None:
    card = speed_view(small, "technology=django,hanami,gin")["cards"]["speed-use"]
    dots = card["figure"]["data"][0]
    marked = dict(zip(dots["text"], dots["marker"]["symbol"], strict=True))
    assert marked["Hanami (round of July 2025)"] == "circle-open"
    assert marked["Django"] == "circle"
    assert next(line for line in card["table"]["rows"] if line["name"] == "Hanami")["round"] == "July 2025"


def test_what_is_wrong_is_told_and_the_rest_shown(small: Data) -> None:
    answer = speed_view(small, "speed=3&test=4&indicator=pypl_languages&technology=django,flask,gin,react")
    for words in ("`speed` is '3'", "`test` is '4'", "does not tell the use"):
        assert words in answer["message"]["text"]
    assert corners(answer)["Faster and used more"] == ["gin"] or answer["quadrants"]
    assert answer["query"] == "technology=django,flask,gin,react"
    assert "does not measure React" in speed_view(small, "technology=django,react")["message"]["text"]
    assert "does not measure" in speed_view(small, "use_case=testing")["message"]["text"]


def test_tests_of_a_round_are_kept_in_the_address(small: Data) -> None:
    answer = speed_view(small, "technology=django,flask,gin&test=64+connections")
    assert answer["selection"]["test"] == "64 connections"
    assert answer["query"].endswith("test=64+connections")
    assert [each["label"] for each in answer["options"]["test"]] == ["All", "64"]
    assert answer["counted"] == "connections"


def test_a_store_without_benchmarks_says_what_to_run(home: Home, entries: Catalog, observations: Observations) -> None:
    home.store.replace(observations(), source="pypl")
    answer = speed_view(Data(home, entries), "")
    assert "stacktide refresh web_benchmarks" in answer["message"]["text"]


def box(place: tuple[float, float], name: str, position: str, size: tuple[float, float]) -> speed_and_use.Box:
    return speed_and_use._box((place[0] * size[0], place[1] * size[1]), name, position)


@pytest.mark.parametrize("size", [(900.0, 400.0), (270.0, 300.0)])
def test_names_never_meet(size: tuple[float, float]) -> None:
    places = {f"t{i}": ((i * 37 % 100) / 100, (i * 61 % 100) / 100) for i in range(60)}
    names = {t: f"Technology {t}" for t in places}
    found = speed_and_use.labels(places, names, size, {})
    assert 2 < len(found) < 60
    boxes = [box(places[t], names[t], position, size) for t, position in found.items()]
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]


# ---- the embedded data, computed anew from the rows -----------------------------------------------------------------


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    rows = pd.read_parquet(ROOT / "data" / "embedded" / "observations.parquet")
    rows = rows[(rows["source"].isin(["web_benchmarks", "innovation_graph", "top_pypi"])) & (rows["region"] == "WLD")]
    assert len(rows) > 4_000
    return rows


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, published: pd.DataFrame) -> Data:
    home = Home(tmp_path_factory.mktemp("speed") / "home").make()
    for source in published["source"].astype("str").unique():
        home.store.replace(published[published["source"] == source], source=source)
    return Data(home, catalog.load(ROOT / "data" / "catalog"), recheck_seconds=1000)


def test_the_newest_round_of_the_embedded_data(real: Data, published: pd.DataFrame) -> None:
    answer = speed_view(real, "")
    speed = published[
        (published["indicator"] == "web_benchmarks_throughput_percentile") & (published["segment"] == "all")
    ]
    pushers = published[published["indicator"] == "innovation_graph_topic_pushers"]
    measured = set(speed["technology"])
    last = pushers[pushers["technology"].isin(measured)]["period_start"].max()
    use = pushers[pushers["period_start"] == last].set_index("technology")["value"]
    newest = speed.sort_values("period_start").groupby("technology", observed=True).tail(1).set_index("technology")
    both = [t for t in newest.index if t in use.index]
    median = use[both].median()
    expected = {t for t in both if newest.at[t, "value"] >= 50 and use[t] >= median}
    assert len(both) > 8
    assert set(corners(answer)["Faster and used more"]) == expected
    lines = {line["name"]: line for line in answer["cards"]["speed-use"]["table"]["rows"]}
    assert len(lines) == len(both)
    for t in both:
        line = lines[real.catalog.technology[str(t)].name]
        assert (line["percentile"], line["use"]) == (newest.at[t, "value"], use[t])


def test_cards_carry_both_sources(real: Data) -> None:
    for query in ("", "use_case=web-backend", "indicator=pypi_download_share"):
        answer = speed_view(real, query)
        card = answer["cards"]["speed-use"]
        assert "Speed: " in card["note"]["caveat"]
        assert " Use: " in card["note"]["caveat"]
        assert card["downloads"]
        json.dumps([each["figure"] for each in answer["cards"].values()], allow_nan=False)
