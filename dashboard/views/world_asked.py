"""What is asked of the page World, with nothing left open: technology, indicator, period, figures everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Final, get_args

import pandas as pd

from dashboard.analysis import economies
from dashboard.data import Snapshot
from dashboard.selection import Selection
from dashboard.views import regions, world_words
from dashboard.views.words import period
from etl.catalog import Catalog, Indicator, Kind, Technology
from etl.schema import ALL_SEGMENTS, WHOLE, WORLD

_PLACES_KEPT: Final = 32
_KINDS: Final = get_args(Kind)


@dataclass(frozen=True)
class Places:
    """One technology in one indicator everywhere: `counts` and `shares` (of `per` people) are wide, regions across.

    `ranks` are those of economies, `bounds` those of the classes of colour in each period; `without` counts the
    economies that have a whole in a period, but no figure of the technology.
    """

    counts: pd.DataFrame
    wholes: pd.DataFrame
    shares: pd.DataFrame
    ranks: pd.DataFrame
    bounds: dict[pd.Timestamp, list[float]]
    without: pd.Series
    per: int

    @cached_property
    def periods(self) -> list[pd.Timestamp]:
        """The periods in which any economy has a share."""
        there = self.shares[[*self.ranks.columns]].notna().any(axis=1)
        return [pd.Timestamp(each) for each in self.shares.index[there]]


@dataclass(frozen=True)
class Asked:
    """A selection in which nothing is open: one technology, one indicator, one period, the region looked at."""

    catalog: Catalog
    selection: Selection
    technology: Technology
    indicator: Indicator
    places: Places
    period: pd.Timestamp

    @property
    def quarter(self) -> str:
        """The period in words."""
        return period(self.period, self.indicator.frequency)

    @property
    def without(self) -> int:
        """How many economies have a whole in the period, but no figure of the technology."""
        return int(self.places.without[self.period])

    @cached_property
    def shares(self) -> pd.Series:
        """The shares of economies in the period, highest first, ties by name."""
        found = at(self.places.shares[[*self.places.ranks.columns]], self.period)
        ordered = sorted(found.items(), key=lambda pair: (-pair[1], regions.name(pair[0])))
        return pd.Series(dict(ordered), dtype="float64")


def at(values: pd.DataFrame, when: pd.Timestamp) -> dict[str, float]:
    """Region -> its value in one period; those without one are left out."""
    if when not in values.index:
        return {}
    found = values.loc[when].to_numpy(dtype="float64")
    return {str(region): float(value) for region, value in zip(values.columns, found, strict=True) if value == value}  # noqa: PLR0124 - NaN


def _people(catalog: Catalog) -> list[Indicator]:
    """The indicators that count people per technology, and have a whole in each economy."""
    return [
        i for i in catalog.indicator.values() if i.construct == "people" and i.names and i.whole in catalog.indicator
    ]


@lru_cache(maxsize=4)
def carried_by(snapshot: Snapshot) -> dict[str, dict[str, int]]:
    """Technology -> indicator -> in how many economies it has figures."""
    wanted = [i.id for i in _people(snapshot.catalog)]
    rows = snapshot.summary
    rows = rows[
        rows["indicator"].isin(wanted) & ~rows["region"].isin(economies.AGGREGATES) & (rows["technology"] != WHOLE)
    ]
    found: dict[str, dict[str, int]] = {}
    for (technology, indicator), there in rows.groupby(["technology", "indicator"])["region"]:
        found.setdefault(str(technology), {})[str(indicator)] = there.nunique()
    return found


@lru_cache(maxsize=_PLACES_KEPT)
def _places(snapshot: Snapshot, indicator: Indicator, technology: str) -> Places:
    frequency = indicator.frequency
    counts = economies.by_region(snapshot.everywhere(indicator.id, technology), frequency)
    wholes = economies.by_region(snapshot.everywhere(str(indicator.whole), WHOLE), frequency)
    percents = economies.shares(counts, wholes)
    per = economies.per(percents)
    shares = percents * (per / 100)
    ranks = economies.places(shares, economies.AGGREGATES)
    ours = shares[[*ranks.columns]]
    bounds = {pd.Timestamp(when): economies.classes(ours.loc[when]) for when in ours.index}
    everybody = wholes[[region for region in wholes if region not in economies.AGGREGATES]].reindex(index=shares.index)
    without = (everybody.notna() & shares.reindex(columns=everybody.columns).isna()).sum(axis=1)
    return Places(counts, wholes, shares, ranks, bounds, without, per)


def resolved(
    snapshot: Snapshot, selection: Selection, offered: Sequence[Technology], carried: Mapping[str, Mapping[str, int]]
) -> tuple[Asked | None, str]:
    """What is shown, and a sentence where that is not what was asked for.

    The technology is the first of those named that has figures, else the first of the filter in the
    catalogue, languages before the rest; the indicator the one asked for, else that which carries most economies.
    """
    catalog = snapshot.catalog
    if not carried:
        names = ", ".join(dict.fromkeys(f"`stacktide refresh {catalog.source_of[i.id].id}`" for i in _people(catalog)))
        return None, f"This store holds no figures of people by economy yet: run {names}."
    named = [t for t in selection.technology if t in carried]
    without = [catalog.technology[t].name for t in selection.technology if t not in carried and t != WHOLE]
    if not named and not offered:
        words = world_words.filtered(catalog, selection)
        return None, f"No technology of {words} has figures by economy: choose another use case, or a technology."
    technology = catalog.technology[named[0]] if named else min(offered, key=lambda t: _KINDS.index(t.kind))
    said = world_words.without(without, technology.name) if without and not named else ""
    there = carried[technology.id]
    widest = max(there, key=lambda i: there[i])
    indicator = catalog.indicator[asked_for if (asked_for := selection.indicator) and asked_for in there else widest]
    if selection.indicator and selection.indicator != indicator.id:
        other = catalog.indicator[selection.indicator].title
        said = f"{other} has no figures of {technology.name} by economy: {indicator.title} is shown. {said}".strip()
    places = _places(snapshot, indicator, technology.id)
    periods = places.periods
    if not periods:
        return None, f"{technology.name} has figures, but no economy has a whole to take a share of."
    chosen = [each for each in periods if selection.end is None or each.date() <= selection.end]
    if not chosen:
        said = f"The figures begin with {period(periods[0], indicator.frequency)}, which is shown. {said}".strip()
    when = chosen[-1] if chosen else periods[0]
    region = selection.region
    if region not in places.shares:
        said = f"{regions.name(region)} has no figure of {technology.name} in any period. {said}".strip()
        region = WORLD
    kept = replace(
        selection,
        technology=selection.technology if named else (),
        indicator=indicator.id if indicator.id != widest else None,
        segment=ALL_SEGMENTS,
        region=region,
        start=None,
        end=None if when == periods[-1] else when.date(),
        value=None,
        base=None,
        scale="linear",
        smooth=0,
        tab="chart",
        preset=None,
    )
    return Asked(catalog, kept, technology, indicator, places, when), said
