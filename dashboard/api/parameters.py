"""The parameters, each declared once: its form checks what is asked, and the OpenAPI document is made from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, Final, get_args
from urllib.parse import quote

from werkzeug.datastructures import MultiDict

from dashboard.api.forms import Day, Form, Text, Whole, Word, texts
from dashboard.selection.filters import REGIONS, SEGMENTS, VIEW_ONLY, WrongParameter, shown
from dashboard.selection.url import ChartView, Preset, Releases, Scale, Tab, Value
from etl.catalog import Catalog, Kind
from etl.runs import Outcome
from etl.schema import STATUSES, WHOLE

PAGE: Final = 1_000
"""Rows of a page, unless another number is asked for."""
MOST_OF_A_PAGE: Final = 10_000
MOST_OF_A_FILE: Final = 1_000_000_000


@dataclass(frozen=True)
class Parameter:
    """One parameter of the query: its name, form, and what a reader is told."""

    name: str
    form: Form
    description: str
    example: Any = None
    component: str = ""
    """Its name in the OpenAPI document, where parameters of several collections differ by more than their name."""


INDICATOR: Final = Parameter(
    "indicator",
    Word("indicator", lambda c: c.indicator, many=True, component="IndicatorId"),
    "Ids of indicators: what is measured.",
    ["pypl_languages"],
)
TECHNOLOGY: Final = Parameter(
    "technology",
    Word("technology", lambda c: [*c.technology, WHOLE], many=True, named=True, component="TechnologyId"),
    "Ids of technologies; names are understood, too. `all` is the whole that shares are taken of.",
    ["python", "rust"],
)
USE_CASE: Final = Parameter(
    "use_case",
    Word("use case", lambda c: c.use_case, many=True, component="UseCaseId"),
    "Only technologies with one of these use cases.",
)
KIND: Final = Parameter(
    "kind",
    Word("kind", lambda _: get_args(Kind), many=True, component="Kind"),
    "Only technologies of one of these kinds.",
)
SOURCE: Final = Parameter(
    "source", Word("source", lambda c: c.source, many=True, component="SourceId"), "Ids of sources."
)
REGION: Final = Parameter(
    "region",
    Text(*REGIONS, many=True),
    "Countries by their two letters (ISO 3166-1), `EU`, or `WLD` for the whole world.",
    ["WLD"],
)
SEGMENT: Final = Parameter(
    "segment",
    Text(*SEGMENTS, many=True),
    "Slices of the population; `all` is everybody.",
    ["all"],
)
STATUS: Final = Parameter(
    "status",
    Word("status", lambda _: STATUSES, many=True),
    "Only values that are final, provisional, of an unfinished period (`partial`), or estimated.",
)
FROM: Final = Parameter("from", Day(), "The first day on which a period may begin.", "2024-01-01")
TO: Final = Parameter("to", Day(), "The last day on which a period may begin.", "2026-12-31")
AS_OF: Final = Parameter("as_of", Day(), "Figures as they were at the end of this day (UTC). None: the newest.")
VERSION: Final = Parameter(
    "version",
    Whole(0, 999_999_999_999),
    "A state of the store, so that the pages of one answer belong together; links to further pages carry it.",
)
FIGURES: Final = (INDICATOR, TECHNOLOGY, USE_CASE, KIND, SOURCE, REGION, SEGMENT)
"""Which observations, without their dates."""
OBSERVATIONS: Final = (*FIGURES, STATUS, FROM, TO, AS_OF, VERSION)

OUTCOME: Final = Parameter(
    "outcome", Word("outcome", lambda _: get_args(Outcome), many=True), "Only runs that ended like this."
)
PERIOD: Final = Parameter("period", Day(), "A day of the period that is ranked. None: the newest complete period.")


def one(parameter: Parameter, description: str) -> Parameter:
    """The same parameter where only one value can be given, as in the address of a page."""
    form = parameter.form
    if isinstance(form, Word):
        form = Word(form.what, form.there, named=form.named, component=form.component)
    elif isinstance(form, Text):
        form = Text(form.pattern, form.meaning)
    example = parameter.example[0] if isinstance(parameter.example, list) else parameter.example
    return Parameter(parameter.name, form, description, example, component="one")


SELECTION: Final = (
    one(INDICATOR, "The id of an indicator. None: one that carries the technologies."),
    TECHNOLOGY,
    one(USE_CASE, "Only technologies with this use case."),
    one(KIND, "Only technologies of this kind."),
    one(REGION, "A country by its two letters (ISO 3166-1), `EU`, or `WLD` for the whole world, which is the default."),
    one(SEGMENT, "A slice of the population; `all`, the default, is everybody."),
    FROM,
    TO,
    Parameter(
        "view",
        Word("view", lambda _: get_args(ChartView)),
        "How the page draws it. `rank` shows places and `area` shares that add up, whatever `value` says.",
    ),
    Parameter("value", Word("way of showing values", lambda _: get_args(Value)), "How values are shown.", "share"),
    Parameter("base", Day(), "The day whose period is 100 in an index.", "2024-01-01"),
    Parameter("smooth", Whole(2, 36, 0, or_zero=True), "The number of periods of the centred moving mean; 0: none."),
    Parameter(
        "preset", Word("preset", lambda _: get_args(Preset)), "Chooses the technologies: the highest, or rising ones."
    ),
    Parameter("scale", Word("scale", lambda _: get_args(Scale)), "The scale of the page's chart; passed over."),
    Parameter(
        "releases",
        Word("way of marking releases", lambda _: get_args(Releases)),
        "Whether the page's chart marks releases; passed over.",
    ),
    Parameter("tab", Word("tab", lambda _: get_args(Tab)), "The tab of the page; passed over."),
    AS_OF,
)
"""All that the address of the page Trends can hold."""

SPREADSHEET: Final = Parameter(
    "spreadsheet",
    Word("answer", lambda _: ["true", "false"]),
    "Whether texts of a CSV that a spreadsheet would take for formulas are made harmless.",
)


def shape(columns: Sequence[str], most: int, default: int | None) -> tuple[Parameter, ...]:
    """What every collection has: its columns, their order, and a part of its rows."""
    ways = [*columns, *(f"-{name}" for name in columns)]
    return (
        Parameter("fields", Word("column", lambda _: columns, many=True), "The columns wanted, in this order."),
        Parameter("sort", Word("column", lambda _: ways, many=True), "Columns to sort by; `-name` is descending."),
        Parameter("limit", Whole(1, most, default), "How many rows at most.", 100),
        Parameter("offset", Whole(0, MOST_OF_A_FILE, 0), "How many rows are left out at the beginning."),
    )


Asked = Mapping[str, list[str]]
"""Parameter -> its texts, checked."""


def read(
    given: MultiDict[str, str], declared: Sequence[Parameter], catalog: Catalog, where: str
) -> dict[str, list[str]]:
    """What is asked of `where`, in the order of the declarations; what only a page's chart knows is passed over.

    Raises WrongParameter for the first parameter that there is not, or whose value has not its form.
    """
    names = [parameter.name for parameter in declared]
    for name in given:
        if name not in names and name not in VIEW_ONLY:
            raise WrongParameter(shown(name), _unknown(name, names, where))
    found: dict[str, list[str]] = {}
    for parameter in declared:
        there = texts(parameter.form, parameter.name, given.getlist(parameter.name))
        for text in there:
            parameter.form.check(parameter.name, text, catalog)
        if there:
            found[parameter.name] = there
    return found


def _unknown(name: str, names: Sequence[str], where: str) -> str:
    near = get_close_matches(name.casefold(), names, n=1, cutoff=0.6)
    hint = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(names)}."
    return f"`{where}` has no parameter `{shown(name)}`: {hint}"


def whole(asked: Asked, name: str) -> int | None:
    """A whole number that was asked for."""
    return int(asked[name][0]) if name in asked else None


def day(asked: Asked, name: str) -> date | None:
    """A date that was asked for."""
    return date.fromisoformat(asked[name][0]) if name in asked else None


def query(asked: Asked, **other: object) -> str:
    """The query string of what is asked, `other` in place of it or, as None, without it."""
    merged: dict[str, object] = {name: ",".join(values) for name, values in asked.items()}
    merged.update(other)
    return "&".join(f"{name}={quote(str(value), safe=',')}" for name, value in merged.items() if value is not None)
