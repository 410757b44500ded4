"""Python in front: where people write what a user sees in Python, place by place, on what can be measured of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard.analysis.figures import Figures, figures
from dashboard.analysis.ladder import home_language
from dashboard.analysis.momentum import WINDOW_YEARS, momenta
from dashboard.charts import colours
from dashboard.data import Data, Snapshot
from dashboard.selection import Selection
from dashboard.views import asking, messages, options
from dashboard.views.seen import Seen, seen
from dashboard.views.trends import trends_view
from dashboard.views.words import listed, period, significant
from etl.catalog import Catalog, Technology

INDICATOR: Final = "pypi_download_share"
"""The one channel that carries most of them month by month; shares of one registry can be set side by side."""

_LANGUAGE: Final = "python"
_SCHEME: Final = "pypi"
_KINDS: Final = ("framework", "library", "platform")  # what is programmed with; a tool is used
_COURSE: Final = 24
PER_MILLION: Final = 10_000  # of a percent
_REMARKS: Final = {"library": "library, used far beyond"}


@dataclass(frozen=True)
class Place:
    """A place where Python can stand in front: the use cases that make it, and what no source sees there."""

    id: str
    title: str
    use_cases: tuple[str, ...]
    blind: str
    kinds: tuple[str, ...] = _KINDS
    leading: tuple[str, ...] = _KINDS
    """The kinds that may stand for it; a chart library is used far beyond data apps."""
    styles: tuple[str, ...] = ()
    """The styles of frameworks that count, where not all do: an asynchronous one is often used as a client."""


PLACES: Final = (
    Place(
        "browser",
        "In the browser",
        ("python-in-browser",),
        "Pages load these from a content delivery network or from their own server. No source here counts that, so a "
        "small share of downloads says little of how often such pages are opened.",
    ),
    Place(
        "desktop",
        "On the desktop",
        ("desktop-gui",),
        "A program that is built and handed on counts once, when its developer fetched the framework; its users are in "
        "no source. What a Linux distribution or Python itself brings along is in none either.",
    ),
    Place(
        "data-apps",
        "Data apps",
        ("dashboards",),
        "One installation serves many readers, who are not counted. A package that another one needs is fetched with "
        "it: Dash brings Plotly, Panel brings Bokeh.",
        leading=("framework", "platform"),
    ),
)
SERVER: Final = Place(
    "server",
    "On the server",
    ("web-backend", "full-stack", "micro", "rest-api"),
    "",
    ("framework",),
    styles=("full-stack", "micro", "api"),
)
"""What the others are set beside."""


@dataclass(frozen=True)
class Standing:
    """One place: `rows` as `ranking_table` wants them, `unranked` those without a figure in the newest period.

    Values and momenta are in downloads per million listed, as percentages would begin with four zeros.
    """

    place: Place
    members: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    first: Mapping[str, Any] | None
    """The row that stands for the place."""
    unranked: tuple[str, ...]
    finding: str
    seen: tuple[Seen, ...]


def members(catalog: Catalog, place: Place) -> tuple[str, ...]:
    """The technologies of a place: those whose language is Python, or that have a package on PyPI."""
    return tuple(
        t.id
        for t in catalog.technologies
        if t.kind in place.kinds
        and set(place.use_cases) & set(t.use_cases)
        and (home_language(t, catalog) == _LANGUAGE or _SCHEME in t.names)
        and (not place.styles or (t.id in catalog.facts_of and catalog.facts_of[t.id].style in place.styles))
    )


def python_in_front_view(data: Data, query: str) -> dict[str, Any]:
    """The answer of the page: `places` (Standing), `cards` (chart answers), and the words around them."""
    asked = asking.asked(data, query)
    snapshot, catalog = asked.snapshot, data.catalog
    f = figures(snapshot.frame, catalog, INDICATOR)
    rises = _rises(f)
    standings = tuple(_standing(snapshot, f, rises, place) for place in PLACES)
    server = _standing(snapshot, f, rises, SERVER)
    newest = period(f.values.index[-1], f.indicator.frequency) if len(f.values) else ""
    leaders = list(dict.fromkeys(s.first["id"] for s in (server, *standings) if s.first))

    def card(technologies: Sequence[str], title: str, *, wide: bool = True) -> dict[str, Any]:
        chosen = Selection(
            technology=tuple(technologies),
            indicator=INDICATOR,
            scale="log" if wide else "linear",
            as_of=asked.selection.as_of,
        )
        return trends_view(data, chosen) | {"title": title}

    cards = {"front": card(leaders or members(catalog, SERVER), "The most downloaded of each place, and of the server")}
    cards |= {
        s.place.id: card(s.members, f"{s.place.title}: share of downloads from PyPI", wide=len(s.rows) > 1)
        for s in standings
    }
    return {
        "query": asked.query(),
        "selection": {"as_of": asked.selection.as_of.isoformat() if asked.selection.as_of else None},
        "options": {"as_of": options.days(data, asked.selection.as_of)},
        "message": asked.message(None if newest else _nothing(snapshot)),
        "subtitle": _subtitle(standings, server, newest),
        "newest": newest,
        "of": f.indicator.unit,
        "window": rises.words,
        "places": standings,
        "server": server,
        "cards": cards,
        "left_out": _left_out(catalog),
    }


@dataclass(frozen=True)
class Rises:
    """Momentum by technology, in the newest stretch between severing breaks that is long enough; `words` say which."""

    table: pd.DataFrame
    words: str


def _rises(f: Figures) -> Rises:
    shares = f.shares
    if shares is None or shares.empty:
        return Rises(pd.DataFrame(), "")
    frequency = f.indicator.frequency
    last = int(f.stretch[-1])
    for stretch in range(last, -1, -1):
        inside = shares[f.stretch == stretch]
        if inside.empty or inside.index[-1] < inside.index[0] + pd.DateOffset(years=1):
            continue
        found = momenta(inside, np.zeros(len(inside), dtype="int64"), frequency, [WINDOW_YEARS], f.indicator.sparse)
        if found["slope"].notna().any():
            span = f"{period(found['since'].min(), frequency)} to {period(found['until'].max(), frequency)}"
            words = f"Momentum is the change in downloads per million, a year, {span}, with its 95 % interval"
            if stretch < last:
                begun = shares.index[f.stretch == last][0]
                words += (
                    f": an earlier time, since a break of method in {period(begun, frequency)} makes later figures "
                    f"incomparable with it, and those are too few for a slope"
                )
            return Rises(found.set_index("technology"), f"{words}. One per million is 0.0001 %.")
    return Rises(pd.DataFrame(), "No stretch between two breaks of method is long enough for a momentum.")


def _standing(snapshot: Snapshot, f: Figures, rises: Rises, place: Place) -> Standing:
    catalog = snapshot.catalog
    ours = members(catalog, place)
    shares = f.shares
    there = f.carried(ours)
    newest = shares.iloc[-1][there].dropna() if shares is not None and len(shares) else pd.Series(dtype="float64")
    order = newest.sort_index().sort_values(ascending=False, kind="stable")
    ranks = order.rank(ascending=False, method="min")
    styles = colours.styles(catalog, ours)
    rows = tuple(
        {
            "id": t,
            "name": catalog.technology[t].name,
            "rank": int(ranks[t]),
            "value": float(share) * PER_MILLION,
            "remark": _REMARKS.get(catalog.technology[t].kind) if place.leading != _KINDS else None,
            "colour": styles[t][0],
            "course": _course(shares[t], f.stretch) if shares is not None else [],
            **_momentum(rises.table, t),
        }
        for t, share in ((str(t), share) for t, share in order.items())
    )
    led = [row for row in rows if catalog.technology[row["id"]].kind in place.leading]
    return Standing(
        place=place,
        members=ours,
        rows=rows,
        first=led[0] if led else None,
        unranked=tuple(catalog.technology[t].name for t in ours if t not in order.index),
        finding=_finding(led, len(rows), len(ours), f, place),
        seen=() if place is SERVER else tuple(_seen(snapshot, catalog.technology[t]) for t in ours),
    )


def _seen(snapshot: Snapshot, technology: Technology) -> Seen:
    """Of what is at home in another language, its package on PyPI alone speaks of Python."""
    return seen(snapshot, technology, "" if home_language(technology, snapshot.catalog) == _LANGUAGE else _SCHEME)


def _momentum(table: pd.DataFrame, technology: str) -> dict[str, Any]:
    row = table.loc[technology].to_dict() if technology in table.index else {"slope": np.nan}
    if math.isnan(row["slope"]):
        return {}
    slope, low, high = (row[name] * PER_MILLION for name in ("slope", "low", "high"))
    return {"momentum": slope, "momentum_low": low, "momentum_high": high, "tier": row["tier"]}


def _course(values: pd.Series, stretch: np.ndarray) -> list[float | None]:
    """The newest values, with a gap wherever a severing break lies."""
    course: list[float | None] = []
    last = values.tail(_COURSE)
    kept = stretch[-len(last) :]
    for i, value in enumerate(last):
        if i and kept[i] != kept[i - 1]:
            course.append(None)
        course.append(None if pd.isna(value) else float(value))
    return course


def _finding(led: Sequence[Mapping[str, Any]], ranked: int, number: int, f: Figures, place: Place) -> str:
    """What the ranking says, in a sentence or two."""
    if not led:
        return f"None of the {number} technologies has a figure of its downloads from PyPI in this store."
    when = period(f.values.index[-1], f.indicator.frequency)
    first = led[0]
    share = f"{said(first['value'])} of a million downloads"
    if len(led) == 1:
        return f"Of {number} technologies {first['name']} alone has a figure in {when}: {share}."
    rest = listed(f"{row['name']} ({said(row['value'])})" for row in led[1:3])
    among = " the frameworks" if place.leading != _KINDS else ""
    return f"{first['name']} leads{among} in {when} with {share}, before {rest}. {ranked} of {number} have a figure."


def said(per_million: float) -> str:
    """Three significant digits, with separators, never with an exponent."""
    words = significant(per_million, 3)
    return words if "." in words else f"{int(words):,}"


def _subtitle(standings: Sequence[Standing], server: Standing, newest: str) -> str:
    led = [(s.place.title[:1].lower() + s.place.title[1:], s.first) for s in standings if s.first]
    if not led:
        return "The browser, the desktop and data apps, each on what can be measured of it."
    told = listed(f"{said(row['value'])} of {row['name']} ({place})" for place, row in reversed(led))
    beside = f"; on the server, {said(server.first['value'])} of {server.first['name']}" if server.first else ""
    return f"In every million downloads from PyPI in {newest}: {told}{beside}."


def _nothing(snapshot: Snapshot) -> messages.Message:
    source = snapshot.catalog.source_of[INDICATOR]
    title = snapshot.catalog.indicator[INDICATOR].title
    text = f"This store holds no figures of {title} yet: run `stacktide refresh {source.id}`."
    return {"level": "warning", "title": "No figures here", "text": text, "links": []}


def _left_out(catalog: Catalog) -> str:
    """What a reader may look for here in vain."""
    tools = [
        t.name
        for t in catalog.technologies
        if t.kind == "tool"
        and home_language(t, catalog) == _LANGUAGE
        and any(set(place.use_cases) & set(t.use_cases) for place in PLACES)
    ]
    return f"Left out, as people work with them rather than build on them: {listed(tools)}." if tools else ""
