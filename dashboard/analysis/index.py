"""Index: every series as percent of its own value in one base period, where all are 100."""

import numpy as np
import pandas as pd


def index(values: pd.DataFrame, base: pd.Timestamp) -> pd.DataFrame:
    """100 * value / value in the period `base`; a series without a value there, or with zero, has no index."""
    at_base = values.loc[[base]].iloc[0]
    return values.mul(100).div(at_base.where(at_base.gt(0)), axis=1)


def common_base(values: pd.DataFrame, stretches: np.ndarray) -> pd.Timestamp | None:
    """The first period that all series share, within the longest stretch between severing breaks.

    A base on the far side of a break would be comparable with few of the values shown. Where no period is shared by
    all, the first of those that most series share. None when there are no values.
    """
    counts = values.gt(0).sum(axis=1)
    if values.empty or counts.max() == 0:
        return None
    sizes = pd.Series(stretches, index=values.index)[counts > 0].value_counts()
    longest = sizes[sizes == sizes.max()].index.min()
    within = counts[stretches == longest]
    return pd.Timestamp(within[within == within.max()].index[0])


def period_of(periods: pd.DatetimeIndex, day: pd.Timestamp) -> pd.Timestamp:
    """The period of `periods` (ascending, not empty) that `day` lies in; the first or last when it lies outside."""
    position = int(periods.searchsorted(day, side="right")) - 1
    return pd.Timestamp(periods[max(position, 0)])
