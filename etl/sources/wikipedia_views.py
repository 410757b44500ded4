"""Views of articles of the English Wikipedia per month, from the Wikimedia Analytics API, since 2015-07.

A payload is `{items: [{project, access, agent, granularity, timestamp, views}]}`, with `article` where it speaks of
one; one row of the result is the views of one article in one month, or those of the whole project. Oddities:

- Only the views of people are asked for (`agent` is `user`: neither declared nor detected robots).
- Time stamps are `YYYYMM0100`, the start of the month; the end of the range that is asked for does not belong to it.
- Views belong to a title. An article that was moved begins anew under its new title, and views by way of a redirect
  count for the redirect.
- A month without an entry is not known, and no zero; a range without any entry answers 404.
- The whole project comes in segments, too: `desktop` and `mobile-web`; what is left of `all` is the apps.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final
from urllib.parse import quote

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_SEGMENTS: Final = {"all": "all-access", "desktop": "desktop", "mobile-web": "mobile-web"}  # segment -> `access`
_STAMP: Final = re.compile(r"\d{6}0100")


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """The whole project per segment, then one request per article, up to the last full month.

    Where months up to `since` are held, only the last three of them and what is missing are asked for, and nothing
    where no month is missing. What ends half a year ago may never have been whole: then all is asked for.
    """
    end = today.replace(day=1)
    if since is not None and since < _months_later(end, -6):
        since = None
    first, closed = entry.settings["first"], entry.settings["closed"]
    if since is not None and _months_later(since, 1) >= end:
        return
    start = first if since is None else max(first, _months_later(since, -2))
    yield from _whole(entry, since, [(first, closed), (closed, end)] if since is None else [(start, end)])
    for technology, titles in entry.followed("wikipedia").items():
        title = quote(_title(titles[0]), safe="")
        path = f"per-article/en.wikipedia.org/all-access/user/{title}/monthly/{start:%Y%m%d}/{end:%Y%m%d}"
        scope: dict[str, Any] = {"indicator": "wikipedia_views", "technology": technology}
        if since is not None:
            scope["period_start"] = ...
        yield Request(f"{entry.settings['base']}/{path}", part=technology, scope=scope, optional=since is not None)


def _whole(entry: Source, since: date | None, ranges: list[tuple[date, date]]) -> Iterator[Request]:
    for segment, access in _SEGMENTS.items():
        for start, end in ranges:
            path = f"aggregate/en.wikipedia.org/{access}/user/monthly/{start:%Y%m%d}/{end:%Y%m%d}"
            yield Request(
                f"{entry.settings['base']}/{path}",
                part=f"whole {segment} from {start:%Y-%m}",
                scope={"indicator": "wikipedia_views_all", "segment": segment, "period_start": ...},
                optional=since is not None,
                immutable=end == entry.settings["closed"],
            )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows: views per month, of the article or of the whole project (no name).

    Raises ParseError when the body is no such list, is of another article or kind of view, or a month or count is none.
    """
    where, scope = f"wikipedia_views {payload.request.part}", payload.request.scope
    items = _items(payload, where)
    name = entry.followed("wikipedia")[scope["technology"]][0] if "technology" in scope else None
    access = _SEGMENTS[scope.get("segment", "all")]
    wanted = {"project": "en.wikipedia", "access": access, "agent": "user", "granularity": "monthly"}
    if name is not None:
        wanted["article"] = _title(name)
    rows = []
    for item in items:
        wrong = next((field for field, value in wanted.items() if item.get(field) != value), None)
        if wrong is not None:
            raise ParseError(f"{where}: `{wrong}` is {item.get(wrong)!r} and not `{wanted[wrong]}`.")
        rows.append((_month(item.get("timestamp"), where), _count(item.get("views"), where)))
    frame = pd.DataFrame(rows, columns=["period_start", "value"]).assign(name=name)
    return frame.assign(indicator=scope["indicator"], segment=scope.get("segment", "all"), frequency="M")


def _title(name: str) -> str:
    """The title as an address has it and the answer repeats it: without blanks."""
    return name.replace(" ", "_")


def _items(payload: Payload, where: str) -> list[dict[str, Any]]:
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the answer cut?") from error
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise ParseError(f"{where}: no list `items` with a month in it; has the layout changed?")
    return items


def _month(stamp: Any, where: str) -> date:
    if not isinstance(stamp, str) or not _STAMP.fullmatch(stamp) or not 1 <= int(stamp[4:6]) <= 12:
        raise ParseError(f"{where}: the time stamp {stamp!r} is no start of a month; has the layout changed?")
    return date(int(stamp[:4]), int(stamp[4:6]), 1)


def _count(views: Any, where: str) -> float:
    if not isinstance(views, int) or isinstance(views, bool) or views < 0:
        raise ParseError(f"{where}: {views!r} is no number of views.")
    return float(views)


def _months_later(month: date, months: int) -> date:
    later = month.year * 12 + month.month - 1 + months
    return date(later // 12, later % 12 + 1, 1)
