"""Use of languages in the Stack Overflow Developer Survey, by year, as transcribed from the published charts.

The payload is a JSON list of `{name, color, year}`; `year` maps a year to the published percent of respondents. One
row of the result is one language in one year's survey. Oddities: `null` says that the language is not in that year's
published list, which is no zero; wording, base and list change from year to year; the first four lists hold Node.js
and AngularJS.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request; the file holds all years."""
    yield Request(entry.urls[0], part="languages", scope={"indicator": "so_survey_language_use"})


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows: percent of respondents, one row per name and year in which the name was listed.

    Raises ParseError when the body is no list of such records, or a year or percentage is none.
    """
    where = f"so_survey_languages {payload.request.part}"
    try:
        records: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    if not isinstance(records, list) or not records:
        raise ParseError(f"{where}: no list of languages; has the layout changed?")
    rows: list[tuple[str, date, float]] = []
    for record in records:
        if not isinstance(record, dict) or not isinstance(record.get("year"), dict) or "name" not in record:
            raise ParseError(f"{where}: {str(record)[:80]} lacks `name` or `year`; has the layout changed?")
        for year, percent in record["year"].items():
            if percent is None:
                continue
            number = isinstance(percent, (int, float)) and not isinstance(percent, bool)
            if not number or not (len(year) == 4 and year.isdecimal()):
                raise ParseError(f"{where}: `{record['name']}` has `{percent}` for `{year}`; is the file damaged?")
            rows.append((str(record["name"]), date(int(year), 1, 1), float(percent)))
    if not rows:
        raise ParseError(f"{where}: not one percentage; has the publisher emptied the file?")
    frame = pd.DataFrame(rows, columns=["name", "period_start", "value"])
    # a survey is taken once a year: its figures are final on the day on which they come out
    return frame.assign(frequency="Y", status="final", **payload.request.scope)
