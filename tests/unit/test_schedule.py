"""When sources are due: defaults, cron text, time zones and the days on which clocks change, and what somebody set."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import cli
from etl.catalog import Catalog
from etl.commands import schedule as commands
from etl.errors import UsageError
from etl.schedule import FIELDS, Schedule, Schedules, default, parsed, zone
from etl.scheduler import Trigger
from etl.state import State

NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - a Tuesday; UTC without zone, as everywhere in the state
UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")


def times(text: str, after: str, count: int, place: ZoneInfo = UTC_ZONE) -> list[str]:
    moment, found = datetime.fromisoformat(after), []
    for _ in range(count):
        following = parsed(text).after(moment, place)
        assert following is not None
        assert following > moment
        moment = following
        found.append(f"{moment:%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 5 * * 1", ["09-07 05:30", "09-14 05:30"]),
        ("30 5 * * mon", ["09-07 05:30", "09-14 05:30"]),
        ("0 0 * * 0", ["09-06 00:00", "09-13 00:00"]),
        ("0 0 * * 7", ["09-06 00:00", "09-13 00:00"]),
        ("0 0 * * Fri-Sun", ["09-04 00:00", "09-05 00:00", "09-06 00:00", "09-11 00:00"]),
        ("0 0 * * 5-7", ["09-04 00:00", "09-05 00:00", "09-06 00:00", "09-11 00:00"]),
        ("0 0 * * sun-tue", ["09-06 00:00", "09-07 00:00", "09-08 00:00", "09-13 00:00"]),
        ("0 0 * * */2", ["09-03 00:00", "09-05 00:00", "09-06 00:00", "09-08 00:00"]),
        ("*/20 12 * * *", ["09-01 12:20", "09-01 12:40", "09-02 12:00"]),
        ("5-10/5,50 12 * * *", ["09-01 12:05", "09-01 12:10", "09-01 12:50", "09-02 12:05"]),
        ("0 12 1 * *", ["10-01 12:00", "11-01 12:00"]),
        ("0 0 1 jan,JUL *", ["01-01 00:00", "07-01 00:00"]),
        ("0 0 31 * *", ["10-31 00:00", "12-31 00:00"]),
        ("0 0 29 2 *", ["02-29 00:00"]),
        # either of two restricted days, as in cron; a field with `*` restricts nothing
        ("0 0 4 * mon", ["09-04 00:00", "09-07 00:00", "09-14 00:00"]),
        ("0 0 */2 * mon", ["09-07 00:00", "09-21 00:00", "10-05 00:00"]),
    ],
)
def test_times(text: str, expected: list[str]) -> None:
    assert times(text, "2026-09-01 12:00", len(expected)) == expected


def test_29_february_over_a_century() -> None:
    found = parsed("0 0 29 2 *").after(datetime(2096, 3, 1), UTC_ZONE)  # noqa: DTZ001
    assert found == datetime(2104, 2, 29)  # noqa: DTZ001


def _field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    stepped = st.tuples(st.one_of(st.just("*"), span), st.integers(1, high)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    part = st.one_of(number.map(str), span, stepped)
    return st.one_of(st.just("*"), st.lists(part, min_size=1, max_size=3).map(",".join))


@given(
    _field(0, 59),
    _field(0, 23),
    st.one_of(st.just("*"), _field(1, 28)),
    _field(0, 7),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
)
def test_no_time_is_left_out_or_made_up(minute: str, hour: str, day: str, weekday: str, moment: datetime) -> None:
    cron = parsed(f"{minute} {hour} {day} * {weekday}")
    found = cron.after(moment, UTC_ZONE)
    assert found is not None

    def fits(at: datetime) -> bool:
        return cron.on(at.date()) and at.hour in cron.hours and at.minute in cron.minutes

    assert found > moment
    assert fits(found)
    assert found.second == found.microsecond == 0
    minutes = min(int((found - moment).total_seconds() // 60), 2000)
    begin = moment.replace(second=0, microsecond=0)
    assert not any(
        fits(begin + timedelta(minutes=n)) for n in range(1, minutes) if begin + timedelta(minutes=n) < found
    )


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        # 02:30 does not exist on 29 March, and comes twice on 25 October
        ("30 2 * * *", "2026-03-27 23:00", ["03-28 01:30", "03-29 01:30", "03-30 00:30"]),
        ("30 2 * * *", "2026-10-23 23:00", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        ("30 2 29 3 *", "2026-03-01 00:00", ["03-29 01:30", "03-29 00:30"]),
        ("30 2 * * sun", "2026-10-20 00:00", ["10-25 00:30", "11-01 01:30"]),
        ("30 2,3 * * *", "2026-03-28 23:00", ["03-29 01:30", "03-30 00:30", "03-30 01:30"]),
        # from hour to hour
        ("30 * * * *", "2026-03-28 23:00", ["03-28 23:30", "03-29 00:30", "03-29 01:30", "03-29 02:30"]),
        ("30 * * * *", "2026-10-24 23:00", ["10-24 23:30", "10-25 00:30", "10-25 01:30", "10-25 02:30"]),
    ],
)
def test_the_days_on_which_clocks_change(text: str, after: str, expected: list[str]) -> None:
    assert times(text, after, len(expected), BERLIN) == expected


@pytest.mark.parametrize("first", ["2026-03-28", "2026-10-24"])
def test_the_scheduler_fires_once_on_the_days_on_which_clocks_change(first: str) -> None:
    """The scheduler's own question, once a minute, as it wakes late by a while."""
    schedule = Schedule("pypl", "30 2 * * *", None, "Europe/Berlin", False, "set", NOON)
    trigger = Trigger(schedule, jitter_seconds=300)
    clock = datetime.fromisoformat(first).replace(tzinfo=BERLIN).astimezone(UTC)
    end = clock + timedelta(days=3)
    due = trigger.get_next_fire_time(None, clock)
    days = []
    while clock < end:
        assert due is not None
        if due <= clock:
            days.append(due.astimezone(BERLIN).day)
            due = trigger.get_next_fire_time(due, clock)
        clock += timedelta(minutes=1)
    start = int(first[-2:])
    assert days == [start, start + 1, start + 2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("30 5 * *", "has 4 fields, but needs five: minute, hour, day of month, month, day of week"),
        ("@daily", "has 1 field, but needs five"),
        ("", "has 0 fields, but needs five"),
        ("60 * * * *", "The field minute of the cron text (`60`) cannot be `60`: it may hold 0 to 59, `*`, ranges"),
        ("* 24 * * *", "The field hour of the cron text (`24`) cannot be `24`: it may hold 0 to 23, "),
        ("* * 0 * *", "The field day of month of the cron text (`0`) cannot be `0`: it may hold 1 to 31, "),
        ("* * * 13 *", "The field month of the cron text (`13`) cannot be `13`: it may hold 1 to 12, or jan to dec, "),
        ("* * * foo *", "The field month of the cron text (`foo`) cannot be `foo`: "),
        (
            "* * * * 8",
            "The field day of week of the cron text (`8`) cannot be `8`: it may hold 0 to 7, or sun to sat, ",
        ),
        ("* * * * mon-fry", "The field day of week of the cron text (`mon-fry`) cannot be `fry`: "),
        ("1,,2 * * * *", "The field minute of the cron text (`1,,2`) cannot be ``: "),
        ("-1 * * * *", "The field minute of the cron text (`-1`) cannot be ``: "),
        ("² * * * *", "The field minute of the cron text (`²`) cannot be `²`: "),
        (
            "* 9-5 * * *",
            "The field hour of the cron text (`9-5`) has a range that runs backwards: write `5-9`, or two ",
        ),
        ("*/0 * * * *", "The field minute of the cron text (`*/0`) has no step from 1 to 59 after its `/`: "),
        ("* */x * * *", "The field hour of the cron text (`*/x`) has no step from 1 to 23 after its `/`: "),
        ("0 0 31 feb,apr *", "names a day that never comes: the field day of month (`31`) may hold only days that "),
    ],
)
def test_bad_cron_text_is_one_sentence_that_says_which_field(text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(text)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    named = [field.name for field in FIELDS if f"The field {field.name} " in str(caught.value)]
    assert len(named) == ("The field " in told)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Berlin", "There is no time zone `Berlin`: did you mean `Europe/Berlin`?"),
        ("Europe/berlin", "did you mean `Europe/Berlin`, "),
        ("New York", "did you mean `America/New_York`?"),
        ("utc", "did you mean `UTC`?"),
        ("Mars/Phobos", "There is no time zone `Mars/Phobos`: write it as `Europe/Berlin`, or `UTC`."),
        ("../../etc/passwd", "There is no time zone `../../etc/passwd`: "),
        ("Europe", "There is no time zone `Europe`: "),
        ("", "There is no time zone ``: "),
    ],
)
def test_unknown_zone_is_one_sentence_with_near_names(name: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        zone(name)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("43 2 * * mon", "on Mondays at 02:43"),
        ("0 5 * * *", "every day at 05:00"),
        ("0 5 * * 1-5", "from Monday to Friday at 05:00"),
        ("0 5,17 6,20 * *", "on days 6 and 20 of the month at 05:00 and 17:00"),
        ("0 5 1 * sun,sat", "on day 1 of the month and on Saturdays and Sundays at 05:00"),
        ("0 5 1-7 * *", "on days 1 to 7 of the month at 05:00"),
        ("0 5 1 1,7 *", "on day 1 of the month in January and July at 05:00"),
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "every hour at minute 0, 15, 30 and 45"),
        ("5 8-17 * * fri", "on Fridays at minute 5 of the hours 8 to 17"),
    ],
)
def test_words(text: str, words: str) -> None:
    assert parsed(text).words == words


