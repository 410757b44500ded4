"""Presets: ways to choose technologies. They are replaced by their result, so that a link shows the same later."""

from dataclasses import replace

import pandas as pd

from dashboard.analysis.breaks import concerning, stretches
from dashboard.analysis.momentum import momentum
from dashboard.analysis.share import share
from dashboard.analysis.wide import whole_of, wide
from dashboard.data import Snapshot
from dashboard.selection import Resolved, Selection, resolve
from dashboard.selection.resolving import TOP
from dashboard.selection.rows import whole
from dashboard.selection.url import shows_share
from dashboard.views import messages


def applied(selection: Selection, snapshot: Snapshot) -> tuple[Selection, messages.Message | None]:
    """The selection with the technologies of its preset, and what must be said of how they were found."""
    if selection.preset is None:
        return selection, None
    open_one = replace(selection, preset=None, technology=())
    resolved = resolve(open_one, snapshot)
    message = None
    chosen = resolved.technologies
    if selection.preset == "rising" and not resolved.economy_wide and shows_share(resolved.indicator):
        found = rising(snapshot, resolved)
        message = messages.rising(found, snapshot, resolved) if resolved.comparison else None
        chosen = tuple(found[found["slope"] > 0]["technology"].head(TOP)) or chosen
    return replace(open_one, technology=chosen if not resolved.economy_wide else ()), message


def rising(snapshot: Snapshot, resolved: Resolved) -> pd.DataFrame:
    """The momentum of every technology of the comparison, steepest rise first."""
    indicator, asked = resolved.indicator, resolved.asked
    rows = snapshot.frame(indicator.id, asked.region, asked.segment)
    rows = rows[rows["technology"].isin(resolved.comparison) & (rows["status"] != "partial")]
    values = wide(rows, indicator.frequency, sparse=indicator.sparse)
    base = whole(snapshot, resolved)
    if base is not None and len(values):
        values = share(values, whole_of(base, indicator.frequency))
    values = values.dropna(how="all")
    breaks = concerning(snapshot.catalog.breaks(resolved.source.id), indicator.id, asked.region)
    periods = pd.DatetimeIndex(values.index)
    return momentum(values, stretches(periods, breaks, indicator.frequency), indicator.frequency)
