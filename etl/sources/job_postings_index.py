"""Indeed Hiring Lab: daily index of job postings in software development, 100 on 2020-02-01.

The payload is a table of comma-separated values with a row per day and sector; one row of the result is the index of
the one sector that we keep, on one day. It is no figure of a technology but of the whole: what hiring figures can be
held against. Oddities: newer files hold a second `variable`, new postings, beside total postings; the sectors' list
changes.
"""

import io
from collections.abc import Iterable
from datetime import date
from typing import Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_COLUMNS: Final = ("date", "jobcountry", "indeed_job_postings_index", "variable", "display_name")


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per country; each file holds the whole history."""
    for country in entry.settings["countries"]:
        url = f"{entry.settings['base']}/{country}/job_postings_by_sector_{country}.csv"
        yield Request(url, part=country, scope={"region": country}, immutable=True)


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one country: the index of the sector per day, as the whole (no name).

    Raises ParseError when a column or the sector is missing, a cell is no day or number, or the file is cut.
    """
    where = f"job_postings_index {payload.request.part}"
    try:
        table = pd.read_csv(io.BytesIO(payload.content), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except ValueError as error:  # pandas' parser errors, and bytes that are not UTF-8
        raise ParseError(f"{where}: not a table of comma-separated values ({str(error).strip()}).") from error
    missing = [column for column in _COLUMNS if column not in table]
    if missing:
        raise ParseError(f"{where}: the table lacks the column `{missing[0]}`; has the layout changed?")
    if not payload.content.endswith(b"\n"):
        raise ParseError(f"{where}: the file ends within line {len(table) + 1}; it is cut.")
    wanted = (table["display_name"] == entry.settings["sector"]) & (table["variable"] == entry.settings["variable"])
    ours = table[wanted & (table["jobcountry"] == payload.request.part)]
    if ours.empty:
        kind = f"{entry.settings['variable']} of {entry.settings['sector']}"
        raise ParseError(f"{where}: no row of {kind} in {payload.request.part}; has the sector been renamed?")
    days = pd.to_datetime(ours["date"], format="%Y-%m-%d", errors="coerce")
    values = pd.to_numeric(ours["indeed_job_postings_index"], errors="coerce")
    wrong = days.isna() | values.isna()
    if wrong.any():
        line = ours[wrong].iloc[0]
        raise ParseError(f"{where}: `{line.iloc[2]}` on `{line['date']}` is no index on a day; is the file damaged?")
    frame = pd.DataFrame({"period_start": days, "value": values, "name": pd.NA, "frequency": "D"})
    return frame.assign(indicator="job_postings_index_software", region=payload.request.part)
