"""Scheduled exports: what is written where and when, and what their runs did; tables of the operational state.

An export runs by cron text, or after a refresh that changed what it reads. Times are UTC without zone.
"""

import json
import os
import platform
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

import sqlalchemy as sa

from etl import schedule
from etl.catalog import unknown
from etl.errors import UsageError
from etl.runs import process
from etl.state import EXPORT_RUNS, EXPORTS, HEALTH, State

Outcome = Literal["running", "written", "failed", "interrupted"]
Trigger = Literal["manual", "schedule", "refresh"]
FINISHED: Final = ("written", "failed")
"""Outcomes that tell how an export is; a run that was interrupted tells nothing, and is repeated."""
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
"""What an export may be called: its files begin with it, and are the same on file systems without capitals."""
KEEP: Final = 12
MOST_KEPT: Final = 10_000
RUNS_KEPT: Final = 1_000
"""Of each export; one that runs every minute makes half a million a year."""


@dataclass(frozen=True)
class Export:
    """One scheduled export. Without `cron` it runs after a refresh.

    `sources` are those that it reads; none: all of them. `store` and `store_version` are the store's identity and the
    version up to which it needs no new file.
    """

    name: str
    selection: str
    format: str
    folder: str
    since: datetime
    keep: int = KEEP
    spreadsheet: bool = False
    cron: str | None = None
    timezone: str = "UTC"
    paused: bool = False
    sources: tuple[str, ...] = ()
    store: str | None = None
    store_version: int | None = None

    @property
    def words(self) -> str:
        """When it runs, in words."""
        if self.cron is None:
            return "after a refresh that changed its figures"
        return f"{schedule.parsed(self.cron).words} {self.timezone}"

    @property
    def key(self) -> str:
        """Its key in the table of states, beside the ids of sources."""
        return f"export:{self.name}"

    def after(self, moment: datetime) -> datetime | None:
        """The first time after `moment` that its cron text names; none where it has none."""
        return None if self.cron is None else schedule.parsed(self.cron).after(moment, schedule.zone(self.timezone))


@dataclass(frozen=True)
class ExportRun:
    """One run of an export; `file` is the whole path of what it wrote, `bytes` its size."""

    id: int
    export: str
    trigger: Trigger
    started: datetime
    outcome: Outcome
    finished: datetime | None = None
    file: str | None = None
    rows: int | None = None
    bytes: int | None = None
    error: str | None = None
    store_version: int | None = None

    def report(self) -> dict[str, Any]:
        """All of it as JSON types, times in ISO 8601."""
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(self).items()}


@dataclass(frozen=True)
class LastRuns:
    """The newest run of an export, the newest that came to an end, the newest that wrote a file; each may be none."""

    newest: ExportRun | None = None
    finished: ExportRun | None = None
    written: ExportRun | None = None


def checked_name(name: str) -> str:
    """The name, if an export may have it; raises UsageError."""
    if NAME.fullmatch(name) is None:
        raise UsageError(
            f"An export cannot be called {_short(name)!r}: give it a name of at most 60 small letters, digits, `-` and "
            "`_` that begins with a letter or a digit."
        )
    return name


