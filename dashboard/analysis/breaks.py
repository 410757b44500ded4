"""Breaks: which ones concern a view, and the stretches of comparable periods between those that sever."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from dashboard.analysis.wide import ends
from etl.catalog import Break


def concerning(breaks: Iterable[Break], indicator: str, region: str) -> list[Break]:
    """The breaks of one indicator in one region, oldest first."""
    ours = (
        b for b in breaks if (not b.indicators or indicator in b.indicators) and (not b.regions or region in b.regions)
    )
    return sorted(ours, key=lambda b: b.date)


def in_span(breaks: Sequence[Break], periods: pd.DatetimeIndex, frequency: str) -> list[Break]:
    """The breaks after the start of the first period and before the end of the last.

    One on the very start of the first period divides nothing that is shown.
    """
    if periods.empty:
        return []
    first, end = periods[0], ends(periods[-1:], frequency)[0]
    return [b for b in breaks if pd.Timestamp(b.until or b.date) > first and pd.Timestamp(b.date) < end]


def stretches(periods: pd.DatetimeIndex, breaks: Iterable[Break], frequency: str) -> np.ndarray:
    """For each period (ascending) the number of its stretch: periods of one stretch are comparable with one another.

    A period in which a severing break falls holds figures of both methods: it is comparable with neither side and
    is a stretch of its own. So are the periods from a break's date to its `until`, together.
    """
    cuts = np.zeros(len(periods) + 1, dtype="int64")
    after = ends(periods, frequency)
    for severing in breaks:
        if severing.effect == "severs":
            begun = pd.Timestamp(severing.date)
            over = pd.Timestamp(severing.until) + pd.Timedelta(days=1) if severing.until else begun
            first_touched = int(after.searchsorted(begun, side="right"))
            first_clean = int(periods.searchsorted(over, side="left"))
            cuts[first_touched] = 1
            cuts[max(first_touched, first_clean)] = 1
    return np.cumsum(cuts[:-1])
