"""The view Compare: two to eight technologies side by side, construct by construct, source by source."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from dashboard.data import Data, Snapshot
from dashboard.selection import Selection, read, to_query
from dashboard.views import compare_cards, compare_facts, compare_tables, compare_words, options
from dashboard.views.compare_cards import EMPTY, TRENDS
from dashboard.views.compare_evidence import Comparison, comparison
from dashboard.views.compare_presets import presets, rivals
from dashboard.views.compare_record import record
from dashboard.views.compare_speed import benchmark
from dashboard.views.words import listed
from etl.catalog import Catalog
from etl.errors import UsageError
from etl.schema import WHOLE

FEWEST: Final = 2
MOST: Final = 8
"""More lines, columns and marks than this cannot be told apart."""
CARDS: Final = ("profile", *TRENDS, "conflict", "benchmark")


def compare_view(data: Data, query: str) -> dict[str, Any]:
    """The answer for a query string: cards, tables, words, options; holds no NaN.

    `ready` tells whether there is a comparison; without one `presets` are the ways on. What is wrong in the query is
    told in `message`, and the rest is shown.
    """
    selection, problems = read(query, data.catalog)
    try:
        snapshot = data.snapshot(selection.as_of)
    except UsageError as error:
        selection, snapshot = replace(selection, as_of=None), data.snapshot()
        problems = [*problems, str(error)]
    named = tuple(t for t in selection.technology if t != WHOLE)
    asked = Selection(use_case=selection.use_case, technology=named[:MOST], as_of=selection.as_of)
    answer = _answer(data, snapshot, asked)
    remarks = _remarks(data.catalog, asked, named)
    return {
        **answer,
        "state": data.snapshot().key,
        "selection": {
            "use_case": asked.use_case,
            "technology": list(asked.technology),
            "as_of": asked.as_of.isoformat() if asked.as_of else None,
        },
        "options": {
            "use_case": options.use_cases(data.catalog),
            "technology": options.technologies(data.catalog, asked),
            "as_of": options.days(data, asked.as_of),
        },
        "message": _message(problems, remarks, answer["ready"]),
    }


def _answer(data: Data, snapshot: Snapshot, asked: Selection) -> dict[str, Any]:
    catalog = snapshot.catalog
    names = {t: catalog.technology[t].name for t in asked.technology}
    use_case = catalog.use_case[asked.use_case].title if asked.use_case else None
    answer: dict[str, Any] = {
        "ready": False,
        "query": to_query(asked, catalog),
        "names": names,
        "question": compare_words.question(list(names.values()), use_case),
        "cards": dict.fromkeys(CARDS, EMPTY),
        "presets": [],
        "as_of": asked.as_of.isoformat() if asked.as_of else None,
    }
    if len(names) < FEWEST:
        return answer | _ways(snapshot, asked, names)
    found = comparison(snapshot, asked.technology, asked.use_case)
    verdict, agreed = compare_words.verdict(found, names), compare_words.agreement(found, snapshot)
    where = _where(found, catalog, asked.use_case)
    cards = {
        "profile": compare_cards.profile(found, snapshot, names, where, asked.as_of),
        **compare_cards.trends(data, found, asked),
        "conflict": compare_cards.conflict(found, snapshot, names, agreed, asked.as_of),
        "benchmark": benchmark(found, snapshot, names, asked.as_of),
    }
    answer |= {
        "ready": True,
        "title": f"{_named(names)}{f': {use_case}' if use_case else ''}",
        "verdict": verdict,
        "agreement": agreed,
        "where": where,
        "cards": cards,
        "standing": compare_tables.standing(found),
        "reasons": compare_tables.reasons(found, snapshot, names),
        "pairs": compare_tables.agreement(found, snapshot),
        "facts": compare_facts.facts(catalog, asked.technology),
        "without_facts": [names[t] for t in compare_facts.without_facts(catalog, asked.technology)],
        "changes": compare_words.changes(found, names, snapshot),
        "limits": cards["profile"]["note"]["missing"],
    }
    return answer | {"record": record(answer, snapshot, answer["as_of"])}


def _named(names: Mapping[str, str]) -> str:
    return listed(names.values(), most=MOST)


def _ways(snapshot: Snapshot, asked: Selection, names: Mapping[str, str]) -> dict[str, Any]:
    """Without a comparison: ready ones of this technology, of this use case, or of all."""
    if names:
        (technology, name), *_ = names.items()
        found = rivals(snapshot, technology)
        mine = [each for each in found if asked.use_case in (None, each["use_case"])]
        return {
            "title": f"{name}, and what else?",
            "verdict": "A comparison needs two technologies: add one more, or take one of these.",
            "presets": mine or found,
        }
    ready = presets(snapshot)
    mine = [each for each in ready if each["use_case"] == asked.use_case and asked.use_case]
    return {
        "title": "Compare",
        "verdict": f"Choose {FEWEST} to {MOST} technologies, or begin with a ready comparison.",
        "presets": mine or list(ready),
    }


def _outside(catalog: Catalog, chosen: Sequence[str], use_case: str | None) -> list[str]:
    """Those of the chosen that the catalogue does not count to the use case."""
    return [t for t in chosen if use_case and use_case not in catalog.technology[t].use_cases]


def _where(found: Comparison, catalog: Catalog, use_case: str | None) -> str:
    """What the chosen are placed among, in words."""
    outside = _outside(catalog, found.chosen, use_case)
    inside = [catalog.technology[t].kind for t in found.comparables if t not in outside]
    kinds = [kind for kind in dict.fromkeys(catalog.technology[t].kind for t in found.chosen) if kind in inside]
    many = kinds if len(inside) == 1 else [f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s" for kind in kinds]
    title = catalog.use_case[use_case].title if use_case else "the catalogue"
    members = [f"the {len(inside)} {listed(many)} of {title}"] if inside else []
    return listed([*members, *(catalog.technology[t].name for t in outside)], most=MOST + 1)


def _remarks(catalog: Catalog, asked: Selection, named: tuple[str, ...]) -> list[str]:
    """What was done with the choice that the reader may not expect."""
    told = []
    if len(named) > MOST:
        rest = listed(catalog.technology[t].name for t in named[MOST:])
        told.append(f"{len(named)} technologies are chosen; the first {MOST} are compared. Left out: {rest}.")
    if asked.use_case and len(asked.technology) >= FEWEST:
        outside = [catalog.technology[t].name for t in _outside(catalog, asked.technology, asked.use_case)]
        if outside:
            title = catalog.use_case[asked.use_case].title
            be = "is" if len(outside) == 1 else "are"
            told.append(f"{listed(outside)} {be} not counted to {title} in the catalogue, and compared all the same.")
    kinds = {catalog.technology[t].kind for t in asked.technology}
    if "language" in kinds and len(kinds) > 1:
        told.append(
            "Languages and what is built with them are counted together by few sources: questions, job posts, articles."
        )
    return told


def _message(problems: list[str], remarks: list[str], ready: bool) -> dict[str, Any] | None:
    if problems:
        rest = "" if ready else "Choose from the list, or begin with a ready comparison."
        text = " ".join([*problems, *remarks, rest]).strip()
        return {"level": "error", "title": "Part of the address could not be read", "text": text}
    if remarks:
        return {"level": "info", "title": "About this choice", "text": " ".join(remarks)}
    return None
