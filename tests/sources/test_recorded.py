"""Recorded payloads against golden results: one folder per source, one YAML file per case.

A case says in words what is odd (`what`), which `payload` is parsed as which `part` with which `scope`, what is done to
the bytes first (`replace`, `keep_bytes`, `before`: oddities need no file of their own), and what must come of
it: `expected`, a CSV file of conformed rows beside it, with the names that no alias covers under `unknown`; or `error`,
a piece of the sentence. STACKTIDE_UPDATE_GOLDEN=1 rewrites the CSV files: read the difference before you keep it.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from etl import sources
from etl.catalog import Catalog
from etl.conform import Conformed, conform
from etl.errors import CheckError, ParseError
from etl.http import Payload, Request

HERE = Path(__file__).resolve().parent
CASES = sorted(HERE.glob("*/*.yml"))
COLUMNS = ["indicator", "technology", "region", "period_start", "frequency", "value", "status"]
FIELDS = {
    "what",
    "payload",
    "part",
    "scope",
    "published",
    "replace",
    "keep_bytes",
    "before",
    "expected",
    "unknown",
    "error",
}


def _bytes(case: dict[str, Any], folder: Path) -> bytes:
    content = (folder / case["payload"]).read_bytes()
    for old, new in case.get("replace", {}).items():
        assert old.encode() in content, f"the payload does not hold {old!r}: the case would test nothing"
        content = content.replace(old.encode(), new.encode())
    return bytes(case.get("before", [])) + content[: case.get("keep_bytes")]


def _result(case: dict[str, Any], folder: Path, entries: Catalog) -> Conformed:
    entry = entries.source[folder.name]
    content = _bytes(case, folder)
    request = Request("https://example.org/", part=case["part"], scope=case["scope"])
    payload = Payload(request, content, hashlib.sha256(content).hexdigest(), case["published"], case["published"])
    conformed = conform(sources.module(entry).parse(payload, entry), payload, entry, entries)
    assert (conformed.rows["source"] == entry.id).all()
    assert (conformed.rows["payload"] == payload.sha256).all()
    assert (conformed.rows["vintage"] == pd.Timestamp(case["published"])).all()
    return conformed


def _text(rows: pd.DataFrame) -> str:
    shown = rows[COLUMNS].assign(
        period_start=rows["period_start"].dt.strftime("%Y-%m-%d"), value=[f"{value:.10g}" for value in rows["value"]]
    )
    return shown.to_csv(index=False, lineterminator="\n")


@pytest.mark.parametrize("file", CASES, ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_recorded(file: Path, entries: Catalog) -> None:
    case = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert set(case) <= FIELDS, set(case) - FIELDS
    assert ("expected" in case) != ("error" in case)
    if "error" in case:
        with pytest.raises((ParseError, CheckError)) as caught:
            _result(case, file.parent, entries)
        assert case["error"] in str(caught.value)
        assert str(caught.value).startswith(file.parent.name)
        assert "\n" not in str(caught.value)
        return
    found = _result(case, file.parent, entries)
    golden = file.parent / case["expected"]
    if os.environ.get("STACKTIDE_UPDATE_GOLDEN") == "1":
        golden.write_text(_text(found.rows), encoding="utf-8")
    assert _text(found.rows) == golden.read_text(encoding="utf-8")
    assert sorted(found.unknown["name"].unique()) == sorted(case.get("unknown", []))


def test_every_source_has_recordings(entries: Catalog) -> None:
    folders = {file.parent.name for file in CASES}
    assert len(folders) >= 4
    assert folders == set(entries.source)
    for folder in folders:
        cases = [yaml.safe_load(f.read_text(encoding="utf-8")) for f in CASES if f.parent.name == folder]
        assert any("expected" in case for case in cases), f"{folder} has no golden result"
        assert any("error" in case for case in cases), f"{folder} has no refused payload"


def test_no_file_lies_about_unused() -> None:
    for folder in {file.parent for file in CASES}:
        cases = [yaml.safe_load(f.read_text(encoding="utf-8")) for f in folder.glob("*.yml")]
        used = {case[key] for case in cases for key in ("payload", "expected") if key in case}
        assert used == {f.name for f in folder.iterdir() if f.suffix != ".yml"}
