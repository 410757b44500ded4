"""Year on year: each period against the same period of the year before."""

from typing import Final

import numpy as np
import pandas as pd

_A_YEAR_BEFORE: Final = {
    "D": pd.DateOffset(days=364),  # weekday against weekday
    "W": pd.DateOffset(days=364),
    "M": pd.DateOffset(years=1),
    "Q": pd.DateOffset(years=1),
    "Y": pd.DateOffset(years=1),
}


def year_on_year(values: pd.DataFrame, stretches: np.ndarray, frequency: str, points: bool = False) -> pd.DataFrame:
    """The change in percent, 100 * (value / value a year before - 1), or in percentage points where `points` is set.

    `values` is wide, without unfinished periods, `stretches` the stretch of each period. Months, quarters and years
    are set against the same one of the year before; days and weeks against those 52 weeks before, so that weekdays
    match. There is no change across a severing break, nor (in percent) from zero.
    """
    periods = pd.DatetimeIndex(values.index)
    earlier = periods.get_indexer(periods - _A_YEAR_BEFORE[frequency])
    there = earlier >= 0
    there[there] = stretches[earlier[there]] == stretches[there]
    now = values.to_numpy(dtype="float64")
    before = np.full_like(now, np.nan)
    before[there] = now[earlier[there]]
    change = now - before if points else 100 * (now / np.where(before > 0, before, np.nan) - 1)
    return pd.DataFrame(change, index=values.index, columns=values.columns)
