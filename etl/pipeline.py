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
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import pandas as pd

from etl import checks, comparison, http, locks, logs, schema
from etl.agenda import Origin
from etl.catalog import Catalog, Source
from etl.conform import conform
from etl.errors import CheckError, StacktideError, StoreError
from etl.gather import Answer, Gather, held
from etl.home import Home
from etl.http import Payload
from etl.parts import Parts, difference, filled, in_scope, merged, neighbours, reported, sentence
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
    accept: bool = False
    """Whether rows are taken that are too few, too old or too far from the last good state; that is noted."""
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
        goes_on = not self.full and not mirrored and digest_before == run.catalogue and _tells_all(entry, last_good)
        parts = Parts()
        gather = Gather(
            entry,
            self.session,
            self.home.archive,
            self.clock().date(),
            pace_file=self.home.pace(entry.id),
            use_archive=not (mirrored or self.full),
            resume=resumes,
            again=_again(last_good),
            held_until=run.newest_period_before,
            scheduler=self.scheduler,
            progress=lambda part, number, total: self.progress(entry.id, part, number, total),
        )
        with closing(gather.answers(run.newest_period_before if goes_on else None)) as answers:
            for answer in answers:
                self._take(answer, entry, comparable, parts, run)
        self._replace(entry, old, comparable, parts, run)

    def _take(self, answer: Answer, entry: Source, old: pd.DataFrame, parts: Parts, run: Run) -> None:
        """Judge one answer, and note in `parts` and `run` what came of it."""
        run.requests += answer.asked
        if answer.payload is not None:
            run.bytes += answer.payload.size or len(answer.payload.content)
        if answer.absent:
            run.not_yet_published.append(answer.request.part)
        elif answer.error is not None:
            parts.failed(answer, answer.error)
        elif answer.payload is not None and answer.draft is not None:
            try:
                rows = self._judged(entry, answer.payload, answer.draft, old, parts, run)
            except StacktideError as error:
                self.home.archive.forget(answer.request)
                parts.failed(answer, error)
            else:
                parts.succeeded(filled(answer.request, rows), rows)

    def _judged(
        self, entry: Source, payload: Payload, draft: pd.DataFrame, old: pd.DataFrame, parts: Parts, run: Run
    ) -> pd.DataFrame:
        conformed = conform(draft, payload, entry, self.catalog)
        parts.unknown.append(conformed.unknown)
        found = filled(payload.request, conformed.rows)
        if not in_scope(conformed.rows, found).index.equals(conformed.rows.index):
            raise CheckError(f"{entry.id} {payload.request.part}: rows outside of the part's scope; mend `requests`.")
        checks.check_rows(conformed.rows, entry, self.catalog, self.clock().date())
        before, others = in_scope(old, found), neighbours(payload.request, conformed.rows, old, parts)
        compared = conformed.rows, before, others, entry, self.catalog.breaks(entry.id)
        if self.accept:
            run.accepted += comparison.objections(*compared)
        else:
            comparison.compare(*compared)
        return conformed.rows

    def _replace(self, entry: Source, old: pd.DataFrame, comparable: pd.DataFrame, parts: Parts, run: Run) -> None:
        run.failed_parts = [reported(answer, error) for answer, error in parts.failures]
        run.unknown_names = parts.unknown_names()
        if parts.rows and not parts.most_failed:
            checks.overlap_free(parts.rows, entry)
            new = merged(old, parts)
            checks.check_whole(new, entry)
            if self.accept:
                run.accepted += comparison.objections_to_whole(new, comparable, entry)
            else:
                comparison.compare_whole(new, comparable, entry)
            run.rows_added, run.rows_changed, run.rows_removed = difference(old, new)
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
            run.error = sentence(entry.id, parts, kept=len(old) > 0)


def _in_words(run: Run) -> str:
    changes = f"{run.rows_added} rows added, {run.rows_changed} changed, {run.rows_removed} removed"
    told = f"{run.outcome}, {changes}, {run.requests} requests, {run.bytes} bytes, store version {run.store_version}"
    return f"{told}. {run.error}" if run.error else told


def _tells_all(entry: Source, report: Mapping[str, Any]) -> bool:
    """Whether a report names all that was published and not had then: nothing else is missing but newer periods."""
    return entry.access is None or not (report.get("from_mirror") or report.get("trigger") == "first start")


def _again(report: Mapping[str, Any]) -> frozenset[Origin]:
    """What failed in the run that left this report; reports of older versions name the part alone."""
    return frozenset(
        Origin(part.get("origin", part["part"]), date.fromisoformat(part["since"]) if part.get("since") else None)
        for part in report.get("failed_parts", ())
    )


def _newest(rows: pd.DataFrame) -> date | None:
    return pd.Timestamp(rows["period_start"].max()).date() if len(rows) else None


def _digest(entry: Source, catalog: Catalog) -> str:
    """Changes whenever what is asked for, or how published names become figures of technologies, changes."""
    rules = [[i.id, i.unit, i.combine, i.whole, sorted(catalog.lookup(entry, i).items())] for i in entry.indicators]
    asked = json.dumps([entry.settings, entry.urls, rules], sort_keys=True, default=str)
    return hashlib.sha256(asked.encode()).hexdigest()[:16]
