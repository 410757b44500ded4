"""What is known of operations: how each source is, what every run did, which states the store keeps."""

from typing import Any, Final, get_args

import pyarrow as pa

from dashboard.api.collection import Call, Collection, table
from dashboard.api.parameters import AS_OF, OUTCOME, SOURCE, one
from dashboard.export.dataset import DAY, TEXT, Column, Dataset
from etl import health, scheduler
from etl.runs import Outcome, Trigger
from etl.schedule import Schedules
from etl.vintages import states

_COUNT: Final = pa.int64()
_MOMENT: Final = pa.timestamp("s")
_CHANGES: Final = {
    "rows_added": Column(_COUNT, "Rows that were added."),
    "rows_changed": Column(_COUNT, "Rows that were changed."),
    "rows_removed": Column(_COUNT, "Rows that were removed."),
}

SOURCES: Final = {
    "id": Column(TEXT, "Id of the source."),
    "title": Column(TEXT, "Title of the source."),
    "publisher": Column(TEXT, "Who publishes it."),
    "homepage": Column(TEXT, "Its page."),
    "licence": Column(TEXT, "Id of the licence of its figures."),
    "licence_title": Column(TEXT, "Title of that licence."),
    "licence_url": Column(TEXT, "Address of that licence, where there is one."),
    "redistribute": Column(pa.bool_(), "Whether the licence lets figures be passed on."),
    "attribution": Column(TEXT, "Whom to name as the origin of its figures."),
    "citation": Column(TEXT, "How to cite it."),
    "caveat": Column(TEXT, "Its known bias."),
    "cadence": Column(TEXT, "How often it publishes."),
    "verified": Column(TEXT, "Against what its reading was verified: recording or documentation."),
    "first_period": Column(DAY, "First day of the oldest period with a figure."),
    "last_period": Column(DAY, "First day of the newest period with a figure."),
    "observations": Column(_COUNT, "Number of observations."),
    "retrieved_on": Column(DAY, "Day on which it was last fetched with success."),
    "state": Column(TEXT, "How it is now; empty where the state of an earlier day is asked for."),
    "why": Column(TEXT, "What that follows from."),
    "last_run": Column(_MOMENT, "When its last run began, UTC."),
    "last_outcome": Column(TEXT, "How its last run ended."),
    "next_run": Column(_MOMENT, "When its next run begins, UTC."),
}
RUNS: Final = {
    "id": Column(_COUNT, "Number of the run."),
    "source": Column(TEXT, "Id of the source that was refreshed."),
    "trigger": Column(TEXT, "What began it."),
    "started": Column(_MOMENT, "When it began, UTC."),
    "finished": Column(_MOMENT, "When it ended, UTC; empty while it runs, and where it was interrupted."),
    "seconds": Column(pa.float64(), "How long it took.", "seconds"),
    "outcome": Column(TEXT, "How it ended."),
    "error": Column(TEXT, "The error in words, where there was one."),
    "requests": Column(_COUNT, "Requests sent to the publisher."),
    "bytes": Column(_COUNT, "Bytes received.", "bytes"),
    "rows": Column(_COUNT, "Rows of the source after it."),
    **_CHANGES,
    "newest_period": Column(DAY, "First day of the newest period after it."),
    "store_version": Column(_COUNT, "Version of the store that it made."),
    "retrieved_on": Column(DAY, "Day on which its figures were retrieved."),
    "unknown_count": Column(_COUNT, "Published names that nothing covers."),
    "failed_count": Column(_COUNT, "Parts that failed."),
}
VINTAGES: Final = {
    "version": Column(_COUNT, "Version of the store; `version` and `as_of` ask for it."),
    "at": Column(_MOMENT, "When it was committed, UTC."),
    "source": Column(TEXT, "Id of the source whose rows were replaced; empty: all, or none."),
    "operation": Column(TEXT, "replace: new rows; compact and retention leave all rows as they were."),
    "run": Column(_COUNT, "Number of the run that made it, where one did."),
    "rows": Column(_COUNT, "Rows of the store, or of the source asked for."),
    "bytes": Column(_COUNT, "Size of their files.", "bytes"),
    **_CHANGES,
}


