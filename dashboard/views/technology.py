"""The view Technology: everything known of one technology, what tells most of it first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from dashboard.analysis.ladder import home_language
from dashboard.analysis.momentum import METHOD
from dashboard.data import Data, Snapshot
from dashboard.selection import Filter, Selection, filter_query, read, to_query
from dashboard.views import messages, options, regions, technology_facts, technology_regions
from dashboard.views.standing import CONSTRUCTS, field_words, standing
from dashboard.views.trends import trends_view
from dashboard.views.words import listed, plural
from etl.catalog import Catalog, Technology, UseCase
from etl.errors import UsageError
from etl.schema import ALL_SEGMENTS, WORLD

Answer = dict[str, Any]

_NO_USE: Final = ("benchmark speed", "health")
"""Constructs whose places say nothing of how much a technology is used."""
_MOVES: Final = {"surging": "surges", "rising": "rises", "steady": "is steady", "falling": "falls", "fading": "fades"}


def technology_view(data: Data, item: str, query: str) -> Answer:
    """Everything on the page of the technology `item`, as plain data.

    What is wrong in the query is told in `message`, and the rest is shown. Raises KeyError for an unknown `item`.
    """
    catalog = data.catalog
    technology = catalog.technology[item]
    asked, problems = read(query, catalog)
    try:
        snapshot = data.snapshot(asked.as_of)
    except UsageError as error:
        asked, snapshot, problems = replace(asked, as_of=None), data.snapshot(), [*problems, str(error)]
    use_case = _use_case(asked, technology, catalog)
    rows = standing(snapshot, technology, use_case)
    carried = carrying(snapshot, item)
    indicator, told = _indicator(asked, technology, catalog, carried, [row["indicator"] for row in rows])
    problems = [*problems, *told]
    chosen = Selection(
        use_case=asked.use_case if use_case and asked.use_case == use_case.id else None,
        indicator=asked.indicator if asked.indicator == indicator else None,
        region=asked.region,
        segment=asked.segment,
        value=asked.value,
        as_of=asked.as_of,
    )
    drawn = replace(chosen, use_case=None, technology=(item,), indicator=indicator)
    trend = trends_view(data, drawn) if indicator else None
    people = next((row["indicator"] for row in rows if row["construct"] == "people"), None)
    return {
        "state": snapshot.key,
        "query": to_query(chosen, catalog),
        "id": item,
        "name": technology.name,
        "subtitle": _subtitle(technology, catalog),
        "sentence": _sentence(technology, rows, use_case),
        "as_of": trend["as_of"]["line"] if trend and trend["as_of"] else None,
        "message": messages.wrong(problems, None) if problems else None,
        "standing": rows,
        "kinds": plural(technology.kind),
        "field": f"for {use_case.title}" if use_case else None,
        "method": METHOD,
        "trend": trend,
        "rank": _rank(data, drawn, technology) if indicator else None,
        "regions": _regions_card(snapshot, technology, people, asked.as_of),
        "facts": technology_facts.facts(technology, catalog),
        "features": technology_facts.features(technology, catalog),
        "adopters": technology_facts.adopters(technology, catalog),
        "similar": technology_facts.similar(technology, catalog),
        "names": technology_facts.names(technology, catalog),
        "breaks": technology_facts.breaks(technology, snapshot),
        "absent": technology_facts.absent(technology, snapshot, set(carried)),
        "carried": len(carried),
        "raw": {
            "collection": "observations",
            "query": filter_query(Filter(technology=(item,), as_of=asked.as_of)),
            "number": int(snapshot.summary["rows"][snapshot.summary["technology"] == item].sum()),
        },
        "selection": {
            "use_case": use_case.id if use_case else None,
            "indicator": indicator,
            "value": trend["selection"]["value"] if trend else None,
            "region": chosen.region,
            "as_of": chosen.as_of.isoformat() if chosen.as_of else None,
        },
        "options": {
            "use_case": [o for o in options.use_cases(catalog) if o["value"] in technology.use_cases],
            "indicator": _indicators(snapshot, carried),
            "value": [o for o in trend["options"]["value"] if _another(o["value"], trend)] if trend else [],
            "region": _regions(snapshot, item, indicator, chosen.region),
            "as_of": options.days(data, chosen.as_of),
        },
    }


def _regions_card(snapshot: Snapshot, technology: Technology, people: str | None, as_of: date | None) -> Answer | None:
    """The economies where its people are; None without an indicator of `people`."""
    if people is None:
        return None
    return technology_regions.card(snapshot, technology, snapshot.catalog.indicator[people], as_of)


def _another(value: str, trend: Answer) -> bool:
    """Whether a way of showing values is one for the trend: places have a chart of their own."""
    return bool(value != "rank" or trend["selection"]["value"] == "rank")


def carrying(snapshot: Snapshot, technology: str) -> list[str]:
    """The indicators that have a figure of a technology somewhere, in the order of constructs."""
    places = {i: snapshot.places(i) for i in snapshot.indicators()}
    found = [i for i, held in places.items() if any(technology in there for there in held.values())]
    return sorted(found, key=lambda i: CONSTRUCTS.index(snapshot.catalog.indicator[i].construct))


def _use_case(asked: Selection, technology: Technology, catalog: Catalog) -> UseCase | None:
    """The one asked for where the technology has it, else its first."""
    if asked.use_case in technology.use_cases:
        return catalog.use_case[str(asked.use_case)]
    return catalog.use_case[technology.use_cases[0]] if technology.use_cases else None


def _indicator(
    asked: Selection, technology: Technology, catalog: Catalog, carried: Sequence[str], told: Sequence[str]
) -> tuple[str | None, list[str]]:
    """The indicator of the trend, and what must be said where it is not the one asked for."""
    default = next(iter([*told, *carried]), None)
    if asked.indicator is None or asked.indicator in carried:
        return asked.indicator or default, []
    title = catalog.indicator[asked.indicator].title
    shown = f" {catalog.indicator[default].title} is shown instead." if default else ""
    return default, [f"{title} has no figures of {technology.name}.{shown}"]


def _rank(data: Data, drawn: Selection, technology: Technology) -> Answer:
    """The chart of the technology's places among all of its kind, or the reason why there is none."""
    indicator = data.catalog.indicator[str(drawn.indicator)]
    answer = trends_view(data, replace(drawn, kind=technology.kind, value="rank"))
    layout = answer["figure"]["layout"]
    bounded = {**layout.get("yaxis", {}), "autorangeoptions": {"minallowed": 0.5}}  # there is no place 0
    answer |= {"figure": {**answer["figure"], "layout": {**layout, "yaxis": bounded}}}
    answer |= {"title": f"Place among {plural(technology.kind)}: {indicator.title}"}
    reason = "The source publishes places itself: they are in the other chart." if indicator.is_rank else None
    if indicator.construct == "health":
        reason = "More or fewer of these is no merit: there is no best to rank by."
    if reason is not None:
        told = {"level": "info", "title": "No places here", "text": reason}
        answer |= {"figure": {"data": [], "layout": {}}, "message": told}
    return answer


