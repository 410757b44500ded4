"""Runs one source, or all: lock, fetch, parse, conform, check, replace in one commit, record.

The failure boundary is here: one source's failure never stops or harms another; within a source, a part that fails
leaves its last good rows in place.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from etl import checks, http, locks, logs, schema
from etl.catalog import Catalog, Source
from etl.conform import conform
from etl.errors import CheckError, StacktideError, StoreError
from etl.gather import Answer, Gather, held
from etl.home import Home
from etl.http import Payload, Request
from etl.runs import GOOD, UNFINISHED, Run, Trigger

Progress = Callable[[str, str, int, int], None]
"""Called before each request with source, part, its number from 1, and the number of all parts."""

_AT_ONCE_FROM_MIRROR: Final = 2
_AT_ONCE_FROM_PUBLISHERS: Final = 8
"""Most of the time goes into waiting, as publishers want it."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refresh:
    """What a refresh works with: everything that comes from outside, the clock included."""

    home: Home
    catalog: Catalog
    session: http.Session
    clock: Callable[[], datetime]
    trigger: Trigger = "manual"
    dry_run: bool = False
    full: bool = False
    wait_seconds: float = 0
    """For how long a refresh waits for another one of the same source."""
    scheduler: str | None = None
    """The address of a Dask cluster for large inputs; none: threads of this process."""
    progress: Progress = lambda source, part, number, total: None

    def all(self, ids: Sequence[str]) -> list[Run]:
        """Refresh these sources side by side; the runs come in the order of `ids`."""
        mirrored = http.mirror(self.session) is not None
        pool = ThreadPoolExecutor(_AT_ONCE_FROM_MIRROR if mirrored else _AT_ONCE_FROM_PUBLISHERS)
        try:
            return list(pool.map(self.one, ids))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # an interrupted caller does not wait for slow publishers

    def in_mirror(self, ids: Sequence[str]) -> list[str]:
        """Those of `ids` of which the session's mirror holds something; all where there is no mirror."""
        mirror = http.mirror(self.session)
        today = self.clock().date()
        return [i for i in ids if mirror is None or held(self.catalog.source[i], mirror, today)]

    def one(self, source: str) -> Run:
        """Refresh one source. Every failure ends in the run's `error`, one sentence; none is raised."""
        entry = self.catalog.source[source]
        run = Run(source=source, trigger=self.trigger, started=self.clock(), dry_run=self.dry_run)
        try:
            with locks.held(self.home.lock(source), f"refresh of {source}", self.clock, self.wait_seconds):
                run.started = self.clock()
                self._recorded(entry, run)
        except OSError as error:
            run.outcome, run.error = (
                "failed",
                f"{source}: the home folder cannot be written ({error.strerror}); the last state stays.",
            )
        except StacktideError as error:  # the lock is held, or the run history itself cannot be used
            run.outcome, run.error = "failed", str(error)
        run.finished = run.finished or self.clock()
        return run

    def _recorded(self, entry: Source, run: Run) -> None:
        before = self.home.runs.last().get(entry.id, {})
        resumes = before.get("outcome") in UNFINISHED
        if not self.dry_run:
            self.home.runs.begin(run)
        with logs.about(run.id, entry.id):
            _log.info("the run begins (%s)", run.trigger)
            self._judged_run(entry, run, resumes)
            if not self.dry_run:
                self._end(run)
            _log.info("the run ends: %s", _in_words(run))

    def _end(self, run: Run) -> None:
        try:
            self.home.runs.end(run)
        except StoreError as error:
            if run.outcome in GOOD:
                run.error = f"{run.source}: the refresh ended ({run.outcome}), but that could not be recorded: {error}"
            run.outcome = "failed"

    def _judged_run(self, entry: Source, run: Run, resumes: bool) -> None:
        """Run, and note in `run` how it ended."""
        try:
            self._run(entry, run, resumes)
        except CheckError as error:
            run.outcome, run.error = "refused", str(error)
        except StacktideError as error:
            run.outcome, run.error = "failed", str(error)
        except Exception as error:  # noqa: BLE001 - a bug or an unforeseen payload: a sentence here, the rest in the log
            _log.exception("the refresh of %s broke", entry.id)
            run.outcome = "failed"
            what = f"something that nobody foresaw ({type(error).__name__}: {error})"
            run.error = f"{entry.id}: {what}; the last state stays. Please report it."
        run.finished = self.clock()

    def _run(self, entry: Source, run: Run, resumes: bool) -> None:
        store, runs = self.home.store, self.home.runs
        old = store.read(source=[entry.id]) if store.exists() else schema.empty()
        run.newest_period_before = _newest(old)
        run.catalogue = _digest(entry, self.catalog)
        last_good = runs.last_good().get(entry.id, {})
        digest_before = last_good.get("catalogue")
        # figures made with other names or rules are no measure of the publisher's
        comparable = old if digest_before in (None, run.catalogue) else old[:0]
        run.from_mirror = mirrored = http.mirror(self.session) is not None
        goes_on = not self.full and not mirrored and digest_before == run.catalogue and _complete(entry, last_good)
        since = run.newest_period_before if goes_on else None
        parts = _Parts()
        again = frozenset(part["part"] for part in last_good.get("failed_parts", ()))
        gather = self._gather(entry, resumes, again, use_archive=not (mirrored or self.full))
        with closing(gather.answers(since)) as answers:
            for answer in answers:
                self._take(answer, entry, comparable, parts, run)
        self._replace(entry, old, comparable, parts, run)

    def _gather(self, entry: Source, resumes: bool, again: frozenset[str], use_archive: bool) -> Gather:
        return Gather(
            entry,
            self.session,
            self.home.archive,
            self.clock().date(),
            pace_file=self.home.pace(entry.id),
            use_archive=use_archive,
            resume=resumes,
            again=again,
            scheduler=self.scheduler,
            progress=lambda part, number, total: self.progress(entry.id, part, number, total),
        )

    def _take(self, answer: Answer, entry: Source, old: pd.DataFrame, parts: "_Parts", run: Run) -> None:
        """Judge one answer, and note in `parts` and `run` what came of it."""
        run.requests += answer.asked
        if answer.payload is not None:
            run.bytes += answer.payload.size or len(answer.payload.content)
        if answer.absent:
            run.not_yet_published.append(answer.request.part)
        elif answer.error is not None:
            parts.failed(answer.request.part, answer.error)
        elif answer.payload is not None and answer.draft is not None:
            try:
                rows = self._judged(entry, answer.payload, answer.draft, old, parts)
            except StacktideError as error:
                self.home.archive.forget(answer.request)
                parts.failed(answer.request.part, error)
            else:
                parts.succeeded(_found(answer.request, rows), rows)

    def _judged(
        self, entry: Source, payload: Payload, draft: pd.DataFrame, old: pd.DataFrame, parts: "_Parts"
    ) -> pd.DataFrame:
        conformed = conform(draft, payload, entry, self.catalog)
        parts.unknown.append(conformed.unknown)
        found = _found(payload.request, conformed.rows)
        if not _in_scope(conformed.rows, found).index.equals(conformed.rows.index):
            raise CheckError(f"{entry.id} {payload.request.part}: rows outside of the part's scope; mend `requests`.")
        checks.check_rows(conformed.rows, entry, self.catalog, self.clock().date())
        before, others = _in_scope(old, found), _neighbours(payload.request, conformed.rows, old, parts)
        checks.compare(conformed.rows, before, others, entry, self.catalog.breaks(entry.id))
        return conformed.rows

    def _replace(self, entry: Source, old: pd.DataFrame, comparable: pd.DataFrame, parts: "_Parts", run: Run) -> None:
        run.failed_parts = [{"part": part, "error": str(error)} for part, error in parts.failures]
        run.unknown_names = parts.unknown_names()
        if parts.rows:
            checks.overlap_free(parts.rows, entry)
            new = _merged(old, parts)
            checks.check_whole(new, comparable, entry)
            run.rows_added, run.rows_changed, run.rows_removed = _difference(old, new)
            changes = run.rows_added + run.rows_changed + run.rows_removed
            run.rows, run.newest_period = len(new), _newest(new)
            if changes and not self.dry_run:
                run.store_version = self.home.store.replace(new, entry.id, str(run.id))
            run.outcome = "partial" if parts.failures else "updated" if changes else "unchanged"
            run.retrieved_on = self.clock().date()
        elif parts.failures:
            refused = all(isinstance(error, CheckError) for _, error in parts.failures)
            run.outcome = "refused" if refused else "failed"
            run.rows, run.newest_period = len(old), run.newest_period_before
        elif run.from_mirror and run.not_yet_published:
            run.rows, run.newest_period, run.outcome = len(old), run.newest_period_before, "failed"
            run.error = f"{entry.id}: the mirror holds nothing of it; refresh it without --upstream."
        else:
            run.rows, run.newest_period, run.outcome = len(old), run.newest_period_before, "unchanged"
            run.retrieved_on = self.clock().date()
        if run.store_version is None and self.home.store.exists():
            run.store_version = self.home.store.version()
        if parts.failures:
            run.error = _sentence(entry.id, parts)


