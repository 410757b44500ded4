"""The operational state: schema and migrations on SQLite and PostgreSQL, addresses, what failures say."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from etl import state as module
from etl.config import FILE
from etl.errors import StoreError, UsageError
from etl.home import Home
from etl.runs import Run, Runs
from etl.state import METADATA, SCHEMA, VERSION_TABLE, State

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone, as in the run history


@pytest.fixture
def plain(database: Path | str) -> Iterator[sa.Engine]:
    """The database as any program may open it, without our migrations."""
    if isinstance(database, Path):
        database.parent.mkdir()
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(database)))
    else:
        engine = sa.create_engine(sa.make_url(database).set(drivername="postgresql+psycopg"))
    yield engine
    engine.dispose()


@pytest.fixture
def state(database: Path | str) -> Iterator[State]:
    made = State(database)
    yield made
    made.close()


def _tables(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names())


def _schema(engine: sa.Engine) -> str:
    with engine.connect() as connection:
        return str(connection.execute(sa.text(f"select version_num from {VERSION_TABLE}")).scalar_one())


def test_the_migrations_make_the_tables(state: State) -> None:
    """Whoever changes a table in etl/state.py must add a migration that does the same."""
    assert _schema(state.engine) == SCHEMA
    assert _tables(state.engine) == {*METADATA.tables, VERSION_TABLE} > {"runs", "schedules", "health"}
    with state.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_schema_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path(module.__file__).with_name("migrations")))
    revisions = [script.revision for script in scripts.walk_revisions()]
    assert revisions[0] == SCHEMA
    assert len(revisions) >= 2
    assert all(re.fullmatch(r"\d{4}", revision) for revision in revisions)
    assert revisions == sorted(revisions, reverse=True)


def test_nothing_is_opened_before_the_first_use(database: Path | str, plain: sa.Engine) -> None:
    state = State(database)
    assert _tables(plain) == set()
    assert state.engine is state.engine
    assert "runs" in _tables(plain)
    state.close()


def _begin_as_before_migrations(engine: sa.Engine, reports: list[str]) -> None:
    """The table of runs as the program once made it; the last run has not ended."""
    old = sa.Table(
        "runs",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("source", sa.String, nullable=False, index=True),
        sa.Column("trigger", sa.String, nullable=False),
        sa.Column("started", sa.DateTime, nullable=False),
        sa.Column("finished", sa.DateTime),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
    )
    row = {"source": "pypl", "trigger": "manual", "started": NOON, "finished": NOON, "outcome": "updated"}
    with engine.begin() as connection:
        old.create(connection)
        connection.execute(old.insert(), [row | {"report": report} for report in reports])
        connection.execute(old.insert(), row | {"finished": None, "outcome": "running", "report": "{}"})


def test_a_history_from_before_migrations_is_kept(database: Path | str, plain: sa.Engine, state: State) -> None:
    run = Run("pypl", "manual", NOON, finished=NOON, outcome="updated", requests=3, bytes=4, rows=5, rows_added=6)
    run.newest_period, run.retrieved_on, run.store_version = date(2026, 7, 1), date(2026, 8, 31), 0
    run.unknown_names, run.failed_parts = [{"name": "Zig"}], [{"part": "GB", "error": "gone"}]
    run.catalogue, run.error = "0123", "1 of 2 parts failed"
    report = run.report()
    _begin_as_before_migrations(plain, [json.dumps(report | {"rows": number}) for number in range(1, 1202)])

    runs = Runs(state)
    assert [(found["id"], found["outcome"]) for found in runs.list(limit=2)] == [(1202, "running"), (1201, "updated")]
    everything = runs.list(limit=None)
    assert [found["rows"] for found in everything] == [0, *range(1201, 0, -1)]
    del report["dry_run"]
    expected = report | {"id": 1201, "rows": 1201, "failed_count": 1, "seconds": 0.0}
    assert runs.get(1201) == runs.last_good()["pypl"] == expected
    assert runs.retrieved_on() == {"pypl": date(2026, 8, 31)}
    assert _schema(plain) == SCHEMA
    assert runs.begin(Run("pypl", "manual", NOON)).id == 1203
    assert [found["outcome"] for found in runs.list(limit=2)] == ["running", "interrupted"]


def test_a_migration_that_fails_changes_nothing(database: Path | str, plain: sa.Engine, state: State) -> None:
    _begin_as_before_migrations(plain, ["{}", "no JSON"])
    before = sa.inspect(plain).get_columns("runs")
    with pytest.raises(StoreError, match=rf"cannot be brought to schema {SCHEMA} \(.*\); it stays as it was"):
        Runs(state).last()
    assert _tables(plain) == {"runs"}
    assert [column["name"] for column in sa.inspect(plain).get_columns("runs")] == [column["name"] for column in before]
    with plain.begin() as connection:
        connection.execute(sa.text("update runs set report = '{}'"))
    assert Runs(state).last()["pypl"]["outcome"] == "running"


def test_a_newer_schema_is_refused(database: Path | str, plain: sa.Engine, state: State) -> None:
    Runs(state).begin(Run("pypl", "manual", NOON))
    with plain.begin() as connection:
        connection.execute(sa.text(f"update {VERSION_TABLE} set version_num = '0999'"))
    newer = State(database)
    with pytest.raises(StoreError, match=r"has schema 0999, newer than \d{4}, which this program knows: update Stackt"):
        Runs(newer).last()
    assert _schema(plain) == "0999"
    newer.close()


def test_a_table_of_somebody_else_is_refused(plain: sa.Engine, state: State) -> None:
    with plain.begin() as connection:
        connection.execute(sa.text("create table runs (id integer primary key, athlete text)"))
    with pytest.raises(
        StoreError, match=r"has a table `runs` that is not Stacktide's: give Stacktide a database of its"
    ):
        Runs(state).last()
    assert _tables(plain) == {"runs"}


def test_processes_migrate_at_once(database: Path | str, plain: sa.Engine) -> None:
    """Four processes find the history of an older program at one moment: one brings it up, the others wait."""
    _begin_as_before_migrations(plain, ["{}"] * 300)
    program = (
        "import sys\nfrom pathlib import Path\nfrom alembic import command\n"
        "from etl.runs import Runs\nfrom etl.state import State\n"
        "where = Path(sys.argv[2]) if sys.argv[1] == 'PosixPath' else sys.argv[2]\n"
        "print('ready', flush=True)\nsys.stdin.readline()\nprint(len(Runs(State(where)).list(limit=None)))"
    )
    words = [sys.executable, "-W", "error", "-c", program, type(database).__name__, str(database)]
    pipe = subprocess.PIPE
    others = [subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(4)]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
    for other in others:
        assert other.stdin is not None
        other.stdin.write("\n")
        other.stdin.flush()
    answers = [other.communicate(timeout=60) for other in others]
    assert answers == [("301\n", "")] * 4
    assert _schema(plain) == SCHEMA


def test_a_transaction_is_kept_as_a_whole_or_not_at_all(state: State) -> None:
    insert = sa.text("insert into health (source, state, since) values (:source, 'fresh', '2026-09-01')")

    def two(second: str) -> None:
        with state.writing() as connection:
            connection.execute(insert, {"source": "a"})
            connection.execute(insert, {"source": second})

    with pytest.raises(sa.exc.IntegrityError):
        two("a")
    with state.reading() as connection:
        assert connection.execute(sa.text("select count(*) from health")).scalar_one() == 0
    two("b")
    with state.reading() as connection:
        assert connection.execute(sa.text("select count(*) from health")).scalar_one() == 2


def test_a_fork_gets_connections_of_its_own(database: Path | str) -> None:
    program = (
        "import os, sys\nfrom datetime import datetime\nfrom pathlib import Path\n"
        "from etl.runs import Run, Runs\nfrom etl.state import State\n"
        "runs = Runs(State(Path(sys.argv[2]) if sys.argv[1] == 'PosixPath' else sys.argv[2]))\n"
        "runs.begin(Run('parent', 'manual', datetime(2026, 9, 1)))\n"
        "child = os.fork()\n"
        "for number in range(20):\n"
        "    runs.end(runs.begin(Run(f'{child == 0} {number}', 'manual', datetime(2026, 9, 1))))\n"
        "if child:\n    assert os.waitpid(child, 0)[1] == 0\n    print(len(runs.list(limit=None)))\n"
    )
    words = [sys.executable, "-W", "error", "-c", program, type(database).__name__, str(database)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("41\n", "")


def test_sqlite_lets_readers_read_while_somebody_writes(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    with state.writing() as writer, state.reading() as reader:
        writer.execute(sa.text("insert into health (source, state, since) values ('a', 'fresh', '2026-09-01')"))
        assert reader.execute(sa.text("select count(*) from health")).scalar_one() == 0
        assert reader.exec_driver_sql("pragma journal_mode").scalar_one() == "wal"
        assert reader.exec_driver_sql("pragma busy_timeout").scalar_one() == 30_000
    state.close()


def test_damaged_file_ends_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    file.write_bytes(b"this is no database, but long enough to be looked at. " * 40)
    with pytest.raises(
        StoreError, match=r"The operational state .*state\.sqlite cannot be used .*: move the file away"
    ):
        Runs(State(file)).last()


def test_folder_that_cannot_be_made_ends_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"The folder .* of the operational state cannot be written \("):
        Runs(State(tmp_path / "file" / "state.sqlite")).last()
    (tmp_path / "state.sqlite").mkdir()
    with pytest.raises(StoreError, match=r"state\.sqlite cannot be used \(unable to open database file\): see that"):
        Runs(State(tmp_path / "state.sqlite")).last()


@pytest.mark.parametrize(
    ("address", "backend", "name"),
    [
        ("postgresql://ada:secret@db.example.org:5433/tide", "postgresql", "db.example.org:5433/tide"),
        ("postgres://ada:secret@db.example.org/tide", "postgresql", "db.example.org/tide"),
        ("postgresql+psycopg://ada@[::1]/tide?password=secret", "postgresql", "::1/tide"),
        ("postgresql:///tide", "postgresql", "the local socket/tide"),
        ("sqlite:///folder/state.sqlite", "sqlite", "folder/state.sqlite"),
        ("sqlite:////var/lib/tide/a%20b.sqlite", "sqlite", "/var/lib/tide/a b.sqlite"),
    ],
)
def test_addresses(address: str, backend: str, name: str) -> None:
    state = State(address)
    assert (state.backend, state.name) == (backend, name)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "secret",
        "mysql://ada:secret@127.0.0.1/tide",
        "postgresql+asyncpg://ada:secret@127.0.0.1/tide",
        "postgresql://127.0.0.1:secret/tide",
        "postgresql://ada:sec@secret@127.0.0.1/tide",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(UsageError, match=r"The setting `state_url` ") as caught:
        State(address)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_the_state_of_a_home(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STACKTIDE_STATE_URL", raising=False)
    assert home.state.name == str(home.path / "state.sqlite")
    (tmp_path / FILE).write_text('state_url = "sqlite:///elsewhere/ops.sqlite"\n')
    other = Home(home.path)
    other.runs.begin(Run("pypl", "manual", NOON))
    assert (tmp_path / "elsewhere" / "ops.sqlite").is_file()
    assert not list(home.path.glob("state.sqlite*"))
    monkeypatch.setenv("STACKTIDE_STATE_URL", "postgresql://ada:secret@127.0.0.1/tide")
    assert Home(home.path).state.name == "127.0.0.1/tide"
