"""From observations to the values that a chart shows: one path for absolute, share, index, rank and year-on-year."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from dashboard.analysis.breaks import stretches
from dashboard.analysis.index import common_base, comparable, index, period_of
from dashboard.analysis.rank import rank
from dashboard.analysis.share import share
from dashboard.analysis.smoothing import smooth
from dashboard.analysis.wide import whole_of, wide
from dashboard.analysis.year_on_year import year_on_year
from etl.catalog import Break

Value = Literal["absolute", "share", "index", "rank", "year-on-year"]


@dataclass(frozen=True)
class Shown:
    """The values of one view.

    `values` is wide, with one column per technology in the order asked, cut to the dates asked. `raw` holds the same
    before smoothing (None without smoothing), `partial` tells which values are of an unfinished period, `stretch` the
    stretch of each period, `base` the period in which an index is 100, `parted` the periods asked whose figures a
    severing break parts from that base, `compared` how many technologies were ranked.
    """

    values: pd.DataFrame
    raw: pd.DataFrame | None
    partial: pd.DataFrame
    stretch: np.ndarray
    base: pd.Timestamp | None = None
    parted: pd.DatetimeIndex = field(default_factory=lambda: pd.DatetimeIndex([]))
    compared: int = 0


@dataclass(frozen=True)
class Way:
    """How values are shown; `smooth` is a number of periods, 0 for none; ranks are never smoothed."""

    value: Value
    frequency: str
    smooth: int = 0
    base: date | None = None
    start: date | None = None
    end: date | None = None
    sparse: bool = False
    """Whether the periods between two figures are no holes; such figures are not smoothed."""
    ranked: bool = False
    """Whether the values are ranks already, and are shown as published."""
    points: bool = False
    """Whether the values are shares already, so that year on year is in percentage points."""
    of_shown: bool = False
    """Whether shares are of the sum over the technologies shown, and not of the whole."""


def shown(
    rows: pd.DataFrame,
    whole: pd.DataFrame | None,
    technologies: Sequence[str],
    comparison: Sequence[str],
    breaks: Sequence[Break],
    way: Way,
) -> Shown:
    """The values of `technologies`, from the tidy `rows` of one indicator in one place (any order, any technologies).

    `whole` is tidy too: what shares are taken of; None when the values are shares already. Everything is computed on
    the full span and then cut, so that a narrower range shows the same figures; the base of an index alone depends on
    what is shown. `comparison` is the set in which ranks are taken.
    """
    among = comparison if way.value == "rank" else technologies
    used = rows[rows["technology"].isin({*technologies, *among})]
    every = wide(used, way.frequency, sparse=way.sparse)
    chosen = [t for t in technologies if t in every.columns]
    unfinished = wide(used, way.frequency, "status", way.sparse) == "partial"
    periods = pd.DatetimeIndex(every.index)
    stretch = stretches(periods, breaks, way.frequency)
    kept = _between(periods, way.start, way.end)
    base = None
    parted = periods[:0]
    compared = 0
    if way.value == "rank" and way.ranked:
        values = every[chosen]
    elif way.value == "rank":
        among = [t for t in among if t in every.columns]
        values = rank(every[among].where(~unfinished))
        compared = len(among)
        values = values.reindex(columns=chosen)
    elif way.value == "share" and way.of_shown:
        values = share(every[chosen], every[chosen].sum(axis=1, min_count=1))
    elif way.value == "share" and whole is not None:
        values = share(every[chosen], whole_of(whole, way.frequency))
    elif way.value == "index":
        values = every[chosen]
        if values[kept].notna().to_numpy().any():
            base = _base(values[kept], stretch[kept], way.base)
            there = kept & values.notna().any(axis=1).to_numpy()
            parted = periods[there & ~comparable(values, base, stretch)]
            values = index(values, base, stretch)
    elif way.value == "year-on-year":
        # part of a month against a whole one is no change
        values = year_on_year(every[chosen].where(~unfinished), stretch, way.frequency, way.points)
    else:
        values = every[chosen]
    raw = None
    if way.smooth and way.value != "rank" and not way.sparse:
        raw = values
        values = smooth(values.where(~unfinished), way.smooth, stretch)
    cut = _trim((raw if raw is not None else values)[kept])
    return Shown(
        values=values.loc[cut],
        raw=raw.loc[cut] if raw is not None else None,
        partial=unfinished.loc[cut, chosen],
        stretch=stretch[periods.isin(cut)],
        base=base,
        parted=parted,
        compared=compared,
    )


def _between(periods: pd.DatetimeIndex, start: date | None, end: date | None) -> np.ndarray:
    kept = np.ones(len(periods), dtype=bool)
    if start is not None:
        kept &= periods >= pd.Timestamp(start)
    if end is not None:
        kept &= periods <= pd.Timestamp(end)
    return kept


def _base(values: pd.DataFrame, stretch: np.ndarray, asked: date | None) -> pd.Timestamp:
    there = pd.DatetimeIndex(values.index[values.notna().any(axis=1)])
    if asked is not None:
        return period_of(there, pd.Timestamp(asked))
    return common_base(values, stretch) or pd.Timestamp(there[0])


def _trim(values: pd.DataFrame) -> pd.DatetimeIndex:
    """The periods from the first to the last value: empty edges are not part of the picture."""
    filled = np.flatnonzero(values.notna().any(axis=1).to_numpy())
    periods = pd.DatetimeIndex(values.index)
    return periods[filled[0] : filled[-1] + 1] if len(filled) else periods[:0]
