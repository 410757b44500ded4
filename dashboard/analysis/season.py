"""Season: what recurs every year, found by a test and taken out before a slope is fitted."""

from typing import Final

import numpy as np
import pandas as pd

from dashboard.analysis.smoothing import smooth
from etl.schema import PERIODS_PER_YEAR

_LEVEL: Final = 0.05
_FEWEST_PER_SEASON: Final = 3
_YEARS: Final = 8  # a rhythm of long ago need not be today's


def seasons(values: pd.DataFrame, frequency: str) -> pd.DataFrame:
    """The seasonal part of each series, in its own unit: zeros where none is found, missing where none can be told.

    `values` is wide, monthly or quarterly, and all of one stretch. A series is set against its centred mean over one
    year; a Kruskal-Wallis test at 5 percent tells whether the rest differs between the months (or quarters); if so,
    the seasonal part is the median rest of each, centred on zero. Only the newest eight years count. A test needs
    three years of rest, so four years of figures; yearly figures have no season.
    Sources: Kruskal and Wallis (1952), Journal of the American Statistical Association 47, 583-621; classical
    decomposition in Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 3.4.
    """
    nothing = pd.DataFrame(0.0, index=values.index, columns=values.columns)
    if frequency not in ("M", "Q") or values.empty:
        return nothing
    count = PERIODS_PER_YEAR[frequency]
    rest = values - smooth(values, count, np.zeros(len(values)))
    rest = rest[values.index > values.index[-1] - pd.DateOffset(years=_YEARS)]
    season = pd.DatetimeIndex(rest.index).month
    test = kruskal_wallis(rest, season)
    parts = rest.groupby(season).median()
    parts = (parts - parts.mean()).reindex(pd.DatetimeIndex(values.index).month).set_axis(values.index)
    fewest = rest.groupby(season).count().min()
    told = (fewest >= _FEWEST_PER_SEASON) & (len(np.unique(season)) == count)
    found = parts.fillna(0.0).mul(test.lt(_LEVEL).astype("float64"), axis=1)
    return pd.DataFrame(found.mul(told.astype("float64").replace(0.0, np.nan), axis=1))


def kruskal_wallis(values: pd.DataFrame, groups: pd.Index) -> pd.Series:
    """The p-value, by column, of the hypothesis that all `groups` of rows have one distribution; ties are corrected.

    All columns at once, where scipy.stats.kruskal takes one and costs a millisecond. A column without spread has 1.
    """
    from scipy.special import chdtrc  # the upper tail of the chi-squared distribution; scipy.stats is slow to import

    ranks = values.rank()
    total = ranks.count()
    by_group = ranks.groupby(groups)
    counts = by_group.count()
    spread = (by_group.sum() ** 2 / counts.where(counts > 0)).sum()
    h = 12 / (total * (total + 1)) * spread - 3 * (total + 1)
    size = values.rank(method="max") - values.rank(method="min") + 1
    ties = (size**2 - 1).sum()  # over all members of a tie of t: t * (t ** 2 - 1)
    h = h / (1 - ties / (total**3 - total)).where(lambda x: x > 0)
    freedom = (counts > 0).sum() - 1
    return pd.Series(chdtrc(freedom, h), index=values.columns).fillna(1.0)
