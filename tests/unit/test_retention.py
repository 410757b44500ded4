"""Retention: old states are withdrawn, their files go a day later, and nothing that is needed ever does."""

import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from etl import locks, schema, store, vintages
from etl.errors import LockedError, StoreError, UsageError
from etl.home import Home
from etl.retention import Compaction, compact, daily
from etl.store import Store

Rows = Callable[..., pd.DataFrame]
Aged = Callable[..., Store]
NOW = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
AGES = [
    timedelta(days=400),
    timedelta(days=40),
    timedelta(days=3),
    timedelta(hours=47),
    timedelta(hours=30),
    timedelta(0),
]
"""How long ago the versions were committed."""


@pytest.fixture
def aged(home: Home, observations: Rows, committed_at: Aged) -> Store:
    """Six versions of one source, with the number of the version as value; version 0 has another source, too."""
    both = pd.concat([observations(value=[0.0]), observations(source="languish", value=[7.0])], ignore_index=True)
    home.store.replace(both)
    for version in range(1, len(AGES)):
        home.store.replace(observations(value=[float(version)]), "pypl", str(version))
    return committed_at(home.store, {version: NOW - age for version, age in enumerate(AGES)})


def compacted(home: Home, keep_days: int = 1) -> Compaction:
    return compact(Store(home.store._location), home.lock, keep_days, lambda: NOW)


def _files(store: Store, pattern: str = "*.parquet") -> set[str]:
    return {file.name for file in Path(store._location).rglob(pattern) if "_delta_log" not in str(file)}


def test_what_was_current_within_the_days_is_kept(home: Home, aged: Store) -> None:
    found = compacted(home, keep_days=35)
    assert (found.oldest.version, found.files_deleted, found.rewritten, found.busy) == (1, 1, [], [])
    assert found.bytes_freed > 0
    after = Store(aged._location)
    for version in range(1, len(AGES)):
        assert list(after.read(source=["pypl"], version=version)["value"]) == [version]
        assert list(after.read(source=["languish"], version=version)["value"]) == [7.0]
    assert list(after.read(source=["pypl"])["value"]) == [5.0]
    assert after.identity() == aged.identity()


def test_files_outlive_their_state_by_a_day(home: Home, aged: Store) -> None:
    """Version 2 fell out of the newest state 47 hours ago, version 1 three days ago: one day is kept."""
    opened = aged.history()[-3].version
    assert opened == 2
    found = compacted(home, keep_days=1)
    assert (found.oldest.version, found.files_deleted) == (4, 2)  # the state of 24 hours ago is the one of 30
    after = Store(aged._location)
    for version in (2, 3):  # withdrawn, but whoever had opened them goes on
        assert list(aged.read(source=["pypl"], version=version)["value"]) == [version]
        with pytest.raises(UsageError, match=rf"no version {version}: it has versions 4 .* to {after.version()} "):
            vintages.version_given(after, "--from", str(version), date(2030, 1, 1))


def test_what_is_no_longer_kept_is_one_sentence(home: Home, aged: Store) -> None:
    compacted(home)
    after = Store(aged._location)
    kept = after.kept()[-1]
    with pytest.raises(UsageError) as caught:
        after.version_on((NOW - timedelta(days=39)).date())
    begins = f"{kept.at:%Y-%m-%d} (version 4)"
    assert str(caught.value).endswith(f": what was before {begins} is no longer kept.")
    assert after.version_on(kept.at.date() + timedelta(days=1)) >= 4
    for version in (0, 1):
        with pytest.raises(StoreError, match=rf"^Version {version} of the store at .* (no longer kept|cannot be read)"):
            after.read(version=version)
    assert [state.commit.version for state in vintages.states(after, {}.get, "pypl")] == [5, 4]


def test_the_log_is_cut_behind_what_is_kept(home: Home, aged: Store, observations: Rows, committed_at: Aged) -> None:
    """Also where there is more than one checkpoint, and again the day after."""
    aged.table().create_checkpoint()
    os.utime(next(Path(aged._location).rglob("*.checkpoint.parquet")), (1, 1))
    for value in (10.0, 11.0, 12.0):
        aged.replace(observations(value=[value]), "pypl")
    newest = aged.version()
    committed_at(aged, {v: NOW - timedelta(days=30 - v) for v in range(newest)} | {newest: NOW})
    for _ in range(2):
        compacted(home, keep_days=23)
        after = Store(aged._location)
        assert after.kept()[-1].version == 7
        assert list(after.read(source=["pypl"], version=7)["value"]) == [11.0]
        assert list(after.read(source=["pypl"])["value"]) == [12.0]
        assert after.history()[0].version == after.version()
    log = [int(file.stem) for file in Path(aged._location, "_delta_log").glob("*.json")]
    assert min(log) == 5


def test_nothing_to_do_leaves_no_trace(home: Home, aged: Store) -> None:
    compacted(home)
    version, files = Store(aged._location).version(), _files(aged)
    again = compacted(home)
    assert (again.version, again.files_deleted, again.bytes_freed) == (version, 0, 0)
    assert _files(aged) == files


def test_days_are_not_brought_back(home: Home, aged: Store) -> None:
    compacted(home, keep_days=1)
    assert compacted(home, keep_days=1000).oldest.version == 4


