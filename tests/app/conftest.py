"""A dashboard on a small store: real names, round figures."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from dash import Dash
from werkzeug.test import Client

from dashboard.app import create_app
from dashboard.delivery import Delivery
from etl.catalog import Catalog
from etl.home import Home

FIGURES = {"python": 30.0, "java": 20.0, "javascript": 10.0, "rust": 5.0}
MONTHS = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]


def rows(observations: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    pairs = [(technology, month) for technology in FIGURES for month in MONTHS]
    return observations(
        technology=[technology for technology, _ in pairs],
        period_start=[month for _, month in pairs],
        value=[FIGURES[technology] + MONTHS.index(month) for technology, month in pairs],
    )


@pytest.fixture(scope="session")
def figures() -> dict[str, float]:
    """Technology -> its value in the first month; each month it grows by one."""
    return FIGURES


@pytest.fixture(scope="session")
def months() -> list[str]:
    """The periods of the store."""
    return MONTHS


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, entries: Catalog, observations: Callable[..., pd.DataFrame]) -> Dash:
    home = Home(tmp_path_factory.mktemp("app") / "home").make()
    home.store.replace(rows(observations), source="pypl")
    return create_app(home, entries)


@pytest.fixture(scope="session")
def client(app: Dash) -> Client:
    return Client(Delivery(app))


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    """An empty folder for third-party JavaScript."""
    folder = tmp_path / "vendor"
    folder.mkdir()
    return folder
