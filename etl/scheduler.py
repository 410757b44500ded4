"""The scheduler: one process per store that refreshes every source when it is due, whatever happens in between.

Scheduled exports, too, run when they are due; `etl.exporting` tells which are.

Its jobs live in the table `apscheduler_jobs` of the operational state, one per scheduled source, so that what was
missed while no scheduler ran is made up once when one runs again. What is due and when is told by `etl.schedule`; each
refresh runs in a process of its own (`etl.work`). Two locks keep a second scheduler away: a file in the home folder
and, on PostgreSQL, an advisory lock that holds between machines. Both end with their owner, however it ends.
"""

import logging
import os
import platform
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import uniform
from typing import Any, Final

import sqlalchemy as sa
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from etl import locks, work
from etl.catalog import Catalog
from etl.errors import LockedError, StacktideError, StoreError
from etl.exporting import Exporting
from etl.home import Home
from etl.schedule import Schedule, Schedules

TABLE: Final = "apscheduler_jobs"
AT_ONCE: Final = 2
"""Refreshes that run side by side."""
LOOK_SECONDS: Final = 2.0
"""How soon changes of the schedules are seen."""
STOP_SECONDS: Final = 3.0
"""What a refresh under way gets to end by itself when the scheduler stops."""
SURVEY_SECONDS: Final = 3600.0
"""How often people are told of sources that have become stale without a run."""
_RETRY_SECONDS: Final = 10.0
_LOCK_KEY: Final = 0x57AC_71DF
"""Of the advisory lock on PostgreSQL; the same for every version of the program."""
REMEDY: Final = "; try again when it has finished."
_WORK: Final = "scheduler of this store"
_NAME: Final = "stacktide scheduler "
"""Begins what PostgreSQL is told of our connection."""
_log = logging.getLogger(__name__)


class Trigger(BaseTrigger):  # type: ignore[misc]
    """Fires when a schedule says so, up to `jitter_seconds` later."""

    def __init__(self, schedule: Schedule, jitter_seconds: float) -> None:
        self.schedule, self.jitter_seconds = schedule, jitter_seconds

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first time after the previous one, or else after now. Overrides the library's hook."""
        due = self.schedule.after((previous_fire_time or now).astimezone(UTC).replace(tzinfo=None))
        return None if due is None else due.replace(tzinfo=UTC) + timedelta(seconds=uniform(0, self.jitter_seconds))

    def __str__(self) -> str:
        return self.schedule.words


class _Robust(BackgroundScheduler):  # type: ignore[misc]
    """A scheduler whose thread outlives a database that is away for a while, and begins nothing any more once told."""

    def __init__(self, **options: Any) -> None:
        self._looking = threading.Lock()
        self._ends = False
        super().__init__(**options)

    def begin_nothing(self) -> None:
        """Begin no job from now on. The library would look for jobs once more when it is shut down, and lose them."""
        with self._looking:
            self._ends = True

    def _process_jobs(self) -> float | None:
        with self._looking:
            if self._ends:
                return None
            try:
                wait: float | None = super()._process_jobs()
            except (sa.exc.SQLAlchemyError, OSError) as error:
                _log.warning("the jobs cannot be read or written, and are tried again: %s", error)
                return _RETRY_SECONDS
            return wait


