"""`stacktide vintages`, `diff`, `compact` and `export --as-of`: words, JSON and exit codes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from etl import cli
from etl.catalog import Catalog
from etl.home import Home
from etl.runs import Run
from etl.store import Store

TODAY = datetime.now(UTC).replace(tzinfo=None)


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Stacktide = Callable[..., Answer]


@pytest.fixture
def stacktide(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Stacktide:
    """Run the command line in this process, on `home`."""
    monkeypatch.setenv("STACKTIDE_HOME", str(home.path))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> Answer:
        capsys.readouterr()
        code = 0
        try:
            cli.main(lambda: cli.app(list(words), prog_name="stacktide"))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        told = capsys.readouterr()
        assert "Traceback" not in told.out + told.err
        return Answer(code, told.out, told.err)

    return run


@pytest.fixture(autouse=True)
def _used(
    home: Home, entries: Catalog, observations: Callable[..., pd.DataFrame], committed_at: Callable[..., Store]
) -> None:
    """All sources 100 days ago; PYPL was refreshed 50 days ago and today, by runs 1 and 2."""
    frames = [observations(source=s.id, indicator=s.indicators[0].id) for s in entries.sources]
    home.store.replace(pd.concat(frames, ignore_index=True))
    for number, value in ((1, 20.0), (2, 30.0)):
        run = home.runs.begin(Run(source="pypl", trigger="manual", started=TODAY.replace(microsecond=0)))
        assert run.id == number
        run.store_version = home.store.replace(
            observations(value=[value, 1.0], technology=["python", "go"]), "pypl", str(run.id)
        )
        run.outcome, run.rows_added, run.rows_changed = "updated", 2 - number, 1
        home.runs.end(run)
    committed_at(home.store, {0: TODAY - timedelta(days=100), 1: TODAY - timedelta(days=50)})


def ago(days: int) -> str:
    return f"{TODAY - timedelta(days=days):%Y-%m-%d}"


def test_vintages(stacktide: Stacktide) -> None:
    code, out, err = stacktide("vintages", "pypl")
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert [line[0] for line in lines] == ["version", "2", "1", "0"]
    assert lines[2][1] == ago(50)
    assert lines[2][3:9] == ["pypl", "replace", "1", "1", "1", "0"]
    found = json.loads(stacktide("vintages", "--json").out)["vintages"]
    assert [(v["version"], v["source"], v["run"]) for v in found] == [(2, "pypl", 2), (1, "pypl", 1), (0, None, None)]
    assert set(found[0]) == {
        *("version", "at", "source", "operation", "run", "rows_added", "rows_changed", "rows_removed", "rows", "bytes")
    }
    assert json.loads(stacktide("vintages", "languish", "--json").out)["vintages"][0]["version"] == 0
    assert len(json.loads(stacktide("vintages", "--most", "2", "--json").out)["vintages"]) == 2


def test_diff(stacktide: Stacktide) -> None:
    code, out, err = stacktide("diff", "pypl", "--from", ago(60), "--to", ago(1))
    assert (code, err) == (0, "")
    assert "version 0" in out
    assert "1 rows added, 1 revised (1 in their value), 0 removed, 0 unchanged" in out
    assert out.splitlines()[-1].split() == [
        *("pypl_languages", "Python", "WLD", "all", "2026-01-01", "10", "20", "2"),
    ]
    found = json.loads(stacktide("diff", "pypl", "--from", "1", "--json").out)
    assert (found["from"]["version"], found["to"]["version"], found["revised"], found["unchanged"]) == (1, 2, 1, 1)
    assert found["largest_revisions"][0]["factor"] == 1.5


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["vintages", "pyp"], "There is no source `pyp`: did you mean `pypl`?"),
        (["diff", "pyp", "--from", "0"], "There is no source `pyp`: did you mean `pypl`?"),
        (["diff", "pypl", "--from", "7"], "The store has no version 7: it has versions 0 ("),
        (["diff", "pypl", "--from", "2020-01-01"], "The store has no state of 2020-01-01: it begins on "),
        (["diff", "pypl", "--from", "2", "--to", "1"], "--from version 2 is after --to version 1: swap them."),
        (["diff", "pypl", "--from", "then"], "then is neither a version nor a date: write it as 12 or as 2026-01-31."),
        (["export", "-o", "-", "--as-of", "2020-01-01"], "The store has no state of 2020-01-01: it begins on "),
        (["export", "-o", "-", "--as-of", "then"], "--as-of then is no date: write it as 2024-01-31."),
        (["sources", "--as-of", "2020-01-01"], "The store has no state of 2020-01-01: it begins on "),
        (["technologies", "--as-of", "then"], "--as-of then is no date: write it as 2024-01-31."),
    ],
)
def test_a_wrong_call_is_one_sentence(stacktide: Stacktide, words: list[str], told: str) -> None:
    code, out, err = stacktide(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"stacktide: {told}")
    assert len(err.splitlines()) == 1


def test_export_as_of(stacktide: Stacktide, tmp_path: Path) -> None:
    file = tmp_path / "then.json"
    words = ["export", "--source", "pypl", "--format", "json", "--output", str(file)]
    assert stacktide(*words, "--as-of", ago(30)).code == 0
    then = json.loads(file.read_text())
    assert (then["meta"]["as_of"], then["meta"]["store_version"]) == (ago(30), 1)
    assert [row["value"] for row in then["data"]] == [1, 20]
    assert stacktide(*words).code == 0
    newest = json.loads(file.read_text())
    assert (newest["meta"]["as_of"], newest["meta"]["store_version"]) == (None, 2)
    assert [row["value"] for row in newest["data"]] == [1, 30]


def test_compact(stacktide: Stacktide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKTIDE_KEEP_DAYS", "20")
    code, out, err = stacktide("compact", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["keep_days"], found["files_deleted"], found["oldest"]["version"]) == (20, 1, 1)
    code, out, err = stacktide("compact", "--keep-days", "20")
    assert (code, err) == (0, "")
    assert out.startswith("0 files deleted; the oldest state kept is version 1 (")
    code, _, err = stacktide("diff", "pypl", "--from", ago(60))
    assert code == 2
    assert f"what was before {ago(50)} (version 1) is no longer kept" in err
    assert stacktide("compact", "--keep-days", "0").code == 2
