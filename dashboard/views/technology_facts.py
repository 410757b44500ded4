"""What the catalogue knows of a technology: facts, adopters, names, breaks, its like, and what does not tell of it."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import pandas as pd

from dashboard.analysis.breaks import concerning, in_span
from dashboard.analysis.ladder import home_language
from dashboard.data import Snapshot
from etl.catalog import Catalog, Technology
from etl.facts import Feature
from etl.schema import WORLD

Link = dict[str, Any]
"""`text`, and where there is one `href`; `note` says more."""

_MOST_SIMILAR: Final = 6
FEATURES: Final[Mapping[Feature, str]] = {
    "orm": "Database access (ORM)",
    "templates": "Templates",
    "admin": "Administration pages",
    "async": "Asynchronous",
    "websocket": "WebSockets",
    "openapi": "OpenAPI",
}
"""Feature -> its name on every page."""
_SCHEMES: Final[Mapping[str, tuple[str, str, str]]] = {
    "github": ("Repositories on GitHub", "", "https://github.com/{}"),
    "topic": ("Labels of repositories on GitHub", "", "https://github.com/topics/{}"),
    "stackoverflow": ("Tags on Stack Overflow", "", "https://stackoverflow.com/questions/tagged/{}"),
    "wikipedia": ("Wikipedia", "", "https://en.wikipedia.org/wiki/{}"),
    "pypi": ("Packages on PyPI", "deps_dev", "/pypi/{}"),
    "npm": ("Packages on npm", "deps_dev", "/npm/{}"),
    "crates": ("Packages on crates.io", "crates", "/crates/{}"),
    "rubygems": ("Packages on RubyGems", "rubygems", "/gems/{}"),
    "packagist": ("Packages on Packagist", "packagist", "/packages/{}"),
    "nuget": ("Packages on NuGet", "nuget", "/packages/{}"),
    "hex": ("Packages on Hex", "hex", "/packages/{}"),
    "docker": ("Images on Docker Hub", "docker_hub", "/r/{}"),
    "homebrew": ("Formulae of Homebrew", "homebrew", "/formula/{}"),
    "linguist": ("Name among the languages of GitHub", "", ""),
    "pypl": ("Name in PYPL", "", ""),
    "hiring": ("Words looked for in job posts and stories", "", ""),
    "web_benchmarks": ("Name in the web frameworks benchmark", "", ""),
}
"""Scheme of names -> its title, the source whose site has a page for each, and that page; without: no such page.

