"""One technology in every economy: its share of the economy's people, and classes for a map."""

from collections.abc import Collection
from typing import Final

import numpy as np
import pandas as pd

from dashboard.analysis.rank import rank
from dashboard.analysis.wide import wide
from etl.schema import WORLD

AGGREGATES: Final = (WORLD, "EU")
"""Regions that are sums over economies: beside the ranking, never in it."""
MOST_CLASSES: Final = 6
"""As many shades of one colour as can be told apart."""
_LEAST_IN_CLASS: Final = 3
_TINY_PERCENT: Final = 0.05
_MANY: Final = 100_000


def by_region(rows: pd.DataFrame, frequency: str) -> pd.DataFrame:
    """Tidy `rows` of one technology (or of the whole) in all regions as a wide frame: periods down, regions across.

    Unfinished periods are left out. A region without a figure is missing, never zero.
    """
    finished = rows[rows["status"].astype("str") != "partial"]
    return wide(finished.assign(technology=finished["region"].astype("str")), frequency)


def shares(values: pd.DataFrame, wholes: pd.DataFrame) -> pd.DataFrame:
    """Percent of each region's own whole; both are wide by region. Missing where the whole is missing or zero."""
    base = wholes.reindex(index=values.index, columns=values.columns)
    return values.mul(100).div(base.where(base > 0))


def per(percents: pd.DataFrame) -> int:
    """Of how many to say a share: of 100, or of 100,000 where most shares are below a twentieth of a percent."""
    found = percents.to_numpy(dtype="float64")
    found = found[np.isfinite(found)]
    return _MANY if len(found) and np.median(found) < _TINY_PERCENT else 100


def places(values: pd.DataFrame, aggregates: Collection[str]) -> pd.DataFrame:
    """The place of each economy among all, period by period; 1 has the highest value, ties share the better place.

    Regions that are sums over economies (`aggregates`) are left out.
    """
    return rank(values[[region for region in values if region not in aggregates]])


def classes(values: pd.Series) -> list[float]:
    """The bounds of classes that hold about equally many of the values of one period (quantiles), ascending.

    At most six, and at least three values to a class. Bounds are rounded to two significant digits, so that a legend
    can be read; the outer ones hold all values. One bound more than classes; none without values.
    """
    found = values.dropna().to_numpy(dtype="float64")
    if not len(found):
        return []
    number = max(1, min(MOST_CLASSES, len(found) // _LEAST_IN_CLASS))
    inner = [_rounded(each) for each in np.quantile(found, np.arange(1, number) / number)]
    low, high = _rounded(float(found.min()), np.floor), _rounded(float(found.max()), np.ceil)
    if low == high:  # one value with two digits at most
        high = _rounded(low * 1.1, np.ceil)
    return sorted({low, *(each for each in inner if low < each < high), high})


def class_of(values: pd.Series, bounds: list[float]) -> pd.Series:
    """The number of the class of each value, from 0, lower bounds included; missing values stay missing."""
    found = np.searchsorted(bounds[1:-1], values.to_numpy(dtype="float64"), side="right").astype("float64")
    return pd.Series(np.where(values.isna(), np.nan, found), index=values.index)


def _rounded(value: float, how: np.ufunc | None = None) -> float:
    """`value` with two significant digits."""
    if value == 0:
        return 0.0
    step = 10.0 ** (np.floor(np.log10(abs(value))) - 1)
    return float(f"{(how or np.round)(round(value / step, 6)) * step:.12g}")
