"""What the catalogue holds, with the span of the figures that there are of it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

import pandas as pd
import pyarrow as pa

from dashboard.api.collection import Call, Collection, table
from dashboard.api.parameters import AS_OF, FIGURES, FROM, INDICATOR, REGION, SOURCE, TO, USE_CASE, VERSION
from dashboard.export.dataset import DAY, TEXT, Column, Dataset
from etl.catalog import Break, Construct, Kind
from etl.schema import WHOLE, Frequency

_COUNT: Final = pa.int64()
_FLAG: Final = pa.bool_()
_NUMBER: Final = pa.float64()
_SPAN: Final = {
    "first_period": Column(DAY, "First day of the oldest period with a figure; empty where there is none."),
    "last_period": Column(DAY, "First day of the newest period with a figure."),
    "observations": Column(_COUNT, "Number of observations."),
}
_WORDS: Final = pa.list_(TEXT)

_NONE: Final[dict[str, Any]] = {"first_period": None, "last_period": None, "observations": 0}

TECHNOLOGIES: Final = {
    "id": Column(TEXT, "Id of the technology."),
    "name": Column(TEXT, "Name of the technology."),
    "kind": Column(TEXT, "language, framework, library, database, tool or platform."),
    "home": Column(TEXT, "Id of the technology that it belongs to: the language of a framework."),
    "use_cases": Column(_WORDS, "Ids of its use cases."),
    "sources": Column(_WORDS, "Ids of the sources with figures of it."),
    "indicators": Column(_WORDS, "Ids of the indicators with figures of it."),
    **_SPAN,
    "ended": Column(_COUNT, "Year in which it ended, where it did."),
    "reason": Column(TEXT, "Why there is no figure of it, where there is none."),
}
USE_CASES: Final = {
    "id": Column(TEXT, "Id of the use case."),
    "title": Column(TEXT, "Title of the use case."),
    "definition": Column(TEXT, "What belongs to it."),
    "technologies": Column(_COUNT, "Number of technologies that it has."),
    "with_figures": Column(_COUNT, "Number of those of which there are figures."),
}
INDICATORS: Final = {
    "id": Column(TEXT, "Id of the indicator."),
    "title": Column(TEXT, "Title of the indicator."),
    "source": Column(TEXT, "Id of its source."),
    "construct": Column(TEXT, "What it stands for: installs, hiring ..."),
    "unit": Column(TEXT, "Unit of its values."),
    "frequency": Column(TEXT, "Length of its periods: D, W, M, Q or Y."),
    "means": Column(TEXT, "What it means."),
    "does_not_mean": Column(TEXT, "What it does not mean."),
    "least": Column(_NUMBER, "The lowest value that can be.", "as in `unit`"),
    "most": Column(_NUMBER, "The highest value that can be; empty: no bound.", "as in `unit`"),
    "share_of": Column(TEXT, "What its shares are taken of, in words; empty: it has none."),
    "sparse": Column(_FLAG, "Whether its source measures now and then."),
    "technologies": Column(_COUNT, "Number of technologies with figures."),
    "regions": Column(_COUNT, "Number of regions with figures."),
    "segments": Column(_COUNT, "Number of segments with figures."),
    **_SPAN,
}
BREAKS: Final = {
    "source": Column(TEXT, "Id of the source."),
    "date": Column(DAY, "Day of the change of method."),
    "until": Column(DAY, "Last day of the change, where it took longer."),
    "effect": Column(TEXT, "severs: figures before and after cannot be compared; disturbs: they can, with care."),
    "what": Column(TEXT, "What changed."),
    "evidence": Column(TEXT, "Where that can be verified."),
    "indicators": Column(_WORDS, "Ids of the indicators that it concerns; empty: all of the source."),
    "regions": Column(_WORDS, "The regions that it concerns; empty: all."),
}


def key(call: Call) -> str:
    """What answers from catalogue and store depend on."""
    return call.snapshot.key


def _technologies(call: Call) -> Dataset:
    chosen, catalog = call.chosen, call.snapshot.catalog
    ids = chosen.technologies(catalog)
    held = _held(call)
    wanted = set(catalog.technology if ids is None else ids)
    if _by_figures(call):
        wanted &= set(held["technology"])
    spans = _spans(held, "technology")
    sources, indicators = (_together(held, "technology", other) for other in ("source", "indicator"))
    rows = []
    for t in catalog.technologies:
        if t.id in wanted:
            row: dict[str, Any] = {"id": t.id, "name": t.name, "kind": t.kind, "home": t.home, "ended": t.ended}
            row |= {"use_cases": t.use_cases, "reason": t.reason if t.id not in spans else None}
            row |= {"sources": sources.get(t.id, []), "indicators": indicators.get(t.id, [])}
            rows.append(row | spans.get(t.id, _NONE))
    return table(call, "technologies", TECHNOLOGIES, rows)


def _use_cases(call: Call) -> Dataset:
    catalog = call.snapshot.catalog
    with_figures = set(call.snapshot.summary["technology"])
    rows = []
    for use_case in catalog.use_cases:
        if not call.chosen.use_case or use_case.id in call.chosen.use_case:
            its = {t.id for t in catalog.technologies if use_case.id in t.use_cases}
            row: dict[str, Any] = {n: getattr(use_case, n) for n in ("id", "title", "definition")}
            rows.append(row | {"technologies": len(its), "with_figures": len(its & with_figures)})
    return table(call, "use-cases", USE_CASES, rows)


def _indicators(call: Call) -> Dataset:
    chosen, catalog = call.chosen, call.snapshot.catalog
    held = _held(call)
    spans = _spans(held, "indicator")
    technologies, regions, segments = (
        _together(held, "indicator", other) for other in ("technology", "region", "segment")
    )
    by_figures = bool(chosen.technologies(catalog) is not None or chosen.region or chosen.segment)
    rows = []
    for i in catalog.indicator.values():
        source = catalog.source_of[i.id].id
        asked = (not chosen.indicator or i.id in chosen.indicator) and (not chosen.source or source in chosen.source)
        if asked and not (by_figures and i.id not in spans):
            names = ("id", "title", "construct", "unit", "frequency", "means", "does_not_mean", "sparse")
            row: dict[str, Any] = {name: getattr(i, name) for name in names}
            row |= {"source": source, "least": i.bounds[0], "most": i.bounds[1]}
            row["share_of"] = i.unit if i.is_share else i.whole_title
            row["technologies"] = len(set(technologies.get(i.id, [])) - {WHOLE})
            row |= {"regions": len(regions.get(i.id, [])), "segments": len(segments.get(i.id, []))}
            rows.append(row | spans.get(i.id, _NONE))
    return table(call, "indicators", INDICATORS, rows)


def _breaks(call: Call) -> Dataset:
    chosen, catalog = call.chosen, call.snapshot.catalog
    rows = []
    for source in catalog.sources:
        if not chosen.source or source.id in chosen.source:
            for b in catalog.breaks(source.id):
                if _concerns(b, call, source.id):
                    row: dict[str, Any] = {n: getattr(b, n) for n in ("date", "until", "effect", "what", "evidence")}
                    row |= {"indicators": b.indicators, "regions": b.regions}
                    rows.append({"source": source.id, **row})
    return table(call, "breaks", BREAKS, rows)


def _concerns(b: Break, call: Call, source: str) -> bool:
    chosen = call.chosen
    carried = {i.id for i in call.snapshot.catalog.source[source].indicators}
    indicators = set(chosen.indicator) & (set(b.indicators) or carried)
    if chosen.indicator and not indicators:
        return False
    if chosen.region and b.regions and not set(chosen.region) & set(b.regions):
        return False
    return not (chosen.start and (b.until or b.date) < chosen.start) and not (chosen.end and b.date > chosen.end)


def _by_figures(call: Call) -> bool:
    chosen = call.chosen
    return bool(chosen.indicator or chosen.source or chosen.region or chosen.segment)


def _held(call: Call) -> pd.DataFrame:
    """The series that pass the filter, one row each, with the span of their periods."""
    chosen, found = call.chosen, call.snapshot.summary
    wanted: Mapping[str, Sequence[str] | None] = {
        "source": chosen.source or None,
        "indicator": chosen.indicator or None,
        "technology": chosen.technologies(call.snapshot.catalog),
        "region": chosen.region or None,
        "segment": chosen.segment or None,
    }
    for column, ids in wanted.items():
        if ids is not None:
            found = found[found[column].isin(ids)]
    return found


def _spans(held: pd.DataFrame, by: str) -> dict[str, dict[str, Any]]:
    """Id -> first and last period and number of observations, of the ids that have some."""
    found = held.groupby(by, sort=False).agg({"first": "min", "last": "max", "rows": "sum"})
    return {
        str(each): {"first_period": first.date(), "last_period": last.date(), "observations": int(rows)}
        for each, first, last, rows in found.itertuples()
    }


def _together(held: pd.DataFrame, by: str, other: str) -> dict[str, list[str]]:
    """Id in the column `by` -> the ids of the column `other` beside it, in order."""
    found: dict[str, list[str]] = {}
    for one, another in held[[by, other]].drop_duplicates().sort_values([by, other]).itertuples(index=False):
        found.setdefault(str(one), []).append(str(another))
    return found


_FEW: Final = {"kind": get_args(Kind), "construct": get_args(Construct), "frequency": get_args(Frequency)}
COLLECTIONS: Final = (
    Collection(
        "technologies",
        "Technologies",
        "What is followed, with the sources and indicators that have figures of it. A filter by indicator, source, "
        "region or segment leaves those with figures there.",
        TECHNOLOGIES,
        (*FIGURES, AS_OF, VERSION),
        _technologies,
        frozenset({"id", "name", "kind", "use_cases", "sources", "indicators", "observations"}),
        key,
        {"kind": _FEW["kind"]},
    ),
    Collection(
        "use-cases",
        "Use cases",
        "The fields of application that technologies are filtered by.",
        USE_CASES,
        (USE_CASE, AS_OF, VERSION),
        _use_cases,
        frozenset(USE_CASES),
        key,
    ),
    Collection(
        "indicators",
        "Indicators",
        "What is measured: unit, bounds, what it means and what it does not. A filter by technology, region or "
        "segment leaves those with figures there.",
        INDICATORS,
        (*FIGURES, AS_OF, VERSION),
        _indicators,
        frozenset(INDICATORS) - {"most", "share_of", "first_period", "last_period"},
        key,
        {name: _FEW[name] for name in ("construct", "frequency")},
    ),
    Collection(
        "breaks",
        "Breaks",
        "Dated changes of method. `from` and `to` bound their dates.",
        BREAKS,
        (INDICATOR, SOURCE, REGION, FROM, TO),
        _breaks,
        frozenset(BREAKS) - {"until"},
        key,
        {"effect": ("severs", "disturbs")},
    ),
)
