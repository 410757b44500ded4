"""The embedded data: what goes out of a store fills another one, and nothing that may not be passed on goes out."""

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from etl import embed, schema
from etl.catalog import Catalog
from etl.errors import StoreError
from etl.home import Home
from etl.runs import Run

NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone, as in the run history


@pytest.fixture(scope="module")
def rows(observations: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    months = pd.date_range("2025-01-01", periods=12, freq="MS")
    values = [20.0 + n for n in range(12)]
    pypl = observations(value=values, period_start=months)
    stars = observations(
        source="languish",
        indicator="languish_stars",
        technology=["rust", "all"],
        period_start="2025-01-01",
        frequency="Q",
        value=[5e5, 9e6],
        sample_size=[7, None],
        vintage="2025-07-09",
        payload="b" * 64,
    )
    text = dict.fromkeys(schema.CATEGORIES, "str")
    return schema.sort(schema.typed(pd.concat([pypl.astype(text), stars.astype(text)])))


@pytest.fixture
def filled(home: Home, rows: pd.DataFrame) -> Home:
    home.store.replace(rows)
    for source in ("pypl", "languish"):
        run = home.runs.begin(Run(source=source, trigger="manual", started=NOON))
        run.outcome, run.retrieved_on, run.catalogue = "updated", date(2026, 8, 31), "digest"
        home.runs.end(run)
    return home


def _same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    text = dict.fromkeys(schema.CATEGORIES, "str")
    pd.testing.assert_frame_equal(
        found.astype(text).reset_index(drop=True), expected.astype(text).reset_index(drop=True)
    )


def test_from_store_to_store(filled: Home, rows: pd.DataFrame, entries: Catalog, tmp_path: Path) -> None:
    manifest = embed.write(filled, entries, tmp_path / "embedded")
    assert manifest == json.loads((tmp_path / "embedded" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["rows"] == 14
    assert manifest["bytes"] == (tmp_path / "embedded" / "observations.parquet").stat().st_size
    about = {entry["source"]: entry for entry in manifest["sources"]}
    assert about["pypl"] == {
        "source": "pypl",
        "title": entries.source["pypl"].title,
        "publisher": "Pierre Carbonnelle",
        "licence": "CC-BY-3.0",
        "licence_title": "Creative Commons Attribution 3.0",
        "attribution": "PYPL, Pierre Carbonnelle",
        "citation": entries.source["pypl"].citation,
        "address": "https://pypl.github.io/PYPL.html",
        "first_period": "2025-01-01",
        "last_period": "2025-12-01",
        "vintage": "2026-02-01",
        "retrieved_on": "2026-08-31",
        "rows": 12,
        "catalogue": "digest",
        "payloads": ["a" * 64],
    }
    fresh = Home(tmp_path / "fresh")
    assert sorted(embed.first_start(fresh, entries, tmp_path / "embedded", NOON)) == ["languish", "pypl"]
    _same(fresh.store.read(), rows)
    assert fresh.store.version() == 0  # one commit for all
    assert fresh.runs.retrieved_on() == {"pypl": date(2026, 8, 31), "languish": date(2026, 8, 31)}
    report = fresh.runs.last_good()["pypl"]
    assert (report["trigger"], report["rows"], report["catalogue"]) == ("first start", 12, "digest")
    assert report["newest_period"] == "2025-12-01"


def test_second_start_does_nothing(filled: Home, entries: Catalog, tmp_path: Path) -> None:
    embed.write(filled, entries, tmp_path / "embedded")
    fresh = Home(tmp_path / "fresh")
    assert sorted(embed.first_start(fresh, entries, tmp_path / "embedded", NOON)) == ["languish", "pypl"]
    assert embed.first_start(fresh, entries, tmp_path / "embedded", NOON) == []
    assert fresh.store.version() == 0
    with FileLock(fresh.lock("pypl"), thread_local=False):  # nor does it wait for a refresh that is under way
        assert embed.first_start(fresh, entries, tmp_path / "embedded", NOON) == []


def test_only_missing_sources_are_filled(filled: Home, rows: pd.DataFrame, entries: Catalog, tmp_path: Path) -> None:
    embed.write(filled, entries, tmp_path / "embedded")
    newer = Home(tmp_path / "newer").make()
    own = rows[rows["source"] == "pypl"].assign(value=1.0)
    newer.store.replace(own, "pypl")
    assert embed.first_start(newer, entries, tmp_path / "embedded", NOON) == ["languish"]
    _same(newer.store.read(source=["pypl"]), own)
    _same(newer.store.read(source=["languish"]), rows[rows["source"] == "languish"])
    assert set(newer.runs.last_good()) == {"languish"}


def test_without_embedded_data_nothing_happens(home: Home, entries: Catalog, tmp_path: Path) -> None:
    assert embed.first_start(home, entries, tmp_path / "nowhere", NOON) == []
    assert not home.store.exists()


def test_source_that_the_catalogue_lost_is_left_out(filled: Home, entries: Catalog, tmp_path: Path) -> None:
    embed.write(filled, entries, tmp_path / "embedded")
    fewer = Catalog(
        technologies=entries.technologies,
        use_cases=entries.use_cases,
        sources=[entries.source["pypl"]],
        shared_breaks=[],
    )
    fresh = Home(tmp_path / "fresh")
    assert embed.first_start(fresh, fewer, tmp_path / "embedded", NOON) == ["pypl"]
    assert set(fresh.store.read()["source"]) == {"pypl"}


def _damage_bytes(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for position in range(40, len(content) // 2):
        content[position] ^= 0xFF
    file.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "manifest is cut": lambda f: (f / "manifest.json").write_text("{"),
    "manifest is a list": lambda f: (f / "manifest.json").write_text("[1]"),
    "manifest lacks its sources": lambda f: (f / "manifest.json").write_text("{}"),
    "manifest is not text": lambda f: (f / "manifest.json").write_bytes(b"\xff\xfe\x00"),
    "rows are cut": lambda f: (f / "observations.parquet").write_bytes((f / "observations.parquet").read_bytes()[:99]),
    "rows are empty": lambda f: (f / "observations.parquet").write_bytes(b""),
    "rows are garbled": lambda f: _damage_bytes(f / "observations.parquet"),
    "rows lack a column": lambda f: pq.write_table(
        pq.read_table(f / "observations.parquet").drop_columns("value"), f / "observations.parquet"
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_embedded_data(filled: Home, entries: Catalog, tmp_path: Path, damage: str) -> None:
    embed.write(filled, entries, tmp_path / "embedded")
    DAMAGES[damage](tmp_path / "embedded")
    fresh = Home(tmp_path / "fresh")
    with pytest.raises(StoreError, match=r"The embedded data in .* is damaged .*: reinstall the package\."):
        embed.first_start(fresh, entries, tmp_path / "embedded", NOON)
    assert not fresh.store.exists()
    with FileLock(fresh.lock("pypl"), timeout=0):
        pass  # the locks are free again


def test_too_large(
    filled: Home, rows: pd.DataFrame, entries: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "embedded"
    embed.write(filled, entries, folder)
    before = {f.name: f.read_bytes() for f in folder.iterdir()}
    filled.store.replace(rows.assign(value=1.0))
    monkeypatch.setattr(embed, "_MOST_BYTES", len(before["observations.parquet"]) - 1000)
    with pytest.raises(StoreError, match=r"The embedded data would take .* MB, more than .*: follow fewer"):
        embed.write(filled, entries, folder)
    assert {f.name: f.read_bytes() for f in folder.iterdir()} == before


def test_limit_is_12_megabytes() -> None:
    assert embed._MOST_BYTES == 12_000_000


def test_figures_that_may_not_be_passed_on_stay(filled: Home, entries: Catalog, tmp_path: Path) -> None:
    pypl = entries.source["pypl"]
    closed = pypl.model_copy(update={"licence": pypl.licence.model_copy(update={"redistribute": False})})
    changed = Catalog(
        technologies=entries.technologies,
        use_cases=entries.use_cases,
        sources=[closed, *(s for s in entries.sources if s.id != "pypl")],
        shared_breaks=entries.shared_breaks,
    )
    manifest = embed.write(filled, changed, tmp_path / "embedded")
    assert [entry["source"] for entry in manifest["sources"]] == ["languish"]
    written = pq.read_table(tmp_path / "embedded" / "observations.parquet")
    assert set(written["source"].to_pylist()) == {"languish"}
    assert written.schema.names == list(schema.COLUMNS)


def test_figures_of_technologies_that_are_gone_stay(filled: Home, entries: Catalog, tmp_path: Path) -> None:
    fewer = Catalog(
        technologies=[t for t in entries.technologies if t.id == "python"],
        use_cases=entries.use_cases,
        sources=entries.sources,
        shared_breaks=entries.shared_breaks,
    )
    embed.write(filled, fewer, tmp_path / "embedded")
    written = pq.read_table(tmp_path / "embedded" / "observations.parquet")
    assert set(written["technology"].to_pylist()) == {"python", "all"}  # the whole stays, shares need it


def test_nothing_to_write(home: Home, rows: pd.DataFrame, entries: Catalog, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store"):
        embed.write(home, entries, tmp_path / "embedded")
    home.store.replace(rows[:0])
    with pytest.raises(StoreError, match="holds no rows that may be passed on: run `stacktide refresh` first"):
        embed.write(home, entries, tmp_path / "embedded")
    assert not (tmp_path / "embedded").exists()
