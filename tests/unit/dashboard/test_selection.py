"""Reading a query, and filling what it leaves open."""

from collections.abc import Callable

import pandas as pd
import pytest

from dashboard import selection
from dashboard.data import Data
from dashboard.selection import Resolved, Selection
from dashboard.selection.resolving import best
from dashboard.selection.url import default_value
from etl.catalog import Catalog, Indicator
from etl.errors import UsageError
from etl.home import Home


def resolved(data: Data, query: str) -> Resolved:
    return selection.resolve(selection.parse(query, data.catalog), data.snapshot())


def test_too_many_parameters_are_one_sentence(data: Data) -> None:
    query = "&".join(["technology=python"] * 201)
    found, problems = selection.read(query, data.catalog)
    assert found == Selection()
    assert [each.partition(",")[0] for each in problems] == ["The address has more than 200 parameters"]
    with pytest.raises(UsageError, match="more than 200 parameters"):
        selection.parse(query, data.catalog)
    assert selection.read(query.removesuffix("&technology=python"), data.catalog)[0].technology == ("python",)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("technology=pyton", ["technology", "`python`"]),
        ("use_case=wev", ["use case", "`web`"]),
        ("indicator=star", ["indicator", "`stars`"]),
        ("kind=languages", ["kind", "`language`"]),
        ("from=yesterday", ["`from`", "2024-01-31"]),
        ("to=2024-13-01", ["`to`"]),
        ("base=0", ["`base`"]),
        ("from=2025-01-01&to=2024-01-01", ["after", "swap"]),
        ("value=percent", ["`value`", "share"]),
        ("scale=cubic", ["`scale`", "log"]),
        ("smooth=1", ["`smooth`", "36"]),
        ("smooth=99999999999999999999", ["`smooth`"]),
        ("smooth=-3", ["`smooth`"]),
        ("region=Germany", ["`region`", "DE"]),
        ("tab=picture", ["`tab`", "table"]),
        ("preset=best", ["`preset`", "rising"]),
        ("technology=" + ",".join(f"t{i}" for i in range(10_000)), ["10,000", "60"]),
    ],
)
def test_a_bad_value_is_one_sentence_with_a_remedy(small: Catalog, query: str, words: list[str]) -> None:
    with pytest.raises(UsageError) as failure:
        selection.parse(query, small)
    assert all(word in str(failure.value) for word in words), str(failure.value)
    assert len(str(failure.value)) < 400
    selection.read(query, small)  # never fails


def test_what_is_right_beside_what_is_wrong_is_kept(small: Catalog) -> None:
    found, problems = selection.read("technology=go,pyton&region=de&scale=cubic&utm_source=mail", small)
    assert (found.technology, found.region, len(problems)) == (("go",), "DE", 2)


def test_names_lists_and_repeats_are_understood(small: Catalog) -> None:
    assert selection.parse("?technology=Django,go&technology=go", small).technology == ("django", "go")
    assert selection.parse({"technology": ["go", "python"]}, small) == Selection(technology=("go", "python"))


def test_defaults_are_left_out_of_the_canonical_query(small: Catalog) -> None:
    query = (
        "value=share&indicator=stars&scale=linear&smooth=0&tab=chart&region=WLD&segment=all&base=2024-01-01&preset=top"
    )
    assert selection.to_query(selection.parse(query, small), small) == "indicator=stars"
    assert (
        selection.to_query(Selection(value="share", indicator="developers"), small)
        == "indicator=developers&value=share"
    )
    assert selection.to_query(Selection(tab="table"), small, tab=False) == ""


def test_without_names_the_highest_of_the_newest_complete_period_are_shown(data: Data) -> None:
    assert resolved(data, "indicator=pushers").technologies == ("excel", "python", "go")
    assert resolved(data, "indicator=searched").technologies == ("python", "go")
    assert resolved(data, "indicator=pushers&use_case=web").technologies == ("python", "go")


def test_the_filter_picks_the_indicator_that_carries_most(data: Data) -> None:
    assert resolved(data, "use_case=office").indicator.id == "pushers"
    assert resolved(data, "").indicator.id == "pushers"


def test_named_technologies_are_told_apart(data: Data) -> None:
    found = resolved(data, "indicator=stars&use_case=web&technology=go,django,excel")
    assert found.technologies == ("go",)
    assert found.without_figures == ("django",)
    assert found.outside == ("excel",)


def test_a_way_of_showing_that_an_indicator_lacks_becomes_the_nearest(data: Data) -> None:
    assert resolved(data, "indicator=developers&value=share").value == "absolute"
    assert resolved(data, "indicator=developers&value=rank").value == "absolute"
    assert resolved(data, "indicator=searched&value=absolute").value == "share"
    assert resolved(data, "indicator=stars&value=rank").value == "rank"


