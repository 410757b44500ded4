"""The API keeps to its own description: no answer outside of it, no fault of ours, nothing wrong accepted."""

import re
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
import schemathesis
from dash import Dash
from hypothesis.internal.conjecture import providers
from schemathesis.engine import events, from_schema
from werkzeug.test import Client

from dashboard import background
from dashboard.app import create_app
from dashboard.delivery import Delivery
from etl import schema as observed
from etl.catalog import Catalog
from etl.home import Home
from etl.runs import Run

EMBEDDED = Path(__file__).resolve().parents[2] / "data" / "embedded" / "observations.parquet"
SOURCES = ("pypl", "rising_stars", "so_survey_frameworks", "job_postings_index", "web_benchmarks")
"""Sources with shares, counts, wholes alone, breaks, and several regions and segments."""
PAGES = (
    *("observations", "series", "technologies", "use-cases", "indicators", "sources", "breaks", "runs", "vintages"),
    "rankings",
)
COVERED = ("observations", "series", "use-cases", "breaks", "runs")
"""Where every form of every parameter is tried; the others have the same parameters, and are tried at random."""
DAY = re.compile(r"(19|20|21)\d\d-\d\d-\d\d")
FEW = 2


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, entries: Catalog) -> Dash:
    """An app on a store with real figures of five sources, committed one by one, and their runs."""
    home = Home(tmp_path_factory.mktemp("openapi") / "home").make()
    every = pd.read_parquet(EMBEDDED)
    for number, source in enumerate(SOURCES):
        rows = observed.typed(every[every["source"] == source])
        assert len(rows), source
        begun, ended = (datetime(2026, 8, 2, hour, number) for hour in (1, 2))  # noqa: DTZ001 - UTC without zone
        run = home.runs.begin(Run(source=source, trigger="manual", started=begun))
        run.store_version = home.store.replace(rows, source=source, run=str(run.id))
        run.outcome, run.retrieved_on, run.finished = "updated", date(2026, 8, 2), ended
        run.rows = run.rows_added = len(rows)
        home.runs.end(run)
    return create_app(home, entries)


@pytest.fixture(scope="module")
def document(filled: Dash) -> dict[str, Any]:
    answer = Client(Delivery(filled)).get("/api/v1/openapi.json")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.fixture