class Lock:
    """The right to be the scheduler of a home folder and its operational state."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._file = ExitStack()
        self._connection: sa.Connection | None = None

    def take(self) -> None:
        """Take both locks; raises LockedError, which says who has them."""
        with ExitStack() as stack:
            stack.enter_context(locks.held(_lock_file(self._home), _WORK, _now))
            self._take_in_database()
            self._file = stack.pop_all()

    def kept(self) -> bool:
        """Whether the locks are still ours; a lost connection is made anew if the lock is free.

        Raises LockedError when another scheduler has taken it meanwhile.
        """
        if self._home.state.backend == "sqlite":
            return True
        try:
            if self._connection is not None:
                self._connection.execute(sa.text("select 1"))
                return True
        except sa.exc.DBAPIError:
            self._close()
        try:
            self._take_in_database()
        except StoreError:
            return False
        return True

    def release(self) -> None:
        """Give both locks back."""
        self._close()
        self._file.close()

    def _close(self) -> None:
        if self._connection is not None:
            _drop(self._connection)
            self._connection = None

    def _take_in_database(self) -> None:
        if self._home.state.backend == "sqlite":
            return
        with _sentences(self._home):
            connection = self._home.state.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            try:
                me = f"{_NAME}{os.getpid()}@{platform.node()}"[:63]
                connection.execute(sa.text("select set_config('application_name', :me, false)"), {"me": me})
                for name, seconds in (("idle", 30), ("interval", 10), ("count", 3)):  # notice a machine that vanished
                    connection.exec_driver_sql(f"set tcp_keepalives_{name} = {seconds}")
                taken = connection.execute(sa.text("select pg_try_advisory_lock(:key)"), {"key": _LOCK_KEY}).scalar()
                if not taken:
                    who = _holder_in_database(connection)
                    raise LockedError(f"Another {_WORK} is under way{f' ({who})' if who else ''}{REMEDY}")
            except BaseException:
                _drop(connection)
                raise
        self._connection = connection


def holder(home: Home) -> str | None:
    """Who is the scheduler of this home, in words: process, machine, since when; none if nobody is.

    Asks the database where that is PostgreSQL, as the scheduler may run on another machine.
    """
    if home.state.backend == "sqlite":
        return locks.holder(_lock_file(home))
    with home.state.reading() as connection:
        return _holder_in_database(connection)


def _lock_file(home: Home) -> Path:
    return home.lock("scheduler")


def _holder_in_database(connection: sa.Connection) -> str | None:
    query = """
        select a.application_name as name, a.backend_start at time zone 'UTC' as since
        from pg_locks l join pg_stat_activity a using (pid)
        where l.locktype = 'advisory' and l.granted and l.classid = 0 and l.objid = :key
          and l.database = (select oid from pg_database where datname = current_database())
    """
    row = connection.execute(sa.text(query), {"key": _LOCK_KEY}).first()
    if row is None or row.since is None:
        return None
    pid, _, machine = str(row.name).removeprefix(_NAME).partition("@")
    return f"process {pid} on {machine}, since {row.since:%Y-%m-%d %H:%M:%S} UTC"


def _drop(connection: sa.Connection) -> None:
    """Close for good, so that the server lets go of the lock: the pool would keep it."""
    with suppress(sa.exc.SQLAlchemyError):
        connection.invalidate()
        connection.close()


class Scheduler:
    """What `stacktide schedule run` runs. Times in and out are UTC without zone."""

    def __init__(self, home: Home, catalog: Catalog, jitter_minutes: float = 0, upstream: Path | None = None) -> None:
        self._home, self._catalog, self._upstream = home, catalog, upstream
        self._jitter_seconds = 60 * jitter_minutes
        self._schedules = Schedules(home.state, catalog, _now)
        self._jobs: set[str] = set()
        self._stop = threading.Event()
        self._guard = threading.Lock()
        self._stopping = False
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._exporting = Exporting(home, _now)
        self._left: dict[str, datetime] = {}
        """Sources whose refresh was ended, or not begun any more, when the scheduler stopped; and since when it ran."""

    def run(
        self,
        began: Callable[[Mapping[str, datetime]], None] = lambda due: None,
        stands_by: Callable[[str], None] | None = None,
    ) -> None:
        """Run until `stop`; `began` is told when which source is due, once all is set up.

        Where another scheduler has this store, `stands_by` is told so once, and this one takes over when that one
        ends; without it, that raises LockedError. So it does when another took the store while the database was away.
        """
        lock = Lock(self._home)
        if not self._take(lock, stands_by):
            return
        try:
            with self._scheduling() as scheduler:
                began(next_runs(self._home, self._schedules.all(), _now()))
                surveyed = time.monotonic()
                while not self._stop.wait(LOOK_SECONDS):
                    self._look(scheduler, lock)
                    if time.monotonic() - surveyed > SURVEY_SECONDS:
                        surveyed = time.monotonic()
                        self._survey()
        finally:
            lock.release()

    def _take(self, lock: Lock, stands_by: Callable[[str], None] | None) -> bool:
        """Take the lock, or wait for it; False when stopped meanwhile."""
        told = False
        while not self._stop.is_set():
            try:
                lock.take()
            except LockedError as error:
                if stands_by is None:
                    raise
                if not told:
                    stands_by(str(error).removesuffix(REMEDY))
                told = True
            except StoreError:
                if not told:
                    raise
            else:
                return True
            self._stop.wait(_RETRY_SECONDS / 2)
        return False

    def _survey(self) -> None:
        work.launch(["schedule", "survey", "--home", str(self._home.path)], alone=True)

    def stop(self) -> None:
        """Make `run` end, from a signal handler or another thread."""
        self._stop.set()

    @contextmanager
    def _scheduling(self) -> "Iterator[_Robust]":
        pool = ThreadPoolExecutor(AT_ONCE)
        scheduler = _Robust(
            jobstores={"default": SQLAlchemyJobStore(engine=self._home.state.engine, tablename=TABLE)},
            executors={"default": pool},
            timezone=UTC,
        )
        _here.append(self)
        try:
            with _sentences(self._home):
                scheduler.start(paused=True)
                self._adopt(scheduler)
            scheduler.resume()
            yield scheduler
        finally:
            self._end(scheduler, pool)
            _here.remove(self)

    def _look(self, scheduler: _Robust, lock: Lock) -> None:
        if not lock.kept():
            scheduler.pause()  # nobody knows who else may have the lock now
            return
        scheduler.resume()
        try:
            with _sentences(self._home):
                self._sync(scheduler)
        except StoreError as error:
            _log.warning("the schedules cannot be read, and are tried again: %s", error)
            return
        try:
            self._exporting.look()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with exports, sources are refreshed
            _log.warning("what is to be exported cannot be told, and is tried again: %s", error)

    def _adopt(self, scheduler: _Robust) -> None:
        """Take over the jobs of the scheduler before: their due times stay, what it did not finish is due now."""
        self._jobs = {job.id for job in scheduler.get_jobs()}
        known = set(self._jobs)
        self._sync(scheduler)
        for schedule in self._schedules.all():
            if schedule.job not in known & self._jobs:
                continue
            job = scheduler.modify_job(schedule.job, trigger=Trigger(schedule, self._jitter_seconds))
            last = next(iter(self._home.runs.list(source=schedule.source, limit=1)), None)
            cut_off = last is not None and (last["trigger"], last["outcome"]) == ("schedule", "interrupted")
            now = datetime.now(UTC)
            if cut_off and job.next_run_time > now:
                scheduler.modify_job(schedule.job, next_run_time=now)

    def _sync(self, scheduler: _Robust) -> None:
        """Make the jobs those of the schedules: a changed rule is another job, due at the rule's next time."""
        wanted = {}
        for schedule in self._schedules.all():
            try:
                if schedule.next_run(_now()) is not None:
                    wanted[schedule.job] = schedule
            except StacktideError as error:  # written past the command line
                _log.warning("%s is not scheduled: %s", schedule.source, error)
        for gone in self._jobs - wanted.keys():
            with suppress(JobLookupError):
                scheduler.remove_job(gone)
        for new in wanted.keys() - self._jobs:
            scheduler.add_job(
                run,
                Trigger(wanted[new], self._jitter_seconds),
                args=[wanted[new].source],
                id=new,
                name=wanted[new].source,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
                replace_existing=True,
            )
        self._jobs = set(wanted)

    def refresh(self, source: str) -> None:
        """Refresh a source in a process of its own, and wait for it."""
        began = _now()
        with self._guard:
            if self._stopping:
                self._left[source] = began
                return
            process = work.start(self._home, source, "schedule", self._upstream, parent=os.getpid())
            self._running[source] = process
        code = process.wait()
        with self._guard:
            self._running.pop(source)
            if self._stopping and code < 0:
                self._left[source] = began
            cut_off = code < 0 and not self._stopping
        if cut_off:
            _log.error("the refresh of %s was ended by signal %d; the last good state stays", source, -code)
            self._home.runs.list(limit=1)  # records that

    def _end(self, scheduler: _Robust, pool: ThreadPoolExecutor) -> None:
        """Stop what is under way within seconds; it is due again at the next start."""
        scheduler.begin_nothing()
        with self._guard:
            self._stopping = True
            running = [*self._running.values(), *self._exporting.processes]
        for process in running:
            process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(until - time.monotonic(), 0))
            process.kill()
        for process in self._exporting.processes:
            process.wait()
        pool.shutdown(wait=True)
        try:
            with _sentences(self._home):
                for source in self._left:
                    if not self._was_done(source):
                        with suppress(JobLookupError):
                            scheduler.modify_job(self._schedules.of(source).job, next_run_time=datetime.now(UTC))
        except StoreError as error:
            _log.warning("what was cut off cannot be recorded: %s", error)
        if scheduler.running:
            scheduler.shutdown()

    def _was_done(self, source: str) -> bool:
        """Whether what was ended had done its work, and only had people to tell; records it as interrupted if not."""
        last = next(iter(self._home.runs.list(source=source, limit=1)), None)
        return last is not None and last["finished"] is not None and last["started"] >= self._left[source]


_here: list[Scheduler] = []
"""The scheduler of this process: a job is kept by the name of its function."""


def run(source: str) -> None:
    """What a job does."""
    for scheduler in _here:
        scheduler.refresh(source)


def next_runs(home: Home, schedules: list[Schedule], now: datetime) -> dict[str, datetime]:
    """When which source is due (UTC without zone): in the past where that was missed; paused ones are left out.

    As the scheduler has it, jitter and all; by the rule alone where no scheduler has seen the rule yet.
    """
    due = {s.source: at for s in schedules if (at := s.next_run(now)) is not None}
    job = {s.job: s.source for s in schedules if s.source in due}
    with home.state.reading() as connection:
        if sa.inspect(connection).has_table(TABLE):
            for key, at in connection.execute(sa.text(f"select id, next_run_time from {TABLE}")):
                if key in job and at is not None:
                    due[job[key]] = datetime.fromtimestamp(at, UTC).replace(tzinfo=None, microsecond=0)
    return due


@contextmanager
def _sentences(home: Home) -> Iterator[None]:
    """Turn what the database says to the library into our sentence."""
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(f"The operational state {home.state.name} cannot be used ({type(error).__name__}).") from error


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