@dataclass
class _Parts:
    """What the parts of one run came to."""

    rows: list[pd.DataFrame] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    failures: list[tuple[str, StacktideError]] = field(default_factory=list)
    unknown: list[pd.DataFrame] = field(default_factory=list)

    def succeeded(self, request: Request, rows: pd.DataFrame) -> None:
        self.requests.append(request)
        self.rows.append(rows)

    def failed(self, part: str, error: StacktideError) -> None:
        self.failures.append((part, error))

    def unknown_names(self) -> list[dict[str, Any]]:
        """Names that no alias covers: rows over all parts, and the largest share that the name has in any of them."""
        if not self.unknown:
            return []
        names = pd.concat(self.unknown, ignore_index=True)
        by_name = names.groupby("name", as_index=False).agg(
            rows=("rows", "sum"), value_share_percent=("value_share", "max")
        )
        by_name["value_share_percent"] = by_name["value_share_percent"].astype(float).round(6)
        ordered = by_name.sort_values(["value_share_percent", "name"], ascending=[False, True])
        return [dict(zip(ordered.columns, row, strict=True)) for row in ordered.itertuples(index=False, name=None)]


def _in_words(run: Run) -> str:
    changes = f"{run.rows_added} rows added, {run.rows_changed} changed, {run.rows_removed} removed"
    told = f"{run.outcome}, {changes}, {run.requests} requests, {run.bytes} bytes, store version {run.store_version}"
    return f"{told}. {run.error}" if run.error else told


