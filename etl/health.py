"""How each source is: fresh, due, stale, failing, never asked, or ended; judged from its runs and its newest period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

import pandas as pd
import sqlalchemy as sa

from etl.catalog import CADENCE_DAYS, Catalog, Source
from etl.home import Home
from etl.runs import GOOD
from etl.state import RUNS

State = Literal["fresh", "due", "stale", "failing", "never", "ended"]
STATES: Final[tuple[State, ...]] = ("failing", "stale", "never", "due", "fresh", "ended")
"""What needs a person first comes first."""
BAD: Final = ("failing", "stale")
"""States that somebody should hear of."""

_FINISHED: Final = (*GOOD, "failed", "refused")


@dataclass(frozen=True)
class Past:
    """One run, as far as health goes. Times are UTC without zone."""

    id: int
    trigger: str
    outcome: str
    started: datetime
    finished: datetime | None
    error: str | None = None
    retrieved_on: date | None = None
    failed_count: int = 0

    @property
    def seconds(self) -> float | None:
        """How long it took; none where it has no end."""
        return (self.finished - self.started).total_seconds() if self.finished else None

    @property
    def asked(self) -> datetime | None:
        """When the publisher was asked; for figures that came with the package, the day on which they were."""
        if self.trigger == "first start":
            return datetime.combine(self.retrieved_on, datetime.min.time()) if self.retrieved_on else None
        return self.finished or self.started


@dataclass(frozen=True)
class LastRuns:
    """The newest run of a source, the newest that came to an end, and the newest good one; each may be none."""

    newest: Past | None = None
    finished: Past | None = None
    good: Past | None = None


@dataclass(frozen=True)
class Health:
    """The state of one source and what it follows from; `why` is one or two sentences."""

    source: str
    title: str
    cadence: str
    state: State
    why: str
    newest_period: date | None
    rows: int
    runs: LastRuns
    next_run: datetime | None = None

    @property
    def key(self) -> str:
        """Its key in the table of states, which it shares with scheduled exports."""
        return self.source

    def report(self) -> dict[str, Any]:
        """All of it as JSON types, days and times in ISO 8601 (UTC)."""
        last, good = self.runs.newest, self.runs.good
        return {
            "source": self.source,
            "title": self.title,
            "cadence": self.cadence,
            "state": self.state,
            "why": self.why,
            "newest_period": _iso(self.newest_period),
            "rows": self.rows,
            "run": last.id if last else None,
            "last_run": _iso(last.started) if last else None,
            "trigger": last.trigger if last else None,
            "outcome": last.outcome if last else None,
            "seconds": last.seconds if last else None,
            "last_good_run": _iso(good.started) if good else None,
            "next_run": _iso(self.next_run),
        }


def judge(
    entry: Source, runs: LastRuns, newest_period: date | None, now: datetime, next_run: datetime | None = None
) -> tuple[State, str]:
    """The state of a source at `now`, and why. Pure.

    Of several that are true, the one that a person must act on first: failing, never, ended, stale, due, fresh. A run
    that is under way or was interrupted says nothing about the publisher, so that the run before it decides; one
    that was interrupted is to be repeated, though. A `partial` run is a good one that tells what it lacks.
    """
    last, good = runs.finished, runs.good
    if last is not None and last.outcome not in GOOD:
        verb = "was refused by the checks" if last.outcome == "refused" else "failed"
        return "failing", f"The run of {_day(last.finished or last.started)} {verb}: {last.error or 'no reason given.'}"
    if newest_period is None and good is None:
        return "never", f"It was never refreshed: `stacktide refresh {entry.id}` does it."
    if entry.cadence == "ended":
        figures = f"its figures end with the period {newest_period}" if newest_period else "it has no figures"
        return "ended", f"Its publisher adds nothing any more; {figures}."
    if newest_period is not None:
        age, limit = (now.date() - newest_period).days, entry.expectations.newest_within_days
        if age > limit:
            return "stale", f"Its newest period, {newest_period}, began {age} days ago; more than {limit} is stale."
    reason = _due(entry, runs, now, next_run)
    if reason is not None:
        return "due", reason
    return "fresh", _fresh(good, now)


def _due(entry: Source, runs: LastRuns, now: datetime, next_run: datetime | None) -> str | None:
    good = runs.good
    if runs.newest is not None and runs.newest.outcome == "interrupted":
        return f"The run of {_day(runs.newest.started)} was interrupted; the next one goes on from there."
    if good is None:
        return "It holds figures, but no good run is recorded."
    if good.asked is None:
        return "Its figures came with the package, which does not say when they were retrieved."
    days = CADENCE_DAYS[entry.cadence]
    if now - good.asked > timedelta(days=days):
        came = "Its figures came with the package; its publisher" if good.trigger == "first start" else "Its publisher"
        return f"{came} was last asked on {_day(good.asked)}, {_ago(good.asked, now)}, and publishes {entry.cadence}."
    if next_run is not None and next_run < now and (runs.newest is None or runs.newest.started < next_run):
        return f"The run that was to begin on {next_run:%Y-%m-%d at %H:%M} UTC has not begun."
    return None


def _fresh(good: Past | None, now: datetime) -> str:
    assert good is not None, "what has no good run is never, failing, ended or due"
    asked = good.asked or good.started
    told = f"Its publisher was asked on {_day(asked)}, {_ago(asked, now)}."
    if good.failed_count:
        parts = "one part was" if good.failed_count == 1 else f"{good.failed_count} parts were"
        told += f" {parts.capitalize()} not had then and keep their last good rows: {good.error or 'no reason given.'}"
    return told


def survey(
    home: Home,
    catalog: Catalog,
    now: datetime,
    next_runs: Mapping[str, datetime] | None = None,
    held: Mapping[str, tuple[int, date]] | None = None,
) -> list[Health]:
    """The health of every source of the catalogue, in its order.

    `next_runs` is what `etl.scheduler.next_runs` gave: when which source is due (UTC without zone). `held` is what
    `figures_held` gave; none: the store is read. Raises StoreError when store or state cannot be read.
    """
    figures = figures_held(home) if held is None else held
    runs = last_runs(home)
    found = []
    for entry in catalog.sources:
        rows, newest_period = figures.get(entry.id, (0, None))
        of_source, next_run = runs.get(entry.id, LastRuns()), (next_runs or {}).get(entry.id)
        state, why = judge(entry, of_source, newest_period, now, next_run)
        found.append(Health(entry.id, entry.title, entry.cadence, state, why, newest_period, rows, of_source, next_run))
    return found


def figures_held(home: Home) -> dict[str, tuple[int, date]]:
    """Source -> its number of rows and its newest period, as the store has them now."""
    if not home.store.exists():
        return {}
    found = home.store.summary().groupby("source", observed=True).agg({"rows": "sum", "last": "max"})
    return {
        str(source): (int(rows), pd.Timestamp(last).date())
        for source, rows, last in zip(found.index, found["rows"], found["last"], strict=True)
    }


def last_runs(home: Home) -> dict[str, LastRuns]:
    """Source -> its last runs."""
    home.runs.list(outcome="running", limit=1)  # records as interrupted what no process runs any more
    newest, finished, good = (_newest(c) for c in (sa.true(), RUNS.c.outcome.in_(_FINISHED), RUNS.c.outcome.in_(GOOD)))
    columns = [RUNS.c[name] for name in ("id", "trigger", "outcome", "started", "finished", "error", "retrieved_on")]
    query = sa.select(RUNS.c.source, *columns, RUNS.c.failed_count).order_by(RUNS.c.id)
    found: dict[str, dict[str, Past]] = {}
    with home.state.reading() as connection:
        rows = connection.execute(query.where(RUNS.c.id.in_(sa.union(newest, finished, good)))).all()
    for row in rows:  # oldest first, so that newer ones take the place of older ones
        values = row._asdict()
        run, of_source = Past(**{name: values[name] for name in values if name != "source"}), row.source
        places = found.setdefault(of_source, {})
        places["newest"] = run
        if run.outcome in _FINISHED:
            places["finished"] = run
        if run.outcome in GOOD:
            places["good"] = run
    return {source: LastRuns(**places) for source, places in found.items()}


def _newest(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(sa.func.max(RUNS.c.id)).where(condition).group_by(RUNS.c.source)


def _iso(moment: date | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _ago(moment: datetime, now: datetime) -> str:
    days = (now.date() - moment.date()).days
    if days < 1:
        return "today"
    return "yesterday" if days == 1 else f"{days} days ago"
