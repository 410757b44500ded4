"""PYPL: shares of tutorial searches per language, database, IDE and online IDE, monthly, world and five countries.

A payload is a JavaScript file: names stand between two comments, then follows one line per month,
`[new Date(2026,6,1),0.0022,...]`. One row of the result is the share of one name in one month. Oddities:

- The month in `new Date` counts from 0 (6 = July); shares are fractions, ours are percent.
- January stands twice in most years, with slightly different values (the publisher cuts a year into 13 stretches of
  four weeks): the later line counts; a file that begins with the newest month is read from its end.
- A line in which every share is 0 says "no data" (small countries), not "nobody searched".
- `NaN` means that a publication went wrong: it is refused as a whole.
"""

import re
from collections.abc import Iterable
from datetime import date
from math import isfinite
from typing import Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_NAMES: Final = re.compile(r"begin section languages(.*?)//\s*end section languages", re.DOTALL)
_ROW: Final = re.compile(r"\[\s*new Date\(\s*(\d{4})\s*,\s*(\d{1,2})\s*,\s*\d{1,2}\s*\)\s*,([^\]]*)\]")


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per index and country; each file holds the whole history."""
    for index, indicator in entry.settings["indexes"].items():
        for country, region in entry.settings["countries"].items():
            scope = {"indicator": indicator, "region": region}
            yield Request(f"{entry.settings['base']}/{index}/{country}.js", part=f"{index}/{country}", scope=scope)


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one index in one country: value in percent, one row per name and month.

    Raises ParseError when the names or the table are missing, a row has too few values, or a value is no number.
    """
    part = payload.request.part
    text = payload.content.decode("utf-8-sig", errors="replace")
    section = _NAMES.search(text)
    names = re.findall(r"'([^']*)'", section.group(1)) if section else []
    if not names:
        raise ParseError(
            f"pypl {part}: no names between the comments `begin/end section languages`; has the layout changed?"
        )
    months: dict[date, list[float]] = {}
    lines = list(_ROW.finditer(text))
    if lines and _month_of(lines[0]) > _month_of(lines[-1]):
        lines.reverse()
    for match in lines:
        year, month = int(match.group(1)), int(match.group(2)) + 1
        shares = [_share(cell, part, f"{year}-{month:02}") for cell in match.group(3).split(",")]
        if len(shares) != len(names) or not 1 <= month <= 12:
            raise ParseError(
                f"pypl {part}: the line of {year}-{month:02} has {len(shares)} values "
                f"for {len(names)} names; is the file cut?"
            )
        if any(shares):
            months[date(year, month, 1)] = shares
    if not months or not re.search(r"\]\s*(//[^\n]*\s*)?\]", text[section.end() :] if section else ""):
        raise ParseError(f"pypl {part}: the table has no rows or no end; is the file cut?")
    rows = [(name, day, share) for day, shares in months.items() for name, share in zip(names, shares, strict=True)]
    frame = pd.DataFrame(rows, columns=["name", "period_start", "value"])
    return frame.assign(frequency="M", **payload.request.scope)


def _month_of(line: re.Match[str]) -> tuple[int, int]:
    return int(line.group(1)), int(line.group(2))


def _share(cell: str, part: str, month: str) -> float:
    try:
        share = float(cell)
    except ValueError:
        share = float("nan")
    if not isfinite(share):
        raise ParseError(
            f"pypl {part}: the line of {month} holds `{cell.strip()}`, a broken publication; "
            "wait for the publisher to mend it."
        )
    return round(share * 100, 6)
