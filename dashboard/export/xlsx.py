"""XLSX: sheets of data, technologies, indicators, sources and breaks, and one about the selection and its citation."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import IO, Any, Final

import pyarrow as pa
import xlsxwriter

from dashboard.export.dataset import DAY, TEXT, Dataset

MOST_ROWS: Final = 1_048_575
"""A sheet has 1,048,576 rows, and one is the header."""

_LONGEST: Final = 32_767
"""A cell holds no more characters (of UTF-16)."""

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold, and what Excel would write as `_x000D_`; tab and line feed stay."""

_WIDTHS: Final = {
    **dict.fromkeys(("value", "shown_value"), 14),
    **dict.fromkeys(("unit", "shown_unit", "source", "technology_name", "construct"), 24),
    **dict.fromkeys(("indicator", "title", "attribution", "licence_title", "homepage", "licence_url"), 32),
    **dict.fromkeys(("citation", "caveat", "what", "evidence", "means", "does_not_mean"), 60),
}
_STEP: Final = 10_000


def write(data: Dataset, target: IO[bytes], progress: Callable[[int, int], None] | None = None) -> None:
    """Write all sheets to a binary file that can be sought in. Text is text, whatever it begins with."""
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        book.set_properties({"title": data.name, "created": _made(data)})
        looks = _Looks(book)
        rows = data.count()
        sheet = looks.sheet("data", data.schema, rows)
        done = 0
        for batch in data.batches(_STEP):
            sheet.add(batch)
            done += batch.num_rows
            if progress:
                progress(done, rows)
        for name, table in data.companions.items():
            companion = looks.sheet(name, table.schema, table.num_rows)
            for batch in table.to_batches():
                companion.add(batch)
        _about(book.add_worksheet("about"), data.about, looks.bold)


def _made(data: Dataset) -> datetime:
    """The moment in the properties: the day of the export, so that the same export is the same bytes."""
    day = data.about.get("exported_on")
    return datetime.fromisoformat(day).replace(tzinfo=UTC) if day else datetime(1980, 1, 1, tzinfo=UTC)


def plain(text: str) -> str:
    """Text as a cell can hold it: without control characters, and cut where a cell is full."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) <= _LONGEST // 2:
        return text
    return text.encode("utf-16-le")[: 2 * _LONGEST].decode("utf-16-le", "ignore")


class _Looks:
    """The formats of a workbook."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.bold = book.add_format({"bold": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def sheet(self, name: str, schema: pa.Schema, rows: int) -> "_Sheet":
        """A sheet with a frozen header and a filter over `rows` rows."""
        made = self._book.add_worksheet(name)
        made.freeze_panes(1, 0)
        made.autofilter(0, 0, max(rows, 1), len(schema) - 1)
        for column, field in enumerate(schema):
            made.set_column(column, column, _WIDTHS.get(field.name, max(12, len(field.name) + 4)))
            made.write_string(0, column, field.name, self.bold)
        return _Sheet(made, [_writer(made, field.type, self) for field in schema])


class _Sheet:
    """A sheet to which rows are added below one another."""

    def __init__(self, sheet: Any, writers: Sequence[Callable[[int, int, Any], Any]]) -> None:
        self._sheet, self._writers, self._row = sheet, writers, 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Write the rows of a batch."""
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            self._row += 1
            for column, value in enumerate(values):
                if value is not None:
                    self._writers[column](self._row, column, value)


def _writer(sheet: Any, kind: pa.DataType, looks: _Looks) -> Callable[[int, int, Any], Any]:
    """The function that writes a value of `kind` into (row, column)."""

    def words(row: int, column: int, value: Any) -> None:
        text = value if isinstance(value, str) else ";".join(map(str, value)) if isinstance(value, list) else str(value)
        sheet.write_string(row, column, plain(text))

    def day(row: int, column: int, value: date) -> None:
        if value.year < 1900:  # Excel counts days from there
            sheet.write_string(row, column, value.isoformat())
        else:
            sheet.write_datetime(row, column, value, looks.day)

    if kind == TEXT:
        return words
    if kind == DAY:
        return day
    if pa.types.is_timestamp(kind):
        return lambda row, column, value: sheet.write_datetime(row, column, value.replace(tzinfo=None), looks.moment)
    if pa.types.is_boolean(kind):
        found: Callable[[int, int, Any], Any] = sheet.write_boolean
        return found
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return lambda row, column, value: sheet.write_number(row, column, _Exact(value))
    return words


class _Exact(float):
    """A number that is written in full: xlsxwriter asks for 16 significant digits, and a double can need 17."""

    def __format__(self, _: str) -> str:
        return float.__repr__(self).upper()


def _about(sheet: Any, about: Mapping[str, Any], bold: Any) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 110)
    for row, (name, value) in enumerate(flat(about)):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, plain(value))


def flat(about: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Nested meta as lines of name and text; items of lists are numbered."""
    lines: list[tuple[str, str]] = []
    for name, value in about.items():
        label = f"{before}{name}"
        if isinstance(value, Mapping):
            lines += flat(value, f"{label} ")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for number, item in enumerate(value, 1):
                lines += flat(item, f"{label} {number} ")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
            lines.append((label, text))
    return lines
