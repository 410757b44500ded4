"""The figures of one indicator in one place, ready for analysis: complete periods only, the whole set apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from dashboard.analysis.breaks import concerning, stretches
from dashboard.analysis.share import share
from dashboard.analysis.wide import whole_of, wide
from etl.catalog import Break, Catalog, Indicator, Source
from etl.schema import ALL_SEGMENTS, WHOLE, WORLD

Read = Callable[[str], pd.DataFrame]
"""Indicator -> its tidy observations in the place that is looked at (technology, period_start, value, ...)."""


@dataclass(frozen=True)
class Figures:
    """`values` is wide (periods down, technologies across), and so is `samples` (respondents, posts; often missing).

    Unfinished periods and the whole are not in `values`; `whole` is by period, None where shares have no whole or
    are what is published. `stretch` numbers the stretch of each period of `values`, `breaks` are those that concern
    the indicator in this place.
    """

    indicator: Indicator
    source: Source
    region: str
    segment: str
    values: pd.DataFrame
    samples: pd.DataFrame
    whole: pd.Series | None
    stretch: np.ndarray
    breaks: tuple[Break, ...]

    @property
    def shares(self) -> pd.DataFrame | None:
        """The values as percent of the source's whole, wide; None where there is no such whole."""
        if self.indicator.is_share:
            return self.values
        return None if self.whole is None else share(self.values, self.whole)

    def carried(self, technologies: Sequence[str]) -> list[str]:
        """Those of `technologies` that have a figure here, in the order given."""
        return [t for t in technologies if t in self.values.columns]

    @cached_property
    def _last(self) -> dict[str, int]:
        """Technology -> the position of its last figure; those without any are left out."""
        there = self.values.notna().to_numpy()
        return {str(t): int(np.flatnonzero(there[:, i])[-1]) for i, t in enumerate(self.values) if there[:, i].any()}

    def newest(self, technologies: Sequence[str]) -> pd.Timestamp | None:
        """The newest period in which one of `technologies` has a figure."""
        there = [self._last[t] for t in technologies if t in self._last]
        return pd.Timestamp(self.values.index[max(there)]) if there else None

    def latest(self, technologies: Sequence[str]) -> pd.Series:
        """Technology -> its figure in the newest period that any of them has; those without one are left out."""
        period = self.newest(technologies)
        if period is None:
            return pd.Series(dtype="float64")
        return pd.Series(self.values.loc[period, self.carried(technologies)]).dropna()


def figures(read: Read, catalog: Catalog, indicator: str, region: str = WORLD, segment: str = ALL_SEGMENTS) -> Figures:
    """The figures of `indicator`, through `read`; `region` and `segment` say which place `read` reads.

    Raises KeyError for an indicator that the catalogue does not have.
    """
    entry, source = catalog.indicator[indicator], catalog.source_of[indicator]
    rows = read(indicator)
    rows = rows[rows["status"].astype("str") != "partial"]
    named = rows[rows["technology"].astype("str") != WHOLE]
    values = wide(named, entry.frequency, sparse=entry.sparse)
    asked = named["sample_size"].astype("Float64").to_numpy("float64", na_value=np.nan)
    samples = wide(named.assign(value=asked), entry.frequency, sparse=entry.sparse)
    breaks = concerning(catalog.breaks(source.id), indicator, region)
    return Figures(
        indicator=entry,
        source=source,
        region=region,
        segment=segment,
        values=values,
        samples=samples,
        whole=_whole(read, entry),
        stretch=stretches(pd.DatetimeIndex(values.index), breaks, entry.frequency),
        breaks=tuple(breaks),
    )


def _whole(read: Read, indicator: Indicator) -> pd.Series | None:
    if indicator.whole is None or indicator.is_share:
        return None
    rows = read(indicator.id if indicator.whole == "listed" else indicator.whole)
    whole = rows[(rows["technology"].astype("str") == WHOLE) & (rows["status"].astype("str") != "partial")]
    return whole_of(whole, indicator.frequency) if len(whole) else None
