"""Downloads per month of six Python packages, 2016-06 to date, one small file per package and month.

A payload holds the month's downloads of one package per minor version of Python; one row of the result is their sum.
Oddities:

- Two layouts: `{last_update, query, rows: [{download_count, percent, python_version}]}` (to 2019-10, and 2024-06) and
  `{data: [{category, downloads}], package, type}`.
- Versions that never were (`2.8`, `5.0`, `null`) are downloads all the same, and counted.
- Before 2016-06 whole weeks were not collected; an early month of tensorflow is an empty list. Neither is asked for.
"""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_LAYOUTS: Final = (("rows", "download_count", "python_version"), ("data", "downloads", "category"))


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per package and month; the months after the recorded ones may not be out yet.

    Months up to `since` are left out, as the files never change.
    """
    recorded_until = entry.settings["recorded_until"]
    for package, facts in entry.settings["packages"].items():
        month = max(facts["from"], _next(since)) if since else facts["from"]
        while _next(month) <= today:
            yield Request(
                f"{entry.settings['base']}/{package}-{month:%Y-%m}.json",
                part=f"{package}-{month:%Y-%m}",
                scope={"technology": facts["technology"], "period_start": month},
                optional=month > recorded_until,
                immutable=True,
            )
            month = _next(month)


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """One draft row: the downloads of the package in the month.

    Raises ParseError when the body is none of the two layouts, holds nothing, a count is none, or a version has two.
    """
    part = payload.request.part
    where, package = f"pypi_tools {part}", part[: -len("-YYYY-MM")]
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    layout = next((f for f in _LAYOUTS if isinstance(body, dict) and isinstance(body.get(f[0]), list)), None)
    if layout is None:
        raise ParseError(f"{where}: neither `rows` nor `data` with downloads; has the layout changed?")
    if body.get("package", package) != package:
        raise ParseError(f"{where}: the downloads of `{body['package']}`; the recorder has mixed up the files.")
    records, (_, field, version) = body[layout[0]], layout
    counts: list[Any] = [record.get(field) if isinstance(record, dict) else None for record in records]
    if not all(isinstance(count, int) and count >= 0 for count in counts) or not sum(counts):
        raise ParseError(f"{where}: {len(counts)} versions of Python, but not a count for each; is the file damaged?")
    by_version = {str(record.get(version)): record[field] for record in records}
    if any(by_version[str(record.get(version))] != record[field] for record in records):
        raise ParseError(f"{where}: a version of Python stands twice with different counts; has the layout changed?")
    counts = list(by_version.values())
    row = {"indicator": "pypi_tools_downloads", "name": package, "frequency": "M", "value": float(sum(counts))}
    return pd.DataFrame([{**row, "period_start": payload.request.scope["period_start"]}])


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
