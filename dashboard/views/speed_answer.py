"""What stands behind the page Speed: one benchmark and one indicator of use, for the technologies that have both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from dashboard.analysis.benchmark import newest_round
from dashboard.analysis.carriers import carriers
from dashboard.data import Snapshot
from dashboard.selection.resolving import passing
from dashboard.views import asking, readings
from etl.catalog import Indicator
from etl.schema import ALL_SEGMENTS, WORLD

CONSTRUCT: Final = "benchmark speed"
USE: Final = ("people", "installs", "code activity")
"""What counts as use, best first: people are counted across registries."""
FEWEST: Final = 3
"""Technologies with both figures that make a comparison."""
_PERCENTILE: Final = "percentile"


@dataclass(frozen=True)
class Answered:
    """`points` has columns percentile, variants, behind, round and use by technology, most used first; `field` has the
    same of all with both figures, chosen or not: what the chosen ones are judged against.
    """

    asked: asking.Asked
    speed: Indicator
    test: str
    use: Indicator | None
    points: pd.DataFrame
    field: pd.DataFrame
    measured: tuple[str, ...]
    when: pd.Timestamp | None

    @property
    def names(self) -> Mapping[str, str]:
        """Technology -> its name."""
        return asking.named(self.asked, self.measured)

    @property
    def median(self) -> float | None:
        """What splits those used more from those used less, of all with both figures; None where these are too few."""
        return float(self.field["use"].median()) if len(self.field) >= FEWEST else None

    @property
    def is_share(self) -> bool:
        """Whether use is told in percent of a whole; people are counted."""
        return self.use is not None and _as_share(self.use)

    @property
    def whole(self) -> str:
        """The unit in which use is told."""
        if self.use is None:
            return ""
        return self.use.whole_title if self.is_share and self.use.whole_title else self.use.unit


def percentiles(snapshot: Snapshot) -> dict[str, Indicator]:
    """The indicators that tell a place among all variants of a round, by id."""
    every = snapshot.catalog.indicator
    found = [
        every[i] for i in snapshot.indicators() if every[i].construct == CONSTRUCT and every[i].unit == _PERCENTILE
    ]
    return {i.id: i for i in found}


def tests(snapshot: Snapshot, speed: str) -> list[str]:
    """The tests of a benchmark: all together first, then by their number."""
    found = {segment for region, segment in snapshot.places(speed) if region == WORLD}
    return sorted(found, key=lambda s: (s != ALL_SEGMENTS, len(s), s))


def _measured(asked: asking.Asked, speed: str, test: str) -> tuple[list[str], list[str]]:
    """The technologies of the filter (or those named) that the benchmark has, in the order of the catalogue; and the
    same with all others of the filter.
    """
    catalog = asked.snapshot.catalog
    there = asked.snapshot.technologies(speed, WORLD, test)
    named = there & set(asked.selection.technology)
    inside = [t.id for t in passing(catalog, replace(asked.selection, technology=())) if t.id in there]
    every = [t.id for t in catalog.technologies if t.id in named.union(inside)]
    return [t for t in every if t in named] if asked.selection.technology else inside, every


def answer_of(asked: asking.Asked, speed: Indicator, test: str) -> tuple[Answered, list[dict[str, Any]], str]:
    """The figures, the indicators of use that can be chosen, and what is wrong with the one asked for."""
    snapshot = asked.snapshot
    measured, every_measured = _measured(asked, speed.id, test)
    table = carriers(snapshot.summary, snapshot.catalog, measured)
    table = table[table["construct"].isin(USE) & (table["carried"] >= min(FEWEST, len(measured)))]
    table = table.assign(order=table["construct"].map(USE.index)).sort_values(
        ["order", "weight"], ascending=[True, False]
    )
    ids = [str(i) for i in table["indicator"]]
    carried = dict(zip(ids, table["carried"], strict=True))
    every = snapshot.catalog.indicator
    offered = [
        {"value": i, "label": f"{every[i].title} ({carried[i]} of {len(measured)})", "group": every[i].construct}
        for i in ids
    ]
    chosen, problem = asked.selection.indicator, ""
    if chosen and chosen not in ids:
        problem = f"{every[chosen].title} does not tell the use of enough of these technologies: another is shown."
        chosen = None
    use = every[chosen or ids[0]] if ids else None
    field, when = _field(snapshot, speed, test, use, measured, every_measured)
    points = field[field.index.isin(measured)]
    return Answered(asked, speed, test, use, points, field, tuple(measured), when), offered, problem


def _field(
    snapshot: Snapshot,
    speed: Indicator,
    test: str,
    use: Indicator | None,
    measured: Sequence[str],
    every: Sequence[str],
) -> tuple[pd.DataFrame, pd.Timestamp | None]:
    """All of `every` with both figures, and the period of their use: the newest that one of `measured` has."""
    rows = snapshot.frame(speed.id, WORLD, test)
    rows = rows[rows["status"].astype("str") != "partial"]
    rounds = newest_round(rows, list(every)).set_index("technology")
    found = rounds.rename(columns={"period_start": "round"})[["percentile", "variants", "behind", "round"]]
    if use is None:
        return found.assign(use=float("nan")).iloc[:0], None
    f = readings.read(snapshot, use.id).figures
    values = f.shares if _as_share(use) and f.shares is not None else f.values
    when = f.newest(list(measured))
    if when is None:
        return found.assign(use=float("nan")).iloc[:0], None
    points = found.assign(use=pd.Series(values.loc[when]).reindex(found.index)).dropna(subset=["use", "percentile"])
    return points.sort_values("use", ascending=False, kind="stable"), when


def _as_share(use: Indicator) -> bool:
    """Counts of people can be compared as they are; all else is told in percent where there is a whole."""
    return use.is_share or (use.whole is not None and use.construct != "people")
