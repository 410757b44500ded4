"""Which rows of the API stand behind a view, for those who want to take them along."""

from typing import Any

import pandas as pd

from dashboard.data import Snapshot
from dashboard.selection import Resolved, to_query
from dashboard.selection.filters import Filter, filter_query


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
