"""Vintages: the states that the store was in, and what changed from one to another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from etl import schema
from etl.errors import UsageError
from etl.store import Commit, Store

MOST_REVISIONS: Final = 10
_KEY: Final = tuple(column for column in schema.KEY if column != "source")
_BOTH: Final = f"""
    with before_ as (select {", ".join(_KEY)}, value, sample_size, status from before where source = ?),
    after_ as (select {", ".join(_KEY)}, value, sample_size, status from after where source = ?),
    both_ as (
        select {", ".join(_KEY)}, b.value as value_before, a.value as value_after,
            b.sample_size is distinct from a.sample_size or b.status is distinct from a.status as other_revised
        from before_ b full join after_ a using ({", ".join(_KEY)})
    )"""
_COUNTS: Final = f"""{_BOTH}
    select
        count(*) filter (value_before is null) as added,
        count(*) filter (value_after is null) as removed,
        count(*) filter (value_before <> value_after) as values_revised,
        count(*) filter (value_before <> value_after or (value_before = value_after and other_revised)) as revised,
        count(*) filter (value_before = value_after and not other_revised) as unchanged
    from both_"""
_LARGEST: Final = f"""{_BOTH}
    select {", ".join(_KEY)}, value_before, value_after,
        case when sign(value_before) = sign(value_after) then value_after / value_before end as factor,
        case when sign(value_before) = sign(value_after)
            then abs(ln(nullif(abs(value_after), 0)) - ln(nullif(abs(value_before), 0)))
            else 'infinity'::double end as size
    from both_ where value_before <> value_after
    order by size desc, abs(value_after - value_before) desc, {", ".join(_KEY)} limit ?"""

Reports = Callable[[int], Mapping[str, Any] | None]
"""The report of the run with an id, if there is one."""


@dataclass(frozen=True)
class State:
    """One state of the store (or of one source in it), and the commit that brought it about. Counts are rows."""

    commit: Commit
    rows: int
    bytes: int
    run: int | None = None
    rows_added: int | None = None
    """None, as the two below, where no run tells."""
    rows_changed: int | None = None
    rows_removed: int | None = None


@dataclass(frozen=True)
class Difference:
    """What changed in a source between two versions. Counts are rows.

    `revised` had another value, sample size or status; `values_revised` of them another value. `largest` are the
    largest of those, as mappings with the key columns, `value_before`, `value_after` and `factor` (after / before;
    none where a value is zero or the sign differs), furthest from one first.
    """

    source: str
    before: Commit
    after: Commit
    added: int
    revised: int
    values_revised: int
    removed: int
    unchanged: int
    largest: list[dict[str, Any]] = field(default_factory=list)


def states(store: Store, reports: Reports, source: str | None = None, most: int | None = None) -> list[State]:
    """The states that can be read, newest first, at most `most`; of a source: those in which its rows were replaced.

    Raises StoreError when there is no store.
    """
    kept = store.kept()
    wanted = [c for c in kept if source is None or (c.operation != "retention" and c.source in (source, ""))]
    return [_state(store, commit, reports, source) for commit in wanted[:most]]


def _state(store: Store, commit: Commit, reports: Reports, source: str | None) -> State:
    files = pa.table(store.table(commit.version).get_add_actions(flatten=True)).to_pandas()
    if source is not None and len(files):
        files = files[files["partition.source"] == source]
    rows, size = (int(files[column].sum()) if len(files) else 0 for column in ("num_records", "size_bytes"))
    run = int(commit.run) if commit.run.isdecimal() else None
    report = reports(run) if run is not None else None
    # another run history may have given the same id to another run
    if report is None or report.get("source") != commit.source or report.get("store_version") != commit.version:
        return State(commit, rows, size, run)
    changes = (report.get(name) for name in ("rows_added", "rows_changed", "rows_removed"))
    return State(commit, rows, size, run, *changes)


def must_not_be_to_come(name: str, day: date, today: date) -> None:
    """Raise UsageError when `day`, given under this name, is after `today` (UTC)."""
    if day > today:
        raise UsageError(f"{name} {day} lies in the future: it is {today} (UTC); give that day or an earlier one.")


def version_given(store: Store, name: str, text: str, today: date) -> Commit:
    """The state that somebody named by its version (`12`) or its day (`2026-08-01`: the state at its end, UTC).

    It was given as the option `name`; `today` is the day in UTC. Raises UsageError, with what there is, for one that
    cannot be read; StoreError when there is no store.
    """
    kept = {commit.version: commit for commit in store.kept()}
    newest, oldest = next(iter(kept.values())), list(kept.values())[-1]
    if text.isdecimal():
        if len(text) < 19 and int(text) in kept:
            return kept[int(text)]
        first, last = (f"{commit.version} ({commit.at:%Y-%m-%d})" for commit in (oldest, newest))
        there = f"versions {first} to {last}" if len(kept) > 1 else f"version {first} only"
        raise UsageError(f"The store has no version {text}: it has {there}.")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text} is neither a version nor a date: write it as 12 or as 2026-01-31.") from error
    must_not_be_to_come(name, day, today)
    return kept[store.version_on(day)]


def difference(store: Store, source: str, before: Commit, after: Commit, most: int = MOST_REVISIONS) -> Difference:
    """What was added, revised and removed in `source` from the state `before` to the state `after`.

    Raises StoreError when one of them cannot be read.
    """
    views = {"before": before.version, "after": after.version}
    counts = store.query(_COUNTS, [source, source], views).iloc[0]
    largest = store.query(_LARGEST, [source, source, most], views) if counts["values_revised"] else pd.DataFrame()
    return Difference(
        source,
        before,
        after,
        **{name: int(counts[name]) for name in ("added", "revised", "values_revised", "removed", "unchanged")},
        largest=[_revision(row) for row in largest.to_dict("records")],
    )


def _revision(row: Mapping[Any, Any]) -> dict[str, Any]:
    """JSON types: a day in place of a moment, none in place of a factor that is no number."""
    factor = float(row["factor"])
    return {
        **{str(name): value for name, value in row.items() if name != "size"},
        "period_start": f"{row['period_start']:%Y-%m-%d}",
        "factor": factor if 0 < factor < float("inf") else None,
    }
