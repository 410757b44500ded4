"""Files: what they say about themselves, and what they refuse."""

import io
import json
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from dashboard import export
from dashboard.data import Data
from etl.catalog import Catalog
from etl.errors import UsageError

DAYS = {"graph": date(2026, 8, 2)}
COLUMNS = [
    *("source", "indicator", "technology", "technology_name", "kind", "region", "segment", "period_start", "frequency"),
    *("value", "unit", "sample_size", "status", "vintage", "payload", "construct", "licence", "attribution"),
    "retrieved_on",
]


@pytest.fixture
def frame(data: Data, small: Catalog) -> pd.DataFrame:
    return export.joined(data.home.store.read(), small, DAYS)


@pytest.fixture
def about(data: Data, small: Catalog) -> dict[str, object]:
    rows = data.home.store.read()
    wanted = {"indicator": ["stars"], "from": date(2024, 1, 1)}
    return export.meta(rows, small, DAYS, selection=wanted, store_version=3, exported_on=date(2026, 9, 1))


def test_columns_and_joins(frame: pd.DataFrame) -> None:
    assert list(frame.columns) == COLUMNS
    python = frame[(frame["technology"] == "python") & (frame["indicator"] == "pushers")].iloc[0]
    assert (python["technology_name"], python["kind"], python["unit"]) == ("Python", "language", "people")
    assert (python["licence"], python["retrieved_on"]) == ("CC0", pd.Timestamp("2026-08-02"))
    whole = frame[frame["technology"] == "all"].iloc[0]
    assert whole["technology_name"] == "All technologies"
    assert pd.isna(whole["kind"])


def test_what_the_catalogue_no_longer_names_stays(data: Data, small: Catalog) -> None:
    rows = data.home.store.read(technology=["python"])
    rows["technology"] = "forgotten"
    found = export.joined(rows, small, {})
    assert len(found) == len(rows)
    assert found["technology_name"].isna().all()
    assert export.table(found).num_rows == len(rows)


def test_meta_tells_sources_breaks_and_citation(about: dict[str, object]) -> None:
    assert json.loads(json.dumps(about, allow_nan=False)) == about
    assert about["selection"] == {"indicator": ["stars"], "from": "2024-01-01"}
    assert [b["date"] for b in about["breaks"]] == ["2025-01-01"]  # type: ignore[index, attr-defined]
    assert {s["id"]: s["retrieved_on"] for s in about["sources"]}["graph"] == "2026-08-02"  # type: ignore[attr-defined]
    assert "retrieved on 2026-08-02" in str(about["citation"])
    assert "Namibia" in str(about["note"])
    assert {i["id"] for i in about["indicators"]} == {"pushers", "developers", "stars", "searched"}  # type: ignore[attr-defined]


def test_csv_is_rfc_4180_without_comments(frame: pd.DataFrame, tmp_path: Path) -> None:
    export.write(frame, {}, "csv", tmp_path / "a.csv")
    raw = (tmp_path / "a.csv").read_bytes()
    assert raw.startswith(",".join(COLUMNS).encode() + b"\r\n")
    assert raw.count(b"\r\n") == raw.count(b"\n") == len(frame) + 1
    read = pd.read_csv(tmp_path / "a.csv", keep_default_na=False, na_values={"value": [""]})
    assert "NA" in set(read["region"])
    assert "2024-01-01" in set(read["period_start"])


def test_xlsx_has_real_dates_and_no_formulas(frame: pd.DataFrame, about: dict[str, object], tmp_path: Path) -> None:
    frame["technology_name"] = frame["technology_name"].astype("object")
    frame.loc[0, "technology_name"] = "@SUM(1)\x01\x0b"
    export.write(frame, about, "xlsx", tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet = book["data"]
    assert sheet.freeze_panes == "A2"
    header = [cell.value for cell in sheet[1]]
    assert header == COLUMNS
    first = dict(zip(header, sheet[2], strict=True))
    assert first["period_start"].is_date
    assert first["value"].data_type == "n"
    assert first["attribution"].data_type == "s"
    assert first["attribution"].value.startswith("=")
    assert first["technology_name"].data_type == "s"
    assert first["technology_name"].value.startswith("@SUM(1)")
    told = {row[0]: row[1] for row in book["about"].iter_rows(values_only=True)}
    assert told["store_version"] == "3"
    assert told["breaks 1 what"] == "Counted anew"


def test_parquet_carries_its_meta(frame: pd.DataFrame, about: dict[str, object], tmp_path: Path) -> None:
    export.write(frame, about, "parquet", tmp_path / "a.parquet")
    found = pq.read_schema(tmp_path / "a.parquet")
    assert json.loads(found.metadata[b"stacktide"]) == about
    assert str(found.field("period_start").type) == "date32[day]"


@pytest.mark.parametrize("file_format", export.FORMATS)
def test_no_rows_are_a_file_too(frame: pd.DataFrame, about: dict[str, object], file_format: str) -> None:
    target = io.BytesIO()
    export.write(frame.iloc[:0], about, file_format, target)
    assert target.getvalue()


def test_too_many_rows_for_a_sheet_are_refused_before_work(
    frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export.xlsx, "MOST_ROWS", 3)
    with pytest.raises(UsageError, match="CSV or Parquet"):
        export.write(frame, {}, "xlsx", io.BytesIO())
    with pytest.raises(UsageError, match="csv, json, parquet, xlsx"):
        export.write(frame, {}, "pdf", io.BytesIO())
