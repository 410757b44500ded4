"""The page Data over HTTP: rows in the first HTML, a view for every query, and a layout that the view fills."""

import json

import pytest
from werkzeug.test import Client


def test_the_first_rows_stand_in_the_document(client: Client) -> None:
    document = client.get("/data?technology=rust&fields=technology_name,value&sort=-value")
    assert document.status_code == 200
    first = document.text.partition('<div id="first"')[2]
    assert '<a href="/technology/rust">Rust</a>' in first
    assert [first.index(f'data-number="{value}"') for value in (8, 7, 6, 5)] == sorted(
        first.index(f'data-number="{value}"') for value in (5, 6, 7, 8)
    )
    assert "4 observations of 1 technology, from 1 source." in first


def test_the_browser_learns_what_to_ask_the_api(client: Client) -> None:
    props = client.get("/view/data?technology=python,java&sort=value").get_json()["props"]
    asked = json.loads(props["data-box"]["data-asked"])
    page = client.get(f"/api/v1/observations?{asked['query']}&version={asked['version']}").get_json()
    assert page["meta"]["rows"] == asked["rows"] == 8
    values = [row["value"] for row in page["data"]]
    assert values == sorted(values)
    default = json.loads(client.get("/view/data?").get_json()["props"]["data-box"]["data-asked"])
    assert default["query"] == "sort=-period_start"
    assert props["data-api"]["href"].startswith("/api/v1/observations?technology=python,java&fields=technology_name,")


@pytest.mark.parametrize(
    "query", ["technology=nonsense", "fields=nonsense", "sort=nonsense", "region=ZZ", "from=nonsense", "status=%00"]
)
def test_no_query_breaks_the_view(client: Client, query: str) -> None:
    answer = client.get(f"/view/data?{query}")
    assert answer.status_code == 200
    props = answer.get_json()["props"]
    assert props["message"]["hidden"] is False
    assert props["subtitle"]["children"].startswith("16 observations")


def test_an_empty_selection_offers_no_file_but_ways_on(client: Client) -> None:
    props = client.get("/view/data?technology=python&region=WLD&to=2020-01-01").get_json()["props"]
    assert props["data-box"]["hidden"] is True
    assert props["data-downloads-place"]["hidden"] is True
    assert "Without the time range" in json.dumps(props["data-nothing"])


def test_the_view_fills_the_layout(client: Client) -> None:
    layout = client.get("/_dash-layout", headers={"Referer": "http://localhost/data"}).get_data(as_text=True)
    props = client.get("/view/data?").get_json()["props"]
    assert len(props) > 20
    for component in props:
        assert f'"id":"{component}"' in layout.replace(": ", ":"), component


def test_the_grid_is_the_same_for_every_selection(client: Client) -> None:
    one, other = (client.get(f"/view/data?{q}").get_json()["lazy"] for q in ("", "technology=rust&sort=value"))
    assert one == other
    assert one["data-table-panel"]["component"]["props"]["rowModelType"] == "infinite"
