"""Ready comparisons: the leading technologies of each use case, by the best evidence that there is of people."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from dashboard.analysis.basis import ORDER, SENTIMENT
from dashboard.data import Snapshot
from dashboard.selection import Selection, to_query
from dashboard.selection.resolving import best, carriers
from dashboard.views.compare_evidence import OLD_YEARS, allowed
from dashboard.views.kept import once
from dashboard.views.words import listed, period
from etl.catalog import Construct, Kind

Preset = dict[str, Any]

_LEADING: Final = 4
_FEWEST: Final = 3
_KINDS: Final[tuple[tuple[Kind, ...], ...]] = (
    ("framework",),
    ("library",),
    ("database",),
    ("tool",),
    ("platform",),
    ("language",),
)
_CONSTRUCTS: Final[tuple[Construct, ...]] = (
    *(c for c in ORDER if c != "installs"),  # counts of one registry leave the others out
    "learning interest",
    "installs",
)


def presets(snapshot: Snapshot) -> tuple[Preset, ...]:
    """One comparison per use case that has three comparable technologies with figures, and one of languages.

    Each is {title, text, remark, query, use_case, technologies}.
    """
    return once(snapshot, ("comparisons",), lambda: _presets(snapshot))


def _presets(snapshot: Snapshot) -> tuple[Preset, ...]:
    catalog = snapshot.catalog
    languages = [t.id for t in catalog.technologies if t.kind == "language"]
    found = [_preset(snapshot, "Languages", languages, None)]
    for use_case in catalog.use_cases:
        ours = [t for t in catalog.technologies if use_case.id in t.use_cases]
        groups = [[t.id for t in ours if t.kind in kinds] for kinds in _KINDS]
        made = (_preset(snapshot, use_case.title, group, use_case.id) for group in groups if len(group) >= _FEWEST)
        found.append(next((each for each in made if each is not None), None))
    return tuple(each for each in found if each is not None)


def rivals(snapshot: Snapshot, technology: str) -> list[Preset]:
    """Comparisons of one technology with the leading ones of its kind, one per use case that it has."""
    catalog = snapshot.catalog
    one = catalog.technology[technology]
    found = []
    anywhere: list[str | None] = [None]
    for use_case in [*one.use_cases] or anywhere:
        others = [
            t.id
            for t in catalog.technologies
            if t.kind == one.kind and t.id != technology and (use_case is None or use_case in t.use_cases)
        ]
        title = catalog.use_case[use_case].title if use_case else f"Any {one.kind}"
        made = _preset(snapshot, title, others, use_case, first=technology)
        if made is not None:
            found.append(made)
    return found


def _preset(
    snapshot: Snapshot, title: str, members: Sequence[str], use_case: str | None, first: str = ""
) -> Preset | None:
    """The leading `members`, beside `first` where one is named; None where too few have figures."""
    catalog = snapshot.catalog
    may = allowed(catalog, [catalog.technology[t] for t in members])
    count = _LEADING - 1 if first else _LEADING
    least = 1 if first else _FEWEST
    carrying = {i: n for i, n in carriers(snapshot, members).items() if n >= least and may(catalog.indicator[i])}
    oldest = snapshot.summary["last"].max() - pd.DateOffset(years=OLD_YEARS)
    for construct in _CONSTRUCTS:
        for name in carrying:
            indicator = catalog.indicator[name]
            if indicator.construct != construct or name in SENTIMENT or indicator.is_rank:
                continue
            rows = snapshot.frame(name)
            chosen = best(rows, members, count)
            ours = rows[rows["technology"].isin(chosen) & (rows["status"] != "partial")]
            if len(chosen) >= least and ours["period_start"].max() >= oldest:
                when = period(ours["period_start"].max(), indicator.frequency)
                technologies = ([first] if first else []) + chosen
                names = listed(catalog.technology[t].name for t in technologies)
                query = to_query(Selection(use_case=use_case, technology=tuple(technologies)), catalog)
                remark = f"{'with the' if first else 'the'} first by: {indicator.title}, {when}"
                return {
                    "title": title,
                    "text": names,
                    "remark": remark[:1].upper() + remark[1:],
                    "query": query,
                    "use_case": use_case,
                    "technologies": technologies,
                }
    return None