def test_defaults_follow_the_cadence_and_are_spread(entries: Catalog) -> None:
    made = {source.id: default(source) for source in entries.sources}
    assert {source.id for source in entries.sources if source.cadence == "ended"} == {
        source for source, cron in made.items() if cron is None
    }
    at = [tuple(cron.split()[:2]) for cron in made.values() if cron]
    assert len(at) > 10
    assert max(Counter(at).values()) <= 2, "publishers are asked one after the other"
    assert {int(hour) for _, hour in at} <= set(range(1, 7))
    assert len({hour for _, hour in at}) > 3
    per_year = {"daily": 365, "weekly": 52, "monthly": 52, "quarterly": 24, "yearly": 12}
    year = [datetime(2027, 1, 1) + timedelta(days=n) for n in range(365)]  # noqa: DTZ001
    for cadence, runs in per_year.items():
        for source in entries.sources[:5]:
            cron = parsed(default(source.model_copy(update={"cadence": cadence})) or "")
            assert sum(cron.on(day.date()) for day in year) in (runs, runs + 1)


@pytest.fixture
def schedules(database: Path | str, entries: Catalog) -> Iterator[Schedules]:
    state = State(database)
    yield Schedules(state, entries, lambda: NOON)
    state.close()


def test_what_somebody_sets(schedules: Schedules, entries: Catalog) -> None:
    at_first = schedules.of("pypl")
    assert (at_first.origin, at_first.cron) == ("default", default(entries.source["pypl"]))

    made = schedules.set("pypl", " 30  5 * * 1 ", "Europe/Berlin")
    assert (made.cron, made.timezone, made.origin, made.paused) == ("30 5 * * 1", "Europe/Berlin", "set", False)
    assert made.next_run(NOON) == datetime(2026, 9, 7, 3, 30)  # noqa: DTZ001
    assert made.words == "on Mondays at 05:30 Europe/Berlin"
    assert made.job != at_first.job

    paused = schedules.pause("pypl")
    assert (paused.paused, paused.cron, paused.next_run(NOON)) == (True, "30 5 * * 1", None)
    assert schedules.resume("pypl") == made

    every = schedules.every("pypl", 6)
    assert (every.cron, every.hours, every.words) == (None, 6, "every 6 hours")
    assert [every.next_run(NOON + timedelta(hours=h)) for h in (0, 5.9, 6, 13)] == [
        NOON + timedelta(hours=h) for h in (6, 6, 12, 18)
    ]
    assert [s for s in schedules.all() if s.origin == "set"] == [every]
    assert schedules.clear("pypl") == at_first
    assert [s.source for s in schedules.all()] == list(entries.source)


