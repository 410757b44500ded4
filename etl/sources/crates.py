"""Downloads from crates.io, read on one day: of each crate that is followed, and of the whole registry.

The payload of a crate is `{crate: {name, downloads, recent_downloads, ...}, versions: [...], ...}`: all downloads since
its first release, and those of the last 90 days. The payload of the registry (`summary`) is
`{num_crates, num_downloads, ...}`: all downloads of all crates since the registry began. One row of the result is one
such reading on the day of the answer; the API gives no total of the registry for the last 90 days.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_BASE: Final = "https://crates.io/api/v1"
_REGISTRY: Final = "all crates"  # the part of the registry; no crate can be called so
_TOTAL, _RECENT, _WHOLE = "crates_downloads", "crates_recent_downloads", "crates_registry_downloads"


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request for the registry and one per technology, for the first of its crates."""
    yield Request(f"{_BASE}/summary", part=_REGISTRY, scope={"indicator": _WHOLE, "period_start": ...})
    for technology, names in entry.followed("crates").items():
        scope = {"indicator": (_TOTAL, _RECENT), "technology": technology, "period_start": ...}
        yield Request(f"{_BASE}/crates/{names[0]}", part=names[0], scope=scope)


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one reading: two of a crate (total, last 90 days), or one of the registry.

    Raises ParseError when the body is no such object, is of another crate, or a count is none.
    """
    part = payload.request.part
    where = f"crates {part}"
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the answer cut?") from error
    found = body if part == _REGISTRY else body.get("crate") if isinstance(body, dict) else None
    if not isinstance(found, dict):
        raise ParseError(f"{where}: no object with the figures; has the API changed?")
    if part == _REGISTRY:
        drafts: list[tuple[str, object, float]] = [(_WHOLE, pd.NA, _count(found, "num_downloads", where))]
    else:
        if str(found.get("name")).casefold() != part.casefold():
            raise ParseError(f"{where}: the figures of `{found.get('name')}`; another crate was answered.")
        total, recent = _count(found, "downloads", where), _count(found, "recent_downloads", where)
        if recent > total:
            raise ParseError(f"{where}: {recent:.0f} recent downloads of {total:.0f} in all; one of them is wrong.")
        drafts = [(_TOTAL, part, total), (_RECENT, part, recent)]
    frame = pd.DataFrame(drafts, columns=["indicator", "name", "value"])
    return frame.assign(period_start=payload.retrieved_on, frequency="D", status="final")


def _count(found: dict[str, Any], field: str, where: str) -> float:
    count = found.get(field)
    if type(count) is not int or count < 0:
        raise ParseError(f"{where}: `{field}` is {count!r}, which is no count; has the API changed?")
    return float(count)
