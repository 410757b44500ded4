"""Pages: a part of the rows in an envelope that says what they are and where the rest is."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa

from dashboard.api.collection import Call, Collection
from dashboard.api.parameters import PAGE, VERSION, Asked, query, whole
from dashboard.export import FORMATS, Dataset

ROOT: Final = "/api/v1"


def narrowed(data: Dataset, asked: Asked) -> Dataset:
    """The columns, order and part of the rows that are asked for."""
    at = whole(asked, "limit"), whole(asked, "offset") or 0
    return data.narrowed(asked.get("fields", []), asked.get("sort", []), *at)


def page(of: Collection, call: Call, data: Dataset) -> dict[str, Any]:
    """One page of a collection: `meta`, `data` and `links`. `meta.rows` counts the rows of all pages."""
    limit, offset = whole(call.asked, "limit") or PAGE, whole(call.asked, "offset") or 0
    total = data.count()
    part = data.narrowed(call.asked.get("fields", []), call.asked.get("sort", []), limit, offset)
    about = {**data.about, "rows": total, "limit": limit, "offset": offset}
    return {"meta": about, "data": list(rows(part)), "links": links(of, call, total, limit, offset)}


def rows(data: Dataset) -> Iterator[dict[str, Any]]:
    """Rows as JSON types: days and moments as ISO 8601, moments with their zone, which is UTC."""
    names = list(data.columns)
    for batch in data.batches():
        columns = [_plain(column) for column in batch.columns]
        for values in zip(*columns, strict=True):
            yield dict(zip(names, values, strict=True))


def _plain(column: pa.Array) -> list[Any]:
    values = column.to_pylist()
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        return [None if value is None else moment(value) for value in values]
    return list(values)


def moment(value: date) -> str:
    """`2026-08-02`, or `2026-08-02T01:00:00Z` where there is a time."""
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value.isoformat()


def links(of: Collection, call: Call, total: int, limit: int, offset: int) -> dict[str, str]:
    """Where this page, the pages around it and the files of all rows are; pages carry the state of the store."""
    pinned = {"version": call.snapshot.version} if VERSION in of.parameters else {}

    def other(begin: int) -> str:
        at = {"offset": begin or None}
        return address(call.origin, of.name, "", query(call.asked, **pinned, **at))

    found = {"self": address(call.origin, of.name, "", query(call.asked)), "first": other(0)}
    if offset:
        found["prev"] = other(max(0, offset - limit))
    if offset + limit < total:
        found["next"] = other(offset + limit)
    everything = query(call.asked, limit=None, offset=None)
    for name, each in FORMATS.items():
        found[name] = address(call.origin, of.name, each.ending, everything)
    return found


def address(origin: str, name: str, ending: str, asked: str) -> str:
    """The address of a collection, or of one of its files."""
    return f"{origin}{ROOT}/{name}{'.' if ending else ''}{ending}{'?' if asked else ''}{asked}"
