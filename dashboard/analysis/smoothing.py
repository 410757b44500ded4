"""Smoothing: a centred moving mean that never crosses a severing break or a hole."""

import numpy as np
import pandas as pd


def smooth(values: pd.DataFrame, window: int, stretches: np.ndarray) -> pd.DataFrame:
    """The mean of `window` periods around each period, within its stretch; missing where one of them is missing.

    An even window reaches one period further and weighs both ends half, so that it stays centred (the 2 x m moving
    average; Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 3.3).
    """
    if window < 2 or values.empty:
        return values
    weights = np.ones(window) if window % 2 else np.r_[0.5, np.ones(window - 1), 0.5]
    weights = weights / weights.sum()
    reach = len(weights) // 2
    given = values.to_numpy(dtype="float64")
    out = np.full_like(given, np.nan)
    for stretch in np.unique(stretches):
        rows = np.flatnonzero(stretches == stretch)
        if len(rows) >= len(weights):
            windows = np.lib.stride_tricks.sliding_window_view(given[rows], len(weights), axis=0)
            out[rows[reach : len(rows) - reach]] = windows @ weights
    return pd.DataFrame(out, index=values.index, columns=values.columns)
