"""The scheduler as a process: one per store, nothing fires twice, what was missed is made up once, it stops in time.

What is due is made due by moving the time of a job in the database; nobody waits for a minute to come. A refresh is
caught in the act by stopping its process (SIGSTOP) as soon as it says that it is under way.
"""

import json
import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
import sqlalchemy as sa

from etl import exporting, scheduler, work
from etl.catalog import Catalog
from etl.errors import LockedError, UsageError
from etl.exports import Export, ExportRun, Exports
from etl.home import Home
from etl.schedule import Schedules
from etl.scheduler import TABLE, Lock, Scheduler, next_runs
from etl.state import EXPORT_RUNS, EXPORTS

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
GOOD = "partial"
"""What a refresh from the mirror comes to: it holds one of the source's parts."""

pytestmark = pytest.mark.slow


def eventually(ask: Callable[[], T | None], seconds: float = 15, pause: float = 0.05) -> T:
    """What is asked for, as soon as it is there."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = ask()
        if answer:
            return answer
        time.sleep(pause)
    raise AssertionError(f"still not after {seconds:g} s")


@contextmanager
def stacktide(*words: str, home: Path) -> Iterator[subprocess.Popen[str]]:
    """`stacktide words...` in a session of its own, as from a terminal; without jitter."""
    with subprocess.Popen(
        [sys.executable, "-m", "etl.cli", *words, "--home", str(home)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "STACKTIDE_JITTER_MINUTES": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.fixture
def mirror(tmp_path: Path, pypl_mirror: Callable[[Path, float], Path]) -> Path:
    return pypl_mirror(tmp_path / "mirror", 0.0)


@pytest.fixture
def schedules(home: Home, entries: Catalog) -> Schedules:
    """The schedules of the home, where all but `pypl` are paused."""
    made = Schedules(home.state, entries, now)
    for source in entries.source:
        if source != "pypl":
            made.pause(source)
    return made


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def runs(home: Home) -> list[dict[str, Any]]:
    """All recorded runs, oldest first."""
    return list(reversed(home.runs.list(limit=None)))


def due(home: Home) -> dict[str, float]:
    """Job -> when it is due, in seconds from now."""
    with home.state.reading() as connection:
        if not sa.inspect(connection).has_table(TABLE):
            return {}
        rows = connection.execute(sa.text(f"select id, next_run_time from {TABLE}"))
        return {row.id: row.next_run_time - time.time() for row in rows}


def move(home: Home, seconds: float) -> None:
    """Let the one job be due so many seconds from now, as if time had passed while no scheduler ran."""
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    with home.state.writing() as connection:
        state = pickle.loads(connection.execute(sa.text(f"select job_state from {TABLE}")).scalar_one())
        state["next_run_time"] = at
        values = {"at": at.timestamp(), "state": pickle.dumps(state)}
        connection.execute(sa.text(f"update {TABLE} set next_run_time = :at, job_state = :state"), values)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler in this process looks more often, and has less patience."""
    assert scheduler.LOOK_SECONDS <= 3
    assert scheduler.STOP_SECONDS <= 4
    for name, seconds in (("LOOK_SECONDS", 0.2), ("STOP_SECONDS", 0.5), ("_RETRY_SECONDS", 0.2)):
        monkeypatch.setattr(scheduler, name, seconds)


@contextmanager
def in_thread(made: Scheduler) -> Iterator[None]:
    """A scheduler in this process, in a thread."""
    began = threading.Event()
    thread = threading.Thread(target=made.run, args=[lambda _: began.set()])
    thread.start()
    try:
        assert began.wait(10)
        yield
    finally:
        made.stop()
        thread.join(10)
        assert not thread.is_alive()


