"""The store: one Delta table of observations. Each source is replaced in one atomic commit; DuckDB reads.

A reader takes the list of files of one version and is never disturbed: a later commit adds files and never changes
or removes those of an earlier version, so that time travel works and a killed writer leaves the last good state.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from etl import schema
from etl.errors import StoreError

_TRIES: Final = 5
_WRITER: Final = WriterProperties(compression="ZSTD", compression_level=3, max_row_group_size=50_000)


@dataclass(frozen=True)
class Commit:
    """One entry of the table's history."""

    version: int
    at: pd.Timestamp
    source: str
    run: str


class Store:
    """The table of observations at `location`: a folder, or the URL of an object store."""

    def __init__(self, location: Path | str) -> None:
        self._location = str(location)

    def exists(self) -> bool:
        """Whether anything was ever committed here."""
        return DeltaTable.is_deltatable(self._location)

    def _table(self, version: int | None = None) -> DeltaTable:
        try:
            return DeltaTable(self._location, version=version)
        except TableNotFoundError as error:
            raise StoreError(
                f"There is no store at {self._location}: run `stacktide serve` or `stacktide refresh` first."
            ) from error
        except DeltaError as error:
            what = f"version {version} of the store" if version is not None else "the store"
            raise StoreError(f"{what} at {self._location} cannot be read: {_reason(error)}.") from error

    def version(self) -> int:
        """The newest version: a number that grows with each commit.

        Raises StoreError when there is no store.
        """
        return self._table().version()

    def identity(self) -> str:
        """The id that the table was given when it was made: two stores never share it, whatever their versions."""
        return str(self._table().metadata().id)

    def history(self) -> list[Commit]:
        """All commits, newest first."""
        found = []
        for entry in self._table().history():
            at = pd.Timestamp(entry["timestamp"], unit="ms")
            found.append(Commit(int(entry["version"]), at, str(entry.get("source", "")), str(entry.get("run", ""))))
        return found

    def replace(self, rows: pd.DataFrame, source: str | None = None, run: str = "") -> int:
        """Put `rows` (columns `schema.COLUMNS`) in place of all rows of `source` (all sources if none), in one commit.

        Returns the new version. Raises StoreError when the commit does not go through; the last state then stays.
        """
        table = pa.Table.from_pandas(schema.sort(rows).astype(_plain(rows)), schema=schema.ARROW, preserve_index=False)
        kept = CommitProperties(custom_metadata={"source": source or "", "run": run})
        for attempt in range(_TRIES):
            try:
                whole = source is None or not self.exists()
                write_deltalake(
                    self._location,
                    table,
                    mode="overwrite",
                    partition_by=["source"],
                    predicate=None if whole else f"source = '{source}'",
                    writer_properties=_WRITER,
                    commit_properties=kept,
                    name="observations",
                )
                return self.version()
            except CommitFailedError as error:
                if attempt == _TRIES - 1:
                    raise StoreError(f"The store was changed {_TRIES} times meanwhile; refresh again.") from error
            except (DeltaError, OSError) as error:
                raise StoreError(
                    f"The store at {self._location} cannot be written: {_reason(error)}; the last state stays."
                ) from error
        raise AssertionError("unreachable")

    def read(
        self,
        *,
        source: Sequence[str] = (),
        indicator: Sequence[str] = (),
        technology: Sequence[str] = (),
        region: Sequence[str] = (),
        segment: Sequence[str] = (),
        start: date | None = None,
        end: date | None = None,
        version: int | None = None,
    ) -> pd.DataFrame:
        """The observations that pass all filters (an empty filter passes all), typed and in the store's order.

        `start` and `end` bound `period_start`, inclusive. `version` reads an earlier state. Parameters are bound,
        never pasted into the query. Raises StoreError when there is no store or no such version.
        """
        clauses: list[str] = []
        values: list[Any] = []
        filters = {
            "source": source,
            "indicator": indicator,
            "technology": technology,
            "region": region,
            "segment": segment,
        }
        for column, wanted in filters.items():
            if wanted:
                clauses.append(f"{column} in ({', '.join('?' * len(wanted))})")
                values.extend(wanted)
        for operator, day in ((">=", start), ("<=", end)):
            if day is not None:
                clauses.append(f"period_start {operator} ?::timestamp")
                values.append(day.isoformat())
        where = " where " + " and ".join(clauses) if clauses else ""
        columns = ", ".join(schema.COLUMNS)
        order = ", ".join(["source", *schema.SORT])
        return schema.typed(self._query(f"select {columns} from observations{where} order by {order}", values, version))

    def summary(self, version: int | None = None) -> pd.DataFrame:
        """What there is: one row per source, indicator, technology, region and segment.

        Columns `first`, `last` (period starts), `rows` and `last_value` (the value of the last period).
        """
        keys = "source, indicator, technology, region, segment"
        return self._query(
            f"select {keys}, min(period_start) as first, max(period_start) as last, count(*) as rows, "
            f"arg_max(value, period_start) as last_value from observations group by all order by {keys}",
            [],
            version,
        )

    def _query(self, sql: str, values: list[Any], version: int | None) -> pd.DataFrame:
        wanted = self.version() if version is None else version
        files = _files(self._location, wanted)
        if not files:
            return schema.empty()
        with duckdb.connect() as connection:
            try:
                connection.from_parquet(list(files), hive_partitioning=True).create_view("observations")
                return connection.execute(sql, values).df()
            except duckdb.Error as error:
                raise StoreError(
                    f"The store at {self._location} is damaged ({_reason(error)}): move it away and refresh again."
                ) from error


def _reason(error: Exception) -> str:
    """The first line of an error of the libraries below, which append stack traces and advice."""
    return str(error).split("\n", 1)[0].rstrip(" .:")


def _plain(rows: pd.DataFrame) -> dict[str, str]:
    """Categories leave the process as plain strings: Delta has no dictionary type."""
    return {column: "str" for column in schema.CATEGORIES if column in rows}


@lru_cache(maxsize=64)
def _files(location: str, version: int) -> tuple[str, ...]:
    """The Parquet files of one version: they never change, so the list is read once."""
    try:
        return tuple(uri.removeprefix("file://") for uri in DeltaTable(location, version=version).file_uris())
    except (TableNotFoundError, DeltaError) as error:
        raise StoreError(f"Version {version} of the store at {location} cannot be read: {_reason(error)}.") from error
