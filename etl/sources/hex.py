"""Downloads from Hex, the registry of Elixir and Erlang, read on one day: in all, and in the last seven days.

A payload is one package, `{name, downloads: {all, recent, week, day}, releases: [...], ...}`. One row of the result is
one such reading on the day of the answer. Oddities:

- A window in which nobody downloaded the package has no key; only `all` is always there.
- `recent` is a window that the API's specification does not describe, and left out.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_BASE: Final = "https://hex.pm/api/packages"
_WINDOWS: Final = {"all": "hex_downloads", "week": "hex_week_downloads"}  # key -> indicator


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per technology, for the first of its packages."""
    for technology, names in entry.followed("hex").items():
        scope = {"technology": technology, "period_start": ...}
        yield Request(f"{_BASE}/{names[0]}", part=names[0], scope=scope)


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """One draft row per window: the downloads of the package, as read on the day.

    Raises ParseError when the body is no package, is of another one, or a count is none.
    """
    part = payload.request.part
    where = f"hex {part}"
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the answer cut?") from error
    if not isinstance(body, dict) or not isinstance(body.get("downloads"), dict):
        raise ParseError(f"{where}: no package with `downloads`; has the API changed?")
    if body.get("name") != part:
        raise ParseError(f"{where}: the downloads of `{body.get('name')}`; another package was answered.")
    counts = {key: body["downloads"][key] for key in _WINDOWS if key in body["downloads"]}
    for key, count in counts.items():
        if type(count) is not int or count < 0:
            raise ParseError(f"{where}: the downloads `{key}` are {count!r}, which is no count; has the API changed?")
    if "all" not in counts or counts.get("week", 0) > counts["all"]:
        raise ParseError(f"{where}: the downloads are {counts}, without a total or above it; wait for a whole answer.")
    frame = pd.DataFrame([(_WINDOWS[key], float(count)) for key, count in counts.items()])
    frame.columns = pd.Index(["indicator", "value"])
    return frame.assign(name=part, period_start=payload.retrieved_on, frequency="D", status="final")
