"""Scheduled exports in the operational state: definitions and history, on SQLite and PostgreSQL."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from etl import exports as module
from etl.errors import StoreError, UsageError
from etl.exports import Export, Exports, checked_name
from etl.state import EXPORT_RUNS, HEALTH, METADATA, SCHEMA, VERSION_TABLE, State

NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone


class Clock:
    """A clock that a test moves."""

    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state(database: Path | str) -> Iterator[State]:
    made = State(database)
    yield made
    made.close()


@pytest.fixture
def exports(state: State, clock: Clock) -> Exports:
    return Exports(state, clock)


def export(name: str = "web", **more: Any) -> Export:
    return Export(
        **{"selection": "technology=django", "format": "csv", "folder": "out", "since": NOON, **more}, name=name
    )


def test_what_was_added_is_there_as_it_was(exports: Exports) -> None:
    plain = exports.add(export())
    full = exports.add(
        export(
            "a",
            cron="30  5 * * mon",
            timezone="Europe/Berlin",
            keep=3,
            spreadsheet=True,
            sources=("pypl", "hex"),
            store="id",
            store_version=2**40,
        )
    )
    assert full.cron == "30 5 * * mon"
    assert exports.all() == [full, plain]
    assert (exports.of("a"), exports.of("web")) == (full, plain)
    assert full.words == "on Mondays at 05:30 Europe/Berlin"
    assert plain.words == "after a refresh that changed its figures"
    assert full.after(NOON) == datetime(2026, 9, 7, 3, 30)  # noqa: DTZ001
    assert plain.after(NOON) is None


@pytest.mark.parametrize(
    "name",
    ["", "Web", "-web", "_a", "a/b", "../a", "..", ".a", "a.b", "a b", "a\n", "a\0b", "ä", "a" * 61, "web;rm", "٣"],
)
def test_names_that_are_no_names_of_files_are_refused(name: str, exports: Exports) -> None:
    with pytest.raises(UsageError, match="give it a name of at most 60 small letters") as caught:
        exports.add(export(name))
    assert "\n" not in str(caught.value)
    assert exports.all() == []


@pytest.mark.parametrize("name", ["a", "0", "web-2026_top", "a" * 60])
def test_other_names_are_good(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"cron": "5 * *"}, "has 3 fields"),
        ({"cron": "0 5 * * *", "timezone": "Berlin"}, "Europe/Berlin"),
        ({"keep": 0}, "give --keep 1 to"),
        ({"keep": 10_001}, "give --keep 1 to"),
    ],
)
def test_wrong_rules_are_refused(wrong: dict[str, Any], told: str, exports: Exports) -> None:
    with pytest.raises(UsageError, match=told):
        exports.add(export(**wrong))
    assert exports.all() == []


def test_one_of_the_same_name_is_replaced_only_when_asked(exports: Exports) -> None:
    exports.add(export())
    run = exports.end(replace(exports.begin("web", "manual"), outcome="failed", error="no."))
    with pytest.raises(UsageError, match="There is an export `web` already: --replace puts this one in its place"):
        exports.add(export(format="json"))
    assert exports.of("web").format == "csv"
    exports.add(export(format="json"), in_place=True)
    assert [each.format for each in exports.all()] == ["json"]
    assert exports.history("web") == [run]
    with pytest.raises(UsageError, match="cron text"):  # what is wrong leaves the one that was there
        exports.add(export(cron="nonsense"), in_place=True)
    assert exports.of("web").format == "json"


def test_an_unknown_name_is_told_with_the_nearest(exports: Exports) -> None:
    exports.add(export())
    for act in (exports.of, exports.remove, exports.pause, exports.resume):
        with pytest.raises(UsageError, match="There is no export `wep`: did you mean `web`"):
            act("wep")


def test_removing_forgets_everything_of_one_export_alone(exports: Exports, state: State) -> None:
    for name in ("web", "other"):
        exports.add(export(name))
        exports.begin(name, "manual")
        with state.writing() as connection:
            connection.execute(HEALTH.insert().values(source=f"export:{name}", state="failing", since=NOON))
    assert exports.remove("web").folder == "out"
    assert [each.name for each in exports.all()] == ["other"]
    assert [run.export for run in exports.history()] == ["other"]
    with state.reading() as connection:
        assert connection.execute(sa.select(HEALTH.c.source)).scalars().all() == ["export:other"]


def test_pausing_and_resuming(exports: Exports, clock: Clock) -> None:
    exports.add(export())
    assert exports.pause("web").paused
    clock.now += timedelta(days=3)
    resumed = exports.resume("web")
    assert (resumed.paused, resumed.since) == (False, clock.now)
    clock.now += timedelta(days=3)
    assert exports.resume("web").since == resumed.since  # it was not paused


def test_a_good_run_tells_what_it_read_a_failed_one_does_not(exports: Exports, clock: Clock) -> None:
    exports.add(export(sources=("pypl",), store="first", store_version=3))
    begun = exports.begin("web", "refresh")
    assert (begun.started, begun.outcome, begun.trigger) == (NOON, "running", "refresh")
    clock.now += timedelta(seconds=4)
    failed = exports.end(
        replace(begun, outcome="failed", error="disk\0 full \ud800", store_version=9), ["hex"], "other"
    )
    assert failed.error == "disk\ufffd full ?"
    assert exports.of("web") == export(sources=("pypl",), store="first", store_version=3)
    good = exports.end(
        replace(exports.begin("web", "manual"), outcome="written", rows=7, bytes=8, file="x", store_version=10),
        {"pypl", "hex"},
        "other",
    )
    assert exports.of("web") == export(sources=("hex", "pypl"), store="other", store_version=10)
    assert exports.history() == [good, failed]
    last = exports.last()["web"]
    assert (last.newest, last.finished, last.written) == (good, good, good)
    assert json.loads(json.dumps(failed.report()))["finished"] == "2026-09-01T12:00:04"


def test_runs_without_an_end_were_interrupted(exports: Exports, state: State) -> None:
    exports.add(export())
    good = exports.end(replace(exports.begin("web", "manual"), outcome="written"))
    exports.begin("web", "schedule")
    assert exports.history(limit=1)[0].outcome == "running"  # this very process
    exports.begin("web", "schedule")
    with state.writing() as connection:  # its process has gone, and its number belongs to another
        connection.execute(EXPORT_RUNS.update().where(EXPORT_RUNS.c.outcome == "running").values(process=_gone(state)))
    assert [run.outcome for run in exports.history("web")] == ["interrupted", "interrupted", "written"]
    last = exports.last()["web"]
    assert last.newest is not None
    assert last.newest.outcome == "interrupted"
    assert (last.finished, last.written) == (good, good)


def _gone(state: State) -> str:
    with state.reading() as connection:
        recorded = connection.execute(sa.select(EXPORT_RUNS.c.process).where(EXPORT_RUNS.c.outcome == "running"))
        machine, pid, start = str(recorded.scalar_one()).rsplit(" ", 2)
    return f"{machine} {pid} {int(start) + 1}"


def test_the_history_does_not_grow_for_ever(exports: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUNS_KEPT", 3)
    for name in ("web", "other"):
        for _ in range(5):
            exports.end(replace(exports.begin(name, "manual"), outcome="written"))
    assert [run.id for run in exports.history("web")] == [5, 4, 3]
    assert [run.id for run in exports.history("other")] == [10, 9, 8]
    assert exports.begin("web", "manual").id == 11


def test_a_state_of_the_release_before_gets_the_tables(state: State) -> None:
    """Schema 0002 as its release left it, with a run and a schedule in it."""
    with state.writing() as connection:  # the newest schema, taken back to 0002
        for table in ("exports", "export_runs"):
            connection.exec_driver_sql(f"drop table {table}")
        connection.exec_driver_sql(f"update {VERSION_TABLE} set version_num = '0002'")
        connection.exec_driver_sql(
            "insert into runs (source, trigger, started, outcome, report) "
            "values ('pypl', 'manual', '2026-09-01', 'updated', '{}')"
        )
    newer = State(Path(str(state._url.database)) if state.backend == "sqlite" else state._url.render_as_string(False))
    exports = Exports(newer, lambda: NOON)
    assert exports.all() == []
    exports.add(export())
    assert exports.history() == []
    with newer.reading() as connection:
        assert connection.exec_driver_sql(f"select version_num from {VERSION_TABLE}").scalar_one() == SCHEMA == "0003"
        assert connection.exec_driver_sql("select source from runs").scalar_one() == "pypl"
        assert set(METADATA.tables) <= set(sa.inspect(connection).get_table_names())
    newer.close()


def test_a_state_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    file.write_bytes(b"this is no database, but long enough to be looked at. " * 40)
    with pytest.raises(StoreError, match="cannot be used"):
        Exports(State(file), lambda: NOON).all()
