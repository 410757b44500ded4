"""What an address stands for: that of the page a series, that of the API observations or series, as a data set.

Whoever pastes an address gets what its reader would see, with the same filters, columns, order and limit.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from dashboard.data import Data
from dashboard.export import FORMATS, Dataset, observations
from dashboard.selection import WrongParameter, parse, read_filter
from dashboard.selection.filters import parameters, shown
from dashboard.views.trends import series
from etl.errors import UsageError

DEFAULT_ORIGIN: Final = "http://127.0.0.1:8050"
"""Where a dashboard is, for want of better knowledge."""

_API: Final = "/api/v1/"
_PAGES: Final = ("", "trends", "compare", "hiring", "surveys", "speed", "python-in-front")
"""Pages whose address holds a selection."""
_PAGES_OF_ONE: Final = {"technology": "technology", "use-case": "use_case"}
"""Pages whose path ends in an id, and the parameter for which it stands."""
_MOST: Final = 10**12
_REMEDY: Final = (
    "paste an address of the dashboard, or of /api/v1/observations or /api/v1/series, or its part after `?`"
)


def addressed(data: Data, text: str, exported_on: date, origin: str | None = None) -> Dataset:
    """The data set of an address, or of a query string, which is taken for one of the page.

    Links begin with the origin of the address, else with `origin`, else with that of a dashboard on this machine.
    Raises UsageError when it stands for no rows, and WrongParameter for a wrong parameter.
    """
    collection, query, own = _parts(text)
    link = own or origin or DEFAULT_ORIGIN
    given = parameters(query)
    if collection in _PAGES_OF_ONE.values():
        given.setdefault(collection, [urlsplit(text.strip()).path.rpartition("/")[2]])
    narrowing = {name: given.pop(name, []) for name in ("fields", "sort", "limit", "offset")}
    if collection == "observations":
        found = observations(data, read_filter(given, data.catalog), exported_on, link)
    else:
        found = series(data, parse(given, data.catalog), exported_on, link)
    return narrowed(found, narrowing)


def narrowed(found: Dataset, given: Mapping[str, Sequence[str]]) -> Dataset:
    """The data set with the columns (`fields`), the order and the rows that parameters ask for.

    Raises WrongParameter.
    """
    return found.narrowed(
        given.get("fields", ()),
        given.get("sort", ()),
        _number("limit", given.get("limit", ())),
        _number("offset", given.get("offset", ())) or 0,
    )


def _parts(text: str) -> tuple[str, str, str | None]:
    """Collection, query and, of a whole address, its origin."""
    text = text.strip()
    if "://" not in text and not text.startswith("/"):
        query = text.removeprefix("?")
        if "=" not in query:
            raise UsageError(f"`{shown(text)}` is no selection: {_REMEDY}.")
        return "series", query, None
    try:
        address = urlsplit(text)
        origin = f"{address.scheme}://{address.netloc.rpartition('@')[2]}" if address.netloc else None
    except ValueError:
        raise UsageError(f"`{shown(text)}` is no address: {_REMEDY}.") from None
    if address.scheme not in ("", "http", "https") or ("://" in text and origin is None):
        raise UsageError(f"`{shown(text)}` is no address of a dashboard: {_REMEDY}.")
    collection = _collection(address.path)
    if collection is None:
        raise UsageError(f"The address {shown(text)} stands for no rows: {_REMEDY}.")
    return collection, address.query, origin


def _collection(path: str) -> str | None:
    """What a path stands for: a collection of the API (`series` for a page), or the parameter that its id is for."""
    page, _, item = path.removeprefix("/").partition("/")
    if item and "/" not in item and page in _PAGES_OF_ONE:
        return _PAGES_OF_ONE[page]
    if path.strip("/") in _PAGES:
        return "series"
    name, _, ending = path.removeprefix(_API).partition(".")
    known = path.startswith(_API) and name in ("observations", "series")
    return name if known and ending in ("", *(each.ending for each in FORMATS.values())) else None


def _number(name: str, values: Sequence[str]) -> int | None:
    if not values:
        return None
    text = values[-1]
    if not (text.isascii() and text.isdigit() and int(text[:13]) <= _MOST and len(text) <= 13):
        raise WrongParameter(name, f"`{name}` is `{shown(text)}`: it must be a whole number from 0.")
    return int(text)
