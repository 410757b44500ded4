"""Share area: layers that add up to the whole, period by period."""

from typing import Final

import pandas as pd

from dashboard.analysis.share import Shares
from etl.errors import UsageError

REST: Final = "rest"
"""The layer of all that is not shown: no technology."""

_SLACK: Final = 1e-6


def layers(shares: Shares, most: int = 8) -> pd.DataFrame:
    """The `most` largest of the newest period, largest first, and `REST`, wide, in percent; each period adds up to 100.

    A technology without a figure is in the rest; so is all that the source counts and the catalogue does not follow.
    Raises UsageError where parts do not add up to the whole: people who push in two languages count in both, so
    such shares are no layers unless they are taken within a use case.
    """
    values = shares.values
    if shares.overlap and shares.whole != "use case":
        raise UsageError(
            f"Shares of {shares.of.removeprefix('percent of ')} overlap and cannot be stacked: choose lines, or the "
            "share within a use case."
        )
    filled = values.dropna(how="all")
    if filled.empty:
        return pd.DataFrame(index=filled.index)
    totals = filled.sum(axis=1)
    if totals.max() > 100 + _SLACK:
        raise UsageError(
            f"The shares of {totals.idxmax():%Y-%m-%d} add up to {totals.max():.1f} percent, so they overlap and "
            "cannot be stacked: choose lines."
        )
    # by name first: the sort is stable, so ties stand in the order of their ids
    newest = filled.iloc[-1].fillna(0.0).sort_index().sort_values(ascending=False, kind="stable")
    shown = filled[list(newest.index[:most])].fillna(0.0)
    return shown.assign(**{REST: (100 - shown.sum(axis=1)).clip(lower=0)})
