"""GitHub Innovation Graph: distinct people who push, per language and per topic, by economy and quarter.

One row of a payload is one economy in one quarter (and one language or topic). Oddities:

- Cells with fewer than 100 developers are left out: absent is not zero.
- `EU` stands beside its members: it is kept as a region and left out of the world, which is our sum over economies
  (a lower bound because of the missing cells, hence `estimated`).
- Namibia's code is `NA`, which must not be read as "missing".
"""

import io
from collections.abc import Iterable
from datetime import date
from typing import Final

import pandas as pd

from etl import schema
from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_FILES: Final = {  # file -> (indicator, column of the value, column of the name)
    "languages": ("innovation_graph_language_pushers", "num_pushers", "language"),
    "topics": ("innovation_graph_topic_pushers", "num_pushers", "topic"),
    "developers": ("innovation_graph_developers", "developers", None),
    "git_pushes": ("innovation_graph_pushes", "git_pushes", None),
    "repositories": ("innovation_graph_repositories", "repositories", None),
}

_POSSIBLE: Final = {"year": range(2000, 2200), "quarter": range(1, 5)}


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per table; each file holds the whole history."""
    for file, (indicator, _, _) in _FILES.items():
        yield Request(f"{entry.settings['base']}/{file}.csv", part=file, scope={"indicator": indicator})


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one table, with the world (`WLD`) added: one row per name (none: the whole), economy and quarter.

    Raises ParseError when a column is missing, a cell is no whole number, or the file ends within a line.
    """
    file = payload.request.part
    indicator, value, name = _FILES[file]
    columns = [value, "iso2_code", "year", "quarter", *([name] if name else [])]
    table = _table(payload, file, columns)
    frame = pd.DataFrame(
        {
            "indicator": indicator,
            "name": table[name] if name else pd.NA,
            "region": table["iso2_code"],
            "period_start": [date(y, 3 * q - 2, 1) for y, q in zip(table["year"], table["quarter"], strict=True)],
            "frequency": "Q",
            "value": table[value].astype("float64"),
            "status": pd.NA,
        }
    )
    economies = frame[~frame["region"].isin(entry.settings["aggregates"])]
    world = economies.groupby(["name", "period_start"], dropna=False, as_index=False)["value"].sum()
    world = world.assign(indicator=indicator, region=schema.WORLD, frequency="Q", status="estimated")
    drafts: pd.DataFrame = pd.concat([frame, world], ignore_index=True)
    return drafts


def _table(payload: Payload, file: str, columns: list[str]) -> pd.DataFrame:
    """The CSV with whole numbers where they belong; everything else stays text (`NA` is Namibia)."""
    try:
        table = pd.read_csv(io.BytesIO(payload.content), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, UnicodeDecodeError) as error:  # pandas' parser errors are ValueErrors
        raise ParseError(f"innovation_graph {file}: not a table of comma-separated values ({error}).") from error
    missing = [column for column in columns if column not in table]
    if missing or table.empty:
        what = f"lacks the column `{missing[0]}`" if missing else "holds no rows"
        raise ParseError(f"innovation_graph {file}: the table {what}; has the layout changed?")
    for column in (columns[0], "year", "quarter"):
        numbers = pd.to_numeric(table[column], errors="coerce")
        wrong = numbers.isna() | (numbers % 1 != 0) | (numbers < 0)
        if column in _POSSIBLE:
            wrong |= ~numbers.isin(_POSSIBLE[column])
        if wrong.any():
            line = int(wrong.to_numpy().argmax())
            raise ParseError(
                f"innovation_graph {file}: line {line + 2} holds `{table[column][line]}` as {column}; is the file cut?"
            )
        table[column] = numbers.astype("int64")
    table = table.drop_duplicates(ignore_index=True)  # before the world is summed
    if not payload.content.endswith(b"\n"):
        raise ParseError(f"innovation_graph {file}: the file ends within line {len(table) + 1}; it is cut.")
    return table
