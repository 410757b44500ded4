"""Who leads a use case now: the three leading languages and technologies, each by the best evidence that compares them.

The same rules as on the ladder of the use case (`analysis.ladder`), without slopes: people first. Installs come last,
since one registry speaks of its own users alone, and after them what is older than three years; no indicator that
carries fewer than three leads where another carries more, and none leads on a handful of posts or people.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from dashboard.analysis.basis import of_frameworks, of_languages
from dashboard.analysis.cases import cases, enough
from dashboard.analysis.evidence import Reading
from dashboard.analysis.ladder import KINDS, by_language, compares_languages
from dashboard.analysis.rungs import language_shares
from dashboard.analysis.share import within
from dashboard.data import Snapshot
from dashboard.views import readings
from dashboard.views.kept import once
from dashboard.views.words import period
from etl.catalog import Kind, UseCase

MOST: Final = 3
OLD_YEARS: Final = 3
"""Figures that are so much older than the newest of the store speak only where no others do, and in the past."""


_ENOUGH: Final = 5


@dataclass(frozen=True)
class Leading:
    """Up to three ids with their percent, best first; the percent is None where they are all that is told of.

    `counted` says what is counted, `carried` how many of the `among` that could lead have a figure.
    """

    entries: tuple[tuple[str, float | None], ...]
    kinds: tuple[Kind, ...]
    construct: str
    indicator: str
    source: str
    when: pd.Timestamp
    period: str
    counted: str
    carried: int
    among: int
    places: tuple[int, int] = (1, 1)
    """The best and the worst place that the first may have, where people count for several languages."""
    old: bool = False
    """Whether the figures tell of another time."""

    @property
    def shared(self) -> bool:
        """Whether percents are told, of what is counted for those with figures."""
        return any(share is not None for _, share in self.entries)


@dataclass(frozen=True)
class Leaders:
    """Of one use case; None where no indicator compares two."""

    languages: Leading | None
    technologies: Leading | None


def leaders(snapshot: Snapshot, use_case: UseCase) -> Leaders:
    """The leading languages and technologies of a use case worldwide."""
    return once(snapshot, ("leaders", use_case.id), lambda: _leaders(snapshot, use_case))


def compared(snapshot: Snapshot, use_case: UseCase) -> tuple[tuple[Kind, ...], list[str]]:
    """The kinds that are compared in a use case, and its technologies of these: what code is written with.

    Where it has fewer than five frameworks and libraries, and they are less than half, its tools, platforms and
    databases are compared with them.
    """
    ours = [t for t in snapshot.catalog.technologies if use_case.id in t.use_cases and t.kind != "language"]
    code = [t.id for t in ours if t.kind in KINDS]
    if len(code) >= _ENOUGH or 2 * len(code) >= len(ours) > 0:
        return KINDS, code
    return tuple(dict.fromkeys(t.kind for t in ours)), [t.id for t in ours]


def _leaders(snapshot: Snapshot, use_case: UseCase) -> Leaders:
    catalog = snapshot.catalog
    ours = [t for t in catalog.technologies if use_case.id in t.use_cases]
    groups = by_language(ours, catalog)
    code = [t for members in groups.values() for t in members]
    kinds, members = compared(snapshot, use_case)
    technologies = _technologies(_readings(snapshot, members), members, kinds, use_case)
    tagged = [t.id for t in ours if t.kind == "language"]
    languages = _languages(_readings(snapshot, code), groups) or _at_large(snapshot, tagged)
    return Leaders(_dated(snapshot, languages), _dated(snapshot, technologies))


def _dated(snapshot: Snapshot, found: Leading | None) -> Leading | None:
    return found and replace(found, old=found.when < _old_before(snapshot))


def _old_before(snapshot: Snapshot) -> pd.Timestamp:
    return pd.Timestamp(snapshot.summary["last"].max()) - pd.DateOffset(years=OLD_YEARS)


def _readings(snapshot: Snapshot, technologies: Sequence[str]) -> list[Reading]:
    found = [readings.read(snapshot, i) for i in of_frameworks(snapshot.summary, snapshot.catalog, technologies)]
    since = _old_before(snapshot)

    def behind(r: Reading) -> tuple[bool, bool]:
        when = r.now.newest(technologies)
        return when is None or when < since, r.figures.indicator.construct == "installs"

    return sorted(found, key=behind)


def _technologies(
    chosen: Sequence[Reading], members: Sequence[str], kinds: tuple[Kind, ...], use_case: UseCase
) -> Leading | None:
    found = [(r, enough(r.now, cases(r.now, members))) for r in chosen]
    fewest = min(MOST, max((int(told.sum()) for _, told in found), default=0))
    for r, told in found:
        shares = within(r.now.values, members, r.figures.indicator, use_case.title)
        when = r.now.newest(members)
        if told.sum() < max(fewest, 2) or shares is None or when is None:
            continue
        best = pd.Series(shares.values.loc[when, list(told.index[told])], name="share")
        return _leading(r, best.rename_axis("id").reset_index(), kinds, members)
    return None


def _languages(chosen: Sequence[Reading], groups: dict[str, list[str]]) -> Leading | None:
    members = [t for found in groups.values() for t in found]
    for r in chosen:
        indicator = r.figures.indicator
        if indicator.construct == "installs":
            continue
        table = language_shares(r.now, groups)
        behind = cases(r.now, members)
        number = [behind.reindex(groups[language]).sum(min_count=1) for language in table["language"]]
        told = enough(r.now, pd.Series(number, index=table.index, dtype="float64"))
        if compares_languages(table, groups) is None and told.sum() > 1:
            table = table[told]
            found = _leading(r, table.rename(columns={"language": "id"}), ("language",), members)
            return replace(found, places=(int(table["place_best"].iloc[0]), int(table["place_worst"].iloc[0])))
    return None


def _at_large(snapshot: Snapshot, tagged: Sequence[str]) -> Leading | None:
    """The languages that the catalogue counts to the use case, with all that they are used for: places alone."""
    for indicator in of_languages(snapshot.summary, snapshot.catalog, tagged):
        r = readings.read(snapshot, indicator)
        latest = r.now.latest(tagged)
        if len(latest) >= 2:
            order = latest.sort_values(ascending=r.figures.indicator.is_rank, kind="stable")
            table = pd.DataFrame({"id": order.index, "share": [None] * len(order)})
            return _leading(r, table, ("language",), tagged, ordered=True)
    return None


def _leading(
    r: Reading, table: pd.DataFrame, kinds: tuple[Kind, ...], members: Sequence[str], ordered: bool = False
) -> Leading:
    if not ordered:
        table = table.sort_values(["share", "id"], ascending=[False, True])
    when = r.now.newest(members)
    assert when is not None
    told = period(when, r.figures.indicator.frequency)
    pairs = zip(table["id"].head(MOST), table["share"].head(MOST), strict=True)
    return Leading(
        entries=tuple((str(i), None if s is None else float(s)) for i, s in pairs),
        kinds=kinds,
        construct=r.figures.indicator.construct,
        indicator=r.figures.indicator.id,
        source=r.figures.source.title,
        when=when,
        period=told if r.together == 1 else f"{r.together} months to {told}",
        counted=r.figures.indicator.unit.removeprefix("percent of ").removeprefix("the "),
        carried=len(r.now.latest(members)),
        among=len(members),
    )
