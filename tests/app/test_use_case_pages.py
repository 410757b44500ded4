"""The first page and the pages of use cases as the server answers them, on a store with four languages."""

import json
from typing import Any

import pytest
from werkzeug.test import Client

from etl.catalog import Catalog


def view(client: Client, address: str) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 200
    return dict(answer.get_json())


def test_the_first_page_asks_the_question(client: Client, entries: Catalog) -> None:
    document = client.get("/")
    assert document.status_code == 200
    assert "Which language or framework for" in document.text
    for use_case in entries.use_cases:
        assert f'href="/use-case/{use_case.id}"' in document.text


def test_old_addresses_of_trends_still_lead_there(client: Client) -> None:
    assert client.get("/?technology=python").headers["Location"] == "/trends?technology=python"
    assert client.get("/?use_case=web-backend").status_code == 200


@pytest.mark.parametrize("query", ["use_case=nonsense", "as_of=yesterday", "as_of=1999-01-01", "region=%00"])
@pytest.mark.parametrize("path", ["/view/overview", "/view/use-case/web-backend"])
def test_a_wrong_parameter_is_told_and_the_rest_is_shown(client: Client, path: str, query: str) -> None:
    shown = view(client, f"{path}?{query}")
    assert "could not be read" in json.dumps(shown["props"]["message"])
    assert shown["props"]["title"]["children"]


def test_every_use_case_answers(client: Client, entries: Catalog) -> None:
    for use_case in entries.use_cases:
        shown = view(client, f"/view/use-case/{use_case.id}")
        assert shown["props"]["title"]["children"] == use_case.title
        assert shown["props"]["use-case-answer"]["children"]


def test_all_use_cases_are_listed_with_what_they_are(client: Client, entries: Catalog) -> None:
    document = client.get("/use-case").text
    for use_case in entries.use_cases:
        assert f'href="/use-case/{use_case.id}"' in document
    many = sum("web-backend" in t.use_cases for t in entries.technologies)
    assert "The server side of web sites and applications." in document
    assert f"{many} technologies" in document
    assert "could not be read" in json.dumps(view(client, "/view/use-cases?as_of=yesterday")["props"]["message"])


def test_an_unknown_use_case_names_the_nearest(client: Client) -> None:
    answer = client.get("/use-case/web-bakend")
    assert answer.status_code == 404
    assert 'href="/use-case/web-backend"' in answer.text


def test_without_figures_it_says_what_to_do(client: Client) -> None:
    shown = view(client, "/view/use-case/databases")
    assert "Nothing to rank" in json.dumps(shown["props"]["use-case-ranking"])
    assert shown["props"]["use-case-trend"]["hidden"]


def test_the_use_case_travels(client: Client) -> None:
    shown = view(client, "/view/use-case/teaching?technology=python&as_of=&use_case=mobile")
    assert shown["carried"] == {"use_case": "teaching"}
    assert "technology=python" in shown["query"]
