"""Each way of showing values, on figures that can be checked in the head."""

from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from dashboard.analysis.breaks import concerning, in_span, stretches
from dashboard.analysis.index import common_base, index, period_of
from dashboard.analysis.momentum import momentum
from dashboard.analysis.rank import rank
from dashboard.analysis.share import share
from dashboard.analysis.shown import Way, shown
from dashboard.analysis.smoothing import smooth
from dashboard.analysis.wide import ends, grid, wide
from etl.catalog import Break

NAN = float("nan")


def months(count: int, start: str = "2024-01-01") -> pd.DatetimeIndex:
    return pd.date_range(start, periods=count, freq="MS", name="period_start").as_unit("us")


def severing(day: str, effect: Literal["severs", "disturbs"] = "severs", **more: Any) -> Break:
    return Break.model_validate({"date": day, "what": "w", "evidence": "e", "effect": effect, **more})


def tidy(values: dict[str, list[float]], start: str = "2024-01-01") -> pd.DataFrame:
    frame = pd.DataFrame(values, index=months(len(next(iter(values.values()))), start))
    rows = frame.rename_axis(columns="technology").stack().rename("value").reset_index()
    return rows.assign(status="final")


def test_a_hole_is_a_row_of_missing_values() -> None:
    rows = tidy({"a": [1, 2, 3, 4]}).drop(index=[1, 2])
    found = wide(rows, "M")
    assert list(found.index) == list(months(4))
    assert found["a"].isna().tolist() == [False, True, True, False]


def test_between_editions_of_a_sparse_source_there_is_no_hole() -> None:
    rows = tidy({"a": [1, 2, 3, 4]}).drop(index=[1, 2])
    assert wide(rows.iloc[::-1], "M", sparse=True)["a"].tolist() == [1, 4]
    made = shown(rows, None, ["a"], ["a"], [], Way("absolute", "M", smooth=3, sparse=True))
    assert (made.values["a"].tolist(), made.raw) == ([1, 4], None)


def test_published_ranks_are_shown_as_published() -> None:
    made = shown(tidy({"a": [7.0], "b": [3.0]}), None, ["a"], ["a", "b"], [], Way("rank", "M", ranked=True))
    assert made.values["a"].tolist() == [7.0]


@pytest.mark.parametrize(
    ("frequency", "last", "count"),
    [
        ("D", "2024-03-01", 61),
        ("W", "2024-03-04", 10),
        ("M", "2026-12-01", 36),
        ("Q", "2026-10-01", 12),
        ("Y", "2030-01-01", 7),
    ],
)
def test_the_grid_has_every_period(frequency: str, last: str, count: int) -> None:
    first = "2024-01-01"
    found = grid(pd.DatetimeIndex([last, first]), frequency)
    assert (len(found), f"{found[0]:%F}", f"{found[-1]:%F}") == (count, first, last)
    assert (ends(found, frequency)[:-1] == found[1:]).all()


def test_share_is_of_the_whole_and_missing_without_one() -> None:
    values = pd.DataFrame({"a": [10.0, 20, 30]}, index=months(3))
    whole = pd.Series([200.0, 0.0], index=months(2))
    assert share(values, whole)["a"].tolist() == pytest.approx([5, NAN, NAN], nan_ok=True)


def test_index_leaves_out_what_has_no_base() -> None:
    values = pd.DataFrame({"a": [10.0, 20], "b": [NAN, 5.0], "zero": [0.0, 5.0]}, index=months(2))
    found = index(values, months(2)[0], np.zeros(2))
    assert found["a"].tolist() == [100, 200]
    assert found[["b", "zero"]].isna().all(axis=None)


def test_an_index_stays_in_the_stretch_of_its_base() -> None:
    values = pd.DataFrame({"a": [10.0, 20, 40, 80, 100]}, index=months(5))
    parted = np.array([0, 0, 1, 2, 2])
    assert index(values, months(5)[3], parted)["a"].tolist() == pytest.approx([NAN] * 3 + [100, 125], nan_ok=True)
    assert index(values, months(5)[0], parted)["a"].tolist() == pytest.approx([100, 200] + [NAN] * 3, nan_ok=True)


def test_the_default_base_is_the_first_common_period_of_the_newest_stretch() -> None:
    values = pd.DataFrame({"a": [1.0, 1, 1, 1, 1], "b": [NAN, 1, 1, 1, 1]}, index=months(5))
    assert common_base(values, np.array([0, 0, 0, 0, 0])) == months(5)[1]
    assert common_base(values, np.array([0, 0, 0, 1, 1])) == months(5)[3]
    assert common_base(values, np.array([0, 0, 0, 0, 1])) == months(5)[1], "a period alone has nothing to grow from"
    assert common_base(values.iloc[:2], np.array([0, 1])) == months(5)[1]
    never_both = pd.DataFrame({"a": [1.0, NAN], "b": [NAN, 1.0]}, index=months(2))
    assert common_base(never_both, np.array([0, 0])) == months(2)[0]
    assert common_base(never_both.iloc[:0], np.array([])) is None


def test_a_base_within_a_period_means_that_period() -> None:
    assert period_of(months(3), pd.Timestamp("2024-02-20")) == months(3)[1]
    assert period_of(months(3), pd.Timestamp("1900-01-01")) == months(3)[0]


def test_ties_share_the_better_place() -> None:
    values = pd.DataFrame({"a": [5.0], "b": [5.0], "c": [1.0], "d": [NAN]}, index=months(1))
    assert rank(values).iloc[0].tolist() == pytest.approx([1, 1, 3, NAN], nan_ok=True)


