"""The operational state: runs, schedules, exports and the health last told. SQLAlchemy on SQLite or PostgreSQL.

A database is brought to the schema below on first use, by the Alembic migrations in `etl/migrations`; whoever changes a
table here adds one there and raises SCHEMA.
"""

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from etl.errors import StoreError, UsageError

METADATA: Final = sa.MetaData()

RUNS: Final = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", sa.String, nullable=False, index=True),
    sa.Column("trigger", sa.String, nullable=False),
    sa.Column("started", sa.DateTime, nullable=False),
    sa.Column("finished", sa.DateTime),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("requests", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("bytes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("rows", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("rows_added", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("rows_changed", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("rows_removed", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("newest_period_before", sa.Date),
    sa.Column("newest_period", sa.Date),
    sa.Column("unknown_count", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("failed_count", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("error", sa.Text),
    sa.Column("store_version", sa.BigInteger),
    sa.Column("retrieved_on", sa.Date),
    sa.Column("process", sa.String),
    sa.Column("report", sa.Text, nullable=False),
)
"""`process` is what ran it, as `etl.runs.process` writes it; `report` holds what is long, as JSON."""

SCHEDULES: Final = sa.Table(
    "schedules",
    METADATA,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("cron", sa.String),
    sa.Column("hours", sa.Float),
    sa.Column("timezone", sa.String, nullable=False, server_default="UTC"),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("changed", sa.DateTime, nullable=False),
)
"""What somebody set: `cron` (five fields) or `hours`, or neither where only `paused` differs from the default."""

HEALTH: Final = sa.Table(
    "health",
    METADATA,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("since", sa.DateTime, nullable=False),
    sa.Column("told", sa.String),
)
"""The state of each source, and as `export:NAME` of each scheduled export, when it was last looked at.

`told` is JSON: way of notification -> state told by it last.
"""

EXPORTS: Final = sa.Table(
    "exports",
    METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("selection", sa.Text, nullable=False),
    sa.Column("format", sa.String, nullable=False),
    sa.Column("spreadsheet", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("folder", sa.Text, nullable=False),
    sa.Column("keep", sa.Integer, nullable=False),
    sa.Column("cron", sa.String),
    sa.Column("timezone", sa.String, nullable=False, server_default="UTC"),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("since", sa.DateTime, nullable=False),
    sa.Column("sources", sa.Text, nullable=False),
    sa.Column("store", sa.String),
    sa.Column("store_version", sa.BigInteger),
)
"""Scheduled exports: by `cron` (five fields), or after a refresh where there is none.

`since` is from when its times count; `sources` are those that it reads, as JSON; `store` and `store_version` are the
state of the store up to which it needs no new file.
"""

EXPORT_RUNS: Final = sa.Table(
    "export_runs",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("export", sa.String, nullable=False, index=True),
    sa.Column("trigger", sa.String, nullable=False),
    sa.Column("started", sa.DateTime, nullable=False),
    sa.Column("finished", sa.DateTime),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("file", sa.Text),
    sa.Column("rows", sa.BigInteger),
    sa.Column("bytes", sa.BigInteger),
    sa.Column("error", sa.Text),
    sa.Column("store_version", sa.BigInteger),
    sa.Column("process", sa.String),
)
"""What every run of a scheduled export did."""

SCHEMA: Final = "0003"
"""The newest migration. Revisions are numbers of four digits, so that an older program knows a newer schema."""
VERSION_TABLE: Final = "stacktide_schema"

_BEFORE_MIGRATIONS: Final = "0001"
_COLUMNS_BEFORE_MIGRATIONS: Final = {"id", "source", "trigger", "started", "finished", "outcome", "report"}
_LOCK_KEY: Final = 0x57AC_71DE
"""Of the advisory lock under which PostgreSQL is migrated; the same for every version of the program."""
_WAIT_SECONDS: Final = 30
_READS: Final = "stacktide_reads"
_one_migration = threading.Lock()
"""Alembic's `op` and `context` belong to the process, not to the thread."""
_open: weakref.WeakSet["State"] = weakref.WeakSet()


class State:
    """The database at `where`: a file of SQLite, or an address (`postgresql://...`, `sqlite:///...`).

    Nothing is opened before the first use. May be shared by threads, and be carried over a fork.
    Raises UsageError when the address is none that can be used. Everything else raises StoreError, one sentence without
    user and password, when the database cannot be reached, read or written, or is newer than this program.
    """

    def __init__(self, where: Path | str) -> None:
        self._url = sa.URL.create("sqlite", database=str(where)) if isinstance(where, Path) else _parsed(where)
        self._migrated = False
        self._first_use = threading.Lock()

    @property
    def backend(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._url.get_backend_name()

    @property
    def name(self) -> str:
        """The database as a person may see it: the file, or host, port and database."""
        if self.backend == "sqlite":
            return str(self._url.database)
        host = self._url.host or "the local socket"
        return f"{host}{f':{self._url.port}' if self._url.port else ''}/{self._url.database or ''}"

    @property
    def engine(self) -> sa.Engine:
        """The engine, its database brought to the newest schema; for libraries that want one."""
        if not self._migrated:
            with self._first_use, self._told():
                if not self._migrated:
                    self._migrate()
                    self._migrated = True
        return self._engine

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads, and waits for nobody on SQLite."""
        engine = self.engine
        with self._told(), engine.connect().execution_options(**{_READS: True}) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that writes, on SQLite the only one at its time: all of it is kept, or nothing."""
        engine = self.engine
        with self._told(), engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        self._engine.dispose()

    @cached_property
    def _engine(self) -> sa.Engine:
        if self.backend == "sqlite":
            engine = sa.create_engine(self._url, connect_args={"timeout": _WAIT_SECONDS})
            sa.event.listen(engine, "connect", _set_up_sqlite)
            sa.event.listen(engine, "begin", _begin_sqlite)
        else:
            settings = {"connect_timeout": 10, "application_name": "stacktide"}
            given = {name: value for name, value in settings.items() if name not in self._url.query}
            engine = sa.create_engine(self._url, connect_args=given, pool_pre_ping=True)
        weakref.finalize(self, engine.dispose)
        _open.add(self)
        return engine

    def _migrate(self) -> None:
        if self.backend == "sqlite":
            self._make_folder()
        with self._engine.connect().execution_options(**{_READS: True}) as connection:
            if _version(connection) == SCHEMA:
                return
        with _one_migration, self._engine.begin() as connection:
            if self.backend == "postgresql":
                connection.exec_driver_sql(f"set local lock_timeout = '{_WAIT_SECONDS}s'")
                connection.exec_driver_sql(f"select pg_advisory_xact_lock({_LOCK_KEY})")
            found = _version(connection)
            if found is not None and found > SCHEMA:
                raise StoreError(
                    f"The operational state {self.name} has schema {found}, newer than {SCHEMA}, which this program "
                    "knows: update Stacktide."
                )
            if found != SCHEMA:
                self._upgrade(connection, adopt=found is None)

    def _upgrade(self, connection: sa.Connection, adopt: bool) -> None:
        from alembic import command  # takes as long to import as SQLAlchemy, and is rarely needed
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config(attributes={"connection": connection, "version_table": VERSION_TABLE})
        config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
        if adopt and sa.inspect(connection).has_table("runs"):
            columns = {column["name"] for column in sa.inspect(connection).get_columns("runs")}
            if columns != _COLUMNS_BEFORE_MIGRATIONS:
                raise StoreError(
                    f"The database {self.name} has a table `runs` that is not Stacktide's: give Stacktide a database "
                    "of its own."
                )
            command.stamp(config, _BEFORE_MIGRATIONS)
        try:
            command.upgrade(config, SCHEMA)
        except (CommandError, LookupError, TypeError, ValueError) as error:
            raise StoreError(
                f"The operational state {self.name} cannot be brought to schema {SCHEMA} ({error}); it stays as it "
                "was: please report it."
            ) from error

    def _make_folder(self) -> None:
        folder = Path(str(self._url.database)).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The folder {folder} of the operational state cannot be written ({error.strerror}): give another home."
            ) from error

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the database says into one sentence; wrong statements stay the errors that they are."""
        try:
            yield
        except (sa.exc.IntegrityError, sa.exc.DataError):
            raise
        except sa.exc.DBAPIError as error:
            raise StoreError(self._sentence(error.orig)) from error
        except sa.exc.TimeoutError as error:  # all connections of the pool are in use
            raise StoreError(self._sentence("too many at once")) from error

    def _sentence(self, reason: object) -> str:
        if self.backend == "sqlite":
            damaged = isinstance(reason, sqlite3.DatabaseError) and not isinstance(reason, sqlite3.OperationalError)
            remedy = (
                "move the file away, a new one is then begun"
                if damaged
                else "see that its folder can be written and has space left"
            )
            return f"The operational state {self.name} cannot be used ({reason}): {remedy}."
        lines = [line.strip() for line in str(reason).splitlines() if line.strip()]
        said = next((line for line in lines if not line.endswith(":")), "no reason given").rstrip(".")
        for secret in (self._url.password, *(v for k, v in self._url.query.items() if "password" in k)):
            said = said.replace(str(secret), "***") if secret else said
        return (
            f"The operational state in PostgreSQL at {self.name} cannot be used ({said}): see that the server runs and "
            "that STACKTIDE_STATE_URL is right."
        )


def _parsed(address: str) -> sa.URL:
    """The address, its driver filled in; no message repeats any of it, as any part may hold the password."""
    try:
        url = sa.make_url(address)
    except (sa.exc.ArgumentError, ValueError):
        url = None
    if url is not None and url.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        if "@" in (url.host or ""):
            raise UsageError("The setting `state_url` has two @: write one that is part of a password as %40.")
        return url.set(drivername="postgresql+psycopg")
    if (
        url is not None
        and url.drivername in {"sqlite", "sqlite+pysqlite"}
        and url.database not in {None, "", ":memory:"}
    ):
        return sa.URL.create("sqlite", database=str(Path(str(url.database)).expanduser()))
    raise UsageError(
        "The setting `state_url` is no address of a database that Stacktide can use: write it as "
        "postgresql://user:password@host:5432/database or sqlite:///folder/file.sqlite."
    ) from None


def _version(connection: sa.Connection) -> str | None:
    """The schema that the database says it has; none where it has never been migrated."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    version = connection.execute(sa.text(f"select version_num from {VERSION_TABLE}")).scalar()
    return None if version is None else str(version)


def _set_up_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # `_begin_sqlite` begins, so that changes of the schema are transactions too
    with suppress(sqlite3.OperationalError):  # another connection is just switching: it holds for the file, so for all
        connection.execute("pragma journal_mode=wal")


def _begin_sqlite(connection: sa.Connection) -> None:
    """A transaction that may write takes the lock at once: one that took it later could not wait for it."""
    reads = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql("begin" if reads else "begin immediate")


def _close_all() -> None:
    for state in _open:
        state.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_close_all)  # a connection that parent and child both have would confuse the database
