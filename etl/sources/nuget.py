"""All downloads of packages from NuGet, read on one day.

A payload is the answer of the search service to `packageid:ID`, `{totalHits, data: [{id, totalDownloads, versions: [{
version, downloads}, ...], ...}]}`. One row of the result is `totalDownloads` of the package on the day of the answer.
Oddities:

- Letter case does not matter in an id: the one asked for is found whatever its case.
- A package that does not exist is an empty list, with status 200. Without `prerelease` and `semVerLevel` in the
  question, the service leaves out pre-releases and packages of Semantic Versioning 2.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_BASE: Final = "https://azuresearch-usnc.nuget.org/query"


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per technology, for the first of its packages."""
    for technology, names in entry.followed("nuget").items():
        yield Request(
            f"{_BASE}?q=packageid:{names[0].lower()}&prerelease=true&semVerLevel=2.0.0",
            part=names[0],
            scope={"technology": technology, "period_start": ...},
        )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """One draft row: all downloads of the package, as read on the day.

    Raises ParseError when the body is no answer of the search service, lacks the package, or a count is none.
    """
    part = payload.request.part
    where = f"nuget {part}"
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the answer cut?") from error
    packages = body.get("data") if isinstance(body, dict) else None
    if not isinstance(packages, list) or not all(isinstance(package, dict) for package in packages):
        raise ParseError(f"{where}: no list of packages in `data`; has the API changed?")
    found = [package for package in packages if str(package.get("id")).casefold() == part.casefold()]
    if len(found) != 1:
        ids = ", ".join(f"`{package.get('id')}`" for package in packages[:3]) or "no package"
        raise ParseError(f"{where}: answered with {ids}; is the package still called so?")
    count = found[0].get("totalDownloads")
    if type(count) is not int or count < 0:
        raise ParseError(f"{where}: `totalDownloads` is {count!r}, which is no count; has the API changed?")
    row = {"indicator": "nuget_downloads", "name": part, "value": float(count), "period_start": payload.retrieved_on}
    return pd.DataFrame([{**row, "frequency": "D", "status": "final"}])
