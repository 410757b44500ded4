"""Files made in the background: the same bytes as a download, watched, ended, bounded, and nobody else's."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from werkzeug.test import Client, TestResponse

from dashboard import background, files
from dashboard.app import create_app
from dashboard.background import Files, TooBusyError
from dashboard.delivery import Delivery
from etl.catalog import Catalog
from etl.home import Home
from etl.runs import process

OURS = {"Origin": "http://localhost"}
FILES = "/api/v1/files"
WORKBOOK = {"collection": "observations", "format": "xlsx", "query": "technology=python,java&from=2026-02-01"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, observations: Callable[..., pd.DataFrame]) -> Home:
    home = Home(tmp_path_factory.mktemp("files") / "home").make()
    months = ["2026-01-01", "2026-02-01", "2026-03-01"]
    technologies = ["python", "java", "rust"]
    rows = observations(technology=[t for t in technologies for _ in months], period_start=months * 3)
    home.store.replace(rows, source="pypl")
    return home


@pytest.fixture
def client(filled: Home, entries: Catalog) -> Client:
    return Client(Delivery(create_app(filled, entries)))


def ask(client: Client, wanted: Any = WORKBOOK, **headers: str) -> TestResponse:
    return client.post(FILES, json=wanted, headers=OURS | headers)


def told(client: Client, file_id: str) -> dict[str, Any]:
    answer = client.get(f"{FILES}/{file_id}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    found = answer.get_json()
    assert isinstance(found, dict)
    return found


def finished(client: Client, file_id: str) -> dict[str, Any]:
    until = time.monotonic() + 90
    while (found := told(client, file_id))["state"] == "running":
        assert time.monotonic() < until
        time.sleep(0.1)
    return found


def maker(home: Home, file_id: str) -> int:
    return int((home.path / "files" / file_id / "process").read_text().rsplit(" ", 2)[1])


@pytest.mark.slow
@pytest.mark.parametrize("file_format", ["xlsx", "csv", "bundle"])
def test_a_file_has_the_bytes_of_a_download(
    file_format: str, client: Client, filled: Home, entries: Catalog, tmp_path: Path
) -> None:
    query = "technology=python,java&from=2026-02-01&fields=technology,period_start,value&sort=-value"
    begun = ask(client, {"collection": "observations", "format": file_format, "query": query})
    assert begun.status_code == 202
    assert begun.headers["Location"] == f"{FILES}/{begun.get_json()['id']}"
    assert {"state": "running", "rows": 4, "rows_done": 0, "link": None}.items() <= begun.get_json().items()
    # another process of the server answers as well as the one that was asked
    other = Client(Delivery(create_app(filled, entries)))
    found = finished(other, begun.get_json()["id"])
    assert found["error"] is None
    assert (found["state"], found["rows_done"], found["rows"]) == ("done", 4, 4)
    answer = other.get(found["link"])
    ending = "zip" if file_format == "bundle" else file_format
    download = client.get(f"/api/v1/observations.{ending}?{query}")
    assert answer.headers["Content-Disposition"].replace('"', "") == download.headers["Content-Disposition"].replace(
        '"', ""
    )
    assert answer.mimetype == download.mimetype
    assert answer.data == download.data
    assert found["bytes"] == len(answer.data)


@pytest.mark.slow
def test_cancelling_ends_the_process_and_leaves_nothing(client: Client, filled: Home) -> None:
    file_id = ask(client).get_json()["id"]
    pid = maker(filled, file_id)
    whole = process(pid)
    assert whole is not None
    assert client.delete(f"{FILES}/{file_id}").status_code == 403
    assert process(pid) == whole
    assert client.delete(f"{FILES}/{file_id}", headers=OURS).status_code == 204
    assert process(pid) != whole
    assert not (filled.path / "files" / file_id).exists()
    assert client.get(f"{FILES}/{file_id}").status_code == 404


@pytest.mark.slow
def test_a_killed_process_is_told_in_a_sentence(client: Client, filled: Home) -> None:
    file_id = ask(client).get_json()["id"]
    os.kill(maker(filled, file_id), signal.SIGKILL)
    found = finished(client, file_id)
    assert found["state"] == "failed"
    assert found["link"] is None
    assert "ask for the file again" in found["error"]


def test_only_our_page_may_ask(client: Client) -> None:
    theirs = [
        {},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
    ]
    for headers in theirs:
        refused = client.post(FILES, json=WORKBOOK, headers=headers)
        assert refused.status_code == 403, headers
        assert refused.mimetype == "application/problem+json"
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert client.post(FILES, data="{}", content_type=content_type, headers=OURS).status_code == 415


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({**WORKBOOK, "collection": "../secrets"}, "collection"),
        ({**WORKBOOK, "format": "exe"}, "format"),
        ({**WORKBOOK, "format": ["xlsx"]}, "format"),
        ({**WORKBOOK, "query": 5}, "query"),
        ({**WORKBOOK, "name": "../../etc/passwd"}, "name"),
        ({**WORKBOOK, "query": "technology=nothing"}, "technology"),
        ({**WORKBOOK, "query": "technologies=python"}, "technologies"),
        ({**WORKBOOK, "query": "fields=secret"}, "fields"),
        ({"format": "csv"}, "collection"),
    ],
)
def test_what_is_wrong_is_said_before_anything_begins(
    wanted: dict[str, Any], field: str, client: Client, filled: Home
) -> None:
    before = sorted((filled.path / "files").glob("?" * 32))
    refused = ask(client, wanted)
    assert refused.status_code == 400
    assert [error["field"] for error in refused.get_json(force=True)["errors"]] == [field]
    assert sorted((filled.path / "files").glob("?" * 32)) == before


def test_too_many_parameters_are_refused_in_a_sentence(client: Client) -> None:
    answer = ask(client, WORKBOOK | {"query": "technology=python&" * 201})
    assert answer.status_code == 400
    (error,) = answer.get_json(force=True)["errors"]
    assert error["field"] == "query"
    assert "more than 200 parameters" in str(error)


def test_what_is_no_object_is_refused(client: Client) -> None:
    for body in ("", "[]", "5", "{", "null", '"x"', "[" * 5_000, r'{"\ud800": 1}'):
        refused = client.post(FILES, data=body, content_type="application/json", headers=OURS)
        assert refused.status_code == 400, body[:9]
    assert client.post(FILES, data="x" * 70_000, content_type="application/json", headers=OURS).status_code == 413


TRICKS = [
    "..",
    "../../state.sqlite",
    "..%2f..%2fstate.sqlite",
    "%2e%2e/%2e%2e/state.sqlite",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "wanted.json",
    "process",
    "made",
    "made/../wanted.json",
    "..%5cwanted.json",
    "C:%5cWindows%5cwin.ini",
    "CON",
    "a%00.xlsx",
    "%00",
    "a" * 300,
    "%c0%ae%c0%ae/",
]


@pytest.mark.slow
def test_no_name_leads_out_of_a_file(client: Client, filled: Home) -> None:
    (filled.path / "state.sqlite").touch()
    file_id = ask(client).get_json()["id"]
    link = finished(client, file_id)["link"]
    assert client.get(link).status_code == 200
    for trick in TRICKS:
        for address in (f"{FILES}/{trick}", f"{FILES}/{file_id}/{trick}", f"{FILES}/{trick}/{Path(link).name}"):
            assert client.get(address).status_code in (404, 405), address
            assert client.delete(address, headers=OURS).status_code in (404, 405), address
    for wrong in (file_id.upper(), file_id[:-1], f"{file_id}0", "0" * 32, "*" * 32):
        assert client.get(f"{FILES}/{wrong}").status_code == 404
    assert client.get(link).status_code == 200
    client.delete(f"{FILES}/{file_id}", headers=OURS)


# ---- bounds ----------------------------------------------------------------------------------------------------------


class Kitchen:
    """Files whose makers do nothing, at a time that can be set."""

    def __init__(self, home: Home, at_once: int) -> None:
        self.now = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone
        self.makers: list[subprocess.Popen[bytes]] = []
        self.home, self.files = home, Files(home, lambda: self.now, at_once)

    def launch(self, words: list[str], alone: bool = False) -> "subprocess.Popen[bytes]":
        assert words[:2] == ["files", "make"]
        self.makers.append(subprocess.Popen(["sleep", "60"]))
        threading.Thread(target=self.makers[-1].wait, daemon=True).start()  # as of a real one, no zombie is left
        return self.makers[-1]

    def ask(self, client: str = "10.0.0.1") -> str:
        return self.files.ask("observations", "csv", "", "http://localhost", 5, client).id

    def finish(self, file_id: str, size: int) -> None:
        place = self.home.path / "files" / file_id
        (place / "made").mkdir()
        (place / "made" / "rows.csv").write_bytes(b"x")
        done = {"state": "done", "rows_done": 5, "name": "rows.csv", "bytes": size, "said": ""}
        (place / "progress.json").write_text(json.dumps(done))


@pytest.fixture
def kitchen(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kitchen]:
    made = Kitchen(home, at_once=2)
    monkeypatch.setattr(background.work, "launch", made.launch)
    yield made
    for each in made.makers:
        each.kill()
        each.wait()


def folders(home: Home) -> set[str]:
    return {path.name for path in (home.path / "files").iterdir() if path.is_dir()}


def test_only_a_few_are_made_at_once(kitchen: Kitchen) -> None:
    first, _ = kitchen.ask(), kitchen.ask()
    with pytest.raises(TooBusyError, match="2 files are being made") as refused:
        kitchen.ask()
    assert (refused.value.status, refused.value.wait_seconds > 0) == (503, True)
    kitchen.finish(first, 1)
    kitchen.ask()
    assert len(kitchen.makers) == 3


def test_one_client_may_ask_only_so_often(kitchen: Kitchen) -> None:
    for _ in range(background.ASKED_A_MINUTE):
        kitchen.finish(kitchen.ask(), 1)
    with pytest.raises(TooBusyError, match="wait 60 s") as refused:
        kitchen.ask()
    assert refused.value.status == 429
    kitchen.finish(kitchen.ask("10.0.0.2"), 1)
    kitchen.now += timedelta(seconds=61)
    kitchen.ask()


def test_files_go_after_an_hour(kitchen: Kitchen) -> None:
    done, running = kitchen.ask(), kitchen.ask()
    kitchen.finish(done, 1)
    kitchen.now += timedelta(seconds=background.KEPT_SECONDS)
    kitchen.files.sweep()
    assert folders(kitchen.home) == {done, running}
    kitchen.now += timedelta(seconds=1)
    assert kitchen.files.find(done) is None
    kitchen.files.sweep()
    assert folders(kitchen.home) == set()
    assert kitchen.makers[1].wait(5) == -signal.SIGKILL


def test_the_oldest_give_way(kitchen: Kitchen) -> None:
    asked = []
    for number in range(background.MOST_KEPT + 3):
        kitchen.now += timedelta(seconds=10)
        asked.append(kitchen.ask(f"10.0.0.{number}"))
        kitchen.finish(asked[-1], 1)
    assert folders(kitchen.home) == set(asked[3:])
    kitchen.now += timedelta(seconds=10)
    large = kitchen.ask("10.0.1.1")
    kitchen.finish(large, background.MOST_BYTES)
    kitchen.now += timedelta(seconds=10)
    last = kitchen.ask("10.0.1.2")
    assert folders(kitchen.home) == {large, last}


def test_what_a_server_left_behind_goes_at_the_next_start(kitchen: Kitchen) -> None:
    kept, left = kitchen.ask(), kitchen.ask()
    wanted = kitchen.home.path / "files" / left / "wanted.json"
    wanted.write_text(wanted.read_text().replace(json.loads(wanted.read_text())["owner"], "elsewhere 1 1"))
    (kitchen.home.path / "files" / ("f" * 32)).mkdir()  # one that was cut off while it was begun
    Files(kitchen.home, lambda: kitchen.now).sweep()
    assert folders(kitchen.home) == {kept}
    assert kitchen.makers[1].wait(5) == -signal.SIGKILL
    assert kitchen.makers[0].poll() is None


def test_a_damaged_record_is_no_file(kitchen: Kitchen) -> None:
    file_id = kitchen.ask()
    place = kitchen.home.path / "files" / file_id
    for damaged in ("", "{", "[]", '{"state": "done"}', '{"asked": 5}'):
        (place / "wanted.json").write_text(damaged)
        assert kitchen.files.find(file_id) is None
    kitchen.files.sweep()
    assert file_id not in folders(kitchen.home)


def test_tidying_goes_on_by_itself(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_SWEEP_SECONDS", 0.02)
    gone = home.path / "files" / ("a" * 32)
    files.tidy(home)
    gone.mkdir(parents=True)
    until = time.monotonic() + 5
    while gone.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not gone.exists()
    monkeypatch.setattr(files, "_SWEEP_SECONDS", 3_600)
    time.sleep(0.1)
