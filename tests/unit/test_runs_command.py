"""`stacktide runs`: what is listed, what is shown of one run, and what wrong calls are told."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from etl import cli
from etl.home import Home
from etl.runs import Run

NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone, as in the run history


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Run `stacktide runs ...` on the home of the test, entry point and all."""
    monkeypatch.delenv("STACKTIDE_STATE_URL", raising=False)
    monkeypatch.setenv("STACKTIDE_HOME", str(home.path))

    def run(*words: str) -> Answer:
        capsys.readouterr()
        try:
            cli.main(lambda: cli.app(["runs", *words], prog_name="stacktide"))
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        return Answer(code, *capsys.readouterr())

    return run


@pytest.fixture
def used(home: Home) -> Home:
    """Three runs: one that was good, one that failed in parts, one of a source that has left the catalogue."""
    runs = home.runs
    good = runs.begin(Run("pypl", "first start", NOON))
    good.outcome, good.finished, good.rows, good.rows_added = "updated", NOON, 12_345, 12_345
    runs.end(good)
    partial = runs.begin(Run("pypl", "schedule", NOON))
    partial.outcome, partial.finished, partial.error = (
        "partial",
        NOON + timedelta(seconds=90),
        "pypl: 1 of 3 parts failed",
    )
    partial.failed_parts, partial.not_yet_published = [{"part": "GB", "error": "GB is gone"}], ["2026-08"]
    partial.unknown_names = [{"name": f"name {n}", "rows": 1200, "value_share_percent": 0.25} for n in range(501)]
    partial.bytes = 2_000_000
    runs.end(partial)
    runs.begin(Run("retired", "manual", NOON))
    return home


def test_list(told: Callable[..., Answer], used: Home) -> None:
    answer = told("--json")
    assert (answer.code, answer.err) == (0, "")
    document = json.loads(answer.out)
    assert list(document) == ["runs"]
    assert [(run["id"], run["source"], run["outcome"]) for run in document["runs"]] == [
        (3, "retired", "running"),
        (2, "pypl", "partial"),
        (1, "pypl", "updated"),
    ]
    assert document["runs"][1] == {
        "id": 2,
        "source": "pypl",
        "trigger": "schedule",
        "started": "2026-09-01T12:00:00",
        "finished": "2026-09-01T12:01:30",
        "seconds": 90.0,
        "outcome": "partial",
        "requests": 0,
        "bytes": 2_000_000,
        "rows": 0,
        "rows_added": 0,
        "rows_changed": 0,
        "rows_removed": 0,
        "newest_period_before": None,
        "newest_period": None,
        "unknown_count": 501,
        "failed_count": 1,
        "error": "pypl: 1 of 3 parts failed",
        "store_version": None,
        "retrieved_on": None,
    }
    plain = told()
    assert (plain.code, plain.err) == (0, "")
    lines = plain.out.splitlines()
    assert [line.split()[0] for line in lines] == ["id", "3", "2", "1"]
    assert lines[2].split()[:6] == ["2", "pypl", "schedule", "2026-09-01", "12:00:00", "90"]
    assert "12,345" in lines[3]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["--source", "pypl"], [2, 1]),
        (["--source", "retired"], [3]),
        (["--source", "languish"], []),
        (["--outcome", "updated"], [1]),
        (["--limit", "1"], [3]),
        (["--source", "pypl", "--limit", "1"], [2]),
    ],
)
def test_filters(told: Callable[..., Answer], used: Home, words: list[str], ids: list[int]) -> None:
    assert [run["id"] for run in json.loads(told(*words, "--json").out)["runs"]] == ids


def test_show(told: Callable[..., Answer], used: Home) -> None:
    answer = told("show", "2", "--json")
    assert (answer.code, answer.err) == (0, "")
    document = json.loads(answer.out)
    assert document == {"run": used.runs.get(2)}
    assert document["run"]["failed_parts"] == [{"part": "GB", "error": "GB is gone"}]
    assert (len(document["run"]["unknown_names"]), document["run"]["unknown_count"]) == (500, 501)

    plain = told("show", "2")
    assert (plain.code, plain.err) == (0, "")
    lines = plain.out.splitlines()
    assert "finished      2026-09-01 12:01:30 UTC" in lines
    assert "bytes         2,000,000" in lines
    for line in (
        "pypl: 1 of 3 parts failed",
        "Parts that failed (1):",
        "  GB: GB is gone",
        "Not published yet: 2026-08",
        "Published names that are of nothing that we follow (500 largest of 501), with their largest share:",
        "  name 499 (1,200 rows, 0.25 %)",
    ):
        assert line in lines
    short = told("show", "3").out
    assert "outcome       running" in short
    assert "failed" not in short


def test_nothing_yet(told: Callable[..., Answer]) -> None:
    assert json.loads(told("--json").out) == {"runs": []}
    assert told().out.split()[0] == "id"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--source", "pipl"], "There is no source `pipl`: did you mean `pypl`?"),
        (["--outcome", "faild"], "There is no outcome `faild`: did you mean `failed`?"),
        (["show", "9"], "There is no run 9: `stacktide runs` lists them."),
        (["show", "99999999999999999999"], "There is no run 99999999999999999999: `stacktide runs` lists them."),
        (["show", "0"], "There is no run 0: `stacktide runs` lists them."),
        (["--json", "show", "1"], "Options come after `show`: move them there."),
    ],
)
def test_wrong_usage(told: Callable[..., Answer], used: Home, words: list[str], sentence: str) -> None:
    assert told(*words) == (2, "", f"stacktide: {sentence}\n")


@pytest.mark.parametrize("words", [["--limit", "0"], ["show"], ["show", "first"], ["--no-such-option"]])
def test_wrong_options(told: Callable[..., Answer], words: list[str]) -> None:
    answer = told(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err


def test_state_that_cannot_be_used(told: Callable[..., Answer], home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKTIDE_STATE_URL", "oracle://ada:secret@127.0.0.1/tide")
    wrong = told()
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err.startswith("stacktide: The setting `state_url` is no address of a database")
    assert "secret" not in wrong.err
    assert wrong.err.count("\n") == 1


@pytest.mark.parametrize("words", [[], ["show"]], ids=["runs", "show"])
def test_help_has_an_example(told: Callable[..., Answer], words: list[str]) -> None:
    answer = told(*words, "--help")
    assert answer.code == 0
    assert f"Example: `stacktide {' '.join(['runs', *words])} " in answer.out
    assert "--home" in answer.out
