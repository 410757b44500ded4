"""Stories on Hacker News whose title names a term, per month, from the search that Algolia runs for it.

A payload is the answer to one search, `{nbHits, exhaustive: {nbHits}, query, ...}`, without its hits; one row of the
result is the number of stories of one month with the term in the title, or of all stories of the month. Oddities:

- Only titles are searched: an address (github.com) or the name of a writer would count, too. The term stands in
  quotation marks and the last word is no beginning of a longer one, or Java would find JavaScript; typing errors in
  titles are not forgiven, or Scala would find scale.
- `nbHits` is exact or near it; `exhaustive` (in older answers `exhaustiveNbHits`) says which. What is near is
  `estimated`.
- A month without such a story is a zero: the search looked.
- Ambiguous words are not asked for: the entry lists the terms, and what is left out.
"""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request
from etl.schema import WHOLE


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per full month and term, and one for all stories of the month; the newest month comes first.

    Months up to `since` are left out; a month that is over does not change any more.
    """
    known = entry.followed("hiring")
    asked = {t: names[0] for t, names in known.items() if names[0] in entry.settings["terms"]}
    month, first = _before(today.replace(day=1)), entry.settings["first"]
    while month >= first and (since is None or month > since):
        yield _request(entry, month, WHOLE, "")
        for technology, term in asked.items():
            yield _request(entry, month, technology, f'"{term}"')
        month = _before(month)


def _request(entry: Source, month: date, technology: str, query: str) -> Request:
    asked = {
        "query": query,
        "tags": "story",
        "hitsPerPage": 0,
        "numericFilters": f"created_at_i>={_seconds(month)},created_at_i<{_seconds(_after(month))}",
    }
    if query:
        asked |= {"restrictSearchableAttributes": "title", "queryType": "prefixNone", "typoTolerance": "false"}
    indicator = "hacker_news_mentions" if query else "hacker_news_stories"
    return Request(
        f"{entry.settings['base']}?{urlencode(asked)}",
        part=f"{technology}-{month:%Y-%m}",
        scope={"indicator": indicator, "technology": technology, "period_start": month},
        immutable=True,
    )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """One draft row: the stories of the month with the term in their title, or all of them (no name).

    Raises ParseError when the body is no answer to a search, answers another one, or its number of hits is none.
    """
    where, scope = f"hacker_news {payload.request.part}", payload.request.scope
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the answer cut?") from error
    if not isinstance(body, dict) or "nbHits" not in body:
        raise ParseError(f"{where}: no answer to a search, with `nbHits`; has the layout changed?")
    term = None if scope["technology"] == WHOLE else entry.followed("hiring")[scope["technology"]][0]
    query = "" if term is None else f'"{term}"'
    answered = body.get("query", "")
    if answered != query:
        raise ParseError(f"{where}: the answer to {answered!r} and not to {query!r}.")
    hits = body["nbHits"]
    if not isinstance(hits, int) or isinstance(hits, bool) or hits < 0:
        raise ParseError(f"{where}: {hits!r} is no number of stories.")
    row = {"indicator": scope["indicator"], "name": term, "period_start": scope["period_start"], "frequency": "M"}
    return pd.DataFrame([{**row, "value": float(hits), "status": "final" if _exact(body, where) else "estimated"}])


def _exact(body: dict[str, Any], where: str) -> bool:
    kinds = body.get("exhaustive")
    exact = kinds.get("nbHits") if isinstance(kinds, dict) else body.get("exhaustiveNbHits")
    if not isinstance(exact, bool):
        raise ParseError(f"{where}: not said whether the number is exact (`exhaustive`); has the layout changed?")
    return exact


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _before(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def _after(month: date) -> date:
    return date(month.year + (month.month == 12), month.month % 12 + 1, 1)
