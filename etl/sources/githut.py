"""GitHut 2.0: pushes on GitHub per language and quarter.

The payload is a JSON list of `{name, year, quarter, count}`; one row of the result is one of them. Oddities: year,
quarter and count are strings; each quarter lists about 99 languages, so absent means below the list, not zero; a
language appears under older spellings too (`VimL`, `Groff`, `FORTRAN`, `Matlab`), which are added up.
"""

import json
from collections.abc import Iterable
from datetime import date

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request; the file holds the whole history."""
    yield Request(entry.urls[0], part="pushes", scope={"indicator": "githut_pushes"})


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows: value = pushes, one row per name and quarter.

    Raises ParseError when the body is no JSON list of such records, or an empty one.
    """
    part = payload.request.part
    try:
        records = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"githut {part}: not JSON ({error}); is the file cut?") from error
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        what = "an empty list" if records == [] else "no list of records"
        raise ParseError(f"githut {part}: {what}; has the publisher moved the figures?")
    table = pd.DataFrame(records)
    missing = {"name", "year", "quarter", "count"} - set(table)
    if missing:
        raise ParseError(f"githut {part}: the records lack `{min(missing)}`; has the layout changed?")
    numbers = table[["year", "quarter", "count"]].apply(pd.to_numeric, errors="coerce")
    wrong = numbers.isna().any(axis=1) | (numbers % 1 != 0).any(axis=1) | ~numbers["quarter"].isin([1, 2, 3, 4])
    wrong |= ~numbers["year"].between(2000, 2100) | ~table["name"].map(lambda name: isinstance(name, str))
    if wrong.any():
        record = records[int(wrong.to_numpy().argmax())]
        raise ParseError(f"githut {part}: a name, year, quarter or count is none in {record}; is the file damaged?")
    quarters = zip(numbers["year"].astype(int), numbers["quarter"].astype(int), strict=True)
    return pd.DataFrame(
        {
            "name": table["name"],
            "period_start": [date(year, 3 * quarter - 2, 1) for year, quarter in quarters],
            "frequency": "Q",
            "value": numbers["count"].astype("float64"),
        }
    ).assign(**payload.request.scope)
