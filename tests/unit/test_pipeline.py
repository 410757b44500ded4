"""A refresh from end to end on small recorded payloads: what is replaced, what stays, and what the run says.

The payloads are those of tests/sources, laid out as a mirror; the catalogue is the real one with fewer parts.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
from filelock import FileLock
from requests.adapters import BaseAdapter

from etl import http, schema
from etl.catalog import Catalog
from etl.errors import PausedError
from etl.gather import Answer, Gather
from etl.home import Home
from etl.pipeline import Refresh
from etl.runs import Run
from etl.sources import pypl
from etl.store import Store

RECORDED = Path(__file__).resolve().parents[1] / "sources"
RAW = "raw.githubusercontent.com"
FILES = {  # path in the mirror -> recorded payload
    "pypl.github.io/PYPL/All.js": "pypl/all.js",
    "pypl.github.io/PYPL/US.js": "pypl/all.js",
    f"{RAW}/github/innovationgraph/main/data/languages.csv": "innovation_graph/languages.csv",
    f"{RAW}/github/innovationgraph/main/data/topics.csv": "innovation_graph/topics.csv",
    f"{RAW}/github/innovationgraph/main/data/developers.csv": "innovation_graph/developers.csv",
    f"{RAW}/github/innovationgraph/main/data/git_pushes.csv": "innovation_graph/git_pushes.csv",
    f"{RAW}/github/innovationgraph/main/data/repositories.csv": "innovation_graph/repositories.csv",
    f"{RAW}/tjpalmer/languish/main/scripts/data/gh-pull-request.json": "languish/gh-pull-request.json",
    f"{RAW}/tjpalmer/languish/main/scripts/data/so-tags.json": "languish/so-tags.json",
    f"{RAW}/hugovk/top-pypi-packages/c2018/f.json": "top_pypi/rows.json",
    f"{RAW}/hugovk/top-pypi-packages/c2025/f.json": "top_pypi/clickhouse.json",
}
ONE_FILE = {  # a source -> one of its files
    "pypl": "pypl.github.io/PYPL/All.js",
    "innovation_graph": f"{RAW}/github/innovationgraph/main/data/languages.csv",
    "languish": f"{RAW}/tjpalmer/languish/main/scripts/data/gh-pull-request.json",
    "top_pypi": f"{RAW}/hugovk/top-pypi-packages/c2025/f.json",
}
TAGGED = f"{RAW}/hugovk/top-pypi-packages/2025.08/top-pypi-packages.min.json"
SETTINGS: dict[str, dict[str, Any]] = {
    "pypl": {"indexes": {"PYPL": "pypl_languages"}, "countries": {"All": "WLD", "US": "US"}},
    "innovation_graph": {},
    "languish": {"files": {"gh-pull-request.json": "languish_pull_requests", "so-tags.json": "languish_questions"}},
    "top_pypi": {
        "snapshots": [
            {"published": date(2018, 2, 25), "window": 30, "file": "f.json", "commit": "c2018"},
            {"published": date(2025, 7, 5), "window": "month", "file": "f.json", "commit": "c2025"},
        ]
    },
}
ROWS = {"pypl": 56, "innovation_graph": 61, "languish": 28, "top_pypi": 28}


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    for path, recorded in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes((RECORDED / recorded).read_bytes())
    return folder


@pytest.fixture(scope="module")
def small(entries: Catalog) -> Catalog:
    """The real catalogue, but each source asks for what the mirror holds, and few rows are enough."""
    sources = [
        entries.source[source].model_copy(
            update={
                "settings": {**entries.source[source].settings, **settings},
                "expectations": entries.source[source].expectations.model_copy(update={"min_rows": 1}),
            }
        )
        for source, settings in SETTINGS.items()
    ]
    return _with_sources(entries, *sources)


def _with_sources(entries: Catalog, *sources: Any) -> Catalog:
    return Catalog(
        technologies=entries.technologies,
        use_cases=entries.use_cases,
        sources=list(sources),
        shared_breaks=entries.shared_breaks,
    )


Refreshed = Callable[..., Run]


@pytest.fixture
def refresh(home: Home, small: Catalog, mirror: Path) -> Refreshed:
    """Refresh one source: `refresh("pypl", day=..., session=..., entries=..., dry_run=...)`."""

    def run(
        source: str,
        day: str = "2026-09-01",
        session: requests.Session | None = None,
        entries: Catalog = small,
        **options: Any,
    ) -> Run:
        session = session or http.session(mirror)
        return Refresh(home, entries, session, lambda: datetime.fromisoformat(f"{day}T12:00:00"), **options).one(source)

    return run


def _rows(store: Store, source: str) -> pd.DataFrame:
    rows = store.read(source=[source])
    return rows.astype(dict.fromkeys(schema.CATEGORIES, "str"))


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} does not hold {old!r}: the test would change nothing"
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("source", SETTINGS)
def test_first_refresh(home: Home, refresh: Refreshed, source: str, mirror: Path) -> None:
    run = refresh(source)
    assert (run.outcome, run.error, run.failed_parts) == ("updated", None, [])
    assert (run.rows_added, run.rows_changed, run.rows_removed) == (ROWS[source], 0, 0)
    assert run.rows == len(_rows(home.store, source)) == ROWS[source]
    assert run.store_version == home.store.version() == 0
    assert run.newest_period_before is None
    assert run.retrieved_on == date(2026, 9, 1)
    assert run.finished == datetime(2026, 9, 1, 12)  # noqa: DTZ001
    assert home.runs.last_good()[source]["rows"] == ROWS[source]
    assert home.store.history()[0].run == str(run.id)
    stored = {hashlib.sha256((mirror / path).read_bytes()).hexdigest() for path in FILES}
    assert set(_rows(home.store, source)["payload"]) <= stored


def test_first_refresh_stores_the_golden_rows(home: Home, refresh: Refreshed) -> None:
    refresh("languish")
    golden = pd.read_csv(RECORDED / "languish" / "pull_requests.csv", parse_dates=["period_start"])
    rows = _rows(home.store, "languish")
    ours = rows[rows["indicator"] == "languish_pull_requests"]
    keys = ["technology", "period_start", "value"]
    assert [tuple(r) for r in ours[keys].to_numpy()] == [tuple(r) for r in golden[keys].to_numpy()]


def test_unknown_names_are_counted(refresh: Refreshed) -> None:
    names = refresh("top_pypi").unknown_names
    assert [name["name"] for name in names] == ["six", "toga-cocoa"]
    assert names[0]["rows"] == 4  # downloads and their share, in two snapshots
    assert names[0]["value_share_percent"] == pytest.approx(100 * 14507102 / 28221424, abs=1e-6)


@pytest.mark.parametrize("source", SETTINGS)
def test_same_bytes_twice(home: Home, refresh: Refreshed, source: str) -> None:
    refresh(source)
    before = _rows(home.store, source)
    run = refresh(source, day="2026-09-15")
    assert (run.outcome, run.error) == ("unchanged", None)
    assert (run.rows_added, run.rows_changed, run.rows_removed) == (0, 0, 0)
    assert run.store_version == home.store.version() == 0
    assert run.newest_period == run.newest_period_before
    assert home.runs.retrieved_on() == {source: date(2026, 9, 15)}
    pd.testing.assert_frame_equal(_rows(home.store, source), before)


def test_part_that_fails_keeps_its_rows(home: Home, refresh: Refreshed, mirror: Path) -> None:
    refresh("pypl")
    _edit(mirror / ONE_FILE["pypl"], "0.2903", "NaN")
    _edit(mirror / "pypl.github.io/PYPL/US.js", "0.4749", "0.4849")
    run = refresh("pypl", day="2026-09-15")
    assert run.outcome == "partial"
    assert run.error is not None
    assert run.error.startswith("pypl: 1 of 2 parts failed (PYPL/All); its last good rows stay. First, PYPL/All: ")
    assert "the line of 2026-01 holds `NaN`" in run.error
    assert [failed["part"] for failed in run.failed_parts] == ["PYPL/All"]
    assert (run.rows_added, run.rows_changed, run.rows_removed) == (0, 1, 0)
    python = _rows(home.store, "pypl").query("technology == 'python'").set_index(["region", "period_start"])["value"]
    assert python["WLD"].to_list() == [28.43, 29.03, 30.19, 47.49]
    assert python["US"].to_list() == [28.43, 29.03, 30.19, 48.49]
    _edit(mirror / ONE_FILE["pypl"], "NaN", "0.2903")
    assert refresh("pypl", day="2026-09-16").outcome == "unchanged"


def test_missing_part_is_named(home: Home, refresh: Refreshed, mirror: Path) -> None:
    refresh("pypl")
    (mirror / "pypl.github.io/PYPL/US.js").unlink()
    run = refresh("pypl")
    assert run.outcome == "partial"
    assert run.error is not None
    assert "(PYPL/US)" in run.error
    assert "https://pypl.github.io/PYPL/US.js is not in the mirror" in run.error
    assert (run.rows_added, run.rows_changed, run.rows_removed) == (0, 0, 0)
    assert home.store.version() == 0


def test_all_parts_fail(home: Home, refresh: Refreshed, mirror: Path) -> None:
    refresh("pypl")
    before = _rows(home.store, "pypl")
    for name in ("All", "US"):
        _edit(mirror / f"pypl.github.io/PYPL/{name}.js", "new Date(2026,6,1)", "new Date(2026,10,1)")
    run = refresh("pypl")
    assert run.outcome == "refused"  # well-formed, but it cannot be right
    assert run.error is not None
    assert "2 of 2 parts failed (PYPL/All, PYPL/US); their last good rows stay" in run.error
    assert "lies in the future" in run.error
    for name in ("All", "US"):
        (mirror / f"pypl.github.io/PYPL/{name}.js").unlink()
    assert refresh("pypl").outcome == "failed"
    assert home.store.version() == 0
    pd.testing.assert_frame_equal(_rows(home.store, "pypl"), before)
    assert home.runs.last()["pypl"]["outcome"] == "failed"
    assert home.runs.last_good()["pypl"]["outcome"] == "updated"


def test_first_refresh_without_anything(home: Home, refresh: Refreshed, mirror: Path) -> None:
    for path in FILES:
        (mirror / path).unlink()
    for source in SETTINGS:
        assert refresh(source).outcome == "failed"
    assert not home.store.exists()


def test_old_file(home: Home, refresh: Refreshed, mirror: Path) -> None:
    refresh("pypl")
    for name in ("All", "US"):
        _edit(mirror / f"pypl.github.io/PYPL/{name}.js", "new Date(2026,6,1)", "new Date(2026,5,1)")
    run = refresh("pypl")
    assert run.outcome == "refused"
    assert "the newest period is 2026-06-01, the last good state had 2026-07-01; an old file was sent" in str(run.error)
    assert home.store.version() == 0


def test_too_few_rows(home: Home, refresh: Refreshed, small: Catalog) -> None:
    entry = small.source["pypl"]
    demanding = entry.model_copy(update={"expectations": entry.expectations.model_copy(update={"min_rows": 57})})
    run = refresh("pypl", entries=_with_sources(small, demanding, *small.sources[1:]))
    assert run.outcome == "refused"
    assert run.error == "pypl: 56 rows, where a healthy run yields at least 57; nothing is replaced."
    assert not home.store.exists()


def _times(content: bytes, source: str, factor: float) -> bytes:
    """All figures of a payload times a factor."""
    pattern = {
        "pypl": rb"(?<=,)(0\.\d+)",
        "innovation_graph": rb"(?m)^(\d+)",
        "languish": rb'(?<="count": )(\d+)',
        "top_pypi": rb'(?<="download_count": )(\d+)',
    }[source]
    changed = re.sub(pattern, lambda m: str(round(float(m.group(1)) * factor, 6)).removesuffix(".0").encode(), content)
    assert changed != content
    return changed


HTML = b"<!DOCTYPE html>\n<html><body>Back soon.</body></html>\n"
DAMAGES: dict[str, Callable[[bytes, str], bytes]] = {
    "no bytes": lambda content, source: b"",
    "an empty list": lambda content, source: b"[]",
    "null": lambda content, source: b"null",
    "half of it": lambda content, source: content[: len(content) // 2],
    "all but the last line": lambda content, source: b"\n".join(content.splitlines()[:-1]),
    "all but three bytes": lambda content, source: content.rstrip()[:-3],
    "a web page": lambda content, source: HTML,
    "other bytes": lambda content, source: bytes(range(256)) * 8,
    "ten times too large": lambda content, source: _times(content, source, 10),
    "a thousand times too large": lambda content, source: _times(content, source, 1000),
    "a thousand times too small": lambda content, source: _times(content, source, 0.001),
    "renamed fields": lambda content, source: re.sub(
        rb"section languages|iso2_code|count|download_", b"renamed", content
    ),
}


@pytest.mark.parametrize("source", SETTINGS)
def test_damaged_payloads_change_nothing(home: Home, refresh: Refreshed, mirror: Path, source: str) -> None:
    refresh(source)
    before = _rows(home.store, source)
    file = mirror / ONE_FILE[source]
    content = file.read_bytes()
    for damage, damaged in DAMAGES.items():
        file.write_bytes(damaged(content, source))
        run = refresh(source, day="2026-09-15")
        assert (run.outcome, len(run.failed_parts)) == ("partial", 1), damage  # the other parts are as they were
        assert "nobody foresaw" not in str(run.error), damage
        assert "\n" not in str(run.error), damage
        assert home.store.version() == 0, damage
    pd.testing.assert_frame_equal(_rows(home.store, source), before)
    file.write_bytes(content)
    assert refresh(source, day="2026-09-15").outcome == "unchanged"


@pytest.mark.parametrize("source", SETTINGS)
def test_a_hundred_times_as_many_rows(home: Home, refresh: Refreshed, mirror: Path, source: str) -> None:
    """All rows a hundred times, word for word: nothing changes, wholes and sums least of all."""
    refresh(source)
    before = _rows(home.store, source)
    file = mirror / ONE_FILE[source]
    lines = file.read_bytes().splitlines(keepends=True)
    body = [n for n, line in enumerate(lines) if re.match(rb"\[new Date|\d|\s+\{", line)]
    rows = [lines[n].rstrip().rstrip(b",") for n in body]
    comma = b"" if source == "innovation_graph" else b","
    repeated = (comma + b"\n").join(rows * 100) + b"\n"
    file.write_bytes(b"".join([*lines[: body[0]], repeated, *lines[body[-1] + 1 :]]))
    run = refresh(source, day="2026-09-15")
    assert (run.outcome, run.error) == ("unchanged", None)
    pd.testing.assert_frame_equal(_rows(home.store, source), before)


@pytest.mark.parametrize("source", ["languish", "top_pypi", "innovation_graph"])
def test_a_hundred_values_for_each_row(home: Home, refresh: Refreshed, mirror: Path, source: str) -> None:
    refresh(source)
    file = mirror / ONE_FILE[source]
    text = file.read_text(encoding="utf-8")
    changed = {
        "languish": lambda: re.sub(
            r'( \{.*"count": )(\d+)\}', lambda m: ",".join(f"{m[1]}{int(m[2]) + n}}}" for n in range(100)), text
        ),
        "top_pypi": lambda: re.sub(
            r'(\{"download_count": )(\d+)(.*?\})',
            lambda m: ",".join(f"{m[1]}{int(m[2]) + n}{m[3]}" for n in range(100)),
            text,
        ),
        "innovation_graph": lambda: re.sub(
            r"(?m)^(\d+)(,.*\n)", lambda m: "".join(f"{int(m[1]) + n}{m[2]}" for n in range(100)), text
        ),
    }[source]()
    assert len(changed) > 50 * len(text)
    file.write_text(changed, encoding="utf-8")
    run = refresh(source)
    assert run.outcome == "partial"
    assert "stands twice" in str(run.error)
    assert home.store.version() == 0


def test_new_month_a_thousand_times_too_large(home: Home, refresh: Refreshed, mirror: Path) -> None:
    """A snapshot is a part of its own: the month before must still bound it."""
    refresh("top_pypi", day="2025-07-10")
    content = (RECORDED / "top_pypi" / "clickhouse.json").read_bytes()
    tagged = mirror / TAGGED
    tagged.parent.mkdir()
    tagged.write_bytes(_times(content, "top_pypi", 1000))
    run = refresh("top_pypi", day="2025-08-02")
    assert (run.outcome, [f["part"] for f in run.failed_parts]) == ("partial", ["2025-07"])
    assert "a change by a factor of 1000.0, where at most" in str(run.error)
    tagged.write_bytes(_times(content, "top_pypi", 1.1))
    run = refresh("top_pypi", day="2025-08-02")
    assert (run.outcome, run.rows_added, run.rows_changed, run.rows_removed) == ("updated", 15, 0, 0)
    assert run.newest_period == date(2025, 7, 1)


def test_revisions_additions_and_removals(home: Home, refresh: Refreshed, mirror: Path) -> None:
    refresh("languish")
    old = _rows(home.store, "languish").set_index(["indicator", "technology", "period_start"])
    file = mirror / ONE_FILE["languish"]
    _edit(file, '"count": 408372', '"count": 408373')
    _edit(file, ' {"year": 2012, "quarter": 1, "name": "TypeScript", "count": 598},\n', "")
    _edit(file, "\n]", ',\n {"year": 2012, "quarter": 1, "name": "Perl", "count": 598}\n]')
    run = refresh("languish", day="2026-09-15")
    assert run.outcome == "updated"
    assert (run.rows_added, run.rows_changed, run.rows_removed) == (1, 2, 1)  # Ruby, and the whole of its quarter
    new = _rows(home.store, "languish").set_index(["indicator", "technology", "period_start"])
    quarter = pd.Timestamp("2025-04-01")
    changed = [("languish_pull_requests", t, quarter) for t in ("all", "ruby")]
    added = ("languish_pull_requests", "perl", pd.Timestamp("2012-01-01"))
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    for key in [*changed, added]:
        assert (new.loc[key, "payload"], new.loc[key, "vintage"]) == (sha256, pd.Timestamp("2026-09-15"))
    same = new.drop(index=[*changed, added])
    assert len(same) == 25
    pd.testing.assert_frame_equal(same, old.loc[same.index])  # with vintage and payload as they were
    assert set(same["vintage"]) == {pd.Timestamp("2026-09-01")}
    assert home.store.read(source=["languish"], version=0)["value"].sum() == old["value"].sum()


def test_period_that_has_ended_since(home: Home, refresh: Refreshed) -> None:
    refresh("pypl", day="2026-07-15")
    rows = _rows(home.store, "pypl")
    unfinished = rows["period_start"] == pd.Timestamp("2026-07-01")
    assert unfinished.sum() == 14
    assert (rows["status"] == "partial").equals(unfinished)
    run = refresh("pypl", day="2026-08-01")
    assert (run.outcome, run.rows_changed) == ("updated", 14)
    assert set(_rows(home.store, "pypl")["status"]) == {"final"}


def test_sources_do_not_touch_one_another(home: Home, small: Catalog, mirror: Path, refresh: Refreshed) -> None:
    refresh("languish")
    before = _rows(home.store, "languish")
    for name in ("All", "US"):
        (mirror / f"pypl.github.io/PYPL/{name}.js").write_bytes(HTML)
    job = Refresh(home, small, http.session(mirror), lambda: datetime(2026, 9, 15))  # noqa: DTZ001
    runs = job.all(["top_pypi", "pypl", "languish", "innovation_graph"])
    assert [(run.source, run.outcome) for run in runs] == [
        ("top_pypi", "updated"),
        ("pypl", "failed"),
        ("languish", "unchanged"),
        ("innovation_graph", "updated"),
    ]
    pd.testing.assert_frame_equal(_rows(home.store, "languish"), before)
    counts = home.store.summary().groupby("source")["rows"].sum().to_dict()
    assert counts == {source: rows for source, rows in ROWS.items() if source != "pypl"}


def test_lock_that_is_held(home: Home, refresh: Refreshed) -> None:
    with FileLock(home.lock("pypl"), thread_local=False):
        run = refresh("pypl")
        assert refresh("languish").outcome == "updated"
    assert (run.outcome, run.error) == (
        "failed",
        "Another refresh of pypl is under way; try again when it has finished.",
    )
    assert run.finished is not None
    assert "pypl" not in home.runs.last()
    assert refresh("pypl").outcome == "updated"


def test_dry_run_changes_nothing(home: Home, refresh: Refreshed, mirror: Path) -> None:
    run = refresh("pypl", dry_run=True)
    assert (run.outcome, run.rows_added, run.rows, run.store_version) == ("updated", 56, 56, None)
    assert not home.store.exists()
    assert home.runs.last() == {}
    refresh("pypl")
    _edit(mirror / ONE_FILE["pypl"], "0.4749", "0.4849")
    run = refresh("pypl", dry_run=True)
    assert (run.outcome, run.rows_changed) == ("updated", 1)
    assert home.store.version() == 0
    assert home.runs.last_good()["pypl"]["rows_added"] == 56


def test_unforeseen_failure_ends_as_a_sentence(
    home: Home, refresh: Refreshed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refresh("pypl")

    def broken(*_: Any) -> pd.DataFrame:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(pypl, "parse", broken)
    run = refresh("pypl")
    assert run.outcome == "failed"
    assert run.error is not None
    assert run.error.startswith("pypl: ")
    assert "ZeroDivisionError: a bug" in run.error
    assert home.store.version() == 0
    assert home.runs.last()["pypl"]["outcome"] == "failed"
    assert "Traceback" in caplog.text


def test_rows_outside_of_the_scope(home: Home, refresh: Refreshed, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = pypl.parse
    monkeypatch.setattr(pypl, "parse", lambda payload, entry: parse(payload, entry).assign(region="DE"))
    run = refresh("pypl")
    assert run.outcome == "refused"
    assert "rows outside of the part's scope; mend `requests`" in str(run.error)
    assert not home.store.exists()


def test_damaged_run_history_is_a_failure_too(home: Home, refresh: Refreshed) -> None:
    (home.path / "state.sqlite").write_bytes(b"this is no database, but long enough to be looked at. " * 40)
    run = refresh("pypl")
    assert run.outcome == "failed"
    assert "state.sqlite cannot be used" in str(run.error)


def test_damaged_store_is_a_failure_too(home: Home, refresh: Refreshed) -> None:
    refresh("pypl")
    for file in (home.path / "store").rglob("*.parquet"):
        file.unlink()
    run = refresh("pypl")
    assert run.outcome == "failed"
    assert "is damaged" in str(run.error)


def test_progress_is_told(refresh: Refreshed) -> None:
    told: list[tuple[Any, ...]] = []
    refresh("languish", progress=lambda *what: told.append(what))
    assert told == [("languish", "gh-pull-request", 1, 2), ("languish", "so-tags", 2, 2)]


class Live(BaseAdapter):
    """As a live publisher: answers from the folder, but is no mirror to the pipeline; notes what was asked."""

    def __init__(self, folder: Path, error: Exception | None = None) -> None:
        super().__init__()
        self.mirror, self.error = http.Mirror(folder), error
        self.asked: list[str] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.asked.append(str(request.url).removeprefix(f"https://{RAW}/hugovk/top-pypi-packages/").split("/")[0])
        if self.error:
            raise self.error
        return self.mirror.send(request)

    def close(self) -> None:
        pass


@pytest.fixture
def live(mirror: Path) -> Callable[..., tuple[requests.Session, Live]]:
    def made(error: Exception | None = None) -> tuple[requests.Session, Live]:
        session, adapter = requests.Session(), Live(mirror, error)
        session.mount("https://", adapter)
        return session, adapter

    return made


Lives = Callable[..., tuple[requests.Session, Live]]
TAGS: Sequence[str] = [f"2025.{month:02}" for month in range(8, 13)]


def test_only_missing_months_are_asked_for(home: Home, refresh: Refreshed, live: Lives, mirror: Path) -> None:
    session, adapter = live()
    run = refresh("top_pypi", day="2025-12-02", session=session)
    assert adapter.asked == ["c2018", "c2025", *TAGS]
    assert (run.outcome, run.requests) == ("updated", 7)
    assert run.not_yet_published == ["2025-07", "2025-08", "2025-09", "2025-10", "2025-11"]

    adapter.asked.clear()
    run = refresh("top_pypi", day="2025-12-02", session=session)
    assert adapter.asked == TAGS
    assert (run.outcome, run.rows, run.error) == ("unchanged", ROWS["top_pypi"], None)

    (mirror / TAGGED).parent.mkdir()
    (mirror / TAGGED).write_bytes((RECORDED / "top_pypi" / "clickhouse.json").read_bytes())
    run = refresh("top_pypi", day="2025-12-02", session=session)
    assert (run.outcome, run.rows_added, run.rows) == ("updated", 15, 43)
    assert run.not_yet_published == ["2025-08", "2025-09", "2025-10", "2025-11"]

    adapter.asked.clear()
    assert refresh("top_pypi", day="2025-12-02", session=session).outcome == "unchanged"
    assert adapter.asked == TAGS[1:]


def test_full_refresh_asks_for_everything(refresh: Refreshed, live: Lives) -> None:
    session, adapter = live()
    refresh("top_pypi", day="2025-07-10", session=session)
    adapter.asked.clear()
    refresh("top_pypi", day="2025-07-10", session=session)
    assert adapter.asked == []

    run = refresh("top_pypi", day="2025-07-10", session=session, full=True)
    assert adapter.asked == ["c2018", "c2025"]
    assert run.requests == 2


def test_new_alias_reaches_old_payloads(home: Home, refresh: Refreshed, live: Lives, small: Catalog) -> None:
    session, adapter = live()
    refresh("top_pypi", day="2025-07-10", session=session)
    adapter.asked.clear()
    named = small.source["top_pypi"].model_copy(update={"aliases": {"toga-cocoa": "toga"}})
    others = [source for source in small.sources if source.id != "top_pypi"]
    run = refresh("top_pypi", day="2025-07-10", session=session, entries=_with_sources(small, named, *others))
    assert (run.outcome, run.rows_added, run.rows_changed) == ("updated", 2, 0)
    assert adapter.asked == []
    toga = _rows(home.store, "top_pypi").query("technology == 'toga' and indicator == 'pypi_downloads'")
    assert list(toga["value"]) == [4771]


def test_failed_month_is_asked_for_again(home: Home, refresh: Refreshed, live: Lives, mirror: Path) -> None:
    session, adapter = live()
    file = mirror / f"{RAW}/hugovk/top-pypi-packages/c2018/f.json"
    content = file.read_bytes()
    file.unlink()
    assert refresh("top_pypi", day="2025-07-10", session=session).outcome == "partial"
    file.write_bytes(content)
    adapter.asked.clear()
    run = refresh("top_pypi", day="2025-07-10", session=session)
    assert adapter.asked == ["c2018"]  # the other month comes from the archive
    assert (run.outcome, run.rows) == ("updated", ROWS["top_pypi"])


def test_what_was_had_is_not_asked_for_again(refresh: Refreshed, live: Lives, mirror: Path) -> None:
    """One month fails for weeks: it alone is asked for, as it was then, beside what is new."""
    session, _ = live()
    (mirror / f"{RAW}/hugovk/top-pypi-packages/c2018/f.json").unlink()
    first = refresh("top_pypi", day="2025-07-10", session=session)
    assert [(f["part"], f["origin"], f["since"]) for f in first.failed_parts] == [("2018-02", "2018-02", None)]
    told: list[str] = []
    for day, new in (("2025-07-17", []), ("2025-08-10", ["2025-07"])):
        told.clear()
        run = refresh("top_pypi", day=day, session=session, progress=lambda *what: told.append(what[1]))
        assert told == ["2018-02", *new]
        assert [(f["part"], f["since"]) for f in run.failed_parts] == [("2018-02", None)]


def test_most_parts_failed(home: Home, refresh: Refreshed, mirror: Path, small: Catalog) -> None:
    """Half of them may fail; with one more, the others are no good state, and nothing is stored."""
    three = {**small.source["pypl"].settings, "countries": {"All": "WLD", "US": "US", "IN": "IN"}}
    entry = small.source["pypl"].model_copy(update={"settings": three})
    entries = _with_sources(small, entry, *small.sources[1:])
    folder = mirror / "pypl.github.io" / "PYPL"
    (folder / "IN.js").write_bytes((folder / "US.js").read_bytes())
    refresh("pypl", entries=entries)
    before = _rows(home.store, "pypl")
    _edit(folder / "US.js", "0.4749", "0.4849")
    _edit(folder / "All.js", "0.2903", "NaN")
    (folder / "IN.js").unlink()
    run = refresh("pypl", entries=entries)
    assert run.outcome == "failed"
    assert str(run.error).startswith(
        "pypl: 2 of 3 parts failed (PYPL/All, PYPL/IN); that is most of them, so nothing is stored and the last good "
        "rows stay. First, PYPL/All: "
    )
    assert (run.rows_changed, run.store_version, home.store.version()) == (0, 0, 0)
    pd.testing.assert_frame_equal(_rows(home.store, "pypl"), before)
    assert home.runs.last_good()["pypl"]["outcome"] == "updated"
    _edit(folder / "All.js", "NaN", "0.2903")
    assert refresh("pypl", entries=entries).outcome == "partial"
    assert (_rows(home.store, "pypl")["value"] == 48.49).sum() == 1


def test_parts_that_are_put_off_are_no_failures(
    home: Home, refresh: Refreshed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the limit of a day is reached, the next run goes on: what was had until then is stored."""

    def limited(gather: Gather, since: date | None) -> Iterator[Answer]:
        for number, answer in enumerate(answers(gather, since)):
            put_off = PausedError("the limit of the day is reached")
            yield answer if number == 0 else Answer(answer.request, error=put_off, asked=False, origin=answer.origin)

    answers = Gather.answers
    monkeypatch.setattr(Gather, "answers", limited)
    run = refresh("innovation_graph")
    assert (run.outcome, len(run.failed_parts)) == ("partial", 4)
    assert run.rows > 0
    assert str(run.error).startswith("innovation_graph: 4 of 5 parts failed (")
    assert "; there are no good rows of them yet. First, " in str(run.error)


