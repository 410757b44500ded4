"""Messages in place of, or above, a chart: what is empty, what is too little, and what to do."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from dashboard.analysis.momentum import WINDOW_YEARS
from dashboard.analysis.shown import Shown
from dashboard.analysis.slope import FEWEST
from dashboard.charts import colours
from dashboard.data import Snapshot
from dashboard.selection import Resolved, Selection, to_query
from dashboard.selection.resolving import TOP, carriers, passing
from dashboard.views import regions
from dashboard.views.drawn import VIEWS
from dashboard.views.notes import parted
from dashboard.views.words import listed, period, significant
from etl.schema import WORLD

Message = dict[str, Any]

_MANY: Final = 12
_TOLD: Final = 5


def wrong(problems: Sequence[str], rest: Message | None) -> Message:
    """Parameters that could not be read; the rest of the selection is shown, with what is to be said of it."""
    more = [rest["text"]] if rest is not None and rest["level"] == "warning" else []
    links = rest.get("links", []) if rest is not None else []
    text = " ".join([*problems, *more])
    return {"level": "error", "title": "Part of the address could not be read", "text": text, "links": links}


def empty(snapshot: Snapshot, resolved: Resolved) -> Message:
    """Why nothing can be shown, and what has figures instead."""
    asked, title = resolved.asked, resolved.indicator.title
    catalog = snapshot.catalog
    places = snapshot.places(resolved.indicator.id)
    if not places:
        text = f"This store holds no figures of {title} yet: run `stacktide refresh {resolved.source.id}`."
        return _warning("No figures here", text)
    inside = [t.id for t in passing(catalog, asked)]
    of = _filter_words(snapshot, asked)
    if (asked.use_case or asked.kind) and not set(inside) & {t for found in places.values() for t in found}:
        others = list(carriers(snapshot, inside))
        if not others:
            return _warning("No figures here", f"No indicator carries a technology of {of}: choose another filter.")
        names = listed(f"{catalog.indicator[i].title} (`{i}`)" for i in others)
        text = f"{title} carries no technology of {of}. These indicators do: {names}."
        links = [_link(catalog.indicator[i].title, {"indicator": i}, asked, snapshot) for i in others[:_TOLD]]
        return _warning("No figures here", text, links)
    if (asked.region, asked.segment) not in places:
        there = sorted({region for region, segment in places if segment == asked.segment}, key=regions.order)
        if not there:
            return _warning("No figures here", f"{title} has no segment {asked.segment}: choose one of its own.")
        text = (
            f"{title} has no figures for {regions.name(asked.region)}. It has for {listed(map(regions.name, there))}."
        )
        links = [_link(regions.name(r), {"region": r}, asked, snapshot) for r in there[:_TOLD]]
        return _warning("No figures here", text, links)
    if resolved.outside and not resolved.without_figures:
        names = listed(catalog.technology[t].name for t in resolved.outside)
        text = f"None of the chosen technologies ({names}) belongs to {of}: clear them to see its highest."
        return _warning("Nothing to show", text, [_link("Clear the technologies", {"technology": ()}, asked, snapshot)])
    if resolved.without_figures:
        names = listed(catalog.technology[t].name for t in resolved.without_figures)
        others = list(carriers(snapshot, resolved.without_figures))
        rest = f" Choose another indicator: {listed(catalog.indicator[i].title for i in others)}." if others else ""
        text = f"{names} {'have' if len(resolved.without_figures) > 1 else 'has'} no figures in {title}.{rest}"
        links = [_link(catalog.indicator[i].title, {"indicator": i}, asked, snapshot) for i in others[:_TOLD]]
        return _warning("No figures here", text, links)
    if asked.start or asked.end:
        first, last = _span(snapshot, resolved)
        text = f"There are no figures in this time range; {title} runs from {first} to {last}."
        return _warning(
            "Nothing in this time range", text, [_link("All periods", {"start": None, "end": None}, asked, snapshot)]
        )
    place = regions.name(asked.region)
    return _warning("No figures here", f"{title} has no figures for {of} in {place}: choose another filter or region.")


def remark(snapshot: Snapshot, resolved: Resolved, shown: Shown, reason: str = "") -> Message | None:
    """What the reader should know of a chart that does have lines; `reason` is why the view asked for is not drawn."""
    asked, frequency = resolved.asked, resolved.indicator.frequency
    if shown.values.notna().sum().sum() == 0:
        if resolved.asked.smooth and shown.raw is not None:
            return _warning(
                "Too few periods to smooth", "No window is complete: choose a shorter one, or switch it off."
            )
        if resolved.value == "index":
            text = "No series has a value in the base period: choose another base, or show shares."
            return _warning("No index", text)
        if resolved.value == "year-on-year":
            text = (
                "No period has a figure of the year before that it can be compared with: widen the time range, or "
                "show other values."
            )
            return _warning("No change year on year", text)
        if resolved.value == "rank":
            text = "An unfinished period has no rank, and there is no other in this time range: widen it."
            return _warning("No ranks", text)
        text = "What the source counts as a whole has no figures in these periods: show absolute values."
        return _warning("No shares", text)
    if reason:
        return {"level": "info", "title": f"No {VIEWS[asked.view].lower()} here", "text": reason}
    if asked.value not in (None, "absolute", resolved.value):
        text = f"{resolved.indicator.title} has no {asked.value}, so {resolved.value} values are shown."
        return {"level": "info", "title": f"No {asked.value} here", "text": text}
    if len(shown.values) == 1:
        only = period(shown.values.index[0], frequency)
        text = f"There is only {only}: a trend needs two periods. Widen the time range."
        return {"level": "info", "title": "One period only", "text": text}
    if resolved.view == "rank" and len(resolved.technologies) == 1:
        text = "There is one line: choose more technologies to see who passes whom."
        return {"level": "info", "title": "One technology", "text": text}
    if told := parted(snapshot, resolved, shown):
        return {"level": "info", "title": "Cut at a break", "text": " ".join(told)}
    drawn_as = list(colours.styles(snapshot.catalog, shown.values.columns).values())
    alike = len(set(drawn_as)) < len(drawn_as)
    if (len(resolved.technologies) > _MANY or alike) and resolved.view != "multiples":
        drawn = "layers" if resolved.view == "area" else "lines"
        text = (
            f"{len(resolved.technologies)} {drawn} are hard to tell apart"
            f"{', and some have both colour and dash in common' if alike else ''}: choose "
            f"{f'at most {_MANY}' if len(resolved.technologies) > _MANY else 'fewer'}, or small multiples."
        )
        links = [_link("Small multiples", {"view": "multiples"}, asked, snapshot)]
        return {"level": "info", "title": f"Many {drawn}", "text": text, "links": links}
    return None


def rising(found: pd.DataFrame, snapshot: Snapshot, resolved: Resolved) -> Message:
    """How the fastest rising were found, or why none were; `found` is a momentum table."""
    title = resolved.indicator.title
    names = snapshot.catalog.technology
    if found.empty:
        text = (
            f"{title} has too few figures for that: it takes {FEWEST} that span {significant(WINDOW_YEARS / 2, 2)} "
            "years, all after its last break of method; the highest are shown instead."
        )
        return _warning("No rise can be stated", text)
    risen = found[found["slope"] > 0]
    if risen.empty:
        text = f"In {title} no share rose over the last {WINDOW_YEARS} years; the highest are shown instead."
        return _warning("Nothing rises", text)
    told = (
        f"{names[row['technology']].name} +{significant(row['slope'], 2)} "
        f"({significant(row['low'], 2)} to {significant(row['high'], 2)})"
        for row in risen.head(TOP).to_dict("records")
    )
    text = (
        f"Slope of the share over the last {WINDOW_YEARS} years, at most, in percentage points a year, with its 95 % "
        f"interval (Theil-Sen): {', '.join(told)}."
    )
    return {"level": "info", "title": "Fastest rising", "text": text}


def _warning(title: str, text: str, links: Sequence[dict[str, str]] = ()) -> Message:
    return {"level": "warning", "title": title, "text": text, "links": list(links)}


def _link(label: str, changes: dict[str, Any], asked: Selection, snapshot: Snapshot) -> dict[str, str]:
    if "indicator" in changes:
        changes = {"region": WORLD, "segment": "all", "value": None, "base": None, **changes}
    query = to_query(replace(asked, **changes), snapshot.catalog)
    return {"label": label, "href": f"?{query}"}


def _filter_words(snapshot: Snapshot, asked: Selection) -> str:
    parts = [snapshot.catalog.use_case[asked.use_case].title] if asked.use_case else []
    parts += [f"kind {asked.kind}"] if asked.kind else []
    return ", ".join(parts) or "the catalogue"


def _span(snapshot: Snapshot, resolved: Resolved) -> tuple[str, str]:
    rows = snapshot.frame(resolved.indicator.id, resolved.asked.region, resolved.asked.segment)
    starts = rows[rows["technology"].isin(resolved.technologies)]["period_start"]
    return period(starts.min(), resolved.indicator.frequency), period(starts.max(), resolved.indicator.frequency)
