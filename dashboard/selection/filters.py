"""A filter: which observations are asked for, in the command line, the API and scheduled exports alike.

It is read strictly, unlike the selection of a page: what is wrong raises, and names the parameter.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from difflib import get_close_matches
from typing import Any, Final, get_args
from urllib.parse import parse_qsl, quote

from etl.catalog import Catalog, Kind, choices, unknown
from etl.errors import UsageError
from etl.schema import STATUSES, WHOLE

MOST_VALUES: Final = 1_000
"""More values of one parameter than this are a mistake, or an attack."""

VIEW_ONLY: Final = ("view", "value", "scale", "tab", "smooth", "base", "releases", "preset", "v")
"""Parameters of a page's address that say how figures are shown, not which: they are passed over."""

REGIONS: Final = "^([A-Za-z]{2}|[Ww][Ll][Dd])$", "WLD, EU or a country's two letters such as DE"
"""The pattern of a region, and what it means."""
SEGMENTS: Final = "^[A-Za-z0-9][A-Za-z0-9_ .+-]{0,99}$", "the id of a segment; `all` is everybody"
"""The pattern of a segment, and what it means."""

_LONGEST: Final = 60
FIRST_YEAR, LAST_YEAR = 1900, 2199
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_VERSION: Final = re.compile(r"\d{1,12}", re.ASCII)


class WrongParameter(UsageError):
    """A parameter that cannot be used: one sentence with the remedy."""

    def __init__(self, field: str, sentence: str) -> None:
        """`field` is the parameter's name."""
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Filter:
    """Which observations: within a field any of its values will do, and an empty field passes all."""

    indicator: tuple[str, ...] = ()
    technology: tuple[str, ...] = ()
    """Ids; `all` is the whole. A use case or a kind drops the wholes."""
    use_case: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    segment: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    """Bounds of the start of the period, inclusive."""
    as_of: date | None = None
    """The day at whose end the store held the figures (UTC); none: the newest."""
    version: int | None = None
    """That state of the store, so that the pages of one answer belong together."""

    def technologies(self, catalog: Catalog) -> tuple[str, ...] | None:
        """The ids that pass technology, use case and kind together; None where every technology does."""
        if not (self.use_case or self.kind):
            return self.technology or None
        passing = [
            t.id
            for t in catalog.technologies
            if (not self.use_case or set(self.use_case) & set(t.use_cases)) and (not self.kind or t.kind in self.kind)
        ]
        return tuple(t for t in self.technology if t in set(passing)) if self.technology else tuple(passing)


def read_filter(asked: str | Mapping[str, Sequence[str]], catalog: Catalog) -> Filter:
    """The filter of a query string, or of its parameters (name -> values, which may be lists with commas).

    Technologies may be named by id or name. Raises WrongParameter for the first one that is unknown or cannot be used.
    """
    given = parameters(asked)
    for name in given:
        if name not in _READERS and name not in VIEW_ONLY:
            raise WrongParameter(name, _no_parameter(name, _READERS))
    found = {_FIELDS.get(n, n): read(n, given[n], catalog) for n, read in _READERS.items() if given.get(n)}
    chosen = Filter(**found)
    if chosen.start and chosen.end and chosen.start > chosen.end:
        raise WrongParameter("from", f"`from` {chosen.start} is after `to` {chosen.end}: swap them.")
    return chosen


def filter_query(chosen: Filter) -> str:
    """The canonical query string, without `?`: parameters in one order, what is not asked left out."""
    names = {field: name for name, field in _FIELDS.items()}
    parts = []
    for field in fields(chosen):
        value = getattr(chosen, field.name)
        if value is not None and value != ():
            text = ",".join(value) if isinstance(value, tuple) else str(value)
            parts.append(f"{names.get(field.name, field.name)}={quote(text, safe=',')}")
    return "&".join(parts)


