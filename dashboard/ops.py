"""What machines ask: whether this process lives (`/healthz`), can answer (`/readyz`), and what it counts (`/metrics`).

The figures of sources are read from the operational state when they are asked for, and are the same in every process.
Requests are counted in each process; where there are several, `shared_counts` gives them a folder to add up in.
"""

import fcntl
import json
import logging
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final, get_args

import flask
import sqlalchemy as sa
from flask import Response

from etl import __version__, exporting, health, scheduler
from etl.catalog import Catalog
from etl.errors import StacktideError
from etl.home import Home
from etl.logs import masked
from etl.runs import Outcome
from etl.schedule import Schedules
from etl.state import RUNS

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric
    from prometheus_client.registry import Collector

Clock = Callable[[], datetime]
"""The time in UTC, without zone."""

UNCOUNTED: Final = "stacktide.uncounted"
"""A request whose environment has this key is one of our own, and is not counted."""
FRAMED: Final = "ALLOWALL"
"""What a document says in `X-Frame-Options` that other sites may frame; delivery puts its policy in place of it."""
_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
_FOLDERS: Final = "stacktide-counts-"
_SETTLED_SECONDS: Final = 60
_BEGAN: Final = "stacktide_began"
_NO_ROUTE: Final = "none"
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_UNREADABLE: Final = (StacktideError, sa.exc.SQLAlchemyError, OSError)
_log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def register(server: flask.Flask, home: Home, catalog: Catalog, clock: Clock = _now) -> None:
    """Give the Flask app the three addresses, and count its requests. Opens nothing."""
    # where it counts is decided when it is first imported, by the variable that `shared_counts` sets
    from prometheus_client import CollectorRegistry, multiprocess
    from prometheus_client.exposition import choose_encoder

    own = CollectorRegistry()
    sources = _Sources(home, catalog, clock)
    _count_requests(server, own)

    def healthz() -> Response:
        """Whether this process answers."""
        return _answer({"status": "ok", "version": __version__})

    def readyz() -> Response:
        """Whether store and operational state can be read."""
        try:
            version = home.store.version()
            home.runs.last()
        except _UNREADABLE as error:
            return _answer({"status": "not ready", "reason": _reason(error)}, 503)
        return _answer({"status": "ready", "store_version": version})

    def metrics() -> Response:
        """What there is to count, as Prometheus reads it."""
        counts = multiprocess.MultiProcessCollector(None) if _SHARED in os.environ else own  # type: ignore[no-untyped-call]
        encode, content_type = choose_encoder(flask.request.headers.get("Accept", ""))
        response = Response(encode(_Both(sources, counts)), content_type=content_type)
        response.headers["Cache-Control"] = "no-store"
        return response

    for path, view in (("/healthz", healthz), ("/readyz", readyz), ("/metrics", metrics)):
        server.add_url_rule(path, f"stacktide_{path[1:]}", view)


@contextmanager
def shared_counts() -> Iterator[None]:
    """Processes that are forked inside add up their requests, in a new folder that goes with the parent.

    Must begin before `register` is first called. The folder is locked as long as one of the processes lives, so that
    what a killed server left behind can be told from what is in use, and goes at the next start.
    """
    parent = os.getpid()
    folder = mkdtemp(prefix=f"{_FOLDERS}{parent}-", dir=memory())
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_SH)
    _sweep(Path(folder).parent)
    os.environ[_SHARED] = folder
    try:
        yield
    finally:
        if os.getpid() == parent:  # the end of a forked process passes here, too
            os.environ.pop(_SHARED, None)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _sweep(among: Path) -> None:
    for folder in among.glob(f"{_FOLDERS}*"):
        with suppress(OSError):  # in use, somebody else's, or just gone
            if time.time() - folder.stat().st_mtime < _SETTLED_SECONDS:
                continue  # its owner may not have locked it yet
            lock = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(lock)


