"""RedMonk Programming Language Rankings: the first 20 places, twice a year, 2012-09 to 2018-06.

The payload is a table of comma-separated values, `Language, Rank, Date`; one row of the result is the place of one
language in one edition. Oddities: a blank follows each comma; dates are month-day-year, a day near the end of the
month of the edition; the ties of the publication are broken into places that follow each other; the last line has no
end.
"""

import io
from collections.abc import Iterable
from datetime import date

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request; the file holds all editions."""
    yield Request(entry.urls[0], part="rankings", scope={"indicator": "redmonk_rank"})


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows: place, one row per language and month of an edition.

    Raises ParseError when a column is missing, a cell is no date, or an edition lacks places or has one twice.
    """
    where = f"redmonk {payload.request.part}"
    try:
        table = pd.read_csv(
            io.BytesIO(payload.content), dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True
        )
    except ValueError as error:  # pandas' parser errors, and bytes that are not UTF-8
        raise ParseError(f"{where}: not a table of comma-separated values ({str(error).strip()}).") from error
    missing = [column for column in ("Language", "Rank", "Date") if column not in table]
    if missing or table.empty:
        what = f"lacks the column `{missing[0]}`" if missing else "holds no rows"
        raise ParseError(f"{where}: the table {what}; has the layout changed?")
    table = table.drop_duplicates()
    days = pd.to_datetime(table["Date"].str.strip(), format="%m-%d-%Y", errors="coerce")
    if days.isna().any():
        raise ParseError(f"{where}: `{table['Date'][days.isna()].iloc[0]}` is no date; is the file cut?")
    ranks = pd.to_numeric(table["Rank"], errors="coerce")
    places = list(range(1, entry.settings["places"] + 1))
    for day, edition in ranks.groupby(days):
        if sorted(edition) != places:
            raise ParseError(f"{where}: the edition of {day:%Y-%m} has not each place from 1 to {places[-1]} once.")
    months = days.dt.to_period("M").dt.to_timestamp()
    frame = pd.DataFrame({"name": table["Language"].str.strip(), "period_start": months, "value": ranks})
    return frame.assign(frequency="M", status="final", **payload.request.scope)
