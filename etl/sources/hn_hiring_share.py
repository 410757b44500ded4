"""Share of the posts in "Ask HN: Who is hiring?" that name a term, monthly, and the number of posts.

Two tables of comma-separated values: `keyword_share.csv` has a row per month and a column per term, in percent of the
month's posts; `volume.csv` has the month's posts, in a column named `0`. One row of the result is one term in one
month, or the posts of one month; the posts are the sample behind each share of that month. Oddities: months of
`no_sample` are left out (the thread found for 2011-12 has one post); a share of 0 says that no post names the term;
missing months are missing rows.
"""

import io
from collections.abc import Iterable
from datetime import date
from typing import Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_POSTS: Final = "0"


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per table; each holds the whole history."""
    for file, indicator in entry.settings["files"].items():
        url = f"{entry.settings['base']}/{file}"
        yield Request(url, part=file.removesuffix(".csv"), scope={"indicator": indicator})


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one table: percent of posts per term and month, or posts per month (the whole).

    Raises ParseError when the table lacks months or its column of posts, or a cell is no such number.
    """
    where = f"hn_hiring_share {payload.request.part}"
    table = _table(payload, where)
    months = pd.to_datetime(table["month"], format="%Y-%m", errors="coerce")
    if months.isna().any():
        wrong = table["month"][months.isna()].iloc[0]
        raise ParseError(f"{where}: `{wrong}` is no month; is the file damaged?")
    volume = payload.request.scope["indicator"] == "hn_hiring_share_posts"
    if volume and _POSTS not in table:
        raise ParseError(f"{where}: the table lacks the column `{_POSTS}` of posts; has the layout changed?")
    cells = table[[_POSTS]] if volume else table.drop(columns="month")
    numbers = cells.apply(pd.to_numeric, errors="coerce").dropna(axis="columns", how="all")  # a new column of words
    cells = cells[list(numbers)]
    if numbers.isna().any(axis=None):
        row, column = divmod(int(numbers.isna().to_numpy().argmax()), numbers.shape[1])
        said = f"`{cells.iloc[row, column]!s}` as {cells.columns[column]!s}"
        raise ParseError(f"{where}: the line of {table['month'][row]} holds {said}; is the file cut?")
    long = numbers.assign(period_start=months).melt("period_start", var_name="name", value_name="value")
    long = long[~long["period_start"].isin(pd.to_datetime(entry.settings["no_sample"]))]
    if long.empty:
        raise ParseError(f"{where}: not one month with figures; has the publisher emptied the table?")
    if volume:
        long = long.assign(name=pd.NA, sample_size=long["value"].astype("int64"))
    rows: pd.DataFrame = long.assign(frequency="M", value=long["value"].round(6), **payload.request.scope)
    return rows


def _table(payload: Payload, where: str) -> pd.DataFrame:
    """The table as text, whole to its last line."""
    try:
        table = pd.read_csv(io.BytesIO(payload.content), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except ValueError as error:  # pandas' parser errors, and bytes that are not UTF-8
        raise ParseError(f"{where}: not a table of comma-separated values ({str(error).strip()}).") from error
    if "month" not in table or table.shape[1] < 2 or table.empty:
        raise ParseError(f"{where}: no table of months and terms; has the layout changed?")
    if not payload.content.endswith(b"\n"):
        raise ParseError(f"{where}: the file ends within the line of {table['month'].iloc[-1]}; it is cut.")
    return table