def memory() -> str | None:
    """A folder in memory, where the system has one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def forget_process(pid: int) -> None:
    """A process that counted has ended: what it counted stays, what was true only while it lived goes."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _answer(document: Mapping[str, object], status: int = 200) -> Response:
    response = Response(json.dumps(document, ensure_ascii=False), status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _reason(error: Exception) -> str:
    if isinstance(error, StacktideError):
        return masked(str(error))
    return f"The store or the operational state cannot be read ({type(error).__name__})."


def _count_requests(server: flask.Flask, registry: "CollectorRegistry") -> None:
    """Count the requests that the application answers; bundles and assets that are sent from memory never reach it."""
    from prometheus_client import Counter as Count
    from prometheus_client import Histogram

    requests = Count(
        "stacktide_requests",
        "Requests that the application answered, by rule of the address and status.",
        ["route", "status"],
        registry=registry,
    )
    seconds = Histogram(
        "stacktide_request_duration_seconds",
        "Seconds that the application took to answer, by rule of the address.",
        ["route"],
        buckets=_BUCKETS,
        registry=registry,
    )

    def begin() -> None:
        flask.g.setdefault(_BEGAN, time.perf_counter())

    def end(response: Response) -> Response:
        if UNCOUNTED not in flask.request.environ:
            rule = flask.request.url_rule
            route = rule.rule if rule is not None else _NO_ROUTE
            requests.labels(route, str(response.status_code)).inc()
            if _BEGAN in flask.g:
                seconds.labels(route).observe(time.perf_counter() - flask.g.get(_BEGAN))
        return response

    server.before_request(begin)
    server.after_request(end)


class _Both:
    """Two collectors as one."""

    def __init__(self, *collectors: "Collector") -> None:
        self._collectors = collectors

    def collect(self) -> "Iterable[Metric]":
        """What all of them tell."""
        for collector in self._collectors:
            yield from collector.collect()


class _Sources:
    """Tells how the sources are, read anew each time."""

    def __init__(self, home: Home, catalog: Catalog, clock: Clock) -> None:
        self._home, self._catalog, self._clock = home, catalog, clock

    def collect(self) -> "Iterable[Metric]":
        """How the sources are; where store or state cannot be read, only that."""
        yield _gauge("stacktide_build_info", "The release, as a label.", {(__version__,): 1}, "version")
        try:
            found = [self._version(), self._runs(), *self._health(), *self._exports()]
        except _UNREADABLE as error:
            _log.warning("the figures of sources could not be counted: %s", _reason(error))
            found = []
        yield _gauge("stacktide_ready", "Whether store and operational state can be read.", {(): bool(found)})
        yield from found

    def _version(self) -> "Metric":
        version = self._home.store.version()
        return _gauge("stacktide_store_version", "The newest version of the store.", {(): version})

    def _runs(self) -> "Metric":
        from prometheus_client.core import CounterMetricFamily

        query = sa.select(RUNS.c.source, RUNS.c.outcome, sa.func.count()).group_by(RUNS.c.source, RUNS.c.outcome)
        with self._home.state.reading() as connection:
            counts = Counter({(source, outcome): count for source, outcome, count in connection.execute(query)})
        made = CounterMetricFamily("stacktide_runs", "Runs by source and outcome.", labels=["source", "outcome"])
        for source in self._catalog.source:
            for outcome in get_args(Outcome):
                if outcome != "running":
                    made.add_metric([source, outcome], counts[source, outcome])
        return made

    def _health(self) -> "Iterable[Metric]":
        now = self._clock()
        due = scheduler.next_runs(self._home, Schedules(self._home.state, self._catalog, self._clock).all(), now)
        found = health.survey(self._home, self._catalog, now, due)
        finished = {h.source: h.runs.finished for h in found if h.runs.finished}
        good = {h.source: h.runs.good.asked for h in found if h.runs.good and h.runs.good.asked}
        newest = {h.source: h.newest_period for h in found if h.newest_period}
        states: dict[tuple[str, ...], float] = {(h.source, s): h.state == s for h in found for s in health.STATES}
        yield _gauge("stacktide_source_state", "1 for the state that the source is in.", states, "source", "state")
        yield _gauge(
            "stacktide_source_rows", "Observations in the store.", {(h.source,): h.rows for h in found}, "source"
        )
        yield _gauge(
            "stacktide_source_newest_period_age_days",
            "Days since the newest period began.",
            {(source,): (now.date() - period).days for source, period in newest.items()},
            "source",
        )
        yield _gauge(
            "stacktide_source_last_run_duration_seconds",
            "Seconds that the newest finished run took.",
            {(source,): run.seconds or 0 for source, run in finished.items()},
            "source",
        )
        yield _gauge(
            "stacktide_source_last_good_timestamp_seconds",
            "When the publisher was last asked with success, in seconds since 1970.",
            {(source,): asked.replace(tzinfo=UTC).timestamp() for source, asked in good.items()},
            "source",
        )

    def _exports(self) -> "Iterable[Metric]":
        found = exporting.survey(self._home, self._clock())
        written = {e.export.name: e.runs.written.started for e in found if e.runs.written}
        states: dict[tuple[str, ...], float] = {
            (e.export.name, state): e.state == state for e in found for state in get_args(exporting.State)
        }
        yield _gauge("stacktide_export_state", "1 for the state that the export is in.", states, "export", "state")
        yield _gauge(
            "stacktide_export_last_written_timestamp_seconds",
            "When the export last wrote a file, in seconds since 1970.",
            {(export,): at.replace(tzinfo=UTC).timestamp() for export, at in written.items()},
            "export",
        )


def _gauge(name: str, means: str, values: Mapping[tuple[str, ...], float], *labels: str) -> "Metric":
    from prometheus_client.core import GaugeMetricFamily

    made = GaugeMetricFamily(name, means, labels=labels)
    for of_labels, value in values.items():
        made.add_metric(of_labels, float(value))
    return made