def test_a_default_is_paused_and_resumed(schedules: Schedules, entries: Catalog) -> None:
    at_first = schedules.of("languish")
    paused = schedules.pause("languish")
    assert (paused.origin, paused.cron, paused.next_run(NOON)) == ("default", at_first.cron, None)
    assert schedules.set("languish", "0 1 * * *").paused  # what is paused stays so
    schedules.clear("languish")
    schedules.pause("languish")
    assert schedules.resume("languish") == at_first
    ended = next(source.id for source in entries.sources if source.cadence == "ended")
    assert (schedules.of(ended).words, schedules.of(ended).next_run(NOON)) == (
        "not scheduled: its publisher has ended it",
        None,
    )
    assert schedules.set(ended, "0 1 * * *").next_run(NOON) is not None


@pytest.mark.parametrize("hours", [0, 0.5, -1, 10_000, float("nan"), float("inf")])
def test_hours_that_cannot_be(schedules: Schedules, hours: float) -> None:
    with pytest.raises(UsageError, match="cannot be scheduled: give 1 to 8784"):
        schedules.every("pypl", hours)
    assert schedules.of("pypl").origin == "default"


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entries: Catalog
) -> Callable[..., Answer]:
    """Run `stacktide schedule ...` on an empty home, entry point and all, without reading the catalogue each time."""
    monkeypatch.setattr(commands, "entries_in_use", lambda: entries)
    monkeypatch.delenv("STACKTIDE_STATE_URL", raising=False)
    monkeypatch.setenv("STACKTIDE_HOME", str(tmp_path / "home"))

    def run(*words: str) -> Answer:
        capsys.readouterr()
        try:
            cli.main(lambda: cli.app(["schedule", *words], prog_name="stacktide"))
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        return Answer(code, *capsys.readouterr())

    return run


