"""Momentum: how fast a share changes, in percentage points a year, over a stated window."""

from typing import Final

import numpy as np
import pandas as pd

from etl.schema import PERIODS_PER_YEAR

WINDOW_YEARS: Final = 3
_DAYS_PER_YEAR: Final = 365.25
_FEWEST_POINTS: Final = 3
_COLUMNS: Final = ("technology", "slope", "low", "high", "periods")


def momentum(shares: pd.DataFrame, stretches: np.ndarray, frequency: str) -> pd.DataFrame:
    """The Theil-Sen slope of each share over the last three years, with its 95 percent interval; steepest rise first.

    `shares` is wide, in percent, without unfinished periods. Only the stretch after the last severing break counts:
    a technology with less than one year of figures there, or without one in the newest period, is left out.
    Columns: technology, slope, low, high (percentage points a year), periods (how many the slope rests on).
    Source of the estimator: Sen, P. K. (1968), Journal of the American Statistical Association 63, 1379-1389.
    """
    from scipy.stats import theilslopes  # slow to import, and few views need it

    found = []
    if len(shares):
        newest = shares.index[-1]
        fewest = max(_FEWEST_POINTS, PERIODS_PER_YEAR[frequency])
        recent = shares.index > newest - pd.DateOffset(years=WINDOW_YEARS)
        recent &= stretches == stretches[-1]
        window = shares[recent]
        years = (window.index - newest).days.to_numpy() / _DAYS_PER_YEAR
        for technology in window.columns:
            values = window[technology].to_numpy()
            there = ~np.isnan(values)
            if there[-1] and there.sum() >= fewest:
                slope, _, low, high = theilslopes(values[there], years[there], alpha=0.95)
                found.append((technology, float(slope), float(low), float(high), int(there.sum())))
    table = pd.DataFrame(found, columns=list(_COLUMNS))
    return table.sort_values(["slope", "technology"], ascending=[False, True], ignore_index=True)