def _complete(entry: Source, report: Mapping[str, Any]) -> bool:
    """Whether the run that left this report held all that was published then: only newer periods are missing."""
    if entry.access is not None and (report.get("from_mirror") or report.get("trigger") == "first start"):
        return False
    return entry.parallel or not report.get("failed_parts")  # large inputs go on behind a part that cannot be read


def _sentence(source: str, parts: _Parts) -> str:
    first, error = parts.failures[0]
    count = len(parts.failures)
    named = ", ".join(part for part, _ in parts.failures[:8]) + (" ..." if count > 8 else "")
    kept = "its last good rows stay" if count == 1 else "their last good rows stay"
    return f"{source}: {count} of {count + len(parts.rows)} parts failed ({named}); {kept}. First, {first}: {error}"


def _found(request: Request, rows: pd.DataFrame) -> Request:
    """The request with `...` in its scope filled in by the values that its rows have."""
    return replace(request, scope={c: tuple(rows[c].unique()) if v is ... else v for c, v in request.scope.items()})


def _in_scope(rows: pd.DataFrame, request: Request) -> pd.DataFrame:
    mask = np.ones(len(rows), dtype=bool)
    for column, wanted in request.scope.items():
        values = wanted if isinstance(wanted, tuple) else (wanted,)
        mask &= rows[column].isin([pd.Timestamp(v) if column == "period_start" else v for v in values]).to_numpy()
    return rows[mask]