deps.dev shows what PyPI and npm hold of a package, with its dependents.
"""

_NO_FIGURE: Final = "In this store, but without a figure of it:"
_NOT_HERE: Final = "It has a name there, but this store has not asked for them yet (`stacktide refresh`):"
_NO_NAME: Final = "They count other things, or the catalogue knows no name of it there:"


def facts(technology: Technology, catalog: Catalog) -> list[tuple[str, list[Link]]]:
    """Terms and what is known, each cited where it is no choice of ours."""
    known = catalog.facts_of.get(technology.id)
    home = home_language(technology, catalog) if technology.kind != "language" else None
    found: list[tuple[str, list[Link]]] = [("Kind", [{"text": technology.kind.capitalize()}])]
    if home is not None:
        found.append(("Language", [{"text": catalog.technology[home].name, "href": f"/technology/{home}"}]))
    if technology.home not in (None, home):
        found.append(("Belongs to", [_technology(catalog.technology[str(technology.home)])]))
    found.append(("Use cases", [_use_case(u, catalog) for u in technology.use_cases]))
    if known is not None:
        found.append(("Style", [{"text": "API" if known.style == "api" else known.style.capitalize()}]))
        if known.first_release is not None:
            found.append(("First release", [{"text": known.first_release, "href": known.first_release_source}]))
    majors = catalog.releases_of.get(technology.id)
    if majors is not None:
        newest_first = [{"text": f"{version}, {when}", "href": page} for version, when, page in reversed(majors.dated)]
        found.append(("Major releases", newest_first))
    if known is not None and known.licence_source is not None:
        found.append(("Licence", [{"text": known.licence or "See its text", "href": known.licence_source}]))
    if technology.ended is not None:
        found.append(("Ended", [{"text": str(technology.ended)}]))
    return [(term, links) for term, links in found if links]


def _technology(technology: Technology) -> Link:
    return {"text": technology.name, "href": f"/technology/{technology.id}"}


def _use_case(use_case: str, catalog: Catalog) -> Link:
    return {"text": catalog.use_case[use_case].title, "href": f"/use-case/{use_case}"}


def features(technology: Technology, catalog: Catalog) -> list[Link]:
    """What it brings itself: `text` the feature, `built_in` yes, no or partly, `href` the page that shows it."""
    known = catalog.facts_of.get(technology.id)
    return [
        {"text": FEATURES[name], "built_in": each.built_in, "href": each.source, "note": each.note or ""}
        for name, each in (known.features.items() if known else ())
    ]


def adopters(technology: Technology, catalog: Catalog) -> list[Link]:
    """Who is publicly known to use it, by name."""
    known = catalog.facts_of.get(technology.id)
    named = [{"text": each.name, "href": each.source} for each in (known.adopters if known else ())]
    return sorted(named, key=lambda each: each["text"].casefold())


def names(technology: Technology, catalog: Catalog) -> list[tuple[str, list[Link]]]:
    """What others call it: title of the scheme, and its names, linked to their public page where there is one."""
    order = [*_SCHEMES, *(scheme for scheme in technology.names if scheme not in _SCHEMES)]
    found = []
    for scheme in order:
        title, source, page = _SCHEMES.get(scheme, (scheme.capitalize(), "", ""))
        site = catalog.source[source].homepage.rstrip("/") if source in catalog.source else ""
        linked = bool(page) and bool(site or not source)
        links = [
            {"text": name, **({"href": site + _page(scheme, page, name)} if linked else {})}
            for name in technology.names.get(scheme, [])
        ]
        if links:
            found.append((title, links))
    return found


def _page(scheme: str, page: str, name: str) -> str:
    """The address of a name below its site."""
    official = name.removeprefix("library/")
    if scheme == "docker" and official != name:
        return f"/_/{quote(official)}"
    whole = scheme == "npm"  # a scope and its package are one part of the address
    return page.format(quote(name.replace(" ", "_") if scheme == "wikipedia" else name, safe="" if whole else "/()"))


def breaks(technology: Technology, snapshot: Snapshot) -> list[dict[str, Any]]:
    """The breaks within the span of its figures, newest first: date, until, what, evidence, effect, source, titles."""
    catalog, here = snapshot.catalog, snapshot.summary
    ours = here[(here["technology"] == technology.id) & (here["region"] == WORLD)]
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in ours.drop_duplicates("indicator").itertuples():
        indicator, source = catalog.indicator[str(row.indicator)], catalog.source_of[str(row.indicator)]
        span = pd.DatetimeIndex([row.first, row.last])
        for each in in_span(
            concerning(catalog.breaks(source.id), indicator.id, WORLD), span.unique(), indicator.frequency
        ):
            told = found.setdefault(
                (each.date, each.what),
                {
                    "date": each.date.isoformat(),
                    "what": each.what,
                    "evidence": each.evidence,
                    "effect": each.effect,
                    "sources": [],
                    "titles": [],
                },
            )
            told["titles"].append(indicator.title)
            if source.title not in told["sources"]:
                told["sources"].append(source.title)
    return [found[key] for key in sorted(found, key=lambda key: (key[0], key[1]), reverse=True)]


def similar(technology: Technology, catalog: Catalog) -> list[dict[str, str]]:
    """Others of its kind with the same use cases: id, name, why (the use cases that both have).

    By the share of use cases that both have, a quarter more for the same language, and half a point less from the
    first to the last of its kind in the catalogue, where the best known stand first.
    """
    own, home = set(technology.use_cases), home_language(technology, catalog)
    kind = [t for t in catalog.technologies if t.kind == technology.kind]
    scored = []
    for position, other in enumerate(kind):
        both = own & set(other.use_cases)
        if other.id == technology.id or not both:
            continue
        same = home is not None and technology.kind != "language" and home_language(other, catalog) == home
        likeness = len(both) / len(own | set(other.use_cases)) + (0.25 if same else 0) - 0.5 * position / len(kind)
        why = ", ".join(catalog.use_case[u].title for u in technology.use_cases if u in both)
        scored.append((-likeness, position, {"id": other.id, "name": other.name, "why": why}))
    return [found for _, _, found in sorted(scored, key=lambda each: each[:2])[:_MOST_SIMILAR]]


def absent(technology: Technology, snapshot: Snapshot, carried: set[str]) -> list[tuple[str, list[str]]]:
    """Why indicators do not tell of it: reason, and what it is said of (indicators or sources), nearest first."""
    catalog, there = snapshot.catalog, set(snapshot.indicators())
    own: list[tuple[str, list[str]]] = [(technology.reason, [])] if technology.reason else []
    found: dict[str, dict[str, None]] = {_NO_FIGURE: {}, _NOT_HERE: {}, _NO_NAME: {}}
    for indicator in catalog.indicator.values():
        if indicator.names is None or indicator.id in carried:  # without names, it speaks of no technology at all
            continue
        source = catalog.source_of[indicator.id]
        if not technology.names.get(indicator.names) and technology.id not in source.aliases.values():
            found[_NO_NAME][source.title] = None
        elif indicator.id not in there:
            found[_NOT_HERE][source.title] = None
        else:
            found[_NO_FIGURE][indicator.title] = None
    told = {title for why in (_NO_FIGURE, _NOT_HERE) for title in found[why]}
    here = {catalog.source_of[i].title for i in carried}
    found[_NO_NAME] = {title: None for title in found[_NO_NAME] if title not in told | here}
    return own + [(why, list(titles)) for why, titles in found.items() if titles]
