"""The observations of a selection, and of the whole that its shares are taken of, for chart, table and files alike."""

import pandas as pd

from dashboard.data import Snapshot
from dashboard.selection.resolving import Resolved
from etl import schema


def observations(snapshot: Snapshot, resolved: Resolved) -> pd.DataFrame:
    """The observations of the technologies shown, in the chosen place and between the chosen dates, both inclusive."""
    asked = resolved.asked
    rows = snapshot.frame(resolved.indicator.id, asked.region, asked.segment)
    kept = rows["technology"].isin(resolved.technologies)
    if asked.start is not None:
        kept &= rows["period_start"] >= pd.Timestamp(asked.start)
    if asked.end is not None:
        kept &= rows["period_start"] <= pd.Timestamp(asked.end)
    return rows[kept].reset_index(drop=True)


def whole(snapshot: Snapshot, resolved: Resolved) -> pd.DataFrame | None:
    """The observations that shares are taken of; None where the indicator has no whole (or is a share already)."""
    indicator, asked = resolved.indicator, resolved.asked
    if indicator.whole is None or indicator.is_share:
        return None
    carrier = indicator.id if indicator.whole == "listed" else indicator.whole
    rows = snapshot.frame(carrier, asked.region, asked.segment)
    return rows[rows["technology"] == schema.WHOLE]
