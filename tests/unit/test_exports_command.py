"""`stacktide exports`: what it says, what it refuses, what it writes; and never a traceback."""

import hashlib
import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow.parquet as pq
import pytest

from etl import cli, locks
from etl.catalog import Catalog
from etl.commands import exports as command
from etl.commands import exports_run
from etl.exports import Exports
from etl.home import Home

SELECTION = "http://tide.example.org/api/v1/observations?technology=python,django"


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Ask = Callable[..., Answer]


@pytest.fixture
def used(
    home: Home,
    entries: Catalog,
    observations: Callable[..., pd.DataFrame],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Home:
    """Six rows of two sources, and no embedded data."""
    monkeypatch.chdir(tmp_path)
    for name in ("STACKTIDE_STATE_URL", "STACKTIDE_HOME", "STACKTIDE_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(command, "filled", lambda folder, _: Home(folder))
    monkeypatch.setattr(command, "entries_in_use", lambda: entries)  # it takes half a second to read
    months = ["2026-01-01", "2026-02-01", "2026-03-01"]
    home.store.replace(observations(period_start=months), source="pypl")
    indicator = "pypi_downloads"
    rows = observations(source="top_pypi", indicator=indicator, technology="django", period_start=months)
    home.store.replace(rows, source="top_pypi")
    return home


@pytest.fixture
def ask(used: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Run `stacktide exports` in this process, entry point and all."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str | Path) -> Answer:
        capsys.readouterr()
        given = [str(words[0]), "--home", str(used.path), *map(str, words[1:])]
        try:
            cli.main(lambda: command.app(given, prog_name="stacktide exports"))
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        told = capsys.readouterr()
        assert "Traceback" not in told.out + told.err
        return Answer(code, told.out, told.err)

    return run


@pytest.fixture
def add(ask: Ask) -> Ask:
    """Add `web`, to be written to `out` after refreshes, unless other options are given."""

    def run(*words: str | Path) -> Answer:
        return ask("add", "web", "--selection", SELECTION, "--to", "out", *(words or ("--after-refresh",)))

    return run


def today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def test_add_list_pause_resume_remove(ask: Ask, add: Ask, tmp_path: Path) -> None:
    assert ask("list").out == "There are no exports: `stacktide exports add --help` says how to make one.\n"
    said = add()
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        f"web: csv to {tmp_path.resolve() / 'out'}, after a refresh that changed its figures, the newest 12 are kept",
        "It would write 6 rows now: `stacktide exports run web` does.",
    ]
    assert (tmp_path / "out").is_dir()
    cron = add("--cron", "30 5 * * mon", "--timezone", "Europe/Berlin", "--keep", "3", "--replace", "--json")
    document = json.loads(cron.out)
    assert (document["when"], document["keep"], document["rows_now"]) == ("on Mondays at 05:30 Europe/Berlin", 3, 6)
    assert document["next_run"].endswith(("03:30:00Z", "04:30:00Z"))
    listed = ask("list").out.splitlines()
    assert listed[0].split()[:4] == ["name", "format", "when", "paused"]
    assert listed[1].startswith("web")
    assert listed[2] == "No scheduler runs: `stacktide serve` and `stacktide schedule run` start one."
    assert ask("pause", "web").out.endswith("; paused\n")
    assert json.loads(ask("list", "--json").out)["exports"][0]["paused"]
    assert "; next run " in ask("resume", "web").out
    assert ask("remove", "web").out == f"web is removed; its files stay in {tmp_path.resolve() / 'out'}.\n"
    assert json.loads(ask("list", "--json").out) == {"scheduler": None, "exports": []}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--after-refresh", "--cron", "0 5 * * *"], "give --after-refresh or --cron, one of them."),
        (["--keep", "3"], "give --after-refresh or --cron, one of them."),
        (["--after-refresh", "--timezone", "Europe/Berlin"], "--timezone is of --cron alone: leave it out."),
        (["--cron", "61 5 * * *"], "The field minute of the cron text (`61`) cannot be `61`"),
        (["--cron", "0 5 * * *", "--timezone", "Berlin"], "did you mean `Europe/Berlin`"),
        (["--after-refresh", "--format", "xls"], "There is no format `xls`: did you mean `xlsx`?"),
        (
            ["--after-refresh", "--format", "json", "--spreadsheet"],
            "--spreadsheet is of --format csv alone: leave it out.",
        ),
        (["--after-refresh", "--selection", "technology=djngo"], "There is no technology `djngo`: did you mean `"),
        (
            ["--after-refresh", "--selection", "/api/v1/observations?tecnology=django"],
            "There is no parameter `tecnology`: did you mean",
        ),
        (["--after-refresh", "--selection", "from=2026-02-30"], "which is no date"),
        (["--after-refresh", "--selection", "as_of=2026-09-01"], "holds what is newest: leave `as_of` out"),
        (
            ["--after-refresh", "--selection", "/api/v1/observations?version=1"],
            "holds what is newest: leave `version` out",
        ),
        (["--after-refresh", "--selection", "django"], "`django` is no selection: paste an address"),
        (["--after-refresh", "--selection", "http://[::1/?technology=django"], "is no address: paste an address"),
        (["--after-refresh", "--to", "/proc/nothing"], "give another with --to."),
    ],
)
def test_what_is_wrong_is_refused_at_once(ask: Ask, add: Ask, used: Home, words: list[str], told: str) -> None:
    answer = add(*words)
    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err
    assert answer.err.startswith("stacktide: ")
    assert answer.err.count("\n") == 1
    assert json.loads(ask("list", "--json").out)["exports"] == []


