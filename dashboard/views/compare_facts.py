"""The facts of the chosen technologies from the catalogue, side by side; each with the page that shows it."""

from collections.abc import Sequence
from typing import Any, Final, get_args

from dashboard.analysis.ladder import home_language
from dashboard.views.technology_facts import FEATURES
from etl.catalog import Catalog
from etl.facts import Feature

Fact = dict[str, Any]
"""`text`, and optionally `href` (the page that shows it) and `remark`."""

_ADOPTERS_TOLD: Final = 6


def facts(catalog: Catalog, chosen: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of {title, cells}: technology -> a list of facts, empty where nothing is known. Rows of nothing are left
    out.
    """
    rows = [
        _row("Kind", {t: _kind(catalog, t) for t in chosen}),
        _row("Language", {t: _language(catalog, t) for t in chosen}),
        _row("Belongs to", {t: _home(catalog, t) for t in chosen}),
        _row("Style", {t: [{"text": f.style}] if (f := catalog.facts_of.get(t)) else [] for t in chosen}),
        _row("First release", {t: _cited(catalog, t, "first_release") for t in chosen}),
        _row("Licence", {t: _licence(catalog, t) for t in chosen}),
        *(_row(FEATURES[name], {t: _feature(catalog, t, name) for t in chosen}) for name in get_args(Feature)),
        _row("Known adopters", {t: _adopters(catalog, t) for t in chosen}),
        _row("Use cases", {t: _use_cases(catalog, t) for t in chosen}),
    ]
    return [row for row in rows if any(row["cells"].values())]


def without_facts(catalog: Catalog, chosen: Sequence[str]) -> list[str]:
    """Those of which the catalogue holds no facts."""
    return [t for t in chosen if t not in catalog.facts_of]


def _row(title: str, cells: dict[str, list[Fact]]) -> dict[str, Any]:
    return {"title": title, "cells": cells}


def _kind(catalog: Catalog, technology: str) -> list[Fact]:
    one = catalog.technology[technology]
    return [{"text": one.kind, "remark": f"ended in {one.ended}" if one.ended else ""}]


def _language(catalog: Catalog, technology: str) -> list[Fact]:
    one = catalog.technology[technology]
    return _named(catalog, home_language(one, catalog) if one.kind != "language" else None)


def _home(catalog: Catalog, technology: str) -> list[Fact]:
    """What it belongs to, where that is not its language."""
    one = catalog.technology[technology]
    return _named(catalog, one.home if one.home != home_language(one, catalog) else None)


def _named(catalog: Catalog, technology: str | None) -> list[Fact]:
    return [{"text": catalog.technology[technology].name, "technology": technology}] if technology else []


def _cited(catalog: Catalog, technology: str, name: str) -> list[Fact]:
    found = catalog.facts_of.get(technology)
    said = getattr(found, name) if found else None
    return [{"text": said, "href": getattr(found, f"{name}_source")}] if said else []


def _licence(catalog: Catalog, technology: str) -> list[Fact]:
    found = catalog.facts_of.get(technology)
    if found is None or found.licence_source is None:
        return []
    return [{"text": found.licence or "of its own", "href": found.licence_source}]


def _feature(catalog: Catalog, technology: str, name: str) -> list[Fact]:
    found = catalog.facts_of.get(technology)
    built = {str(key): each for key, each in found.features.items()}.get(name) if found else None
    return [{"text": built.built_in, "href": built.source, "remark": built.note or ""}] if built else []


def _adopters(catalog: Catalog, technology: str) -> list[Fact]:
    found = catalog.facts_of.get(technology)
    known = found.adopters if found else []
    told: list[Fact] = [{"text": each.name, "href": each.source} for each in known[:_ADOPTERS_TOLD]]
    more = len(known) - len(told)
    return [*told, {"text": f"and {more} more"}] if more > 0 else told


def _use_cases(catalog: Catalog, technology: str) -> list[Fact]:
    return [{"text": catalog.use_case[u].title, "use_case": u} for u in catalog.technology[technology].use_cases]
