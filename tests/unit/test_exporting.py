"""When exports are due: after refreshes that changed what they read, at their times, again after what went wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from etl.exporting import (
    AGAIN_AFTER_FAILURE,
    AGAIN_AFTER_INTERRUPTION,
    PATIENCE,
    SETTLED,
    Standing,
    due,
    newest_file,
    survey,
)
from etl.exports import Export, ExportRun, Exports, LastRuns
from etl.home import Home
from etl.runs import Run
from etl.store import Store

NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone
MINUTE = timedelta(minutes=1)


def export(**more: Any) -> Export:
    return Export(**{"name": "web", "selection": "", "format": "csv", "folder": "out", "since": NOON, **more})


def run(outcome: Any, started: datetime = NOON, **more: Any) -> ExportRun:
    return ExportRun(1, "web", "schedule", started, outcome, **more)


def runs(newest: ExportRun, finished: ExportRun | None = None) -> LastRuns:
    ended = newest if newest.outcome in {"written", "failed"} else finished
    return LastRuns(newest, ended, ended if ended and ended.outcome == "written" else None)


NONE = LastRuns()


def test_without_a_change_nothing_is_due() -> None:
    assert due(export(), NONE, [], False, NOON) is None
    assert due(export(), NONE, [], True, NOON) is None


def test_after_a_change_it_waits_until_things_have_settled() -> None:
    assert due(export(), NONE, [NOON], False, NOON) == NOON + SETTLED
    assert due(export(), NONE, [NOON, NOON + 3 * MINUTE], False, NOON + 9 * MINUTE) == NOON + 3 * MINUTE + SETTLED
    now = NOON + 20 * MINUTE
    assert due(export(), NONE, [NOON], True, now) == now + SETTLED  # while something is being refreshed


def test_it_does_not_wait_for_ever() -> None:
    changes = [NOON + n * MINUTE for n in range(90)]
    assert due(export(), NONE, changes, True, NOON + 90 * MINUTE) == NOON + PATIENCE


def test_what_failed_is_tried_again_later_or_when_more_has_changed() -> None:
    failed = runs(run("failed", NOON + 2 * MINUTE))
    assert due(export(), failed, [NOON], False, NOON + 3 * MINUTE) == NOON + 2 * MINUTE + AGAIN_AFTER_FAILURE
    assert due(export(), failed, [NOON, NOON + 5 * MINUTE], False, NOON) == NOON + 5 * MINUTE + SETTLED


def test_what_was_cut_off_is_made_up_soon() -> None:
    cut_off = runs(run("interrupted", NOON + 2 * MINUTE))
    assert due(export(), cut_off, [NOON], False, NOON) == NOON + 2 * MINUTE + AGAIN_AFTER_INTERRUPTION
    daily = export(cron="0 13 * * *", since=NOON - timedelta(days=3))
    good = run("written", NOON - timedelta(hours=23))
    at_one = NOON + timedelta(hours=1)
    cut_off = runs(run("interrupted", at_one), good)
    assert due(daily, cut_off, [], False, at_one) == at_one + AGAIN_AFTER_INTERRUPTION
    assert due(daily, runs(run("interrupted", NOON), good), [], False, NOON) == at_one


def test_what_was_missed_is_made_up_once() -> None:
    daily = export(cron="0 13 * * *", since=NOON - timedelta(days=30))
    last = run("written", NOON - timedelta(days=9))
    at = due(daily, runs(last), [], False, NOON)
    assert at == last.started + timedelta(hours=1)  # eight times were missed
    begun = runs(run("running", NOON))
    assert due(daily, begun, [], False, NOON) == NOON + timedelta(hours=1)
    failed = runs(run("failed", NOON))
    assert due(daily, failed, [], False, NOON) == NOON + timedelta(hours=1)


def test_times_before_it_was_added_or_resumed_do_not_count() -> None:
    daily = export(cron="0 11 * * *")
    assert due(daily, NONE, [], False, NOON) == NOON + timedelta(hours=23)
    old = runs(run("written", NOON - timedelta(days=9)))
    assert due(daily, old, [], False, NOON) == NOON + timedelta(hours=23)
    assert due(replace(daily, paused=True), old, [], False, NOON) is None
    assert due(export(paused=True), old, [NOON], False, NOON) is None


def test_where_the_clocks_change_a_time_comes_once() -> None:
    berlin = export(cron="30 2 * * *", timezone="Europe/Berlin", since=datetime(2026, 3, 28, 12))  # noqa: DTZ001
    spring = due(berlin, NONE, [], False, berlin.since)
    assert spring == datetime(2026, 3, 29, 1, 30)  # noqa: DTZ001 - 02:30 is left out that day: 03:30 by the clock
    after = due(berlin, runs(run("written", spring)), [], False, spring)
    assert after == datetime(2026, 3, 30, 0, 30)  # noqa: DTZ001
    since = datetime(2026, 10, 24, 12)  # noqa: DTZ001
    autumn = due(replace(berlin, since=since), NONE, [], False, since)
    assert autumn == datetime(2026, 10, 25, 0, 30)  # noqa: DTZ001 - the first of two
    assert due(berlin, runs(run("written", autumn)), [], False, autumn) == datetime(2026, 10, 26, 1, 30)  # noqa: DTZ001


# ---- with a store and a state ----------------------------------------------------------------------------------------

Rows = Callable[..., pd.DataFrame]


def commit(store: Store, observations: Rows, source: str, value: float) -> datetime:
    indicator = {"pypl": "pypl_languages", "top_pypi": "pypi_downloads"}[source]
    store.replace(observations(source=source, indicator=indicator, value=[value]), source=source)
    return store.history()[0].at.to_pydatetime()


def only(home: Home, now: datetime = NOON) -> Standing:
    (found,) = survey(home, now)
    return found


@pytest.fixture
def exports(home: Home) -> Exports:
    return Exports(home.state, lambda: NOON)


def test_only_commits_to_its_sources_since_the_last_file_count(
    home: Home, exports: Exports, observations: Rows
) -> None:
    exports.add(export(sources=("pypl",)))
    assert only(home).next_run is None  # no store yet
    first = commit(home.store, observations, "pypl", 1)
    assert only(home).next_run == first + SETTLED
    done = replace(exports.begin("web", "refresh"), outcome="written", store_version=home.store.version(), rows=1)
    exports.end(done, ["pypl"], home.store.identity())
    assert only(home).next_run is None
    commit(home.store, observations, "top_pypi", 1)
    assert only(home).next_run is None
    home.store.rewrite("pypl")  # the same rows in other files
    assert home.store.version() == 2
    assert only(home).next_run is None
    second = commit(home.store, observations, "pypl", 2)
    assert only(home).next_run == second + SETTLED
    other = commit(home.store, observations, "top_pypi", 3)
    assert only(home).next_run == second + SETTLED <= other + SETTLED


def test_an_export_of_everything_and_another_store(home: Home, exports: Exports, observations: Rows) -> None:
    first = commit(home.store, observations, "top_pypi", 1)
    exports.add(export(store=home.store.identity(), store_version=0))
    assert only(home).next_run is None
    exports.add(export(store="of a store that was there before", store_version=99), in_place=True)
    assert only(home).next_run == first + SETTLED
    exports.add(export(store=home.store.identity(), store_version=0), in_place=True)
    assert only(home).next_run is None
    assert only(home, NOON).state == "new"
    second = commit(home.store, observations, "pypl", 1)
    assert only(home).next_run == second + SETTLED


def test_it_waits_while_anything_is_being_refreshed(home: Home, exports: Exports, observations: Rows) -> None:
    exports.add(export())
    at = commit(home.store, observations, "pypl", 1)
    refresh = home.runs.begin(Run("top_pypi", "manual", NOON))
    now = at + 10 * MINUTE
    assert only(home, now).next_run == now + SETTLED
    refresh.outcome, refresh.finished = "updated", now
    home.runs.end(refresh)
    assert only(home, now).next_run == at + SETTLED


def test_how_an_export_is(home: Home, exports: Exports) -> None:
    exports.add(export(folder="/srv/out"))
    assert (only(home).state, only(home).error, only(home).why) == ("new", None, "It has not run yet.")
    written = replace(exports.begin("web", "manual"), outcome="written", rows=1200, bytes=5, file="/srv/out/web-1.csv")
    exports.end(written)
    good = only(home)
    assert (good.state, good.error, newest_file(good.runs.written)) == ("good", None, "web-1.csv")
    assert good.why == "It wrote web-1.csv with 1,200 rows on 2026-09-01."
    exports.end(replace(exports.begin("web", "manual"), outcome="failed", error="The disk is full."))
    failing = only(home)
    assert (failing.state, failing.error) == ("failing", "The disk is full.")
    assert failing.why == "The run of 2026-09-01 failed: The disk is full."
    assert failing.report()["file"] == "/srv/out/web-1.csv"  # the last good one
    exports.begin("web", "manual")
    assert only(home).state == "failing"  # until a run has come to an end
