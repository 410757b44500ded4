"""What is due when: a rule per source, by default from its cadence, else what somebody set.

A rule is cron text of five fields in a time zone, or a number of hours. Times in and out are UTC without zone. Where
the clocks change, a run at a time that does not exist comes as much later as the clocks jump, and a time that comes
twice counts once; a rule for every hour goes on hour by hour.
"""

import calendar
import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import sqlalchemy as sa

from etl import catalog
from etl.catalog import Catalog, Source
from etl.errors import UsageError
from etl.state import SCHEDULES, State

WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FEWEST_HOURS: Final = 1
MOST_HOURS: Final = 8784
_FIRST_HOUR, _HOURS = 1, 6
_DAYS_LOOKED_AT: Final = 9 * 366
"""From one 29 February to the next there may be eight years."""


@dataclass(frozen=True)
class Field:
    """One of the five fields of cron text: its name, its numbers, and names for them."""

    name: str
    first: int
    last: int
    names: Sequence[str] = ()

    @property
    def holds(self) -> str:
        """What it may hold, in words."""
        named = f", or {self.names[0]} to {self.names[-1]}" if self.names else ""
        return f"{self.first} to {self.last}{named}, `*`, ranges (1-5), lists (1,3) and steps (*/2)"

    def numbers(self, text: str) -> frozenset[int]:
        """The numbers that `text` stands for; raises UsageError."""
        return frozenset(number for part in text.split(",") for number in self._part(part.casefold(), text))

    def _part(self, part: str, whole: str) -> range:
        span, slash, step_text = part.partition("/")
        start, dash, end = span.partition("-")
        if span == "*":
            low, high = self.first, self.last
        elif dash:
            low, high = self._number(start, whole), self._number(end, whole)
            if end == "sun" and high < low:
                high = 7
        else:
            low = self._number(start, whole)
            high = self.last if slash else low
        step = int(step_text) if step_text.isascii() and step_text.isdigit() else None if slash else 1
        if step is None or not 1 <= step <= self.last:
            raise UsageError(
                f"The field {self.name} of the cron text (`{whole}`) has no step from 1 to {self.last} after its `/`: "
                f"it may hold {self.holds}."
            )
        if low > high:
            raise UsageError(
                f"The field {self.name} of the cron text (`{whole}`) has a range that runs backwards: "
                f"write `{end}-{start}`, or two ranges with a comma."
            )
        return range(low, high + 1, step)

    def _number(self, text: str, whole: str) -> int:
        if text in self.names:
            return self.names.index(text) + self.first
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1
        if not self.first <= number <= self.last:
            raise UsageError(
                f"The field {self.name} of the cron text (`{whole}`) cannot be `{text}`: it may hold {self.holds}."
            )
        return number


FIELDS: Final = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of month", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("day of week", 0, 7, WEEKDAYS),
)
"""0 and 7 are both Sunday."""


