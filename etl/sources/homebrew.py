"""Formulae that users of Homebrew asked to install, per formula, in the 30 days up to the day of the list.

The payload lists all formulae of homebrew-core that were installed on request, `{category, start_date, end_date,
total_count, formulae: {name: [{formula, count}, ...]}}`. One row of the result is one formula on `end_date`. Oddities:

- Counts are text with commas (`"180,542"`). A formula built from its newest source is an entry of its own
  (`redis --HEAD`) below the same name, and added.
- Versions are formulae (`python@3.9`). One that the catalogue does not name counts for the formula without the version.
- `total_count` also holds formulae of other publishers, which are not listed: it is a ceiling, not the sum.
- `end_date` is the day on which the list was made, as the publisher's clock has it: it may be ahead of ours by a day.
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

_URL: Final = "https://formulae.brew.sh/api/analytics/install-on-request/homebrew-core/30d.json"
_INDICATOR: Final = "homebrew_installs"
_CATEGORIES: Final = ("install_on_request", "formula_install_on_request")  # former and present name
_WINDOW: Final = timedelta(days=30)
_COUNT: Final = re.compile(r"\d{1,3}(,\d{3})*")


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request: the list holds all formulae."""
    yield Request(_URL, part="30d", scope={"indicator": _INDICATOR, "period_start": ...})


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one list: installs on request per formula in 30 days.

    Raises ParseError when the body is no such list, is of another category or window, or a count is none.
    """
    where = f"homebrew {payload.request.part}"
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the list cut?") from error
    if not isinstance(body, dict) or not isinstance(body.get("formulae"), dict) or not body["formulae"]:
        raise ParseError(f"{where}: no `formulae`; has the layout changed?")
    if body.get("category") not in _CATEGORIES:
        raise ParseError(f"{where}: a list of `{body.get('category')}`, not of installs on request.")
    try:
        day = _day(body, payload.retrieved_on)
        counts = [(name, _count(entries)) for name, entries in body["formulae"].items()]
    except (TypeError, ValueError, KeyError) as error:
        raise ParseError(f"{where}: a day or count is none ({error}); has the layout changed?") from error
    listed, total = sum(count for _, count in counts), body.get("total_count")
    if type(total) is not int or listed > total:
        raise ParseError(f"{where}: {listed:,.0f} installs are listed, of {total!r} in all; is the list damaged?")
    frame = pd.DataFrame(counts, columns=["name", "value"])
    known = _known(entry)
    frame["name"] = [known.get(name.casefold()) or known.get(_stem(name), name) for name in frame["name"]]
    drafts: pd.DataFrame = frame.groupby("name", as_index=False, sort=False).sum()
    return drafts.assign(indicator=_INDICATOR, period_start=day, frequency="D", status="final")


def _day(body: dict[str, Any], retrieved_on: date) -> date:
    start, end = date.fromisoformat(body["start_date"]), date.fromisoformat(body["end_date"])
    if end - start != _WINDOW:
        raise ValueError(f"a window of {(end - start).days} days in place of 30")
    if end > retrieved_on + timedelta(days=1):
        raise ValueError(f"the day {end} lies ahead")
    return min(end, retrieved_on)


def _count(entries: list[dict[str, str]]) -> float:
    counts = list({(entry["formula"], entry["count"]): entry["count"] for entry in entries}.values())
    for count in counts:
        if not _COUNT.fullmatch(count):
            raise ValueError(f"the count {count!r}")
    return float(sum(int(count.replace(",", "")) for count in counts))


def _known(entry: Source) -> dict[str, str]:
    """Formulae that the catalogue names, and their names without the version -> the name as the catalogue has it."""
    names = [*entry.aliases, *(name for names in entry.followed("homebrew").values() for name in names)]
    return {_stem(name): name for name in reversed(names)} | {name.casefold(): name for name in names}


def _stem(name: str) -> str:
    return name.casefold().partition("@")[0]
