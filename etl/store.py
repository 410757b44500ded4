"""The store: one Delta table of observations. Each source is replaced in one atomic commit; DuckDB reads.

A reader takes the list of files of one version and is never disturbed: a later commit adds files and never changes
or removes those of an earlier version, so that time travel works and a killed writer leaves the last good state.
Files of states that are no longer kept are deleted by `etl.retention` alone, a day after the state was withdrawn.
"""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from etl import schema
from etl.errors import NotKeptError, StoreError, UsageError

_TRIES: Final = 5
_NO_ROOM: Final = ("Out of Memory", "No space left", "temp_directory")
_WRITER: Final = WriterProperties(compression="ZSTD", compression_level=3, max_row_group_size=50_000)
_KEEPING: Final = {
    "delta.enableExpiredLogCleanup": "false",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}
"""Delta would forget the history after 30 days, and which files are to be deleted after 7: `etl.retention` decides."""

_OPERATIONS: Final = {
    "WRITE": "replace",
    "CREATE TABLE": "replace",
    "SET TBLPROPERTIES": "retention",
    "VACUUM START": "retention",
    "VACUUM END": "retention",
}
"""Delta's names of what this program does; those of other programs stay as they are."""


@dataclass(frozen=True)
class Commit:
    """One entry of the table's history."""

    version: int
    at: pd.Timestamp
    """UTC, without zone."""
    source: str
    """The source whose rows it replaced; empty: all, or none."""
    run: str
    operation: str = "replace"
    """`replace` put new rows in place; `compact` and `retention` left all rows as they were."""
    oldest: int = 0
    """The oldest version that was kept from this commit on, where it says so."""


