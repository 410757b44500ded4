"""The view Sources: how every source is and when it is asked next; of one source, all that its runs did.

Days and times are UTC. Nothing here is a secret, and nothing here acts: who may is told by `dashboard.rights`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

import pandas as pd

from dashboard.views.exports import exports_view
from dashboard.views.words import VERIFIED, listed, period, significant
from etl import catalog as words_of_catalog
from etl import health, scheduler
from etl.catalog import Catalog, Source
from etl.health import Health
from etl.home import Home
from etl.runs import GOOD
from etl.schedule import Schedule, Schedules, default, parsed

STATE_WORDS: Final = {
    "failing": "failing",
    "stale": "stale",
    "never": "never",
    "due": "due",
    "fresh": "fresh",
    "ended": "ended",
}
CADENCE_WORDS: Final = {
    "daily": "every day",
    "weekly": "every week",
    "monthly": "every month",
    "quarterly": "every quarter",
    "yearly": "every year",
    "ended": "no more",
}
RUNS_SHOWN: Final = 50
NAMES_SHOWN: Final = 200
_COMING: Final = 3

_Held = Mapping[str, tuple[int, date]]
_Key = Callable[[Health, Source], Any]

SORTS: Final[Mapping[str, tuple[str, _Key]]] = {
    "state": ("State", lambda h, s: health.STATES.index(h.state)),
    "source": ("Source", lambda h, s: s.title.casefold()),
    "newest": ("Newest period", lambda h, s: h.newest_period),
    "last": ("Last run", lambda h, s: h.runs.newest.started if h.runs.newest else None),
    "next": ("Next run", lambda h, s: h.next_run),
    "rows": ("Rows", lambda h, s: h.rows),
    "licence": ("Licence", lambda h, s: s.licence.title.casefold()),
    "verified": ("Verified", lambda h, s: s.verified),
}
"""What the table can be sorted by: its heading, and the key of one row. What has no value comes last either way."""
_DESCENDING_FIRST: Final = ("newest", "last", "rows")


def sources_view(home: Home, catalog: Catalog, now: datetime, query: str, held: _Held | None = None) -> dict[str, Any]:
    """All that the page says, as JSON types; `source` in the query chooses one, `sort` orders the table.

    `held` is what `etl.health.figures_held` gave. Raises StoreError when store or state cannot be read.
    """
    asked = {name: values[-1] for name, values in parse_qs(query).items()}
    chosen, sort, problems = asked.get("source"), asked.get("sort", "state"), []
    if chosen is not None and chosen not in catalog.source:
        problems.append(words_of_catalog.unknown("source", chosen, catalog.source, "the table has all of them"))
        chosen = None
    if sort.removeprefix("-") not in SORTS:
        problems.append(words_of_catalog.unknown("column", sort.removeprefix("-"), SORTS, _choices()))
        sort = "state"
    schedules = {s.source: s for s in Schedules(home.state, catalog, lambda: now).all()}
    found = health.survey(home, catalog, now, scheduler.next_runs(home, list(schedules.values()), now), held)
    by = scheduler.holder(home)
    kept = {name: value for name, value in (("sort", sort), ("source", chosen)) if value and value != "state"}
    return {
        "query": urlencode(kept),
        "back": urlencode({name: value for name, value in kept.items() if name != "source"}),
        "sort": sort,
        "columns": [_column(name, sort) for name in SORTS],
        "problems": problems,
        "scheduler": by,
        "overall": _overall(found, now),
        "rows": [] if chosen else [_row(h, catalog, schedules, sort) for h in _sorted(found, catalog, sort)],
        "exports": [] if chosen else exports_view(home, now),
        "detail": _detail(home, catalog, found, schedules[chosen], now, by) if chosen else None,
    }


def _choices() -> str:
    return f"choose one of {', '.join(SORTS)}"


def _column(name: str, sort: str) -> dict[str, Any]:
    """The heading of a column, how the table is sorted by it now, and the query that sorts by it (the other way)."""
    is_sorted = sort.removeprefix("-") == name
    first = f"-{name}" if name in _DESCENDING_FIRST else name
    other = name if first.startswith("-") else f"-{name}"
    following = other if sort == first else first
    order = ("descending" if sort.startswith("-") else "ascending") if is_sorted else "none"
    return {
        "name": name,
        "heading": SORTS[name][0],
        "order": order,
        "query": "" if following == "state" else urlencode({"sort": following}),
    }


def _sorted(found: Sequence[Health], catalog: Catalog, sort: str) -> list[Health]:
    key, titles = SORTS[sort.removeprefix("-")][1], {h.source: h.title.casefold() for h in found}
    values = {h.source: key(h, catalog.source[h.source]) for h in found}
    by_title = sorted(found, key=lambda h: titles[h.source])
    there = [h for h in by_title if values[h.source] is not None]
    ordered = sorted(there, key=lambda h: values[h.source], reverse=sort.startswith("-"))
    return [*ordered, *(h for h in by_title if values[h.source] is None)]


def _overall(found: Sequence[Health], now: datetime) -> str:
    """How fresh everything is, in one line."""
    states = Counter(h.state for h in found)
    alive = len(found) - states["ended"]
    told = [f"{states['fresh']} of {alive} sources that still publish are fresh"]
    words = {**STATE_WORDS, "never": "never refreshed"}
    rest = [f"{states[s]} {words[s]}" for s in ("failing", "stale", "never", "due") if states[s]]
    told.append(f"{listed(rest)}" if rest else "none needs anything")
    ended = f"; {states['ended']} more have ended" if states["ended"] else ""
    starts = [h.runs.newest.started for h in found if h.runs.newest]
    last = f" The last run began on {_minute(max(starts))} UTC." if starts else " Nothing was refreshed yet."
    return f"{'; '.join(told)}{ended}.{last}"


def _row(found: Health, catalog: Catalog, schedules: Mapping[str, Schedule], sort: str) -> dict[str, Any]:
    entry, schedule = catalog.source[found.source], schedules[found.source]
    last = found.runs.newest
    asked = {"source": entry.id} if sort == "state" else {"sort": sort, "source": entry.id}
    return {
        "source": entry.id,
        "query": urlencode(asked),
        "title": entry.title,
        "publisher": entry.publisher,
        "state": found.state,
        "state_words": STATE_WORDS[found.state],
        "why": found.why,
        "newest_period": newest_in_words(entry, found.newest_period),
        "last_run": _minute(last.started) if last else None,
        "outcome": last.outcome if last else None,
        "next_run": _minute(found.next_run) if found.next_run else None,
        "paused": schedule.paused,
        "rows": found.rows,
        "licence": entry.licence.title,
        "licence_url": entry.licence.url,
        "verified": entry.verified,
        "verified_words": VERIFIED[entry.verified],
        "caveat": entry.caveat,
    }


def newest_in_words(entry: Source, newest: date | None) -> str | None:
    """The newest period as its publisher counts: a month, a quarter, a year; a day where indicators differ."""
    if newest is None:
        return None
    frequencies = {indicator.frequency for indicator in entry.indicators}
    return period(pd.Timestamp(newest), frequencies.pop() if len(frequencies) == 1 else "D")


def _detail(
    home: Home, catalog: Catalog, found: Sequence[Health], schedule: Schedule, now: datetime, by: str | None
) -> dict[str, Any]:
    (of_source,) = [h for h in found if h.source == schedule.source]
    entry = catalog.source[schedule.source]
    finished, good = of_source.runs.finished, of_source.runs.good
    named = home.runs.get(good.id) if good else None
    names = list(named["unknown_names"]) if named else []
    return {
        **_row(of_source, catalog, {entry.id: schedule}, "state"),
        "homepage": entry.homepage,
        "cadence": CADENCE_WORDS[entry.cadence],
        "attribution": entry.attribution,
        "stale_days": entry.expectations.newest_within_days,
        "indicators": [{"id": i.id, "title": i.title, "construct": i.construct} for i in entry.indicators],
        "last_error": _last_error(home, finished.id) if finished and finished.error else None,
        "runs": [_run(run) for run in home.runs.list(source=entry.id, limit=RUNS_SHOWN)],
        "unknown_count": named["unknown_count"] if named else 0,
        "unknown_names": [
            {"name": each["name"], "rows": each["rows"], "share": _percent(each["value_share_percent"])}
            for each in names[:NAMES_SHOWN]
        ],
        "unknown_on": named["started"][:10] if named else None,
        "schedule": _schedule(entry, schedule, of_source.next_run, now, by),
    }


def _last_error(home: Home, run_id: int) -> dict[str, Any] | None:
    run = home.runs.get(run_id)
    if run is None:
        return None
    return {
        "outcome": run["outcome"],
        "on": run["started"][:16].replace("T", " "),
        "kept": run["outcome"] not in GOOD,
        "error": run["error"],
        "parts": run["failed_parts"],
    }


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "trigger", "outcome", "seconds", "requests", "bytes", "error", "unknown_count", "failed_count")
    kept = {name: run[name] for name in (*names, "rows_added", "rows_changed", "rows_removed")}
    return {**kept, "started": _minute(run["started"]), "took": duration(run["seconds"]), "size": size(run["bytes"])}


def _schedule(
    entry: Source, schedule: Schedule, next_run: datetime | None, now: datetime, by: str | None
) -> dict[str, Any]:
    by_default = default(entry)
    coming: list[datetime] = [] if next_run is None else [next_run]
    while coming and len(coming) < _COMING and (after := schedule.after(max(coming[-1], now))) is not None:
        coming.append(after)
    return {
        "words": schedule.words,
        "cron": schedule.cron,
        "hours": schedule.hours,
        "timezone": schedule.timezone,
        "paused": schedule.paused,
        "origin": schedule.origin,
        "default": f"{parsed(by_default).words} UTC" if by_default else None,
        "coming": [_minute(moment) for moment in coming],
        "overdue": bool(coming) and coming[0] < now,
        "scheduler": by,
    }


def duration(seconds: float | None) -> str | None:
    """`0.4 s`, `45 s`, `3 min 20 s`, `1 h 2 min`."""
    if seconds is None:
        return None
    if seconds < 60:
        return f"{seconds:.1f} s" if 0 < seconds < 1 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def size(count: int) -> str:
    """Bytes in the largest unit that leaves a whole number: `980 B`, `1.2 MB`."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def _percent(share: float) -> str:
    return "below 0.001 %" if share < 0.001 else f"{significant(share, 2)} %"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