def test_figures_are_accepted_on_request(home: Home, refresh: Refreshed, mirror: Path) -> None:
    refresh("languish")
    file = mirror / ONE_FILE["languish"]
    _edit(file, '"count": 408372', '"count": 40837200')
    refused = refresh("languish")
    assert (refused.outcome, refused.rows_changed, refused.accepted) == ("partial", 0, [])
    assert "If the figures are right, `stacktide refresh languish --accept` takes them." in str(refused.error)
    run = refresh("languish", accept=True)
    assert (run.outcome, run.error, run.rows_changed) == ("updated", None, 2)
    assert any("was 408372 and is now 4.08372e+07" in objection for objection in run.accepted)
    assert home.runs.last_good()["languish"]["accepted"] == run.accepted
    assert refresh("languish").outcome == "unchanged"  # what was accepted is a good state like any other


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"count": 408372', '"count": "many"', "gh-pull-request"),
        ('"count": 408372', '"count": -408372', "outside of at least 0"),
        ('{"year": 2025, "quarter": 2', '{"year": 2031, "quarter": 2', "lies in the future"),
    ],
)
def test_nonsense_is_never_accepted(
    home: Home, refresh: Refreshed, mirror: Path, old: str, new: str, told: str
) -> None:
    refresh("languish")
    before = _rows(home.store, "languish")
    _edit(mirror / ONE_FILE["languish"], old, new)
    run = refresh("languish", accept=True)
    assert (run.outcome, run.accepted) == ("partial", [])
    assert told in str(run.error)
    assert "--accept" not in str(run.error)
    pd.testing.assert_frame_equal(_rows(home.store, "languish"), before)


def test_publisher_that_is_down_is_asked_three_times(refresh: Refreshed, live: Lives, entries: Catalog) -> None:
    session, adapter = live(requests.ConnectionError("refused"))
    run = refresh("pypl", session=session, entries=entries)
    assert len(adapter.asked) == 3
    assert run.outcome == "failed"
    assert len(run.failed_parts) == 24
    assert run.failed_parts[3]["error"] == "not asked, after 3 failures in a row"
    assert "check the connection" in str(run.error)


def test_live_run_reads_what_a_mirror_run_reads(home: Home, refresh: Refreshed, live: Lives) -> None:
    for source in SETTINGS:
        refresh(source, session=live()[0], day="2025-07-31" if source == "top_pypi" else "2026-09-01")
    before = home.store.read()
    for source in SETTINGS:
        run = refresh(source, day="2025-07-31" if source == "top_pypi" else "2026-09-01")
        assert run.outcome == "unchanged"
    pd.testing.assert_frame_equal(home.store.read(), before)
