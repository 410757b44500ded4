"""The view of the first page: who leads in each use case, what moved most, how fresh the figures are."""

from dataclasses import replace
from typing import Any

from dashboard.data import Data, Snapshot
from dashboard.views.asking import asked
from dashboard.views.fields import fields
from dashboard.views.leading import Leading, leaders
from dashboard.views.movers import GROUPS, MOST, SMALL_PERCENT, YEARS, Moved, movers
from dashboard.views.words import listed, plural
from etl.catalog import Catalog, Technology


def overview_view(data: Data, query: str) -> dict[str, Any]:
    """Everything that the page shows, worldwide, for the state of a day; holds no NaN.

    Raises StoreError when there is no store.
    """
    asking = asked(data, query)
    snapshot, catalog = asking.snapshot, asking.snapshot.catalog
    kept = replace(asking, selection=replace(asking.selection, technology=(), indicator=None))
    return {
        "state": data.snapshot().key,
        "query": kept.query(),
        "message": asking.message(),
        "as_of": asking.selection.as_of.isoformat() if asking.selection.as_of else None,
        "fields": [
            {"id": field, "title": title, "use_cases": [_card(snapshot, use_case) for use_case in members]}
            for field, title, members in fields(catalog)
        ],
        "moved": _moved(snapshot),
        "fresh": _fresh(snapshot),
        "findable": _findable(catalog),
    }


def _card(snapshot: Snapshot, use_case: Any) -> dict[str, Any]:
    found = leaders(snapshot, use_case)
    known = [each for each in (found.languages, found.technologies) if each is not None]
    parts = [each for each in known if not each.old]
    return {
        "id": use_case.id,
        "title": use_case.title,
        "definition": use_case.definition,
        "href": f"/use-case/{use_case.id}",
        "leading": [_leading(snapshot.catalog, each) for each in parts],
        "sources": _sources(parts),
        "nothing": None if parts else _nothing(known),
    }


def _nothing(old: list[Leading]) -> str:
    """Why a card names nobody."""
    if old:
        return f"Only figures of {old[-1].period} compare its technologies: too old to say who leads."
    return "No source here compares two of its technologies on enough figures."


def _leading(catalog: Catalog, found: Leading) -> dict[str, Any]:
    shown = [catalog.technology[i] for i, _ in found.entries]
    return {
        "title": kinds_in_words(shown),
        "entries": [
            {"id": t.id, "name": t.name, "share": share} for t, (_, share) in zip(shown, found.entries, strict=True)
        ],
    }


def kinds_in_words(technologies: list[Technology]) -> str:
    """`Frameworks, libraries`: the kinds of some technologies, in the order in which they come."""
    kinds = list(dict.fromkeys(plural(t.kind) for t in technologies))
    return ", ".join(kinds).capitalize()


def _sources(parts: list[Leading]) -> list[str]:
    """Construct, source and period, and what the percents are of; once where both parts stand on the same."""
    counts: dict[tuple[str, str], dict[str, None]] = {}
    for p in parts:
        source = f"{p.construct.capitalize()}: {p.source}, {p.period}"
        of = f"% of the {p.counted} counted for the" if p.shared else "all uses counted;"
        counts.setdefault((source, of), {})[f"{p.carried} of {p.among}"] = None
    return [f"{source}; {of} {' and '.join(found)} with figures" for (source, of), found in counts.items()]


def _moved(snapshot: Snapshot) -> dict[str, Any]:
    found = movers(snapshot)
    groups = [title for title, _ in GROUPS]
    return {
        "years": YEARS,
        "groups": [
            {
                "title": group,
                "parts": [_part(each) for each in found.found if each.group == group],
                "silent": [(construct, why) for of, construct, why in found.silent if of == group],
            }
            for group in groups
        ],
        "rule": (
            f"At most {MOST} of each source, steepest first: those whose share changed, over the {YEARS * 12} months "
            "to the newest figures, by more than chance explains (the 95 % interval of the slope leaves out zero, and "
            "the slope is at least 2 % of its own level). "
            f"Shares smaller than {SMALL_PERCENT:g} % of the largest are left out, and so are periods before the last "
            "break."
        ),
    }


def _part(moved: Moved) -> dict[str, Any]:
    left = [
        f"{moved.steady} steady" if moved.steady else "",
        f"{moved.small} too small" if moved.small else "",
        f"{moved.untold} with too few figures" if moved.untold else "",
    ]
    return {
        "construct": moved.construct,
        "indicator": moved.indicator,
        "title": moved.title,
        "source": moved.source,
        "period": moved.period,
        "of": moved.of,
        "caveat": moved.caveat,
        "course": moved.course,
        "breaks": list(moved.breaks),
        "rows": list(moved.rows),
        "left_out": listed(each for each in left if each),
    }


def _fresh(snapshot: Snapshot) -> dict[str, Any]:
    """How many sources have figures, and when the first and the last of them were retrieved."""
    with_figures = set(snapshot.summary["source"])
    days = sorted(day for source, day in snapshot.retrieved_on.items() if source in with_figures)
    return {
        "sources": len(with_figures),
        "of": len(snapshot.catalog.sources),
        "indicators": len(snapshot.indicators()),
        "technologies": len(set(snapshot.summary["technology"]) & set(snapshot.catalog.technology)),
        "first": days[0] if days else None,
        "last": days[-1] if days else None,
    }


def _findable(catalog: Catalog) -> list[dict[str, str]]:
    """All that can be found by name, as options whose value is an address; use cases first."""
    found = [_option(f"/use-case/{u.id}", u.title, "use case", [u.id, u.definition]) for u in catalog.use_cases]
    for t in catalog.technologies:
        others = [t.id, *(name for names in t.names.values() for name in names)]
        found.append(_option(f"/technology/{t.id}", t.name, t.kind, others))
    return found


def _option(address: str, name: str, kind: str, others: list[str]) -> dict[str, str]:
    words = dict.fromkeys(word.casefold() for word in (name, *others))
    return {"value": address, "label": f"{name} ({kind})", "search": " ".join(words)}
