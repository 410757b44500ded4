"""The run history: what every refresh of a source did. SQLAlchemy on SQLite in the home folder."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from etl.errors import StoreError

Outcome = Literal["unchanged", "updated", "partial", "failed", "refused", "interrupted", "running"]
Trigger = Literal["manual", "first start"]
GOOD: Final = ("unchanged", "updated", "partial")
"""Outcomes after which the source's figures are known to be as published (`partial`: most of them)."""
UNFINISHED: Final = ("running", "interrupted", "partial", "failed")
"""Outcomes of runs that did not get all that they asked for."""

_MOST_NAMES_KEPT: Final = 500
_METADATA: Final = sa.MetaData()
_RUNS: Final = sa.Table(
    "runs",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", sa.String, nullable=False, index=True),
    sa.Column("trigger", sa.String, nullable=False),
    sa.Column("started", sa.DateTime, nullable=False),
    sa.Column("finished", sa.DateTime),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("report", sa.Text, nullable=False),
)


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
    failed_parts: list[dict[str, str]] = field(default_factory=list)
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
    """The table of runs in the SQLite file at `path`, made on first use."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
        sa.event.listen(self._engine, "connect", _write_ahead)
        try:
            with self._engine.begin() as connection:  # two that begin at once may both make what is missing
                connection.execute(CreateTable(_RUNS, if_not_exists=True))
                for index in _RUNS.indexes:
                    connection.execute(CreateIndex(index, if_not_exists=True))
        except sa.exc.DatabaseError as error:
            raise StoreError(
                f"The run history {path} cannot be used ({error.orig}): move the file away, a new one is then begun."
            ) from error

    def begin(self, run: Run) -> Run:
        """Record that the run began, and that earlier ones of its source without an end were interrupted."""
        with self._engine.begin() as connection:
            dangling = (_RUNS.c.source == run.source) & (_RUNS.c.outcome == "running")
            connection.execute(_RUNS.update().where(dangling).values(outcome="interrupted"))
            values = {
                "source": run.source,
                "trigger": run.trigger,
                "started": run.started,
                "outcome": run.outcome,
                "report": "{}",
            }
            result = connection.execute(_RUNS.insert().values(values))
            run.id = int(result.inserted_primary_key[0]) if result.inserted_primary_key else None
        return run

    def end(self, run: Run) -> None:
        """Record the outcome of a run that `begin` recorded."""
        values = {"finished": run.finished, "outcome": run.outcome, "report": json.dumps(run.report(_MOST_NAMES_KEPT))}
        with self._engine.begin() as connection:
            connection.execute(_RUNS.update().where(_RUNS.c.id == run.id).values(values))

    def last_good(self) -> Mapping[str, Mapping[str, Any]]:
        """The report of each source's newest good run, by source."""
        newest = sa.select(sa.func.max(_RUNS.c.id)).where(_RUNS.c.outcome.in_(GOOD)).group_by(_RUNS.c.source)
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_RUNS.c.source, _RUNS.c.report).where(_RUNS.c.id.in_(newest)))
            return {source: json.loads(report) for source, report in rows}

    def last(self) -> Mapping[str, Mapping[str, Any]]:
        """Outcome and times of each source's newest run, good or not, by source."""
        newest = sa.select(sa.func.max(_RUNS.c.id)).group_by(_RUNS.c.source)
        with self._engine.connect() as connection:
            query = sa.select(_RUNS.c.source, _RUNS.c.outcome, _RUNS.c.started, _RUNS.c.finished).where(
                _RUNS.c.id.in_(newest)
            )
            return {row.source: row._asdict() for row in connection.execute(query)}

    def retrieved_on(self) -> dict[str, date]:
        """The day on which each source was last fetched with success, by source."""
        days = {source: report.get("retrieved_on") for source, report in self.last_good().items()}
        return {source: date.fromisoformat(day) for source, day in days.items() if day}


def _write_ahead(connection: Any, _: Any) -> None:
    with suppress(sqlite3.OperationalError):  # another connection is just switching: it holds for the file, so for all
        connection.execute("pragma journal_mode=wal")