@dataclass(frozen=True)
class Cron:
    """Parsed cron text. `weekdays` counts from 0 = Sunday.

    Where both days are restricted, either is enough (`either_day`), as in cron; a field that begins with `*` restricts
    nothing in this sense.
    """

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def on(self, day: date) -> bool:
        """Whether something is due on this day."""
        by_month, by_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (by_month or by_week if self.either_day else by_month and by_week)

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first time after `moment` (both UTC without zone); none if there is none within nine years."""
        first = moment.replace(tzinfo=UTC).astimezone(zone).date()
        for day in (first + timedelta(days=n) for n in range(_DAYS_LOOKED_AT)):
            if self.on(day):
                later = [time for time in self._times(day, zone) if time > moment]
                if later:
                    return min(later)
        return None

    def _times(self, day: date, zone: ZoneInfo) -> Iterator[datetime]:
        hourly = len(self.hours) == 24
        for hour in self.hours:
            for minute in self.minutes:
                local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                shown = local.astimezone(UTC)
                if not hourly:
                    yield shown.replace(tzinfo=None)
                    continue
                if shown.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                    yield shown.replace(tzinfo=None)
                    yield local.replace(fold=1).astimezone(UTC).replace(tzinfo=None)

    @property
    def words(self) -> str:
        """The rule in words: `on Mondays at 05:30`."""
        return f"{self._days_in_words()} {self._times_in_words()}".replace("every day every", "every")

    def _days_in_words(self) -> str:
        by_month = f"on day{'s' * (len(self.days) > 1)} {_spans(self.days)} of the month"
        names = [calendar.day_name[(n - 1) % 7] for n in sorted(self.weekdays, key=lambda n: (n - 1) % 7)]
        by_week = f"on {_listed([f'{name}s' for name in names])}"
        if self.weekdays == {1, 2, 3, 4, 5}:
            by_week = "from Monday to Friday"
        any_day, any_weekday = len(self.days) == 31, len(self.weekdays) == 7
        if any_day and any_weekday:
            words = "every day"
        elif any_day or any_weekday:
            words = by_week if any_day else by_month
            if self.either_day:
                words = "every day"
        else:
            words = (
                f"{by_month} and {by_week}"
                if self.either_day
                else f"{by_month} that are {_listed([f'{name}s' for name in names], 'or')}"
            )
        if len(self.months) < 12:
            words += f" in {_listed([calendar.month_name[n] for n in sorted(self.months)])}"
        return words

    def _times_in_words(self) -> str:
        if len(self.hours) * len(self.minutes) <= 6:
            return f"at {_listed([f'{hour:02}:{minute:02}' for hour in self.hours for minute in self.minutes])}"
        every = "every minute" if len(self.minutes) == 60 else f"at minute {_spans(self.minutes)}"
        if len(self.hours) == 24:
            return every if len(self.minutes) == 60 else f"every hour {every}"
        return f"{every} of the hours {_spans(self.hours)}"


@lru_cache(maxsize=256)
def parsed(text: str) -> Cron:
    """Cron text of five fields: minute, hour, day of month, month, day of week.

    Raises UsageError, one sentence that says which field is wrong and what it may hold.
    """
    parts = text.split()
    if len(parts) != len(FIELDS):
        raise UsageError(
            f"The cron text `{text}` has {len(parts)} field{'s' * (len(parts) != 1)}, but needs five: minute, hour, "
            'day of month, month, day of week (`30 5 * * mon` is "on Mondays at 05:30").'
        )
    minutes, hours, days, months, weekdays = (field.numbers(part) for field, part in zip(FIELDS, parts, strict=True))
    cron = Cron(
        text=" ".join(parts),
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=days,
        months=months,
        weekdays=frozenset(number % 7 for number in weekdays),
        either_day=not parts[2].startswith("*") and not parts[4].startswith("*"),
    )
    if cron.after(datetime(2026, 1, 1), ZoneInfo("UTC")) is None:  # noqa: DTZ001 - UTC without zone
        raise UsageError(
            f"The cron text `{text}` names a day that never comes: the field day of month (`{parts[2]}`) may hold "
            f"only days that the field month (`{parts[3]}`) has."
        )
    return cron


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The time zone of this name (IANA); raises UsageError with the nearest names."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    known = sorted(available_timezones())
    ends = {place.rpartition("/")[2].casefold(): place for place in known}
    wanted = name.strip().replace(" ", "_").casefold()
    whole = {place.casefold(): place for place in known}
    near = [whole[n] for n in get_close_matches(wanted, whole, n=3, cutoff=0.7)]
    near += [ends[n] for n in get_close_matches(wanted.rpartition("/")[2], ends, n=3, cutoff=0.7)]
    named = _listed([f"`{place}`" for place in dict.fromkeys(near)][:3], "or")
    hint = f"did you mean {named}?" if near else "write it as `Europe/Berlin`, or `UTC`."
    raise UsageError(f"There is no time zone `{name}`: {hint}")


@dataclass(frozen=True)
class Schedule:
    """When one source is refreshed. Neither `cron` nor `hours`: never by itself (its publisher has ended it)."""

    source: str
    cron: str | None
    hours: float | None
    timezone: str
    paused: bool
    origin: Literal["default", "set"]
    """Whether the rule is the one of the source's cadence, or somebody's."""
    since: datetime
    """From here hours are counted; UTC without zone."""

    @property
    def job(self) -> str:
        """The id of its job: another as soon as the rule is another."""
        rule = [self.cron, self.hours, self.timezone, self.since.isoformat() if self.hours else None]
        return f"{self.source} {hashlib.sha256(repr(rule).encode()).hexdigest()[:16]}"

    @property
    def words(self) -> str:
        """The rule in words, with its zone."""
        if self.cron is not None:
            return f"{parsed(self.cron).words} {self.timezone}"
        if self.hours is not None:
            return "every hour" if self.hours == 1 else f"every {self.hours:g} hours"
        return "not scheduled: its publisher has ended it"

    def after(self, moment: datetime) -> datetime | None:
        """The first time after `moment` that the rule names, paused or not (both UTC without zone)."""
        if self.cron is not None:
            return parsed(self.cron).after(moment, zone(self.timezone))
        if self.hours is not None:
            step = timedelta(hours=self.hours)
            return self.since + step * max(math.floor((moment - self.since) / step) + 1, 1)
        return None

    def next_run(self, now: datetime) -> datetime | None:
        """When it is due next; none when paused or never."""
        return None if self.paused else self.after(now)


def default(entry: Source) -> str | None:
    """The cron text (UTC) that a source starts with: by its cadence, at a time of its own between 01:00 and 06:59.

    The day on which a publisher publishes is not known, and a source whose day was missed should not wait for a whole
    period: it is asked more often than it publishes. An answer that has not changed costs the publisher little.
    """
    digest = int.from_bytes(hashlib.sha256(entry.id.encode()).digest()[:8], "big")
    digest, minute = divmod(digest, 60)
    digest, hour = divmod(digest, _HOURS)
    time = f"{minute} {_FIRST_HOUR + hour}"
    weekday, day, half = digest % 7, 1 + digest % 28, 1 + digest % 14
    rules = {
        "daily": f"{time} * * *",
        "weekly": f"{time} * * {WEEKDAYS[weekday]}",
        "monthly": f"{time} * * {WEEKDAYS[weekday]}",
        "quarterly": f"{time} {half},{half + 14} * *",
        "yearly": f"{time} {day} * *",
        "ended": None,
    }
    return rules[entry.cadence]


class Schedules:
    """The schedules of all sources of a catalogue: defaults, overlaid by the table in the operational state."""

    def __init__(self, state: State, entries: Catalog, clock: Callable[[], datetime]) -> None:
        self._state, self._catalog, self._clock = state, entries, clock

    def all(self) -> list[Schedule]:
        """The schedule of every source, in the order of the catalogue."""
        with self._state.reading() as connection:
            rows = {row.source: row for row in connection.execute(sa.select(SCHEDULES))}
        return [_schedule(entry, rows.get(entry.id)) for entry in self._catalog.sources]

    def of(self, source: str) -> Schedule:
        """The schedule of one source; raises UsageError when there is no such source."""
        entry = self._entry(source)
        with self._state.reading() as connection:
            row = connection.execute(sa.select(SCHEDULES).where(SCHEDULES.c.source == source)).one_or_none()
        return _schedule(entry, row)

    def set(self, source: str, cron: str, timezone: str = "UTC") -> Schedule:
        """Refresh a source by cron text in a time zone; raises UsageError when one of them is wrong."""
        self._entry(source)
        return self._put(source, cron=parsed(cron).text, hours=None, timezone=zone(timezone).key)

    def every(self, source: str, hours: float) -> Schedule:
        """Refresh a source every so many hours from now on, the first time when they have passed."""
        self._entry(source)
        if not FEWEST_HOURS <= hours <= MOST_HOURS:  # not a number is refused, too
            raise UsageError(f"{hours:g} hours cannot be scheduled: give {FEWEST_HOURS} to {MOST_HOURS}.")
        return self._put(source, cron=None, hours=hours, timezone="UTC")

    def pause(self, source: str) -> Schedule:
        """Leave a source as it is until `resume`."""
        self._entry(source)
        return self._put(source, paused=True)

    def resume(self, source: str) -> Schedule:
        """Go on with a paused source, at its next time; what was left out is not made up."""
        if self.of(source).origin == "default":
            return self.clear(source)
        return self._put(source, paused=False)

    def clear(self, source: str) -> Schedule:
        """Go back to the default of the source's cadence."""
        self._entry(source)
        with self._state.writing() as connection:
            connection.execute(SCHEDULES.delete().where(SCHEDULES.c.source == source))
        return self.of(source)

    def _entry(self, source: str) -> Source:
        if source not in self._catalog.source:
            raise UsageError(catalog.unknown("source", source, self._catalog.source, "`stacktide sources` lists them"))
        return self._catalog.source[source]

    def _put(self, source: str, **values: str | float | bool | None) -> Schedule:
        here = SCHEDULES.c.source == source
        if "paused" not in values:
            values["changed"] = self._clock()  # type: ignore[assignment]
        for _ in range(2):  # somebody else may insert between our update and our insert
            try:
                with self._state.writing() as connection:
                    if not connection.execute(SCHEDULES.update().where(here).values(values)).rowcount:
                        new = {"changed": self._clock(), "timezone": "UTC", "paused": False}
                        connection.execute(SCHEDULES.insert().values({**new, **values, "source": source}))
                break
            except sa.exc.IntegrityError:
                continue
        return self.of(source)


def _schedule(entry: Source, row: "sa.Row[tuple[object, ...]] | None") -> Schedule:
    if row is None or (row.cron is None and row.hours is None):
        paused = bool(row is not None and row.paused)
        return Schedule(entry.id, default(entry), None, "UTC", paused, "default", datetime.min)  # noqa: DTZ901
    return Schedule(entry.id, row.cron, row.hours, row.timezone, bool(row.paused), "set", row.changed)


def _listed(words: Sequence[str], conjunction: str = "and") -> str:
    return f" {conjunction} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _spans(numbers: Iterable[int]) -> str:
    """Numbers in words, runs of three and more drawn together: `1, 5 to 9 and 20`."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    words = [
        word
        for span in spans
        for word in ([f"{span[0]} to {span[-1]}"] if len(span) > 2 else [str(number) for number in span])
    ]
    return _listed(words)
