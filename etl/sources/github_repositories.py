"""Repositories on GitHub from its REST API: stars, forks, watchers and open issues today, and new stars per week.

Two kinds of payload, told apart by the request's scope:

- A repository: one object; a row of the result is one of its four figures on the day of the answer.
- A page of the star history: a list of `{week, total, days}`, newest first, at most 30 weeks; `week` is the second in
  which it begins (a Sunday), `days` the seven counts. A row of the result is the new stars of one week.

Oddities:

- `watchers_count` is the stars once more; those who watch are `subscribers_count`.
- `open_issues_count` holds the open pull requests, too.
- A repository that moved answers under its new name. It counts under the one of the catalogue, as long as its owner or
  its own name is still the same; else it may be another one.
- The star history goes back as far as the repository's creation, which the answer on the repository dates: so many
  pages are asked for, and none that could be empty. A star that is taken back leaves the week in which it was given.
- The newest week is not over: it is left out, as its small count is no fall.
"""

import json
import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_FIGURES: Final = {  # field -> indicator
    "stargazers_count": "github_stars",
    "forks_count": "github_forks",
    "subscribers_count": "github_watchers",
    "open_issues_count": "github_open_issues",
}
_NEW_STARS: Final = "github_new_stars"
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_PAGE_WEEKS: Final = 30
_WITH_HISTORY: Final = " with history"
_WEEK: Final = timedelta(days=7)
_EPOCH: Final = date(1970, 1, 1)
_LAST_SECOND: Final = 4_102_444_800  # of this century


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per repository; where weeks up to `since` are held, one more for the weeks since then.

    The list begins elsewhere each day: sixty a day, which GitHub answers without a token, come round to all of them.
    """
    missing = _PAGE_WEEKS if since is None else (today - since).days // 7 + 4  # stars taken back change the last weeks
    whole = missing >= _PAGE_WEEKS
    names = list(_names(entry).items())
    start = today.toordinal() * entry.settings["a_day_without_token"] % max(len(names), 1)
    for technology, name in names[start:] + names[:start]:
        yield Request(
            f"{entry.settings['base']}/{name}",
            part=technology + _WITH_HISTORY * whole,
            scope={"indicator": tuple(_FIGURES.values()), "technology": technology, "period_start": ...},
        )
    if not whole:
        yield from (_history(entry, technology, missing, 1) for technology, _ in names)


def following(payload: Payload, entry: Source) -> Iterable[Request]:
    """The pages of the star history, from the newest week back to the repository's first or the entry's."""
    request = payload.request
    if not request.part.endswith(_WITH_HISTORY):
        return
    created = _created(_json(payload), f"github_repositories {request.part}")
    first = _sunday(max(created, entry.settings["history_from"]))
    weeks = (_sunday(payload.retrieved_on) - first).days // 7 + 1
    pages = (
        weeks + _PAGE_WEEKS - 2
    ) // _PAGE_WEEKS  # a last page of one week could be empty: days are not those of UTC
    for page in range(1, pages + 1):
        yield _history(entry, request.scope["technology"], _PAGE_WEEKS, page)


def _history(entry: Source, technology: str, weeks: int, page: int) -> Request:
    return Request(
        f"{entry.settings['base']}/{_names(entry)[technology]}/stargazers/history?per_page={weeks}&page={page}",
        part=f"{technology} stars, page {page}",
        scope={"indicator": _NEW_STARS, "technology": technology, "period_start": ...},
    )


def _names(entry: Source) -> dict[str, str]:
    """Technology -> its repository, the first of its names."""
    return {technology: names[0] for technology, names in entry.followed("github").items()}


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows: the four figures of the repository on the day of the answer, or the new stars per finished week.

    Raises ParseError when the body is neither, is of another repository, or a figure or week is none.
    """
    where, technology = f"github_repositories {payload.request.part}", payload.request.scope["technology"]
    body, name = _json(payload), _names(entry)[technology]
    if payload.request.scope["indicator"] == _NEW_STARS:
        rows = _weeks(body, payload.retrieved_on, where)
        return pd.DataFrame(rows, columns=["period_start", "value"]).assign(
            indicator=_NEW_STARS, name=name, frequency="W", status="final"
        )
    if not isinstance(body, dict) or not {*_FIGURES, "full_name", "created_at"} <= set(body):
        raise ParseError(f"{where}: no repository with its figures; has the layout changed?")
    _check_name(body["full_name"], name, where)
    _created(body, where)
    figures = [(indicator, _count(body[field], field, where)) for field, indicator in _FIGURES.items()]
    return pd.DataFrame(figures, columns=["indicator", "value"]).assign(
        name=name, period_start=payload.retrieved_on, frequency="D", status="final"
    )


def _json(payload: Payload) -> Any:
    where = f"github_repositories {payload.request.part}"
    try:
        return json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the answer cut?") from error


def _check_name(answered: Any, asked: str, where: str) -> None:
    if not isinstance(answered, str) or not _NAME.fullmatch(answered):
        raise ParseError(f"{where}: {answered!r} is no name of a repository; has the layout changed?")
    pairs = zip(answered.casefold().split("/"), asked.casefold().split("/"), strict=True)
    if not any(now == before for now, before in pairs):
        raise ParseError(f"{where}: `{answered}` answers for `{asked}`; if it has moved, correct its name.")


def _created(body: dict[str, Any], where: str) -> date:
    try:
        return date.fromisoformat(str(body["created_at"])[:10])
    except ValueError as error:
        raise ParseError(f"{where}: {body['created_at']!r} is no time of creation.") from error


def _weeks(body: Any, today: date, where: str) -> list[tuple[date, float]]:
    if not isinstance(body, list) or not all(isinstance(week, dict) for week in body):
        raise ParseError(f"{where}: no list of weeks; has the layout changed?")
    rows = []
    for week in body:
        begins, days = _count(week.get("week"), "week", where), week.get("days")
        if not isinstance(days, list) or len(days) != 7:
            raise ParseError(f"{where}: a week with {days!r} in place of its seven days.")
        total = _count(week.get("total"), "total", where)
        if sum(_count(day, "days", where) for day in days) != total:
            raise ParseError(f"{where}: the days of a week do not add up to its {total:.0f} stars.")
        if begins >= _LAST_SECOND:
            raise ParseError(f"{where}: {begins:.0f} as `week` is no second of this century; has the unit changed?")
        rows.append((_EPOCH + timedelta(days=begins // 86400), total))
    finished = [(begins, total) for begins, total in rows if begins + _WEEK <= today]
    if not finished:
        raise ParseError(f"{where}: not one finished week among {len(rows)}; is it the right page?")
    return finished


def _count(value: Any, field: str, where: str) -> float:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ParseError(f"{where}: {value!r} as `{field}` is no whole number.")
    return float(value)


def _sunday(day: date) -> date:
    """The Sunday on which the week of `day` begins."""
    return day - timedelta(days=day.isoweekday() % 7)
