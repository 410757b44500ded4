"""What a file says about itself: selection, sources, breaks and citation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import pandas as pd

from dashboard.data import Snapshot
from dashboard.export import citation
from etl import schema
from etl.catalog import Break, Catalog

_NAMIBIA: Final = "The region code NA is Namibia; tell your reader not to take it for a missing value."


@dataclass(frozen=True)
class Told:
    """What is known of an export before any row is read; `selection` holds JSON types."""

    selection: Mapping[str, Any]
    link: str
    exported_on: date
    as_of: date | None


@dataclass(frozen=True)
class Span:
    """How many rows there are of one indicator in one region, and the first and the last start of their periods."""

    source: str
    indicator: str
    region: str
    frequency: str
    count: int
    first: date
    last: date


@dataclass(frozen=True)
class Found:
    """What occurs in the rows."""

    spans: Sequence[Span]
    technologies: Sequence[str]

    @cached_property
    def count(self) -> int:
        """Number of rows."""
        return sum(span.count for span in self.spans)

    @cached_property
    def sources(self) -> list[str]:
        """Ids in alphabetical order."""
        return sorted({span.source for span in self.spans})

    @cached_property
    def indicators(self) -> list[str]:
        """Ids in alphabetical order."""
        return sorted({span.indicator for span in self.spans})

    def breaks(self, catalog: Catalog) -> list[tuple[str, Break]]:
        """The breaks, each with its source, that lie within the periods of the rows that they concern."""
        return [
            (source, b)
            for source in self.sources
            if source in catalog.source
            for b in catalog.breaks(source)
            if any(span.source == source and _within(b, span) for span in self.spans)
        ]


def about(snapshot: Snapshot, found: Found, told: Told) -> dict[str, Any]:
    """What a file says about itself, as JSON types."""
    catalog = snapshot.catalog
    days = {source: day.isoformat() for source, day in snapshot.retrieved_on.items()}
    sources = [catalog.source[source] for source in found.sources if source in catalog.source]
    cited = citation.Cited(sources, snapshot.retrieved_on, snapshot.version, told.as_of, told.exported_on, told.link)
    return {
        "selection": dict(told.selection),
        "link": told.link,
        "as_of": told.as_of.isoformat() if told.as_of else None,
        "store_version": snapshot.version,
        "exported_on": told.exported_on.isoformat(),
        "rows": found.count,
        "sources": [
            {
                "id": s.id,
                "title": s.title,
                "publisher": s.publisher,
                "homepage": s.homepage,
                "licence": s.licence.title,
                "licence_url": s.licence.url,
                "attribution": s.attribution,
                "citation": s.citation,
                "retrieved_on": days.get(s.id),
                "caveat": s.caveat,
            }
            for s in sources
        ],
        "indicators": [
            {"id": i.id, "title": i.title, "unit": i.unit, "means": i.means, "does_not_mean": i.does_not_mean}
            for i in catalog.indicator.values()
            if i.id in found.indicators
        ],
        "breaks": [_told(source, b) for source, b in found.breaks(catalog)],
        "citation": citation.text(cited),
        "bibtex": citation.bibtex(cited),
        "note": _NAMIBIA,
    }


def _told(source: str, b: Break) -> dict[str, Any]:
    until = b.until.isoformat() if b.until else None
    told = {"date": b.date.isoformat(), "until": until, "what": b.what, "effect": b.effect, "evidence": b.evidence}
    return {"source": source, **told}


def _within(b: Break, span: Span) -> bool:
    """Whether the break concerns rows on both sides of it, or the period that it falls in."""
    if (b.indicators and span.indicator not in b.indicators) or (b.regions and span.region not in b.regions):
        return False
    end = pd.Timestamp(span.last) + schema.PERIOD_OFFSETS[span.frequency]
    return bool((b.until or b.date) > span.first and pd.Timestamp(b.date) < end)
