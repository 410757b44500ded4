"""Shares of three wholes, change over a year, places over time, and the frames of charts, on figures by hand."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.analysis.bump import bump
from dashboard.analysis.multiples import multiples
from dashboard.analysis.rank import rank
from dashboard.analysis.share import of_source, within
from dashboard.analysis.shown import Way, shown
from dashboard.analysis.sparkline import sparklines
from dashboard.analysis.stack import REST, layers
from dashboard.analysis.year_on_year import year_on_year
from etl.catalog import Indicator
from etl.errors import UsageError

NAN = float("nan")


def months(count: int, start: str = "2024-01-01") -> pd.DatetimeIndex:
    return pd.date_range(start, periods=count, freq="MS", name="period_start").as_unit("us")


def table(**values: list[float]) -> pd.DataFrame:
    return pd.DataFrame(values, index=months(len(next(iter(values.values())))), dtype="float64")


def indicator(**more: Any) -> Indicator:
    plain = {"id": "i", "title": "I", "construct": "installs", "unit": "downloads", "frequency": "M", "means": "m"}
    return Indicator.model_validate({**plain, "does_not_mean": "d", "bounds": (0, None), **more})


class TestWholes:
    def test_the_whole_of_a_registry_is_named_as_such(self) -> None:
        entry = indicator(whole="listed", whole_title="percent of all downloads")
        found = of_source(table(a=[10, 20]), pd.Series([100.0, 400.0], index=months(2)), entry)
        assert found is not None
        assert (found.whole, found.of, found.overlap) == ("registry", "percent of all downloads", False)
        assert found.values["a"].tolist() == [10, 5]

    def test_people_overlap_and_their_whole_is_the_source(self) -> None:
        entry = indicator(construct="people", unit="pushers", whole="all_people", whole_title="percent of developers")
        found = of_source(table(a=[10]), pd.Series([100.0], index=months(1)), entry)
        assert found is not None
        assert (found.whole, found.overlap) == ("source", True)

    def test_published_percents_are_shares_already_and_counts_without_a_whole_are_none(self) -> None:
        found = of_source(table(a=[7]), None, indicator(construct="hiring", unit="percent of the posts"))
        assert found is not None
        assert (found.values["a"].tolist(), found.of) == ([7], "percent of the posts")
        assert of_source(table(a=[7]), None, indicator()) is None

    def test_within_a_use_case_only_its_technologies_count(self) -> None:
        found = within(table(a=[1, 3], b=[3, NAN], other=[96, 96]), ["a", "b", "ghost"], indicator(), "Web")
        assert found is not None
        assert found.values.to_dict("list") == {"a": [25, 100], "b": pytest.approx([75, NAN], nan_ok=True)}
        assert found.counted.tolist() == [2, 1]
        assert found.of == "percent of the downloads counted for the 2 technologies of Web that have figures"

    def test_what_counts_twice_is_said(self) -> None:
        found = within(table(a=[1.0]), ["a"], indicator(construct="people", unit="pushers"), "Web")
        assert found is not None
        assert found.of.endswith("people that count for several are counted for each")

    def test_places_and_percentiles_have_no_parts(self) -> None:
        assert within(table(a=[1.0]), ["a"], indicator(construct="benchmark speed", unit="percentile"), "Web") is None
        assert within(table(a=[1.0]), ["a"], indicator(construct="code activity", unit="rank"), "Web") is None


class TestYearOnYear:
    def test_each_month_is_set_against_the_same_one_a_year_before(self) -> None:
        values = table(a=[*range(100, 112), 150, 101])
        found = year_on_year(values, np.zeros(14), "M")["a"]
        assert found[:12].isna().all()
        assert found[12:].tolist() == [50, 0]
        assert year_on_year(values, np.zeros(14), "M", points=True)["a"].tolist()[12:] == [50, 0]

    @pytest.mark.parametrize(
        ("frequency", "freq", "lag"), [("Q", "QS", 4), ("Y", "YS", 1), ("W", "7D", 52), ("D", "D", 364)]
    )
    def test_every_frequency_has_its_year(self, frequency: str, freq: str, lag: int) -> None:
        periods = pd.date_range("2023-01-01", periods=lag + 1, freq=freq).as_unit("us")
        values = pd.DataFrame({"a": [10.0, *[1.0] * (lag - 1), 30.0]}, index=periods)
        found = year_on_year(values, np.zeros(lag + 1), frequency)["a"]
        assert found.iloc[-1] == pytest.approx(200)
        assert found.notna().sum() == 1

    def test_never_across_a_break_nor_from_zero(self) -> None:
        values = table(a=[1.0] * 13 + [2.0], zero=[1, 0.0] + [1.0] * 12)
        found = year_on_year(values, np.array([0] * 13 + [1]), "M")
        assert found["a"].tolist()[12:] == pytest.approx([0, NAN], nan_ok=True)
        assert np.isnan(year_on_year(values, np.zeros(14), "M")["zero"].iloc[-1])

    def test_a_view_leaves_the_unfinished_month_out(self) -> None:
        rows = pd.DataFrame({"technology": "a", "period_start": months(14), "value": [10.0] * 12 + [20, 1]})
        rows["status"] = ["final"] * 13 + ["partial"]
        made = shown(rows, None, ["a"], [], [], Way("year-on-year", "M", start=date(2024, 1, 1)))
        assert made.values["a"].tolist() == [100]
        points = shown(rows, None, ["a"], [], [], Way("year-on-year", "M", points=True))
        assert points.values["a"].tolist() == [10]


class TestRanks:
    def test_the_lowest_can_be_the_best(self) -> None:
        assert rank(table(a=[5.0], b=[2.0]), lowest=True).iloc[0].tolist() == [2, 1]

    def test_ties_share_the_better_place_and_who_is_missing_has_none(self) -> None:
        found = rank(table(a=[5, 1], b=[5, 3], c=[NAN, 2], d=[1, 2]))
        assert found.iloc[0].tolist() == pytest.approx([1, 1, NAN, 3], nan_ok=True)
        assert found.iloc[1].tolist() == [4, 1, 2, 2]


class TestBump:
    values = table(a=[9, 1, 1], b=[5, 5, 5], c=[NAN, 7, 7], d=[1, 1, 0])

    def test_the_best_of_the_newest_period_come_first(self) -> None:
        found = bump(self.values, np.zeros(3), most=2)
        assert list(found.places) == ["c", "b"]
        assert found.places["b"].tolist() == [2, 2, 2]
        assert found.compared.tolist() == [3, 4, 4]
        assert found.changed.tolist() == [False, True, False]

    def test_a_place_does_not_change_with_what_is_chosen(self) -> None:
        assert bump(self.values, np.zeros(3), ["d", "a"]).places["a"].tolist() == [1, 3, 3]
        assert list(bump(self.values, np.zeros(3), ["d", "a", "ghost"]).places) == ["a", "d"]

    def test_nothing_in_nothing_out(self) -> None:
        assert bump(self.values.iloc[:0], np.zeros(0)).places.empty


class TestLayers:
    def test_the_rest_fills_up_to_100(self) -> None:
        entry = indicator(unit="percent of downloads")
        found = of_source(table(a=[10, 5], b=[20, NAN], c=[30, 60]), None, entry)
        assert found is not None
        stacked = layers(found, most=2)
        assert list(stacked) == ["c", "a", REST]
        assert stacked.sum(axis=1).tolist() == [100, 100]
        assert stacked[REST].tolist() == [60, 35]

    def test_what_overlaps_is_refused(self) -> None:
        people = of_source(table(a=[10]), None, indicator(construct="people", unit="percent of developers"))
        assert people is not None
        with pytest.raises(UsageError, match="overlap and cannot be stacked"):
            layers(people)
        too_much = of_source(table(a=[60], b=[70]), None, indicator(unit="percent of downloads"))
        assert too_much is not None
        with pytest.raises(UsageError, match=r"2024-01-01 add up to 130\.0 percent"):
            layers(too_much)

    def test_within_a_use_case_people_can_be_stacked(self) -> None:
        inner = within(table(a=[1], b=[3]), ["a", "b"], indicator(construct="people", unit="pushers"), "Web")
        assert inner is not None
        assert layers(inner).iloc[0].to_dict() == {"b": 75, "a": 25, REST: 0}


class TestSparklines:
    def test_a_line_fills_its_square(self) -> None:
        found = sparklines(table(a=[99, 1, 2, 3], flat=[4, 4, 4, 4]), np.zeros(4), periods=3)
        assert found[found["technology"] == "a"]["y"].tolist() == [0, 0.5, 1]
        assert found[found["technology"] == "a"]["x"].tolist() == [0, 0.5, 1]
        assert found[found["technology"] == "flat"]["y"].tolist() == [0.5] * 3

    def test_a_new_piece_begins_after_a_hole_and_after_a_break(self) -> None:
        found = sparklines(table(a=[1, NAN, 2, 3, 4], none=[NAN] * 5), np.array([0, 0, 0, 0, 1]))
        assert found["piece"].tolist() == [0, 1, 1, 2]
        assert set(found["technology"]) == {"a"}


def test_small_multiples_share_their_axes_and_keep_the_raw_values() -> None:
    rows = pd.DataFrame(
        {
            "technology": ["a"] * 4 + ["b"] * 4,
            "period_start": [*months(4), *months(4)],
            "value": [1.0, 2, 3, 4, 50, 50, 50, 50],
            "status": "final",
        }
    )
    made = multiples(shown(rows, None, ["a", "b"], [], [], Way("absolute", "M", smooth=3)))
    assert (made.low, made.high) == (1, 50)
    a = made.rows[made.rows["technology"] == "a"]
    assert a["raw"].tolist() == [1, 2, 3, 4]
    assert a["value"].tolist() == pytest.approx([NAN, 2, 3, NAN], nan_ok=True)
    assert a["own"].tolist() == pytest.approx([NAN, 0, 1, NAN], nan_ok=True)
    assert made.panels == ("b", "a")
    assert multiples(shown(rows.iloc[:0], None, ["a"], [], [], Way("absolute", "M"))).panels == ()
