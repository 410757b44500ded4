"""The HTTP API: what is sent, kept and refused."""

import csv
import gzip
import io
import json
from pathlib import Path

import brotli
import pandas as pd
import pytest
from flask.testing import FlaskClient

from dashboard import api
from dashboard.data import Data, Snapshot
from dashboard.selection import Selection
from etl.store import Store


def test_trends_is_revalidated_by_its_etag(client: FlaskClient) -> None:
    first = client.get("/api/trends?indicator=stars")
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-cache"
    assert "Accept-Encoding" in first.headers["Vary"]
    again = client.get("/api/trends?indicator=stars", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get("/api/trends?indicator=pushers", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_an_address_that_names_the_current_state_is_kept_for_ever(client: FlaskClient, data: Data) -> None:
    state = client.get("/api/trends").get_json()["state"]
    assert state == data.snapshot().key
    assert "immutable" in client.get(f"/api/trends?v={state}").headers["Cache-Control"]
    assert client.get(f"/api/trends?v={state}x").headers["Cache-Control"] == "no-cache"


def test_two_stores_of_one_version_are_two_states(data: Data, tmp_path: Path) -> None:
    """A browser that kept the answers of a store must not show them for the one that took its place."""
    one = data.snapshot()
    other = Store(tmp_path / "other")
    while not other.exists() or other.version() < one.version:
        other.replace(data.home.store.read())
    assert other.version() == one.version
    assert Snapshot(other, data.catalog, other.version(), one.retrieved_on).key != one.key


@pytest.mark.parametrize(("encoding", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_answers_are_compressed_when_asked(client: FlaskClient, encoding: str, unpack: object) -> None:
    plain = client.get("/api/trends")
    assert "Content-Encoding" not in plain.headers
    packed = client.get("/api/trends", headers={"Accept-Encoding": encoding})
    assert packed.headers["Content-Encoding"] == encoding
    assert unpack(packed.data) == plain.data  # type: ignore[operator]
    assert client.get("/api/trends", headers={"Accept-Encoding": f"{encoding};q=0"}).data == plain.data


def test_a_finished_answer_is_remembered_until_the_store_changes(data: Data, rows: pd.DataFrame) -> None:
    answers = api.Answers(most=2)
    one = answers.answer(data, Selection())
    assert answers.answer(data, Selection()) is one
    answers.answer(data, Selection(indicator="stars"))
    answers.answer(data, Selection(indicator="searched"))
    assert answers.answer(data, Selection()) is not one
    data.home.store.replace(rows.assign(value=rows["value"] * 2))
    changed = answers.answer(data, Selection())
    assert changed.etag != one.etag
    assert json.loads(changed.body)["version"] > json.loads(one.body)["version"]


@pytest.mark.parametrize("path", ["/api/trends?technology=pyton", "/export.csv?technology=pyton"])
def test_a_wrong_call_is_one_sentence(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (400, "application/json")
    assert answer.get_json() == {"error": "There is no technology `pyton`: did you mean `python`?"}
    assert client.get("/export.pdf").status_code == 400


def test_a_store_that_is_not_there_is_said(client: FlaskClient, data: Data, tmp_path: object) -> None:
    class Broken:
        def version(self) -> int:
            from etl.errors import StoreError

            raise StoreError("There is no store here: run `stacktide refresh`.")

    data.home.__dict__["store"] = Broken()
    answer = client.get("/api/trends")
    assert answer.status_code == 503
    assert "stacktide refresh" in answer.get_json()["error"]


@pytest.mark.parametrize("file_format", ["csv", "json", "parquet", "xlsx"])
def test_files_have_name_and_type(client: FlaskClient, file_format: str) -> None:
    answer = client.get(f"/export.{file_format}?indicator=stars")
    assert answer.status_code == 200
    name = answer.headers["Content-Disposition"]
    assert name == f'attachment; filename="stacktide-stars-WLD-share-2026-08.{file_format}"'


def test_the_csv_of_a_view_equals_its_table(client: FlaskClient) -> None:
    query = "?indicator=stars&value=share&technology=go,python"
    table = client.get(f"/api/trends{query}").get_json()["table"]["rows"]
    lines = list(csv.DictReader(io.StringIO(client.get(f"/export.csv{query}").text)))
    assert {(line["period_start"], line["technology"]): float(line["shown_value"]) for line in lines} == {
        (row["period"], t): row[t] for row in table for t in ("go", "python") if row[t] is not None
    }
    assert {line["shown_unit"] for line in lines} == {"percent of all stars"}
    meta = client.get(f"/export.json{query}").get_json()["meta"]
    assert (meta["exported_on"], meta["rows"]) == ("2026-09-01", len(lines))