def _sources(call: Call) -> Dataset:
    snapshot, now_shown = call.snapshot, call.chosen.as_of is None
    summary = snapshot.summary
    held = {
        str(source): (int(rows["rows"].sum()), rows["first"].min().date(), rows["last"].max().date())
        for source, rows in summary.groupby("source", sort=False)
    }
    states_now = _health(call) if now_shown else {}
    rows = []
    for s in snapshot.catalog.sources:
        if not call.chosen.source or s.id in call.chosen.source:
            names = ("id", "title", "publisher", "homepage", "attribution", "citation", "caveat", "cadence", "verified")
            row: dict[str, Any] = {name: getattr(s, name) for name in names}
            row |= {"licence": s.licence.id, "licence_title": s.licence.title, "licence_url": s.licence.url}
            row["redistribute"] = s.licence.redistribute
            row["observations"], row["first_period"], row["last_period"] = held.get(s.id, (0, None, None))
            rows.append(row | {"retrieved_on": snapshot.retrieved_on.get(s.id)} | states_now.get(s.id, {}))
    return table(call, "sources", SOURCES, rows)


def _health(call: Call) -> dict[str, dict[str, Any]]:
    """How each source is now, as the page Sources shows it."""
    catalog = call.snapshot.catalog
    schedules = Schedules(call.home.state, catalog, lambda: call.now).all()
    by_source = call.snapshot.summary.groupby("source", sort=False)
    held = {str(s): (int(rows["rows"].sum()), rows["last"].max().date()) for s, rows in by_source}
    found = health.survey(call.home, catalog, call.now, scheduler.next_runs(call.home, schedules, call.now), held)
    return {
        h.source: {
            "state": h.state,
            "why": h.why,
            "last_run": h.runs.newest.started if h.runs.newest else None,
            "last_outcome": h.runs.newest.outcome if h.runs.newest else None,
            "next_run": h.next_run,
        }
        for h in found
    }


def _runs(call: Call) -> Dataset:
    sources, outcomes = call.chosen.source, call.asked.get("outcome", [])
    found = call.home.runs.list(
        source=sources[0] if len(sources) == 1 else None,
        outcome=outcomes[0] if len(outcomes) == 1 else None,
        limit=None,
    )
    kept = [
        {name: run[name] for name in RUNS}
        for run in found
        if (not sources or run["source"] in sources) and (not outcomes or run["outcome"] in outcomes)
    ]
    return table(call, "runs", RUNS, kept)


def _vintages(call: Call) -> Dataset:
    rows = []
    of_source = call.chosen.source[0] if call.chosen.source else None
    for state in states(call.home.store, call.home.runs.get, of_source):
        row: dict[str, Any] = {"version": state.commit.version, "at": state.commit.at.floor("s").to_pydatetime()}
        row |= {"source": state.commit.source or None, "operation": state.commit.operation, "run": state.run}
        row |= {"rows": state.rows, "bytes": state.bytes, "rows_added": state.rows_added}
        rows.append(row | {"rows_changed": state.rows_changed, "rows_removed": state.rows_removed})
    return table(call, "vintages", VINTAGES, rows)


_STATES: Final = {"state": health.STATES, "last_outcome": get_args(Outcome)}
COLLECTIONS: Final = (
    Collection(
        "sources",
        "Sources",
        "Every source with publisher, licence, known bias, span and how it is now.",
        SOURCES,
        (SOURCE, AS_OF),
        _sources,
        frozenset(SOURCES)
        - {"licence_url", "first_period", "last_period", "retrieved_on", "state", "why", "last_run", "last_outcome"}
        - {"next_run"},
        words=_STATES,
    ),
    Collection(
        "runs",
        "Runs",
        "What every refresh did, newest first.",
        RUNS,
        (SOURCE, OUTCOME),
        _runs,
        frozenset({"id", "source", "trigger", "started", "outcome"}),
        words={"trigger": get_args(Trigger), "outcome": get_args(Outcome)},
    ),
    Collection(
        "vintages",
        "Vintages",
        "The states of the store that can be read, newest first; of one source, those in which its rows were replaced.",
        VINTAGES,
        (one(SOURCE, "The id of a source. None: all of them."),),
        _vintages,
        frozenset({"version", "at", "operation", "rows", "bytes"}),
    ),
)
