"""What must hold of shares within a set whose members change, whatever the figures are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dashboard.analysis.linked import LEAST_COMMON, linked
from dashboard.analysis.momentum import momenta
from dashboard.analysis.share import share

NAMES = ["a", "b", "c"]


@st.composite
def complete(draw: st.DrawFn) -> pd.DataFrame:
    """Wide: 12 to 24 months of three technologies, each with a figure in every one."""
    count = draw(st.integers(12, 24))
    cell = st.integers(1, 500).map(float)
    values = draw(st.lists(st.lists(cell, min_size=3, max_size=3), min_size=count, max_size=count))
    periods = pd.date_range("2023-01-01", periods=count, freq="MS", name="period_start").as_unit("us")
    return pd.DataFrame(values, index=periods, columns=NAMES)


def within(values: pd.DataFrame) -> pd.DataFrame:
    return share(values, linked(values, np.zeros(len(values), dtype="int64")).whole)


def slopes(shares: pd.DataFrame) -> pd.DataFrame:
    found = momenta(shares[NAMES], np.zeros(len(shares), dtype="int64"), "M", [1]).set_index("technology")
    return found[["slope", "low", "high"]]


@settings(max_examples=40)
@given(complete())
def test_of_one_set_it_is_the_plain_share(values: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(within(values), share(values, values.sum(axis=1)))


@settings(max_examples=40)
@given(complete(), st.integers(1, 11), st.floats(0.01, LEAST_COMMON - 0.01), st.booleans())
def test_one_that_comes_or_goes_with_the_sum_changes_only_the_scale(
    values: pd.DataFrame, at: int, part: float, comes: bool
) -> None:
    sums = values.sum(axis=1)
    there = np.arange(len(values)) >= at if comes else np.arange(len(values)) < at
    more = values.assign(new=(sums * part / (1 - part)).where(there))
    scale = 1 - part if comes else 1.0
    pd.testing.assert_frame_equal(within(more)[NAMES], within(values) * scale)
    pd.testing.assert_frame_equal(slopes(within(more)), slopes(within(values)) * scale, atol=1e-6)


@settings(max_examples=40)
@given(complete(), st.integers(1, 11), st.integers(1, 300))
def test_one_that_comes_changes_no_window_before_and_none_after(values: pd.DataFrame, at: int, size: int) -> None:
    there = np.arange(len(values)) >= at
    more = values.assign(new=np.where(there, float(size), np.nan))
    before, after = more[:at], more[at:]
    pd.testing.assert_frame_equal(within(before)[NAMES], within(values[:at]))
    pd.testing.assert_frame_equal(within(more)[at:], share(after, after.sum(axis=1)))
    found = linked(more, np.zeros(len(more), dtype="int64"))
    if len(set(found.stretch)) == 1:
        ratio = within(more)[NAMES][:at] / within(values)[:at]
        assert ratio.to_numpy() == pytest.approx(ratio.iloc[0, 0]), "before it, all are scaled alike"
    else:
        assert size > LEAST_COMMON * more.iloc[at].sum()


@settings(max_examples=40)
@given(complete(), st.permutations(NAMES), st.floats(0.001, 1000))
def test_order_and_unit_never_matter(values: pd.DataFrame, order: list[str], factor: float) -> None:
    holes = values.mask(values % 7 == 0)
    assume(holes.notna().any(axis=None))
    pd.testing.assert_frame_equal(within(holes), within(holes[order] * factor)[NAMES])
