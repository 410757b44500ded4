"""Languish: GitHub events (pull requests, issues, stars) and Stack Overflow questions per language and quarter.

A payload is a JSON list of `{name, year, quarter, count}`; one row of the result is one of them. Oddities: names are
Linguist names and include what is no language (Markdown, KiCad Layout), which conforming sorts out; tiny counts at the
tail are cut off upstream, so absent is not zero; the publisher's file of pushes is an empty list and is not asked for.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_YEARS: Final = range(1990, 2200)  # what a year can be; the checks know today's


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per kind of event; each file holds the whole history."""
    for file, indicator in entry.settings["files"].items():
        yield Request(
            f"{entry.settings['base']}/{file}", part=file.removesuffix(".json"), scope={"indicator": indicator}
        )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one kind of event: value = count, one row per name and quarter.

    Raises ParseError when the body is no JSON list of such records, or an empty one.
    """
    part = payload.request.part
    try:
        records = json.loads(payload.content.decode("utf-8-sig"))
    except ValueError as error:
        raise ParseError(f"languish {part}: not JSON ({error}); is the file cut?") from error
    if not isinstance(records, list) or not records:
        what = "an empty list; the publisher has stopped filling it" if records == [] else "no list of records"
        raise ParseError(f"languish {part}: {what}.")
    table = pd.DataFrame(records)
    missing = {"name", "year", "quarter", "count"} - set(table)
    if missing:
        raise ParseError(f"languish {part}: the records lack `{min(missing)}`; has the layout changed?")
    for column in ("year", "quarter", "count"):
        table[column] = pd.to_numeric(table[column], errors="coerce")
    wrong = table["count"].isna() | ~table["quarter"].isin([1, 2, 3, 4]) | ~table["year"].isin(_YEARS)
    if wrong.any():
        raise ParseError(f"languish {part}: no year, quarter or count in {records[int(wrong.to_numpy().argmax())]}.")
    quarters = zip(table["year"].astype(int), table["quarter"].astype(int), strict=True)
    return pd.DataFrame(
        {
            "name": table["name"].astype(str),
            "period_start": [date(year, 3 * quarter - 2, 1) for year, quarter in quarters],
            "frequency": "Q",
            "value": table["count"].astype("float64"),
        }
    ).assign(**payload.request.scope)
