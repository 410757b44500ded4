"""Index: every series as percent of its own value in one base period, where all are 100."""

import numpy as np
import pandas as pd


def index(values: pd.DataFrame, base: pd.Timestamp, stretches: np.ndarray) -> pd.DataFrame:
    """100 * value / value in the period `base`, in the stretch of the base alone.

    A series without a value in the base period, or with zero, has no index. `stretches` has the stretch of each period.
    """
    at_base = values.loc[[base]].iloc[0]
    found = values.mul(100).div(at_base.where(at_base.gt(0)), axis=1)
    return found[comparable(values, base, stretches)].reindex(values.index)


def comparable(values: pd.DataFrame, base: pd.Timestamp, stretches: np.ndarray) -> np.ndarray:
    """Which periods lie in the stretch of the period `base`."""
    return np.asarray(stretches == stretches[values.index == base][0], dtype=bool)


def common_base(values: pd.DataFrame, stretches: np.ndarray) -> pd.Timestamp | None:
    """The first period that all series share, within the newest stretch between severing breaks.

    There is no index across a break, and the newest figures are asked for most; a stretch with one filled period alone
    has nothing to grow from and gives way to the one before. Where no period is shared by all, the first of those that
    most series share. None when there are no values.
    """
    counts = values.gt(0).sum(axis=1)
    if values.empty or counts.max() == 0:
        return None
    sizes = pd.Series(stretches, index=values.index)[counts > 0].value_counts()
    newest = (sizes[sizes > 1] if sizes.max() > 1 else sizes).index.max()
    within = counts[stretches == newest]
    return pd.Timestamp(within[within == within.max()].index[0])


def period_of(periods: pd.DatetimeIndex, day: pd.Timestamp) -> pd.Timestamp:
    """The period of `periods` (ascending, not empty) that `day` lies in; the first or last when it lies outside."""
    position = int(periods.searchsorted(day, side="right")) - 1
    return pd.Timestamp(periods[max(position, 0)])
