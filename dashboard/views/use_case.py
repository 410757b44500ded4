"""The view of one use case: the ladder from it to languages to frameworks, a ranking, and where sources differ."""

from typing import Any, Final

from dashboard.analysis.ladder import Ladder, ladder
from dashboard.data import Data, Snapshot
from dashboard.selection import Selection
from dashboard.views import use_case_steps as steps
from dashboard.views.asking import Asked, asked
from dashboard.views.fields import fields
from dashboard.views.kept import once
from dashboard.views.leading import Leading, leaders
from dashboard.views.options import days
from dashboard.views.options import indicators as indicator_options
from dashboard.views.overview import kinds_in_words
from dashboard.views.trends import trends_view
from dashboard.views.use_case_ranking import disagreement, first_indicator, indicators, members, ranking
from dashboard.views.words import listed, significant
from etl.catalog import UseCase

TOP: Final = 3
_DRAWN: Final = 8


def use_case_view(data: Data, query: str, item: str) -> dict[str, Any]:
    """Everything that the page of the use case `item` shows, worldwide.

    Raises StoreError when there is no store.
    """
    asking = asked(data, query)
    snapshot, catalog = asking.snapshot, asking.snapshot.catalog
    use_case = catalog.use_case[item]
    possible = indicators(snapshot, use_case)
    asking, chosen = _chosen(asking, use_case, possible)
    climbed = _ladder(snapshot, use_case)
    ranked = ranking(snapshot, use_case, chosen) if chosen else None
    best = [row["id"] for row in ranked["rows"][:TOP]] if ranked else []
    return {
        "state": data.snapshot().key,
        "query": asking.query(),
        "message": asking.message(),
        "title": use_case.title,
        "definition": use_case.definition,
        "sentence": _sentence(snapshot, use_case),
        "selection": {
            "indicator": chosen,
            "as_of": asking.selection.as_of.isoformat() if asking.selection.as_of else None,
        },
        "options": {
            "indicator": [each for each in indicator_options(snapshot, chosen) if each["value"] in possible],
            "as_of": days(data, asking.selection.as_of),
        },
        "ranking": ranked,
        "trend": _trend(data, asking, use_case, chosen, ranked),
        "languages": steps.languages(climbed, catalog),
        "registries": steps.registries(climbed, catalog),
        "at_large": steps.at_large(climbed, catalog),
        "frameworks": steps.frameworks(climbed, catalog),
        "left_out": steps.left_out(climbed, catalog),
        "remarks": list(climbed.remarks),
        "conflict": disagreement(snapshot, use_case, possible),
        "top": [(t, catalog.technology[t].name) for t in best],
        "near": _near(snapshot, use_case),
        "size": len(members(snapshot, use_case)),
    }


def _ladder(snapshot: Snapshot, use_case: UseCase) -> Ladder:
    """The ladder worldwide, made once per state of the store: it takes about a second."""
    return once(
        snapshot,
        ("ladder", use_case.id),
        lambda: ladder(snapshot.frame, snapshot.catalog, snapshot.summary, use_case.id),
    )


def _chosen(asking: Asked, use_case: UseCase, possible: list[str]) -> tuple[Asked, str | None]:
    """The indicator of the ranking: the one asked for where it can rank, else the best."""
    wanted = asking.selection.indicator
    if wanted in possible:
        return asking, wanted
    first = first_indicator(asking.snapshot, use_case)
    if wanted is None:
        return asking, first
    title = asking.snapshot.catalog.indicator[wanted].title
    instead = asking.snapshot.catalog.indicator[first].title if first else ""
    rest = f"{instead} is shown." if instead else "No other does."
    problem = f"{title} does not rank the technologies of {use_case.title}: {rest}"
    return asking.without(problem, indicator=None), first


def _trend(
    data: Data, asking: Asked, use_case: UseCase, chosen: str | None, ranked: dict[str, Any] | None
) -> dict[str, Any] | None:
    """The chart answer of Trends for the leading technologies of the ranking."""
    if chosen is None or not ranked or not ranked["rows"]:
        return None
    catalog = asking.snapshot.catalog
    kind = catalog.technology[ranked["rows"][0]["id"]].kind  # ranks are taken among one kind
    wanted = tuple(row["id"] for row in ranked["rows"] if catalog.technology[row["id"]].kind == kind)[:_DRAWN]
    # of all accounts, which only grow, nearly every label falls: its places tell more than its share
    labels = catalog.indicator[chosen].names == "topic"
    selection = Selection(
        use_case=use_case.id,
        kind=kind,
        technology=wanted,
        indicator=chosen,
        as_of=asking.selection.as_of,
        value="rank" if labels else None,
    )
    return trends_view(data, selection)


def _sentence(snapshot: Snapshot, use_case: UseCase) -> str:
    """Who leads, in numbers, with the source: the answer of the page."""
    found = leaders(snapshot, use_case)
    parts = [each for each in (found.languages, found.technologies) if each is not None]
    if not parts:
        return f"No source compares technologies of {use_case.title}: what was left out, below, says why."
    same = len(parts) == 2 and (parts[0].indicator, parts[0].period) == (parts[1].indicator, parts[1].period)
    said = [_leads(each, snapshot) for each in parts]
    told = [_stands_on(each) for each in parts]
    if same:
        return f"{said[0]}; {said[1][:1].lower()}{said[1][1:]}. {told[1]}.{_bounds(parts[0], snapshot)}"
    return " ".join(
        f"{one} ({other[:1].lower()}{other[1:]})." for one, other in zip(said, told, strict=True)
    ) + _bounds(parts[0], snapshot)


def _leads(found: Leading, snapshot: Snapshot) -> str:
    shown = [snapshot.catalog.technology[i] for i, _ in found.entries]
    parts = [
        t.name if share is None else f"{t.name} ({significant(share, 2 if share < 99.5 else 3)} %)"
        for t, (_, share) in zip(shown, found.entries, strict=True)
    ]
    what = "Of the languages" if found.kinds == ("language",) else f"Of the {kinds_in_words(shown).lower()}"
    large = "" if found.shared else ", counting all their uses"
    leads = f"led in {'the ' if found.period[:1].isdigit() and ' to ' in found.period else ''}{found.period}"
    return f"{what}, {parts[0]} {leads if found.old else 'leads'}, before {listed(parts[1:])}{large}"


def _stands_on(found: Leading) -> str:
    where = f"{found.construct.capitalize()}, {found.source}, {found.period}"
    of = f"percent of the {found.counted} counted for the " if found.shared else ""
    return f"{where}; {of}{found.carried} of {found.among} technologies with figures"


def _bounds(languages: Leading, snapshot: Snapshot) -> str:
    """What counting people twice leaves open."""
    best, worst = languages.places
    name = snapshot.catalog.technology[languages.entries[0][0]].name
    many = "Who uses frameworks of two languages counts for both"
    return f" {many}: {name} may stand in any place from {best} to {worst}." if worst > best else ""


def _near(snapshot: Snapshot, use_case: UseCase) -> list[tuple[str, str]]:
    """The other use cases of its field: (title, address)."""
    for _, _, found in fields(snapshot.catalog):
        if use_case in found:
            return [(each.title, f"/use-case/{each.id}") for each in found if each.id != use_case.id]
    return []