def test_observations_are_cut_to_the_dates_inclusive(data: Data) -> None:
    found = resolved(data, "indicator=pushers&technology=go&from=2024-04-01&to=2024-10-01")
    rows = selection.observations(data.snapshot(), found)
    assert list(rows["period_start"].dt.strftime("%Y-%m")) == ["2024-04", "2024-07", "2024-10"]


def test_a_snapshot_does_not_see_a_later_commit(data: Data, rows: pd.DataFrame) -> None:
    before = data.snapshot()
    data.home.store.replace(rows[rows["indicator"] != "stars"])
    assert len(before.frame("stars")) > 0
    assert "stars" in before.indicators()
    after = data.snapshot()
    assert after.version > before.version
    assert after.key != before.key
    assert "stars" not in after.indicators()


def test_the_store_is_looked_at_again_after_a_while_only(data: Data, rows: pd.DataFrame) -> None:
    now = [0.0]
    slow = Data(data.home, data.catalog, recheck_seconds=1, clock=lambda: now[0])
    first = slow.snapshot()
    data.home.store.replace(rows)
    now[0] = 0.9
    assert slow.snapshot() is first
    now[0] = 1.0
    assert slow.snapshot().version == first.version + 1


def test_an_unfinished_period_does_not_decide_who_is_highest(observations: Callable[..., pd.DataFrame]) -> None:
    rows = observations(
        technology=["a", "b", "a", "b", "c"],
        period_start=["2026-01-01"] * 2 + ["2026-02-01"] * 3,
        value=[2.0, 1.0, 1.0, 2.0, 9.0],
        status=["final"] * 2 + ["partial"] * 3,
    )
    assert best(rows, ["a", "b", "c"], 10) == ["a", "b"]
    assert best(rows, ["b", "c"], 1) == ["b"]


def test_of_published_ranks_the_lowest_is_best(observations: Callable[..., pd.DataFrame]) -> None:
    rows = observations(technology=["a", "b", "c"], value=[3.0, 1.0, 2.0])
    assert best(rows, ["a", "b", "c"], 2, lowest=True) == ["b", "c"]


@pytest.mark.parametrize(
    ("unit", "is_share", "is_rank"),
    [
        ("percent of all", True, False),
        ("percentile", False, False),
        ("rank", False, True),
        ("ranked pages", False, False),
    ],
)
def test_the_unit_says_whether_values_are_shares_or_ranks(unit: str, is_share: bool, is_rank: bool) -> None:
    plain = {"id": "x", "title": "X", "construct": "people", "frequency": "Q", "means": "x", "does_not_mean": "y"}
    made = Indicator.model_validate({**plain, "unit": unit, "bounds": (0, None)})
    assert (made.is_share, made.is_rank) == (is_share, is_rank)
    assert default_value(made) == ("share" if is_share else "rank" if is_rank else "absolute")


def test_speed_does_not_speak_first_for_a_use_case(
    entries: Catalog, home: Home, observations: Callable[..., pd.DataFrame]
) -> None:
    """A benchmark carries most web frameworks, but says nothing of who uses them."""
    speed = observations(
        source="web_benchmarks",
        indicator="web_benchmarks_throughput_percentile",
        technology=["django", "flask", "laravel", "express"],
    )
    people = observations(
        source="innovation_graph",
        indicator="innovation_graph_topic_pushers",
        technology=["django", "flask"],
        frequency="Q",
    )
    home.store.replace(speed)
    found = resolved(Data(home, entries), "use_case=web-backend&kind=framework")
    assert found.indicator.id == "web_benchmarks_throughput_percentile"  # for want of another
    home.store.replace(pd.concat([speed, people], ignore_index=True))
    found = resolved(Data(home, entries), "use_case=web-backend&kind=framework")
    assert found.indicator.id == "innovation_graph_topic_pushers"


def test_first_segment_where_nobody_counts_all(home: Home, data: Data, rows: pd.DataFrame) -> None:
    rows.loc[rows["indicator"] == "searched", "segment"] = "hour-01"
    other = rows[rows["indicator"] == "searched"].assign(segment="hour-00")
    home.store.replace(pd.concat([rows, other], ignore_index=True))
    found = resolved(data, "indicator=searched")
    assert (found.asked.segment, set(found.technologies)) == ("hour-00", {"python", "go"})
    assert resolved(data, "indicator=searched&segment=hour-01").asked.segment == "hour-01"
    assert resolved(data, "indicator=stars").asked.segment == "all"
    assert found.source.segment_title("hour-00") == "Hour 00"


def test_segment_title_of_the_catalogue(small: Catalog) -> None:
    titled = small.source["searches"].model_copy(update={"segments": {"hour-00": "From midnight"}})
    assert titled.segment_title("hour-00") == "From midnight"
