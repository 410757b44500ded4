"""JavaScript Rising Stars: stars that projects gained, by month; one file a year.

A payload is an object whose `projects` hold a repository each, with `monthly`, the stars gained in each month of the
year; one row of the result is one of them. Oddities:

- `monthly` begins with December and runs backwards. It may end early, or in nulls, where the project is younger; in
  2020 it runs on into the year before, which is left out.
- Zero or less stands for a look-up that failed (projects with hundreds of stars in the months beside it): missing.
- A project can stand twice in a year.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per year that is over; later years than those of the entry may not be out yet.

    Years up to that of `since` are left out, as their files hardly change.
    """
    known = entry.settings["years"]
    for year in range(min(known), today.year):
        if since is None or year > since.year:
            yield Request(
                f"{entry.settings['base']}/{year}.json",
                part=f"{year}",
                scope={"indicator": entry.indicators[0].id, "period_start": ...},
                optional=year not in known,
            )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one year: value = stars gained, one row per repository (`owner/name`) and month.

    Raises ParseError when the body is no object with `projects`, or a project lacks its name or its months.
    """
    where = f"rising_stars {payload.request.part}"
    try:
        body = json.loads(payload.content.decode("utf-8-sig"))
    except ValueError as error:
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    projects = body.get("projects") if isinstance(body, dict) else None
    if not isinstance(projects, list) or not projects:
        raise ParseError(f"{where}: no object with a list of `projects`; has the layout changed?")
    year = int(payload.request.part)
    rows = [row for project in projects for row in _months(project, year, where)]
    frame = pd.DataFrame(rows, columns=["name", "period_start", "value"]).drop_duplicates(["name", "period_start"])
    return frame.assign(indicator=payload.request.scope["indicator"], frequency="M")


def _months(project: Any, year: int, where: str) -> Iterator[tuple[str, date, float]]:
    """(repository, month, stars gained) of each month that has a figure."""
    name = project.get("full_name") if isinstance(project, dict) else None
    months = project.get("monthly") if isinstance(project, dict) else None
    if not isinstance(name, str) or not isinstance(months, list):
        what = f"`{name}` lacks `monthly`" if isinstance(name, str) else "a project lacks `full_name`"
        raise ParseError(f"{where}: {what}; has the layout changed?")
    for month, gained in zip(range(12, 0, -1), months, strict=False):
        if gained is None:
            continue
        if isinstance(gained, bool) or not isinstance(gained, int):
            raise ParseError(f"{where}: `{name}` gained `{gained}` in month {month}, which is no whole number.")
        if gained > 0:
            yield name.casefold(), date(year, month, 1), float(gained)
