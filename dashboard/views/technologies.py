"""The view of all technologies: those of a kind and use case, with how much tells of each."""

from collections import Counter
from dataclasses import replace
from typing import Any

from dashboard.analysis.ladder import home_language
from dashboard.data import Data, Snapshot
from dashboard.selection import Selection, read, to_query
from dashboard.selection.resolving import passing
from dashboard.views import messages, options
from dashboard.views.words import listed, plural
from etl.catalog import Catalog, Technology
from etl.errors import UsageError


def technologies_view(data: Data, query: str) -> dict[str, Any]:
    """The technologies that pass the filter by use case and kind, by name; what is wrong in a query is told."""
    catalog = data.catalog
    asked, problems = read(query, catalog)
    try:
        snapshot = data.snapshot(asked.as_of)
    except UsageError as error:
        asked, snapshot, problems = replace(asked, as_of=None), data.snapshot(), [*problems, str(error)]
    chosen = Selection(use_case=asked.use_case, kind=asked.kind, as_of=asked.as_of)
    found = sorted(passing(catalog, chosen), key=lambda t: t.name.casefold())
    told = _told(snapshot)
    message = messages.wrong(problems, None) if problems else None
    if not found and message is None:
        message = _nothing(chosen, catalog)
    return {
        "state": snapshot.key,
        "query": to_query(chosen, catalog),
        "message": message,
        "subtitle": _subtitle(found, chosen, catalog),
        "items": [_item(t, told[t.id], catalog) for t in found],
        "selection": {"use_case": chosen.use_case, "kind": chosen.kind},
        "options": {"use_case": options.use_cases(catalog), "kind": options.kinds()},
    }


def _nothing(chosen: Selection, catalog: Catalog) -> messages.Message:
    text = f"The catalogue has no {chosen.kind} for {catalog.use_case[str(chosen.use_case)].title}."
    every = to_query(replace(chosen, kind=None), catalog)
    links = [{"label": "All kinds of this use case", "href": f"?{every}"}]
    return {"level": "warning", "title": "No technology here", "text": text, "links": links}


def _told(snapshot: Snapshot) -> Counter[str]:
    """Technology -> how many indicators have a figure of it."""
    pairs = snapshot.summary[["indicator", "technology"]].drop_duplicates()
    return Counter(pairs["technology"])


def _subtitle(found: list[Technology], chosen: Selection, catalog: Catalog) -> str:
    what = plural(chosen.kind) if chosen.kind else "technologies"
    what = what if len(found) != 1 else chosen.kind or "technology"
    use_case = f" for {catalog.use_case[chosen.use_case].title}" if chosen.use_case else ""
    return f"{len(found)} {what}{use_case}, by name"


def _item(technology: Technology, told: int, catalog: Catalog) -> dict[str, Any]:
    """One entry: `text` says kind, language and use cases, `told` how many indicators; `search` holds all its names."""
    home = home_language(technology, catalog) if technology.kind != "language" else None
    of = f" of {catalog.technology[home].name}" if home else ""
    fields = listed((catalog.use_case[u].title for u in technology.use_cases), 3)
    names = [technology.id, technology.name, *(name for given in technology.names.values() for name in given)]
    return {
        "id": technology.id,
        "name": technology.name,
        "text": f"{technology.kind.capitalize()}{of}{': ' if fields else ''}{fields}",
        "told": f"{told} {'indicator' if told == 1 else 'indicators'}" if told else "no figures yet",
        "search": " ".join(dict.fromkeys(name.casefold() for name in names)),
    }
