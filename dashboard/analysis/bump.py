"""Bump chart: places over time of those that stand, or stood, highest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.analysis.rank import rank


@dataclass(frozen=True)
class Bump:
    """`places` is wide, columns from the best newest place down; `compared` how many were ranked in each period.

    `changed` marks periods in which others were ranked than in the period before: a place can move because the field
    did. `stretch` is the stretch of each period.
    """

    places: pd.DataFrame
    compared: pd.Series
    changed: pd.Series
    stretch: np.ndarray


def bump(
    values: pd.DataFrame,
    stretches: np.ndarray,
    technologies: Sequence[str] = (),
    most: int = 10,
    lowest: bool = False,
) -> Bump:
    """The places of `technologies` (or of the `most` best in the newest period) among all columns of `values`.

    `values` is wide and holds the whole comparison, so that a place does not change with what is chosen. Periods
    without any figure are left out. Ties share the better place; columns with equal places stand in the order of ids.
    """
    filled = values.notna().any(axis=1).to_numpy()
    values, stretch = values[filled], stretches[filled]
    places = rank(values, lowest)
    chosen = [t for t in technologies if t in places.columns]
    if len(places):
        newest = places.iloc[-1].sort_index().sort_values(kind="stable", na_position="last")
        chosen = [t for t in newest.index if t in chosen] if technologies else list(newest.dropna().index[:most])
    there = values.notna()
    changed = (there != there.shift(fill_value=False)).any(axis=1)
    if len(changed):
        changed.iloc[0] = False
    return Bump(places[chosen], there.sum(axis=1), changed, stretch)
