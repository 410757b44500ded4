"""The page Sources: one line, a table that sorts; of one source its runs, last error, schedule, unknown names."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import flask
import pandas as pd
import pytest
from werkzeug.test import Client

from dashboard import admin
from dashboard.pages.sources import PAGE
from dashboard.views.sources import SORTS, duration, size, sources_view
from etl.catalog import Catalog
from etl.home import Home
from etl.runs import Outcome, Run
from etl.schedule import Schedules

NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone


def ended(home: Home, source: str, outcome: Outcome, started: datetime, seconds: float = 45, **more: Any) -> Run:
    run = home.runs.begin(Run(source=source, trigger="schedule", started=started))
    run.outcome, run.finished = outcome, started + timedelta(seconds=seconds)
    for name, value in more.items():
        setattr(run, name, value)
    home.runs.end(run)
    return run


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, observations: Callable[..., pd.DataFrame]) -> Home:
    """Three rows of PYPL; of its runs one good, then one that failed; Languish was refreshed once. To be read only."""
    home = Home(tmp_path_factory.mktemp("sources") / "home").make()
    home.store.replace(observations(period_start=["2026-06-01", "2026-07-01", "2026-08-01"]), source="pypl")
    names = [
        {"name": name, "rows": 9, "value_share_percent": share}
        for name, share in [("Abap", 1.9), *((f"Rare {n}", 0.0004) for n in range(30))]
    ]
    ended(home, "pypl", "updated", NOON - timedelta(days=2), rows_added=3, unknown_names=names)
    failed = {
        "error": "pypl: 2 of 24 parts failed; their last good rows stay. First, de: no `graphData`.",
        "failed_parts": [{"part": "de", "error": "no `graphData`."}, {"part": "fr", "error": "answered 503."}],
    }
    ended(home, "pypl", "failed", NOON - timedelta(days=1), seconds=200, bytes=1_234_567, **failed)
    ended(home, "languish", "updated", NOON - timedelta(days=3), retrieved_on=date(2026, 8, 29))
    return home


def view(home: Home, entries: Catalog, query: str = "") -> dict[str, Any]:
    found = sources_view(home, entries, NOON, query)
    json.dumps(found)  # JSON types only
    return found


def test_every_source_is_in_the_table_what_needs_somebody_first(filled: Home, entries: Catalog) -> None:
    shown = view(filled, entries)
    assert {row["source"] for row in shown["rows"]} == set(entries.source)
    first = shown["rows"][0]
    kept = ("source", "state", "newest_period", "last_run", "outcome", "rows", "licence", "caveat")
    assert [first[name] for name in kept] == [
        "pypl",
        "failing",
        "August 2026",
        "2026-08-31 12:00",
        "failed",
        3,
        entries.source["pypl"].licence.title,
        entries.source["pypl"].caveat,
    ]
    assert first["next_run"] > "2026-09-01"
    assert shown["query"] == ""
    assert shown["scheduler"] is None


def test_one_line_says_how_fresh_all_is(filled: Home, entries: Catalog) -> None:
    said = view(filled, entries)["overall"]
    ended_ones = sum(s.cadence == "ended" for s in entries.sources)
    assert (
        f"of {len(entries.sources) - sum(r['state'] == 'ended' for r in view(filled, entries)['rows'])} sources" in said
    )
    assert "1 failing" in said
    assert ended_ones > 0
    assert said.endswith("The last run began on 2026-08-31 12:00 UTC.")


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in SORTS for sign in ("", "-")])
def test_sorting(filled: Home, entries: Catalog, sort: str) -> None:
    shown = view(filled, entries, f"sort={sort}")
    assert len(shown["rows"]) == len(entries.sources)
    assert [c["order"] for c in shown["columns"] if c["order"] != "none"] == [
        "descending" if sort.startswith("-") else "ascending"
    ]
    (column,) = [c for c in shown["columns"] if c["order"] != "none"]
    assert column["query"] != shown["query"] or sort == "state"
    assert all(row["query"].endswith(f"source={row['source']}") for row in shown["rows"])


def test_what_has_no_value_comes_last(filled: Home, entries: Catalog) -> None:
    for sort in ("last", "-last"):
        rows = view(filled, entries, f"sort={sort}")["rows"]
        assert {rows[0]["source"], rows[1]["source"]} == {"pypl", "languish"}
        assert rows[2]["last_run"] is None


@pytest.mark.parametrize("query", ["source=pypi", "sort=nonsense", "source=%00", "sort=-", "source=..&sort=rows%27"])
def test_a_bad_address_is_a_message(filled: Home, entries: Catalog, query: str) -> None:
    shown = view(filled, entries, query)
    assert shown["problems"]
    assert shown["detail"] is None
    assert len(shown["rows"]) == len(entries.sources)


def test_one_source(filled: Home, entries: Catalog) -> None:
    shown = view(filled, entries, "source=pypl&sort=-rows")
    detail = shown["detail"]
    assert (shown["query"], shown["back"], shown["rows"]) == ("sort=-rows&source=pypl", "sort=-rows", [])
    assert [(run["outcome"], run["took"], run["started"]) for run in detail["runs"]] == [
        ("failed", "3 min 20 s", "2026-08-31 12:00"),
        ("updated", "45 s", "2026-08-30 12:00"),
    ]
    assert detail["runs"][0]["size"] == "1.2 MB"
    assert detail["last_error"]["kept"]
    assert [part["part"] for part in detail["last_error"]["parts"]] == ["de", "fr"]
    assert detail["unknown_count"] == 31
    assert detail["unknown_names"][0] == {"name": "Abap", "rows": 9, "share": "1.9 %"}
    assert detail["unknown_names"][1]["share"] == "below 0.001 %"
    rule = detail["schedule"]
    assert (rule["origin"], rule["paused"], rule["overdue"]) == ("default", False, False)
    assert len(rule["coming"]) == 3
    assert rule["coming"] == sorted(set(rule["coming"]))


def test_a_schedule_that_somebody_set_and_paused(home: Home, entries: Catalog) -> None:
    schedules = Schedules(home.state, entries, lambda: NOON)
    schedules.set("pypl", "30 5 * * mon", "Europe/Berlin")
    rule = view(home, entries, "source=pypl")["detail"]["schedule"]
    assert rule["words"] == "on Mondays at 05:30 Europe/Berlin"
    assert rule["coming"][0] == "2026-09-07 03:30"
    schedules.pause("pypl")
    paused = view(home, entries, "source=pypl")["detail"]
    assert (paused["paused"], paused["schedule"]["coming"]) == (True, [])


def test_a_source_without_runs_or_store(home: Home, entries: Catalog) -> None:
    shown = view(home, entries, "source=pypl")["detail"]
    assert (shown["state"], shown["runs"], shown["last_error"], shown["unknown_names"]) == ("never", [], None, [])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, None), (0, "0 s"), (0.42, "0.4 s"), (59, "59 s"), (60, "1 min"), (200, "3 min 20 s"), (3720, "1 h 2 min")],
)
def test_durations(seconds: float | None, words: str | None) -> None:
    assert duration(seconds) == words


def test_sizes() -> None:
    assert [size(n) for n in (0, 999, 1000, 123_456, 7_000_000_000)] == ["0 B", "999 B", "1.0 kB", "123 kB", "7.0 GB"]


# ---- the page --------------------------------------------------------------------------------------------------------


@pytest.fixture
def _serving(filled: Home, entries: Catalog) -> Iterator[None]:
    """The page's data alone: a second Dash application would take the callbacks of the first."""
    server = flask.Flask("test")
    admin.register(server, filled, entries, clock=lambda: NOON)
    with server.app_context():
        yield


