"""The view Data: the rows of the API in its order, whatever was asked; what is wrong is told, and the rest shown."""

from datetime import date
from typing import Any

import flask.testing
import pandas as pd
import pytest

from dashboard.components import observation_table
from dashboard.components.prerender import to_html
from dashboard.data import Data
from dashboard.export import COLUMNS
from dashboard.selection.filters import read_filter
from dashboard.views.observation_columns import FIRST, NARROW, SHOWN, STATUSES
from dashboard.views.observations import observations_view
from etl.schema import STATUSES as KNOWN

TODAY = date(2026, 9, 1)


def view(data: Data, query: str = "") -> dict[str, Any]:
    return observations_view(data, query, TODAY)


@pytest.mark.parametrize(
    ("query", "passing"),
    [
        ("", lambda r: r["value"] == r["value"]),
        ("technology=python", lambda r: r["technology"] == "python"),
        ("technology=python,go&region=NA", lambda r: r["technology"].isin(["python", "go"]) & (r["region"] == "NA")),
        (
            "kind=tool&from=2024-07-01&to=2024-12-31",
            lambda r: (r["technology"] == "excel") & r["period_start"].between("2024-07-01", "2024-12-31"),
        ),
        ("source=searches&status=partial", lambda r: r["status"] == "partial"),
        ("indicator=stars,searched", lambda r: r["indicator"].isin(["stars", "searched"])),
    ],
)
def test_the_rows_are_counted_as_they_stand_in_the_store(
    data: Data, rows: pd.DataFrame, query: str, passing: Any
) -> None:
    expected = int(passing(rows).sum())
    assert expected > 0
    found = view(data, query)
    assert found["number"] == expected
    assert found["headline"].startswith(f"{expected} observation")
    assert found["message"] is None
    assert found["query"] == query


@pytest.mark.parametrize(
    "query",
    [
        "",
        "sort=-value,region",
        "fields=value,technology,break,stretch&technology=python&sort=value",
        "source=searches&status=final,partial&sort=technology",
        "use_case=web&kind=language&region=WLD&from=2025-01-01",
    ],
)
def test_the_first_rows_are_those_of_the_api_and_of_the_file(
    data: Data, client: flask.testing.FlaskClient, query: str
) -> None:
    found = view(data, query)
    page = client.get(f"/api/v1/observations?{found['asked']['file']}&limit=20").get_json()
    assert page["meta"]["rows"] == found["number"] > 0
    plain = [{name: None if row[name] is None else row[name] for name in found["columns"]} for row in found["rows"]]
    told = [{n: v.isoformat() if isinstance(v, date) else v for n, v in row.items()} for row in plain]
    assert told == page["data"]
    head = client.get(f"/api/v1/observations.csv?{found['asked']['file']}").text.splitlines()
    assert head[0].split(",") == found["columns"]
    assert len(head) == found["number"] + 1


def test_newest_first_unless_asked_otherwise(data: Data) -> None:
    newest = [row["period_start"] for row in view(data)["rows"]]
    assert newest == sorted(newest, reverse=True)
    assert len(set(newest)) > 1
    values = [row["value"] for row in view(data, "sort=value")["rows"]]
    assert values == sorted(values)


def test_the_address_says_columns_and_order_only_where_they_are_others(data: Data) -> None:
    assert view(data, f"fields={','.join(FIRST)}&sort=-period_start")["query"] == ""
    other = view(data, "sort=value&fields=value,technology&technology=Python&utm=x")
    assert other["query"] == "technology=python&fields=value,technology&sort=value"
    assert other["selection"]["technology"] == ["python"]
    assert read_filter("technology=python&status=final", data.catalog).status == ("final",)


@pytest.mark.parametrize(
    ("query", "words", "kept"),
    [
        ("technology=python,pyton", "did you mean `python`", "technology=python"),
        ("region=WLD,XX", "There is no region `XX`", "region=WLD"),
        ("from=2025-01-01&to=2024-01-01", "swap them", "to=2024-01-01"),
        ("fields=value,valu&sort=-value", "There is no column `valu`", "fields=value&sort=-value"),
        ("sort=-nothing&kind=tool", "There is no column `-nothing`", "kind=tool"),
        ("status=done", "There is no status `done`", ""),
        ("as_of=1990-01-01&kind=tool", "1990", "kind=tool"),
        ("from=yesterday", "write it as", ""),
    ],
)
def test_what_is_wrong_is_told_and_the_rest_is_shown(data: Data, query: str, words: str, kept: str) -> None:
    found = view(data, query)
    assert words in found["message"]["text"]
    assert found["query"] == kept
    assert found["number"] > 0


def test_where_nothing_passes_the_way_on_leads_to_rows(data: Data) -> None:
    no_one_part = "technology=excel&indicator=searched&region=NA"
    for query in ("technology=excel&indicator=stars", "status=estimated", "region=NA&from=2026-01-01", no_one_part):
        found = view(data, query)
        assert found["number"] == 0
        assert found["rows"] == []
        assert found["nothing"]
        for way in found["nothing"]:
            assert view(data, way["href"].removeprefix("?"))["number"] > 0, (query, way)


def test_every_column_of_the_api_can_be_shown_and_every_status_has_a_word(data: Data) -> None:
    assert set(SHOWN) == set(COLUMNS)
    assert set(FIRST) | set(NARROW) <= set(SHOWN)
    assert set(STATUSES) == set(KNOWN)
    assert [each["value"] for each in view(data)["options"]["fields"]] == list(SHOWN)


def test_pickers_offer_what_the_store_holds_and_what_is_chosen(data: Data) -> None:
    found = view(data, "technology=ghost&kind=language&from=2024-05-06")
    offered = {name: [each["value"] for each in options] for name, options in found["options"].items()}
    assert offered["technology"] == ["python", "go", "ghost"]
    assert offered["region"] == ["WLD", "NA"]
    assert offered["source"] == ["graph", "searches", "stars_index"]
    assert "2024-05-06" in offered["from"]
    assert "2024-12-31" in offered["to"]
    for name, value in found["selection"].items():
        assert set(value if isinstance(value, list) else [value] if value else []) <= set(offered[name]), name


def test_the_plain_table_has_names_words_and_links(data: Data) -> None:
    query = "technology=python&region=NA,WLD&fields=technology_name,region,period_start,value,status,source,sample_size"
    found = view(data, f"{query}&indicator=searched,pushers")
    found |= {"columns_are_first": False, "narrow": NARROW}
    made = to_html(observation_table.plain(found, SHOWN))
    assert '<a href="/technology/python">Python</a>' in made
    assert '<a href="/sources?source=searches">The searches</a>' in made
    assert "Partial" in made
    assert "Jul 2026" in made
    assert "2025 Q2" in made
    assert "Namibia" in made
    assert made.count("<tr") == found["number"] + 1
