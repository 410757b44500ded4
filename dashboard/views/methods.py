"""The view Methods: how figures come about, by which sources, and what the constructs mean."""

from collections.abc import Mapping
from typing import Any

from dashboard.data import Data, Snapshot
from dashboard.views import asking, options
from dashboard.views.kept import once
from dashboard.views.method_evidence import EVIDENCE
from dashboard.views.method_example import Example
from dashboard.views.method_samples import SAMPLES
from dashboard.views.method_series import SERIES
from dashboard.views.method_words import CONSTRUCTS, METHODS
from dashboard.views.words import FREQUENCY, VERIFIED
from etl.catalog import Break, Source


def methods_view(data: Data, query: str) -> dict[str, Any]:
    """The answer of the page: `methods` (with examples from the store), `sources` and `constructs`."""
    asked = asking.asked(data, query)
    snapshot = asked.snapshot
    methods = [{**vars(method), "example": examples(snapshot)[method.id]} for method in METHODS]
    shown = sum(each["example"] is not None for each in methods)
    sources = [_source(snapshot, source) for source in snapshot.catalog.sources]
    return {
        "query": asked.query(),
        "selection": {"as_of": asked.selection.as_of.isoformat() if asked.selection.as_of else None},
        "options": {"as_of": options.days(data, asked.selection.as_of)},
        "message": asked.message(),
        "subtitle": f"{len(METHODS)} methods in plain words and as formulas, {shown} of them computed on figures here; "
        f"what the constructs mean; {len(sources)} sources with bias, licence and breaks.",
        "methods": methods,
        "sources": sources,
        "constructs": [_construct(snapshot, name, words) for name, words in CONSTRUCTS.items()],
    }


def examples(snapshot: Snapshot) -> Mapping[str, Example | None]:
    """Method -> its example, None where the store holds nothing to show it on; made once per state of the store."""
    every = SERIES | SAMPLES | EVIDENCE
    return once(snapshot, ("examples",), lambda: {name: make(snapshot) for name, make in every.items()})


def _source(snapshot: Snapshot, source: Source) -> dict[str, Any]:
    """One source with its bias card, licence and breaks; without credentials or settings."""
    held = set(snapshot.indicators())
    retrieved = snapshot.retrieved_on.get(source.id)
    return {
        "id": source.id,
        "title": source.title,
        "publisher": source.publisher,
        "homepage": source.homepage,
        "caveat": source.caveat,
        "licence": {"title": source.licence.title, "url": source.licence.url},
        "attribution": source.attribution,
        "citation": source.citation,
        "cadence": "no longer published" if source.cadence == "ended" else source.cadence,
        "verified": VERIFIED[source.verified],
        "withheld": source.withheld,
        "retrieved_on": retrieved,
        "indicators": [
            {
                "id": i.id,
                "title": i.title,
                "construct": i.construct,
                "unit": i.unit,
                "frequency": "now and then" if i.sparse else FREQUENCY[i.frequency],
                "means": i.means,
                "does_not_mean": i.does_not_mean,
                "held": i.id in held,
            }
            for i in source.indicators
        ],
        "breaks": [_break(b) for b in snapshot.catalog.breaks(source.id)],
    }


def _break(b: Break) -> dict[str, Any]:
    until = f" to {b.until.isoformat()}" if b.until else ""
    return {"date": f"{b.date.isoformat()}{until}", "what": b.what, "evidence": b.evidence, "effect": b.effect}


def _construct(snapshot: Snapshot, name: str, words: str) -> dict[str, Any]:
    catalog = snapshot.catalog
    ours = [i for i in catalog.indicator.values() if i.construct == name]
    held = set(snapshot.indicators())
    return {
        "id": name.replace(" ", "-"),
        "name": name,
        "words": words,
        "indicators": len(ours),
        "held": [i.title for i in ours if i.id in held],
        "sources": sorted({catalog.source_of[i.id].title for i in ours}),
    }