def gone(pid: int) -> bool:
    """Whether the process has ended, though perhaps nobody has asked how."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "ZX"


def stopped(home: Home, source: str) -> int:
    """The process of the refresh of a source, stopped as soon as its run is recorded."""

    def caught() -> int | None:
        state = work.under_way(home).get(source)
        if state is None or not any(run["outcome"] == "running" for run in home.runs.list(limit=1)):
            return None
        pid = int(state.process.split()[-2])
        os.kill(pid, signal.SIGSTOP)
        return pid

    return eventually(caught, 60, 0.002)


def test_a_missed_run_is_made_up_once_and_a_cut_off_one_again(
    home: Home,
    entries: Catalog,
    schedules: Schedules,
    mirror: Path,
    pypl_mirror: Callable[[Path, float], Path],
    quick: None,
) -> None:
    job = schedules.every("pypl", 1).job
    with in_thread(Scheduler(home, entries, upstream=mirror)):
        assert set(due(home)) == {job}
        assert 3000 < due(home)[job] <= 3600
    assert runs(home) == []  # a fresh machine asks nobody before the time has come

    move(home, -10.5 * 3600)  # ten runs were missed
    assert next_runs(home, schedules.all(), now())["pypl"] < now()
    with in_thread(Scheduler(home, entries, upstream=mirror)):
        eventually(lambda: home.runs.list(outcome=GOOD))
        assert 0 < due(home)[job] <= 3600
    assert [(run["trigger"], run["outcome"]) for run in runs(home)] == [("schedule", GOOD)]
    assert home.store.version() == 0

    pypl_mirror(mirror, 0.01)
    move(home, -1)
    with in_thread(Scheduler(home, entries, upstream=mirror)):
        pid = stopped(home, "pypl")
    assert gone(pid)
    assert [run["outcome"] for run in runs(home)] == [GOOD, "interrupted"]
    assert home.store.version() == 0
    assert due(home)[job] <= 0

    with in_thread(Scheduler(home, entries, upstream=mirror)):
        eventually(lambda: len(home.runs.list(outcome=GOOD)) == 2)
    assert [run["outcome"] for run in runs(home)] == [GOOD, "interrupted", GOOD]
    assert home.store.version() == 1
    assert due(home)[job] > 0


def test_changes_are_seen_while_it_runs(
    home: Home, entries: Catalog, schedules: Schedules, mirror: Path, quick: None
) -> None:
    with in_thread(Scheduler(home, entries, jitter_minutes=30, upstream=mirror)):
        before = set(due(home))
        assert before == {schedules.of("pypl").job}
        every = schedules.every("pypl", 6)
        eventually(lambda: set(due(home)) == {every.job}, 2)
        assert 6 * 3600 - 60 < due(home)[every.job] < 6.5 * 3600
        shown = next_runs(home, schedules.all(), now())
        assert shown.keys() == {"pypl"}
        assert abs((shown["pypl"] - now()).total_seconds() - due(home)[every.job]) < 3

        schedules.pause("pypl")
        resumed = schedules.resume("languish")
        eventually(lambda: set(due(home)) == {resumed.job})
        schedules.pause("languish")
        eventually(lambda: due(home) == {})
    assert runs(home) == []


def test_one_scheduler_per_store_and_it_stops_when_told(home: Home, schedules: Schedules, mirror: Path) -> None:
    schedules.every("pypl", 1)
    words = ["schedule", "run", "--upstream", str(mirror)]
    with stacktide(*words, home=home.path) as first:
        assert first_line(first).startswith("The scheduler runs: 1 sources; the next is pypl at ")
        with stacktide(*words, home=home.path) as second:
            out, said = second.communicate(timeout=30)
        assert (second.returncode, out) == (1, "")
        assert f"Another scheduler of this store is under way (process {first.pid} on " in said
        assert len(said.strip().splitlines()) == 1
        assert str(scheduler.holder(home)).startswith(f"process {first.pid} on ")
        first.kill()  # it cannot tidy up
        first.wait()
    assert scheduler.holder(home) is None

    move(home, -60)
    with stacktide(*words, home=home.path) as third:
        assert first_line(third).startswith("The scheduler runs: ")  # the lock of the dead was taken over
        pid = stopped(home, "pypl")
        began = time.monotonic()
        third.terminate()
        out, said = third.communicate(timeout=10)
        assert time.monotonic() - began < 5
        assert (third.returncode, out, said) == (0, "", "")
    assert gone(pid)
    assert [(run["trigger"], run["outcome"]) for run in runs(home)] == [("schedule", "interrupted")]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_serve_has_one_beside_it_and_it_ends_with_it(home: Home, schedules: Schedules, port: int) -> None:
    schedules.pause("pypl")

    def process() -> int | None:
        who = scheduler.holder(home)
        return int(who.split()[1]) if who else None

    def parent(pid: int) -> int:
        return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])

    with stacktide("serve", "--port", str(port), "--workers", "1", home=home.path) as server:
        first = eventually(process)
        assert parent(first) == server.pid
        server.kill()  # it cannot tell anybody
        server.wait()
        eventually(lambda: gone(first), 10)
    assert scheduler.holder(home) is None
    assert runs(home) == [] or {run["trigger"] for run in runs(home)} == {"first start"}


def test_a_server_without_one_takes_over(home: Home, entries: Catalog, schedules: Schedules, quick: None) -> None:
    lock, told = Lock(home), queue.SimpleQueue[str]()
    began = threading.Event()
    made = Scheduler(home, entries)
    thread = threading.Thread(target=made.run, args=[lambda _: began.set(), told.put])
    lock.take()
    try:
        thread.start()
        said = told.get(timeout=10)
        assert said.startswith(f"Another scheduler of this store is under way (process {os.getpid()} on ")
        assert said.endswith(" UTC)")
        assert not began.wait(0.3)
    finally:
        lock.release()
    assert began.wait(10)
    made.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert told.empty()  # it was told once
    assert scheduler.holder(home) is None


def test_one_scheduler_per_database_on_several_machines(
    tmp_path: Path, new_postgresql: str, monkeypatch: pytest.MonkeyPatch, entries: Catalog, mirror: Path, quick: None
) -> None:
    """Two home folders stand for two machines: only the database is shared."""
    monkeypatch.setenv("STACKTIDE_STATE_URL", new_postgresql)
    here, there = Home(tmp_path / "here").make(), Home(tmp_path / "there").make()
    ours, theirs = Lock(here), Lock(there)
    ours.take()
    try:
        with pytest.raises(LockedError) as caught:
            theirs.take()
        assert f"Another scheduler of this store is under way (process {os.getpid()} on " in str(caught.value)
        assert str(scheduler.holder(there)).startswith(f"process {os.getpid()} on ")
        assert ours.kept()

        # the database drops the connection, as when it starts anew: the lock is free, and whoever comes first has it
        cut = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
        with psycopg.connect(new_postgresql, autocommit=True) as connection:
            assert connection.execute(cut).rowcount == 1
        assert ours.kept()
        with psycopg.connect(new_postgresql, autocommit=True) as connection:
            connection.execute(cut)
        eventually(lambda: scheduler.holder(there) is None)
        theirs.take()
        with pytest.raises(LockedError):
            ours.kept()
    finally:
        ours.release()
        theirs.release()
    assert scheduler.holder(here) is None

    schedules = Schedules(here.state, entries, now)
    for source in entries.source:
        if source != "pypl":
            schedules.pause(source)
    with in_thread(Scheduler(here, entries, upstream=mirror)):
        assert set(due(here)) == {schedules.of("pypl").job}
    move(here, -60)
    with in_thread(Scheduler(here, entries, upstream=mirror)):
        eventually(lambda: here.runs.list(outcome=GOOD))
    assert [(run["trigger"], run["outcome"]) for run in runs(here)] == [("schedule", GOOD)]
    here.state.close()
    there.state.close()


def test_a_refresh_is_watched_and_cancelled(home: Home, mirror: Path) -> None:
    with pytest.raises(UsageError, match="No refresh of pypl that can be cancelled is under way"):
        work.cancel(home, "pypl")
    process = work.start(home, "pypl", "manual", mirror)
    pid = stopped(home, "pypl")
    assert pid == process.pid
    state = work.under_way(home)["pypl"]
    assert (state.trigger, state.source) == ("manual", "pypl")
    assert work.cancel(home, "pypl") == state
    os.kill(pid, signal.SIGCONT)
    assert eventually(process.poll) == -signal.SIGTERM
    assert work.under_way(home) == {}
    assert [(run["trigger"], run["outcome"]) for run in runs(home)] == [("manual", "interrupted")]
    assert not home.store.exists()
    assert json.loads((home.path / "progress" / "pypl.json").read_text(encoding="utf-8"))["source"] == "pypl"
    assert timedelta(0) <= now() - state.started < timedelta(minutes=1)


# ---- scheduled exports -----------------------------------------------------------------------------------------------


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports begin soon after a change."""
    monkeypatch.setattr(exporting, "SETTLED", timedelta(seconds=1))
    monkeypatch.setattr(exporting, "AGAIN_AFTER_INTERRUPTION", timedelta(0))


