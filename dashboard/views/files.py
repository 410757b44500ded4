"""Which rows of the API stand behind a view, for those who want to take them along."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

from dashboard.data import Snapshot
from dashboard.selection import Resolved, to_query
from dashboard.selection.filters import Filter, filter_query
from etl.schema import ALL_SEGMENTS, WORLD


def files(snapshot: Snapshot, resolved: Resolved, rows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Collection, query and number of rows: of `view`, exactly what is shown (`rows`), and of `all` its series hold."""
    asked = resolved.asked
    every = snapshot.frame(resolved.indicator.id, asked.region, asked.segment)
    chosen = Filter(
        indicator=(resolved.indicator.id,),
        technology=tuple(resolved.technologies),
        region=(asked.region,),
        segment=(asked.segment,),
        as_of=asked.as_of,
    )
    return {
        "view": {
            "collection": "series",
            "query": to_query(asked, snapshot.catalog, tab=False),
            "number": len(rows),
        },
        "all": {
            "collection": "observations",
            "query": filter_query(chosen),
            "number": int(every["technology"].isin(resolved.technologies).sum()),
        },
    }


def behind(
    snapshot: Snapshot,
    indicators: Sequence[str],
    technologies: Sequence[str],
    start: pd.Timestamp,
    as_of: date | None,
    segments: Sequence[str] = (ALL_SEGMENTS,),
) -> dict[str, dict[str, Any]]:
    """Collection, query and number of the worldwide observations from which a page counted what it shows itself.

    One `start` stands for all indicators: of those that are published more often there are further periods.
    """
    frames = [snapshot.frame(indicator, WORLD, segment) for indicator in indicators for segment in segments]
    chosen = Filter(
        indicator=tuple(indicators),
        technology=tuple(technologies),
        region=(WORLD,),
        segment=tuple(segments),
        start=start.date(),
        as_of=as_of,
    )
    number = sum(int((f["technology"].isin(technologies) & (f["period_start"] >= start)).sum()) for f in frames)
    return {"behind": {"collection": "observations", "query": filter_query(chosen), "number": number}}
