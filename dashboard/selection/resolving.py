"""Fills what a selection leaves open: the indicator, the technologies, the way of showing values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from dashboard.data import Snapshot
from dashboard.selection.url import ChartView, Selection, Value, decides_value, default_value, shows_share
from etl.catalog import Catalog, Indicator, Source, Technology
from etl.errors import StoreError
from etl.schema import ALL_SEGMENTS, WHOLE

TOP: Final = 10
"""How many technologies are shown when none are named."""
_NEVER_FIRST: Final = ("benchmark speed", "health")  # they say nothing of who uses what

_FIRST_INDICATOR: Final = "pypl_languages"  # the newest figures and the longest history: a good first sight


@dataclass(frozen=True)
class Resolved:
    """A selection in which nothing is open.

    `technologies` have figures and are shown (in the order in which they were named, or from the highest down);
    `without_figures` were named and have none; `outside` were named and do not pass the filter by use case and kind.
    `comparison` is the set that ranks are taken in: all catalogued technologies that pass the filter and have figures.
    """

    asked: Selection
    indicator: Indicator
    source: Source
    technologies: tuple[str, ...]
    without_figures: tuple[str, ...]
    outside: tuple[str, ...]
    comparison: tuple[str, ...]
    value: Value
    economy_wide: bool
    """Whether the indicator has figures of the whole only."""
    view: ChartView = "lines"
    """How values are drawn; that of the selection where the indicator allows it (see `views.drawn`)."""
    of_shown: bool = False
    """Whether shares are of the sum over the technologies shown, for want of a whole that they are parts of."""

    @property
    def in_points(self) -> bool:
        """Whether a change is told in points: of what is a percentage or a percentile already."""
        return self.indicator.is_share or self.indicator.unit == "percentile"

    @property
    def log(self) -> bool:
        """Whether the scale is logarithmic: asked for, and fit for what is shown."""
        scaled = self.value not in ("rank", "year-on-year") and self.view != "area"
        return self.asked.scale == "log" and scaled


def passing(catalog: Catalog, selection: Selection) -> list[Technology]:
    """The technologies of the selection's use case and kind, in the order of the catalogue."""
    return [
        t
        for t in catalog.technologies
        if (selection.use_case is None or selection.use_case in t.use_cases)
        and (selection.kind is None or selection.kind == t.kind)
    ]


def resolve(selection: Selection, snapshot: Snapshot) -> Resolved:
    """Fill the defaults of `selection` from the newest figures.

    Raises StoreError when the store holds no figure of any catalogued indicator.
    """
    catalog = snapshot.catalog
    in_filter = [t.id for t in passing(catalog, selection)]
    filtered = selection.use_case is not None or selection.kind is not None
    indicator = catalog.indicator[selection.indicator or _default_indicator(snapshot, in_filter, filtered)]
    value = None if decides_value(selection.view) else selection.value
    selection = replace(selection, segment=_segment(snapshot, indicator, selection), value=value)
    carried = snapshot.technologies(indicator.id, selection.region, selection.segment)
    economy_wide = indicator.names is None
    comparison = tuple(t for t in in_filter if t in carried)
    named = [t for t in selection.technology if t != WHOLE or economy_wide]
    outside = tuple(t for t in named if t != WHOLE and t not in set(in_filter))
    inside = [t for t in named if t not in outside]
    if economy_wide:
        shown: Sequence[str] = [WHOLE] if WHOLE in carried and not filtered else []
        inside = [t for t in inside if t != WHOLE]
    elif named:
        shown = [t for t in inside if t in carried]
    else:
        rows = snapshot.frame(indicator.id, selection.region, selection.segment)
        shown = best(rows, comparison, TOP, lowest=indicator.is_rank)
    return Resolved(
        asked=selection,
        indicator=indicator,
        source=catalog.source_of[indicator.id],
        technologies=tuple(shown),
        without_figures=tuple(t for t in inside if t not in carried),
        outside=outside,
        comparison=comparison,
        value=_value(selection.value, indicator, economy_wide),
        economy_wide=economy_wide,
    )


def _segment(snapshot: Snapshot, indicator: Indicator, selection: Selection) -> str:
    """The segment asked for; the first one where there are only parts of the whole (hours, roles)."""
    there = sorted(s for region, s in snapshot.places(indicator.id) if region == selection.region)
    return there[0] if there and selection.segment == ALL_SEGMENTS and ALL_SEGMENTS not in there else selection.segment


def best(rows: pd.DataFrame, technologies: Sequence[str], number: int, lowest: bool = False) -> list[str]:
    """The `number` technologies with the highest (or lowest) values in the newest complete period, best first.

    Ties stand in the order of their ids.
    """
    ours = rows[rows["technology"].isin(technologies) & (rows["status"] != "partial")]
    newest = ours[ours["period_start"] == ours["period_start"].max()]
    plain = newest.assign(technology=newest["technology"].astype("str"))
    return list(plain.sort_values(["value", "technology"], ascending=[lowest, True])["technology"].head(number))


def carriers(snapshot: Snapshot, technologies: Sequence[str]) -> dict[str, int]:
    """Indicator -> how many of the technologies it carries somewhere, most first; those with none are left out."""
    wanted = frozenset(technologies)
    counts = {
        indicator: len(frozenset().union(*snapshot.places(indicator).values()) & wanted)
        for indicator in snapshot.indicators()
    }
    return {indicator: n for indicator, n in sorted(counts.items(), key=lambda item: -item[1]) if n}


def _default_indicator(snapshot: Snapshot, in_filter: Sequence[str], filtered: bool) -> str:
    """The one that carries most of the technologies; without a filter the one for a first sight, where it is there.

    What is no longer published, measured now and then, or speaks of speed comes first only for want of another.
    """
    found = snapshot.indicators()
    if not found:
        raise StoreError("The store holds no figures yet: run `stacktide refresh`.")
    first = _FIRST_INDICATOR if _FIRST_INDICATOR in found else found[0]
    if not filtered and first == _FIRST_INDICATOR:
        return first
    carrying = list(carriers(snapshot, in_filter))
    return next((i for i in carrying if _tells_of_now(snapshot, i)), next(iter(carrying), first))


def _tells_of_now(snapshot: Snapshot, indicator: str) -> bool:
    """Whether an indicator may speak first: of use or interest, measured regularly, and still published."""
    entry, source = snapshot.catalog.indicator[indicator], snapshot.catalog.source_of[indicator]
    return entry.construct not in _NEVER_FIRST and not entry.sparse and source.cadence != "ended"


def _value(asked: Value | None, indicator: Indicator, economy_wide: bool) -> Value:
    """The nearest way of showing values that the indicator has."""
    if indicator.is_rank:
        return "rank"
    if asked == "share" and not shows_share(indicator):
        return "absolute"
    if asked == "absolute" and indicator.is_share:
        return "share"  # the same figures under their right name
    if asked == "rank" and economy_wide:
        return default_value(indicator)
    return asked or default_value(indicator)
