"""Every payload of the four sources in the mirror beside the repository: it parses, conforms, passes, and is stored.

Figures are checked against the same files read by plain csv, json and regular expressions, with none of our code.
"""

import csv
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from etl import checks, http, pipeline, schema, sources
from etl.catalog import Catalog
from etl.conform import conform
from etl.errors import ParseError
from etl.home import Home
from etl.http import Mirror, Request
from etl.runs import Run

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 9, 1)
FOUR = ("innovation_graph", "languish", "pypl", "top_pypi")
RAW = "raw.githubusercontent.com"
TOP = f"{RAW}/hugovk/top-pypi-packages"
GRAPH = f"{RAW}/github/innovationgraph/main/data"
LANGUISH = f"{RAW}/tjpalmer/languish/main/scripts/data"
LAYOUT_2015 = f"{RAW}/pypl/pypl.github.io/ec2aafa3321c98b807b0f3751e55a364600d5a74/PYPL/All.js"
BROKEN_2026 = f"{RAW}/pypl/pypl.github.io/ff7d3e09468526c43269481c8c6c02f897c82b22/PYPL/All.js"

pytestmark = pytest.mark.slow


def _requests(entries: Catalog, upstream: Path, source: str) -> list[Request]:
    """What is asked for and lies in the mirror."""
    entry = entries.source[source]
    asked = list(sources.module(entry).requests(entry, None, TODAY))
    return [request for request in asked if (upstream / Mirror.path(request.url)).is_file()]


def _rows(entries: Catalog, upstream: Path, source: str, request: Request) -> pd.DataFrame:
    entry = entries.source[source]
    payload = http.Client(http.session(upstream), None, None, TODAY).fetch(request)
    rows = conform(sources.module(entry).parse(payload, entry), payload, entry, entries).rows
    checks.check_rows(rows, entry, entries, TODAY)
    return rows


def test_every_snapshot_of_top_pypi(entries: Catalog, upstream: Path) -> None:
    """All 96, the five that no month is read from among them: the list of 365 days and four doubles."""
    with (upstream / TOP / "INDEX.csv").open(encoding="utf-8", newline="") as lines:
        index = list(csv.DictReader(lines))
    assert len(index) == 96
    months = {snapshot["commit"] for snapshot in entries.source["top_pypi"].settings["snapshots"]}
    assert months == {row["sha"] for row in index}
    asked = {request.url for request in _requests(entries, upstream, "top_pypi")}
    others = [row for row in index if f"https://{TOP}/{row['path']}" not in asked]
    assert [row["month"] for row in others] == ["2018-01", "2019-07", "2019-11", "2024-08", "2025-06"]
    for row in others:
        scope = {"period_start": date.fromisoformat(f"{row['month']}-01")}
        rows = _rows(entries, upstream, "top_pypi", Request(f"https://{TOP}/{row['path']}", row["month"], scope))
        body = json.loads((upstream / TOP / row["path"]).read_bytes())
        records = body if isinstance(body, list) else body["rows"]
        assert len(records) == int(row["packages"])
        whole = rows[(rows["technology"] == "all") & (rows["indicator"] == "pypi_downloads")]["value"]
        assert whole.to_list() == [sum(record["download_count"] for record in records)]
    assert isinstance(json.loads((upstream / TOP / index[0]["path"]).read_bytes()), list)


def test_layout_of_2015(entries: Catalog, upstream: Path) -> None:
    scope = {"indicator": "pypl_languages", "region": "WLD"}
    rows = _rows(entries, upstream, "pypl", Request(f"https://{LAYOUT_2015}", "PYPL/All", scope))
    assert rows["technology"].nunique() == 15
    assert rows["period_start"].nunique() == 34
    assert {"c", "cpp", "lua", "javascript"} <= set(rows["technology"])


def test_broken_publication_is_refused(entries: Catalog, upstream: Path) -> None:
    scope = {"indicator": "pypl_languages", "region": "WLD"}
    assert b",nan," in (upstream / BROKEN_2026).read_bytes()
    with pytest.raises(ParseError, match="holds `nan`, a broken publication"):
        _rows(entries, upstream, "pypl", Request(f"https://{BROKEN_2026}", "PYPL/All", scope))