def shown(query: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(PAGE.view(query).to_json())
    return found


@pytest.mark.usefixtures("_serving")
def test_the_page_says_states_in_words() -> None:
    props = shown("")["props"]
    text = json.dumps(props["sources-table"], ensure_ascii=False)
    for words in ("failing", "never", "Known bias", "recorded answer", "documentation only", "aria-sort"):
        assert words in text
    assert props["source-detail"]["hidden"] is True
    assert props["source-operations"] == {"data-source": ""}
    assert "No scheduler runs" in props["sources-overall"]["children"][0]


@pytest.mark.usefixtures("_serving")
def test_the_page_of_one_source() -> None:
    found = shown("source=pypl")
    props = found["props"]
    assert found["title"].startswith("PYPL")
    assert props["sources-table"] == {"children": [], "html": None, "hidden": True}
    assert props["source-detail"]["hidden"] is False
    assert "their last good rows stay" in json.dumps(props["source-error"])
    assert "<code>" in json.dumps(props["source-error"])  # not backticks
    history = json.dumps(props["source-history"])
    assert "2 runs, oldest first: 1 updated, 1 failed" in history
    assert "at most 3 min 20 s" in history
    operations = props["source-operations"]
    assert (operations["data-source"], operations["data-paused"], operations["data-origin"]) == (
        "pypl",
        "false",
        "default",
    )
    assert "Abap" in json.dumps(props["source-unknown"])
    assert "16 more" in json.dumps(props["source-unknown"])


@pytest.mark.usefixtures("_serving")
def test_a_bad_address_leaves_the_table() -> None:
    props = shown("source=pypi")["props"]
    assert props["message"]["hidden"] is False
    assert "There is no source `pypi`" in json.dumps(props["message"])
    assert props["sources-table"]["hidden"] is False


def test_views_of_a_live_page_are_never_kept(client: Client) -> None:
    first = client.get("/view/sources")
    assert first.status_code == 200
    version = first.get_json()["version"]
    again = client.get(f"/view/sources?v={version}")
    assert (first.headers["Cache-Control"], again.headers["Cache-Control"]) == ("no-cache", "no-cache")
    assert client.get("/view/sources", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_readers_see_everything_and_may_nothing(client: Client) -> None:
    assert client.get("/admin/session").get_json() == {"way": "none", "csrf": None}
    assert client.get("/api/refreshes").status_code == 200
    layout = client.get("/_dash-layout", headers={"Referer": "http://localhost/sources?source=pypl"})
    assert "Unknown names" in layout.text
    assert "Refresh now" not in layout.text.replace("press Refresh now", "")
    for action in admin.ACTIONS:
        assert client.post(f"/admin/{action}", json={"source": "pypl"}).status_code == 403
