"""Downloads from PyPI per day, with and without mirrors, as counted by PyPI Stats.

A payload holds the last 180 days or so of one package, `{package, type, data: [{category, date, downloads}]}`, where
`category` is `with_mirrors` or `without_mirrors`; the package `__all__` is the sum of all. One row of the result is one
day. Oddities:

- What is without mirrors is a part of what is with them: the two are never added.
- Older days are no longer given: those that are held stay.
- A day without downloads, or that was not collected, is missing.
- The package stands in the answer under its normal name: small letters, `-` in place of `.` and `_`.
"""

import json
import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from etl import schema
from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_EVERYTHING: Final = "__all__"
_PACKAGE: Final = {"without_mirrors": "pypi_stats_downloads", "with_mirrors": "pypi_stats_with_mirrors"}
_WHOLE: Final = {"without_mirrors": "pypi_stats_all"}


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per package, and one for all of them together; none while yesterday is held already."""
    if since is not None and since >= today - timedelta(days=1):
        return
    for technology, package in _asked(entry).items():
        yield Request(
            f"{entry.settings['base']}/{package}/overall",
            part="all packages" if package == _EVERYTHING else package,
            scope={"technology": technology, "period_start": ...},
        )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows: downloads per day, without and with mirrors. The day of the answer itself is left out.

    Raises ParseError when the body is of another package, or is no such list, or a day stands twice.
    """
    where = f"pypi_stats {payload.request.part}"
    technology = str(payload.request.scope["technology"])
    package = _asked(entry)[technology]
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        raise ParseError(f"{where}: no object with a list of `data`; has the layout changed?")
    if body.get("package") != package:
        raise ParseError(f"{where}: the downloads of `{body.get('package')}`, but `{package}` was asked for.")
    if body.get("type") != "overall_downloads":
        raise ParseError(f"{where}: figures of the type `{body.get('type')}`; was another page asked for?")
    try:
        rows = [(record["category"], date.fromisoformat(record["date"]), _count(record)) for record in body["data"]]
    except (TypeError, ValueError, KeyError) as error:
        raise ParseError(f"{where}: a category, day or count is none ({error}); has the layout changed?") from error
    strange = sorted({str(category) for category, _, _ in rows} - set(_PACKAGE))
    if strange:
        raise ParseError(f"{where}: the category `{strange[0]}` is new; read what it means before it is counted.")
    indicators = _WHOLE if package == _EVERYTHING else _PACKAGE
    kept = [row for row in rows if row[0] in indicators and row[1] < payload.retrieved_on]
    if not kept:
        raise ParseError(f"{where}: not one whole day with downloads; is the package still there?")
    frame = pd.DataFrame(kept, columns=["indicator", "period_start", "value"])
    twice = frame[frame.duplicated(["indicator", "period_start"])]
    if len(twice):
        raise ParseError(f"{where}: {twice['period_start'].iloc[0]} stands twice; the publisher must say which counts.")
    name = None if technology == schema.WHOLE else entry.followed("pypi")[technology][0]
    return frame.assign(indicator=frame["indicator"].map(indicators), name=name, frequency="D")


def _count(record: dict[str, Any]) -> float:
    count = record["downloads"]
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ValueError(f"the count {count!r}")
    return float(count)


def _asked(entry: Source) -> dict[str, str]:
    """Technology -> the normal name of its first package; the whole -> all packages."""
    packages = {t: re.sub(r"[-_.]+", "-", names[0]).lower() for t, names in entry.followed("pypi").items()}
    return {schema.WHOLE: _EVERYTHING, **packages}
