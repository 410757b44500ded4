"""The API keeps to its own description: no answer outside of it, no fault of ours, nothing wrong accepted."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import schemathesis
from dash import Dash
from schemathesis.engine import events, from_schema
from werkzeug.test import Client

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
def _within_reason() -> Iterator[None]:
    """What no schema can say: a day must not precede the store, `from` not follow `to`, a version must exist."""

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


def asked(document: dict[str, Any], path: str) -> dict[str, Any]:
    """The description of one address alone."""
    item = document["paths"][path]["get"]
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
    one = asked(document, f"/api/v1/{name}")
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
    assert set(document["paths"]) == paths
