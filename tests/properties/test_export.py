"""Each format, read back by another library, gives the same values."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from dashboard import export
from dashboard.export.xlsx import plain

COLUMNS = {**export.COLUMNS, **export.SHOWN}
SPECIAL = st.sampled_from(
    [
        *(
            "NA",
            "",
            "=1+1",
            "+1",
            "-1",
            "@x",
            'quo"te',
            "comma,",
            "Å",
            "null",
            "None",
            "nan",
            "two\nlines",
            "a\r\nb",
            "'",
        ),
        *("_x000D_", "\x00", "\t", "\r", "\U0001f600", "=cmd|' /C calc'!A0", " padded ", "\\N", "true", "2024-01-01"),
    ]
)
WORDS = SPECIAL | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
DAYS = st.dates(date(1900, 3, 1), date(2200, 1, 1))
WHOLES = st.integers(-(2**53), 2**53)


@st.composite
def datasets(draw: st.DrawFn) -> export.Dataset:
    count = draw(st.integers(0, 5))
    shown = draw(st.booleans())
    columns = {n: c for n, c in COLUMNS.items() if shown or n not in export.SHOWN}
    cells = {"double": FLOATS, "date32[day]": DAYS, "int64": WHOLES, "string": WORDS}
    table = pa.table(
        {
            name: pa.array(
                draw(st.lists(st.none() | cells[str(column.type)], min_size=count, max_size=count)), column.type
            )
            for name, column in columns.items()
        }
    )
    return export.Dataset.of("drawn", table, columns, {"note": "é"})


def expected(data: export.Dataset) -> list[dict[str, Any]]:
    return [row for batch in data.batches() for row in batch.to_pylist()]


def written(data: export.Dataset, file_format: str) -> bytes:
    return b"".join(export.stream(data, file_format))


def typed(row: dict[str, Any], read: Callable[[str, Any], Any]) -> dict[str, Any]:
    return {name: read(str(COLUMNS[name].type), value) for name, value in row.items()}


def from_text(kind: str, text: str) -> Any:
    """CSV knows text only; an empty cell is missing, or an empty text."""
    if not text:
        return None
    return {"double": float, "int64": int, "date32[day]": date.fromisoformat}.get(kind, str)(text)


def from_json_value(kind: str, value: Any) -> Any:
    return date.fromisoformat(value) if value is not None and kind == "date32[day]" else value


def from_cell(kind: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date()
    return unescape(value) if isinstance(value, str) and kind == "string" else value


def csv_rows(raw: bytes) -> list[dict[str, Any]]:
    lines = csv.DictReader(io.StringIO(raw.decode("utf-8"), newline=""))
    return [typed(line, from_text) for line in lines]


def csv_by_duckdb(raw: bytes) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        kinds = {n: {"double": "double", "int64": "bigint", "date32[day]": "date"} for n in COLUMNS}
        header = raw.split(b"\r\n", 1)[0].decode().split(",")
        types = {n: kinds[n].get(str(COLUMNS[n].type), "varchar") for n in header}
        found = connection.read_csv(
            io.BytesIO(raw), header=True, columns=types, auto_detect=False, quotechar='"', escapechar='"', sep=",",
            null_padding=False, strict_mode=False, parallel=False,
        )  # fmt: skip
        return [dict(zip(header, row, strict=True)) for row in found.fetchall()]


def xlsx_rows(raw: bytes) -> list[dict[str, Any]]:
    header, *lines = openpyxl.load_workbook(io.BytesIO(raw))["data"].iter_rows()
    for line in lines:
        assert all(each.data_type != "f" for each in line), "no cell is a formula"
    names = [each.value for each in header]
    return [typed(dict(zip(names, (each.value for each in line), strict=True)), from_cell) for line in lines]


def json_rows(raw: bytes) -> list[dict[str, Any]]:
    document = json.loads(raw)
    assert document["meta"] == {"note": "é"}
    return [typed(row, from_json_value) for row in document["data"]]


def ndjson_rows(raw: bytes) -> list[dict[str, Any]]:
    assert not raw or raw.endswith(b"\n")
    return [typed(json.loads(line), from_json_value) for line in raw.decode().split("\n")[:-1]]


def bundled(raw: bytes) -> list[dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return csv_rows(archive.read("data.csv"))


READERS: dict[str, Callable[[bytes], list[dict[str, Any]]]] = {
    "csv": csv_rows,
    "json": json_rows,
    "ndjson": ndjson_rows,
    "parquet": lambda raw: pq.read_table(io.BytesIO(raw)).to_pylist(),
    "xlsx": xlsx_rows,
    "bundle": bundled,
}


def test_every_format_is_read_back() -> None:
    assert list(READERS) == list(export.FORMATS)


@pytest.mark.parametrize("file_format", READERS)
@given(data=datasets())
@settings(max_examples=40, deadline=None)
def test_read_back_it_is_the_same(file_format: str, data: export.Dataset) -> None:
    found = READERS[file_format](written(data, file_format))
    wanted = expected(data)
    if file_format == "xlsx":  # a cell holds no control characters
        wanted = [{n: plain(v) if isinstance(v, str) else v for n, v in row.items()} for row in wanted]
        while wanted and not any(v not in (None, "") for v in wanted[-1].values()):
            wanted.pop()  # empty rows at the end are none
    if file_format in ("csv", "bundle", "xlsx"):  # whose readers do not tell an empty text from a missing one
        wanted = [{n: None if v == "" else v for n, v in row.items()} for row in wanted]
        found = [{n: None if v == "" else v for n, v in row.items()} for row in found]
    if file_format == "xlsx":
        found = found[: len(wanted)] if not any(any(row.values()) for row in found[len(wanted) :]) else found
    assert found == wanted
    assert all(list(row) == list(data.columns) for row in found)


@given(values=st.lists(FLOATS, min_size=1, max_size=20))
@settings(max_examples=40, deadline=None)
def test_numbers_of_csv_are_the_same_to_duckdb(values: list[float]) -> None:
    columns = {"value": COLUMNS["value"], "period_start": COLUMNS["period_start"]}
    days = [date(2024, 1, 1)] * len(values)
    data = export.Dataset.of("drawn", pa.table({"value": values, "period_start": days}), columns, {})
    assert [row["value"] for row in csv_by_duckdb(written(data, "csv"))] == values
