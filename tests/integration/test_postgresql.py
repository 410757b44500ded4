"""The operational state in PostgreSQL: connections that fail or break off, and a whole refresh."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from etl import cli
from etl.errors import StoreError
from etl.home import Home
from etl.runs import Run, Runs
from etl.state import State

NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone, as in the run history


@pytest.fixture
def state(new_postgresql: str) -> Iterator[State]:
    made = State(new_postgresql)
    yield made
    made.close()


def _sentence(address: str) -> str:
    """What is said when the address is used; never user or password."""
    state = State(address)
    with pytest.raises(StoreError) as caught:
        Runs(state).last()
    state.close()
    told = str(caught.value)
    assert told.startswith("The operational state in PostgreSQL at ")
    assert told.endswith(": see that the server runs and that STACKTIDE_STATE_URL is right.")
    assert "\n" not in told
    assert "secret" not in told
    return told


def test_nobody_answers() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # taken, but not listening
        port = silent.getsockname()[1]
        told = _sentence(f"postgresql://ada:secret@127.0.0.1:{port}/tide")
    assert f"127.0.0.1:{port}/tide" in told
    assert "Connection refused" in told


def test_wrong_password_and_wrong_database(postgresql: str) -> None:
    host = postgresql.rpartition("@")[2]
    assert "password authentication failed" in _sentence(f"postgresql://stacktide:secret2@{host}/postgres")
    assert 'database "nowhere" does not exist' in _sentence(f"{postgresql}/nowhere")


def test_a_user_that_may_not_make_tables(new_postgresql: str) -> None:
    with psycopg.connect(new_postgresql, autocommit=True) as connection:
        connection.execute("create role reader login password 'a secret'")
    told = _sentence(new_postgresql.replace("stacktide:not%20so%20secret", "reader:a%20secret"))
    assert "permission denied" in told


def _break_off(address: str) -> None:
    """End all connections to the database, as a restart of the server does."""
    with psycopg.connect(address) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


def test_connections_that_broke_off_are_made_anew(state: State, new_postgresql: str) -> None:
    runs = Runs(state)
    run = runs.begin(Run("pypl", "manual", NOON))
    _break_off(new_postgresql)
    run.outcome = "updated"
    runs.end(run)
    assert runs.last()["pypl"]["outcome"] == "updated"


def test_a_transaction_that_breaks_off_is_told_and_undone(state: State, new_postgresql: str) -> None:
    insert = "insert into health (source, state, since) values ('a', 'fresh', '2026-09-01')"

    def torn() -> None:
        with state.writing() as connection:
            connection.exec_driver_sql(insert)
            _break_off(new_postgresql)
            connection.exec_driver_sql("select 1")

    with pytest.raises(StoreError, match="cannot be used"):
        torn()
    with state.reading() as connection:
        assert connection.exec_driver_sql("select count(*) from health").scalar_one() == 0


def test_a_refresh_records_itself_there(
    new_postgresql: str,
    pypl_mirror: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STACKTIDE_STATE_URL", new_postgresql)
    home = tmp_path / "home"

    def told(*words: str) -> dict[str, object]:
        capsys.readouterr()
        cli.app([*words, "--home", str(home), "--json"], standalone_mode=False)
        document: dict[str, object] = json.loads(capsys.readouterr().out)
        return document

    (refreshed,) = told("refresh", "pypl", "--upstream", str(pypl_mirror(tmp_path / "mirror")))["runs"]  # type: ignore[misc]
    (listed,) = told("runs")["runs"]  # type: ignore[misc]
    assert (listed["outcome"], listed["rows_added"], listed["trigger"]) == ("partial", 360, "manual")
    shown = told("runs", "show", str(listed["id"]))["run"]
    assert shown["failed_parts"] == refreshed["failed_parts"]  # type: ignore[index]
    assert len(shown["failed_parts"]) == 8  # type: ignore[index]
    assert not list(home.glob("state.sqlite*"))
    assert Home(home).runs.last_good()["pypl"]["rows"] == 360
