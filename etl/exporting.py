"""When scheduled exports are due, how they are, and the processes in which the scheduler runs them.

An export after a refresh is due when the store has a commit to one of its sources that is newer than what it exported
last. It waits until nothing more is being refreshed, so that many sources refreshed in a row make one file; but not
for ever. All that it goes by lies in the store and in the operational state, so that nothing is lost in a restart.
"""

import logging
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from etl import work
from etl.exports import Export, ExportRun, Exports, LastRuns
from etl.home import Home
from etl.store import Commit, Store

State = Literal["good", "failing", "new"]

SETTLED: Final = timedelta(seconds=60)
"""For so long nothing that an export reads has changed before it runs."""
PATIENCE: Final = timedelta(hours=1)
"""It waits at most so long for refreshes under way."""
AGAIN_AFTER_FAILURE: Final = timedelta(hours=1)
AGAIN_AFTER_INTERRUPTION: Final = timedelta(seconds=60)
AT_ONCE: Final = 2
_BETWEEN_SECONDS: Final = 30.0
"""A process that ends without a word in the history is not started again at once."""
_UNCHANGED: Final = ("compact", "retention")
"""What leaves all rows as they were."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """How one export is; `next_run` is none where nothing is due, or it waits for a refresh."""

    export: Export
    state: State
    runs: LastRuns
    next_run: datetime | None

    @property
    def key(self) -> str:
        """Its key in the table of states, which it shares with sources."""
        return self.export.key

    @property
    def error(self) -> str | None:
        """Why it fails; none where it does not."""
        return self.runs.finished.error if self.state == "failing" and self.runs.finished else None

    @property
    def why(self) -> str:
        """How it is, in a sentence."""
        last = self.runs.finished
        if last is None:
            return "It has not run yet."
        if self.state == "failing":
            return f"The run of {last.started:%Y-%m-%d} failed: {last.error or 'no reason given.'}"
        return f"It wrote {newest_file(last)} with {last.rows or 0:,} rows on {last.started:%Y-%m-%d}."

    def report(self) -> dict[str, Any]:
        """All of it as JSON types, times in ISO 8601 (UTC)."""
        export, newest, written = self.export, self.runs.newest, self.runs.written
        return {
            "name": export.name,
            "selection": export.selection,
            "format": export.format,
            "spreadsheet": export.spreadsheet,
            "folder": export.folder,
            "keep": export.keep,
            "when": export.words,
            "cron": export.cron,
            "timezone": export.timezone,
            "paused": export.paused,
            "state": self.state,
            "next_run": f"{self.next_run:%Y-%m-%dT%H:%M:%SZ}" if self.next_run else None,
            "last_run": f"{newest.started:%Y-%m-%dT%H:%M:%SZ}" if newest else None,
            "outcome": newest.outcome if newest else None,
            "file": written.file if written else None,
            "rows": written.rows if written else None,
            "bytes": written.bytes if written else None,
            "error": self.error,
        }


def survey(home: Home, now: datetime) -> list[Standing]:
    """How every export is, by name. Raises StoreError when store or state cannot be read."""
    exports = Exports(home.state, lambda: now)
    wanted = exports.all()
    if not wanted:
        return []
    last = exports.last()
    waiting = any(export.cron is None and not export.paused for export in wanted)
    history = _History(home.store if waiting and home.store.exists() else None)
    busy = waiting and bool(home.runs.list(outcome="running", limit=1))
    found = []
    for export in wanted:
        runs = last.get(export.name, LastRuns())
        at = due(export, runs, history.changes(export), busy, now)
        found.append(Standing(export, _state(runs), runs, at))
    return found


def due(export: Export, runs: LastRuns, changes: Sequence[datetime], busy: bool, now: datetime) -> datetime | None:
    """When an export is to run next, in the past where that was missed; none when paused, or nothing changed. Pure.

    `changes` are the times of the commits that it has not exported, `busy` says whether something is being refreshed.
    """
    if export.paused:
        return None
    newest = runs.newest
    if export.cron is not None:
        counted = newest if newest is None or newest.outcome != "interrupted" else runs.finished
        at = export.after(max(export.since, counted.started) if counted else export.since)
    elif changes:
        first, last = min(changes), max(changes)
        at = min((now if busy else last) + SETTLED, first + PATIENCE)
        if newest is not None and newest.outcome == "failed" and newest.started > last:
            at = newest.started + AGAIN_AFTER_FAILURE
    else:
        at = None
    if at is not None and newest is not None and newest.outcome == "interrupted":
        at = max(at, newest.started + AGAIN_AFTER_INTERRUPTION)
    return at


def _state(runs: LastRuns) -> State:
    if runs.finished is None:
        return "new"
    return "failing" if runs.finished.outcome == "failed" else "good"


class _History:
    """The commits of a store, read once; none: as if it had none."""

    def __init__(self, store: Store | None) -> None:
        self._identity = store.identity() if store is not None else None
        self._commits: list[Commit] = store.history() if store is not None else []

    def changes(self, export: Export) -> list[datetime]:
        """When what an export reads was changed since it was exported last; an export by cron does not ask."""
        if export.cron is not None:
            return []
        seen = export.store_version if export.store == self._identity else None
        return [
            commit.at.to_pydatetime()
            for commit in self._commits
            if (seen is None or commit.version > seen)
            and commit.operation not in _UNCHANGED
            and (not commit.source or not export.sources or commit.source in export.sources)
        ]


class Exporting:
    """The exports that a scheduler runs, each in a process of its own. Nothing here waits for one."""

    def __init__(self, home: Home, clock: Callable[[], datetime]) -> None:
        self._home, self._clock = home, clock
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._begun: dict[str, float] = {}

    def look(self) -> None:
        """Begin what is due. Raises StoreError when store or state cannot be read."""
        self._reap()
        now = self._clock()
        for standing in survey(self._home, now):
            name, newest = standing.export.name, standing.runs.newest
            runs = newest is not None and newest.outcome == "running"
            if runs or standing.next_run is None or standing.next_run > now or not self._may_begin(name):
                continue
            why = "refresh" if standing.export.cron is None else "schedule"
            words = ["exports", "run", name, "--home", str(self._home.path), "--trigger", why]
            self._running[name] = work.launch([*words, "--parent", str(os.getpid())])
            self._begun[name] = time.monotonic()

    def _may_begin(self, name: str) -> bool:
        if name in self._running or len(self._running) >= AT_ONCE:
            return False
        return time.monotonic() - self._begun.get(name, -_BETWEEN_SECONDS) >= _BETWEEN_SECONDS

    def _reap(self) -> None:
        for name, process in list(self._running.items()):
            code = process.poll()
            if code is None:
                continue
            del self._running[name]
            if code < 0:
                _log.error("the export %s was ended by signal %d; its last file stays", name, -code)

    @property
    def processes(self) -> "list[subprocess.Popen[bytes]]":
        """What is under way; ended, it is due again at the next start."""
        return list(self._running.values())


def newest_file(run: ExportRun | None) -> str | None:
    """The name of the file that a run wrote, without its folder."""
    return None if run is None or run.file is None else os.path.basename(run.file)  # noqa: PTH119 - text in, text out