def test_empty_list_of_pushes_is_refused(entries: Catalog, upstream: Path) -> None:
    url = f"https://{LANGUISH}/gh-push-event.json"
    request = Request(url, "gh-push-event", {"indicator": "languish_pull_requests"})
    with pytest.raises(ParseError, match="an empty list"):
        _rows(entries, upstream, "languish", request)


def test_newest_cells_of_the_innovation_graph(entries: Catalog, upstream: Path) -> None:
    """36 cells of 2025 Q4 and 2026 Q1, with Windows line ends, kept by another project."""
    (file,) = (upstream / RAW / "yuchdev" / "LangRank").rglob("innovation_graph_languages.csv")
    url = f"https://{file.relative_to(upstream)}"
    request = Request(url, "languages", {"indicator": "innovation_graph_language_pushers"})
    rows = _rows(entries, upstream, "innovation_graph", request)
    economies = rows[rows["region"] != "WLD"]
    with file.open(encoding="utf-8", newline="") as lines:
        cells = list(csv.DictReader(lines))
    assert len(cells) == 36
    assert economies["value"].sum() == sum(int(cell["num_pushers"]) for cell in cells)
    assert len(economies) == 36
    python = economies[(economies["technology"] == "python") & (economies["region"] == "US")]
    assert python["value"].to_list()[0] == 506798


# --- every language that matters is covered


