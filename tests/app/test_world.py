"""World as a page: its bundle of plotly.js and no other page's, states that say what to do, nothing from elsewhere."""

import logging
import re
from collections.abc import Callable
from pathlib import Path

import brotli
import pandas as pd
import plotly.offline
import pytest
from dash import Dash
from werkzeug.test import Client

from dashboard.app import create_app
from dashboard.charts import choropleth
from dashboard.delivery import PLOTLY, PLOTLY_MAPS, Delivery
from etl.catalog import Catalog
from etl.home import Home

VERSION = plotly.offline.get_plotlyjs_version()
QUARTERS = ["2024-01-01", "2024-04-01", "2024-07-01"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, entries: Catalog, observations: Callable[..., pd.DataFrame]) -> Dash:
    """Python in three economies: 2, 4 and 8 of 100."""
    home = Home(tmp_path_factory.mktemp("world") / "home").make()
    made = []
    for region, people in {"DE": 2000.0, "NA": 4000.0, "XK": 8000.0}.items():
        plain = {"source": "innovation_graph", "region": [region] * 3, "period_start": QUARTERS, "frequency": "Q"}
        made.append(observations(**plain, indicator="innovation_graph_language_pushers", value=[people] * 3))
        made.append(observations(**plain, indicator="innovation_graph_developers", technology="all", value=[1e5] * 3))
    home.store.replace(pd.concat(made, ignore_index=True), source="innovation_graph")
    return create_app(home, entries)


@pytest.fixture(scope="module")
def reader(site: Dash) -> Client:
    return Client(Delivery(site))


def test_the_first_html_has_the_ranking(reader: Client) -> None:
    answer = reader.get("/world")
    assert answer.status_code == 200
    ranking = re.search(r'<ol class="economies">(.*?)</ol>', answer.text)
    assert ranking is not None
    assert re.findall(r">([A-Z][a-z]+)</a>", ranking.group(1)) == ["Kosovo", "Namibia", "Germany"]
    assert "Python had its largest share in Kosovo (8 %)" in answer.text
    assert 'class="still still-map"' in answer.text


def test_only_this_page_gets_the_bundle_with_maps(reader: Client) -> None:
    assert PLOTLY_MAPS in reader.get("/world").text
    assert f"{PLOTLY}?" not in reader.get("/world").text
    for path in ("/trends", "/sources"):
        assert f"{PLOTLY}?" in reader.get(path).text
        assert PLOTLY_MAPS not in reader.get(path).text


def test_without_outlines_it_gets_the_bundle_of_the_others(site: Dash, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choropleth, "outlines", dict)
    answer = Client(Delivery(site)).get("/world?to=2024-04-01")
    assert f"{PLOTLY}?" in answer.text
    assert PLOTLY_MAPS not in answer.text
    assert "Bars in place of the map" in answer.text


def test_the_bundle_is_compressed_and_kept(reader: Client) -> None:
    address = re.search(rf'"({re.escape(PLOTLY_MAPS)}[^"]*)"', reader.get("/world").text)
    assert address is not None
    answer = reader.get(address.group(1), headers={"Accept-Encoding": "br"})
    assert "immutable" in answer.headers["Cache-Control"]
    body = brotli.decompress(answer.data)
    assert f"v{VERSION}".encode() in body[:400]
    assert b"choropleth" in body


def test_without_the_partial_bundle_the_full_one_draws_maps(
    site: Dash, vendor: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (vendor / "plotly-geo.min.js").write_text("/** plotly.js (geo - minified) v1.0.0 */")
    with caplog.at_level(logging.WARNING):
        answer = Client(Delivery(site, vendor)).get(PLOTLY_MAPS, headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200
    assert len(answer.data) > 3_000_000
    assert b"choropleth" in answer.data
    assert "of version 1.0.0" in caplog.text


def test_outlines_come_from_this_machine(reader: Client) -> None:
    view = reader.get("/view/world").get_json()
    assert view["props"]["map-chart"]["figure"]["data"][1]["locations"] == ["DEU", "NAM", "XKX"]
    answer = reader.get("/assets/vendor/world_50m.json", headers={"Accept-Encoding": "br"})
    assert answer.status_code == 200
    assert answer.headers["Content-Encoding"] == "br"
    assert len(answer.data) < 100_000
    layout = reader.get("/_dash-layout", headers={"Referer": "http://localhost/world"}).text.replace("\\u002f", "/")
    assert '"topojsonURL":"/assets/vendor/"' in layout.replace(": ", ":")
    assert "cdn.plot.ly" not in layout


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("technology=nonsense", "no technology `nonsense`"),
        ("technology=django", "Django has no figures by economy"),
        ("region=ZZZ", "two letters"),
        ("region=FR", "France has no figure"),
        ("to=1999-01-01", "The figures begin with 2024 Q1"),
        ("use_case=moon", "no use case"),
        ("technology=python,rust,go", ""),
    ],
)
def test_a_wrong_address_is_a_page_that_says_so(reader: Client, query: str, words: str) -> None:
    answer = reader.get(f"/world?{query}")
    assert answer.status_code == 200
    assert words in answer.text
    assert "Nothing can be shown now" not in answer.text
    assert 'class="economies"' in answer.text


def test_a_store_without_people_says_what_to_run(client: Client) -> None:
    answer = client.get("/world")
    assert answer.status_code == 200
    assert "stacktide refresh innovation_graph" in answer.text


def test_the_map_can_be_embedded(reader: Client) -> None:
    answer = reader.get("/world?embed=1&chart=map&to=2024-04-01")
    assert answer.status_code == 200
    assert PLOTLY_MAPS in answer.text
    assert "Python, 2024 Q2" in answer.text
