"""The command line: helps with an example, exit codes, JSON and nothing else, sentences in place of tracebacks."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
import typer

from etl import __version__, cli
from etl.catalog import Catalog
from etl.home import Home

ROOT = Path(__file__).resolve().parents[2]


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Stacktide = Callable[..., Answer]


@pytest.fixture
def stacktide(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Stacktide:
    """Run the command line in this process, entry point and all: `stacktide("sources", "--json")`."""
    monkeypatch.delenv("STACKTIDE_HOME", raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str | Path) -> Answer:
        capsys.readouterr()
        try:
            cli.main(lambda: cli.app([str(word) for word in words], prog_name="stacktide"))
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        told = capsys.readouterr()
        assert "Traceback" not in told.out + told.err
        return Answer(code, told.out, told.err)

    return run


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory, observations: Callable[..., Any], entries: Catalog) -> Path:
    """A home whose store holds a few rows of every source, so that no embedded data comes in between."""
    import pandas as pd

    from etl import schema

    home = Home(tmp_path_factory.mktemp("used")).make()
    frames = [
        observations(source=s.id, indicator=s.indicators[0].id, technology=["python", "django"], frequency="M")
        for s in entries.sources
    ]
    home.store.replace(schema.typed(pd.concat([f.astype(dict.fromkeys(schema.CATEGORIES, "str")) for f in frames])))
    return home.path


def _commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in getattr(group, "commands", {}).items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name)


COMMANDS = list(_commands(typer.main.get_command(cli.app)))


def test_all_commands_are_there() -> None:
    wanted = {"serve", "refresh", "sources", "technologies", "catalog check", "export", "embed"}
    assert wanted <= {" ".join(command) for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_has_an_example(stacktide: Stacktide, command: tuple[str, ...]) -> None:
    answer = stacktide(*command, "--help")
    assert answer.code == 0
    assert f"Example: stacktide {' '.join(command)}" in answer.out.replace("`", "")
    if command != ("catalog", "check"):
        assert "--home" in answer.out


def test_version(stacktide: Stacktide) -> None:
    assert stacktide("--version") == (0, f"stacktide {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["refresh", "pipl"], "There is no source `pipl`: did you mean `pypl`?"),
        (["refresh", "qqqq"], "There is no source `qqqq`: `stacktide sources` lists them."),
        (
            ["technologies", "--use-case", "web-backends"],
            "There is no use case `web-backends`: did you mean `web-backend`",
        ),
        (["technologies", "--use-case", "qqqq"], "choose one of web-backend, "),
        (["technologies", "--kind", "gadget"], "There is no kind `gadget`"),
        (
            ["export", "-o", "-", "--from", "yesterday"],
            "--from is `yesterday`, which is no date: write it as 2024-01-31.",
        ),
        (
            ["export", "-o", "-", "--to", "2026-02-30"],
            "--to is `2026-02-30`, which is no date: write it as 2024-01-31.",
        ),
        (
            ["export", "-o", "-", "--from", "2026-01-02", "--to", "2026-01-01"],
            "--from 2026-01-02 is after --to 2026-01-01: swap them.",
        ),
        (["export", "-o", "-", "--technology", "djanggo"], "There is no technology `djanggo`: did you mean `django`"),
        (["export", "-o", "-", "--source", "pipl"], "There is no source `pipl`: did you mean `pypl`?"),
        (["export", "-o", "-", "--selection", "python"], "`python` is no selection: paste an address of the dashboard"),
        (
            ["export", "-o", "-", "--selection", "indicator=x", "--kind", "tool"],
            "--selection and --kind exclude each other",
        ),
        (["export", "-o", "-", "--fields", "valu"], "There is no column `valu`: did you mean `value`?"),
        (["export", "-o", "-", "--spreadsheet", "-f", "json"], "--spreadsheet is of CSV alone"),
        (["refresh", "--upstream", "nowhere-at-all"], "There is no mirror folder nowhere-at-all: give --upstream"),
        (["refresh", "--accept"], "--accept is for sources that you name: `stacktide refresh SOURCE --accept`."),
        (["refresh", "pypl", "--scheduler", "nonsense"], "There is no Dask scheduler at nonsense (ValueError): give"),
        (["serve", "--host", "999.1.1.1"], "--host 999.1.1.1 is no address of this machine: give 127.0.0.1, or"),
        (["serve", "--host", "192.0.2.1"], "--host 192.0.2.1 is no address of this machine: give 127.0.0.1, or"),
        (
            ["status", "--fail-on", ""],
            "--fail-on names no state: choose one of failing, stale, never, due, fresh, ended.",
        ),
        (
            ["status", "--fail-on", "failing", "extra"],
            "`stacktide status` does not take `extra`: `stacktide status --help`",
        ),
        (["sources", "--as-of", "2999-01-01"], "--as-of 2999-01-01 lies in the future: it is "),
        (["technologies", "--as-of", "2999-01-01"], "(UTC); give that day or an earlier one."),
        (["export", "-o", "-", "--as-of", "2999-01-01"], "--as-of 2999-01-01 lies in the future"),
        (["diff", "pypl", "--from", "2999-01-01"], "--from 2999-01-01 lies in the future"),
        (["diff", "pypl", "--from", "0", "--to", "2999-01-01"], "--to 2999-01-01 lies in the future"),
        (
            ["schedule", "every", "pypl", "--hours", "soon"],
            "--hours soon: it must be a valid number; `stacktide schedule",
        ),
        (["runs", "show", "soon"], "ID soon: it must be a valid integer; `stacktide runs show --help` says more."),
    ],
)
def test_wrong_usage(stacktide: Stacktide, used: Path, words: list[str], told: str) -> None:
    answer = stacktide(*words, "--home", used)
    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err
    assert answer.err.startswith("stacktide: ")
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["refresh", "--qqqq"], "There is no option `--qqqq`: `stacktide refresh --help` lists them."),
        (["refresh", "--hom", "x"], "There is no option `--hom`: did you mean `--home`?"),
        (["refrsh"], "There is no command `refrsh`: did you mean `refresh`?"),
        (["qqqq"], "There is no command `qqqq`: `stacktide --help` lists them."),
        (["runs", "shw", "1"], "There is no command `shw`: did you mean `show`?"),
        (["export"], "`stacktide export` needs --output: `stacktide export --help` says what that is."),
        (["runs", "show"], "`stacktide runs show` needs ID: `stacktide runs show --help` says what that is."),
        (
            ["export", "-o", "-", "-f", "pdf"],
            "--format pdf: 'pdf' is not one of 'csv', 'json', 'ndjson', 'parquet', 'xlsx', 'bundle'; ",
        ),
        (
            ["serve", "--port", "0"],
            "--port 0: it must be greater than or equal to 1; `stacktide serve --help` says more.",
        ),
        (["serve", "--port", "web"], "--port web: it must be a valid integer; `stacktide serve --help` says more."),
        (["serve", "--workers"], "Option '--workers' requires an argument: `stacktide --help` says how it is written."),
        (
            ["refresh", "--full=yes"],
            "Option '--full' does not take a value: `stacktide --help` says how it is written.",
        ),
    ],
)
def test_wrong_options(stacktide: Stacktide, words: list[str], told: str) -> None:
    answer = stacktide(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"stacktide: {told}")
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("words", [["schedule"], ["config"], ["catalog"]])
def test_group_alone_shows_its_help(stacktide: Stacktide, words: list[str]) -> None:
    answer = stacktide(*words)
    assert answer.code == 2
    assert f"Usage: stacktide {words[0]}" in answer.out + answer.err
    assert "stacktide: " not in answer.err


def test_accepted_figures(stacktide: Stacktide, pypl_mirror: Callable[..., Path], tmp_path: Path) -> None:
    """A jump that the checks refuse, and that is right: told with the remedy, taken on request, and recorded."""
    mirror, home = pypl_mirror(tmp_path / "mirror"), tmp_path / "home"
    words = ["refresh", "pypl", "--upstream", mirror, "--home", home]
    assert stacktide(*words).code == 0
    pypl_mirror(mirror, 0.295)  # Python falls from 30 to 0.5 percent
    refused = stacktide(*words)
    assert "If the figures are right, `stacktide refresh pypl --accept` takes them." in refused.out
    assert "changed, 0 removed" not in refused.out
    accepted = stacktide(*words, "--accept")
    assert accepted.code == 0
    assert "  Accepted: pypl: pypl_languages of `python` in WLD" in accepted.out
    (run,) = json.loads(stacktide("runs", "--limit", "1", "--json", "--home", home).out)["runs"]
    told = stacktide("runs", "show", str(run["id"]), "--home", home).out
    assert "Accepted on request (1):\n  pypl: pypl_languages of `python` in WLD" in told
    assert "nothing changed" in stacktide(*words).out


def test_output_that_cannot_be_written(stacktide: Stacktide, used: Path, tmp_path: Path) -> None:
    answer = stacktide("export", "-o", tmp_path / "nowhere" / "rows.csv", "--home", used)
    assert answer.code == 2
    assert "cannot be written (No such file or directory): give another --output." in answer.err


def test_sources(stacktide: Stacktide, used: Path, entries: Catalog) -> None:
    answer = stacktide("sources", "--json", "--home", used)
    assert (answer.code, answer.err) == (0, "")
    found = {source["id"]: source for source in json.loads(answer.out)["sources"]}
    assert list(found) == list(entries.source)
    assert found["pypl"]["rows"] == 2
    assert found["pypl"]["first_period"] == found["pypl"]["last_period"] == "2026-01-01"
    assert found["pypl"]["licence"] == "CC-BY-3.0"
    assert found["pypl"]["indicators"][0]["unit"].startswith("percent ")
    plain = stacktide("sources", "--home", used)
    assert (plain.code, plain.err) == (0, "")
    assert [line.split()[0] for line in plain.out.splitlines()] == ["id", *entries.source]


def test_technologies(stacktide: Stacktide, used: Path, entries: Catalog) -> None:
    answer = stacktide("technologies", "--json", "--home", used)
    assert (answer.code, answer.err) == (0, "")
    document = json.loads(answer.out)
    assert set(document) == {"technologies"}
    found = {technology["id"]: technology for technology in document["technologies"]}
    assert list(found) == [t.id for t in entries.technologies]
    for technology in found.values():
        assert {"id", "name", "kind", "home", "use_cases", "sources", "reason"} <= set(technology)
        assert (technology["reason"] is None) == bool(technology["sources"])
    assert found["django"]["sources"] == sorted(entries.source)
    assert (found["django"]["home"], found["django"]["kind"]) == ("python", "framework")
    assert "web-backend" in found["django"]["use_cases"]
    assert found["flask"]["sources"] == []


def test_technologies_are_filtered(stacktide: Stacktide, used: Path, entries: Catalog) -> None:
    words = ["--use-case", "web-backend", "--use-case", "games", "--kind", "framework,library", "--json"]
    found = json.loads(stacktide("technologies", *words, "--home", used).out)["technologies"]
    expected = [
        t.id
        for t in entries.technologies
        if {"web-backend", "games"} & set(t.use_cases) and t.kind in {"framework", "library"}
    ]
    assert [t["id"] for t in found] == expected
    assert 5 < len(expected) < len(entries.technologies) / 2
    plain = stacktide("technologies", "--use-case", "games", "--home", used)
    assert len(plain.out.splitlines()) == 1 + sum("games" in t.use_cases for t in entries.technologies)


def test_catalog_check(stacktide: Stacktide, entries: Catalog, tmp_path: Path) -> None:
    answer = stacktide("catalog", "check")
    assert (answer.code, answer.err) == (0, "")
    last = answer.out.splitlines()[-1]
    assert last.startswith(f"The catalogue is valid: {len(entries.technologies)} technologies, ")
    broken = tmp_path / "catalog"
    for file in (ROOT / "data" / "catalog").rglob("*.yml"):
        copy = broken / file.relative_to(ROOT / "data" / "catalog")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    with (broken / "use_cases.yml").open("a") as file:
        file.write("- id: Not A Slug\n")
    answer = stacktide("catalog", "check", "--folder", broken)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("stacktide: use_cases.yml, entry `Not A Slug`, field `id`")


def test_refresh(stacktide: Stacktide, pypl_mirror: Callable[..., Path], tmp_path: Path) -> None:
    mirror, home = pypl_mirror(tmp_path / "mirror"), tmp_path / "home"
    words = ["refresh", "pypl", "--upstream", mirror, "--home", home]
    dry = stacktide(*words, "--dry-run", "--json")
    assert (dry.code, dry.err) == (0, "")
    assert json.loads(dry.out)["runs"][0]["rows_added"] == 360
    assert not Home(home).store.exists()

    answer = stacktide(*words, "--json")
    assert (answer.code, answer.err) == (0, "")
    (run,) = json.loads(answer.out)["runs"]
    fields = {
        "source",
        "outcome",
        "rows_added",
        "rows_changed",
        "rows_removed",
        "newest_period",
        "unknown_names",
        "error",
    }
    assert fields <= set(run)
    assert (run["source"], run["outcome"], run["rows_added"]) == ("pypl", "partial", 360)  # 16 parts of 24 are there
    assert run["newest_period"] == "2025-12-01"
    assert run["unknown_names"] == []

    answer = stacktide(*words)
    assert answer.code == 0
    assert answer.out.startswith("pypl: partial, nothing changed; newest period 2025-12-01\n")
    assert "8 of 24 parts failed" in answer.out
    assert len(answer.err.splitlines()) == 24  # plain lines, as this is no terminal
    assert "\x1b" not in answer.out + answer.err

    pypl_mirror(mirror, 0.01)
    (run,) = json.loads(stacktide(*words, "--json").out)["runs"]
    assert (run["rows_added"], run["rows_changed"], run["rows_removed"]) == (0, 138, 0)


def test_refresh_that_fails(stacktide: Stacktide, pypl_mirror: Callable[..., Path], tmp_path: Path) -> None:
    mirror = pypl_mirror(tmp_path / "mirror")
    words = ["refresh", "pypl", "languish", "--upstream", mirror, "--home", tmp_path / "home"]
    answer = stacktide(*words, "--json")
    assert answer.code == 1
    runs = json.loads(answer.out)["runs"]
    assert [(run["source"], run["outcome"]) for run in runs] == [("pypl", "partial"), ("languish", "failed")]
    assert "not in the mirror" in runs[1]["error"]
    answer = stacktide(*words)
    assert answer.code == 1
    assert "languish: failed. languish: 4 of 4 parts failed" in answer.out


def test_home_by_environment(
    stacktide: Stacktide, pypl_mirror: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACKTIDE_HOME", str(tmp_path / "by-environment"))
    assert stacktide("refresh", "pypl", "--upstream", pypl_mirror(tmp_path / "mirror")).code == 0
    assert len(Home(tmp_path / "by-environment").store.read()) == 360


def test_home_that_cannot_be_made(stacktide: Stacktide, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for words in (["sources"], ["technologies"], ["refresh"], ["embed", "--folder", tmp_path / "out"]):
        answer = stacktide(*words, "--home", tmp_path / "file")
        assert (answer.code, answer.out) == (1, "")
        assert "cannot be written (" in answer.err
        assert "give another with --home" in answer.err


@pytest.mark.parametrize("what", ["store", "history"])
def test_damaged_home(stacktide: Stacktide, tmp_path: Path, what: str) -> None:
    home = tmp_path / "home"
    assert stacktide("sources", "--home", home).code == 0
    if what == "store":
        for file in (home / "store").rglob("*.parquet"):
            file.write_bytes(b"")
    else:
        for file in home.glob("state.sqlite*"):  # the journal, too, from which it would be mended
            file.unlink()
        (home / "state.sqlite").write_bytes(b"no database" * 400)
    answer = stacktide("sources", "--home", home)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.count("\n") == 1
    assert "move" in answer.err


def test_embed(stacktide: Stacktide, pypl_mirror: Callable[..., Path], tmp_path: Path) -> None:
    home, out = tmp_path / "home", tmp_path / "embedded"
    answer = stacktide("embed", "--home", home, "--folder", out)
    assert (answer.code, answer.out) == (1, "")
    assert "There is no store" in answer.err
    stacktide("refresh", "pypl", "--upstream", pypl_mirror(tmp_path / "mirror"), "--home", home)
    answer = stacktide("embed", "--home", home, "--folder", out)
    assert (answer.code, answer.out) == (0, f"360 observations of 1 sources, 0.0 MB, in {out}.\n")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["sources"][0]["retrieved_on"] is not None
    assert date.fromisoformat(manifest["sources"][0]["retrieved_on"])


def test_as_a_program(used: Path) -> None:
    """The module run as a program: exit code, streams and no traceback, also when the reader has gone."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "etl.cli", *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
        )

    good = run("technologies", "--json", "--home", str(used))
    assert (good.returncode, good.stderr) == (0, "")
    assert len(json.loads(good.stdout)["technologies"]) > 100
    wrong = run("refresh", "pipl", "--home", str(used))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "stacktide: There is no source `pipl`: did you mean `pypl`?\n"
