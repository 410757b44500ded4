"""The view Data: the observations of a selection as the API gives them: how many, the first ones, their sources."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from dashboard.data import Data, Snapshot
from dashboard.export import Dataset, observations
from dashboard.selection import Selection
from dashboard.selection.filters import Filter
from dashboard.views import messages, options, regions
from dashboard.views.kept import once
from dashboard.views.observation_columns import BEHIND, DAYS, SHOWN, STATUSES
from dashboard.views.observation_filter import Asked, asked, ways_on
from dashboard.views.words import FREQUENCY
from etl.catalog import Catalog
from etl.schema import WHOLE

ROWS: Final = 20
"""Rows of the first paint."""
COLLECTION: Final = "observations"
_MANY: Final = ("indicator", "technology", "use_case", "kind", "source", "region", "segment", "status")


def observations_view(data: Data, query: str, today: date) -> dict[str, Any]:
    """Everything that the page Data shows for a query string; `today` is the day of the citation.

    Keys: state, query, selection, options, message, number, headline, columns (names), rows (the first ones, name of
    the column -> value), names (see `names`), version, order, asked (queries of the API: `rows` with all columns,
    `file` with those shown), dates (columns shown that hold days), sources, breaks (number), citation, nothing (where
    no row passes: links to what has some).
    """
    wanted = asked(data, query)
    snapshot = wanted.snapshot
    found = observations(data, replace(wanted.chosen, version=snapshot.version), today, "")
    number = found.count()
    return {
        "state": data.snapshot().key,
        "query": wanted.query,
        "selection": _selection(wanted),
        "options": _options(data, wanted),
        "message": messages.wrong(wanted.problems, None) if wanted.problems else None,
        "number": number,
        "headline": _headline(found, number),
        "columns": list(wanted.columns),
        "rows": first_rows(found, wanted, ROWS) if number else [],
        "names": names(snapshot),
        "version": snapshot.version,
        "order": list(wanted.order),
        "asked": {"rows": wanted.rows_query, "file": wanted.file_query},
        "dates": [name for name in wanted.columns if name in DAYS],
        "sources": found.about["sources"],
        "breaks": len(found.about["breaks"]),
        "citation": found.about["citation"],
        "nothing": [] if number else ways_on(wanted),
    }


def first_rows(found: Dataset, wanted: Asked, number: int) -> list[dict[str, Any]]:
    """The first rows in the order asked for, with the columns shown and those that they need."""
    columns = list(dict.fromkeys([*wanted.columns, *BEHIND]))
    part = found.narrowed(columns, wanted.order, number)
    return [row for batch in part.batches() for row in batch.to_pylist()]


def names(snapshot: Snapshot) -> Mapping[str, Any]:
    """What ids are called on the screen: `indicator`, `source`, `region`, `status`, `frequency`, and by source
    `segment`; of what the store holds.
    """
    return once(snapshot, ("observation names",), lambda: _names(snapshot))


def _names(snapshot: Snapshot) -> dict[str, Any]:
    catalog, series = snapshot.catalog, snapshot.summary
    pairs = series[["source", "segment"]].drop_duplicates().itertuples(index=False)
    segments: dict[str, dict[str, str]] = {}
    for source, segment in sorted((str(s), str(g)) for s, g in pairs):
        segments.setdefault(source, {})[segment] = _segment(catalog, source, segment)
    return {
        "indicator": {i: catalog.indicator[i].title for i in snapshot.indicators()},
        "source": {
            s: catalog.source[s].title if s in catalog.source else s
            for s in sorted(str(each) for each in series["source"].unique())
        },
        "region": {r: regions.name(r) for r in sorted((str(each) for each in series["region"].unique()), key=_place)},
        "segment": segments,
        "status": dict(STATUSES),
        "frequency": {key: word.capitalize() for key, word in FREQUENCY.items()},
    }


def _place(code: str) -> tuple[int, str]:
    return regions.order(code)


def _segment(catalog: Catalog, source: str, segment: str) -> str:
    if segment == "all":
        return "All"
    return catalog.source[source].segment_title(segment) if source in catalog.source else segment


def _selection(wanted: Asked) -> dict[str, Any]:
    """Parameter -> what is chosen in its picker."""
    chosen = wanted.chosen
    return {
        **{name: list(getattr(chosen, name)) for name in _MANY},
        "from": chosen.start.isoformat() if chosen.start else None,
        "to": chosen.end.isoformat() if chosen.end else None,
        "as_of": chosen.as_of.isoformat() if chosen.as_of else None,
        "fields": list(wanted.columns),
    }


def _options(data: Data, wanted: Asked) -> dict[str, list[dict[str, Any]]]:
    """What can be chosen: of what the store holds, and what is chosen already."""
    snapshot, chosen = wanted.snapshot, wanted.chosen
    held = names(snapshot)
    segments = {segment: title for titles in held["segment"].values() for segment, title in titles.items()}
    indicators = options.indicators(snapshot)
    lacking = [i for i in chosen.indicator if i not in {each["value"] for each in indicators}]
    return {
        "use_case": options.use_cases(snapshot.catalog),
        "kind": options.kinds(),
        "technology": _technologies(snapshot, chosen),
        "indicator": [*indicators, *_without(snapshot, lacking)],
        "source": _options_of({**{s: snapshot.catalog.source[s].title for s in chosen.source}, **held["source"]}),
        "region": _options_of(held["region"]),
        "segment": _options_of(dict(sorted(segments.items(), key=lambda item: (item[0] != "all", item[1])))),
        "status": _options_of(STATUSES),
        "from": _days(snapshot, "01-01", wanted.chosen.start),
        "to": _days(snapshot, "12-31", wanted.chosen.end),
        "as_of": options.days(data, chosen.as_of),
        "fields": [{"value": name, "label": SHOWN[name].heading} for name in SHOWN],
    }


def _options_of(titles: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"value": key, "label": title, "search": f"{title} {key}"} for key, title in titles.items()]


def _without(snapshot: Snapshot, indicators: Sequence[str]) -> list[dict[str, Any]]:
    """Indicators that are chosen although the store holds none of their figures."""
    every = snapshot.catalog.indicator
    return [
        {"value": i, "label": f"{every[i].title} (no figures here)", "group": every[i].construct} for i in indicators
    ]


def _technologies(snapshot: Snapshot, chosen: Filter) -> list[dict[str, Any]]:
    """Those of the use cases and kinds that are chosen, those chosen, and the whole that shares are taken of."""
    narrowed = replace(chosen, technology=()).technologies(snapshot.catalog)
    passing = set(snapshot.catalog.technology if narrowed is None else narrowed)
    named = Selection(technology=tuple(t for t in chosen.technology if t != WHOLE))
    kept = [
        each
        for each in options.technologies(snapshot.catalog, named)
        if each["value"] in passing or each["value"] in chosen.technology
    ]
    whole = {"value": WHOLE, "label": "All technologies together", "search": "all technologies together"}
    return [*kept, *([whole] if narrowed is None or WHOLE in chosen.technology else [])]


def _days(snapshot: Snapshot, end: str, chosen: date | None) -> list[dict[str, Any]]:
    """The first or last days of the years that the store has figures of, newest first, and the chosen day."""
    series = snapshot.summary
    years = range(int(series["first"].min().year), int(series["last"].max().year) + 1) if len(series) else range(0)
    days = {f"{year}-{end}": str(year) for year in years}
    if chosen and chosen.isoformat() not in days:
        days[chosen.isoformat()] = chosen.isoformat()
    return [{"value": day, "label": label} for day, label in sorted(days.items(), reverse=True)]


def _headline(found: Dataset, number: int) -> str:
    """How much passes the filter, in one sentence."""
    if not number:
        return "No observation passes this filter."
    ids = [each for each in found.companions["technologies"]["technology"].to_pylist() if each != WHOLE]
    technologies = _counted(len(ids), "technology", "technologies")
    sources = _counted(len(found.about["sources"]), "source", "sources")
    return f"{_counted(number, 'observation', 'observations')} of {technologies}, from {sources}."


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