def _published(upstream: Path) -> Iterator[tuple[str, str, str, str, float]]:
    """Source, scheme, cell (all that a share is taken within), name, value; by plain code, languages only."""
    for file in sorted((upstream / "pypl.github.io" / "PYPL").glob("*.js")):
        for cell, name, value in _pypl(file):
            yield "pypl", "pypl_languages", f"{file.stem} {cell}", name, value
    for name in ("gh-pull-request", "gh-issue-event", "gh-star-event", "so-tags"):
        for record in json.loads((upstream / LANGUISH / f"{name}.json").read_bytes()):
            cell = f"{name} {record['year']} {record['quarter']}"
            yield "languish", "languish_stars", cell, record["name"], record["count"]
    with (upstream / GRAPH / "languages.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["iso2_code"] != "EU":
                cell = f"{row['year']} {row['quarter']}"
                yield (
                    "innovation_graph",
                    "innovation_graph_language_pushers",
                    cell,
                    row["language"],
                    int(row["num_pushers"]),
                )


def _pypl(file: Path) -> list[tuple[str, str, float]]:
    """(month from 1, name, share) of one file, in the file's order."""
    text = file.read_text(encoding="utf-8")
    names = re.findall(r"'([^']+)'", text.split("begin section languages")[1].split("// end section")[0])
    found = []
    for year, month, values in re.findall(r"new Date\((\d+),(\d+),1\),([^\]]+)\]", text):
        shares = [float(value) for value in values.split(",")]
        assert len(shares) == len(names)
        found += [(f"{year}-{int(month) + 1:02}", name, s) for name, s in zip(names, shares, strict=True)]
    return found


def test_languages_of_a_thousandth_are_covered(entries: Catalog, upstream: Path) -> None:
    values: dict[tuple[str, str], dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for source, indicator, cell, name, value in _published(upstream):
        values[source, cell][indicator, name] += value
    assert len({source for source, _ in values}) == 3
    large: dict[tuple[str, str, str], float] = {}
    for (source, _), cells in values.items():
        total = sum(cells.values())
        for (indicator, name), value in cells.items():
            if total and value / total >= 0.001:
                key = source, indicator, name
                large[key] = max(large.get(key, 0), value / total)
    assert len(large) > 100
    missing = []
    for (source, indicator, name), share in sorted(large.items(), key=lambda item: -item[1]):
        entry = entries.source[source]
        known = entries.lookup(entry, entry.indicator(indicator))
        ignored = {ignored.casefold() for ignored in entry.ignored}
        if name.casefold() not in known and name.casefold() not in ignored:
            missing.append(f"{source}: {name} ({100 * share:.2f} %)")
    assert not missing, "\n".join(missing)


# --- end to end


@pytest.fixture(scope="module")
def refreshed(entries: Catalog, upstream: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[Run]]:
    home = Home(tmp_path_factory.mktemp("home")).make()
    return home, _refresh(home, entries, upstream)


def _refresh(home: Home, entries: Catalog, upstream: Path, sources: Sequence[str] = FOUR) -> list[Run]:
    clock = lambda: datetime(2026, 9, 1, 12)  # noqa: E731, DTZ001
    return pipeline.Refresh(home, entries, http.session(upstream), clock).all(sources)


def test_every_payload_is_stored(refreshed: tuple[Home, list[Run]], entries: Catalog, upstream: Path) -> None:
    """Each file of the mirror that is asked for has parsed, conformed, passed the checks, and given rows."""
    home, _ = refreshed
    seen = {}
    for source in FOUR:
        files = [upstream / Mirror.path(request.url) for request in _requests(entries, upstream, source)]
        seen[source] = len(files)
        stored = set(home.store.read(source=[source])["payload"])
        assert {hashlib.sha256(file.read_bytes()).hexdigest() for file in files} == stored
    assert seen == {"innovation_graph": 5, "languish": 4, "pypl": 22, "top_pypi": 91}


def test_refresh_of_the_whole_mirror(refreshed: tuple[Home, list[Run]]) -> None:
    home, runs = refreshed
    outcomes = {run.source: run for run in runs}
    assert {source: run.outcome for source, run in outcomes.items()} == {
        "innovation_graph": "updated",
        "languish": "updated",
        "pypl": "partial",
        "top_pypi": "updated",
    }
    assert [failed["part"] for failed in outcomes["pypl"].failed_parts] == ["PYPL/GB", "DB/FR"]
    assert all("is not in the mirror" in failed["error"] for failed in outcomes["pypl"].failed_parts)
    assert outcomes["top_pypi"].not_yet_published == [f"2026-{month:02}" for month in range(2, 9)]
    assert {source: str(run.newest_period) for source, run in outcomes.items()} == {
        "innovation_graph": "2025-07-01",
        "languish": "2025-04-01",
        "pypl": "2026-07-01",
        "top_pypi": "2026-01-01",
    }
    counts = home.store.summary().groupby("source")["rows"].sum().to_dict()
    assert counts == {source: run.rows for source, run in outcomes.items()}
    assert sum(counts.values()) > 300_000
    for run in runs:
        assert run.rows_added == run.rows
        assert bool(run.unknown_names) == (run.source != "pypl")


def test_refresh_again_changes_nothing(refreshed: tuple[Home, list[Run]], entries: Catalog, upstream: Path) -> None:
    home, before = refreshed
    version, rows = home.store.version(), home.store.read()
    again = [run for run in before if run.source != "top_pypi"]  # 91 files of 15,000 names: one pass is enough
    for run, earlier in zip(_refresh(home, entries, upstream, [run.source for run in again]), again, strict=True):
        assert run.outcome == ("partial" if run.source == "pypl" else "unchanged"), run.error
        assert (run.rows_added, run.rows_changed, run.rows_removed) == (0, 0, 0)
        assert run.rows == earlier.rows
        assert run.unknown_names == earlier.unknown_names
    assert home.store.version() == version
    pd.testing.assert_frame_equal(home.store.read(), rows)


def test_payloads_are_kept(refreshed: tuple[Home, list[Run]], upstream: Path) -> None:
    home, _ = refreshed
    stored = set(home.store.read()["payload"])
    assert len(stored) == 22 + 5 + 4 + 91
    kept = {file.stem for file in (home.path / "payloads").rglob("*.gz")}
    assert stored <= kept
    with (upstream / "MANIFEST.csv").open(encoding="utf-8", newline="") as lines:
        published = {row["sha256"]: row["upstream_date"] for row in csv.DictReader(lines)}
    assert stored <= set(published)
    of_month = home.store.read(source=["pypl"], region=["WLD"], indicator=["pypl_languages"])
    assert {published[sha] for sha in of_month["payload"]} == {"2026-07-01"}
    assert set(of_month["vintage"]) == {pd.Timestamp("2026-07-01")}


def _value(home: Home, indicator: str, technology: str, day: str, region: str = "WLD") -> float:
    when = date.fromisoformat(day)
    rows = home.store.read(indicator=[indicator], technology=[technology], region=[region], start=when, end=when)
    assert len(rows) == 1, (indicator, technology, day, region)
    return float(rows["value"].iloc[0])


def test_figures_of_pypl(refreshed: tuple[Home, list[Run]], upstream: Path) -> None:
    home, _ = refreshed
    for path, indicator, technology, name, month, region in (
        ("PYPL/All", "pypl_languages", "python", "Python", "2026-07", "WLD"),
        ("PYPL/All", "pypl_languages", "python", "Python", "2026-01", "WLD"),  # stands twice
        ("PYPL/FR", "pypl_languages", "java", "Java", "2019-11", "FR"),
        ("DB/US", "pypl_databases", "postgresql", "PostgreSQL", "2024-03", "US"),
        ("ODE/DE", "pypl_online_ides", "jsfiddle", "JSFiddle", "2026-01", "DE"),
    ):
        series = [v for m, n, v in _pypl(upstream / "pypl.github.io" / f"{path}.js") if (m, n) == (month, name)]
        assert len(series) == (2 if month.endswith("-01") and path.startswith("PYPL") else len(series))
        assert _value(home, indicator, technology, f"{month}-01", region) == pytest.approx(100 * series[-1], abs=1e-9)
    assert _value(home, "pypl_languages", "python", "2026-07-01") == 47.49


def test_figures_of_the_innovation_graph(refreshed: tuple[Home, list[Run]], upstream: Path) -> None:
    home, _ = refreshed

    def cells(file: str) -> list[dict[str, str]]:
        with (upstream / GRAPH / f"{file}.csv").open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    rust = [c for c in cells("languages") if (c["language"], c["year"], c["quarter"]) == ("Rust", "2024", "1")]
    in_germany = next(int(c["num_pushers"]) for c in rust if c["iso2_code"] == "DE")
    world = sum(int(c["num_pushers"]) for c in rust if c["iso2_code"] != "EU")
    pushers = "innovation_graph_language_pushers"
    assert _value(home, pushers, "rust", "2024-01-01", "DE") == in_germany == 8815
    assert _value(home, pushers, "rust", "2024-01-01") == world
    assert world < sum(int(c["num_pushers"]) for c in rust)
    for file, column, indicator in (
        ("developers", "developers", "innovation_graph_developers"),
        ("git_pushes", "git_pushes", "innovation_graph_pushes"),
        ("repositories", "repositories", "innovation_graph_repositories"),
    ):
        ours = [c for c in cells(file) if (c["year"], c["quarter"]) == ("2025", "3")]
        namibia = next(int(c[column]) for c in ours if c["iso2_code"] == "NA")
        assert _value(home, indicator, "all", "2025-07-01", "NA") == namibia
        everywhere = sum(int(c[column]) for c in ours if c["iso2_code"] != "EU")
        assert _value(home, indicator, "all", "2025-07-01") == everywhere
    assert _value(home, "innovation_graph_developers", "all", "2025-07-01", "NA") == 18302
    react = [
        int(c["num_pushers"])
        for c in cells("topics")
        if c["topic"] in ("react", "reactjs") and (c["iso2_code"], c["year"], c["quarter"]) == ("US", "2025", "3")
    ]
    assert _value(home, "innovation_graph_topic_pushers", "react", "2025-07-01", "US") == max(react) == 4386


def test_figures_of_languish(refreshed: tuple[Home, list[Run]], upstream: Path) -> None:
    home, _ = refreshed
    for file, indicator in (
        ("gh-pull-request", "languish_pull_requests"),
        ("gh-issue-event", "languish_issues"),
        ("gh-star-event", "languish_stars"),
        ("so-tags", "languish_questions"),
    ):
        records = json.loads((upstream / LANGUISH / f"{file}.json").read_bytes())
        quarter = [r for r in records if (r["year"], r["quarter"]) == (2025, 2)]
        count = next(r["count"] for r in quarter if r["name"] == "Rust")
        assert _value(home, indicator, "rust", "2025-04-01") == count
        assert _value(home, indicator, "all", "2025-04-01") == sum(r["count"] for r in quarter)
    assert _value(home, "languish_questions", "python", "2025-04-01") == 10557
    assert _value(home, "languish_pull_requests", "all", "2025-04-01") == 20641820


def test_figures_of_top_pypi(refreshed: tuple[Home, list[Run]], upstream: Path) -> None:
    home, _ = refreshed
    for commit, day in (
        ("bb0bcb5f75f9b149542d7141f138b86c7ca5ee04", "2026-01-01"),  # published 2026-02-01
        ("32c4f824231ee810f9ae2c2db04bf38f17dceec3", "2018-02-01"),  # published 2018-02-25
        ("351cb6cc08231381320bd5eae97bde0127c37ba7", "2024-08-01"),  # published 2024-09-01, not 2024-08-30
    ):
        (file,) = (upstream / TOP / commit).iterdir()
        counts = {r["project"]: r["download_count"] for r in json.loads(file.read_bytes())["rows"]}
        drivers = sum(counts.get(name, 0) for name in ("psycopg2", "psycopg2-binary", "psycopg"))
        assert _value(home, "pypi_downloads", "django", day) == counts["django"]
        assert _value(home, "pypi_downloads", "psycopg", day) == drivers > counts["psycopg2"]
        assert _value(home, "pypi_downloads", "all", day) == sum(counts.values())
        share = 100 * drivers / sum(counts.values())
        assert _value(home, "pypi_download_share", "psycopg", day) == pytest.approx(share, rel=1e-12)
    assert _value(home, "pypi_downloads", "django", "2026-01-01") == 30279026


def test_shares_add_up(refreshed: tuple[Home, list[Run]]) -> None:
    """Of one region and month, the shares that we follow are never more than the whole."""
    home, _ = refreshed
    rows = home.store.read(source=["pypl", "top_pypi"])
    shares = rows[rows["indicator"] != "pypi_downloads"]
    totals = shares.groupby(["indicator", "region", "period_start"], observed=True)["value"].sum()
    assert len(totals) > 4000
    assert totals.max() <= 100.5  # four decimals of a fraction, rounded by the publisher


def test_embedded_data_is_what_the_mirror_says(refreshed: tuple[Home, list[Run]], entries: Catalog) -> None:
    folder = ROOT / "data" / "embedded"
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    size = (folder / "observations.parquet").stat().st_size
    assert size == manifest["bytes"] <= 12_000_000
    home, runs = refreshed
    embedded = schema.typed(pq.read_table(folder / "observations.parquet").to_pandas())
    text = dict.fromkeys(schema.CATEGORIES, "str")
    about = {entry["source"]: entry for entry in manifest["sources"]}
    for run in runs:
        source = run.source
        ours = home.store.read(source=[source]).astype(text).reset_index(drop=True)
        theirs = schema.sort(embedded[embedded["source"] == source]).astype(text)
        assert about[source]["catalogue"] == run.catalogue, (
            f"data/embedded was made with another entry of {source}: run `stacktide refresh` and `stacktide embed`"
        )
        assert len(theirs) == about[source]["rows"] == len(ours)
        assert about[source]["payloads"] == sorted(set(ours["payload"]))
        columns = [column for column in schema.COLUMNS if column != "status"]
        pd.testing.assert_frame_equal(theirs[columns], ours[columns])
    assert set(about) <= {source.id for source in entries.sources if source.passed_on}
    assert set(about) >= {source.id for source in entries.sources if source.passed_on and source.access is None}


def test_mirror_is_what_its_manifest_says(upstream: Path) -> None:
    """Else every figure above would be checked against something else."""
    with (upstream / "MANIFEST.csv").open(encoding="utf-8", newline="") as lines:
        rows = [
            row
            for row in csv.DictReader(lines)
            if re.match(r"pypl\.|.*/(innovationgraph|languish|top-pypi)", row["path"])
        ]
    assert len(rows) > 120
    for row in rows:
        assert Mirror.path(row["url"]) == row["path"]
        assert hashlib.sha256((upstream / row["path"]).read_bytes()).hexdigest() == row["sha256"], row["path"]