def test_an_even_window_is_centred_with_half_weights() -> None:
    values = pd.DataFrame({"a": [0.0, 0, 8, 0, 0, 0]}, index=months(6))
    assert smooth(values, 4, np.zeros(6))["a"].tolist() == pytest.approx([NAN, NAN, 2, 2, NAN, NAN], nan_ok=True)
    assert smooth(values, 3, np.zeros(6))["a"].tolist()[1:4] == pytest.approx([8 / 3, 8 / 3, 8 / 3])


def test_smoothing_crosses_neither_break_nor_hole() -> None:
    values = pd.DataFrame({"a": [1.0, 1, 1, 9, 9, 9]}, index=months(6))
    cut = smooth(values, 3, np.array([0, 0, 0, 1, 1, 1]))["a"].tolist()
    assert cut == pytest.approx([NAN, 1, NAN, NAN, 9, NAN], nan_ok=True)
    values.iloc[1] = NAN
    assert smooth(values, 3, np.zeros(6))["a"].isna().tolist() == [True, True, True, False, False, True]


def test_a_break_on_a_first_day_cuts_there_and_one_within_a_period_isolates_it() -> None:
    assert stretches(months(4), [severing("2024-03-01")], "M").tolist() == [0, 0, 1, 1]
    assert stretches(months(4), [severing("2024-02-15")], "M").tolist() == [0, 1, 2, 2]
    lasting = severing("2024-02-01", until="2024-03-10")
    assert stretches(months(5), [lasting], "M").tolist() == [0, 1, 1, 2, 2]
    assert stretches(months(3), [severing("2024-02-01", "disturbs")], "M").tolist() == [0, 0, 0]
    assert stretches(months(3), [severing("2030-01-01"), severing("2000-01-01")], "M").tolist() in (
        [0, 0, 0],
        [1, 1, 1],
    )


def test_breaks_concern_their_indicators_and_regions_and_span() -> None:
    both = [severing("2024-02-01", indicators=["x"]), severing("2024-01-15", regions=["DE"])]
    assert [b.date.day for b in concerning(both, "x", "DE")] == [15, 1]
    assert concerning(both, "y", "FR") == []
    assert in_span([severing("2024-01-01"), severing("2024-02-29"), severing("2024-03-01")], months(2), "M") == [
        severing("2024-02-29")
    ]


class TestMomentum:
    def test_a_straight_line_has_its_slope(self) -> None:
        values = pd.DataFrame({"up": np.arange(48) / 12, "flat": [3.0] * 48}, index=months(48))
        found = momentum(values, np.zeros(48), "M").set_index("technology")
        assert found.loc["up", "slope"] == pytest.approx(1, rel=1e-2)
        assert found.loc["up", "low"] <= found.loc["up", "slope"] <= found.loc["up", "high"]
        assert found.loc["flat", "slope"] == 0
        assert found["periods"].tolist() == [37, 37]  # three years, both ends included

    def test_only_the_stretch_after_the_last_break_counts(self) -> None:
        values = pd.DataFrame({"a": [90.0] * 30 + list(range(18))}, index=months(48))
        found = momentum(values, np.array([0] * 30 + [1] * 18), "M")
        assert found["periods"].tolist() == [18]
        assert found["slope"].iloc[0] == pytest.approx(12, rel=1e-2)

    def test_less_than_a_year_or_no_newest_value_is_left_out(self) -> None:
        values = pd.DataFrame({"short": [NAN] * 37 + [1.0] * 11, "gone": [1.0] * 47 + [NAN]}, index=months(48))
        assert momentum(values, np.zeros(48), "M").empty
        assert momentum(values.iloc[:0], np.zeros(0), "M").empty


class TestShown:
    def test_a_narrower_range_shows_the_same_figures(self) -> None:
        rows = tidy({"a": [1, 2, 4, 8, 16], "b": [2, 2, 2, 2, 2]})
        way = Way("rank", "M")
        every = shown(rows, None, ["a"], ["a", "b"], [], way)
        cut = shown(rows, None, ["a"], ["a", "b"], [], Way("rank", "M", start=date(2024, 3, 1), end=date(2024, 4, 1)))
        assert every.values["a"].tolist() == [2, 1, 1, 1, 1]
        assert cut.values["a"].tolist() == [1, 1]
        assert every.compared == 2

    def test_smoothing_keeps_the_raw_series_and_looks_beyond_the_range(self) -> None:
        rows = tidy({"a": [3, 6, 9, 12, 15]})
        found = shown(rows, None, ["a"], [], [], Way("absolute", "M", smooth=3, start=date(2024, 2, 1)))
        assert found.values["a"].tolist() == pytest.approx([6, 9, 12, NAN], nan_ok=True)
        assert found.raw is not None
        assert found.raw["a"].tolist() == [6, 9, 12, 15]

    def test_an_unfinished_period_is_told_and_never_smoothed(self) -> None:
        rows = tidy({"a": [3, 6, 9]})
        rows.loc[2, "status"] = "partial"
        found = shown(rows, None, ["a"], [], [], Way("absolute", "M", smooth=3))
        assert found.partial["a"].tolist() == [False, False, True]
        assert found.values["a"].isna().all()

    def test_nothing_in_nothing_out(self) -> None:
        rows = tidy({"a": [3, 6, 9]}).iloc[:0]
        for value in ("absolute", "share", "index", "rank"):
            found = shown(rows, rows, ["a"], ["a"], [], Way(value, "M", smooth=3))
            assert found.values.empty
