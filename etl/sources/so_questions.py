"""Questions asked on Stack Overflow per tag: exports of the Stack Exchange Data Explorer, each kept by somebody else.

One row of a payload is a tag in a month, quarter or year with the number of questions asked then. Oddities:

- Counts depend on the day of the export, as unanswered questions are deleted later: each export is an indicator of its
  own and none is chained to another. The day stands in the entry and is the vintage; a period that it cut is `partial`.
- The layouts differ: the entry names the columns. One has no name (""), one counts months back from the export's, and
  where no column holds the time the whole file is of one period, which the request's scope tells.
- Lists of the tags used most: an absent tag stands below the list's end and is no zero.
- A question with several tags counts once for each.
- One table repeats the number of all questions of the year in each line; it becomes the whole of that indicator.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per file; the files of ended exports never change."""
    for export in entry.settings["exports"]:
        for file in export["files"]:
            scope = {"indicator": export["indicator"]}
            if "period_start" in file:
                scope["period_start"] = file["period_start"]
            elif len(export["files"]) > 1:  # they share out the tags
                scope["technology"] = ...
            yield Request(
                f"{entry.settings['base']}/{file['path']}",
                part=file["part"],
                scope=scope,
                immutable=True,
                published=export["exported"],
            )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one file: value = questions, one row per tag (none: all questions) and period.

    Raises ParseError when the body is no such table or tree, lacks a column, or a cell is no whole number.
    """
    scope, where = payload.request.scope, f"so_questions {payload.request.part}"
    export = next(e for e in entry.settings["exports"] if e["indicator"] == scope["indicator"])
    try:
        text = payload.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(f"{where}: byte {error.start} is not UTF-8; is the file damaged?") from error
    read = _tree if "levels" in export else _table
    rows = list(read(text, export, scope.get("period_start"), where))
    if not rows:
        raise ParseError(f"{where}: the file holds no rows; wait for a whole one.")
    frame = pd.DataFrame(rows, columns=["name", "period_start", "value"]).drop_duplicates(ignore_index=True)
    frequency = entry.indicator(scope["indicator"]).frequency
    return frame.assign(indicator=scope["indicator"], frequency=frequency)


_Row = tuple[str | None, date, float]


def _table(text: str, export: dict[str, Any], period: date | None, where: str) -> Iterator[_Row]:
    columns = export["columns"]
    lines = csv.DictReader(io.StringIO(text), strict=True)
    absent = [c for c in columns.values() if c not in (lines.fieldnames or [])]
    if absent:
        raise ParseError(f"{where}: the table lacks the column `{absent[0]}`; has the layout changed?")
    try:
        for line in lines:
            cell = {role: line[column] for role, column in columns.items()}
            day = period or _day(cell, export["exported"], where)
            if not cell["tag"]:
                raise ParseError(f"{where}: line {lines.line_num} has no tag; is the file damaged?")
            yield cell["tag"], day, _count(cell["count"], cell["tag"], where)
            if "total" in cell:
                yield None, day, _count(cell["total"], "all questions", where)
    except csv.Error as error:
        raise ParseError(f"{where}: line {lines.line_num} is broken ({error}); is the file cut?") from error
    if export.get("ends_with_line") and '"' not in text and not text.endswith("\n"):
        raise ParseError(f"{where}: the file ends within line {lines.line_num}; it is cut.")


def _day(cell: dict[str, str | None], exported: date, where: str) -> date:
    """The first day of the period that a line speaks of."""
    try:
        if "months_back" in cell:
            month = exported.year * 12 + exported.month - 1 - int(cell["months_back"] or "")
            return date(month // 12, month % 12 + 1, 1)
        if "date" in cell:
            return date.fromisoformat((cell["date"] or "").removesuffix(" 00:00:00"))
        return date(int(cell["year"] or ""), int(cell.get("month") or 1), 1)
    except ValueError as error:
        raise ParseError(f"{where}: {cell} tells no month or year ({error}); has the layout changed?") from error


def _tree(text: str, export: dict[str, Any], period: date | None, where: str) -> Iterator[_Row]:
    """Objects in an object; `levels` says what the outer and the inner keys are."""
    try:
        tree = json.loads(text)
    except ValueError as error:
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    if not isinstance(tree, dict) or not all(isinstance(branch, dict) for branch in tree.values()):
        raise ParseError(f"{where}: no object of objects; has the layout changed?")
    for outer, branch in tree.items():
        for inner, count in branch.items():
            cell = dict(zip(export["levels"], (outer, inner), strict=True))
            yield cell.get("tag"), _day(cell, export["exported"], where), _count(count, f"{outer} {inner}", where)


def _count(cell: object, what: str, where: str) -> float:
    text = str(cell)
    if isinstance(cell, bool) or not (text.isascii() and text.isdigit()):
        raise ParseError(f"{where}: `{what}` has the count `{text}`, which is no whole number; is the file cut?")
    return float(text)
