"""The run history: what began, what ended, and what was good last; on SQLite and on PostgreSQL."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from etl.runs import Outcome, Run, Runs, process
from etl.state import State

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone, as in the run history


@pytest.fixture
def state(database: Path | str) -> Iterator[State]:
    made = State(database)
    yield made
    made.close()


@pytest.fixture
def runs(state: State) -> Runs:
    return Runs(state)


def _ended(runs: Runs, outcome: Outcome, source: str = "pypl", **fields: object) -> Run:
    run = runs.begin(Run(source=source, trigger="manual", started=NOON))
    run.outcome, run.finished = outcome, NOON
    for name, value in fields.items():
        setattr(run, name, value)
    runs.end(run)
    return run


def test_nothing_yet(runs: Runs) -> None:
    assert runs.last() == runs.last_good() == runs.retrieved_on() == {}
    assert runs.list() == []
    assert runs.get(1) is None


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


def test_everything_is_kept(runs: Runs) -> None:
    """All of a run comes back, with a time of 2.5 seconds and more bytes than four bytes can count."""
    run = runs.begin(Run(source="pypl", trigger="schedule", started=NOON))
    run.finished, run.outcome, run.error = NOON + timedelta(seconds=2.5), "partial", "1 of 2 parts failed; “Größe”."
    run.requests, run.bytes, run.rows, run.rows_added, run.rows_changed, run.rows_removed = 2, 2**40, 9, 3, 2, 1
    run.newest_period_before, run.newest_period, run.retrieved_on = date(2026, 6, 1), date(2026, 7, 1), NOON.date()
    run.unknown_names = [{"name": "Zig", "rows": 2, "value_share_percent": 0.5}]
    run.failed_parts = [{"part": "GB", "error": "gone"}]
    run.not_yet_published, run.store_version, run.catalogue = ["2026-08"], 7, "0123456789abcdef"
    runs.end(run)
    expected = run.report()
    del expected["dry_run"]
    assert runs.get(1) == {**expected, "failed_count": 1, "seconds": 2.5}
    (listed,) = runs.list()
    assert listed == {
        "id": 1,
        "source": "pypl",
        "trigger": "schedule",
        "started": NOON,
        "finished": NOON + timedelta(seconds=2.5),
        "seconds": 2.5,
        "outcome": "partial",
        "requests": 2,
        "bytes": 2**40,
        "rows": 9,
        "rows_added": 3,
        "rows_changed": 2,
        "rows_removed": 1,
        "newest_period_before": date(2026, 6, 1),
        "newest_period": date(2026, 7, 1),
        "unknown_count": 1,
        "failed_count": 1,
        "error": run.error,
        "store_version": 7,
        "retrieved_on": NOON.date(),
    }


def test_a_run_under_way(runs: Runs) -> None:
    runs.begin(Run(source="pypl", trigger="first start", started=NOON))
    (listed,) = runs.list()
    assert (listed["outcome"], listed["finished"], listed["seconds"], listed["rows"]) == ("running", None, None, 0)
    report = runs.get(1)
    assert report is not None
    assert (report["started"], report["unknown_names"], report["failed_parts"]) == ("2026-09-01T12:00:00", [], [])


def test_list_is_newest_first_and_filtered(runs: Runs) -> None:
    for number in range(60):
        _ended(runs, "failed" if number % 3 == 0 else "updated", source="pypl" if number % 2 else "languish")
    assert [run["id"] for run in runs.list()] == list(range(60, 10, -1))
    assert len(runs.list(limit=None)) == 60
    assert [run["id"] for run in runs.list("pypl", "failed", 3)] == [58, 52, 46]
    assert runs.list(source="no such source") == runs.list(outcome="refused") == []


def test_history_outlives_the_process(runs: Runs, database: Path | str) -> None:
    _ended(runs, "updated", rows=9)
    again = State(database)
    assert Runs(again).last_good()["pypl"]["rows"] == 9
    again.close()


def test_dangling_run_was_interrupted(runs: Runs) -> None:
    runs.begin(Run(source="pypl", trigger="manual", started=NOON))
    other = runs.begin(Run(source="languish", trigger="manual", started=NOON))
    assert {run["outcome"] for run in runs.last().values()} == {"running"}
    again = runs.begin(Run(source="pypl", trigger="manual", started=NOON))
    assert again.id == 3
    found = [(run["id"], run["outcome"]) for run in runs.list()]
    assert found == [(3, "running"), (other.id, "running"), (1, "interrupted")]


def test_run_of_a_killed_process_is_interrupted(runs: Runs, database: Path | str) -> None:
    program = (
        "import sys\nfrom datetime import datetime\nfrom pathlib import Path\n"
        "from etl.runs import Run, Runs\nfrom etl.state import State\n"
        "where = Path(sys.argv[2]) if sys.argv[1] == 'PosixPath' else sys.argv[2]\n"
        "Runs(State(where)).begin(Run('pypl', 'manual', datetime(2026, 9, 1)))\n"
        "print('begun', flush=True)\nsys.stdin.read()"
    )
    words = [sys.executable, "-c", program, type(database).__name__, str(database)]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "begun\n"
        assert [run["outcome"] for run in runs.list()] == ["running"]
        other.kill()
    assert [run["outcome"] for run in runs.list()] == ["interrupted"]


def test_run_of_another_machine_goes_on(runs: Runs, state: State) -> None:
    runs.begin(Run(source="pypl", trigger="manual", started=NOON))
    with state.writing() as connection:
        connection.execute(sa.text("update runs set process = 'a machine elsewhere 1 2'"))
    assert [run["outcome"] for run in runs.list()] == ["running"]
    with state.writing() as connection:
        connection.execute(sa.text("update runs set process = null"))  # begun before processes were recorded
    assert [run["outcome"] for run in runs.list()] == ["running"]


def test_processes_are_told_apart() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        found = process(other.pid)
        assert found is not None
        assert process(other.pid) == found
        other.kill()
    assert process(other.pid) != found


def test_last_good(runs: Runs) -> None:
    for outcome, rows in (("updated", 1), ("partial", 2), ("unchanged", 3), ("failed", 4), ("refused", 5)):
        _ended(runs, outcome, rows=rows, retrieved_on=date(2026, 9, rows))  # type: ignore[arg-type]
    _ended(runs, "failed", source="languish", rows=6, retrieved_on=NOON.date())
    assert {source: report["rows"] for source, report in runs.last_good().items()} == {"pypl": 3}
    assert {source: run["outcome"] for source, run in runs.last().items()} == {"pypl": "refused", "languish": "failed"}
    assert runs.retrieved_on() == {"pypl": date(2026, 9, 3)}


def test_report_is_json_and_keeps_the_largest_names(runs: Runs) -> None:
    names = [{"name": f"n{n}", "rows": 1, "value_share_percent": 1.0} for n in range(600)]
    run = _ended(runs, "updated", unknown_names=names)
    kept = runs.last_good()["pypl"]
    assert kept["unknown_count"] == 600
    assert [name["name"] for name in kept["unknown_names"]] == [f"n{n}" for n in range(500)]
    assert json.loads(json.dumps(kept)) == kept
    full = run.report()
    assert len(full["unknown_names"]) == 600
    assert (full["started"], full["outcome"], full["error"]) == ("2026-09-01T12:00:00", "updated", None)


def test_text_that_a_database_cannot_hold(runs: Runs) -> None:
    broken = "a\0b\ud800c"
    _ended(
        runs, "partial", error=broken, unknown_names=[{"name": broken}], failed_parts=[{"part": "x", "error": broken}]
    )
    found = runs.get(1)
    assert found is not None
    assert found["error"] == "a\ufffdb?c"
    assert found["unknown_names"] == [{"name": broken}]


@pytest.mark.parametrize("round_", range(3))
def test_many_begin_at_once(database: Path | str, round_: int) -> None:
    """Sources are refreshed side by side on a state that is new: all make the history."""

    def begin(source: str) -> int | None:
        state = State(database)
        try:
            return Runs(state).begin(Run(source=source, trigger="manual", started=NOON)).id
        finally:
            state.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(begin, "abcd")) == [1, 2, 3, 4]


def test_eight_threads_write(runs: Runs) -> None:
    """No run is lost or mixed up with another, and the history can be read at any moment."""

    def write(thread: int) -> list[int | None]:
        ids = []
        for number in range(15):
            ids.append(_ended(runs, "updated", source=f"s{thread}", rows=thread, rows_added=number).id)
            assert runs.last_good()[f"s{thread}"]["rows_added"] == number
        return ids

    with ThreadPoolExecutor(8) as pool:
        ids = [id_ for some in pool.map(write, range(8)) for id_ in some]
    assert len(set(ids)) == 120
    found = runs.list(limit=None)
    assert {run["id"] for run in found} == set(ids)
    assert {run["outcome"] for run in found} == {"updated"}
    for thread in range(8):
        ours = [(run["rows"], run["rows_added"]) for run in reversed(found) if run["source"] == f"s{thread}"]
        assert ours == [(thread, number) for number in range(15)]