def _neighbours(request: Request, rows: pd.DataFrame, old: pd.DataFrame, parts: "_Parts") -> pd.DataFrame:
    """What a part of some periods follows on, in the last good state and in this run; none for a whole series.

    For a part that is one period: the period before, of all parts. For a part whose periods only its answer tells
    (readings, windows of days): the older periods of the same series.
    """
    period = request.scope.get("period_start")
    if period is None or rows.empty:
        return old[:0]
    if period is ...:
        series = Request(request.url, request.part, {c: v for c, v in request.scope.items() if c != "period_start"})
        first = rows["period_start"].min()
        return _in_scope(old[old["period_start"] < first], _found(series, rows))
    if not isinstance(period, date):
        return old[:0]
    end = pd.Timestamp(period)
    start = end - schema.PERIOD_OFFSETS[str(rows["frequency"].iloc[0])]
    near = [old[(old["period_start"] >= start) & (old["period_start"] < end)]]
    for other, accepted in zip(parts.requests, parts.rows, strict=True):
        theirs = other.scope.get("period_start")
        if isinstance(theirs, date) and start <= pd.Timestamp(theirs) < end:
            near.append(accepted)
    return pd.concat(near)


def _merged(old: pd.DataFrame, parts: _Parts) -> pd.DataFrame:
    """The rows of successful parts in place of those that they account for; what did not change keeps its vintage."""
    replaced = pd.Index([])
    for request in parts.requests:
        replaced = replaced.union(_in_scope(old, request).index)
    fresh = pd.concat(parts.rows, ignore_index=True)
    key = list(schema.KEY)
    text = dict.fromkeys(schema.CATEGORIES, "str")
    before = old.astype(text).loc[replaced, [*key, "value", "sample_size", "status", "vintage", "payload"]]
    joined = fresh.astype(text).merge(before, on=key, how="left", suffixes=("", "_before"))
    same = (
        (joined["value"] == joined["value_before"])
        & (joined["status"] == joined["status_before"])
        & (joined["sample_size"].fillna(-1) == joined["sample_size_before"].fillna(-1))
    )
    for column in ("vintage", "payload"):
        joined[column] = joined[column].where(~same, joined[f"{column}_before"])
    kept = old.drop(index=replaced)
    return schema.sort(schema.typed(pd.concat([kept.astype(text), joined[list(schema.COLUMNS)]], ignore_index=True)))


def _difference(old: pd.DataFrame, new: pd.DataFrame) -> tuple[int, int, int]:
    """Rows added, changed (value, sample size or status) and removed between two states of one source."""
    columns = [*schema.KEY, "value", "sample_size", "status"]
    text = dict.fromkeys(schema.CATEGORIES, "str")
    both = (
        old[columns]
        .astype(text)
        .merge(new[columns].astype(text), on=list(schema.KEY), how="outer", suffixes=("_before", ""), indicator=True)
    )
    common = both[both["_merge"] == "both"]
    changed = (common["value"] != common["value_before"]) | (common["status"] != common["status_before"])
    changed |= common["sample_size"].fillna(-1) != common["sample_size_before"].fillna(-1)
    return int((both["_merge"] == "right_only").sum()), int(changed.sum()), int((both["_merge"] == "left_only").sum())


def _newest(rows: pd.DataFrame) -> date | None:
    return pd.Timestamp(rows["period_start"].max()).date() if len(rows) else None


def _digest(entry: Source, catalog: Catalog) -> str:
    """Changes whenever what is asked for, or how published names become figures of technologies, changes."""
    rules = [[i.id, i.unit, i.combine, i.whole, sorted(catalog.lookup(entry, i).items())] for i in entry.indicators]
    asked = json.dumps([entry.settings, entry.urls, rules], sort_keys=True, default=str)
    return hashlib.sha256(asked.encode()).hexdigest()[:16]
