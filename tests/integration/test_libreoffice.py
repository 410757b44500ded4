"""An XLSX in a spreadsheet: LibreOffice opens it as it is, and shows the same values."""

import csv
import os
import shutil
import subprocess
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest

from dashboard import export

pytestmark = pytest.mark.slow

TEXTS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    'say "hi"',
    "two\nlines",
    "_x000D_",
    "c\x01d",
    "\U0001f600 Å",
    "=cmd|' /C calc'!A0",
]
COUNT = 40


@pytest.fixture(scope="module")
def soffice() -> str:
    """LibreOffice; in continuous integration it must be there."""
    found = shutil.which("soffice")
    if found is None:
        absent = "no LibreOffice: install Debian's package `libreoffice-calc-nogui`"
        if os.environ.get("CI") == "true":
            pytest.fail(absent)
        pytest.skip(absent)
    return found


@pytest.fixture
def data() -> export.Dataset:
    """Forty technologies with every kind of text, number and day."""
    values = [0.1 + 0.2, -1.5, 1e15 + 0.5, 1 / 3, 0.0, 100.0, 1e-7, 12345.678, 2.0**40, -0.0]
    table = pa.table(
        {
            "technology": [f"technology-{n}" for n in range(COUNT)],
            "technology_name": [TEXTS[n % len(TEXTS)] for n in range(COUNT)],
            "value": [values[n % len(values)] for n in range(COUNT)],
            "sample_size": [n if n % 3 else None for n in range(COUNT)],
            "period_start": [date(2024 + n % 3, 1 + n % 12, 1) for n in range(COUNT)],
        }
    )
    columns = {name: export.COLUMNS[name] for name in table.column_names}
    companions = {"technologies": pa.table({"technology": ["=a"], "use_cases": [["x", "y"]]})}
    return export.Dataset.of("forty", table, columns, {"exported_on": "2026-09-01", "citation": "=1"}, companions)


def test_libreoffice_shows_what_was_written(soffice: str, data: export.Dataset, tmp_path: Path) -> None:
    file = tmp_path / "forty.xlsx"
    export.write(data, "xlsx", file)
    subprocess.run(
        [
            *(soffice, f"-env:UserInstallation=file://{tmp_path / 'profile'}", "--headless", "--norestore"),
            # comma, quotes, UTF-8, from line 1, English, all text quoted, numbers in full, first sheet
            *("--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,true,false,true,false,false,1"),
            *("--outdir", str(tmp_path / "out"), str(file)),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (made,) = (tmp_path / "out").glob("*.csv")
    with made.open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines))
    wanted = [row for batch in data.batches() for row in batch.to_pylist()]
    assert len(found) == COUNT
    for shown, row in zip(found, wanted, strict=True):
        assert shown["technology_name"].replace("\r\n", "\n") == row["technology_name"].replace("\x01", "")
        assert float(shown["value"]) == pytest.approx(row["value"], rel=1e-14)
        assert shown["sample_size"] == ("" if row["sample_size"] is None else str(row["sample_size"]))
        assert shown["period_start"] == row["period_start"].isoformat()


def test_the_xml_of_every_part_is_well_formed(data: export.Dataset, tmp_path: Path) -> None:
    file = tmp_path / "forty.xlsx"
    export.write(data, "xlsx", file)
    with zipfile.ZipFile(file) as archive:
        parts = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
        assert "xl/worksheets/sheet3.xml" in parts
        for name in parts:
            ET.fromstring(archive.read(name))
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}, "not the time of writing"
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