def quiet_maker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process that makes a file does nothing, until it is ended."""
    makers: list[subprocess.Popen[bytes]] = []

    def launch(words: list[str], alone: bool) -> subprocess.Popen[bytes]:
        assert (words[:2], alone) == (["files", "make"], True)
        makers.append(subprocess.Popen(["sleep", "60"]))
        threading.Thread(target=makers[-1].wait, daemon=True).start()
        return makers[-1]

    monkeypatch.setattr(background.work, "launch", launch)
    yield
    for each in makers:
        each.kill()
        each.wait()


@pytest.fixture
def _within_reason(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What no schema can say: a day must not precede the store, `from` not follow `to`, a version must exist.

    Values come from the description alone, not from the modules that happen to be loaded.
    """
    monkeypatch.setattr(providers, "_get_local_constants", lambda: providers.GLOBAL_CONSTANTS)

    @schemathesis.hook
    def before_call(context: Any, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
        query = case.query or {}
        if DAY.fullmatch(str(query.get("as_of", ""))):
            query["as_of"] = f"{datetime.now(UTC):%Y-%m-%d}"
        first, last = str(query.get("from", "")), str(query.get("to", ""))
        if DAY.fullmatch(first) and DAY.fullmatch(last) and first > last:
            query["from"], query["to"] = last, first
        if str(query.get("version", "")).isdigit():
            query["version"] = len(SOURCES) - 1

    yield
    schemathesis.hooks.unregister_all()


def shortened(node: Any) -> Any:
    """The parameters with only a few of the words of each list: each word is tried, and there are hundreds."""
    if isinstance(node, dict):
        return {name: value[:FEW] if name == "enum" else shortened(value) for name, value in node.items()}
    return [shortened(each) for each in node] if isinstance(node, list) else node


def asked(document: dict[str, Any], path: str, *, few: bool = False) -> dict[str, Any]:
    """The description of one address alone, with a few words of each list where each one is to be tried."""
    item = document["paths"][path]["get"]
    if not few:  # a word that is not in the description would be taken for a wrong one
        return {**document, "paths": {path: {"get": item}}}
    ids = {name: schema for name, schema in document["components"]["schemas"].items() if "enum" in schema}
    components = {**document["components"], "schemas": {**document["components"]["schemas"], **shortened(ids)}}
    one = {path: {"get": {**item, "parameters": shortened(item["parameters"])}}}
    return {**document, "components": components, "paths": one}


def closing(application: Any) -> Any:
    """The application as a server runs it: schemathesis never closes what it has read."""

    def called(environ: Any, start_response: Any) -> list[bytes]:
        body = application(environ, start_response)
        try:
            return [b"".join(body)]
        finally:
            getattr(body, "close", lambda: None)()

    return called


def tried(filled: Dash, document: dict[str, Any], *, coverage: bool, examples: int) -> tuple[Counter[str], list[str]]:
    """How many requests were made, by mode, and what was wrong with answers."""
    config = schemathesis.Config.from_dict(
        {
            "headers": {"Accept-Encoding": "identity"},
            "continue-on-failure": True,
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx"]}},
            "generation": {"deterministic": True, "database": "none", "max-examples": examples},
            # words of our code would be taken for wrong ones where the description holds but a few of them
            "analysis": {"constants": {"enabled": not coverage}},
            "phases": {"stateful": {"enabled": False}, "coverage": {"enabled": coverage}},
        }
    )
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = closing(Delivery(filled))
    requests: Counter[str] = Counter()
    wrong: list[str] = []
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            for case_id, checks in event.recorder.checks.items():
                meta = event.recorder.cases[case_id].value.meta
                requests[meta.generation.mode.value if meta else "none"] += 1
                for check in (check for check in checks if check.failure_info):
                    made = event.recorder.interactions[case_id]
                    told = made.response.content[:300] if made.response else b""
                    wrong.append(f"{check.name}: {made.request.method} {made.request.uri}: {told!r}")
        elif isinstance(event, (events.NonFatalError, events.FatalError)):
            wrong.append(str(getattr(event, "info", event)))
    return requests, wrong


@pytest.mark.slow
@pytest.mark.usefixtures("_within_reason")
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_as_described(name: str, filled: Dash, document: dict[str, Any]) -> None:
    covered = name in COVERED
    one = asked(document, f"/api/v1/{name}", few=covered)
    requests, wrong = tried(filled, one, coverage=covered, examples=3 if covered else 12)
    assert wrong == []
    assert requests["positive"] > 1
    assert requests["negative"] > 1


@pytest.mark.slow
@pytest.mark.usefixtures("_within_reason")
@pytest.mark.parametrize("name", PAGES)
def test_every_file_is_as_described(name: str, filled: Dash, document: dict[str, Any]) -> None:
    requests, wrong = tried(filled, asked(document, f"/api/v1/{name}.{{format}}"), coverage=False, examples=6)
    assert wrong == []
    assert requests.total() > 5


def test_the_description_covers_every_collection(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    paths = {f"/api/v1/{name}{suffix}" for name in PAGES for suffix in ("", ".{format}")}
    files = {"/api/v1/files", "/api/v1/files/{id}", "/api/v1/files/{id}/{name}"}
    assert set(document["paths"]) == paths | files


def test_the_description_has_every_address_and_method(filled: Dash, document: dict[str, Any]) -> None:
    """What the server answers under the root of the API, and no more; a metadata file is told of in words."""
    served: dict[str, set[str]] = {}
    for rule in filled.server.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/files"):
            path = rule.rule.replace("<file_id>", "{id}").replace("<name>", "{name}")
            served.setdefault(path, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    described = {path: set(item) - {"parameters"} for path, item in document["paths"].items() if "/files" in path}
    assert described == {path: {method.lower() for method in methods} for path, methods in served.items()}
    assert len(described) == 3


@pytest.mark.usefixtures("quiet_maker")
def test_answers_about_files_are_as_described(filled: Dash, document: dict[str, Any]) -> None:
    client = Client(Delivery(filled))
    ours = {"Origin": "http://localhost"}
    wanted = {"collection": "observations", "format": "xlsx", "query": "technology=python&limit=5"}
    post = document["paths"]["/api/v1/files"]["post"]
    (body,) = post["requestBody"]["content"].values()
    assert jsonschema.Draft202012Validator(body["schema"]).is_valid(wanted)
    begun = client.post("/api/v1/files", json=wanted, headers=ours)
    address = begun.headers["Location"]
    answers = [(post, begun), (document["paths"]["/api/v1/files/{id}"]["get"], client.get(address))]
    missing = "/api/v1/files/" + "0" * 32
    answers += [
        (post, client.post("/api/v1/files", json=wanted)),
        (post, client.post("/api/v1/files", json={**wanted, "format": "doc"}, headers=ours)),
        (post, client.post("/api/v1/files", data="x", headers=ours)),
        (document["paths"]["/api/v1/files/{id}"]["get"], client.get(missing)),
        (document["paths"]["/api/v1/files/{id}"]["delete"], client.delete(address)),
        (document["paths"]["/api/v1/files/{id}/{name}"]["get"], client.get(f"{address}/rows.xlsx")),
        (document["paths"]["/api/v1/files/{id}"]["delete"], client.delete(address, headers=ours)),
    ]
    assert [answer.status_code for _, answer in answers] == [202, 200, 403, 400, 415, 404, 403, 404, 204]
    for operation, answer in answers:
        described = operation["responses"][str(answer.status_code)].get("content", {})
        assert answer.status_code == 204 or answer.mimetype in described, answer.status_code
        if answer.mimetype in described:
            schema = {**document, **described[answer.mimetype]["schema"]}
            jsonschema.Draft202012Validator(schema).validate(answer.get_json(force=True))
