"""Top PyPI Packages: downloads per package, one snapshot a month.

A snapshot tells of the days before its publication (the window), so a row speaks of the calendar month that the window
mostly covers. Oddities:

- Three layouts: a bare list (2018-01), `{last_update, query, rows}`, `{last_update, source, meta, rows, ...}`.
- The window was 30 days, then 29 to 22, and is the calendar month before since 2025-07: breaks in the entry tell.
  The one of 365 days is no month and is not asked for.
- Two windows can cover the same month (2019-07, 2019-11, 2024-08, 2025-06): the one with more days in it counts.
- A package below the list's cut (4,000 to 15,000 packages) is absent, not zero.
"""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_LONGEST_MONTHLY_WINDOW_DAYS: Final = 31


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per month: those of the entry by commit, later ones by the month's tag (they may not be out yet).

    Months up to `since` are left out, as snapshots never change.
    """
    base, best = entry.settings["base"], _snapshots(entry.settings["snapshots"])
    for month, (_, snapshot) in sorted(best.items()):
        if since is None or month > since:
            url = f"{base}/{snapshot['commit']}/{snapshot['file']}"
            yield Request(
                url, part=f"{month:%Y-%m}", scope=_scope(month), immutable=True, published=snapshot["published"]
            )
    published = _next(max(best))  # a month's snapshot is published, and tagged, in the next one
    while (published := _next(published)) <= today:
        month = (published - timedelta(days=1)).replace(day=1)
        if since is None or month > since:
            url = f"{base}/{published:%Y.%m}/{entry.settings['file']}"
            yield Request(url, part=f"{month:%Y-%m}", scope=_scope(month), optional=True)


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one snapshot: downloads and their share (percent) per package.

    Raises ParseError when the body is none of the three layouts, or holds no packages.
    """
    month: date | None = payload.request.scope.get("period_start")
    where = f"top_pypi {payload.request.part}"
    try:
        body = json.loads(payload.content.decode("utf-8-sig"))
    except ValueError as error:
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    records: Any = body.get("rows") if isinstance(body, dict) else body
    if not isinstance(records, list) or not records:
        raise ParseError(f"{where}: neither a list of packages nor an object with `rows`; has the layout changed?")
    table = pd.DataFrame(records).drop_duplicates(ignore_index=True)  # before the whole is summed
    if not {"project", "download_count"} <= set(table):
        raise ParseError(f"{where}: the rows lack `project` or `download_count`; has the layout changed?")
    counts = pd.to_numeric(table["download_count"], errors="coerce")
    if counts.isna().any() or (counts < 0).any() or counts.sum() == 0:
        package = table["project"].iloc[int((counts.isna() | (counts < 0)).to_numpy().argmax())]
        raise ParseError(f"{where}: `{package}` has no count; is the file damaged?")
    common = {"name": table["project"].astype(str), "period_start": month, "frequency": "M", "status": "final"}
    downloads = pd.DataFrame({**common, "indicator": "pypi_downloads", "value": counts.astype("float64")})
    shares = pd.DataFrame({**common, "indicator": "pypi_download_share", "value": 100 * counts / counts.sum()})
    return pd.concat([downloads, shares], ignore_index=True)


def _scope(month: date) -> dict[str, date]:
    return {"period_start": month}


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _snapshots(snapshots: list[dict[str, Any]]) -> dict[date, tuple[int, dict[str, Any]]]:
    """Month -> (days of it in the window, the snapshot that covers most of it; the later one of equals)."""
    best: dict[date, tuple[int, dict[str, Any]]] = {}
    for snapshot in snapshots:
        last = snapshot["published"] - timedelta(days=1)
        if snapshot["window"] == "month":
            last = snapshot["published"].replace(day=1) - timedelta(days=1)
            days = last.day
        else:
            days = snapshot["window"]
        if days > _LONGEST_MONTHLY_WINDOW_DAYS:
            continue
        first = last - timedelta(days=days - 1)
        in_last_month = min(days, last.day)
        month, covered = (
            (last.replace(day=1), in_last_month)
            if 2 * in_last_month >= days
            else (first.replace(day=1), days - in_last_month)
        )
        if month not in best or covered >= best[month][0]:
            best[month] = (covered, snapshot)
    return best