def add(home: Home, folder: Path, name: str = "web", **more: Any) -> Exports:
    """An export of PYPL that needs no file for what the store holds now."""
    exports = Exports(home.state, now)
    folder.mkdir(exist_ok=True)
    if home.store.exists():
        more = {"store": home.store.identity(), "store_version": home.store.version(), **more}
    plain = {
        "selection": "/api/v1/observations?source=pypl",
        "format": "csv",
        "folder": str(folder.resolve()),
        "since": now(),
    }
    exports.add(Export(name, **{**plain, "sources": ("pypl",), **more}))
    return exports


def written(exports: Exports, count: int = 1) -> list[ExportRun] | None:
    """The runs, newest first, once so many have written a file."""
    found = exports.history()
    return found if sum(run.outcome == "written" for run in found) >= count else None


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refreshed(home: Home, mirror: Path) -> None:
    """Refresh by hand, as in a shell."""
    with stacktide("refresh", "pypl", "--upstream", str(mirror), home=home.path) as process:
        process.communicate(timeout=60)


def ages(home: Home, name: str, hours: float) -> None:
    """As if an export had been added, and had run, so many hours earlier."""
    by = timedelta(hours=hours)
    with home.state.writing() as connection:
        for table, column, ours in (
            (EXPORTS, EXPORTS.c.since, EXPORTS.c.name == name),
            (EXPORT_RUNS, EXPORT_RUNS.c.started, EXPORT_RUNS.c.export == name),
        ):
            for moment in connection.execute(sa.select(column).where(ours)).scalars().all():
                here = ours & (column == moment)
                connection.execute(table.update().where(here).values({column.name: moment - by}))


