"""The HTTP API: what is sent, kept, revalidated and refused."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import brotli
import flask
import pandas as pd
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard import api
from dashboard.api.answers import Answer, Answers
from dashboard.api.routes import COLLECTIONS
from dashboard.data import Data, Snapshot
from dashboard.export import FORMATS
from etl.errors import StoreError
from etl.store import Store

ROOT = "/api/v1"
PROBLEM = "application/problem+json"
NAMES = sorted(COLLECTIONS)


def got(client: FlaskClient, address: str, **headers: str) -> Any:
    answer = client.get(f"{ROOT}/{address}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def followed(client: FlaskClient, address: str) -> list[Any]:
    """The rows of all pages from `address` on."""
    rows, asked = [], f"{ROOT}/{address}"
    while asked:
        answer = client.get(asked)
        assert answer.status_code == 200, answer.text
        page = answer.get_json()
        rows += page["data"]
        link = page["links"].get("next")
        parts = urlsplit(link or "")
        asked = f"{parts.path}?{parts.query}" if link else ""
    return rows


def refused(client: FlaskClient, address: str, status: int, field: str | None = None) -> str:
    """The sentence of a problem, which must be a whole one."""
    answer = client.get(f"{ROOT}/{address}")
    assert (answer.status_code, answer.content_type) == (status, PROBLEM), answer.text
    told = answer.get_json()
    assert set(told) == {"type", "title", "status", "detail", "errors"}
    assert told["status"] == status
    assert told["detail"].rstrip().endswith((".", "?"))
    assert [each["field"] for each in told["errors"]] == ([field] if field else [])
    return str(told["detail"])


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_it_holds_and_where_the_rest_is(client: FlaskClient, name: str) -> None:
    page = got(client, name)
    assert page["meta"]["store_version"] == 0
    if name == "series":
        assert len(page["series"][0]["values"]) == len(page["periods"]) > 1
        return
    assert page["meta"]["rows"] == len(page["data"]) > 0
    assert list(page["data"][0]) == list(COLLECTIONS[name].columns)
    assert page["links"]["csv"] == f"http://localhost{ROOT}/{name}.csv"
    assert set(FORMATS) < set(page["links"])


@pytest.mark.parametrize("name", NAMES)
def test_every_format_holds_the_rows_of_the_page(client: FlaskClient, name: str) -> None:
    whole = got(client, f"{name}.json")
    if name != "series":
        assert whole["data"] == got(client, name)["data"]
    lines = client.get(f"{ROOT}/{name}.ndjson").text.splitlines()
    assert [json.loads(line) for line in lines] == whole["data"]
    table = list(csv.DictReader(io.StringIO(client.get(f"{ROOT}/{name}.csv").text)))
    assert len(table) == len(whole["data"])
    assert len(pd.read_parquet(io.BytesIO(client.get(f"{ROOT}/{name}.parquet").data))) == len(table)
    assert len(pd.read_excel(io.BytesIO(client.get(f"{ROOT}/{name}.xlsx").data), sheet_name="data")) == len(table)
    assert "data.csv" in zipfile.ZipFile(io.BytesIO(client.get(f"{ROOT}/{name}.zip").data)).namelist()


@pytest.mark.parametrize(("ending", "each"), [(each.ending, each) for each in FORMATS.values()])
def test_a_file_has_name_and_type(client: FlaskClient, ending: str, each: Any) -> None:
    answer = client.get(f"{ROOT}/series.{ending}?indicator=stars")
    assert answer.content_type == each.media_type
    assert answer.headers["Content-Disposition"] == f'attachment; filename="stacktide-stars-WLD-share-2026-08.{ending}"'
    assert client.head(f"{ROOT}/series.{ending}?indicator=stars").data == b""


def test_a_csv_leads_to_its_metadata(client: FlaskClient) -> None:
    link = client.get(f"{ROOT}/observations.csv?indicator=stars&fields=value,technology").headers["Link"]
    address, rel, kind = link.split("; ")
    assert (rel, kind) == ('rel="describedby"', 'type="application/csvm+json"')
    told = client.get(address.strip("<>").removeprefix("http://localhost")).get_json()
    assert told["url"] == f"http://localhost{ROOT}/observations.csv?indicator=stars&fields=value,technology"
    assert [column["name"] for column in told["tableSchema"]["columns"]] == ["value", "technology"]


@pytest.mark.parametrize(
    "address", ["observations?indicator=stars", "observations.csv?indicator=stars", "openapi.json"]
)
def test_an_answer_is_revalidated_before_anything_is_read(
    client: FlaskClient, data: Data, rows: pd.DataFrame, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get(f"{ROOT}/{address}")
    assert first.headers["Cache-Control"] == "no-cache"
    assert "Accept-Encoding" in first.headers["Vary"]
    known = {"If-None-Match": first.headers["ETag"]}
    with monkeypatch.context() as patched:
        patched.setattr(Store, "opened", lambda *_: pytest.fail("the store was read"))
        again = client.get(f"{ROOT}/{address}", headers=known)
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert client.get(f"{ROOT}/observations?indicator=pushers", headers=known).status_code == 200
    data.home.store.replace(rows.assign(value=rows["value"] * 2))
    assert client.get(f"{ROOT}/{address}", headers=known).status_code == 200


def test_an_answer_of_runs_changes_with_them(client: FlaskClient, data: Any) -> None:
    first = client.get(f"{ROOT}/runs")
    known = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"{ROOT}/runs", headers=known).status_code == 304
    from etl.runs import Run

    data.home.runs.begin(Run(source="stars_index", trigger="manual", started=datetime(2026, 8, 3)))  # noqa: DTZ001
    assert client.get(f"{ROOT}/runs", headers=known).status_code == 200


def test_a_series_that_names_the_current_state_is_kept_for_ever(client: FlaskClient, data: Data) -> None:
    state = data.snapshot().key
    assert "immutable" in client.get(f"{ROOT}/series?v={state}").headers["Cache-Control"]
    assert client.get(f"{ROOT}/series?v={state}x").headers["Cache-Control"] == "no-cache"


def test_two_stores_of_one_version_are_two_states(data: Data, tmp_path: Any) -> None:
    """A browser that kept the answers of a store must not show them for the one that took its place."""
    one = data.snapshot()
    other = Store(tmp_path / "other")
    while not other.exists() or other.version() < one.version:
        other.replace(data.home.store.read())
    assert other.version() == one.version
    assert Snapshot(other, data.catalog, other.version(), one.retrieved_on).key != one.key


@pytest.mark.parametrize(("encoding", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_answers_are_compressed_when_asked(client: FlaskClient, encoding: str, unpack: Callable[..., bytes]) -> None:
    plain = client.get(f"{ROOT}/series")
    assert "Content-Encoding" not in plain.headers
    packed = client.get(f"{ROOT}/series", headers={"Accept-Encoding": encoding})
    assert packed.headers["Content-Encoding"] == encoding
    assert unpack(packed.data) == plain.data
    assert client.get(f"{ROOT}/series", headers={"Accept-Encoding": f"{encoding};q=0"}).data == plain.data


def test_finished_answers_are_remembered_while_there_is_room() -> None:
    answers = Answers(most=800)
    made = [Answer(bytes(100), str(number)) for number in range(10)]
    for number, answer in enumerate(made):
        assert answers.answer(number, lambda answer=answer: answer) is answer  # type: ignore[misc]
    new = Answer(bytes(100), "new")
    assert answers.answer(9, lambda: new) is made[9]
    assert answers.answer(0, lambda: new) is new
    large = Answer(bytes(200), "large")
    assert answers.answer("large", lambda: large) is large
    assert answers.answer("large", lambda: new) is new


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv;q=0.5, application/x-ndjson", "application/x-ndjson"),
        ("application/json;q=0.1, application/zip;q=0.9", "application/zip"),
    ],
)
def test_accept_chooses_the_format(client: FlaskClient, accept: str, kind: str) -> None:
    answer = client.get(f"{ROOT}/breaks", headers={"Accept": accept})
    assert (answer.status_code, answer.content_type) == (200, kind)
    assert "Accept" in answer.headers["Vary"].replace("Accept-Encoding", "")


def test_an_unknown_format_names_those_there_are(client: FlaskClient) -> None:
    answer = client.get(f"{ROOT}/breaks", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.content_type) == (406, PROBLEM)
    assert all(f".{each.ending}" in answer.get_json()["detail"] for each in FORMATS.values())
    assert ".parquet" in refused(client, "breaks.pdf", 404)


@pytest.mark.parametrize(
    ("address", "field", "said"),
    [
        ("observations?technology=pyton", "technology", "did you mean `python`?"),
        ("observations.csv?technolgy=python", "technolgy", "did you mean `technology`?"),
        ("observations?indicator=star", "indicator", "did you mean `stars`?"),
        ("observations?from=2026-02-30", "from", "no date"),
        ("observations?from=0000-01-01", "from", "no date"),
        ("observations?to=9999-12-31", "to", "between 1900-01-01 and 2199-12-31"),
        ("observations?from=20260101", "from", "write it as 2024-01-31"),
        ("observations?from=2026-03-01&to=2026-01-01", "from", "swap them"),
        ("observations?as_of=1999-01-01", "as_of", "no state of 1999-01-01"),
        ("observations?version=77", "version", "no version 77"),
        ("observations?limit=0", "limit", "from 1 to 10,000"),
        ("observations?limit=10001", "limit", "from 1 to 10,000"),
        ("observations?limit=1e3", "limit", "whole number"),
        ("observations?limit=%D9%A1", "limit", "whole number"),
        ("observations.csv?limit=99999999999999999999", "limit", "whole number"),
        ("observations?offset=-1", "offset", "from 0"),
        ("observations?limit=1&limit=1", "limit", "give it once"),
        ("observations?limit=", "limit", "is empty"),
        ("observations?technology=,,", "technology", "is empty"),
        ("observations?fields=valeu", "fields", "did you mean `value`"),
        ("observations?sort=-nothing", "sort", "no column"),
        ("observations?region=QQ", "region", "no region"),
        ("observations?technology=python%00", "technology", "cannot be printed"),
        ("observations?segment=a%0d%0aSet-Cookie:x", "segment", "cannot be printed"),
        (f"observations?technology={','.join(f't{n}' for n in range(5_000))}", "technology", "5,000 values"),
        (f"observations?technology={'x' * 50_000}", "technology", "50,000 characters"),
        ("observations?source='%20or%201=1--", "source", "no source"),
        ("series?limit=5", "limit", "no parameter `limit`"),
        ("series?smooth=1", "smooth", "from 2 to 36"),
        ("series?indicator=stars,pushers", "indicator", "no indicator"),
        ("rankings?period=2026-13-01", "period", "no date"),
        ("runs?outcome=good", "outcome", "no outcome"),
        ("runs?region=WLD", "region", "no parameter `region`"),
        ("vintages?source=graph,searches", "source", "no source"),
    ],
)
def test_a_wrong_parameter_is_named_with_the_remedy(client: FlaskClient, address: str, field: str, said: str) -> None:
    assert said in refused(client, address, 400, field)


def test_ten_thousand_technologies_are_too_many(client: FlaskClient) -> None:
    asked = "&".join(f"technology=t{n}" for n in range(10_000))
    assert "filter by use case" in refused(client, f"observations?{asked}", 400, "technology")


def test_what_only_a_chart_knows_is_passed_over(client: FlaskClient) -> None:
    page = "value=rank&scale=log&tab=table&smooth=3&base=2024-01-01&preset=top&v=1"
    whole = got(client, "observations?indicator=stars")["data"]
    assert got(client, f"observations?indicator=stars&{page}")["data"] == whole


def test_names_commas_and_repetitions_mean_the_same(client: FlaskClient) -> None:
    one = got(client, "observations?technology=python,go")["data"]
    assert got(client, "observations?technology=python&technology=go")["data"] == one
    assert got(client, "observations?technology=Python,GO")["data"] == one


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/none", "/api/v2/observations"])
def test_below_api_everything_is_a_problem(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    if path == "/api":  # below it nothing, and itself a page as any other
        assert answer.status_code in (308, 404)
        return
    assert (answer.status_code, answer.content_type) == (404, PROBLEM)


def test_methods(client: FlaskClient) -> None:
    answer = client.post(f"{ROOT}/observations")
    assert (answer.status_code, answer.content_type) == (405, PROBLEM)
    assert "GET" in answer.headers["Allow"]
    assert client.post(f"{ROOT}/none/of/that").status_code == 404
    assert client.options(f"{ROOT}/observations").status_code == 200
    head, full = client.head(f"{ROOT}/observations"), client.get(f"{ROOT}/observations")
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", full.headers["ETag"])


def test_a_store_that_is_not_there_is_said(client: FlaskClient, data: Any) -> None:
    class Broken:
        def version(self) -> int:
            raise StoreError("There is no store here: run `stacktide refresh`.")

    data.home.__dict__["store"] = Broken()
    assert "stacktide refresh" in refused(client, "observations", 503)


def test_a_fault_of_ours_is_told_by_a_number_that_is_logged(
    client: FlaskClient, data: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Faulty:
        def version(self) -> int:
            raise RuntimeError("something that nobody must see")

    data.home.__dict__["store"] = Faulty()
    told = refused(client, "observations", 500)
    number = told.removesuffix(".").split()[-1]
    assert "nobody" not in told
    assert number in caplog.text
    assert "nobody" in caplog.text


SORTS = [name for name in COLLECTIONS["observations"].columns if name != "break"]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.integers(5, 60),
    fields=st.lists(st.sampled_from(SORTS), min_size=1, max_size=4, unique=True),
    sort=st.lists(st.sampled_from([*SORTS, *(f"-{name}" for name in SORTS)]), max_size=3),
)
def test_pages_to_the_end_are_the_whole(client: FlaskClient, limit: int, fields: list[str], sort: list[str]) -> None:
    asked = f"fields={','.join(fields)}" + (f"&sort={','.join(sort)}" if sort else "")
    whole = got(client, f"observations.json?{asked}")["data"]
    assert followed(client, f"observations?{asked}&limit={limit}") == whole
    assert list(whole[0]) == fields


def test_pages_belong_to_the_state_of_the_first(client: FlaskClient, data: Data, rows: pd.DataFrame) -> None:
    whole = got(client, "observations.json")["data"]
    first = got(client, "observations?limit=20")
    data.home.store.replace(rows.iloc[::2].assign(value=0.0))
    following = first["links"]["next"].removeprefix(f"http://localhost{ROOT}/")
    assert "version=0" in following
    assert first["data"] + followed(client, following) == whole
    assert got(client, "observations")["meta"]["store_version"] == 1


def test_a_state_that_is_no_longer_kept_is_gone(
    client: FlaskClient, data: Any, rows: pd.DataFrame, committed_at: Callable[..., Store]
) -> None:
    from etl.retention import compact

    following = got(client, "observations?limit=20")["links"]["next"].removeprefix(f"http://localhost{ROOT}/")
    store = data.home.store
    store.replace(rows)
    committed_at(store, {0: datetime(2024, 1, 1), 1: datetime(2024, 1, 2)})  # noqa: DTZ001
    compact(store, data.home.lock, 30, lambda: datetime(2026, 9, 1))  # noqa: DTZ001
    assert "Begin again" in refused(client, following, 410)


def test_rankings(client: FlaskClient) -> None:
    page = got(client, "rankings?indicator=pushers")
    told = [(row["rank"], row["technology"], row["value"], row["rank_year_before"]) for row in page["data"]]
    assert told == [(1, "excel", 200.0, 1), (1, "python", 200.0, 2), (3, "go", 50.0, 3)]
    assert {(row["compared"], row["period_start"], row["source"]) for row in page["data"]} == {
        (3, "2025-04-01", "graph")
    }
    assert [row["share"] for row in page["data"]] == [20.0, 20.0, 5.0]
    of_go = got(client, "rankings?indicator=pushers&technology=go&period=2024-05-05")["data"]
    assert [(row["rank"], row["compared"], row["period_start"]) for row in of_go] == [(3, 3, "2024-04-01")]
    assert got(client, "rankings?indicator=pushers&period=1999-01-01")["data"] == []


def test_a_ranking_leaves_out_what_is_unfinished_and_looks_over_no_break(client: FlaskClient) -> None:
    searched = got(client, "rankings?indicator=searched")["data"]
    assert {row["period_start"] for row in searched} == {"2026-06-01"}
    stars = got(client, "rankings?indicator=stars")["data"]
    assert {row["period_start"] for row in stars} == {"2025-04-01"}
    assert {row["rank_year_before"] for row in stars} == {None}
    before = got(client, "rankings?indicator=stars&period=2024-10-01&sort=technology&fields=technology,rank")["data"]
    assert before == [{"technology": "go", "rank": 1}, {"technology": "python", "rank": 1}]


def test_a_series_is_what_its_file_shows(client: FlaskClient) -> None:
    asked = "indicator=stars&value=index&technology=python,go"
    shown = got(client, f"series?{asked}")
    found = {
        (one["technology"], period): value
        for one in shown["series"]
        for period, value in zip(shown["periods"], one["values"], strict=True)
    }
    for row in got(client, f"series.json?{asked}")["data"]:
        assert found.pop((row["technology"], row["period_start"])) == row["shown_value"]
    assert set(found.values()) == {None}
    assert [one["technology"] for one in shown["series"]] == ["python", "go"]
    assert shown["meta"]["unit"].startswith("index")


@pytest.mark.parametrize(
    ("setting", "origin", "allowed"),
    [
        (None, "https://other.example", None),
        ("https://other.example", "https://other.example", "https://other.example"),
        ("https://other.example", "https://third.example", None),
        ("*", "https://third.example", "*"),
    ],
)
def test_other_sites_read_the_api_where_they_may(
    data: Data, monkeypatch: pytest.MonkeyPatch, setting: str | None, origin: str, allowed: str | None
) -> None:
    if setting:
        monkeypatch.setenv("STACKTIDE_CORS_ORIGINS", setting)
    server = flask.Flask("test")
    server.extensions["stacktide"] = data
    api.register(server)
    server.add_url_rule("/elsewhere", "elsewhere", lambda: "")
    client = server.test_client()
    answer = client.get(f"{ROOT}/breaks", headers={"Origin": origin})
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    if setting == "https://other.example":
        assert "Origin" in answer.headers["Vary"]
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for path in ("/elsewhere", f"{ROOT}/files"):
        assert "Access-Control-Allow-Origin" not in client.options(path, headers=asked).headers


def test_links_begin_with_the_public_address(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKTIDE_PUBLIC_URL", "https://tide.example.org/")
    server = flask.Flask("test")
    server.extensions["stacktide"] = data
    api.register(server, lambda: datetime(2026, 9, 1))  # noqa: DTZ001
    page = got(server.test_client(), "observations?limit=1")
    assert page["links"]["next"].startswith(f"https://tide.example.org{ROOT}/observations?")
    assert page["meta"]["link"] == f"https://tide.example.org{ROOT}/observations"
    assert page["meta"]["exported_on"] == date(2026, 9, 1).isoformat()


def test_a_host_that_is_none_is_refused(client: FlaskClient) -> None:
    answer = client.get(f"{ROOT}/observations", headers={"Host": "a/b<script>"})
    assert (answer.status_code, answer.content_type) == (400, PROBLEM)
