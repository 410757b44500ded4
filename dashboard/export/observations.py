"""Observations as a data set: what passes a filter, joined with the catalogue and with the flags of breaks."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date
from itertools import groupby
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

import duckdb
import pandas as pd
import pyarrow as pa

from dashboard.data import Data, Snapshot
from dashboard.export import about, dimensions, flags
from dashboard.export.columns import COLUMNS, KEY, SHOWN
from dashboard.export.dataset import Dataset, Part
from dashboard.selection.filters import Filter, filter_query, known
from etl import schema

_PART: Final = 50_000
"""So many rows are sorted in memory."""

_JOINED: Final = """
select {columns} from (
    select * replace (period_start::date as period_start, vintage::date as vintage) from {rows}
) as picked
left join technologies using (technology) left join indicators using (indicator) left join sources using (source)
left join flags using (source, indicator, region, frequency, period_start)
"""

_COUNTS: Final = "select source, indicator, technology, count(*) from {rows} group by all order by all"
_Count = tuple[str, str, str, int]

_Occurring = tuple[list[Any], list[_Count]]
_MOST_KEPT: Final = 16
_kept: Final[WeakKeyDictionary[Snapshot, OrderedDict[tuple[str, ...], _Occurring]]] = WeakKeyDictionary()
_lock: Final = Lock()

_SPANS: Final = """
select source, indicator, region, frequency, count(*) as count, min(period_start)::date as first,
    max(period_start)::date as last
