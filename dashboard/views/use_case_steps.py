"""The steps of a use-case ladder as tables: a row per language or technology, a column per source."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from dashboard.analysis.evidence import Evidence
from dashboard.analysis.ladder import Ladder, Rung
from dashboard.views.words import period, plain
from etl.catalog import Catalog

Matrix = dict[str, Any]

MOST_ROWS: Final = 8


def when(evidence: Evidence) -> str:
    """The period of an evidence in words."""
    last = period(evidence.period, evidence.frequency)
    return last if evidence.pooled == 1 else f"{evidence.pooled} months to {last}"


def languages(ladder: Ladder, catalog: Catalog) -> Matrix:
    """Step 1: places and shares of languages, in each source that compares them."""
    comparing = [e for e in ladder.languages if "place" in e.table]
    return _matrix(comparing, ladder.order, "language", catalog, _language_cell)


def registries(ladder: Ladder, catalog: Catalog) -> list[dict[str, Any]]:
    """Installs at step 1: how much of each registry goes to the use case; no comparison between registries."""
    found = []
    for e in ladder.languages:
        if "place" not in e.table:
            parts = [
                {"name": catalog.technology[row["language"]].name, "share": row["share"], "count": row["technologies"]}
                for row in e.table.to_dict("records")
            ]
            found.append({**_column(e, catalog), "parts": parts})
    return found


def at_large(ladder: Ladder, catalog: Catalog) -> Matrix:
    """The languages of the use case with all that they are used for."""
    order = dict.fromkeys(str(language) for e in ladder.at_large for language in e.table["language"])
    return _matrix(ladder.at_large, list(order), "language", catalog, _plain_cell)


def frameworks(ladder: Ladder, catalog: Catalog) -> list[dict[str, Any]]:
    """Step 2: per language and kind, the comparables in each source; a language without figures says so."""
    return [_rung(rung, catalog) for rung in ladder.frameworks]


def _rung(rung: Rung, catalog: Catalog) -> dict[str, Any]:
    order = dict.fromkeys(str(t) for e in rung.evidence for t in e.table["technology"])
    without = [catalog.technology[t].name for t in rung.comparables if t not in order]
    table = _matrix(rung.evidence, list(order), "technology", catalog, _technology_cell)
    return {
        "language": catalog.technology[rung.language].name,
        "language_id": rung.language,
        "kind": rung.kind,
        "comparables": len(rung.comparables),
        "matrix": {**table, "rows": table["rows"][:MOST_ROWS]},
        "more": [row["name"] for row in table["rows"][MOST_ROWS:]],
        "without": without,
        "silent": _silent(rung.silent, catalog),
    }


def left_out(ladder: Ladder, catalog: Catalog) -> dict[str, Any]:
    """What the ladder does not stand on, each with its reason."""
    technologies = [(catalog.technology[t].name, why) for t, why in ladder.left_out.itertuples(index=False)]
    return {"indicators": _silent(ladder.silent, catalog), "technologies": technologies}


def _silent(table: pd.DataFrame, catalog: Catalog) -> list[tuple[str, str]]:
    return [(catalog.indicator[i].title, why) for i, why in table.itertuples(index=False)]


def _matrix(
    found: Sequence[Evidence],
    order: Sequence[str],
    key: str,
    catalog: Catalog,
    cell: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> Matrix:
    """`columns` say who tells and when, `rows` hold one cell per column, None where it has no figure."""
    cells = [{str(each[key]): cell(each) for each in _records(e.table)} for e in found]
    rows = [
        {
            "id": item,
            "name": catalog.technology[item].name,
            "ended": catalog.technology[item].ended,
            "cells": [each.get(item) for each in cells],
        }
        for item in order
        if any(item in each for each in cells)
    ]
    return {"columns": [_column(e, catalog) for e in found], "rows": rows}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _column(e: Evidence, catalog: Catalog) -> dict[str, Any]:
    source = catalog.source_of[e.indicator]
    return {
        "construct": e.construct,
        "indicator": e.indicator,
        "title": e.title,
        "source": source.title,
        "period": when(e),
        "carried": len(e.carried),
        "of": len(e.carried) + len(e.left_out),
        "means": e.means,
        "caveat": e.caveat,
        "licence": source.licence.title,
    }


def _language_cell(row: Mapping[str, Any]) -> dict[str, Any]:
    best, worst = int(row["place_best"]), int(row["place_worst"])
    return {
        "place": int(row["place"]),
        "places": (best, worst) if best != worst else None,
        "share": plain(row["share"]),
        "tier": row["tier"],
        "why": row["no_momentum"],
    }


def _plain_cell(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"place": int(row["place"]), "share": plain(row["share"]), "tier": row["tier"], "why": row["no_momentum"]}


def _technology_cell(row: Mapping[str, Any]) -> dict[str, Any]:
    small = bool(row["small"])
    return {
        "place": None if small else int(row["place"]),
        "share": None if small else plain(row["share_within"]),
        "tier": None if small else row["tier"],
        "few": "fewer than 10 asked" if small else None,
        "why": row["no_momentum"],
    }