@pytest.mark.parametrize("name", ["../web", "a/b", "..", "/etc/passwd", "Web", "web.csv", ""])
def test_a_name_leads_nowhere_else(ask: Ask, tmp_path: Path, name: str) -> None:
    answer = ask("add", "--selection", SELECTION, "--to", "out", "--after-refresh", "--", name)
    assert (answer.code, answer.out) == (2, "")
    assert "give it a name of at most 60 small letters" in answer.err
    for act in ("run", "remove", "pause", "resume", "history"):
        answer = ask(act, "--", name)
        assert (answer.code, answer.out) == (2, ""), act
        assert "There is no export" in answer.err
    assert not (tmp_path / "out").exists()


def test_a_run_writes_the_same_bytes_each_time_and_is_told(ask: Ask, add: Ask, tmp_path: Path) -> None:
    add()
    said = ask("run", "web")
    file = tmp_path.resolve() / "out" / f"web-{today()}.csv"
    assert (said.code, said.out, said.err) == (0, f"6 rows written to {file}.\n", "")
    again = json.loads(ask("run", "web", "--json").out)
    assert (again["outcome"], again["trigger"], again["rows"]) == ("written", "manual", 6)
    assert again["bytes"] == Path(again["file"]).stat().st_size == file.stat().st_size
    assert Path(again["file"]).read_bytes() == file.read_bytes()
    frame = pd.read_csv(file, keep_default_na=False, na_values=[""])
    assert (sorted(frame["technology"].unique()), len(frame)) == (["django", "python"], 6)
    assert not list((tmp_path / "out").glob(".*"))
    history = ask("history", "web").out.splitlines()
    assert len(history) == 3
    assert [run["outcome"] for run in json.loads(ask("history", "--json").out)["runs"]] == ["written", "written"]


@pytest.mark.parametrize("file_format", ["csv", "json", "ndjson", "parquet", "xlsx", "bundle"])
def test_every_format(ask: Ask, add: Ask, file_format: str) -> None:
    add("--after-refresh", "--format", file_format)
    made = [json.loads(ask("run", "web", "--json").out) for _ in range(2)]
    assert [run["outcome"] for run in made] == ["written", "written"]
    digests = {hashlib.sha256(Path(run["file"]).read_bytes()).hexdigest() for run in made}
    assert len(digests) == 1
    if file_format == "parquet":
        table = pq.read_table(made[0]["file"])
        assert table.num_rows == 6
        assert b"http://tide.example.org/" in b"".join((table.schema.metadata or {}).values())


def test_only_so_many_files_stay(ask: Ask, add: Ask, tmp_path: Path) -> None:
    add("--after-refresh", "--keep", "2")
    out = tmp_path / "out"
    old = ["web-2026-01-01.csv", "web-2026-01-02.csv", "web-2026-01-02.json", "other-2026-01-01.csv"]
    for name in old:
        (out / name).touch()
    ask("run", "web")
    assert sorted(path.name for path in out.iterdir()) == sorted([*old[1:], f"web-{today()}.csv"])


