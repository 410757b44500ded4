"""First releases in the span of a chart: dated, cited facts of the catalogue, as marks on the time axis."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from dashboard.analysis.wide import ends
from dashboard.views.words import listed
from etl.catalog import Catalog

_MIDDLE: Final = {4: "-07-01", 7: "-15", 10: ""}
"""Length of a date as it is known (year, month, day) -> what makes it the middle of that time."""


@dataclass(frozen=True)
class Release:
    """The first release of a technology: `when` as precisely as it is known, `day` where its mark stands."""

    technology: str
    name: str
    when: str
    day: date
    source: str

    @property
    def words(self) -> str:
        """What the mark says."""
        return f"First release of {self.name}: {self.when}"


def releases(catalog: Catalog, technologies: Iterable[str], periods: pd.Index, frequency: str) -> list[Release]:
    """The first releases of `technologies` after the start of the first period and before the end of the last."""
    if not len(periods):
        return []
    first, last = periods[0], ends(pd.DatetimeIndex(periods[-1:]), frequency)[0]
    found = []
    for technology in technologies:
        facts = catalog.facts_of.get(technology)
        if facts is None or facts.first_release is None or facts.first_release_source is None:
            continue
        when = facts.first_release
        day = date.fromisoformat(f"{when}{_MIDDLE[len(when)]}")
        if first < pd.Timestamp(day) < last:
            name = catalog.technology[technology].name
            found.append(Release(technology, name, when, day, facts.first_release_source))
    return sorted(found, key=lambda release: (release.day, release.technology))


def sentence(found: Iterable[Release]) -> str:
    """The releases in words, for those who do not see the marks; empty without any."""
    told = [f"{release.name} {release.when}" for release in found]
    return f" First releases: {listed(told)}." if told else ""
