"""Sparklines: the last periods of each series as lines in a unit square, cut at breaks and holes."""

import numpy as np
import pandas as pd

COLUMNS = ("technology", "period_start", "value", "piece", "x", "y")


def sparklines(values: pd.DataFrame, stretches: np.ndarray, periods: int = 24) -> pd.DataFrame:
    """The last `periods` periods of each series, tidy: columns technology, period_start, value, piece, x, y.

    `values` is wide, `stretches` the stretch of each period. x runs from 0 (the oldest of the periods) to 1 (the
    newest), alike for all series; y from 0 to 1 between the series' own lowest and highest value, 0.5 where it never
    moves. `piece` counts lines: a new one begins after a hole and after a severing break. Missing values are no rows.
    """
    cut, kept = values.tail(periods), stretches[-periods:] if periods else stretches[:0]
    across = np.linspace(0, 1, len(cut)) if len(cut) > 1 else np.ones(len(cut))
    parts = []
    for technology in cut.columns:
        given = cut[technology].to_numpy(dtype="float64")
        there = np.flatnonzero(~np.isnan(given))
        if not len(there):
            continue
        known = given[there]
        low, spread = known.min(), known.max() - known.min()
        begins = np.r_[False, (np.diff(there) > 1) | (np.diff(kept[there]) != 0)]
        parts.append(
            pd.DataFrame(
                {
                    "technology": str(technology),
                    "period_start": cut.index[there],
                    "value": known,
                    "piece": np.cumsum(begins),
                    "x": across[there],
                    "y": (known - low) / spread if spread > 0 else np.full(len(known), 0.5),
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