def test_what_fails_is_one_sentence_and_the_last_file_stays(ask: Ask, add: Ask, used: Home, tmp_path: Path) -> None:
    add("--after-refresh", "--keep", "1")
    good = Path(json.loads(ask("run", "web", "--json").out)["file"])
    whole = good.read_bytes()

    def fails(told: str) -> None:
        answer = ask("run", "web")
        assert (answer.code, answer.out) == (1, "")
        assert told in answer.err
        assert answer.err.count("\n") == 1
        assert json.loads(ask("history", "--json").out)["runs"][0]["error"] == answer.err[len("stacktide: ") : -1]
        assert json.loads(ask("list", "--json").out)["exports"][0]["state"] == "failing"

    # a technology that has left the catalogue since
    with used.state.writing() as connection:
        connection.exec_driver_sql("update exports set selection = '/?technology=jango'")
    fails("There is no technology `jango`: did you mean `")
    # figures that have gone
    with used.state.writing() as connection:
        connection.exec_driver_sql("update exports set selection = '/api/v1/observations?technology=rust'")
    fails("Nothing passes the selection of the export web: refresh its sources, or give it another selection")
    with used.state.writing() as connection:
        connection.exec_driver_sql("update exports set selection = '/api/v1/observations'")
    good.parent.rename(tmp_path / "moved")
    fails("is no longer there: make it again, or give another with `stacktide exports add web ... --replace`.")
    (tmp_path / "moved").rename(good.parent)
    assert [path.name for path in good.parent.iterdir()] == [good.name]
    assert good.read_bytes() == whole
    assert used.store.folder is not None
    used.store.folder.rename(tmp_path / "away")
    fails("There is no store at ")


def test_what_nobody_foresaw_is_recorded_too(ask: Ask, add: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    add()

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(exports_run, "write", broken)
    monkeypatch.setattr(exports_run._log, "disabled", True)  # the log has the traceback
    answer = ask("run", "web")
    told = "The export web met something that nobody foresaw (ZeroDivisionError: division by zero): please report it."
    assert (answer.code, answer.out) == (1, "")
    assert told in answer.err
    assert json.loads(ask("history", "--json").out)["runs"][0]["error"] == told


def test_the_same_export_never_runs_twice_at_once(ask: Ask, add: Ask, used: Home) -> None:
    add()
    locked, done = threading.Event(), threading.Event()

    def other() -> None:
        with locks.held(used.lock("export-web"), "run of the export web", datetime.now):
            locked.set()
            done.wait(20)

    thread = threading.Thread(target=other)
    thread.start()
    assert locked.wait(10)
    try:
        answer = ask("run", "web")
    finally:
        done.set()
        thread.join()
    assert (answer.code, answer.out) == (1, "")
    assert f"Another run of the export web is under way (process {os.getpid()} on " in answer.err
    assert json.loads(ask("history", "--json").out)["runs"] == []
    assert ask("run", "web").code == 0


@pytest.mark.parametrize(
    ("selection", "sources"),
    [
        ("technology=python", ()),
        ("indicator=pypl_languages", ("pypl",)),
        ("/?indicator=pypl_languages&value=share", ("pypl",)),
        ("/api/v1/observations?technology=django", ()),
        ("/api/v1/observations?indicator=pypl_languages,pypi_downloads&source=top_pypi", ("top_pypi",)),
        ("/api/v1/observations?source=pypl,top_pypi", ("pypl", "top_pypi")),
    ],
)
def test_which_sources_an_export_reads(
    ask: Ask, add: Ask, used: Home, selection: str, sources: tuple[str, ...]
) -> None:
    assert add("--after-refresh", "--selection", selection).err == ""
    (export,) = Exports(used.state, datetime.now).all()
    assert export.sources == sources
    assert (export.store, export.store_version) == (used.store.identity(), used.store.version())


def test_an_older_selection_that_finds_nothing_yet_may_be_added(ask: Ask, add: Ask) -> None:
    said = add("--after-refresh", "--selection", "/api/v1/observations?technology=rust")
    assert said.code == 0
    assert "It would write 0 rows now" in said.out
    assert said.out.endswith("Nothing passes its selection now: it fails until something does.\n")
