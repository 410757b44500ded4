"""One technology across the world: its share of each economy's developers in one period, and how that moved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.analysis import economies
from dashboard.charts import choropleth
from dashboard.data import Data, Snapshot
from dashboard.selection import Selection, read, to_query
from dashboard.selection.resolving import passing
from dashboard.views import options, regions, world_map, world_words
from dashboard.views.trends import trends_view
from dashboard.views.words import period
from dashboard.views.world_asked import Asked, at, carried_by, resolved
from etl.catalog import Technology
from etl.errors import UsageError
from etl.schema import WORLD


def world_view(data: Data, query: str) -> dict[str, Any]:
    """The answer of the page World to a query string: map, ranking, course, and what the timeline plays."""
    catalog = data.catalog
    selection, problems = read(query, catalog)
    try:
        snapshot = data.snapshot(selection.as_of)
    except UsageError as error:
        selection, problems = replace(selection, as_of=None), [*problems, str(error)]
        snapshot = data.snapshot()
    carried = carried_by(snapshot)
    offered = [t for t in passing(catalog, selection) if t.id in carried]
    asked, said = resolved(snapshot, selection, offered, carried)
    common = {
        "query": to_query(asked.selection if asked else selection, catalog),
        "state": data.snapshot().key,
        "options": _options(data, snapshot, selection, asked, offered, carried),
    }
    if asked is None:
        return {**common, **_nothing(selection), "message": world_words.problem([*problems, said])}
    course = trends_view(data, _in_region(asked))
    told = [*problems, *([said] if said else [])]
    return {
        **common,
        "title": f"{asked.technology.name} across the world",
        "subtitle": world_words.subtitle(asked.indicator, asked.quarter, asked.places.per),
        "sentence": world_words.sentence(world_map.facts(asked)),
        "message": world_words.problem(told) if told else None,
        "selection": _selection(asked),
        "map": world_map.card(asked, course),
        "course": {
            **course,
            "title": f"{asked.technology.name} in {world_words.place(asked.selection.region)}",
            "message": None if course["figure"]["data"] else course["message"],
        },
        "ranking": _ranking(asked),
        "sums": _sums(asked),
        "unit": world_words.beside(asked.places.per),
        "per": world_words.above(asked.places.per),
        "chosen": f"{asked.technology.name}, {regions.name(asked.selection.region)}, {asked.quarter}",
        "played": _played(asked),
    }


def _in_region(asked: Asked) -> Selection:
    """The course of the technology in the region looked at, as Trends shows it."""
    chosen = asked.selection
    return Selection(
        technology=(asked.technology.id,), indicator=asked.indicator.id, region=chosen.region, as_of=chosen.as_of
    )


def _ranking(asked: Asked) -> list[dict[str, Any]]:
    """The rows of the ranking, each with the way to choose it, and its part of the highest share for a bar."""
    rows = world_map.rows(asked)
    most = max((row["share"] for row in rows), default=0) or 1
    chosen = asked.selection.region
    return [{**row, "part": row["share"] / most, "chosen": row["id"] == chosen} for row in rows]


def _sums(asked: Asked) -> list[dict[str, Any]]:
    """The regions that are sums over economies, with their shares."""
    found = at(asked.places.shares, asked.period)
    return [
        {"id": each, "name": regions.name(each), "share": found[each]} for each in economies.AGGREGATES if each in found
    ]


def _played(asked: Asked) -> dict[str, Any]:
    """What the timeline plays without asking: the shares of all economies in all periods, rounded to six digits."""
    places = asked.places
    ours = places.shares.loc[places.periods, places.ranks.columns]
    return {
        "periods": [f"{each:%Y-%m-%d}" for each in places.periods],
        "names": [period(each, asked.indicator.frequency) for each in places.periods],
        "titles": [f"{asked.technology.name}, {period(each, asked.indicator.frequency)}" for each in places.periods],
        "subtitles": [world_map.subtitle(asked, each) for each in places.periods],
        "unit": world_words.beside(places.per),
        "per": world_words.above(places.per),
        "regions": {region: regions.name(str(region)) for region in ours},
        "outlines": {region: [code, regions.name(region)] for region, code in choropleth.outlines().items()},
        "bounds": [places.bounds[each] for each in places.periods],
        "shades": list(choropleth.SHADES),
        "shares": [_sent(row) for row in ours.to_numpy().tolist()],
        "sums": [
            {"name": regions.name(each), "shares": _sent(places.shares.loc[places.periods, each].tolist())}
            for each in economies.AGGREGATES
            if each in places.shares
        ],
        "at": places.periods.index(asked.period),
    }


def _sent(shares: Sequence[float]) -> list[float | None]:
    """Shares as JSON has them."""
    return [None if share != share else float(f"{share:.6g}") for share in shares]  # noqa: PLR0124 - NaN


def _selection(asked: Asked) -> dict[str, Any]:
    chosen = asked.selection
    return {
        "use_case": chosen.use_case,
        "technology": asked.technology.id,
        "indicator": asked.indicator.id,
        "region": chosen.region,
        "to": f"{asked.period:%Y-%m-%d}",
        "as_of": chosen.as_of.isoformat() if chosen.as_of else None,
    }


def _nothing(selection: Selection) -> dict[str, Any]:
    """The page where nothing can be shown."""
    blank: dict[str, Any] = {
        "figure": {"data": [], "layout": {}},
        "sentence": "Nothing to show.",
        "title": "World",
        "subtitle": "",
        "note": None,
    }
    chosen = {"use_case": selection.use_case, "technology": None, "indicator": None, "region": selection.region}
    return {
        "title": "World",
        "subtitle": "Where a technology has its people, as share of each economy's developers",
        "sentence": "",
        "selection": {**chosen, "to": None, "as_of": selection.as_of.isoformat() if selection.as_of else None},
        "map": blank,
        "course": blank,
        "ranking": [],
        "sums": [],
        "unit": "",
        "per": "",
        "chosen": "",
        "played": {"periods": [], "names": [], "outlines": {}, "at": 0},
    }


def _options(
    data: Data,
    snapshot: Snapshot,
    selection: Selection,
    asked: Asked | None,
    offered: Sequence[Technology],
    carried: Mapping[str, Mapping[str, int]],
) -> dict[str, list[dict[str, Any]]]:
    """What can be chosen: technologies with figures by economy, their indicators, places and periods."""
    catalog = snapshot.catalog
    there = {t.id for t in offered} | ({asked.technology.id} if asked else set())
    technologies = [o for o in options.technologies(catalog) if o["value"] in there]
    days = options.days(data, selection.as_of)
    places: list[str] = [*asked.places.shares.columns] if asked else [WORLD]
    indicators = list(carried[asked.technology.id]) if asked else []
    periods = asked.places.periods[::-1] if asked else []
    frequency = asked.indicator.frequency if asked else "Q"
    return {
        "use_case": options.use_cases(catalog),
        "technology": technologies,
        "indicator": [o for o in options.indicators(snapshot) if o["value"] in indicators],
        "region": [
            {"value": code, "label": regions.name(code), "search": f"{regions.name(code)} {code}"}
            for code in sorted({WORLD, *places}, key=regions.order)
        ],
        "to": [{"value": f"{each:%Y-%m-%d}", "label": period(each, frequency)} for each in periods],
        "as_of": days,
    }
