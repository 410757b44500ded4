"""The sources on recorded files, over the whole mirror: every part is stored, and a second refresh changes nothing.

Of pypi_tools, which has a file for each package and month, one package is refreshed; all its files are read.
"""

import json
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from etl import catalog, http, pipeline, schema, sources
from etl.catalog import Catalog
from etl.home import Home
from etl.runs import Run

ELSEWHERE = {"innovation_graph", "languish", "pypl", "top_pypi"}  # tests/contract/test_upstream.py
MANY_PARTS = "pypi_tools"
DATA = Path(__file__).resolve().parents[2] / "data"
CATALOG, EMBEDDED = DATA / "catalog", DATA / "embedded"
NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def entries() -> Catalog:
    """The real catalogue with one package of the source of many parts."""
    found = catalog.load(CATALOG)
    settings = found.source[MANY_PARTS].settings
    settings["packages"] = dict([next(iter(settings["packages"].items()))])
    found.source[MANY_PARTS].expectations.__dict__["min_rows"] = 100
    return found


@pytest.fixture(scope="module")
def recorded(home: Home, entries: Catalog, upstream: Path) -> list[str]:
    job = pipeline.Refresh(home, entries, http.session(upstream), lambda: NOON)
    found = job.in_mirror([source.id for source in entries.sources if source.id not in ELSEWHERE])
    assert len(found) >= 25
    assert {s.id for s in entries.sources if s.access is None} <= {*found, *ELSEWHERE}
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home")).make()


@pytest.fixture(scope="module")
def runs(home: Home, entries: Catalog, upstream: Path, recorded: list[str]) -> list[Run]:
    return pipeline.Refresh(home, entries, http.session(upstream), lambda: NOON).all(recorded)


def test_every_part_is_stored(runs: list[Run], entries: Catalog) -> None:
    assert {run.source: (run.outcome, run.error) for run in runs} == {run.source: ("updated", None) for run in runs}
    for run in runs:
        assert run.failed_parts == []
        assert run.rows_added == run.rows >= entries.source[run.source].expectations.min_rows


def test_every_indicator_has_figures(runs: list[Run], home: Home, entries: Catalog) -> None:
    """A mirror holds but some answers of an API; of what lies in files it holds everything."""
    carried = set(home.store.summary()["indicator"])
    whole = [entries.source[run.source] for run in runs if entries.source[run.source].access is None]
    assert {i.id for source in whole for i in source.indicators} <= carried
    for run in runs:
        assert carried & {i.id for i in entries.source[run.source].indicators}


def test_refresh_again_changes_nothing(runs: list[Run], home: Home, entries: Catalog, upstream: Path) -> None:
    version = home.store.version()
    again = [run.source for run in runs if run.source != MANY_PARTS]
    for run in pipeline.Refresh(home, entries, http.session(upstream), lambda: NOON).all(again):
        assert (run.outcome, run.error) == ("unchanged", None)
        assert (run.rows_added, run.rows_changed, run.rows_removed) == (0, 0, 0)
    assert home.store.version() == version


def test_embedded_data_is_what_the_mirror_says(runs: list[Run], home: Home, entries: Catalog) -> None:
    manifest = json.loads((EMBEDDED / "manifest.json").read_text(encoding="utf-8"))
    about = {entry["source"]: entry for entry in manifest["sources"]}
    embedded = schema.typed(pq.read_table(EMBEDDED / "observations.parquet").to_pandas())
    text = dict.fromkeys(schema.CATEGORIES, "str")
    compared = 0
    for run in runs:
        if not entries.source[run.source].passed_on:
            assert run.source not in about
            continue
        ours = home.store.read(source=[run.source]).astype(text).reset_index(drop=True)
        theirs = schema.sort(embedded[embedded["source"] == run.source]).astype(text)
        if run.source == MANY_PARTS:
            theirs = theirs[theirs["technology"].isin(ours["technology"])].reset_index(drop=True)
        else:
            assert about[run.source]["catalogue"] == run.catalogue, "run `stacktide refresh` and `stacktide embed`"
        columns = [column for column in schema.COLUMNS if column != "status"]
        pd.testing.assert_frame_equal(theirs[columns], ours[columns])
        compared += 1
    assert compared >= 15


def test_every_file_of_many_parts_is_embedded(upstream: Path) -> None:
    entry = catalog.load(CATALOG).source[MANY_PARTS]
    client = http.Client(http.session(upstream), None, None, NOON.date())
    read: dict[tuple[str, pd.Timestamp], float] = {}
    for request in sources.module(entry).requests(entry, None, NOON.date()):
        if request.optional:
            continue
        (row,) = sources.module(entry).parse(client.fetch(request), entry).to_dict("records")
        read[str(request.scope["technology"]), pd.Timestamp(row["period_start"])] = row["value"]
    embedded = pq.read_table(EMBEDDED / "observations.parquet", filters=[("source", "=", MANY_PARTS)]).to_pandas()
    keys = zip(embedded["technology"].astype("str"), pd.to_datetime(embedded["period_start"]), strict=True)
    assert read == dict(zip(keys, embedded["value"], strict=True))
    assert len(read) > 600
