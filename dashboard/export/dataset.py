"""A data set: rows that were not read yet, and what is to be said of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import quote

import duckdb
import pyarrow as pa

from dashboard.selection.filters import WrongParameter, shown

TEXT: Final = pa.string()
DAY: Final = pa.date32()

_LINES: Final = 2_000
"""Rows of text at a time: half a megabyte."""
_SORTING: Final = "320MB"

Opened = AbstractContextManager[duckdb.DuckDBPyConnection]


@dataclass(frozen=True)
class Column:
    """What stands in a column."""

    type: pa.DataType
    description: str
    unit: str | None = None


@dataclass(frozen=True)
class Part:
    """Rows that stand together in the order of the key: those that meet a condition, and how many they are."""

    condition: str
    values: tuple[Any, ...]
    count: int


@dataclass(frozen=True)
class Dataset:
    """Rows that are read when they are asked for, always in the same order, with bounded memory."""

    name: str
    """The stem of a file's name: only `A-Z a-z 0-9 . _ -`."""
    columns: Mapping[str, Column]
    about: Mapping[str, Any]
    """What a file says of itself, as JSON types: selection, link, sources, breaks, citation ..."""
    companions: Mapping[str, pa.Table]
    """Small tables that explain the rows: technologies, indicators, sources, breaks."""
    opened: Callable[[], Opened]
    """Opens a connection on which `sql` can be run."""
    sql: str
    """The rows, in any order."""
    values: Sequence[Any] = ()
    """What is bound to the parameters of `sql`."""
    key: tuple[str, ...] = ()
    """Columns in whose order the rows stand, and which no two rows share."""
    order: tuple[str, ...] = ()
    """Columns that come before the key; `-name` is descending."""
    parts: tuple[Part, ...] = ()
    """All rows, cut into parts that follow one another, so that no more than one is sorted at a time; none: not cut."""
    limit: int | None = None
    offset: int = 0
    _rows: list[int] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        name: str,
        table: pa.Table,
        columns: Mapping[str, Column],
        about: Mapping[str, Any],
        companions: Mapping[str, pa.Table] | None = None,
    ) -> "Dataset":
        """A data set of rows that are at hand, in their order; `table` has the columns of `columns`."""
        table = table.select(list(columns)).cast(pa.schema([(n, c.type) for n, c in columns.items()]))
        numbered = table.append_column("_row", pa.array(range(table.num_rows), pa.int64()))

        @contextmanager
        def opened() -> Iterator[duckdb.DuckDBPyConnection]:
            with duckdb.connect(config={"threads": "1"}) as connection:
                connection.register("at_hand", numbered)
                yield connection

        return cls(name, columns, about, companions or {}, opened, "select * from at_hand", key=("_row",))

    @property
    def schema(self) -> pa.Schema:
        """The columns of the rows."""
        return pa.schema([(name, column.type) for name, column in self.columns.items()])

    def statements(self) -> Iterator[tuple[str, list[Any]]]:
        """The statements that yield, one after the other, just the rows and columns wanted; each with what is bound."""
        if self.order or not self.parts:
            yield self._select("", self.limit, self.offset), list(self.values)
            return
        before, left = self.offset, self.count()
        for part in self.parts:
            if before >= part.count:
                before -= part.count
            elif left:
                taken = min(left, part.count - before)
                cut = taken if taken < part.count else None
                yield self._select(f" where {part.condition}", cut, before), [*self.values, *part.values]
                before, left = 0, left - taken

    def _select(self, where: str, limit: int | None, offset: int) -> str:
        names = ", ".join(f'"{name}"' for name in self.columns)
        order = {name.removeprefix("-"): "desc" if name.startswith("-") else "asc" for name in self.order}
        by = {**order, **{name: "asc" for name in self.key if name not in order}}
        words = ", ".join(f'"{name}" {way} nulls last' for name, way in by.items())
        cut = f" limit {limit:d}" if limit is not None else ""
        cut += f" offset {offset:d}" if offset else ""
        return f"select {names} from ({self.sql}){where}" + (f" order by {words}" if words else "") + cut

    def count(self) -> int:
        """How many rows there are; counted once."""
        if not self._rows:
            with self.opened() as connection:
                found = connection.execute(f"select count(*) from ({self.sql})", list(self.values)).fetchone()
            assert found is not None
            self._rows.append(int(found[0]))
        left = max(0, self._rows[0] - self.offset)
        return left if self.limit is None else min(left, self.limit)

    def batches(self, size: int = 20_000) -> Iterator[pa.RecordBatch]:
        """The rows in batches of at most `size`, typed as `columns`; each call reads anew."""
        yield from self._read(self.schema, lambda statement: statement, size)

    def lines(self, line: str) -> Iterator[bytes]:
        """The text that the expression `line` makes of each row, joined, piece by piece; DuckDB does the work."""
        wanted = pa.schema([("line", TEXT)])
        for batch in self._read(wanted, lambda statement: f"select {line} as line from ({statement})", _LINES):
            column = batch.column(0)
            _, places, content = column.buffers()
            if len(column):
                first, *_, last = (
                    pa.Array.from_buffers(pa.int32(), len(column) + 1, [None, places], offset=column.offset)
                    .take([0, len(column)])
                    .to_pylist()
                )
                yield content[first:last].to_pybytes()

    def _read(self, schema: pa.Schema, around: Callable[[str], str], size: int) -> Iterator[pa.RecordBatch]:
        with self.opened() as connection:
            if self.order and self.limit is None:  # all rows are sorted at once, on disk where they are many
                connection.execute(f"set memory_limit = '{_SORTING}'")
            for statement, values in self.statements():
                # a relation is read as it comes; the result of `execute` would be held as a whole
                for batch in connection.sql(around(statement), params=values).to_arrow_reader(size):
                    yield batch if batch.schema == schema else batch.cast(schema)

    def narrowed(
        self, fields: Sequence[str] = (), sort: Sequence[str] = (), limit: int | None = None, offset: int = 0
    ) -> "Dataset":
        """The data set with these columns, sorted so (`-name`: descending), and this part of its rows.

        Rows that `sort` leaves equal stand in the order of the key. Raises WrongParameter for an unknown column.
        """
        every = {**self.columns}
        for name in fields:
            _must(every, "fields", name)
        for name in sort:
            _must(every, "sort", name.removeprefix("-"))
        asked = {"fields": list(fields) or None, "sort": list(sort) or None, "limit": limit, "offset": offset or None}
        said = {name: value for name, value in asked.items() if value is not None}
        if not said:
            return self
        made = replace(
            self,
            columns={name: every[name] for name in dict.fromkeys(fields)} if fields else every,
            order=tuple(sort) or self.order,
            limit=limit,
            offset=offset,
            about={**self.about, **_told(self.about, said)},
        )
        if "rows" in made.about:
            made = replace(made, about={**made.about, "rows": made.count()})
        return made


def _told(about: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The selection and the link, with what narrows them."""
    found: dict[str, Any] = {}
    if isinstance(about.get("selection"), Mapping):
        found["selection"] = {**about["selection"], **said}
    if isinstance(link := about.get("link"), str):
        words = {n: ",".join(v) if isinstance(v, list) else str(v) for n, v in said.items()}
        query = "&".join(f"{name}={quote(text, safe=',')}" for name, text in words.items())
        found["link"] = f"{link}{'&' if '?' in link else '?'}{query}"
    return found


def _must(columns: Mapping[str, Column], parameter: str, name: str) -> None:
    if name not in columns:
        near = get_close_matches(name.casefold(), list(columns), n=1, cutoff=0.6)
        hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(columns)}."
        raise WrongParameter(parameter, f"There is no column `{shown(name)}`: {hint}")
