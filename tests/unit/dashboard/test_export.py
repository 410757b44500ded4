"""Files: what they say about themselves, how they are cut and sorted, and what they refuse."""

import csv
import importlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import bibtexparser
import frictionless
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboard import export
from dashboard.analysis.breaks import concerning, stretches
from dashboard.data import Data
from dashboard.export.citation import escaped
from dashboard.selection import Filter, WrongParameter, parse, read_filter
from dashboard.views import addressed, series
from etl.catalog import Catalog
from etl.commands.export import Format
from etl.errors import NotKeptError, StoreError, UsageError

DAY = date(2026, 9, 1)
ORIGIN = "https://tide.example"


@pytest.fixture
def made(data: Data) -> Callable[..., export.Dataset]:
    """Make the data set of a query: `made("indicator=stars")`."""
    return lambda query="": export.observations(data, read_filter(query, data.catalog), DAY, ORIGIN)


def content(data: export.Dataset, file_format: str, **how: Any) -> bytes:
    return b"".join(export.stream(data, file_format, **how))


def rows(data: export.Dataset) -> list[dict[str, Any]]:
    return [row for batch in data.batches() for row in batch.to_pylist()]


def test_the_command_line_has_every_format() -> None:
    assert [each.value for each in Format] == list(export.FORMATS)


def test_columns_and_joins(made: Callable[..., export.Dataset]) -> None:
    found = rows(made())
    assert list(found[0]) == list(export.COLUMNS)
    python = next(row for row in found if row["technology"] == "python" and row["indicator"] == "pushers")
    assert (python["technology_name"], python["kind"], python["unit"]) == ("Python", "language", "people")
    assert (python["licence"], python["retrieved_on"]) == ("CC0", date(2026, 8, 2))
    whole = next(row for row in found if row["technology"] == "all")
    assert (whole["technology_name"], whole["kind"]) == ("All technologies", None)


