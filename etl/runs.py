"""The run history: what every refresh of a source did, a row of the operational state each."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa

from etl.state import RUNS, State

Outcome = Literal["unchanged", "updated", "partial", "failed", "refused", "interrupted", "running"]
Trigger = Literal["manual", "schedule", "first start"]
GOOD: Final = ("unchanged", "updated", "partial")
"""Outcomes after which the source's figures are known to be as published (`partial`: most of them)."""
UNFINISHED: Final = ("running", "interrupted", "partial", "failed")
"""Outcomes of runs that did not get all that they asked for."""

_MOST_NAMES_KEPT: Final = 500
_COLUMNS: Final = (
    "requests",
    "bytes",
    "rows",
    "rows_added",
    "rows_changed",
    "rows_removed",
    "newest_period_before",
    "newest_period",
    "store_version",
    "retrieved_on",
)
"""Fields of a run that are columns of the same name, beside those that `begin` writes."""
_LONG: Final = ("failed_parts", "not_yet_published", "catalogue", "from_mirror", "accepted")
"""Fields that are kept in the report, beside the unknown names."""
_SHORT: Final = [column for column in RUNS.c if column.name not in {"report", "process"}]


@dataclass
class Run:
    """What one refresh of one source did. Times are UTC without zone; counts are rows, requests and bytes."""

    source: str
    trigger: Trigger
    started: datetime
    id: int | None = None
    finished: datetime | None = None
    outcome: Outcome = "running"
    requests: int = 0
    bytes: int = 0
    rows: int = 0
    rows_added: int = 0
    rows_changed: int = 0
    rows_removed: int = 0
    newest_period_before: date | None = None
    newest_period: date | None = None
    unknown_names: list[dict[str, Any]] = field(default_factory=list)
    failed_parts: list[dict[str, Any]] = field(default_factory=list)
    """Of each `part`, `error` and what it is asked for with once more: `origin` and `since`."""
    accepted: list[str] = field(default_factory=list)
    """What spoke against the figures and was accepted on request (`--accept`)."""
    not_yet_published: list[str] = field(default_factory=list)
    error: str | None = None
    store_version: int | None = None
    retrieved_on: date | None = None
    catalogue: str | None = None
    """Digest of the entry and names that the rows were made with: when it changes, everything is asked for again."""
    dry_run: bool = False
    from_mirror: bool = False
    """Whether a mirror answered in place of the publisher: of an API it holds but some answers."""

    def report(self, most_names: int | None = None) -> dict[str, Any]:
        """All fields as JSON types, dates and times in ISO 8601; of the unknown names the `most_names` largest."""
        fields = {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(self).items()}
        return fields | {
            "unknown_count": len(self.unknown_names),
            "unknown_names": fields["unknown_names"][:most_names],
        }