class Store:
    """The table of observations at `location`: a folder, or the URL of an object store."""

    def __init__(self, location: Path | str) -> None:
        self._location = str(location)
        self._known: tuple[str, list[Commit]] = ("", [])

    def exists(self) -> bool:
        """Whether anything was ever committed here."""
        return DeltaTable.is_deltatable(self._location)

    @property
    def folder(self) -> Path | None:
        """The folder of the table; none when it is on object storage."""
        return None if "://" in self._location else Path(self._location)

    def table(self, version: int | None = None) -> DeltaTable:
        """The Delta table in one of its versions, the newest if none is given.

        Raises StoreError when there is no store or no such version.
        """
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
        return self.table().version()

    def identity(self) -> str:
        """The id that the table was given when it was made: two stores never share it, whatever their versions."""
        return str(self.table().metadata().id)

    def history(self) -> list[Commit]:
        """All commits that the log still holds, newest first."""
        table = self.table()
        identity, known = str(table.metadata().id), self._known
        commits = known[1] if known[0] == identity else []
        missing = table.version() - commits[0].version if commits else None
        if missing is None or missing:  # commits never change: only what is new is read
            commits = [_commit(entry) for entry in table.history(missing)] + commits
            self._known = identity, commits
        return list(commits)

    def kept(self) -> list[Commit]:
        """The commits whose states can be read, newest first; there is always one.

        Raises StoreError when there is no store, or its log names no commit.
        """
        commits = self.history()
        if not commits:
            raise StoreError(f"The log of the store at {self._location} names no commit: refresh once, it then does.")
        oldest = max(commit.oldest for commit in commits)
        return [commit for commit in commits if commit.version >= oldest]

    def version_on(self, day: date) -> int:
        """The version that was the newest at the end of `day` (UTC).

        Raises UsageError when the store is younger, or keeps no state that old; StoreError when there is no store.
        """
        kept = self.kept()
        for commit in kept:
            if commit.at.date() <= day:
                return commit.version
        first = kept[-1]
        begins = f"{first.at:%Y-%m-%d} (version {first.version})"
        why = f"it begins on {begins}" if first.version == 0 else f"what was before {begins} is no longer kept"
        raise UsageError(f"The store has no state of {day}: {why}.")

    def replace(self, rows: pd.DataFrame, source: str | None = None, run: str = "") -> int:
        """Put `rows` (columns `schema.COLUMNS`) in place of all rows of `source` (all sources if none), in one commit.

        Returns the new version. Raises StoreError when the commit does not go through; the last state then stays.
        """
        table = _arrow(rows)
        kept = CommitProperties(custom_metadata={"source": source or "", "run": run})
        self._prepare()
        for attempt in range(_TRIES):
            is_new = not self.exists()
            try:
                if is_new:  # of two that find no table, one makes it: the other must not write over its rows
                    write_deltalake(
                        self._location,
                        table,
                        mode="error",
                        partition_by=["source"],
                        writer_properties=_WRITER,
                        commit_properties=kept,
                        name="observations",
                        configuration=_KEEPING,
                    )
                else:
                    write_deltalake(
                        self._location,
                        table,
                        mode="overwrite",
                        partition_by=["source"],
                        predicate=None if source is None else f"source = '{source}'",
                        writer_properties=_WRITER,
                        commit_properties=kept,
                        configuration=_KEEPING,
                    )
                return self.version()
            except CommitFailedError as error:
                if attempt == _TRIES - 1:
                    raise StoreError(f"The store was changed {_TRIES} times meanwhile; refresh again.") from error
            except (DeltaError, OSError) as error:
                if not (is_new and self.exists() and attempt < _TRIES - 1):
                    raise self._unwritable(error) from error
        raise AssertionError("unreachable")

    def _prepare(self) -> None:
        """Tell a table that an earlier release made to keep its history."""
        if not self.exists():
            return
        try:
            table = DeltaTable(self._location)
            if not _KEEPING.items() <= table.metadata().configuration.items():
                table.alter.set_table_properties(_KEEPING)
        except CommitFailedError:
            pass  # somebody else commits just now; the next commit sees to it
        except (DeltaError, OSError) as error:
            raise self._unwritable(error) from error

    def rewrite(self, source: str) -> int | None:
        """Put the rows of `source`, just as they are, into as few files as they need, in the store's order.

        Delta's own compaction does not keep rows in order. Returns the new version, or none when another commit
        changed the source meanwhile: then nothing was done.
        """
        table = self.table()
        rows = self.read(source=[source], version=table.version())
        try:
            write_deltalake(
                table,
                _arrow(rows),
                mode="overwrite",
                predicate=f"source = '{source}'",
                writer_properties=_WRITER,
                commit_properties=CommitProperties(custom_metadata={"source": source, "what": "compact"}),
            )
        except CommitFailedError:
            return None
        except (DeltaError, OSError) as error:
            raise self._unwritable(error) from error
        return self.version()

    def _unwritable(self, error: Exception) -> StoreError:
        return StoreError(f"The store at {self._location} cannot be written: {_reason(error)}; the last state stays.")

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
        as_of: date | None = None,
    ) -> pd.DataFrame:
        """The observations that pass all filters (an empty filter passes all), typed and in the store's order.

        `start` and `end` bound `period_start`, inclusive. `version` reads an earlier state, and so does `as_of`: the
        state at the end of that day (UTC). Parameters are bound, never pasted into the query. Raises StoreError when
        there is no store or no such version, UsageError when there is no state of that day.
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
        sql = f"select {columns} from observations{where} order by {order}"
        return schema.typed(self.query(sql, values, {"observations": self._wanted(version, as_of)}))

    def summary(self, version: int | None = None, as_of: date | None = None) -> pd.DataFrame:
        """What there is: one row per source, indicator, technology, region and segment.

        `version` and `as_of` as for `read`. Columns `first`, `last` (period starts), `rows` and `last_value` (the value
        of the last period).
        """
        keys = "source, indicator, technology, region, segment"
        return self.query(
            f"select {keys}, min(period_start) as first, max(period_start) as last, count(*) as rows, "
            f"arg_max(value, period_start) as last_value from observations group by all order by {keys}",
            [],
            {"observations": self._wanted(version, as_of)},
        )

    def _wanted(self, version: int | None, as_of: date | None) -> int:
        if version is not None:
            return version
        return self.version() if as_of is None else self.version_on(as_of)

    def query(self, sql: str, values: Sequence[Any], states: Mapping[str, int]) -> pd.DataFrame:
        """The answer of DuckDB to `sql`, in which each name of `states` is the table of observations in that version.

        `values` are bound to its parameters. Raises StoreError when a version cannot be read.
        """
        with _database(os.getpid()).cursor() as connection, self._told(min(states.values())):
            for name, version in states.items():
                self._show(connection, name, version)
            return connection.execute(sql, list(values)).df()

    @contextmanager
    def opened(self, version: int, memory_mb: int = 160) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection in which `observations` is the table in `version`, for answers too large to hold at once.

        What does not fit into `memory_mb` megabytes of DuckDB's memory goes into a temporary folder, which is removed
        in the end. Raises StoreError when the version cannot be read, also while it is read.
        """
        with tempfile.TemporaryDirectory(prefix="stacktide-") as folder, self._told(version):
            settings: dict[str, Any] = {
                "memory_limit": f"{memory_mb}MB",
                "temp_directory": folder,
                "threads": "2",
                "python_enable_replacements": "false",
            }
            with duckdb.connect(config=settings) as connection:
                self._show(connection, "observations", version)
                yield connection

    def _show(self, connection: duckdb.DuckDBPyConnection, name: str, version: int) -> None:
        """Make `name` the table in `version`, for this connection alone."""
        files = _files(self._location, version)
        if files:
            connection.execute(f"set variable files_{name} = ?", [list(files)])
            paths = f"getvariable('files_{name}')"
            connection.execute(
                f"create temp view {name} as select * from read_parquet({paths}, hive_partitioning = true)"
            )
        else:
            connection.register(name, schema.ARROW.empty_table())

    @contextmanager
    def _told(self, version: int) -> Iterator[None]:
        """Tell a failure to read `version`, or a later one, in one sentence; Arrow tells those of DuckDB as its own."""
        try:
            yield
        except duckdb.InterruptException:
            raise
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            self.check(version)
            reason = _reason(error)
            if isinstance(error, duckdb.OutOfMemoryException) or any(words in str(error) for words in _NO_ROOM):
                raise StoreError(
                    f"The answer needs more memory or temporary space than there is ({reason}): ask for fewer rows."
                ) from error
            raise StoreError(
                f"The store at {self._location} is damaged ({reason}): move it away and refresh again."
            ) from error

    def check(self, version: int) -> None:
        """Raises NotKeptError when `version` is older than what is kept, UsageError when there was none such yet."""
        kept = self.kept()
        if version < kept[-1].version:
            raise NotKeptError(
                f"Version {version} of the store at {self._location} is no longer kept: "
                f"the oldest is version {kept[-1].version}, of {kept[-1].at:%Y-%m-%d}."
            )
        if version > kept[0].version:
            raise UsageError(f"The store has no version {version}: its newest is {kept[0].version}.")


