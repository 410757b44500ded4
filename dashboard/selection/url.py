"""The URL form of a selection. Reading drops what is wrong and says so; writing leaves defaults out."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, get_args
from urllib.parse import parse_qs, quote

from etl.catalog import Catalog, Indicator, Kind, choices, unknown
from etl.errors import UsageError
from etl.schema import ALL_SEGMENTS, WHOLE, WORLD

ChartView = Literal["lines", "multiples", "rank", "area"]
Value = Literal["absolute", "share", "index", "year-on-year", "rank"]
Scale = Literal["linear", "log"]
Tab = Literal["chart", "table"]
Releases = Literal["shown", "hidden"]
Preset = Literal["top", "rising"]

MOST_TECHNOLOGIES: Final = 60
"""More lines than this say nothing, and the table becomes too wide to read."""

MOST_PARAMETERS: Final = 200
"""An address with more was made by a machine that went wrong."""
TOO_MANY_PARAMETERS: Final = (
    f"The address has more than {MOST_PARAMETERS} parameters, so none is read: name several technologies in one, as in "
    "`technology=python,rust`."
)

_LONGEST_WINDOW: Final = 36
_PLACE: Final = re.compile(r"[A-Z]{2}|WLD")
_SEGMENT: Final = re.compile(r"[A-Za-z0-9][\w .+-]{0,99}")
_PROBLEMS_TOLD: Final = 3


@dataclass(frozen=True)
class Selection:
    """What was asked for. None and empty mean: not asked, so the default of the rest applies."""

    use_case: str | None = None
    kind: str | None = None
    technology: tuple[str, ...] = ()
    indicator: str | None = None
    region: str = WORLD
    segment: str = ALL_SEGMENTS
    start: date | None = None
    end: date | None = None
    view: ChartView = "lines"
    value: Value | None = None
    """Not asked where the view decides it: ranks are ranks, and areas are shares."""
    base: date | None = None
    scale: Scale = "linear"
    smooth: int = 0
    """Number of periods of the centred moving mean; 0: none."""
    releases: Releases = "shown"
    """Whether first and major releases are marked on the time axis."""
    tab: Tab = "chart"
    as_of: date | None = None
    """The day at whose end the store held the figures (UTC); none: the newest."""
    preset: Preset | None = None
    """A way to choose technologies; never part of the canonical query, since it is replaced by its result."""


def shows_share(indicator: Indicator) -> bool:
    """Whether the indicator can be shown as a share: it is one, or has a whole."""
    return indicator.is_share or indicator.whole is not None


def decides_value(view: ChartView) -> bool:
    """Whether the view says how values are shown: places in ranks, shares in areas."""
    return view in ("rank", "area")


def default_value(indicator: Indicator) -> Value:
    """The rank of ranks, share where there is one, else absolute."""
    if indicator.is_rank:
        return "rank"
    return "share" if shows_share(indicator) else "absolute"


def read(asked: str | Mapping[str, str | Sequence[str]], catalog: Catalog) -> tuple[Selection, list[str]]:
    """The selection of a query string (or of its parameters), and one sentence for each parameter that is wrong.

    A wrong parameter counts as not given; unknown parameters are passed over, so that a link survives what mail
    programs append to it.
    """
    try:
        given = _parameters(asked)
    except UsageError as error:
        return Selection(), [str(error)]
    problems: list[str] = []
    fields: dict[str, Any] = {}
    for name, (field, convert) in _READERS.items():
        if given.get(name):
            try:
                fields[field] = convert(given[name], catalog)
            except UsageError as error:
                problems.append(str(error))
    if "technology" in given:
        technologies, unknown_ones = _technologies(given["technology"], catalog)
        fields["technology"] = technologies
        problems += unknown_ones
    start, end = fields.get("start"), fields.get("end")
    if start and end and start > end:
        problems.append(f"`from` {start} is after `to` {end}: swap them.")
        del fields["start"], fields["end"]
    return Selection(**fields), problems[:_PROBLEMS_TOLD]


def parse(asked: str | Mapping[str, str | Sequence[str]], catalog: Catalog) -> Selection:
    """Like `read`, but raises UsageError with the first sentence when a parameter is wrong."""
    selection, problems = read(asked, catalog)
    if problems:
        raise UsageError(problems[0])
    return selection


def to_query(selection: Selection, catalog: Catalog, *, tab: bool = True) -> str:
    """The canonical query string, without `?`: parameters in one order, defaults left out."""
    indicator = catalog.indicator.get(selection.indicator or "")
    value = selection.value
    if decides_value(selection.view) or (indicator is not None and value == default_value(indicator)):
        value = None
    given: dict[str, Any] = {
        "use_case": selection.use_case,
        "kind": selection.kind,
        "technology": ",".join(selection.technology),
        "indicator": selection.indicator,
        "region": selection.region if selection.region != WORLD else None,
        "segment": selection.segment if selection.segment != ALL_SEGMENTS else None,
        "from": selection.start,
        "to": selection.end,
        "view": selection.view if selection.view != "lines" else None,
        "value": value,
        "base": selection.base if value == "index" else None,
        "scale": selection.scale if selection.scale != "linear" else None,
        "smooth": selection.smooth or None,
        "releases": selection.releases if selection.releases != "shown" else None,
        "as_of": selection.as_of,
        "tab": selection.tab if tab and selection.tab != "chart" else None,
    }
    return "&".join(f"{name}={quote(str(value), safe=',')}" for name, value in given.items() if value)


def _parameters(asked: str | Mapping[str, str | Sequence[str]]) -> dict[str, str]:
    """Parameter -> text; a repeated parameter is a list. Raises UsageError when there are too many."""
    if isinstance(asked, str):
        try:
            asked = parse_qs(asked.removeprefix("?"), keep_blank_values=False, max_num_fields=MOST_PARAMETERS)
        except ValueError:
            raise UsageError(TOO_MANY_PARAMETERS) from None
    return {
        name: value.strip() if isinstance(value, str) else ",".join(part.strip() for part in value)
        for name, value in asked.items()
        if value
    }


def _technologies(text: str, catalog: Catalog) -> tuple[tuple[str, ...], list[str]]:
    names = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    problems = []
    if len(names) > MOST_TECHNOLOGIES:
        problems.append(
            f"`technology` names {len(names):,} technologies: the first {MOST_TECHNOLOGIES} are read; name fewer."
        )
        names = names[:MOST_TECHNOLOGIES]
    found: list[str] = []
    for name in names:
        try:
            found.append(WHOLE if name == WHOLE else catalog.find_technology(_short(name)).id)
        except UsageError as error:
            problems.append(str(error))
    return tuple(dict.fromkeys(found)), problems


def _short(text: str) -> str:
    """At most 60 characters of what somebody sent: it is repeated in a sentence."""
    return text if len(text) <= 60 else f"{text[:59]}…"


def _one_of(what: str, known: Callable[[Catalog], Sequence[str]]) -> Callable[[str, Catalog], str]:
    def convert(text: str, catalog: Catalog) -> str:
        ids = known(catalog)
        if text not in ids:
            raise UsageError(unknown(what, _short(text), ids, choices(ids)))
        return text

    return convert


def _word(name: str, allowed: Sequence[str]) -> Callable[[str, Catalog], str]:
    def convert(text: str, _: Catalog) -> str:
        if text not in allowed:
            raise UsageError(f"`{name}` is {_short(text)!r}: it must be one of {', '.join(allowed)}.")
        return text

    return convert


def _day(name: str) -> Callable[[str, Catalog], date]:
    def convert(text: str, _: Catalog) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise UsageError(f"`{name}` is {_short(text)!r}, which is no date: write it as 2024-01-31.") from None

    return convert


def _smooth(text: str, _: Catalog) -> int:
    window = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1
    if window != 0 and not 2 <= window <= _LONGEST_WINDOW:
        raise UsageError(
            f"`smooth` is {_short(text)!r}: it must be 0 (off) or a number of periods from 2 to {_LONGEST_WINDOW}."
        )
    return window


def _region(text: str, _: Catalog) -> str:
    if not _PLACE.fullmatch(text.upper()):
        raise UsageError(f"`region` is {_short(text)!r}: it must be WLD, EU or a country's two letters such as DE.")
    return text.upper()


def _segment(text: str, _: Catalog) -> str:
    if not _SEGMENT.fullmatch(text):
        raise UsageError(f"`segment` is {_short(text)!r}: it must be the id of a segment; `all` is everybody.")
    return text


_READERS: Final[dict[str, tuple[str, Callable[[str, Catalog], Any]]]] = {
    "use_case": ("use_case", _one_of("use case", lambda catalog: list(catalog.use_case))),
    "kind": ("kind", _one_of("kind", lambda _: get_args(Kind))),
    "indicator": ("indicator", _one_of("indicator", lambda catalog: list(catalog.indicator))),
    "region": ("region", _region),
    "segment": ("segment", _segment),
    "from": ("start", _day("from")),
    "to": ("end", _day("to")),
    "view": ("view", _word("view", get_args(ChartView))),
    "value": ("value", _word("value", get_args(Value))),
    "base": ("base", _day("base")),
    "scale": ("scale", _word("scale", get_args(Scale))),
    "smooth": ("smooth", _smooth),
    "releases": ("releases", _word("releases", get_args(Releases))),
    "as_of": ("as_of", _day("as_of")),
    "tab": ("tab", _word("tab", get_args(Tab))),
    "preset": ("preset", _word("preset", get_args(Preset))),
}
"""Parameter -> field of the selection, and what reads it. `technology` has its own reader: parts of it can be right."""
