"""XLSX: a sheet with real dates and numbers, and a sheet about it."""

from collections.abc import Mapping
from typing import IO, Any, Final

import pyarrow as pa
import xlsxwriter

from dashboard.export.columns import COLUMNS, DAY, TEXT

MOST_ROWS: Final = 1_048_575
"""A sheet has 1,048,576 rows, and one is the header."""

_WIDTHS: Final = {"value": 14, "shown_value": 14, "payload": 12, "attribution": 30, "unit": 24, "indicator": 28}


def write(rows: pa.Table, about: Mapping[str, Any], target: IO[bytes]) -> None:
    """Sheet `data` with real dates and numbers, sheet `about` with the meta. Text is text, whatever it begins with."""
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("data")
        sheet.freeze_panes(1, 0)
        names = rows.column_names
        for column, name in enumerate(names):
            sheet.set_column(column, column, _WIDTHS.get(name, max(12, len(name) + 2)))
            sheet.write_string(0, column, name, bold)
        writers = [_writer(sheet, COLUMNS[name], day) for name in names]
        row = 1
        for batch in rows.to_batches(max_chunksize=10_000):
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                for column, value in enumerate(values):
                    if value is not None:
                        writers[column](row, column, value)
                row += 1
        _about(book.add_worksheet("about"), about, bold)


def _writer(sheet: Any, kind: pa.DataType, day: Any) -> Any:
    """The function that writes a value of `kind` into (row, column)."""
    if kind == TEXT:
        return sheet.write_string
    if kind == DAY:
        return lambda row, column, value: sheet.write_datetime(row, column, value, day)
    return lambda row, column, value: sheet.write_number(row, column, _Exact(value))


class _Exact(float):
    """A number that is written in full: xlsxwriter asks for 16 significant digits, and a double can need 17."""

    def __format__(self, _: str) -> str:
        return float.__repr__(self).upper()


def _about(sheet: Any, about: Mapping[str, Any], bold: Any) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 110)
    for row, (name, value) in enumerate(_flat(about)):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, value)


def _flat(about: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Nested meta as lines of name and text; items of lists are numbered."""
    lines: list[tuple[str, str]] = []
    for name, value in about.items():
        label = f"{before}{name}"
        if isinstance(value, Mapping):
            lines += _flat(value, f"{label} ")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for number, item in enumerate(value, 1):
                lines += _flat(item, f"{label} {number} ")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
            lines.append((label, text))
    return lines