def _commit(entry: Mapping[str, Any]) -> Commit:
    delta = str(entry.get("operation", ""))
    return Commit(
        version=int(entry["version"]),
        at=pd.Timestamp(entry["timestamp"], unit="ms"),
        source=str(entry.get("source", "")),
        run=str(entry.get("run", "")),
        operation=str(entry.get("what") or _OPERATIONS.get(delta, delta.lower())),
        oldest=int(entry.get("oldest", 0)),
    )


def _arrow(rows: pd.DataFrame) -> pa.Table:
    """Rows in the order of the store; a table, since a writer that is given a stream mixes up its order."""
    return pa.Table.from_pandas(schema.sort(rows).astype(_plain(rows)), schema=schema.ARROW, preserve_index=False)


def _reason(error: Exception) -> str:
    """The first line of an error of the libraries below, which append stack traces and advice.

    Where the system refused something (the disk is full), only its reason: the libraries wrap it in wrong guesses.
    """
    line = str(error).split("\n", 1)[0].rstrip(" .:")
    system = re.search(r"\(os error (\d+)\)", line)
    return os.strerror(int(system[1])) if system else line


def _plain(rows: pd.DataFrame) -> dict[str, str]:
    """Categories leave the process as plain strings: Delta has no dictionary type."""
    return {column: "str" for column in schema.CATEGORIES if column in rows}


@cache
def _database(process: int) -> duckdb.DuckDBPyConnection:
    """Where the queries of this process are answered, each by a cursor: to open one for each takes 15 ms."""
    return duckdb.connect()


@lru_cache(maxsize=64)
def _files(location: str, version: int) -> tuple[str, ...]:
    """The Parquet files of one version: they never change, so the list is read once."""
    try:
        return tuple(uri.removeprefix("file://") for uri in DeltaTable(location, version=version).file_uris())
    except (TableNotFoundError, DeltaError) as error:
        raise StoreError(f"Version {version} of the store at {location} cannot be read: {_reason(error)}.") from error