from {rows} group by all order by all
"""


def observations(data: Data, chosen: Filter, exported_on: date, origin: str) -> Dataset:
    """The observations that pass `chosen`, in the order of the store; `origin` (scheme://host) begins the link.

    Raises WrongParameter for a region or segment that the store does not hold or a version that it never had,
    NotKeptError for one that it no longer keeps, UsageError when it has no state of the day asked for.
    """
    snapshot = _snapshot(data, chosen)
    _places(snapshot, chosen)
    where, values = _where(chosen, snapshot)
    rows = f"(select * from observations{where})"
    query = filter_query(replace(chosen, version=None))
    selection = {n: list(v) if isinstance(v, tuple) else v for n, v in _asked(chosen).items()}
    parts = ["stacktide", "observations", *_one_each(chosen), f"{exported_on:%Y-%m-%d}"]
    return _dataset(
        "-".join(parts),
        snapshot,
        snapshot.opened,
        rows,
        values,
        about.Told(selection, f"{origin}/api/v1/observations{'?' if query else ''}{query}", exported_on, chosen.as_of),
    )


def shown(name: str, snapshot: Snapshot, rows: pd.DataFrame, told: about.Told) -> Dataset:
    """What a view shows as a data set: `rows` has the columns of the store and `shown_value` and `shown_unit`."""
    types = pa.schema([*schema.ARROW, *((n, c.type) for n, c in SHOWN.items())])
    plain = rows.astype(dict.fromkeys((c for c in rows if isinstance(rows[c].dtype, pd.CategoricalDtype)), "str"))
    table = pa.Table.from_pandas(plain[types.names], preserve_index=False).cast(types)

    @contextmanager
    def opened() -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(config={"threads": "1"}) as connection:
            connection.register("shown", table)
            yield connection

    return _dataset(name, snapshot, opened, "shown", (), told, {**COLUMNS, **SHOWN})


def _dataset(
    name: str,
    snapshot: Snapshot,
    source: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]],
    rows: str,
    values: Sequence[Any],
    told: about.Told,
    columns: Mapping[str, Any] = COLUMNS,
) -> Dataset:
    """The data set of `rows`, a table of the connection that `source` opens, or a statement in brackets."""
    catalog = snapshot.catalog
    spans, counts = _occurring(snapshot, source, rows, values)
    ids = sorted({row[2] for row in counts})
    found = about.Found([about.Span(*span) for span in spans], ids)
    companions = {
        "technologies": dimensions.technologies(catalog, ids),
        "indicators": dimensions.indicators(catalog, found.indicators),
        "sources": dimensions.sources(catalog, found.sources, snapshot.retrieved_on),
        "breaks": dimensions.breaks(found.breaks(catalog)),
    }
    joined = {
        "technologies": companions["technologies"].select(["technology", "technology_name", "kind"]),
        "indicators": companions["indicators"].select(["indicator", "unit", "construct"]),
        "sources": companions["sources"].select(["source", "licence", "attribution", "retrieved_on"]),
        "flags": flags.of(snapshot),
    }

    @contextmanager
    def opened() -> Iterator[duckdb.DuckDBPyConnection]:
        with source() as connection:
            for table, content in joined.items():
                connection.register(table, content)
            yield connection

    words = ", ".join("coalesce(stretch, 0) as stretch" if n == "stretch" else f'"{n}"' for n in columns)
    return Dataset(
        name,
        columns,
        about.about(snapshot, found, told),
        companions,
        opened,
        _JOINED.format(columns=words, rows=rows),
        tuple(values),
        KEY,
        parts=tuple(_parts(counts)),
        _rows=[found.count],
    )


def _occurring(
    snapshot: Snapshot,
    source: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]],
    rows: str,
    values: Sequence[Any],
) -> _Occurring:
    """What occurs in the rows; of a filter on the store it is kept, since it is the same for each page of an answer."""
    kept = _kept.setdefault(snapshot, OrderedDict()) if source == snapshot.opened else OrderedDict()
    key = (rows, *map(str, values))
    found = kept.get(key)
    if found is None:
        with source() as connection:
            spans = connection.execute(_SPANS.format(rows=rows), list(values)).fetchall()
            found = spans, connection.execute(_COUNTS.format(rows=rows), list(values)).fetchall()
        with _lock:
            kept[key] = found
            while len(kept) > _MOST_KEPT:
                kept.popitem(last=False)
    return found


def _parts(counts: Sequence[_Count]) -> Iterator[Part]:
    """The rows, cut into parts of about `_PART` rows that follow one another in the order of the key.

    A part holds one indicator or several as a whole, or, of a large indicator, a range of technologies.
    """
    held: list[_Count] = []  # of one source
    for (source, indicator), group in groupby(counts, lambda row: row[:2]):
        rows = list(group)
        if held and (held[0][0] != source or _rows(held) + _rows(rows) > _PART):
            yield _whole(held)
            held = []
        if _rows(rows) <= _PART:
            held += rows
            continue
        for some in _ranges(rows):
            condition = "source = ? and indicator = ? and technology between ? and ?"
            yield Part(condition, (source, indicator, some[0][2], some[-1][2]), _rows(some))
    if held:
        yield _whole(held)


def _whole(counts: Sequence[_Count]) -> Part:
    indicators = list(dict.fromkeys(row[1] for row in counts))
    condition = f"source = ? and indicator in ({', '.join('?' * len(indicators))})"
    return Part(condition, (counts[0][0], *indicators), _rows(counts))


def _ranges(counts: Sequence[_Count]) -> Iterator[list[_Count]]:
    held: list[_Count] = []
    for row in counts:
        if held and _rows(held) + row[3] > _PART:
            yield held
            held = []
        held.append(row)
    yield held


def _rows(counts: Sequence[_Count]) -> int:
    return sum(row[3] for row in counts)


def _snapshot(data: Data, chosen: Filter) -> Snapshot:
    """The state that is asked for."""
    snapshot = data.snapshot(chosen.as_of)
    if chosen.version is None or chosen.version == snapshot.version:
        return snapshot
    return data.state(chosen.version)


def _places(snapshot: Snapshot, chosen: Filter) -> None:
    if chosen.region:
        known("region", "region", chosen.region, sorted(snapshot.summary["region"].unique()))
    if chosen.segment:
        known("segment", "segment", chosen.segment, sorted(snapshot.summary["segment"].unique()))


def _where(chosen: Filter, snapshot: Snapshot) -> tuple[str, list[Any]]:
    """The condition with parameters, and what is bound to them."""
    wanted: dict[str, Sequence[str] | None] = {
        "source": chosen.source or None,
        "indicator": chosen.indicator or None,
        "technology": chosen.technologies(snapshot.catalog),
        "region": chosen.region or None,
        "segment": chosen.segment or None,
        "status": chosen.status or None,
    }
    clauses: list[str] = []
    values: list[Any] = []
    for column, ids in wanted.items():
        if ids is not None:
            clauses.append(f"{column} in ({', '.join('?' * len(ids))})" if ids else "false")
            values.extend(ids)
    for operator, day in ((">=", chosen.start), ("<=", chosen.end)):
        if day is not None:
            clauses.append(f"period_start {operator} ?::timestamp")
            values.append(day.isoformat())
    return (" where " + " and ".join(clauses) if clauses else ""), values


def _asked(chosen: Filter) -> dict[str, Any]:
    """What was asked for, under the names of the parameters."""
    fields = {
        **{n: getattr(chosen, n) for n in ("indicator", "technology", "use_case", "kind", "source", "region")},
        "segment": chosen.segment,
        "status": chosen.status,
        "from": chosen.start.isoformat() if chosen.start else None,
        "to": chosen.end.isoformat() if chosen.end else None,
    }
    return {name: value for name, value in fields.items() if value}


def _one_each(chosen: Filter) -> list[str]:
    """The single values that name a file well."""
    fields = (chosen.source, chosen.indicator, chosen.use_case, chosen.kind, chosen.region)
    return [values[0] for values in fields if len(values) == 1]
