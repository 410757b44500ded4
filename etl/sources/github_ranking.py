"""GitHub Ranking: stars, forks and open issues of the repositories with most stars, by the day of a list.

A payload is the lists of one day (top 100 by stars, by forks, and per language); a row of it is one repository in one
list. One row of the result is one figure of one repository on that day, under the month that holds the day. Oddities:

- A repository stands in several lists, looked at minutes apart: the largest figure counts.
- A repository that leaves its list vanishes: absent is not zero. 2023-01-01 has 60 rows a list, 2018 fewer lists.
- Repositories move: the aliases hold their former names.
- Descriptions hold commas, line breaks and quotes; nothing is read from them.
"""

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_FIGURES: Final = {  # column -> indicator
    "stars": "github_ranking_stars",
    "forks": "github_ranking_forks",
    "issues": "github_ranking_issues",
}


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per day of the entry, then the first day of each later month (it may not be out yet).

    Months up to `since` are left out, as lists never change.
    """
    days = list(entry.settings["days"])
    while (following := (days[-1].replace(day=1) + timedelta(days=31)).replace(day=1)) <= today:
        days.append(following)
    for day in days:
        month = day.replace(day=1)
        if since is None or month > since:
            yield Request(
                f"{entry.settings['base']}/github-ranking-{day}.csv",
                part=f"{day}",
                scope={"period_start": month},
                optional=day not in entry.settings["days"],
                immutable=True,
                published=day,
            )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one day: stars, forks and open issues, one row of each per repository (`owner/name`).

    Raises ParseError when the body is no such table, is cut, or a figure is no whole number.
    """
    where = f"github_ranking {payload.request.part}"
    try:
        text = payload.content.decode("utf-8-sig")
        lines = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        columns = ["username", "repo_name", *_FIGURES]
        missing = [column for column in columns if column not in (lines.fieldnames or [])]
        if missing:
            raise ParseError(f"{where}: the table lacks the column `{missing[0]}`; has the layout changed?")
        table = pd.DataFrame(list(lines), columns=columns)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ParseError(f"{where}: not a table of comma-separated values ({error}); is the file cut?") from error
    if table.empty or not text.endswith("\n"):
        what = "holds no rows" if table.empty else f"ends within line {len(table) + 1}"
        raise ParseError(f"{where}: the table {what}; wait for a whole one.")
    names = table["username"] + "/" + table["repo_name"]  # letter case varies: Microsoft, microsoft
    for column in _FIGURES:
        wrong = ~table[column].astype("str").str.fullmatch(r"[0-9]+") | names.isna()
        if wrong.any():
            line = int(wrong.to_numpy().argmax())
            raise ParseError(
                f"{where}: `{names[line]}` has `{table[column][line]}` as {column}, which is no whole number; "
                "is the file damaged?"
            )
    figures = table[list(_FIGURES)].astype("float64").rename(columns=_FIGURES).assign(name=names.str.casefold())
    largest = figures.groupby("name", as_index=False).max()
    drafts: pd.DataFrame = largest.melt(id_vars="name", var_name="indicator", value_name="value")
    return drafts.assign(frequency="M", status="final", **payload.request.scope)