def test_rows_stand_in_the_order_of_the_store_however_they_are_cut(
    data: Data, made: Callable[..., export.Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = made()
    assert [row["value"] for row in rows(whole)] == list(data.home.store.read()["value"])
    assert len(whole.parts) == 3
    monkeypatch.setattr(importlib.import_module("dashboard.export.observations"), "_PART", 4)
    cut = made()
    assert len(cut.parts) > 8
    every = rows(whole)
    assert rows(cut) == every
    for offset in (0, 3, 4, 10, len(every) - 1, len(every), len(every) + 3):
        for limit in (None, 0, 1, 7, 100):
            end = None if limit is None else offset + limit
            narrowed = cut.narrowed(limit=limit, offset=offset)
            assert rows(narrowed) == every[offset:end]
            assert narrowed.count() == len(every[offset:end])


def test_narrowed(made: Callable[..., export.Dataset]) -> None:
    data = made("indicator=stars").narrowed(["technology", "value"], ["-value", "technology"], 3)
    assert rows(data)[0] == {"technology": "all", "value": 400.0}
    assert data.about["rows"] == 3
    assert data.about["link"].endswith("?indicator=stars&fields=technology,value&sort=-value,technology&limit=3")
    values = [row["value"] for row in rows(made().narrowed(sort=["value"]))]
    assert values == sorted(values)
    with pytest.raises(WrongParameter, match="did you mean `value`") as caught:
        made().narrowed(["valu"])
    assert caught.value.field == "fields"
    with pytest.raises(WrongParameter, match="There is no column") as caught:
        made().narrowed(sort=['value" --'])
    assert caught.value.field == "sort"


def test_what_the_catalogue_no_longer_names_stays(data: Data, rows_of_python: pd.DataFrame) -> None:
    data.home.store.replace(rows_of_python.assign(technology="forgotten"), source="graph")
    found = rows(export.observations(data, Filter(source=("graph",)), DAY, ORIGIN))
    assert {row["technology"] for row in found} == {"forgotten"}
    assert {row["technology_name"] for row in found} == {None}


@pytest.fixture
def rows_of_python(data: Data) -> pd.DataFrame:
    return data.home.store.read(technology=["python"], source=["graph"])


def test_about_tells_sources_breaks_and_citation(made: Callable[..., export.Dataset]) -> None:
    about = dict(made("indicator=stars&from=2024-01-01").about)
    assert json.loads(json.dumps(about, allow_nan=False)) == about
    assert about["selection"] == {"indicator": ["stars"], "from": "2024-01-01"}
    assert about["link"] == f"{ORIGIN}/api/v1/observations?indicator=stars&from=2024-01-01"
    assert [b["date"] for b in about["breaks"]] == ["2025-01-01"]
    assert {s["id"]: s["retrieved_on"] for s in about["sources"]} == {"stars_index": "2026-08-02"}
    assert "retrieved on 2026-08-02" in about["citation"]
    assert "Namibia" in about["note"]
    assert [i["id"] for i in about["indicators"]] == ["stars"]
    assert not made("indicator=stars&to=2024-07-01").about["breaks"]


def test_breaks_are_flagged_as_charts_cut(data: Data, made: Callable[..., export.Dataset], small: Catalog) -> None:
    found = [row for row in rows(made("indicator=stars")) if row["technology"] == "python"]
    periods = pd.DatetimeIndex([row["period_start"] for row in found])
    cut = stretches(periods, concerning(small.breaks("stars_index"), "stars", "WLD"), "Q")
    assert [row["stretch"] for row in found] == list(cut) == [0, 0, 0, 0, 1, 1]
    assert [row["break"] for row in found] == [None] * 4 + [date(2025, 1, 1), None]
    later = [row for row in rows(made("indicator=stars&from=2025-01-01")) if row["technology"] == "python"]
    assert [row["stretch"] for row in later] == [1, 1]
    view = series(data, parse("indicator=stars&technology=python", small), DAY, ORIGIN)
    assert [row["stretch"] for row in rows(view)] == [0, 0, 0, 0, 1, 1]
    assert {row["stretch"] for row in rows(made("source=graph,searches"))} == {0}


def test_states_of_the_store(data: Data, made: Callable[..., export.Dataset], rows_of_python: pd.DataFrame) -> None:
    before = rows(made("source=graph"))
    data.home.store.replace(rows_of_python, source="graph")
    assert rows(made("source=graph&version=0")) == before
    assert len(rows(made("source=graph"))) < len(before)
    with pytest.raises(UsageError, match="no version 7"):
        made("version=7")


def test_a_version_that_is_no_longer_kept(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    data.home.store.replace(data.home.store.read())
    kept = data.home.store.kept()
    monkeypatch.setattr(type(data.home.store), "kept", lambda _: kept[:1])
    with pytest.raises(NotKeptError, match="no longer kept"):
        export.observations(data, Filter(version=0), DAY, ORIGIN)


def test_a_file_that_vanishes_meanwhile_is_told_and_no_whole_file(
    data: Data, made: Callable[..., export.Dataset], tmp_path: Path
) -> None:
    found = made()
    assert data.home.store.folder is not None  # type: ignore[attr-defined]
    for file in data.home.store.folder.rglob("*.parquet"):  # type: ignore[attr-defined]
        file.unlink()
    for file_format in export.FORMATS:
        with pytest.raises(StoreError, match="damaged"):
            export.write(found, file_format, tmp_path / "file")


@pytest.mark.parametrize("query", ["region=XX", "segment=women"])
def test_places_that_the_store_does_not_hold(made: Callable[..., export.Dataset], query: str) -> None:
    with pytest.raises(WrongParameter, match="choose one of"):
        made(query)


def test_csv_is_rfc_4180_without_comments(made: Callable[..., export.Dataset]) -> None:
    data = made()
    raw = content(data, "csv")
    assert raw.startswith(",".join(export.COLUMNS).encode() + b"\r\n")
    assert raw.count(b"\r\n") == raw.count(b"\n") == data.count() + 1
    assert b'"' not in raw
    read = pd.read_csv(io.BytesIO(raw), keep_default_na=False, na_values={"value": [""]})
    assert "NA" in set(read["region"])
    assert "2024-01-01" in set(read["period_start"])


NASTY = [
    *("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\tx", "\rx", "\uff1dx", "plain", "", None, "a=b", "NA"),
    *(
        'say "hi"',
        "two\r\nlines",
        "three\nlines",
        "c\x00d\x01e\x1f",
        "_x000D_",
        "\U0001f600 é",
        "x" * 40_000,
        "\x7f\ufffe",
    ),
]


@pytest.fixture
def nasty() -> export.Dataset:
    """Every text that has ever broken a file, beside numbers and days."""
    count = len(NASTY)
    table = pa.table(
        {
            "text": NASTY,
            "number": [-1.5, 1e-300, 0.1 + 0.2] + [None] * (count - 3),
            "whole": [-(2**53), 2**63 - 1] + [0] * (count - 2),
            "day": [date(1899, 12, 31), date(1900, 1, 1)] + [None] * (count - 2),
            "words": [["a", "b"], [], None] + [["=x"]] * (count - 3),
        }
    )
    columns = {f.name: export.Column(f.type, f"The {f.name}.") for f in table.schema}
    columns["day"] = export.Column(pa.date32(), "The day.")
    return export.Dataset.of("nasty", table, columns, {"exported_on": "2026-09-01"})


def test_csv_for_spreadsheets_disarms_text_and_nothing_else(nasty: export.Dataset) -> None:
    plain = list(csv.DictReader(io.StringIO(content(nasty, "csv").decode(), newline="")))
    assert [line["text"] or None for line in plain] == [text or None for text in NASTY]
    raw = content(nasty, "csv", spreadsheet=True)
    assert raw.startswith(b"\xef\xbb\xbf")
    found = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert [line["text"] for line in found[:7]] == [f"'{text}" for text in NASTY[:7]]
    assert [line["text"] for line in found[7:]] == [line["text"] for line in plain[7:]]
    assert found[5]["words"] == "'=x"
    assert [line["number"] for line in found[:3]] == ["-1.5", "1e-300", "0.30000000000000004"]
    assert [line["number"] for line in found] == [line["number"] for line in plain]


def test_xlsx_holds_any_text(nasty: export.Dataset) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(content(nasty, "xlsx")))["data"]
    _, *lines = sheet.iter_rows()
    assert all(cell.data_type != "f" for line in lines for cell in line)
    found = dict(zip(NASTY, (line[0].value for line in lines), strict=True))
    assert found["=cmd|' /C calc'!A0"] == "=cmd|' /C calc'!A0"
    assert found["two\r\nlines"] == "two\nlines"
    assert found["c\x00d\x01e\x1f"] == "cde"
    assert openpyxl.utils.escape.unescape(found["_x000D_"]) == "_x000D_"
    assert found["x" * 40_000] == "x" * 32_767
    assert [line[3].value for line in lines[:1]] == ["1899-12-31"]


def test_xlsx_has_every_sheet_real_dates_and_a_frozen_header(made: Callable[..., export.Dataset]) -> None:
    data = made()
    book = openpyxl.load_workbook(io.BytesIO(content(data, "xlsx")))
    assert book.sheetnames == ["data", "technologies", "indicators", "sources", "breaks", "about"]
    sheet = book["data"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:U{data.count() + 1}"
    header = [cell.value for cell in sheet[1]]
    assert header == list(export.COLUMNS)
    first = dict(zip(header, sheet[2], strict=True))
    assert first["period_start"].is_date
    assert first["value"].data_type == "n"
    assert (first["attribution"].data_type, first["attribution"].value) == ("s", "=Somebody of graph")
    told = {row[0]: row[1] for row in book["about"].iter_rows(values_only=True)}
    assert told["store_version"] == "0"
    assert told["breaks 1 what"] == "Counted anew"
    assert str(told["bibtex"]).startswith("@misc{")
    assert [cell.value for cell in book["sources"][1]][:4] == ["source", "title", "publisher", "homepage"]


def test_progress_reaches_the_end(made: Callable[..., export.Dataset]) -> None:
    for file_format in ("xlsx", "bundle"):
        told: list[tuple[int, int]] = []
        data = made()
        export.write(data, file_format, io.BytesIO(), progress=lambda done, all_rows: told.append((done, all_rows)))  # noqa: B023
        assert told[-1] == (data.count(), data.count())


def test_parquet_says_what_it_is_in_its_schema(made: Callable[..., export.Dataset]) -> None:
    data = made()
    found = pq.read_schema(io.BytesIO(content(data, "parquet")))
    assert json.loads(found.metadata[b"stacktide"]) == data.about
    assert str(found.field("period_start").type) == "date32[day]"
    assert found.field("region").metadata[b"description"].startswith(b"ISO 3166")


def test_a_bundle_is_a_valid_data_package(made: Callable[..., export.Dataset], tmp_path: Path) -> None:
    data = made()
    file = tmp_path / "bundle.zip"
    export.write(data, "bundle", file)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        archive.extractall(tmp_path / "out")
        assert archive.read("data.csv") == content(data, "csv")
        read_me = archive.read("README.md").decode()
    tables = {"data", "technologies", "indicators", "sources", "breaks"}
    assert names == {*(f"{t}.csv" for t in tables), "datapackage.json", "CITATION.bib", "README.md"}
    report = frictionless.validate(str(tmp_path / "out" / "datapackage.json"), type="package")
    assert report.valid, report.flatten(["type", "message"])
    assert {task.name for task in report.tasks} == tables
    assert "keep_default_na=False" in read_me
    (tmp_path / "out" / "data.csv").write_bytes(content(data.narrowed(limit=5), "csv"))
    assert not frictionless.validate(str(tmp_path / "out" / "datapackage.json"), type="package").valid


def test_bibtex_is_read_by_others(made: Callable[..., export.Dataset]) -> None:
    library = bibtexparser.parse_string(made().about["bibtex"])
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == [
        *("stacktide-graph", "stacktide-searches", "stacktide-stars_index", "stacktide"),
    ]
    ours = library.entries_dict["stacktide"].fields_dict
    assert ours["url"].value == f"{ORIGIN}/api/v1/observations"
    assert ours["note"].value == "Store version 0"
    assert escaped("50 % of {R&D}_\\") == r"50 \% of \textbraceleft{}R\&D\textbraceright{}\_\textbackslash{}"


def test_csvw_describes_every_column(made: Callable[..., export.Dataset]) -> None:
    found = export.csvw(made("indicator=stars"), "stars.csv")
    assert found["@context"][0] == "http://www.w3.org/ns/csvw"
    columns = {column["name"]: column["datatype"] for column in found["tableSchema"]["columns"]}
    assert list(columns) == list(export.COLUMNS)
    assert (columns["value"], columns["period_start"], columns["sample_size"]) == ("double", "date", "long")
    assert found["tableSchema"]["primaryKey"][0] == "source"


@pytest.mark.parametrize("file_format", export.FORMATS)
def test_no_rows_are_a_file_too(made: Callable[..., export.Dataset], file_format: str) -> None:
    data = made("technology=excel&use_case=web")
    assert data.count() == 0
    raw = content(data, file_format)
    if file_format == "json":
        assert json.loads(raw)["data"] == []
    elif file_format == "parquet":
        assert pq.read_table(io.BytesIO(raw)).schema.names == list(export.COLUMNS)
    elif file_format == "csv":
        assert raw.count(b"\n") == 1
    elif file_format == "ndjson":
        assert raw == b""


@pytest.mark.parametrize("file_format", export.FORMATS)
def test_the_same_export_is_the_same_bytes(made: Callable[..., export.Dataset], file_format: str) -> None:
    assert content(made("source=graph"), file_format) == content(made("source=graph"), file_format)


@pytest.mark.parametrize("file_format", export.FORMATS)
def test_a_reader_that_goes_away_ends_the_reading(
    made: Callable[..., export.Dataset], file_format: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    data = made()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    parts = export.stream(data, file_format)
    next(parts)
    assert isinstance(parts, Iterator)
    parts.close()  # type: ignore[attr-defined]
    assert list(folder.iterdir()) == []


def test_too_many_rows_for_a_sheet_are_refused_before_work(
    made: Callable[..., export.Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.export.xlsx.MOST_ROWS", 3)
    with pytest.raises(UsageError, match="CSV or Parquet"):
        export.stream(made(), "xlsx")
    with pytest.raises(UsageError, match="csv, json, ndjson, parquet, xlsx, bundle"):
        export.write(made(), "pdf", io.BytesIO())
    assert content(made().narrowed(limit=3), "xlsx")


@pytest.mark.parametrize(
    ("address", "start"),
    [
        ("https://a.example/?indicator=stars&tab=table", "https://a.example/trends?indicator=stars"),
        ("indicator=stars", f"{ORIGIN}/trends?indicator=stars"),
        ("/?indicator=stars", f"{ORIGIN}/trends?indicator=stars"),
        ("/trends?indicator=stars", f"{ORIGIN}/trends?indicator=stars"),
        ("/compare?indicator=stars&technology=python,go", f"{ORIGIN}/trends?technology=python,go&indicator=stars"),
        ("/technology/python?indicator=stars", f"{ORIGIN}/trends?technology=python&indicator=stars"),
        ("/technology/python?indicator=stars&technology=go", f"{ORIGIN}/trends?technology=go&indicator=stars"),
        (
            "http://a.example:1/api/v1/observations.csv?indicator=stars&limit=2",
            "http://a.example:1/api/v1/observations?",
        ),
        ("/api/v1/series?indicator=stars", f"{ORIGIN}/trends?indicator=stars"),
    ],
)
def test_addresses(data: Data, address: str, start: str) -> None:
    found = addressed(data, address, DAY, ORIGIN)
    assert found.about["link"].startswith(start)
    assert ("shown_value" in found.columns) == ("observations" not in address)
    assert found.count() == (2 if "limit" in address else found.count())


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("python", "`python` is no selection: paste an address"),
        ("ftp://a.example/?indicator=stars", "no address of a dashboard"),
        ("https://a.example/sources?x=1", "stands for no rows"),
        ("/technology/pythom?indicator=stars", "There is no technology `pythom`"),
        ("/technology/python/rust?indicator=stars", "stands for no rows"),
        ("/nowhere?indicator=stars", "stands for no rows"),
        ("/api/v1/observations.pdf?indicator=stars", "stands for no rows"),
        ("http://[a/?x=1", "is no address"),
        ("indicator=star", "did you mean `stars`?"),
        ("/api/v1/observations?indicater=stars", "There is no parameter `indicater`: did you mean `indicator`?"),
        ("/api/v1/observations?limit=-1", "`limit` is `-1`: it must be a whole number"),
    ],
)
def test_addresses_that_stand_for_nothing(data: Data, address: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        addressed(data, address, DAY, ORIGIN)
    assert told in str(caught.value)