def test_an_export_follows_the_refreshes_that_changed_what_it_reads(
    home: Home,
    entries: Catalog,
    schedules: Schedules,
    mirror: Path,
    pypl_mirror: Callable[[Path, float], Path],
    tmp_path: Path,
    quick: None,
    settled: None,
) -> None:
    schedules.pause("pypl")
    refreshed(home, mirror)
    folder = tmp_path / "out"
    exports = add(home, folder)
    add(home, folder, "other", sources=("hex",))
    add(home, folder, "resting", paused=True)
    with in_thread(Scheduler(home, entries)):
        time.sleep(1.5)
        assert names(folder) == []  # nothing has changed since it was added
        pypl_mirror(mirror, 0.01)
        refreshed(home, mirror)
        (first,) = eventually(lambda: written(exports), 60)
        assert (first.export, first.trigger, first.rows) == ("web", "refresh", 360)
        assert first.store_version == home.store.version()
        refreshed(home, mirror)  # the publisher has nothing new
        time.sleep(1.5)

    pypl_mirror(mirror, 0.02)  # two changes while no scheduler runs
    refreshed(home, mirror)
    pypl_mirror(mirror, 0.03)
    refreshed(home, mirror)
    with in_thread(Scheduler(home, entries)):
        found = eventually(lambda: written(exports, 2), 60)
        time.sleep(1.5)
    assert exports.history() == found
    assert [(run.export, run.outcome, run.store_version) for run in found] == [
        ("web", "written", home.store.version()),
        ("web", "written", home.store.version() - 2),
    ]
    assert len(names(folder)) == 2
    for run in found:
        assert run.file is not None
        assert len(Path(run.file).read_bytes().splitlines()) == 361


def test_an_export_by_cron_is_made_up_once_and_a_cut_off_one_again(
    home: Home, entries: Catalog, schedules: Schedules, mirror: Path, tmp_path: Path, quick: None, settled: None
) -> None:
    schedules.pause("pypl")
    refreshed(home, mirror)
    folder = tmp_path / "out"
    exports = add(home, folder, cron="0 * * * *")
    ages(home, "web", 10)  # ten times were missed

    def caught() -> int | None:
        """The process of the export, stopped in the act."""
        with home.state.reading() as connection:
            running = connection.execute(sa.select(EXPORT_RUNS.c.process).where(EXPORT_RUNS.c.outcome == "running"))
            process = running.scalar()
        if process is None:
            return None
        pid = int(process.split()[-2])
        os.kill(pid, signal.SIGSTOP)
        return pid

    with in_thread(Scheduler(home, entries)):
        pid = eventually(caught, 60, 0.002)
    assert gone(pid)
    assert [run.outcome for run in exports.history()] == ["interrupted"]
    assert [name for name in names(folder) if not name.startswith(".")] == []

    with in_thread(Scheduler(home, entries)):
        eventually(lambda: written(exports), 60)
        time.sleep(1)
    assert [(run.outcome, run.trigger) for run in exports.history()] == [
        ("written", "schedule"),
        ("interrupted", "schedule"),
    ]
    (file,) = names(folder)
    assert file == f"web-{exports.history()[0].started:%Y-%m-%d}.csv"


def test_an_export_that_fails_does_not_run_hot_and_refreshes_go_on(
    home: Home, entries: Catalog, schedules: Schedules, mirror: Path, tmp_path: Path, quick: None, settled: None
) -> None:
    job = schedules.every("pypl", 1).job
    with in_thread(Scheduler(home, entries, upstream=mirror)):
        eventually(lambda: job in due(home))
    folder = tmp_path / "out"
    exports = add(home, folder)
    folder.rmdir()
    move(home, -1)
    with in_thread(Scheduler(home, entries, upstream=mirror)):
        (failed,) = eventually(lambda: [run for run in exports.history() if run.outcome == "failed"], 60)
        time.sleep(1.5)
    assert exports.history() == [failed]
    assert failed.error is not None
    assert failed.error.startswith(f"The folder {folder.resolve()} is no longer there: ")
    assert [(run["trigger"], run["outcome"]) for run in runs(home)] == [("schedule", GOOD)]
