"""The linked sum, counted in the head."""

import numpy as np
import pandas as pd
import pytest

from dashboard.analysis.linked import grouped_within, linked, share_within
from dashboard.analysis.momentum import momenta
from dashboard.analysis.share import share
from etl.catalog import Catalog

NAN = float("nan")


def table(**columns: list[float]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    periods = pd.date_range("2023-01-01", periods=count, freq="QS", name="period_start").as_unit("us")
    return pd.DataFrame(columns, index=periods, dtype="float64")


def test_who_comes_moves_nobody(small: Catalog) -> None:
    values = table(python=[60.0] * 8, go=[40.0] * 8, excel=[NAN] * 4 + [25.0] * 4)
    found = share_within(values, np.zeros(8, dtype="int64"), small)
    assert found.values["python"].tolist() == pytest.approx([48] * 8)
    assert found.values["excel"].dropna().tolist() == pytest.approx([20] * 4)
    slopes = momenta(found.values, found.stretch, "Q", [3]).set_index("technology")
    assert slopes["slope"].to_dict() == pytest.approx({"python": 0, "go": 0, "excel": NAN}, nan_ok=True)
    plain = momenta(share(values, values.sum(axis=1)), found.stretch, "Q", [3]).set_index("technology")
    assert plain.loc["python", "slope"] < -5, "the plain share takes the newcomer for a fall"


def test_who_goes_and_who_misses_a_period_move_nobody(small: Catalog) -> None:
    values = table(python=[60.0] * 6, go=[40, 40, NAN, 40, 40, 40], excel=[25.0] * 4 + [NAN] * 2)
    found = share_within(values, np.zeros(6, dtype="int64"), small)
    assert found.values["python"].tolist() == pytest.approx([60] * 6)
    assert found.values["go"].dropna().tolist() == pytest.approx([40] * 5)


def test_who_grows_while_it_misses_a_period_is_counted_as_if_it_had_not(small: Catalog) -> None:
    values = table(python=[60, 60, 60, 60], go=[30, NAN, 50, 60])
    found = share_within(values, np.zeros(4, dtype="int64"), small).values
    assert found["python"].tolist() == pytest.approx([100 * 60 / s for s in (90, 100 - 0.1087, 110, 120)], rel=1e-3)
    assert found["go"].isna().tolist() == [False, True, False, False], "the line over the hole is in the sum alone"


def test_growth_after_the_first_figure_is_movement(small: Catalog) -> None:
    values = table(python=[60.0] * 4, go=[40.0] * 4, excel=[NAN, 25, 50, 100])
    plain = share(values, values.sum(axis=1))
    found = share_within(values, np.zeros(4, dtype="int64"), small)
    pd.testing.assert_frame_equal(found.values[1:], plain[1:])
    assert found.values["python"].iloc[0] == pytest.approx(plain["python"].iloc[1])


def test_where_most_of_the_sum_is_new_a_stretch_begins_and_the_reason_names_it(small: Catalog) -> None:
    values = table(python=[10.0] * 8, go=[5.0] * 8, excel=[NAN] * 5 + [80.0] * 3)
    found = share_within(values, np.array([0, 0, 1, 1, 1, 1, 1, 1]), small)
    assert found.stretch.tolist() == [0, 0, 1, 1, 1, 2, 2, 2]
    assert found.begun == "Excel came into the source's list (2024-04-01)"
    reasons = momenta(found.values, found.stretch, "Q", [3], begun=found.begun)["reason"]
    assert set(reasons) == {f"3 figures since {found.begun}; an interval needs 5"}
    gone = share_within(values[::-1].set_axis(values.index), np.zeros(8, dtype="int64"), small)
    assert gone.begun == "Excel left the source's list (2023-10-01)"


def test_a_severing_break_is_told_as_such_and_not_linked_over(small: Catalog) -> None:
    values = table(python=[10.0] * 8, go=[5.0] * 8, excel=[NAN] * 5 + [80.0] * 3)
    found = linked(values, np.array([0] * 5 + [1] * 3))
    assert found.begun(small) == "the last break"
    assert found.whole.tolist() == [15] * 5 + [95] * 3


def test_periods_without_figures_are_stepped_over(small: Catalog) -> None:
    values = table(python=[NAN, 60, NAN, 60, 0], go=[NAN, 40, NAN, 40, 0], excel=[NAN, NAN, NAN, 25, 0])
    found = linked(values, np.zeros(5, dtype="int64"))
    assert found.whole.tolist() == pytest.approx([NAN, 125, 125, 125, NAN], nan_ok=True)
    nothing = linked(values.iloc[:0], np.zeros(0, dtype="int64"))
    assert (len(nothing.whole), nothing.begun(small)) == (0, "the last break")


def test_a_framework_that_comes_does_not_lift_its_language(small: Catalog) -> None:
    values = table(python=[60.0] * 8, go=[40.0] * 8, excel=[NAN] * 4 + [25.0] * 4)
    found = grouped_within(values, np.zeros(8, dtype="int64"), {"a": ["python", "excel"], "b": ["go"]}, small)
    assert found.values["a"].tolist() == pytest.approx([68] * 8)
    assert found.values["b"].tolist() == pytest.approx([32] * 8)


def test_a_group_that_is_mostly_new_begins_then(small: Catalog) -> None:
    values = table(python=[60.0] * 6, go=[4.0] * 6, excel=[NAN] * 3 + [25.0] * 3)
    found = grouped_within(values, np.zeros(6, dtype="int64"), {"a": ["python"], "b": ["go", "excel"]}, small)
    assert found.values["b"].tolist() == pytest.approx([NAN] * 3 + [2900 / 89] * 3, nan_ok=True)
    assert found.values["a"].tolist() == pytest.approx([6000 / 89] * 6)
