"""The run history: what began, what ended, and what was good last."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import pytest

from etl.errors import StoreError
from etl.runs import Outcome, Run, Runs

NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone, as in the run history


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "new" / "state.sqlite")


def _ended(runs: Runs, outcome: Outcome, source: str = "pypl", **fields: object) -> Run:
    run = runs.begin(Run(source=source, trigger="manual", started=NOON))
    run.outcome, run.finished = outcome, NOON
    for name, value in fields.items():
        setattr(run, name, value)
    runs.end(run)
    return run


def test_nothing_yet(runs: Runs) -> None:
    assert runs.last() == runs.last_good() == runs.retrieved_on() == {}


def test_begin_and_end(runs: Runs) -> None:
    run = runs.begin(Run(source="pypl", trigger="manual", started=NOON))
    assert run.id == 1
    assert runs.last()["pypl"]["outcome"] == "running"
    assert runs.last_good() == {}
    run.outcome, run.finished, run.newest_period, run.retrieved_on = "updated", NOON, date(2026, 7, 1), NOON.date()
    run.rows_added, run.failed_parts = 5, [{"part": "PYPL/GB", "error": "gone"}]
    runs.end(run)
    assert runs.last()["pypl"] == {"source": "pypl", "outcome": "updated", "started": NOON, "finished": NOON}
    report = runs.last_good()["pypl"]
    assert (report["newest_period"], report["retrieved_on"], report["rows_added"]) == ("2026-07-01", "2026-09-01", 5)
    assert report["failed_parts"] == [{"part": "PYPL/GB", "error": "gone"}]
    assert runs.retrieved_on() == {"pypl": date(2026, 9, 1)}


def test_history_outlives_the_process(runs: Runs, tmp_path: Path) -> None:
    _ended(runs, "updated", rows=9)
    assert Runs(tmp_path / "new" / "state.sqlite").last_good()["pypl"]["rows"] == 9


def test_dangling_run_was_interrupted(runs: Runs) -> None:
    runs.begin(Run(source="pypl", trigger="manual", started=NOON))
    other = runs.begin(Run(source="languish", trigger="manual", started=NOON))
    assert {run["outcome"] for run in runs.last().values()} == {"running"}
    again = runs.begin(Run(source="pypl", trigger="manual", started=NOON))
    assert again.id == 3
    with runs._engine.connect() as connection:
        found = connection.exec_driver_sql("select id, outcome from runs order by id").all()
    assert [tuple(row) for row in found] == [(1, "interrupted"), (other.id, "running"), (3, "running")]


def test_last_good(runs: Runs) -> None:
    for outcome, rows in (("updated", 1), ("partial", 2), ("unchanged", 3), ("failed", 4), ("refused", 5)):
        _ended(runs, outcome, rows=rows)  # type: ignore[arg-type]
    _ended(runs, "failed", source="languish", rows=6)
    assert {source: report["rows"] for source, report in runs.last_good().items()} == {"pypl": 3}
    assert {source: run["outcome"] for source, run in runs.last().items()} == {"pypl": "refused", "languish": "failed"}


def test_report_is_json_and_keeps_the_largest_names(runs: Runs) -> None:
    names = [{"name": f"n{n}", "rows": 1, "value_share_percent": 1.0} for n in range(600)]
    run = _ended(runs, "updated", unknown_names=names)
    kept = runs.last_good()["pypl"]
    assert kept["unknown_count"] == 600
    assert [name["name"] for name in kept["unknown_names"]] == [f"n{n}" for n in range(500)]
    full = run.report()
    assert len(full["unknown_names"]) == 600
    assert (full["started"], full["outcome"], full["error"]) == ("2026-09-01T12:00:00", "updated", None)


@pytest.mark.parametrize("round_", range(10))
def test_many_begin_at_once(tmp_path: Path, round_: int) -> None:
    """Two sources are refreshed side by side in a home that is new: both make the history."""

    def begin(source: str) -> int | None:
        return Runs(tmp_path / "state.sqlite").begin(Run(source=source, trigger="manual", started=NOON)).id

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(begin, "abcd")) == [1, 2, 3, 4]


def test_damaged_history_ends_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    file.write_bytes(b"this is no database, but long enough to be looked at. " * 40)
    with pytest.raises(StoreError, match=r"The run history .*state\.sqlite cannot be used .*: move the file away"):
        Runs(file)
