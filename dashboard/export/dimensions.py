"""What is joined to observations: small tables of technologies, indicators, sources and breaks of method."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

import pyarrow as pa

from dashboard.export.dataset import DAY, TEXT
from etl.catalog import Break, Catalog
from etl.schema import WHOLE

WORDS: Final = pa.list_(TEXT)

TECHNOLOGY: Final = pa.schema(
    [("technology", TEXT), ("technology_name", TEXT), ("kind", TEXT), ("home", TEXT), ("use_cases", WORDS)]
)
INDICATOR: Final = pa.schema(
    [
        *(("indicator", TEXT), ("source", TEXT), ("title", TEXT), ("construct", TEXT), ("unit", TEXT)),
        *(("frequency", TEXT), ("means", TEXT), ("does_not_mean", TEXT)),
    ]
)
SOURCE: Final = pa.schema(
    [
        *(("source", TEXT), ("title", TEXT), ("publisher", TEXT), ("homepage", TEXT), ("licence", TEXT)),
        *(("licence_title", TEXT), ("licence_url", TEXT), ("attribution", TEXT), ("citation", TEXT)),
        *(("retrieved_on", DAY), ("caveat", TEXT)),
    ]
)
BREAK: Final = pa.schema(
    [
        *(("source", TEXT), ("date", DAY), ("until", DAY), ("effect", TEXT), ("what", TEXT), ("evidence", TEXT)),
        *(("indicators", WORDS), ("regions", WORDS)),
    ]
)


def technologies(catalog: Catalog, ids: Iterable[str]) -> pa.Table:
    """One row for each of `ids`; what the catalogue no longer names has an id only."""
    rows: list[dict[str, Any]] = []
    for each in ids:
        known = catalog.technology.get(each)
        row: dict[str, Any] = {"technology": each}
        if known:
            row |= {"technology_name": known.name, "kind": known.kind, "home": known.home}
            row["use_cases"] = list(known.use_cases)
        elif each == WHOLE:
            row["technology_name"] = "All technologies"
        rows.append(row)
    return pa.Table.from_pylist(rows, TECHNOLOGY)


def indicators(catalog: Catalog, ids: Iterable[str]) -> pa.Table:
    """One row for each of `ids`."""
    rows = []
    for each in ids:
        known = catalog.indicator.get(each)
        row: dict[str, Any] = {"indicator": each}
        if known:
            row |= {name: str(getattr(known, name)) for name in INDICATOR.names if name not in ("indicator", "source")}
            row["source"] = catalog.source_of[each].id
        rows.append(row)
    return pa.Table.from_pylist(rows, INDICATOR)


def sources(catalog: Catalog, ids: Iterable[str], retrieved_on: Mapping[str, date]) -> pa.Table:
    """One row for each of `ids`, with licence, attribution and citation."""
    rows = []
    for each in ids:
        known = catalog.source.get(each)
        row: dict[str, Any] = {"source": each, "retrieved_on": retrieved_on.get(each)}
        if known:
            row |= {n: getattr(known, n) for n in ("title", "publisher", "homepage", "attribution", "citation")}
            row |= {"licence": known.licence.id, "licence_title": known.licence.title}
            row |= {"licence_url": known.licence.url, "caveat": known.caveat}
        rows.append(row)
    return pa.Table.from_pylist(rows, SOURCE)


def breaks(found: Iterable[tuple[str, Break]]) -> pa.Table:
    """One row for each break, with the id of its source."""
    names = ("date", "until", "effect", "what", "evidence", "indicators", "regions")
    rows = [{"source": source, **{name: getattr(b, name) for name in names}} for source, b in found]
    return pa.Table.from_pylist(rows, BREAK)
