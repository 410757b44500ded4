"""Releases in the span of a chart: dated, cited facts of the catalogue, as marks on the time axis."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from dashboard.analysis.wide import ends
from dashboard.views.words import listed
from etl.catalog import Catalog

_MIDDLE: Final = {4: "-07-01", 7: "-15", 10: ""}
"""Length of a date as it is known (year, month, day) -> what makes it the middle of that time."""
_MOST: Final = 12
"""Marks of major releases that one time axis carries on a telephone without becoming a band."""
_MOST_IN_PANEL: Final = 3


@dataclass(frozen=True)
class Release:
    """One release of a technology: `when` as precisely as it is known, `day` where its mark stands."""

    technology: str
    name: str
    version: str | None
    """None: the first release."""
    when: str
    day: date
    source: str

    @property
    def words(self) -> str:
        """What the mark says: `Django 4.0, Dec 7, 2021`."""
        day = self.day
        told = {4: f"{day:%Y}", 7: f"{day:%b %Y}"}.get(len(self.when), f"{day:%b} {day.day}, {day:%Y}")
        return f"First release of {self.name}: {told}" if self.version is None else f"{self.title}, {told}"

    @property
    def title(self) -> str:
        """What was released."""
        return self.name if self.version is None else f"{self.name} {self.version}"

    @property
    def told(self) -> dict[str, Any]:
        """As a page and a note need it: title, first, when, words, source."""
        plain = {"title": self.title, "first": self.version is None, "when": self.when}
        return {**plain, "words": self.words, "source": self.source}


def releases(
    catalog: Catalog, technologies: Iterable[str], periods: pd.Index, frequency: str, *, panels: bool = False
) -> list[Release]:
    """Releases of `technologies` after the start of the first period and before the end of the last, oldest first.

    All first releases; of the major ones the newest of each technology, as many as the time axis has room for: it is
    shared by all technologies, or, with `panels`, each has its own.
    """
    if not len(periods):
        return []
    first, last = periods[0], ends(pd.DatetimeIndex(periods[-1:]), frequency)[0]
    every = [release for t in technologies for release in _all(catalog, t)]
    inside = [release for release in every if first < pd.Timestamp(release.day) < last]
    return sorted(_thinned(inside, panels=panels), key=lambda release: (release.day, release.technology))


def _all(catalog: Catalog, technology: str) -> Iterator[Release]:
    name = catalog.technology[technology].name if technology in catalog.technology else ""  # none: all together
    facts, known = catalog.facts_of.get(technology), catalog.releases_of.get(technology)
    if facts is not None and facts.first_release is not None and facts.first_release_source is not None:
        yield _release(technology, name, None, facts.first_release, facts.first_release_source)
    for version, when, source in known.dated if known is not None else ():
        yield _release(technology, name, version, when, source)


def _release(technology: str, name: str, version: str | None, when: str, source: str) -> Release:
    return Release(technology, name, version, when, date.fromisoformat(f"{when}{_MIDDLE[len(when)]}"), source)


def _thinned(found: Iterable[Release], *, panels: bool) -> Iterator[Release]:
    """First releases, and the newest major ones of each technology; none of these where one each is too many."""
    newest_first = sorted(found, key=lambda release: release.day, reverse=True)
    majors = {release.technology for release in newest_first if release.version is not None}
    room = _MOST_IN_PANEL if panels and len(majors) > 1 else _MOST // len(majors) if majors else 0
    taken: Counter[str] = Counter()
    for release in newest_first:
        if release.version is None:
            yield release
        elif taken[release.technology] < room:
            taken[release.technology] += 1
            yield release


def sentence(found: Iterable[Release]) -> str:
    """The releases in words, for those who do not see the marks; empty without any."""
    said = ""
    kinds = list(found)
    for kind, first in (("First", True), ("Major", False)):
        told = [f"{release.title} {release.when}" for release in kinds if (release.version is None) == first]
        said += f" {kind} releases: {listed(told, _MOST)}." if told else ""
    return said