def test_commands(told: Callable[..., Answer], entries: Catalog) -> None:
    done = told("set", "pypl", "--cron", "30 5 * * 1", "--timezone", "Europe/Berlin", "--json")
    shown = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert (shown["rule"], shown["cron"], shown["origin"]) == (
        "on Mondays at 05:30 Europe/Berlin",
        "30 5 * * 1",
        "set",
    )
    next_run = datetime.fromisoformat(shown["next_run"]).astimezone(BERLIN)
    assert (next_run.weekday(), next_run.hour, next_run.minute) == (0, 5, 30)

    assert told("pause", "pypl").out == "pypl: on Mondays at 05:30 Europe/Berlin (set); paused\n"
    assert "; next run " in told("resume", "pypl").out
    assert told("every", "top_pypi", "--hours", "12").out.startswith("top_pypi: every 12 hours (set); next run ")

    listed = json.loads(told("list", "--json").out)
    assert listed["scheduler"] is None
    assert [row["source"] for row in listed["schedules"]] == list(entries.source)
    rows = {row["source"]: row for row in listed["schedules"]}
    assert rows["pypl"] == shown
    assert (rows["top_pypi"]["hours"], rows["top_pypi"]["last_run"]) == (12, None)
    for row in listed["schedules"]:
        assert (row["next_run"] is None) == (row["cadence"] == "ended")
    assert "No scheduler runs: " in told("list").out

    assert told("clear", "pypl").out.startswith("pypl: on Mondays at 02:43 UTC (default); next run ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["set", "pipl", "--cron", "0 1 * * *"], "There is no source `pipl`: did you mean `pypl`?"),
        (["pause", "pipl"], "There is no source `pipl`: did you mean `pypl`?"),
        (["set", "pypl", "--cron", "0 25 * * *"], "The field hour of the cron text (`25`) cannot be `25`: it may hold"),
        (["set", "pypl", "--cron", "0 1 * * *", "--timezone", "Berlin"], "did you mean `Europe/Berlin`?"),
        (["every", "pypl", "--hours", "0"], "0 hours cannot be scheduled: give 1 to 8784."),
        (["run", "--upstream", "nowhere-at-all"], "There is no mirror folder nowhere-at-all"),
    ],
)
def test_wrong_calls(told: Callable[..., Answer], words: list[str], sentence: str) -> None:
    answer = told(*words)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err
    assert len(answer.err.strip().splitlines()) == 1
