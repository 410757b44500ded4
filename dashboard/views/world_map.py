"""The map of the page World, and all that belongs to it; without outlines, bars that show the same."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from dashboard.analysis import economies
from dashboard.charts import choropleth, colours, region_bars
from dashboard.views import regions, world_words
from dashboard.views.messages import Message
from dashboard.views.words import period
from dashboard.views.world_asked import Asked, at
from etl.schema import WHOLE, WORLD

_BARS: Final = 20
_NO_OUTLINES: Final[Message] = {
    "level": "info",
    "title": "Bars in place of the map",
    "text": (
        "The outlines of economies were not fetched when Stacktide was set up, as no npm was at hand: install npm and "
        "run `make setup` again to get the map. The ranking and the table have all economies."
    ),
    "links": [],
}


def card(asked: Asked, course: Mapping[str, Any]) -> dict[str, Any]:
    """The chart answer, with the note of the indicator from that of its `course`."""
    drawn = bool(choropleth.outlines())
    note = {
        **course["note"],
        "how_to_read": choropleth.HOW_TO_READ if drawn else region_bars.HOW_TO_READ,
        "shown": world_words.shown(asked.indicator, asked.places.per),
        "last_period": period(asked.places.periods[-1], asked.indicator.frequency),
        "missing": world_words.missing(asked.technology.name, asked.shares.index, choropleth.outlines(), asked.without),
    }
    return {
        "figure": _map(asked) if drawn else _bars(asked),
        "sentence": f"{world_words.sentence(facts(asked))} {world_words.absent(asked.without, asked.indicator)}",
        "title": f"{asked.technology.name}, {asked.quarter}",
        "subtitle": subtitle(asked, asked.period),
        "message": None if drawn else _NO_OUTLINES,
        "note": note,
        "table": _table(asked),
        "downloads": _files(asked),
        "as_of": course["as_of"],
        "filename": f"stacktide-world-{asked.technology.id}-{asked.period:%Y-%m}",
    }


def subtitle(asked: Asked, when: pd.Timestamp) -> str:
    """The unit, and what is grey in one period."""
    unit = world_words.unit(asked.indicator, asked.places.per)
    if not choropleth.outlines():
        return f"{unit}; the {_BARS} highest of {len(asked.shares)}" if len(asked.shares) > _BARS else unit
    return f"{unit}; grey: {world_words.grey(int(asked.places.without[when]), asked.indicator)}"


def facts(asked: Asked) -> world_words.Facts:
    """What the sentence says."""
    places = asked.places
    world = at(places.shares, asked.period).get(WORLD)
    return world_words.Facts(
        asked.technology.name, asked.quarter, asked.shares, world, asked.selection.region, places.per
    )


def rows(asked: Asked) -> list[dict[str, Any]]:
    """One row per economy with a figure in the period, by rank; `before` is its share a year before."""
    places = asked.places
    before = at(places.shares, asked.period - pd.DateOffset(years=1))
    ranks, counts, wholes = (at(each, asked.period) for each in (places.ranks, places.counts, places.wholes))
    return [
        {
            "id": str(region),
            "name": regions.name(str(region)),
            "rank": int(ranks[str(region)]),
            "share": float(share),
            "people": int(counts[str(region)]),
            "developers": int(wholes[str(region)]),
            "before": before.get(str(region)),
        }
        for region, share in asked.shares.items()
    ]


def _map(asked: Asked) -> dict[str, Any]:
    bounds = asked.places.bounds[asked.period]
    classes = economies.class_of(asked.shares, bounds)
    unit = world_words.sign(asked.places.per)
    return choropleth.figure(asked.shares, classes, bounds, regions.NAMES, unit, asked.selection.region)


def _bars(asked: Asked) -> dict[str, Any]:
    shown = rows(asked)[:_BARS]
    colour = colours.styles(asked.catalog, [asked.technology.id])[asked.technology.id][0]
    names, shares, people = ([row[key] for row in shown] for key in ("name", "share", "people"))
    return region_bars.figure(names, shares, people, colour, " %" if asked.places.per == 100 else "")


def _files(asked: Asked) -> dict[str, dict[str, Any]]:
    """The rows behind the map: people and developers of every region, in the period shown, and in all of them."""
    places, as_of = asked.places, asked.selection.as_of
    query = f"indicator={asked.indicator.id},{asked.indicator.whole}&technology={asked.technology.id},{WHOLE}"
    end = f"&as_of={as_of}" if as_of else ""
    day = f"&from={asked.period:%Y-%m-%d}&to={asked.period:%Y-%m-%d}"
    here = sum(len(at(each, asked.period)) for each in (places.counts, places.wholes))
    every = sum(int(each.count().sum()) for each in (places.counts, places.wholes))
    return {
        "view": {"collection": "observations", "query": f"{query}{day}{end}", "number": here},
        "all": {"collection": "observations", "query": f"{query}{end}", "number": every},
    }


def _table(asked: Asked) -> dict[str, Any]:
    unit, people = world_words.unit(asked.indicator, asked.places.per), asked.indicator.unit
    heads = {"share": unit[:1].upper() + unit[1:], "before": "A year before", "people": people.capitalize()}
    columns = [
        {"field": "name", "headerName": "Economy", "type": "text"},
        {"field": "rank", "headerName": "Rank", "type": "number"},
        *({"field": field, "headerName": head, "type": "number"} for field, head in heads.items()),
        {
            "field": "developers",
            "headerName": asked.catalog.indicator[str(asked.indicator.whole)].title,
            "type": "number",
        },
        {"field": "id", "headerName": "Code", "type": "text"},
    ]
    return {"columns": columns, "rows": rows(asked)}
