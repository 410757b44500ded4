"""The menu of downloads: it names the right addresses and counts, and needs nothing of the page that it stands on."""

import json
import re
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboard.components import downloads
from dashboard.components.view import View
from dashboard.data import Data
from dashboard.export import observations
from dashboard.selection import parse
from dashboard.selection.filters import read_filter
from dashboard.views import trends_view
from dashboard.views.trends import series

ORIGIN = "https://tide.example"


def text(component: Any) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder)


def hrefs(props: dict[str, dict[str, Any]], menu: str) -> list[str]:
    return re.findall(r'"href": "([^"]+)"', text(props[menu]["children"]))


def test_every_format_of_every_rows_has_its_address() -> None:
    rows = [downloads.Rows("Some", "figures", "a=b,c&d=%26", 1), downloads.Rows("All", "figures")]
    found = hrefs(downloads.props("menu", downloads.Offer("name", "Title", rows=rows)), "menu")
    endings = ["csv", "csv", "xlsx", "json", "ndjson", "parquet"]
    assert [address.split("?")[0] for address in found] == [
        *(f"/api/v1/figures.{ending}" for ending in [*endings, *endings]),
        "/api/v1/figures.zip",
        "/api/v1/figures.zip",
    ]
    assert found[0] == "/api/v1/figures.csv?a=b,c&d=%26"
    assert found[1] == "/api/v1/figures.csv?a=b,c&d=%26&spreadsheet=true"
    assert found[7] == "/api/v1/figures.csv?spreadsheet=true"


def test_the_number_of_rows_stands_beside_where_it_is_known() -> None:
    rows = [downloads.Rows("A", "a", number=1), downloads.Rows("B", "b", number=12_345), downloads.Rows("C", "c")]
    said = text(downloads.props("menu", downloads.Offer("name", "Title", rows=rows))["menu"]["children"])
    assert '"1 row"' in said
    assert '"12,345 rows"' in said
    assert said.count('"data-rows": "12345"') == 7
    assert '"data-rows": "0"' not in said


@pytest.mark.parametrize(
    ("offer", "there", "absent"),
    [
        ({"chart": "graph"}, ["PNG", "SVG, 2\\u00d7", "Link"], ["CSV", "Python", "Table as CSV"]),
        ({"table": "place"}, ["Table as CSV", "Table as Markdown", "Link"], ["PNG", "Python"]),
        ({"rows": [downloads.Rows("All", "sources")]}, ["CSV", "Python", "Link"], ["PNG", "Table as CSV"]),
    ],
)
def test_a_menu_has_what_is_offered(offer: dict[str, Any], there: list[str], absent: list[str]) -> None:
    said = text(downloads.props("menu", downloads.Offer("name", "Title", **offer))["menu"]["children"])
    assert [words for words in there if f'"children": "{words}"' not in said] == []
    assert [words for words in absent if f'"children": "{words}"' in said] == []


def test_without_an_offer_there_is_no_button() -> None:
    view = View("page", "state", "", "", "Title", props=downloads.props("menu", None))
    made = text(downloads.menu(view, "menu", "Download this"))
    assert '"hidden": true' in made
    assert "menuitem" not in made


def test_two_menus_of_a_page_share_no_id() -> None:
    offer = downloads.Offer("name", "Title", chart="graph", rows=[downloads.Rows("All", "sources")])
    props = {**downloads.props("one", offer), **downloads.props("two", offer)}
    view = View("page", "state", "", "", "Title", props=props)
    ids = re.findall(r'"id": "([^"]+)"', text([downloads.menu(view, name, "Download") for name in ("one", "two")]))
    assert len(ids) == len(set(ids)) >= 8


@pytest.mark.parametrize(
    "query",
    ["indicator=stars", "indicator=pushers&region=NA", "indicator=searched&technology=go&from=2026-03-01&value=index"],
)
def test_the_rows_are_those_of_the_files(data: Data, query: str) -> None:
    files, day = trends_view(data, query)["downloads"], date(2026, 8, 3)
    shown = series(data, parse(files["view"]["query"], data.catalog), day, ORIGIN)
    assert files["view"]["number"] == shown.count() > 0
    every = observations(data, read_filter(files["all"]["query"], data.catalog), day, ORIGIN)
    assert files["all"]["number"] == every.count() >= shown.count()
    technologies = {row["technology"] for batch in every.batches() for row in batch.to_pylist()}
    assert technologies == {row["technology"] for batch in shown.batches() for row in batch.to_pylist()}


def test_the_files_keep_the_selection_but_not_the_tab(data: Data) -> None:
    files = trends_view(data, "indicator=stars&tab=table&value=rank&from=2024-04-01")["downloads"]
    assert (files["view"]["collection"], files["all"]["collection"]) == ("series", "observations")
    assert dict(parse_qsl(files["view"]["query"])) == {"indicator": "stars", "value": "rank", "from": "2024-04-01"}
    every = dict(parse_qsl(files["all"]["query"]))
    assert (every["indicator"], every["region"], every["segment"]) == ("stars", "WLD", "all")
    assert "from" not in every


def test_the_source_line_leaves_out_what_is_not_known() -> None:
    known = {"source": "Index", "publisher": "Somebody", "retrieved_on": "2026-08-02", "licence": {"title": "CC zero"}}
    assert downloads.source_line(known) == "Source: Index, Somebody. Retrieved on 2026-08-02. CC zero"
    assert downloads.source_line({**known, "retrieved_on": None}) == "Source: Index, Somebody. CC zero"
    assert downloads.source_line(None) == ""