def test_what_killed_writers_left_goes_once_it_is_old(home: Home, aged: Store) -> None:
    folder = next(Path(aged._location).glob("source=pypl"))
    for name, days in (("part-young.parquet", 0), ("part-old.parquet", 3)):
        (folder / name).write_bytes(b"half a file")
        seconds = (NOW - timedelta(days=days)).replace(tzinfo=UTC).timestamp()
        os.utime(folder / name, (seconds, seconds))
    compacted(home)
    assert "part-young.parquet" in _files(aged)
    assert "part-old.parquet" not in _files(aged)


@pytest.mark.parametrize("days", [0, -1])
def test_less_than_a_day_is_refused(home: Home, aged: Store, days: int) -> None:
    before = _files(aged)
    with pytest.raises(UsageError, match="at least 1 must be kept"):
        compacted(home, keep_days=days)
    assert _files(aged) == before


def test_one_compaction_at_a_time(home: Home, aged: Store) -> None:
    with (
        locks.held(home.lock("compact"), "compaction", lambda: NOW),
        pytest.raises(LockedError, match="Another compaction is under way"),
    ):
        compacted(home)


def test_no_store(home: Home) -> None:
    with pytest.raises(StoreError, match="There is no store"):
        compacted(home)


def _scatter(aged: Store, rows: pd.DataFrame) -> None:
    """Rows out of order in several files, as another program may leave them."""
    half = len(rows) // 2
    for part, mode in ((rows[half:], "overwrite"), (rows[:half], "append")):
        table = store._arrow(part)
        write_deltalake(aged._location, table, mode=mode, predicate="source = 'pypl'" if mode == "overwrite" else None)


@pytest.fixture
def many(observations: Rows) -> pd.DataFrame:
    days = pd.date_range("2020-01-01", periods=500).astype(str).tolist()
    return observations(value=[float(n) for n in range(500)], period_start=days, technology=["java", "go"] * 250)


def test_scattered_rows_are_put_together_in_order(home: Home, aged: Store, many: pd.DataFrame) -> None:
    _scatter(aged, many)
    before, version = aged.read(), aged.version()
    found = compacted(home, keep_days=1000)
    assert found.rewritten == ["pypl"]
    after = Store(aged._location)
    pd.testing.assert_frame_equal(after.read(), before)
    files = [uri.removeprefix("file://") for uri in after.table().file_uris() if "pypl" in uri]
    rows = pq.read_table(files[0], partitioning=None).to_pandas()
    assert len(files) == 1
    order = list(schema.SORT)
    assert rows[order].equals(rows[order].sort_values(order, ignore_index=True))
    assert [commit.operation for commit in after.history()[:2]] == ["compact", "replace"]
    assert compacted(home, keep_days=1000).rewritten == []
    commits = {commit.version: commit for commit in after.kept()}
    same = vintages.difference(after, "pypl", commits[version], after.kept()[0])
    assert (same.unchanged, same.added + same.revised + same.removed) == (500, 0)


def test_a_source_that_is_being_refreshed_is_left_alone(home: Home, aged: Store, many: pd.DataFrame) -> None:
    _scatter(aged, many)
    version = aged.version()
    with locks.held(home.lock("pypl"), "refresh of pypl", lambda: NOW):
        found = compacted(home, keep_days=1000)
    assert (found.busy, found.rewritten, found.version) == (["pypl"], [], version)


def test_rewriting_never_undoes_a_refresh(aged: Store, observations: Rows) -> None:
    """Without the lock, too: another machine may refresh a store on object storage."""

    class Slow(Store):
        def read(self, **filters: object) -> pd.DataFrame:
            rows = super().read(**filters)  # type: ignore[arg-type]
            Store(self._location).replace(observations(value=[99.0]), "pypl")
            return rows

    assert Slow(aged._location).rewrite("pypl") is None
    assert list(Store(aged._location).read(source=["pypl"])["value"]) == [99.0]


def test_a_store_of_an_earlier_release_keeps_its_history_from_now_on(tmp_path: Path, observations: Rows) -> None:
    rows = observations(value=[1.0])
    location = str(tmp_path / "store")
    write_deltalake(location, store._arrow(rows), partition_by=["source"], name="observations")
    old = Store(location)
    assert old.table().metadata().configuration == {}
    identity = old.identity()
    old.replace(rows, "pypl", "1")
    assert old.table().metadata().configuration == store._KEEPING
    assert old.identity() == identity
    version = old.version()
    old.replace(rows)
    old.replace(rows, "pypl")
    assert old.version() == version + 2
    assert old.table().metadata().configuration == store._KEEPING


def test_the_log_says_which_state_is_the_oldest(home: Home, aged: Store) -> None:
    """Where the log is copied to another place, the files' own times say nothing."""
    compacted(home)
    told = [
        line["commitInfo"]["oldest"]
        for file in Path(aged._location, "_delta_log").glob("*.json")
        for line in map(json.loads, file.read_text().splitlines())
        if "oldest" in line.get("commitInfo", {})
    ]
    assert told == ["4"]
    assert aged.kept()[-1].version == 4  # a store that was open before sees it, too
    assert aged.version_on(date(9999, 12, 31)) == aged.version()


def test_once_a_day(aged: Store, home: Home, tmp_path: Path) -> None:
    note = tmp_path / "compacted"
    first = daily(aged, home.lock, 365, lambda: NOW, note)
    assert first is not None
    assert daily(aged, home.lock, 365, lambda: NOW, note) is None
    assert daily(aged, home.lock, 365, lambda: NOW + timedelta(days=1), note) is not None
    assert daily(Store(tmp_path / "nothing"), home.lock, 365, lambda: NOW, tmp_path / "other") is None