def parameters(asked: str | Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Parameter -> its values, of a query string or a mapping; commas and repetitions separate them alike."""
    if isinstance(asked, str):
        pairs = parse_qsl(asked.removeprefix("?"), keep_blank_values=False)
    else:
        pairs = [(n, v) for n, values in asked.items() for v in ([values] if isinstance(values, str) else values)]
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).extend(part.strip() for part in value.split(",") if part.strip())
    return {name: list(dict.fromkeys(values)) for name, values in found.items() if values}


def known(field: str, what: str, values: Collection[str], ids: Collection[str]) -> tuple[str, ...]:
    """`values`, all of which are among `ids`.

    Raises WrongParameter that names the nearest ids.
    """
    for text in values:
        if text not in ids:
            raise WrongParameter(field, unknown(what, shown(text), ids, choices(ids)))
    return tuple(values)


def shown(text: str) -> str:
    """At most 60 printable characters of what somebody sent: it is repeated in a sentence."""
    plain = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[: _LONGEST + 1])
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def matching(name: str, text: str, pattern: str, meaning: str) -> str:
    """`text`, which has a pattern that `meaning` puts in words. Raises WrongParameter."""
    if not re.fullmatch(pattern, text, re.ASCII):
        raise WrongParameter(name, f"`{name}` is `{shown(text)}`: it must be {meaning}.")
    return text


def day(name: str, text: str) -> date:
    """The date of a text in ISO 8601, within three centuries. Raises WrongParameter."""
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise WrongParameter(name, f"`{name}` is `{shown(text)}`, which is no date: write it as 2024-01-31.")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise WrongParameter(name, f"`{name}` is {text}: it must lie between {FIRST_YEAR}-01-01 and {LAST_YEAR}-12-31.")
    return found


def _no_parameter(name: str, names: Collection[str]) -> str:
    near = get_close_matches(name.casefold(), names, n=1, cutoff=0.6)
    hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(names)}."
    return f"There is no parameter `{shown(name)}`: {hint}"


def _few(name: str, values: Sequence[str]) -> Sequence[str]:
    if len(values) > MOST_VALUES:
        raise WrongParameter(
            name, f"`{name}` has {len(values):,} values: at most {MOST_VALUES:,} can be asked for at once; name fewer."
        )
    return values


def _one(name: str, values: Sequence[str]) -> str:
    if len(values) > 1:
        raise WrongParameter(name, f"`{name}` is given {len(values)} times: give it once.")
    return values[0]


def _ids(what: str, there: Callable[[Catalog], Collection[str]]) -> Callable[[str, Sequence[str], Catalog], Any]:
    return lambda name, values, catalog: known(name, what, _few(name, values), there(catalog))


def _technologies(name: str, values: Sequence[str], catalog: Catalog) -> tuple[str, ...]:
    found = []
    for value in _few(name, values):
        try:
            found.append(WHOLE if value == WHOLE else catalog.find_technology(shown(value)).id)
        except UsageError as error:
            raise WrongParameter(name, str(error)) from None
    return tuple(dict.fromkeys(found))


def _regions(name: str, values: Sequence[str], _: Catalog) -> tuple[str, ...]:
    return tuple(dict.fromkeys(matching(name, value, *REGIONS).upper() for value in _few(name, values)))


def _segments(name: str, values: Sequence[str], _: Catalog) -> tuple[str, ...]:
    return tuple(matching(name, value, *SEGMENTS) for value in _few(name, values))


def _day(name: str, values: Sequence[str], _: Catalog) -> date:
    return day(name, _one(name, values))


def _version(name: str, values: Sequence[str], _: Catalog) -> int:
    text = _one(name, values)
    if not _VERSION.fullmatch(text):
        raise WrongParameter(
            name, f"`{name}` is `{shown(text)}`: it must be a version of the store, a whole number from 0."
        )
    return int(text)


_FIELDS: Final = {"from": "start", "to": "end"}
_READERS: Final[dict[str, Callable[[str, Sequence[str], Catalog], Any]]] = {
    "indicator": _ids("indicator", lambda catalog: catalog.indicator),
    "technology": _technologies,
    "use_case": _ids("use case", lambda catalog: catalog.use_case),
    "kind": _ids("kind", lambda _: get_args(Kind)),
    "source": _ids("source", lambda catalog: catalog.source),
    "region": _regions,
    "segment": _segments,
    "status": _ids("status", lambda _: STATUSES),
    "from": _day,
    "to": _day,
    "as_of": _day,
    "version": _version,
}
"""Parameter -> what reads it, in the order of the canonical query."""

PARAMETERS: Final = tuple(_READERS)
"""Everything that observations can be narrowed by."""
