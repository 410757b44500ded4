"""Questions on Stack Overflow per tag, from the Stack Exchange API: all of them until today, and those of a month.

Three kinds of payload, told apart by the indicator in the request's scope:

- Tags: `{items: [{name, count, ...}], has_more}`; a row of the result is all questions that carry the tag on the day of
  the answer. Up to a hundred tags are asked for at once.
- The site: `{items: [{total_questions, ...}]}`; all questions on the day of the answer, the whole of these.
- Totals: `{total}`; the questions of one tag, or of all, in one month.

Oddities:

- Without a key, which could only be sent within the address, 300 requests a day are answered: months are asked for
  only for the tags that the entry lists, the newest first.
- Unanswered questions are deleted later: a month is asked for once, after it has ended, and stands as it was then.
- A question with several tags counts once for each.
- A tag that does not exist is left out of the answer, without an error.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import quote

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request
from etl.schema import WHOLE

_TAGS, _SITE = "stack_exchange_tag_questions", "stack_exchange_site_questions"
_MONTHLY, _MONTHLY_SITE = "stack_exchange_new_questions", "stack_exchange_new_site_questions"
_MOST_TAGS: Final = 100  # in one request, and on one page
_PAGE: Final = re.compile(r"&page=(\d+)$")


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """All tags in batches and the site, then one request per full month and listed tag, the newest month first.

    Months that ended before `since` are left out: readings, which are asked for each time, are newer than any month.
    """
    base, site = entry.settings["base"], entry.settings["site"]
    yield Request(f"{base}/info?site={site}", part="site", scope={"indicator": _SITE, "period_start": ...})
    tags = [names[0] for names in entry.followed("stackoverflow").values()]
    for start in range(0, len(tags), _MOST_TAGS):
        path = ";".join(quote(tag, safe="") for tag in tags[start : start + _MOST_TAGS])
        yield Request(
            f"{base}/tags/{path}/info?site={site}&pagesize={_MOST_TAGS}&page=1",
            part=f"tags from {start + 1}",
            scope={"indicator": _TAGS, "technology": ..., "period_start": ...},
        )
    month, end = _before(today.replace(day=1)), today.replace(day=1)
    while month >= entry.settings["first"] and (since is None or end > since):
        yield from _month(entry, month, end)
        month, end = _before(month), month


def _month(entry: Source, month: date, end: date) -> Iterator[Request]:
    asked = {names[0]: t for t, names in entry.followed("stackoverflow").items()}
    for tag in [None, *entry.settings["tags"]]:
        if tag is not None and tag not in asked:
            continue
        tagged = "" if tag is None else f"&tagged={quote(tag, safe='')}"
        technology = WHOLE if tag is None else asked[tag]
        yield Request(
            f"{entry.settings['base']}/questions?fromdate={_seconds(month)}&todate={_seconds(end) - 1}{tagged}"
            f"&site={entry.settings['site']}&filter=total",
            part=f"{technology}-{month:%Y-%m}",
            scope={
                "indicator": _MONTHLY_SITE if tag is None else _MONTHLY,
                "technology": technology,
                "period_start": month,
            },
            immutable=True,
        )


def following(payload: Payload, entry: Source) -> Iterable[Request]:
    """The next page of a batch of tags, as long as the answer says that there is more."""
    request = payload.request
    page = _PAGE.search(request.url)
    if request.scope["indicator"] == _TAGS and page and _body(payload).get("has_more") is True:
        number = int(page[1]) + 1
        part = f"{request.part.partition(', ')[0]}, page {number}"
        yield Request(_PAGE.sub(f"&page={number}", request.url), part=part, scope=request.scope)


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows: questions per tag or of the site on the day of the answer, or of one tag or all in one month.

    Raises ParseError when the body is an error or none of the three, or a count is none.
    """
    where, scope = f"stack_exchange {payload.request.part}", payload.request.scope
    body, indicator = _body(payload), scope["indicator"]
    if "error_message" in body:
        raise ParseError(f"{where}: the API answered with the error {body['error_message']!r}.")
    if indicator in (_MONTHLY, _MONTHLY_SITE):
        tag = None if indicator == _MONTHLY_SITE else entry.followed("stackoverflow")[scope["technology"]][0]
        rows = [(tag, _count(body, "total", where))]
        frame = pd.DataFrame(rows, columns=["name", "value"])
        return frame.assign(indicator=indicator, period_start=scope["period_start"], frequency="M")
    items = body.get("items")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise ParseError(f"{where}: no list `items` with anything in it; has the layout changed?")
    if indicator == _SITE:
        rows = [(None, _count(items[0], "total_questions", where))]
    else:
        rows = [(_name(item, where), _count(item, "count", where)) for item in items]
    frame = pd.DataFrame(rows, columns=["name", "value"])
    return frame.assign(indicator=indicator, period_start=payload.retrieved_on, frequency="D", status="final")


def _body(payload: Payload) -> dict[str, Any]:
    where = f"stack_exchange {payload.request.part}"
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the answer cut?") from error
    if not isinstance(body, dict):
        raise ParseError(f"{where}: no object; has the layout changed?")
    return body


def _name(item: dict[str, Any], where: str) -> str:
    name = item.get("name")
    if not isinstance(name, str) or not name:
        raise ParseError(f"{where}: a tag without `name`; has the layout changed?")
    return name


def _count(item: dict[str, Any], field: str, where: str) -> float:
    count = item.get(field)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise ParseError(f"{where}: `{field}` is {count!r}, which is no number of questions.")
    return float(count)


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _before(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
