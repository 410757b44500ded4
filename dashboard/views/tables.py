"""The table twin of a chart: one row per period, newest first, one column per technology."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard.analysis.shown import Shown
from dashboard.charts.lines import dates, legend_order


def table(shown: Shown, rows: pd.DataFrame, names: Mapping[str, str], value: str) -> dict[str, list[dict[str, Any]]]:
    """Columns and rows of `shown`; `rows` are its observations, whose status is told when not all are final."""
    order = legend_order(shown.values if shown.raw is None else shown.raw, value)
    columns: list[dict[str, Any]] = [{"field": "period", "headerName": "Period", "type": "text"}]
    columns += [{"field": t, "headerName": names[t], "type": "number"} for t in order]
    numbers = {t: [None if v != v else v for v in shown.values[t].tolist()] for t in order}  # noqa: PLR0124 - NaN
    lines = [{"period": day, **{t: numbers[t][i] for t in order}} for i, day in enumerate(dates(shown.values.index))]
    statuses = _statuses(rows)
    if any(status != "final" for status in statuses.values()):
        columns.append({"field": "status", "headerName": "Status", "type": "text"})
        for line, start in zip(lines, shown.values.index, strict=True):
            line["status"] = statuses.get(start, "")
    return {"columns": columns, "rows": lines[::-1]}


def _statuses(rows: pd.DataFrame) -> dict[pd.Timestamp, str]:
    """Period -> its status; several, where technologies differ, in alphabetical order."""
    found: dict[pd.Timestamp, str] = {}
    for status in sorted(rows["status"].astype("str").unique()):
        for start in rows["period_start"][rows["status"] == status].unique():
            found[start] = f"{found[start]}, {status}" if start in found else status
    return found
