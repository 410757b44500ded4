"""What Compare stands on: the indicators that speak of the chosen technologies, and the place that each gives them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard.analysis.basis import LANGUAGES_ALONE, LISTS_OF_LANGUAGES, ORDER, SENTIMENT
from dashboard.analysis.carriers import carriers
from dashboard.analysis.conflict import PAIR_COLUMNS, Conflict, conflict
from dashboard.analysis.evidence import Reading
from dashboard.analysis.figures import Figures
from dashboard.analysis.rungs import is_published, standing_table
from dashboard.analysis.wilson import FEWEST_ASKED
from dashboard.data import Snapshot
from dashboard.views import readings
from dashboard.views.kept import once
from etl.catalog import Catalog, Construct, Indicator, Technology

CONSTRUCTS: Final[tuple[Construct, ...]] = (*ORDER, "learning interest")
REGISTRIES: Final = 3
"""Installs are shown for at most so many registries, each alone."""
_SOURCES_PER_CONSTRUCT: Final = 2
_CHOICES_KEPT: Final = 64
"""Sets of comparables: a technology from outside the use case makes one of its own."""
_STANDINGS_KEPT: Final = 640
OLD_YEARS: Final = 6
"""Figures so much older than the newest of the store tell of another time."""
_OF_ANY_KIND: Final = frozenset({"stackoverflow", "hiring", "wikipedia"})
"""Schemes in which languages and what is built with them are counted alike."""
_OF_LANGUAGES: Final = _OF_ANY_KIND | LISTS_OF_LANGUAGES
"""A package, a label or the compiler's repository says nothing of the use of a language."""


@dataclass(frozen=True)
class Standing:
    """What one indicator says in its newest period: `table` as of `rungs.standing_table`, over the comparables."""

    indicator: Indicator
    read: Reading
    table: pd.DataFrame
    period: pd.Timestamp

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The table by technology."""
        return self.table.set_index("technology")

    @cached_property
    def records(self) -> dict[str, dict[Any, Any]]:
        """Technology -> its row, as plain values: quicker to look up one by one."""
        return {str(row["technology"]): row for row in self.table.to_dict("records")}

    def tells(self, technology: str) -> bool:
        """Whether it has a figure of a technology that is shown: not one of fewer than 10 asked."""
        return technology in self.records and not self.records[technology]["small"]

    @property
    def of(self) -> int:
        """How many have a figure."""
        return len(self.table)

    @property
    def published(self) -> bool:
        """Whether the percents shown are the source's own, and not shares among those that are compared."""
        return is_published(self.indicator, self.table)

    @property
    def percent_of(self) -> str:
        """What the percents shown are of, in words."""
        indicator = self.indicator
        if self.published:
            return indicator.unit if indicator.is_share else indicator.whole_title or indicator.unit
        counted = indicator.unit.removeprefix("percent of ").removeprefix("the ")
        return f"percent of the {counted} counted for the {self.of} technologies that are compared"

    def percents(self, technologies: Sequence[str]) -> pd.Series:
        """The percents shown, of those that have a figure."""
        name = "share" if self.published else "share_within"
        return self.rows[name].reindex([t for t in technologies if t in self.rows.index])


@dataclass(frozen=True)
class Comparison:
    """`standings` place at least one of the chosen among others, best carrying indicator first; `alone` hold figures of
    one technology and nothing to compare it with; `conflict` looks at further sources, too.
    """

    chosen: tuple[str, ...]
    comparables: tuple[str, ...]
    standings: tuple[Standing, ...]
    alone: tuple[str, ...]
    conflict: Conflict

    def shared(self) -> tuple[Standing, ...]:
        """The standings that place at least two of the chosen."""
        return tuple(s for s in self.standings if sum(s.tells(t) for t in self.chosen) > 1)


def comparables(catalog: Catalog, chosen: Sequence[str], use_case: str | None) -> tuple[str, ...]:
    """All of the kinds of the chosen, in the use case where there is one; the chosen are always among them."""
    kinds = {catalog.technology[t].kind for t in chosen}
    found = [t.id for t in catalog.technologies if t.kind in kinds and (use_case is None or use_case in t.use_cases)]
    return (*found, *sorted(set(chosen) - set(found)))


def comparison(snapshot: Snapshot, chosen: Sequence[str], use_case: str | None) -> Comparison:
    """Everything that the store holds on at least two technologies, beside what they are compared with."""
    catalog = snapshot.catalog
    among = comparables(catalog, chosen, use_case)
    table = _speaking(snapshot, chosen)
    first = _first(table, catalog)
    standings, alone = [], []
    for name in first:
        found = _standing(snapshot, name, among)
        if found is not None and found.of > 1 and set(found.rows.index) & set(chosen):
            standings.append(found)
        else:
            alone.append(name)
    several = table[(table["carried"] > 1) & (table["behind"] <= OLD_YEARS)]
    several = several.drop_duplicates(["construct", "source"])
    names = list(several.groupby("construct", sort=False).head(_SOURCES_PER_CONSTRUCT)["indicator"])
    read = [readings.read(snapshot, name).now for name in dict.fromkeys([*(s.indicator.id for s in standings), *names])]
    disagreement = _conflict(snapshot, read, chosen, among)
    return Comparison(tuple(chosen), among, tuple(standings), tuple(alone), disagreement)


