"""Downloads of FastAPI from PyPI per day, 2018-12-09 to 2025-03-28, as recorded in April 2025.

The payload is a table of comma-separated values, `day,supported_downloads,total_downloads,supported_percentage`; one
row of the result is the total of one day. Oddities: days carry a time, always midnight; 2019-04-26 and 27 are
missing; the first weeks have a few hundred downloads a day, which is noise.
"""

import io
from collections.abc import Iterable
from datetime import date
from typing import Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_DAY: Final = "%Y-%m-%d %H:%M:%S"


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request; the file holds the whole history."""
    yield Request(entry.urls[0], part="fastapi", scope={"indicator": "fastapi_daily_downloads"})


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows: downloads per day.

    Raises ParseError when a column is missing, a cell is no day or whole number, or the file ends within a line.
    """
    where = f"fastapi_daily {payload.request.part}"
    try:
        table = pd.read_csv(io.BytesIO(payload.content), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except ValueError as error:  # pandas' parser errors, and bytes that are not UTF-8
        raise ParseError(f"{where}: not a table of comma-separated values ({str(error).strip()}).") from error
    missing = [column for column in ("day", "total_downloads") if column not in table]
    if missing or table.empty:
        what = f"lacks the column `{missing[0]}`" if missing else "holds no rows"
        raise ParseError(f"{where}: the table {what}; has the layout changed?")
    if not payload.content.endswith(b"\n"):
        raise ParseError(f"{where}: the file ends within line {len(table) + 1}; it is cut.")
    days = pd.to_datetime(table["day"], format=_DAY, errors="coerce")
    counts = pd.to_numeric(table["total_downloads"], errors="coerce")
    wrong = days.isna() | (days != days.dt.normalize()) | counts.isna() | (counts < 0) | (counts % 1 != 0)
    if wrong.any():
        line = table[wrong].iloc[0]
        raise ParseError(
            f"{where}: `{line['total_downloads']}` on `{line['day']}` is no count of a day; is it damaged?"
        )
    frame = pd.DataFrame({"period_start": days, "value": counts.astype("float64")})
    counted = frame[frame["value"] > 0]  # a day of 0 would be a day that was lost
    if counted.empty:
        raise ParseError(f"{where}: not one day with downloads; has the recorder emptied the file?")
    return counted.assign(name="fastapi", frequency="D", **payload.request.scope)