def _subtitle(technology: Technology, catalog: Catalog) -> str:
    """`Framework of Python for web back end and five more use cases`."""
    home = home_language(technology, catalog) if technology.kind != "language" else None
    of = f" of {catalog.technology[home].name}" if home else ""
    fields = [catalog.use_case[u].title for u in technology.use_cases]
    ended = f"; ended in {technology.ended}" if technology.ended is not None else ""
    return f"{technology.kind.capitalize()}{of}{': ' if fields else ''}{listed(fields, 4)}{ended}"


def _sentence(technology: Technology, rows: Sequence[Mapping[str, Any]], use_case: UseCase | None) -> str:
    """The answer in two sentences: how high it stands where, and which way its share goes; of figures that are not old,
    where there are such.
    """
    if not rows:
        return f"No source in this store has a figure of {technology.name} yet."
    told = [row for row in rows if row["since_newest"] is None] or rows
    key = "place_inside" if use_case is not None else "place"
    places = [
        (row[key][0] / row[key][1], *row[key][:2], row["construct"])
        for row in told
        if row[key] and row["construct"] not in _NO_USE
    ]
    among = f"Among {field_words(technology, use_case)}, {technology.name} is"
    parts = []
    if len(places) > 1 and all(place == 1 for _, place, _, _ in places):
        parts.append(f"{among} 1st in {listed(dict.fromkeys(construct for *_, construct in places))}.")
    elif places:
        best, worst = min(places, key=_first), max(places, key=_first)
        text = f"{among} {_ordinal(best[1])} of {best[2]} in {best[3]}"
        parts.append(text + (f" and {_ordinal(worst[1])} of {worst[2]} in {worst[3]}." if best != worst else "."))
    moves: dict[str, list[str]] = {}
    for row in told:
        if row["tier"] is not None:
            moves.setdefault(_MOVES[row["tier"]], []).append(row["construct"])
    if moves:
        said = "; it ".join(f"{verb} in {listed(dict.fromkeys(found))}" for verb, found in moves.items())
        parts.append(f"Its share {said}.")
    return " ".join(parts) or f"{technology.name} has figures in {listed(dict.fromkeys(r['construct'] for r in rows))}."


def _first(place: tuple[float, int, int, str]) -> float:
    """How far down the list a place is."""
    return place[0]


def _ordinal(place: int) -> str:
    last = {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th") if place % 100 not in (11, 12, 13) else "th"
    return f"{place}{last}"


def _indicators(snapshot: Snapshot, carried: Sequence[str]) -> list[options.Option]:
    there = [snapshot.catalog.indicator[i] for i in carried]
    return [{"value": i.id, "label": i.title, "group": i.construct} for i in there]


def _regions(snapshot: Snapshot, technology: str, indicator: str | None, chosen: str) -> list[options.Option]:
    """The places in which the indicator has figures of this technology, and the chosen one."""
    places = snapshot.places(indicator) if indicator else {}
    there = {region for (region, segment), found in places.items() if technology in found and segment == ALL_SEGMENTS}
    return [
        {"value": code, "label": regions.name(code), "search": f"{regions.name(code)} {code}"}
        for code in sorted({WORLD, chosen, *there}, key=regions.order)
    ]
