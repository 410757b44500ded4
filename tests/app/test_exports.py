"""The exports on the page Sources, in `/metrics` and in `stacktide status`: what they say, and what they keep back."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import Client

from dashboard.app import create_app
from dashboard.components import export_list
from dashboard.delivery import Delivery
from dashboard.views.exports import exports_view, link, what
from dashboard.views.sources import sources_view
from etl import cli, logs
from etl.catalog import Catalog
from etl.exports import Export, Exports
from etl.home import Home

NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone
FOLDER = "/srv/secret place"


@pytest.fixture
def exports(home: Home) -> Exports:
    """One good export and one that fails, both with files; one that never ran, and one that rests."""
    made = Exports(home.state, lambda: NOON)
    address = "http://tide.example.org/?technology=django,flask&value=share"
    for name, more in {
        "good": {"selection": address, "cron": "30 5 * * mon", "format": "parquet"},
        "bad": {"selection": "/api/v1/observations?source=pypl"},
        "new": {"selection": "technology=rust"},
        "resting": {"selection": "technology=rust", "cron": "0 5 * * *", "paused": True},
    }.items():
        made.add(Export(**{"format": "csv", "folder": FOLDER, "since": NOON, **more}, name=name))
    for name in ("good", "bad"):
        file = f"{FOLDER}/{name}-2026-09-01.csv"
        made.end(replace(made.begin(name, "schedule"), outcome="written", file=file, rows=12345, bytes=9))
    error = f"The folder {FOLDER} is no longer there: make it again."
    made.end(replace(made.begin("bad", "refresh"), outcome="failed", error=error))
    return made


def test_the_folder_is_not_told_even_if_a_secret_is_a_part_of_it(home: Home, exports: Exports) -> None:
    logs.hide(["secret"])
    bad = next(row for row in exports_view(home, NOON) if row["name"] == "bad")
    assert bad["error"] == "The folder … is no longer there: make it again."


def test_what_the_page_says(home: Home, entries: Catalog, exports: Exports) -> None:
    found = {row["name"]: row for row in exports_view(home, NOON)}
    json.dumps(found)  # JSON types only
    assert list(found) == ["bad", "good", "new", "resting"]
    assert found["good"] == {
        "name": "good",
        "what": "technology django and flask; value share",
        "link": "/?technology=django,flask&value=share",
        "format": "Parquet",
        "when": "on Mondays at 05:30 UTC",
        "paused": False,
        "next_run": "2026-09-07 05:30",
        "state": "good",
        "last_run": "2026-09-01 12:00",
        "outcome": "written",
        "file": "good-2026-09-01.csv",
        "rows": 12345,
        "error": None,
    }
    bad = found["bad"]
    assert (bad["state"], bad["outcome"], bad["file"]) == ("failing", "failed", "bad-2026-09-01.csv")
    assert bad["error"] == "The folder … is no longer there: make it again."
    assert (found["new"]["last_run"], found["new"]["next_run"], found["new"]["link"]) == (None, None, None)
    assert found["resting"]["paused"]
    assert "secret" not in json.dumps(found)
    assert len(sources_view(home, entries, NOON, "")["exports"]) == 4
    assert sources_view(home, entries, NOON, "source=pypl")["exports"] == []


def shown(rows: list[dict[str, Any]]) -> str:
    return json.dumps(
        [part.to_plotly_json() for part in export_list.section(rows)], default=lambda c: c.to_plotly_json()
    )


def test_how_the_page_shows_it(home: Home, exports: Exports) -> None:
    text = shown(exports_view(home, NOON))
    for words in ("Exports", "12,345", "good-2026-09-01.csv", "on Mondays at 05:30 UTC", "paused", "never"):
        assert words in text
    assert "pill is-failed" in text
    assert "pill is-updated" in text
    assert "stacktide exports add" in text
    assert "Table of scheduled exports" in text


def test_without_exports_only_how_one_is_made(home: Home) -> None:
    text = shown(exports_view(home, NOON))
    assert "No file is written regularly." in text
    assert "stacktide exports add" in text
    assert "Table" not in text


@pytest.mark.parametrize(
    ("selection", "told", "address"),
    [
        ("http://tide.example.org", "everything", "/"),
        ("https://tide.example.org:8443/?technology=c%23,f%23", "technology c# and f#", "/?technology=c%23,f%23"),
        ("/api/v1/observations", "everything", "/api/v1/observations"),
        ("?kind=framework&from=2026-01-01", "kind framework; from 2026-01-01", None),
        ("http://tide.example.org//evil.example.org/", "everything", None),
        ("javascript:alert(1)//?technology=rust", "javascript:alert(1)//?technology rust", None),
    ],
)
def test_selections_in_words_and_as_links_to_this_server(selection: str, told: str, address: str | None) -> None:
    assert (what(selection), link(selection)) == (told, address)


def samples(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if line.startswith("stacktide_export")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_metrics(home: Home, entries: Catalog, exports: Exports, observations: Any) -> None:
    home.store.replace(observations(), source="pypl")
    found = samples(Client(Delivery(create_app(home, entries))).get("/metrics").text)
    assert found['stacktide_export_state{export="bad",state="failing"}'] == 1
    assert found['stacktide_export_state{export="good",state="failing"}'] == 0
    assert found['stacktide_export_state{export="new",state="new"}'] == 1
    written = found['stacktide_export_last_written_timestamp_seconds{export="good"}']
    assert written == (NOON - datetime(1970, 1, 1)) / timedelta(seconds=1)  # noqa: DTZ001
    assert len(found) == 4 * 3 + 2


def test_status(home: Home, exports: Exports, capsys: pytest.CaptureFixture[str]) -> None:
    def status(*words: str) -> str:
        cli.app(["status", "--home", str(home.path), *words], standalone_mode=False)
        return capsys.readouterr().out

    told = "The export bad fails. The run of 2026-09-01 failed: The folder /srv/secret place is no longer there"
    assert next(line for line in status().splitlines() if line.startswith("The export ")).startswith(told)
    states = {export["name"]: export["state"] for export in json.loads(status("--json"))["exports"]}
    assert states == {"bad": "failing", "good": "good", "new": "new", "resting": "new"}
    assert cli.app(["status", "--home", str(home.path), "--fail-on", "failing"], standalone_mode=False) == 1
    exports.remove("bad")
    assert not cli.app(["status", "--home", str(home.path), "--fail-on", "failing"], standalone_mode=False)
