"""Downloads of the gem `rails` per day, as counted by BestGems and recorded in April 2025.

The payload is a table of comma-separated values, `date,downloads`, newest day first; one row of the result is one
day. Oddities: BestGems takes the difference of two readings of a total, so a day without a reading, and often the day
before, is missing: `null`, no row at all, or a 0 that nobody can believe of this gem; it is no zero.
"""

import io
from collections.abc import Iterable
from datetime import date
from typing import Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_NO_READING: Final = ("null", "", "0")


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request; the file holds the whole history."""
    yield Request(entry.urls[0], part="rails", scope={"indicator": "rails_gem_downloads"})


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows: downloads per day.

    Raises ParseError when a column is missing, a cell is no day or whole number, or the file ends within a line.
    """
    where = f"rails_gem {payload.request.part}"
    try:
        table = pd.read_csv(io.BytesIO(payload.content), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except ValueError as error:  # pandas' parser errors, and bytes that are not UTF-8
        raise ParseError(f"{where}: not a table of comma-separated values ({str(error).strip()}).") from error
    missing = [column for column in ("date", "downloads") if column not in table]
    if missing:
        raise ParseError(f"{where}: the table lacks the column `{missing[0]}`; has the layout changed?")
    if not payload.content.endswith(b"\n"):
        raise ParseError(f"{where}: the file ends within line {len(table) + 1}; it is cut.")
    table = table[~table["downloads"].isin(_NO_READING)].reset_index(drop=True)
    if table.empty:
        raise ParseError(f"{where}: not one day with a count; has the recorder emptied the file?")
    days = pd.to_datetime(table["date"], format="%Y-%m-%d", errors="coerce")
    counts = pd.to_numeric(table["downloads"], errors="coerce")
    wrong = days.isna() | counts.isna() | (counts < 0) | (counts % 1 != 0)
    if wrong.any():
        line = table[wrong].iloc[0]
        raise ParseError(f"{where}: `{line['downloads']}` on `{line['date']}` is no count of a day; is it damaged?")
    frame = pd.DataFrame({"period_start": days, "value": counts.astype("float64")})
    return frame.assign(name="rails", frequency="D", **payload.request.scope)
