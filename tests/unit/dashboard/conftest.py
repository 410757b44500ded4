"""A small catalogue with every kind of indicator, and a real store with a few rows of each."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import flask
import flask.testing
import pandas as pd
import pytest

from dashboard import api
from dashboard.data import Data
from etl.catalog import Catalog
from etl.home import Home
from etl.runs import Run

QUARTERS = ["2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01", "2025-04-01"]
MONTHS = [f"2026-0{month}-01" for month in range(1, 8)]


def indicator(name: str, **more: Any) -> dict[str, Any]:
    plain = {
        "id": name,
        "title": name.replace("_", " ").capitalize(),
        "construct": "people",
        "unit": "people",
        "frequency": "Q",
        "means": "What it means.",
        "does_not_mean": "What it does not.",
        "bounds": (0, None),
    }
    return {**plain, **more}


def source(name: str, *indicators: dict[str, Any], **more: Any) -> dict[str, Any]:
    plain = {
        "id": name,
        "title": f"The {name}",
        "publisher": "Somebody",
        "homepage": f"https://example.org/{name}",
        "licence": {"id": "CC0", "title": "CC zero", "redistribute": True},
        "attribution": f"=Somebody of {name}",
        "citation": f"Somebody. The {name}.",
        "caveat": "Be careful.",
        "cadence": "quarterly",
        "verified": "recording",
        "indicators": list(indicators),
        "expectations": {"min_rows": 1, "may_shrink_by_percent": 5, "newest_within_days": 99},
    }
    return {**plain, **more}


@pytest.fixture(scope="session")
def small() -> Catalog:
    """Five technologies, two use cases, one indicator of each kind."""
    whole = {"whole": "developers", "whole_title": "percent of developers"}
    listed = {"whole": "listed", "whole_title": "percent of all stars"}
    severed = {"date": "2025-01-01", "what": "Counted anew", "evidence": "Seen in the data.", "effect": "severs"}
    return Catalog.model_validate(
        {
            "technologies": [
                {"id": "python", "name": "Python", "kind": "language", "use_cases": ["web"]},
                {"id": "go", "name": "Go", "kind": "language", "use_cases": ["web"]},
                {"id": "django", "name": "Django", "kind": "framework", "use_cases": ["web"]},
                {"id": "excel", "name": "Excel", "kind": "tool", "use_cases": ["office"]},
                {"id": "ghost", "name": "Ghost", "kind": "tool", "use_cases": ["office"]},
            ],
            "use_cases": [
                {"id": "web", "title": "Web", "definition": "Sites."},
                {"id": "office", "title": "Office", "definition": "Sheets."},
            ],
            "sources": [
                source(
                    "graph",
                    indicator("pushers", names="linguist", **whole),
                    indicator("developers", unit="developers"),
                ),
                source(
                    "stars_index",
                    indicator("stars", names="linguist", unit="stars", construct="code activity", **listed),
                    breaks=[severed],
                ),
                source(
                    "searches",
                    indicator("searched", names="linguist", unit="percent of searches", frequency="M", bounds=(0, 100)),
                ),
            ],
            "shared_breaks": [],
        }
    )


def series(
    source_id: str, indicator_id: str, technology: str, periods: list[str], values: list[Any], **more: Any
) -> Any:
    rows = [(p, v) for p, v in zip(periods, values, strict=True) if v is not None]
    plain = {"source": source_id, "indicator": indicator_id, "technology": technology, "region": "WLD"}
    plain |= {"segment": "all", "frequency": "Q", "status": "final", "sample_size": None}
    plain |= {"vintage": "2026-08-01", "payload": "f" * 64}
    return pd.DataFrame(
        {**plain, **more, "period_start": [p for p, _ in rows], "value": [float(v) for _, v in rows]},
        index=range(len(rows)),
    )


@pytest.fixture
def rows() -> pd.DataFrame:
    """Whole values, so that shares can be checked in the head."""
    searched = series("searches", "searched", "python", MONTHS, [30, 31, None, 33, 34, 35, 40], frequency="M")
    searched.loc[searched["period_start"] == MONTHS[-1], "status"] = "partial"
    other = series("searches", "searched", "go", MONTHS, [5, 5, 5, 5, 5, 5, 0], frequency="M")
    other.loc[other["period_start"] == MONTHS[-1], "status"] = "partial"
    found = [
        series("graph", "developers", "all", QUARTERS, [1000] * 6),
        series("graph", "developers", "all", QUARTERS, [100] * 6, region="NA"),
        series("graph", "pushers", "python", QUARTERS, [100, 120, 140, 160, 180, 200]),
        series("graph", "pushers", "go", QUARTERS, [50, 50, 50, 50, 50, 50]),
        series("graph", "pushers", "excel", QUARTERS, [200, 200, 200, 200, 200, 200]),
        series("graph", "pushers", "python", QUARTERS, [10, 11, 12, 13, 14, 15], region="NA"),
        series("stars_index", "stars", "all", QUARTERS, [400] * 6),
        series("stars_index", "stars", "python", QUARTERS, [100, 100, 100, 100, 50, 50]),
        series("stars_index", "stars", "go", QUARTERS, [None, 100, 100, 100, 50, 60]),
        searched,
        other,
    ]
    return pd.concat(found, ignore_index=True)


@pytest.fixture
def data(home: Home, small: Catalog, rows: pd.DataFrame) -> Data:
    """The dashboard's data on a real store."""
    home.store.replace(rows)
    day = date(2026, 8, 2)
    for each in small.sources:
        run = home.runs.begin(Run(source=each.id, trigger="manual", started=datetime(2026, 8, 2, 1)))  # noqa: DTZ001
        run.outcome, run.retrieved_on = "updated", day
        home.runs.end(run)
    return Data(home, small, recheck_seconds=0)


@pytest.fixture
def client(data: Data, clock: Callable[[], datetime]) -> flask.testing.FlaskClient:
    """A client of the API alone."""
    server = flask.Flask("test")
    server.extensions["stacktide"] = data
    api.register(server, clock)
    return server.test_client()
