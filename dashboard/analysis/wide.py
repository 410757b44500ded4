"""Tidy observations of one indicator in one place -> a wide frame: periods down, technologies across."""

from typing import Final

import numpy as np
import pandas as pd

from etl.schema import PERIOD_OFFSETS

_MONTHS: Final = {"M": 1, "Q": 3, "Y": 12}
_DAYS: Final = {"D": 1, "W": 7}


def wide(rows: pd.DataFrame, frequency: str, column: str = "value", sparse: bool = False) -> pd.DataFrame:
    """`column` of tidy `rows` (one per period and technology, in any order), by period and technology.

    Holes within the span are rows of missing values, unless the figures are sparse by design. Columns come in
    alphabetical order. No rows, no columns.
    """
    periods = pd.DatetimeIndex(rows["period_start"].to_numpy())
    labels, names = pd.factorize(rows["technology"].astype("str").to_numpy(), sort=True)
    index = periods.unique().sort_values().rename("period_start") if sparse else grid(periods, frequency)
    values = np.full((len(index), len(names)), np.nan if column == "value" else None, dtype=object)
    if column == "value":
        values = values.astype("float64")
    values[index.get_indexer(periods), labels] = rows[column].to_numpy()
    return pd.DataFrame(values, index=index, columns=[str(name) for name in names])


def whole_of(rows: pd.DataFrame, frequency: str) -> pd.Series:
    """The one technology of `rows` (the whole, as a rule) as a series by period; empty without rows."""
    table = wide(rows, frequency)
    return table.iloc[:, 0] if len(table.columns) else pd.Series(dtype="float64", index=table.index)


def grid(periods: pd.DatetimeIndex, frequency: str) -> pd.DatetimeIndex:
    """Every period from the first to the last of `periods`, at the steps of `frequency` (D, W, M, Q or Y).

    A period that does not lie on a step is kept beside them.
    """
    if periods.empty:
        return pd.DatetimeIndex([], dtype="datetime64[us]", name="period_start")
    first, last = periods.min(), periods.max()
    if frequency in _MONTHS:
        begun, over = (day.to_datetime64().astype("datetime64[M]") for day in (first, last))
        months = np.arange(begun, over, _MONTHS[frequency])
        steps = months.astype("datetime64[us]") + np.timedelta64(first.day - 1, "D")
    else:
        step = np.timedelta64(_DAYS[frequency], "D")
        steps = np.arange(first.to_datetime64(), last.to_datetime64(), step).astype("datetime64[us]")
    found = pd.DatetimeIndex(steps).union(periods.unique()).as_unit("us")
    return found[found <= last].rename("period_start")


def ends(periods: pd.DatetimeIndex, frequency: str) -> pd.DatetimeIndex:
    """The first day after each period."""
    if frequency in _MONTHS:
        months = periods.to_numpy().astype("datetime64[M]")
        days = periods.to_numpy() - months
        return pd.DatetimeIndex((months + _MONTHS[frequency]).astype("datetime64[us]") + days)
    return pd.DatetimeIndex(periods + PERIOD_OFFSETS[frequency])
