"""CSV, JSON and NDJSON: DuckDB makes a line of text of each row, so that no row is ever an object of Python."""

import json
from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from dashboard.export.dataset import Column, Dataset

_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}".encode()
_FORMULA: Final = "[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
"""With these a spreadsheet begins a formula (OWASP, "CSV injection"); the last four are their full-width forms."""


def csv(data: Dataset, spreadsheet: bool = False) -> Iterator[bytes]:
    """CSV after RFC 4180 in UTF-8: quotes only where needed, lines end in CR LF. Missing is empty, an empty text `""`.

    For a `spreadsheet`, text that it would take for a formula begins with an apostrophe, and the file with the mark by
    which Excel knows UTF-8; numbers and dates stay.
    """
    if spreadsheet:
        yield _BOM
    yield ",".join(data.columns).encode() + b"\r\n"
    cells = [_cell(name, column.type, spreadsheet) for name, column in data.columns.items()]
    yield from data.lines(f"concat({', chr(44), '.join(cells)}, chr(13), chr(10))")


def json_lines(data: Dataset) -> Iterator[bytes]:
    """One JSON object per row and line; nothing else."""
    yield from data.lines(f"concat({_json(data)}, chr(10))")


def json_document(data: Dataset) -> Iterator[bytes]:
    """One JSON object: `meta`, then the rows as `data`."""
    yield b'{"meta": ' + json.dumps(data.about, ensure_ascii=False, allow_nan=False).encode() + b',\n"data": ['
    first = True
    for part in data.lines(f"concat(',', chr(10), {_json(data)})"):
        yield part[1:] if first else part
        first = False
    yield b"\n]}\n"


def _json(data: Dataset) -> str:
    """A row as a JSON object."""
    fields = ", ".join(f"'{name}': {_plain(name, column)}" for name, column in data.columns.items())
    return f"to_json({{{fields}}})"


def _plain(name: str, column: Column) -> str:
    """A moment is written with its zone, which is UTC."""
    if pa.types.is_timestamp(column.type):
        return f"strftime(\"{name}\", '%Y-%m-%dT%H:%M:%SZ')"
    return f'"{name}"'


def _cell(name: str, kind: pa.DataType, spreadsheet: bool) -> str:
    """A cell of CSV: words of a list are joined with semicolons, what is deeper is JSON."""
    words = _plain(name, Column(kind, ""))
    if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
        words = f"array_to_string({words}, ';')"
    elif pa.types.is_nested(kind):
        words = f"to_json({words})::varchar"
    elif not pa.types.is_string(kind):
        return f"coalesce({words}::varchar, '')"
    if spreadsheet:
        words = f"(case when regexp_matches({words}, '^{_FORMULA}') then concat('''', {words}) else {words} end)"
    special = " or ".join(f"contains({words}, {each})" for each in ("','", "'\"'", "chr(10)", "chr(13)"))
    quoted = f"concat('\"', replace({words}, '\"', '\"\"'), '\"')"
    return f"case when {words} is null then '' when {words} = '' or {special} then {quoted} else {words} end"
