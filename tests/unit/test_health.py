"""How a source is: one state, and why; judged from runs and figures, then over a whole home."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import cli, health
from etl.catalog import CADENCE_DAYS, Catalog, Source
from etl.health import BAD, STATES, LastRuns, Past, judge
from etl.home import Home
from etl.runs import GOOD, Outcome, Run

NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone, as in the run history
RECENT = date(2026, 8, 1)


def past(outcome: str, days_ago: float = 0, **fields: Any) -> Past:
    finished = None if outcome in ("running", "interrupted") else NOON - timedelta(days=days_ago)
    started = NOON - timedelta(days=days_ago, seconds=40)
    return Past(
        **{"id": 1, "trigger": "manual", "outcome": outcome, "started": started, "finished": finished, **fields}
    )


def after(*runs: Past) -> LastRuns:
    """What is last after these runs, oldest first."""
    finished = [run for run in runs if run.finished]
    good = [run for run in runs if run.outcome in GOOD]
    return LastRuns(runs[-1] if runs else None, finished[-1] if finished else None, good[-1] if good else None)


@pytest.fixture
def entry(entries: Catalog) -> Source:
    """Monthly; stale after 75 days."""
    found = entries.source["pypl"]
    assert (found.cadence, found.expectations.newest_within_days) == ("monthly", 75)
    return found


@pytest.mark.parametrize(
    ("runs", "newest", "state", "why"),
    [
        (after(), None, "never", "It was never refreshed: `stacktide refresh pypl` does it."),
        (after(past("running")), None, "never", "never refreshed"),
        (after(past("interrupted")), None, "never", "never refreshed"),
        (after(), RECENT, "due", "It holds figures, but no good run is recorded."),
        (after(past("updated", 3)), RECENT, "fresh", "Its publisher was asked on 2026-08-29, 3 days ago."),
        (after(past("unchanged", 1)), RECENT, "fresh", "yesterday"),
        (after(past("updated")), RECENT, "fresh", "today"),
        (after(past("updated", 30.9)), RECENT, "fresh", "31 days ago"),
        (after(past("updated", 31.1)), RECENT, "due", "31 days ago, and publishes monthly."),
        (after(past("updated", 3), past("running")), RECENT, "fresh", "3 days ago"),
        (after(past("updated", 3), past("interrupted")), RECENT, "due", "was interrupted; the next one goes on from"),
        (after(past("updated", 3)), date(2026, 6, 18), "fresh", "3 days ago"),
        (
            after(past("updated", 3)),
            date(2026, 6, 17),
            "stale",
            "2026-06-17, began 76 days ago; more than 75 is stale.",
        ),
        (after(past("updated", 40)), date(2026, 6, 17), "stale", "76 days"),
        (
            after(past("partial", 3, failed_count=2, error="pypl: gone.")),
            RECENT,
            "fresh",
            "2 parts were not had then and keep their last good rows: pypl: gone.",
        ),
        (after(past("partial", 3, failed_count=1, error="pypl: gone.")), RECENT, "fresh", "One part was not had"),
        (
            after(past("updated", 3), past("failed", 1, error="pypl: no connection.")),
            RECENT,
            "failing",
            "The run of 2026-08-31 failed: pypl: no connection.",
        ),
        (after(past("failed", 1, error="No.")), None, "failing", "failed: No."),
        (after(past("refused", 1, error="Too many.")), RECENT, "failing", "was refused by the checks: Too many."),
        (after(past("failed", 2, error="No."), past("updated", 1)), RECENT, "fresh", "yesterday"),
        (after(past("failed", 2, error="No."), past("interrupted", 1)), RECENT, "failing", "2026-08-30 failed: No."),
        (after(past("failed", 2, error="No.")), date(2020, 1, 1), "failing", "failed: No."),
    ],
)
def test_states(entry: Source, runs: LastRuns, newest: date | None, state: str, why: str) -> None:
    found, told = judge(entry, runs, newest, NOON)
    assert found == state
    assert why in told


def test_figures_of_the_package_are_as_old_as_they_are(entry: Source) -> None:
    came = past("updated", 0, trigger="first start", retrieved_on=date(2026, 7, 20))
    state, why = judge(entry, after(came), RECENT, NOON)
    assert (state, "came with the package" in why, "2026-07-20, 43 days ago" in why) == ("due", True, True)
    assert judge(entry, after(replace(came, retrieved_on=date(2026, 8, 20))), RECENT, NOON)[0] == "fresh"
    assert judge(entry, after(replace(came, retrieved_on=None)), RECENT, NOON)[0] == "due"


def test_a_source_that_has_ended_is_never_due(entries: Catalog) -> None:
    ended = next(source for source in entries.sources if source.cadence == "ended")
    assert judge(ended, after(past("updated", 900)), date(2019, 1, 1), NOON) == (
        "ended",
        "Its publisher adds nothing any more; its figures end with the period 2019-01-01.",
    )
    assert judge(ended, after(), None, NOON)[0] == "never"
    assert judge(ended, after(past("failed", error="No.")), RECENT, NOON)[0] == "failing"


def test_a_scheduled_run_that_did_not_come_makes_it_due(entry: Source) -> None:
    runs = after(past("updated", 3))
    assert judge(entry, runs, RECENT, NOON, NOON + timedelta(hours=1))[0] == "fresh"
    state, why = judge(entry, runs, RECENT, NOON, NOON - timedelta(hours=1))
    assert (state, why) == ("due", "The run that was to begin on 2026-09-01 at 11:00 UTC has not begun.")
    by_hand = after(past("updated", 1 / 48))
    assert judge(entry, by_hand, RECENT, NOON, NOON - timedelta(hours=1))[0] == "fresh"


RUNS = st.lists(
    st.builds(past, st.sampled_from([*GOOD, "failed", "refused", "interrupted", "running"]), st.floats(0, 2000)),
    max_size=4,
)


@given(runs=RUNS, newest=st.none() | st.dates(date(2000, 1, 1), date(2026, 9, 1)), number=st.integers(0, 22))
def test_every_past_has_one_state_and_a_reason(
    entries: Catalog, runs: list[Past], newest: date | None, number: int
) -> None:
    entry = entries.sources[number]
    ordered = after(*sorted(runs, key=lambda run: run.started))
    state, why = judge(entry, ordered, newest, NOON)
    assert state in STATES
    assert why.endswith(".")
    later, _ = judge(entry, ordered, newest, NOON + timedelta(days=4000))
    if state in BAD or state in ("never", "ended"):
        assert later == state  # time alone mends nothing
    else:
        assert later != "fresh"
    failed = ordered.finished is not None and ordered.finished.outcome in ("failed", "refused")
    assert (state == "failing") == failed


def test_every_cadence_has_its_days(entries: Catalog) -> None:
    assert {source.cadence for source in entries.sources} <= {*CADENCE_DAYS, "ended"}


def ended(home: Home, source: str, outcome: Outcome, days_ago: float = 0, **fields: Any) -> Run:
    """Record a run of 40 seconds."""
    finished = NOON - timedelta(days=days_ago)
    run = home.runs.begin(Run(source=source, trigger="manual", started=finished - timedelta(seconds=40)))
    run.outcome, run.finished = outcome, finished
    for name, value in fields.items():
        setattr(run, name, value)
    home.runs.end(run)
    return run


def test_survey(home: Home, entries: Catalog, observations: Callable[..., pd.DataFrame]) -> None:
    home.store.replace(observations(period_start=["2026-07-01", "2026-08-01"]), source="pypl")
    ended(home, "pypl", "updated", 2)
    last = ended(home, "pypl", "failed", 1, error="No connection.")
    ended(home, "languish", "failed", 3, error="Gone.")
    home.runs.begin(Run(source="languish", trigger="manual", started=NOON))
    found = {h.source: h for h in health.survey(home, entries, NOON, {"pypl": NOON})}
    assert list(found) == list(entries.source)
    assert {s for s, h in found.items() if h.state != "never"} == {"pypl", "languish"}
    assert json.loads(json.dumps(found["pypl"].report())) == {
        "source": "pypl",
        "title": entries.source["pypl"].title,
        "cadence": "monthly",
        "state": "failing",
        "why": "The run of 2026-08-31 failed: No connection.",
        "newest_period": "2026-08-01",
        "rows": 2,
        "run": last.id,
        "last_run": "2026-08-31T11:59:20",
        "trigger": "manual",
        "outcome": "failed",
        "seconds": 40.0,
        "last_good_run": "2026-08-30T11:59:20",
        "next_run": "2026-09-01T12:00:00",
    }
    assert (found["languish"].state, found["languish"].report()["outcome"]) == ("failing", "running")


Answer = tuple[int, str, str]


@pytest.fixture
def stacktide(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Run the command line on the home, in this process."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> Answer:
        code: Any = 0
        try:
            cli.main(lambda: cli.app([*words, "--home", str(home.path)], prog_name="stacktide"))
        except SystemExit as end:
            code = end.code or 0
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_status(
    stacktide: Callable[..., Answer], home: Home, entries: Catalog, observations: Callable[..., pd.DataFrame]
) -> None:
    home.store.replace(observations(period_start=["2001-01-01"]), source="pypl")
    ended(home, "pypl", "updated")
    ended(home, "languish", "refused", error="Too many.")
    code, out, err = stacktide("status")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split("  ")[0] == "source"
    assert len(lines) == 1 + len(entries.sources)
    assert any(line.startswith("languish") and "failing" in line and "Too many." in line for line in lines)
    assert any(line.startswith("pypl") and "stale" in line and "2001-01-01" in line for line in lines)
    code, out, err = stacktide("status", "--json")
    document = json.loads(out)
    assert (code, err, document["states"]["stale"], document["states"]["failing"]) == (0, "", 1, 1)
    assert [source["source"] for source in document["sources"]] == list(entries.source)
    scheduled = {source["source"] for source in document["sources"] if source["next_run"]}
    assert scheduled == {source.id for source in entries.sources if source.cadence != "ended"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--fail-on", "stale"], 0),
        (["--fail-on", "failing"], 1),
        (["--fail-on", "stale,failing"], 1),
        (["--fail-on", "stale", "--fail-on", "failing"], 1),
        (["--fail-on", "stael"], 2),
    ],
)
def test_status_for_monitoring(stacktide: Callable[..., Answer], home: Home, words: list[str], code: int) -> None:
    ended(home, "languish", "failed", error="No.")
    found, out, err = stacktide("status", *words)
    assert found == code
    if code == 2:
        assert (out, err) == ("", "stacktide: There is no state `stael`: did you mean `stale`?\n")


def test_status_that_cannot_be_read(stacktide: Callable[..., Answer], home: Home) -> None:
    (home.path / "state.sqlite").write_bytes(b"this is no database, but long enough to be looked at. " * 40)
    code, out, err = stacktide("status")
    assert (code, out, err.count("\n")) == (1, "", 1)


def test_survey_of_an_empty_home(home: Home, entries: Catalog) -> None:
    assert {h.state for h in health.survey(home, entries, NOON)} == {"never"}
