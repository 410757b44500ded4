"""What a collection is: its rows, what they may be narrowed by, and on what an answer depends."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa

from dashboard.api.parameters import (
    MOST_OF_A_FILE,
    MOST_OF_A_PAGE,
    OBSERVATIONS,
    PAGE,
    SELECTION,
    SPREADSHEET,
    Asked,
    Parameter,
    query,
    shape,
)
from dashboard.data import Data, Snapshot
from dashboard.export.about import Found, Told, about
from dashboard.export.dataset import Column, Dataset
from dashboard.selection import Selection, parse
from dashboard.selection.filters import Filter, WrongParameter, known, read_filter
from etl.errors import UsageError
from etl.home import Home


@dataclass(frozen=True)
class Call:
    """One request: what is asked (checked), of which data, when, and under which address the dashboard is known."""

    data: Data
    home: Home
    asked: Asked
    now: datetime
    """UTC, without zone."""
    origin: str

    @cached_property
    def chosen(self) -> Filter:
        """The filter. Raises WrongParameter."""
        names = {parameter.name for parameter in OBSERVATIONS}
        return read_filter({n: v for n, v in self.asked.items() if n in names}, self.data.catalog)

    @cached_property
    def selection(self) -> Selection:
        """The selection of a page's address. Raises WrongParameter."""
        names = {parameter.name for parameter in SELECTION}
        return parse({n: v for n, v in self.asked.items() if n in names}, self.data.catalog)

    def check(self) -> None:
        """Raises WrongParameter for a region or segment of which there is no figure at all."""
        for name, values in (("region", self.chosen.region), ("segment", self.chosen.segment)):
            if values:
                known(name, name, values, sorted(self.snapshot.summary[name].unique()))

    @cached_property
    def snapshot(self) -> Snapshot:
        """The state of the store that is asked for; the same for the whole request.

        Raises NotKeptError for one that is no longer kept, WrongParameter where there is none.
        """
        version, as_of = self.chosen.version, self.chosen.as_of
        try:
            return self.data.snapshot(as_of) if version is None else self.data.state(version)
        except UsageError as error:
            raise WrongParameter("as_of" if version is None else "version", str(error)) from error


@dataclass(frozen=True)
class Collection:
    """Rows of one kind below /api/v1/."""

    name: str
    title: str
    description: str
    columns: Mapping[str, Column]
    parameters: tuple[Parameter, ...]
    """Beside those of its shape: fields, sort, limit and offset."""
    rows: Callable[[Call], Dataset]
    filled: frozenset[str]
    """The columns that have a value in every row."""
    state: Callable[[Call], str] | None = None
    """What an answer depends on beside the request; none: on its rows alone, which are then always read."""
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The values of columns that have few."""

    def declared(self, *, as_file: bool) -> tuple[Parameter, ...]:
        """All parameters, of a file or of a page; the compact form of series is one piece and has no pages."""
        if as_file:
            return (*self.parameters, *shape(list(self.columns), MOST_OF_A_FILE, None), SPREADSHEET)
        if self.name == "series":
            return self.parameters
        return (*self.parameters, *shape(list(self.columns), MOST_OF_A_PAGE, PAGE))


def table(
    call: Call, name: str, columns: Mapping[str, Column], rows: Iterable[Mapping[str, Any]], found: Found | None = None
) -> Dataset:
    """A data set of rows that are at hand; `found` says which sources, indicators and technologies occur in them."""
    told = {n: v for n, v in call.asked.items() if n not in ("fields", "sort", "limit", "offset", "version")}
    asked = query(told)
    link = f"{call.origin}/api/v1/{name}{'?' if asked else ''}{asked}"
    at_hand = pa.Table.from_pylist(list(rows), pa.schema([(n, c.type) for n, c in columns.items()]))
    said = about(call.snapshot, found or Found([], []), Told(dict(told), link, call.now.date(), call.chosen.as_of))
    named = f"stacktide-{name}-{call.now:%Y-%m-%d}"
    return Dataset.of(named, at_hand, columns, {**said, "rows": at_hand.num_rows})


def digest(data: Dataset) -> str:
    """A short name for all rows of a data set."""
    found = hashlib.sha256()
    for batch in data.batches():
        found.update(repr(batch.to_pylist()).encode())
    return found.hexdigest()[:24]
