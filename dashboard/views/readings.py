"""Figures and momenta of one state of the store, read once: every page of a technology looks at the same ones."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from dashboard.analysis.evidence import Reading, reading
from dashboard.analysis.figures import Figures, figures
from dashboard.analysis.linked import Within, share_within
from dashboard.analysis.momentum import WINDOW_YEARS, momenta
from dashboard.data import Snapshot
from dashboard.views.kept import once

YEARLY_WINDOW: Final = 5
"""Years over which yearly figures are looked at: an interval needs five of them."""


def read(snapshot: Snapshot, indicator: str) -> Reading:
    """The figures of an indicator worldwide: those that slopes are taken of, and the newest, pooled where few."""
    return once(snapshot, ("reading", indicator), lambda: reading(figures(snapshot.frame, snapshot.catalog, indicator)))


def window(f: Figures) -> int:
    """The years over which the momentum of an indicator is taken."""
    return YEARLY_WINDOW if f.indicator.frequency == "Y" else WINDOW_YEARS


def moved(snapshot: Snapshot, indicator: str, members: tuple[str, ...] = ()) -> pd.DataFrame:
    """The momentum of the share of each technology, by technology; columns as `momenta`.

    It is the share of the source's whole, or of the sum over `members` where some are given.
    """

    def made() -> pd.DataFrame:
        f = read(snapshot, indicator).figures
        whole = f.shares
        assert members or whole is not None
        shares = within(snapshot, f, members) if whole is None or members else Within(whole, f.stretch)
        frequency, sparse = f.indicator.frequency, f.indicator.sparse
        found = momenta(shares.values, shares.stretch, frequency, [window(f)], sparse, shares.begun)
        return found.set_index("technology")

    return once(snapshot, ("moved", indicator, members), made)


def within(snapshot: Snapshot, f: Figures, members: Sequence[str]) -> Within:
    """The figures of `members` in percent of their linked sum, period by period."""
    return share_within(f.values[f.carried(members)], f.stretch, snapshot.catalog)