class Runs:
    """The runs in the operational state. Every method raises StoreError when it cannot be read or written."""

    def __init__(self, state: State) -> None:
        self._state = state

    def begin(self, run: Run) -> Run:
        """Record that the run began, and that earlier ones of its source without an end were interrupted.

        Who calls it holds the lock of the source.
        """
        values = {
            "source": run.source,
            "trigger": run.trigger,
            "started": run.started,
            "outcome": run.outcome,
            "process": process(os.getpid()),
            "report": "{}",
        }
        with self._state.writing() as connection:
            dangling = (RUNS.c.source == run.source) & (RUNS.c.outcome == "running")
            connection.execute(RUNS.update().where(dangling).values(outcome="interrupted"))
            result = connection.execute(RUNS.insert().values(values))
            run.id = int(result.inserted_primary_key[0]) if result.inserted_primary_key else None
        return run

    def end(self, run: Run) -> None:
        """Record the outcome of a run that `begin` recorded."""
        report = run.report(_MOST_NAMES_KEPT)
        values = {
            **{name: getattr(run, name) for name in _COLUMNS},
            "finished": run.finished,
            "outcome": run.outcome,
            "error": _storable(run.error) if run.error else None,
            "unknown_count": len(run.unknown_names),
            "failed_count": len(run.failed_parts),
            "report": json.dumps({name: report[name] for name in ("unknown_names", *_LONG)}),
        }
        with self._state.writing() as connection:
            connection.execute(RUNS.update().where(RUNS.c.id == run.id).values(values))

    def last_good(self) -> Mapping[str, Mapping[str, Any]]:
        """The report of each source's newest good run, by source, as `get` gives it."""
        with self._state.reading() as connection:
            rows = connection.execute(sa.select(RUNS).where(RUNS.c.id.in_(_newest(RUNS.c.outcome.in_(GOOD)))))
            return {row.source: _report(row) for row in rows}

    def last(self) -> Mapping[str, Mapping[str, Any]]:
        """Outcome and times of each source's newest run, good or not, by source."""
        query = sa.select(RUNS.c.source, RUNS.c.outcome, RUNS.c.started, RUNS.c.finished)
        with self._state.reading() as connection:
            found = connection.execute(query.where(RUNS.c.id.in_(_newest(sa.true()))))
            return {row.source: row._asdict() for row in found}

    def retrieved_on(self, until: date | None = None) -> dict[str, date]:
        """The day on which each source was last fetched with success (and not after `until`, if given), by source."""
        query = sa.select(RUNS.c.source, RUNS.c.retrieved_on)
        good: sa.ColumnElement[bool] = RUNS.c.outcome.in_(GOOD)
        if until is not None:
            good &= RUNS.c.retrieved_on <= until
        with self._state.reading() as connection:
            found = connection.execute(query.where(RUNS.c.id.in_(_newest(good))))
            return {row.source: row.retrieved_on for row in found if row.retrieved_on}

    def get(self, run_id: int) -> dict[str, Any] | None:
        """Everything that is known of a run, as JSON types (times in ISO 8601); none if there is no such run.

        Its keys are those of `Run.report`, without `dry_run`: a dry run is not recorded.
        """
        self._settle()
        with self._state.reading() as connection:
            row = connection.execute(sa.select(RUNS).where(RUNS.c.id == run_id)).one_or_none()
        return None if row is None else _report(row)

    def list(
        self, source: str | None = None, outcome: str | None = None, limit: int | None = 50
    ) -> Sequence[dict[str, Any]]:
        """The newest runs first, of one source or outcome if given: all columns but the report.

        Times are datetimes in UTC without zone, days are dates; `seconds` is how long it took, none while it runs.
        """
        self._settle()
        query = sa.select(*_SHORT).order_by(RUNS.c.id.desc()).limit(limit)
        for column, wanted in ((RUNS.c.source, source), (RUNS.c.outcome, outcome)):
            query = query if wanted is None else query.where(column == wanted)
        with self._state.reading() as connection:
            return [row._asdict() | {"seconds": _seconds(row)} for row in connection.execute(query)]

    def _settle(self) -> None:
        """Record as interrupted what was run by a process of this machine that is no longer there."""
        query = sa.select(RUNS.c.id, RUNS.c.process).where(RUNS.c.outcome == "running")
        with self._state.reading() as connection:
            running = connection.execute(query.where(RUNS.c.process.is_not(None))).all()
        gone = [row.id for row in running if _gone(row.process)]
        if gone:
            still = RUNS.c.id.in_(gone) & (RUNS.c.outcome == "running")
            with self._state.writing() as connection:
                connection.execute(RUNS.update().where(still).values(outcome="interrupted"))


def process(pid: int) -> str | None:
    """A process of this machine as `machine pid start`, which no later process has; none if there is no such process.

    Where the system does not tell when a process started, `start` is 0.
    """
    start = "0"
    with suppress(OSError):
        start = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    if start == "0" and os.name == "posix":
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
        except OSError:
            pass  # it is another user's
    return f"{platform.node()} {pid} {start}"


def _gone(recorded: str) -> bool:
    machine, pid, _ = recorded.rsplit(" ", 2)
    return machine == platform.node() and process(int(pid)) != recorded


def _newest(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(sa.func.max(RUNS.c.id)).where(condition).group_by(RUNS.c.source)


def _seconds(row: sa.Row[Any]) -> float | None:
    return (row.finished - row.started).total_seconds() if row.finished else None


def _report(row: sa.Row[Any]) -> dict[str, Any]:
    fields = row._asdict()
    short = {column.name: fields[column.name] for column in _SHORT}
    missing: dict[str, Any] = {
        "unknown_names": [],
        "failed_parts": [],
        "not_yet_published": [],
        "catalogue": None,
        "from_mirror": False,
        "accepted": [],
    }
    long = missing | json.loads(row.report)
    told = {name: value.isoformat() if isinstance(value, date) else value for name, value in short.items()}
    return {**told, "seconds": _seconds(row), **long}


def _storable(text: str) -> str:
    """The text without what PostgreSQL cannot store: NUL characters and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
