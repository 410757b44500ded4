"""Slopes, seasons and tiers against values computed by other means."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dashboard.analysis.momentum import COLUMNS, momenta, monthly, tiers
from dashboard.analysis.season import kruskal_wallis, seasons
from dashboard.analysis.slope import inflation, theil_sen

NAN = float("nan")

# of an autoregressive series with trend; the slope and the ratio of the variances of S with and without the correction
# of Hamed and Rao were computed with pymannkendall 1.4.3 (hamed_rao_modification_test, original_test)
ALIKE = [-0.4, -1.3, -0.1, -1.1, 1.5, 1.9, 1.0, 1.3, 2.6, 4.6, 2.1, 2.6, 2.3, 1.4, 2.2, 2.2, 2.7, 1.5, 1.3, 1.6, 1.4]
ALIKE += [1.3, 0.5, 0.9, 1.2, 1.2, 1.3, 2.0, 1.1, 2.0]
ALIKE_SLOPE, ALIKE_RATIO = 0.0, 2.2303462133635126
UNLIKE = [2.04, -1.03, -0.17, -0.53, -0.63, -0.44, -2.08, -1.41, -1.54, 2.59, 2.41, 1.73, 1.36, 0.74, -0.04, 0.1, 1.1]
UNLIKE += [1.11, 2.35, 2.08, 2.15, 3.75, 3.9, 2.99]
UNLIKE_SLOPE = 0.17001754385964912  # the ratio is 0.82: the correction alone would narrow the interval


def months(count: int, end: str = "2026-06-01") -> pd.DatetimeIndex:
    return pd.date_range(end=end, periods=count, freq="MS", name="period_start").as_unit("us")


def row(table: pd.DataFrame, years: int, technology: str = "a") -> dict[str, object]:
    (found,) = table[(table["years"] == years) & (table["technology"] == technology)].to_dict("records")
    return found


class TestSlope:
    def test_sen_s_own_kind_of_example_by_hand(self) -> None:
        # slopes between (0, 1), (1, 4), (2, 3), (3, 9), (4, 8): 3 1 8/3 7/4 -1 5/2 4/3 6 5/2 -1 -> median 2.125
        found = theil_sen(np.array([1.0, 4, 3, 9, 8]), np.arange(5.0))
        assert found.slope == pytest.approx((7 / 4 + 5 / 2) / 2)
        assert (found.low, found.high) == (-1, 6)

    def test_independent_deviations_have_sen_s_interval(self) -> None:
        values = np.array([3.1, 2.9, 3.4, 3.0, 3.3, 2.8, 3.2, 3.5, 2.7, 3.15])
        assert inflation(values - np.median(values)) == 1
        slope, _, low, high = stats.theilslopes(values, np.arange(10.0), alpha=0.95)
        assert theil_sen(values, np.arange(10.0)) == pytest.approx((slope, low, high))

    def test_deviations_that_are_alike_widen_it_as_another_library_computes(self) -> None:
        times, values = np.arange(30.0), np.array(ALIKE)
        assert inflation(values - ALIKE_SLOPE * times) == pytest.approx(ALIKE_RATIO)
        found = theil_sen(values, times)
        slope, _, low, high = stats.theilslopes(values, times, alpha=0.95)
        assert found.slope == pytest.approx(slope) == pytest.approx(ALIKE_SLOPE)
        assert found.low < low
        assert found.high > high

    def test_it_is_never_narrowed(self) -> None:
        times, values = np.arange(24.0), np.array(UNLIKE)
        assert theil_sen(values, times).slope == pytest.approx(UNLIKE_SLOPE)
        assert inflation(values - UNLIKE_SLOPE * times) == 1

    def test_a_straight_line_has_no_deviations(self) -> None:
        times = np.arange(40) / 12
        assert inflation(0.1 * times - 0.1 * times + 1e-17 * np.arange(40)) >= 1
        assert theil_sen(7 + 0.3 * times, times) == pytest.approx((0.3, 0.3, 0.3))


class TestSeason:
    def test_the_test_is_that_of_scipy(self) -> None:
        values = pd.DataFrame({"a": [1.0, 5, 2, 6, 2, 7, 1, 9], "tied": [1.0, 1, 1, 2, 2, 2, 3, 3]})
        groups = pd.Index([1, 2] * 4)
        for name in values:
            first, second = values.loc[groups == 1, name], values.loc[groups == 2, name]
            assert kruskal_wallis(values, groups)[name] == pytest.approx(stats.kruskal(first, second).pvalue)

    def test_a_rhythm_is_found_and_taken_out(self) -> None:
        rhythm = np.tile([4.0, -1, -1, -2], 7)
        periods = pd.date_range("2019-01-01", periods=28, freq="QS").as_unit("us")
        noise = np.random.default_rng(1).normal(0, 0.05, 28)
        values = pd.DataFrame({"a": 20 + rhythm + noise, "plain": 20 + noise, "new": [NAN] * 20 + [1.0] * 8}, periods)
        found = seasons(values, "Q")
        assert found["a"].to_numpy() == pytest.approx(rhythm, abs=0.1)
        assert (found["plain"] == 0).all()
        assert found["new"].isna().all()

    def test_a_rising_line_has_no_season_and_years_have_none(self) -> None:
        values = pd.DataFrame({"a": np.arange(60) / 10}, index=months(60))
        assert (seasons(values, "M") == 0).all(axis=None)
        assert (seasons(values, "Y") == 0).all(axis=None)

    def test_momentum_sees_through_a_season(self) -> None:
        periods = pd.date_range("2019-01-01", periods=28, freq="QS").as_unit("us")
        noise = np.random.default_rng(2).normal(0, 0.02, 28)
        values = pd.DataFrame({"a": 20 + np.arange(28) / 4 + np.tile([4.0, -1, -1, -2], 7) + noise}, index=periods)
        found = row(momenta(values, np.zeros(28), "Q", [1]), 1)
        assert found["season"] == "removed"
        assert found["slope"] == pytest.approx(1, abs=0.1)


class TestReasons:
    def test_each_window_has_its_own_figures(self) -> None:
        values = pd.DataFrame({"a": [10.0] * 48 + [10 + i / 12 for i in range(1, 13)]}, index=months(60))
        found = momenta(values, np.zeros(60), "M")
        assert list(found) == list(COLUMNS)
        assert [row(found, years)["periods"] for years in (1, 3, 5)] == [13, 37, 60]
        assert row(found, 1)["slope"] == pytest.approx(1, rel=0.01)
        assert row(found, 5)["slope"] == 0
        assert row(found, 1)["since"] == pd.Timestamp("2025-06-01")
        assert row(found, 1)["until"] == pd.Timestamp("2026-06-01")

    def test_a_break_leaves_too_little(self) -> None:
        values = pd.DataFrame({"a": np.arange(60.0)}, index=months(60))
        found = momenta(values, np.array([0] * 46 + [1] * 14), "M")
        assert row(found, 1)["slope"] == pytest.approx(12, rel=0.01)
        assert row(found, 3)["reason"] == "figures of 1.2 years since the last break; a window of 3 years needs 1.5"
        assert row(found, 3)["tier"] is None
        assert np.isnan(row(found, 5)["slope"])  # type: ignore[arg-type]

    def test_the_reason_names_what_is_missing(self) -> None:
        years = pd.date_range("2018-01-01", periods=8, freq="YS").as_unit("us")
        values = pd.DataFrame(
            {"gone": [1.0] * 7 + [NAN], "few": [NAN] * 4 + [1.0] * 4, "old": [1.0] * 2 + [NAN] * 6, "a": range(8)},
            index=years,
        )
        found = momenta(values, np.zeros(8), "Y", [3, 5])
        assert row(found, 5, "gone")["reason"] == "no figure in the newest period, 2025-01-01"
        assert row(found, 5, "few")["reason"] == "4 figures; an interval needs 5"
        assert row(found, 5, "old")["reason"] == "no figure in the last 5 years"
        assert row(found, 3, "a")["reason"] == "4 figures; an interval needs 5"
        assert row(found, 5, "a")["slope"] == pytest.approx(1, rel=0.01)
        assert row(found, 5, "a")["reason"] is None

    def test_sparse_figures_are_taken_at_their_dates(self) -> None:
        days = pd.DatetimeIndex(["2023-06-01", "2023-07-01", "2025-01-01", "2025-11-01", "2026-06-01"]).as_unit("us")
        elapsed = (days - days[0]).days.to_numpy() / 365.25
        found = momenta(pd.DataFrame({"a": 3 + 2 * elapsed}, index=days), np.zeros(5), "M", [3], sparse=True)
        assert row(found, 3)["slope"] == pytest.approx(2)
        assert row(found, 3)["season"] == "none"

    def test_empty_in_empty_out(self) -> None:
        empty = pd.DataFrame({"a": [NAN, NAN]}, index=months(2))
        assert momenta(empty, np.zeros(2), "M").empty
        assert list(momenta(empty.iloc[:0], np.zeros(0), "D")) == list(COLUMNS)


class TestMonthly:
    def test_days_become_months_and_thin_or_broken_months_go(self) -> None:
        days = pd.date_range("2026-01-01", "2026-04-20").as_unit("us")
        values = pd.DataFrame({"a": [float(d.month) for d in days], "b": 1.0}, index=days)
        values.loc["2026-02-01":"2026-02-05", "b"] = NAN
        stretch = np.where(days < pd.Timestamp("2026-03-15"), 0, 1)
        found, stretches = monthly(values, stretch, "D")
        assert found["a"].tolist() == [1, 2]  # March has two stretches, April is thin
        assert found["b"].isna().tolist() == [False, True]
        assert stretches.tolist() == [0, 0]

    def test_a_year_of_weeks_is_a_year_of_months(self) -> None:
        weeks = pd.date_range("2025-01-06", periods=60, freq="7D").as_unit("us")
        elapsed = (weeks - weeks[0]).days.to_numpy() / 365.25
        found = row(momenta(pd.DataFrame({"a": 5 + 2 * elapsed}, index=weeks), np.zeros(60), "W", [1]), 1)
        assert found["slope"] == pytest.approx(2, rel=0.02)
        assert found["periods"] == 13


def test_the_tiers_follow_the_interval_and_both_sizes() -> None:
    rows = [
        # slope, low, high, level -> tier; the largest level is 40, so 0.2 points a year are material
        (5.0, 4.5, 5.5, 20, "surging"),
        (-5.0, -5.5, -4.5, 20, "fading"),
        (5.0, 3.9, 6.0, 20, "rising"),  # the near end is less than a fifth of the level
        (0.1, 0.09, 0.2, 0.2, "rising"),  # half its level a year, but too little to surge
        (-0.1, -0.2, -0.09, 0.2, "falling"),
        (0.5, -0.01, 1.0, 5, "steady"),  # zero is in the interval
        (0.7, 0.6, 0.8, 40, "steady"),  # sure, but less than 2 percent of the level
        (0.9, 0.6, 1.2, 40, "rising"),
        (NAN, NAN, NAN, NAN, None),
    ]
    table = pd.DataFrame(rows, columns=["slope", "low", "high", "level", "tier"]).assign(years=3)
    assert tiers(table).tolist() == [row[-1] for row in rows]