def _conflict(snapshot: Snapshot, read: Sequence[Figures], chosen: Sequence[str], among: tuple[str, ...]) -> Conflict:
    """The conflict of the chosen; how two sources agree on `among` does not depend on who is chosen, and is kept."""
    kept: dict[tuple[str, str], dict[Any, Any] | None] = once(snapshot, ("agreement", among), dict, _CHOICES_KEPT)
    pairs = [(a.indicator.id, b.indicator.id) for a, b in combinations(read, 2)]
    missing = [pair for pair in pairs if pair not in kept]
    if missing:
        new = {name for pair in missing for name in pair}
        made = conflict([f for f in read if f.indicator.id in new], (), among).pairs
        found = {(row["first"], row["second"]): row for row in made.to_dict("records")}
        # others read `kept` meanwhile; of one technology or none there is nothing to say
        kept.update(dict.fromkeys(missing) | found)
    alone = [conflict([f], _asked_enough(f, chosen, among), among) for f in read]
    ranks = [each.ranks for each in alone if len(each.ranks)]
    return Conflict(
        ranks=pd.concat(ranks, ignore_index=True) if ranks else conflict([], chosen, among).ranks,
        pairs=pd.DataFrame([row for pair in pairs if (row := kept[pair])], columns=list(PAIR_COLUMNS)),
        silent=tuple(name for each in alone for name in each.silent),
    )


def _asked_enough(f: Figures, chosen: Sequence[str], among: tuple[str, ...]) -> list[str]:
    """The chosen without those of whom fewer than 10 were asked."""
    period = f.newest(among)
    if period is None:
        return list(chosen)
    asked = f.samples.loc[period]
    return [t for t in chosen if not asked.get(t, np.nan) < FEWEST_ASKED]


def allowed(catalog: Catalog, chosen: Sequence[Technology]) -> Callable[[Indicator], bool]:
    """Which indicators may speak of technologies of these kinds at once."""
    kinds = {t.kind for t in chosen}
    if kinds == {"language"}:
        return lambda indicator: indicator.names in _OF_LANGUAGES
    if "language" in kinds:
        return lambda indicator: indicator.names in _OF_ANY_KIND
    if kinds & {"framework", "library"}:
        return lambda indicator: indicator.names not in LISTS_OF_LANGUAGES
    return lambda indicator: indicator.names != LANGUAGES_ALONE


def _speaking(snapshot: Snapshot, chosen: Sequence[str]) -> pd.DataFrame:
    """The carriers of the chosen that may be compared, in the order of `CONSTRUCTS`, those of several first."""
    catalog = snapshot.catalog
    table = carriers(snapshot.summary, catalog, chosen)
    may = allowed(catalog, [catalog.technology[t] for t in chosen])
    kept = [c in CONSTRUCTS and i not in SENTIMENT and may(catalog.indicator[i]) for c, i in _pairs(table)]
    table = table[pd.Series(kept, index=table.index, dtype="bool")]
    order = table["construct"].map({c: p for p, c in enumerate(CONSTRUCTS)})
    table = table.assign(_order=order, _one=table["carried"] < 2, registry=_registries(table, catalog))
    return table.sort_values(["_order", "_one"], kind="stable", ignore_index=True)


def _pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(table["construct"], table["indicator"], strict=True))


def _registries(table: pd.DataFrame, catalog: Catalog) -> list[str]:
    return [catalog.indicator[i].names or "" if c == "installs" else "" for c, i in _pairs(table)]


def _first(table: pd.DataFrame, catalog: Catalog) -> list[str]:
    """The best indicator of each construct; of installs that of each registry."""
    best = table.drop_duplicates(["construct", "registry"])
    found = [i for c, i in _pairs(best) if c != "installs"]
    installs = [i for c, i in _pairs(best) if c == "installs"][:REGISTRIES]
    place = {c: p for p, c in enumerate(CONSTRUCTS)}
    return sorted([*found, *installs], key=lambda i: place[catalog.indicator[i].construct])


def _standing(snapshot: Snapshot, indicator: str, among: tuple[str, ...]) -> Standing | None:
    """The standing of one indicator; kept, since slopes with intervals cost most."""
    key = ("standing", indicator, among)
    return once(snapshot, key, lambda: _made(snapshot, indicator, among), _STANDINGS_KEPT)


def _made(snapshot: Snapshot, indicator: str, among: tuple[str, ...]) -> Standing | None:
    read = readings.read(snapshot, indicator)
    period = read.now.newest(among)
    if period is None:
        return None
    table = standing_table(read.now, read.figures, among, snapshot.catalog)
    return Standing(snapshot.catalog.indicator[indicator], read, table, period)
