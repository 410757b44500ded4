"""What must hold of shares, indexes, ranks and smoothed series, whatever the figures are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.analysis.breaks import stretches
from dashboard.analysis.index import common_base, index
from dashboard.analysis.rank import rank
from dashboard.analysis.share import share
from dashboard.analysis.shown import Way, shown
from dashboard.analysis.smoothing import smooth
from dashboard.analysis.wide import grid, wide
from etl.catalog import Break

FIRST = pd.Timestamp("2020-01-01")
NAMES = ["a", "b", "c", "d"]


@st.composite
def tables(draw: st.DrawFn, least: float = 0.0, most: float = 1e9) -> pd.DataFrame:
    """Wide, one to thirty months, one to four technologies, with holes."""
    count, names = draw(st.integers(1, 30)), NAMES[: draw(st.integers(1, 4))]
    cell = st.none() | st.floats(least, most, allow_subnormal=False)
    values = draw(st.lists(st.lists(cell, min_size=len(names), max_size=len(names)), min_size=count, max_size=count))
    periods = pd.date_range(FIRST, periods=count, freq="MS", name="period_start").as_unit("us")
    return pd.DataFrame(values, index=periods, columns=names, dtype="float64")


def tidy(values: pd.DataFrame) -> pd.DataFrame:
    rows = values.rename_axis(columns="technology").stack().rename("value").dropna().reset_index()
    return rows.assign(status="final")


@given(tables(least=1))
def test_shares_of_all_listed_names_add_up_to_100(values: pd.DataFrame) -> None:
    whole = values.sum(axis=1, min_count=1).dropna()
    total = share(values, whole).sum(axis=1, min_count=1).dropna()
    assert total.to_numpy() == pytest.approx(100)
    assert len(total) == len(whole)


@given(tables(least=1e-3))
def test_an_index_is_100_at_its_base_and_keeps_proportions(values: pd.DataFrame) -> None:
    base = common_base(values, np.zeros(len(values)))
    if base is None:
        assert values.isna().all(axis=None)
        return
    found = index(values, base, np.zeros(len(values)))
    assert found.loc[base].dropna().to_numpy() == pytest.approx(100)
    assert (found.isna() == (values.isna() | values.loc[base].isna())).all(axis=None)
    for name in values:
        ratio = (found[name] / values[name]).dropna()
        assert ratio.to_numpy() == pytest.approx(ratio.iloc[0]) if len(ratio) else True


@given(tables(least=1e-3), st.integers(0, 30), st.none() | st.integers(0, 30))
def test_no_index_is_told_across_a_severing_break(values: pd.DataFrame, cut: int, asked: int | None) -> None:
    day = (FIRST + pd.DateOffset(months=cut)).date()
    severing = Break.model_validate({"date": day, "what": "Anew", "evidence": "Seen.", "effect": "severs"})
    base = None if asked is None else (FIRST + pd.DateOffset(months=asked)).date()
    made = shown(tidy(values), None, NAMES, NAMES, [severing], Way("index", "M", base=base))
    if made.base is None:
        return
    told = made.values.index[made.values.notna().any(axis=1)]
    assert len({*(told >= pd.Timestamp(day)), made.base >= pd.Timestamp(day)}) == 1
    there = values.index[values.notna().any(axis=1)]
    assert list(made.parted) == list(there[(there >= pd.Timestamp(day)) != (made.base >= pd.Timestamp(day))])


@given(tables())
def test_a_rank_counts_those_that_are_higher(values: pd.DataFrame) -> None:
    found = rank(values)
    assert (found.isna() == values.isna()).all(axis=None)
    for (_, places), (_, row) in zip(found.iterrows(), values.iterrows(), strict=True):
        for name in row.dropna().index:
            assert places[name] == 1 + (row > row[name]).sum()


@given(st.floats(-1e6, 1e6), st.integers(2, 13), st.integers(1, 40))
def test_the_smoothed_constant_is_the_constant(value: float, window: int, count: int) -> None:
    values = pd.DataFrame({"a": [value] * count}, index=pd.date_range(FIRST, periods=count, freq="MS"))
    found = smooth(values, window, np.zeros(count))["a"].dropna()
    assert found.to_numpy() == pytest.approx(value)
    assert len(found) == max(0, count - 2 * (window // 2))


@given(tables(), st.integers(2, 13))
def test_smoothing_stays_between_the_extremes_of_its_window(values: pd.DataFrame, window: int) -> None:
    found = smooth(values, window, np.zeros(len(values)))
    low, high = values.min(), values.max()
    for name in values:
        there = found[name].dropna()
        slack = 1e-9 * max(1.0, float(high[name])) if len(there) else 0
        assert there.between(low[name] - slack, high[name] + slack).all()


@given(tables(), st.data(), st.sampled_from(["absolute", "share", "index", "rank"]), st.sampled_from([0, 3, 4]))
def test_the_order_of_rows_never_matters(values: pd.DataFrame, data: st.DataObject, value: str, window: int) -> None:
    rows = tidy(values)
    shuffled = rows.iloc[data.draw(st.permutations(range(len(rows))))]
    whole = tidy(values.sum(axis=1, min_count=1).to_frame("all"))
    way = Way(value, "M", smooth=window)  # type: ignore[arg-type]
    first = shown(rows, whole, NAMES, NAMES, [], way)
    second = shown(shuffled, whole.iloc[::-1], NAMES, NAMES, [], way)
    pd.testing.assert_frame_equal(first.values, second.values)
    pd.testing.assert_frame_equal(first.partial, second.partial)
    assert first.base == second.base


@given(tables())
def test_a_wide_frame_holds_every_observation_and_no_more(values: pd.DataFrame) -> None:
    rows = tidy(values)
    found = wide(rows, "M")
    assert int(found.notna().to_numpy().sum()) == len(rows)
    for row in rows.to_dict("records"):
        assert found.loc[row["period_start"], row["technology"]] == row["value"]


@given(
    st.lists(st.dates(pd.Timestamp("1990-01-01").date(), pd.Timestamp("2030-01-01").date()), min_size=1),
    st.sampled_from("DWMQY"),
)
def test_the_grid_keeps_every_period_in_order(days: list[object], frequency: str) -> None:
    periods = pd.DatetimeIndex(days).as_unit("us")
    found = grid(periods, frequency)
    assert found.is_monotonic_increasing
    assert found.is_unique
    assert periods.isin(found).all()
    assert (found[0], found[-1]) == (periods.min(), periods.max())


@given(st.lists(st.dates(pd.Timestamp("2019-06-01").date(), pd.Timestamp("2023-06-01").date()), max_size=4))
def test_no_stretch_reaches_across_a_severing_break(days: list[object]) -> None:
    breaks = [Break.model_validate({"date": d, "what": "w", "evidence": "e", "effect": "severs"}) for d in days]
    periods = pd.date_range("2020-01-01", periods=36, freq="MS")
    found = stretches(periods, breaks, "M")
    assert (np.diff(found) >= 0).all()
    for b in breaks:
        before = found[periods + pd.DateOffset(months=1) <= pd.Timestamp(b.date)]
        after = found[periods >= pd.Timestamp(b.date)]
        assert not set(before) & set(after)
