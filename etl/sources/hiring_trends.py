"""HN Hiring Trends: posts of the monthly thread "Ask HN: Who is hiring?" that name a term.

A payload is one assignment, `data = [...]`, with one object per month: `month` ("May24"), `num_comments` (the posts)
and `terms`, which maps a term to its `count`. One row of the result is the count of one term in one month, beside it
the number of posts, which is also the `sample_size`. Oddities:

- Since 2018 or so the assignment is a minified JavaScript literal (keys without quotes, numbers like `.49`, a
  semicolon); before, it is JSON, with `num_comments` as a string.
- Every term was counted anew in every month: a count of 0 is a count. Months with fewer posts than `least_posts` are
  no sample (2011-12 has 3) and left out.
- A term may go on under the name of its successor (`successors`); a term that is `ignored` in the entry is left out.
"""

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_$][\w$]*(?=\s*:)|(?<![\w.])\.\d+')


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request; the newest file holds the whole history."""
    yield Request(entry.urls[0], part="terms")


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows: mentions per term and month with the posts as sample size, and the posts themselves as the whole.

    Raises ParseError when the body is no such assignment, or a month, a count or the number of posts is none.
    """
    where = f"hiring_trends {payload.request.part}"
    rows: list[tuple[str, str | None, date, Any, int]] = []
    for record in _months(payload, where):
        month, posts, terms = _month(record, where)
        if posts < entry.settings["least_posts"]:
            continue
        rows.append(("hiring_trends_posts", None, month, posts, posts))
        for term, facts in terms.items():
            count = facts.get("count") if isinstance(facts, dict) else None
            if not isinstance(count, int) or not 0 <= count <= posts:
                raise ParseError(f"{where}: `{term}` has the count {count!r} of {posts} posts in {month:%Y-%m}.")
            successor = entry.settings["successors"].get(term)
            name = successor["name"] if successor and month >= successor["from"] else term
            if name not in entry.ignored:
                rows.append(("hiring_trends_mentions", name, month, count, posts))
    if not rows:
        raise ParseError(f"{where}: no month has {entry.settings['least_posts']} posts; has the publisher emptied it?")
    columns = ["indicator", "name", "period_start", "value", "sample_size"]
    return pd.DataFrame(rows, columns=columns).assign(frequency="M").astype({"value": "float64"})


def _months(payload: Payload, where: str) -> list[dict[str, Any]]:
    """The list behind `data =`, whichever way it is written."""
    text = payload.content.decode("utf-8-sig", errors="replace")
    start = re.match(r"\s*(?:(?:var|let|const)\s+)?data\s*=", text)
    if not start:
        raise ParseError(f"{where}: does not begin with `data =`; has the layout changed?")
    literal = text[start.end() :].strip().removesuffix(";")
    try:
        records = json.loads(_TOKEN.sub(_quoted, literal))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: the literal cannot be read ({error}); is the file cut?") from error
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        raise ParseError(f"{where}: no list of months behind `data =`; has the layout changed?")
    return records


def _quoted(token: re.Match[str]) -> str:
    text = token[0]
    return text if text[0] == '"' else f"0{text}" if text[0] == "." else f'"{text}"'


def _month(record: dict[str, Any], where: str) -> tuple[date, int, dict[str, Any]]:
    missing = {"month", "num_comments", "terms"} - set(record)
    if missing:
        raise ParseError(f"{where}: a month lacks `{min(missing)}`; has the layout changed?")
    label, posts, terms = str(record["month"]), str(record["num_comments"]), record["terms"]
    if not re.fullmatch(rf"({'|'.join(_MONTHS)})\d\d", label) or not posts.isdecimal() or not isinstance(terms, dict):
        raise ParseError(f"{where}: `{label}` with `{posts}` posts is no month with its posts and terms.")
    return date(2000 + int(label[3:]), _MONTHS.index(label[:3]) + 1, 1), int(posts), terms