class Exports:
    """The scheduled exports in the operational state. Raises StoreError when that cannot be read or written."""

    def __init__(self, state: State, clock: Callable[[], datetime]) -> None:
        self._state, self._clock = state, clock

    def all(self) -> list[Export]:
        """Every export, by name."""
        with self._state.reading() as connection:
            return [_export(row) for row in connection.execute(sa.select(EXPORTS).order_by(EXPORTS.c.name))]

    def of(self, name: str) -> Export:
        """The export of this name; raises UsageError when there is none."""
        with self._state.reading() as connection:
            row = connection.execute(sa.select(EXPORTS).where(EXPORTS.c.name == name)).one_or_none()
            names = connection.execute(sa.select(EXPORTS.c.name)).scalars().all()
        if row is None:
            raise UsageError(unknown("export", _short(name), names, "`stacktide exports list` lists them"))
        return _export(row)

    def add(self, export: Export, in_place: bool = False) -> Export:
        """Keep an export, `in_place` of the one of its name if there is one.

        Raises UsageError when its name, cron text, time zone or number of files is wrong, or it is there already.
        """
        checked_name(export.name)
        if not 1 <= export.keep <= MOST_KEPT:
            raise UsageError(f"{export.keep} files cannot be kept: give --keep 1 to {MOST_KEPT}.")
        cron = None if export.cron is None else schedule.parsed(export.cron).text
        made = replace(export, cron=cron, timezone=schedule.zone(export.timezone).key)
        values = {**vars(made), "sources": json.dumps(made.sources)}
        there = EXPORTS.c.name == export.name
        try:
            with self._state.writing() as connection:
                if in_place:
                    connection.execute(EXPORTS.delete().where(there))
                connection.execute(EXPORTS.insert().values(values))
        except sa.exc.IntegrityError:
            raise UsageError(
                f"There is an export `{export.name}` already: --replace puts this one in its place."
            ) from None
        return made

    def remove(self, name: str) -> Export:
        """Forget an export, and what its runs did; its files stay."""
        found = self.of(name)
        with self._state.writing() as connection:
            connection.execute(EXPORTS.delete().where(EXPORTS.c.name == name))
            connection.execute(EXPORT_RUNS.delete().where(EXPORT_RUNS.c.export == name))
            connection.execute(HEALTH.delete().where(HEALTH.c.source == found.key))
        return found

    def pause(self, name: str) -> Export:
        """Let an export rest until `resume`."""
        return self._put(self.of(name), paused=True)

    def resume(self, name: str) -> Export:
        """Go on with a paused export: times that passed meanwhile are left out, changed figures are not."""
        found = self.of(name)
        return self._put(found, paused=False, since=self._clock()) if found.paused else found

    def _put(self, export: Export, **values: bool | datetime) -> Export:
        with self._state.writing() as connection:
            connection.execute(EXPORTS.update().where(EXPORTS.c.name == export.name).values(values))
        return self.of(export.name)

    def begin(self, name: str, trigger: Trigger) -> ExportRun:
        """Record that a run began, and that those before it without an end were interrupted.

        Who calls it holds the lock of the export.
        """
        started, ours = self._clock(), EXPORT_RUNS.c.export == name
        values = {"export": name, "trigger": trigger, "started": started, "outcome": "running"}
        old = sa.select(EXPORT_RUNS.c.id).where(ours).order_by(EXPORT_RUNS.c.id.desc()).offset(RUNS_KEPT - 1)
        with self._state.writing() as connection:
            dangling = ours & (EXPORT_RUNS.c.outcome == "running")
            connection.execute(EXPORT_RUNS.update().where(dangling).values(outcome="interrupted"))
            connection.execute(EXPORT_RUNS.delete().where(EXPORT_RUNS.c.id.in_(old)))
            added = connection.execute(EXPORT_RUNS.insert().values({**values, "process": process(os.getpid())}))
        assert added.inserted_primary_key is not None, "SQLAlchemy gives the key of one row that was inserted"
        return ExportRun(int(added.inserted_primary_key[0]), name, trigger, started, "running")

    def end(self, run: ExportRun, sources: Collection[str] = (), store: str | None = None) -> ExportRun:
        """Record the outcome of a run; after a good one, which sources it read of which store, and up to where."""
        ended = replace(run, finished=self._clock(), error=_storable(run.error))
        values = {k: v for k, v in vars(ended).items() if k not in {"id", "export", "trigger", "started"}}
        seen = {"sources": json.dumps(sorted(sources)), "store": store, "store_version": run.store_version}
        with self._state.writing() as connection:
            connection.execute(EXPORT_RUNS.update().where(EXPORT_RUNS.c.id == run.id).values(values))
            if run.outcome == "written":
                connection.execute(EXPORTS.update().where(EXPORTS.c.name == run.export).values(seen))
        return ended

    def history(self, name: str | None = None, limit: int | None = 50) -> list[ExportRun]:
        """The newest runs first, of one export if given."""
        self._settle()
        query = sa.select(*_RUN).order_by(EXPORT_RUNS.c.id.desc()).limit(limit)
        query = query if name is None else query.where(EXPORT_RUNS.c.export == name)
        with self._state.reading() as connection:
            return [ExportRun(**row._asdict()) for row in connection.execute(query)]

    def last(self) -> Mapping[str, LastRuns]:
        """The last runs of every export that ever ran, by name."""
        self._settle()
        outcome = EXPORT_RUNS.c.outcome
        newest = [_newest(sa.true()), _newest(outcome.in_(FINISHED)), _newest(outcome == "written")]
        query = sa.select(*_RUN).where(EXPORT_RUNS.c.id.in_(sa.union(*newest))).order_by(EXPORT_RUNS.c.id)
        found: dict[str, LastRuns] = {}
        with self._state.reading() as connection:
            rows = [ExportRun(**row._asdict()) for row in connection.execute(query)]
        for run in rows:  # oldest first, so that newer ones take the place of older ones
            places = {"newest": run}
            places |= {"finished": run} if run.outcome in FINISHED else {}
            places |= {"written": run} if run.outcome == "written" else {}
            found[run.export] = replace(found.get(run.export, LastRuns()), **places)
        return found

    def _settle(self) -> None:
        """Record as interrupted what was run by a process of this machine that is no longer there."""
        with self._state.reading() as connection:
            query = sa.select(EXPORT_RUNS.c.id, EXPORT_RUNS.c.process).where(EXPORT_RUNS.c.outcome == "running")
            gone = [row.id for row in connection.execute(query) if _gone(row.process)]
        if gone:
            still = EXPORT_RUNS.c.id.in_(gone) & (EXPORT_RUNS.c.outcome == "running")
            with self._state.writing() as connection:
                connection.execute(EXPORT_RUNS.update().where(still).values(outcome="interrupted"))


_RUN: Final = [column for column in EXPORT_RUNS.c if column.name != "process"]


def _export(row: sa.Row[Any]) -> Export:
    fields = row._asdict()
    return Export(**{**fields, "sources": tuple(json.loads(fields["sources"]))})


def _newest(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(sa.func.max(EXPORT_RUNS.c.id)).where(condition).group_by(EXPORT_RUNS.c.export)


def _gone(recorded: str | None) -> bool:
    if recorded is None:
        return False
    machine, pid, _ = recorded.rsplit(" ", 2)
    return machine == platform.node() and process(int(pid)) != recorded


def _storable(text: str | None) -> str | None:
    """The text without what PostgreSQL cannot store: NUL characters and halves of surrogate pairs."""
    return None if text is None else text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
