"""Technology: every form of the page renders on the server; wrong addresses say what to do."""

import re
from datetime import UTC, datetime
from html import unescape

from werkzeug.test import Client

from etl.catalog import Catalog


def test_every_form_of_the_page_renders(client: Client, entries: Catalog) -> None:
    forms = {
        (t.kind, bool(t.ended), min(len(t.use_cases), 2), bool(t.home), len(t.names), bool(t.reason)): t
        for t in entries.technologies
    }
    assert len(forms) > 60
    for technology in forms.values():
        answer = client.get(f"/technology/{technology.id}")
        assert answer.status_code == 200, technology.id
        assert answer.text.count("<h1") == 1, technology.id


def test_a_page_tells_figures_facts_and_names(client: Client) -> None:
    page = client.get("/technology/python").text
    assert "Among languages for Web back end, Python is 1st of 4 in learning interest." in page
    assert "Tutorial searches, languages" in page
    assert 'href="https://github.com/python/cpython"' in page
    assert "api/v1/observations.csv?technology=python" in page
    assert client.get("/api/v1/observations.csv?technology=python").text.count("\n") == 5
    django = client.get("/technology/django").text
    assert "No figures of Django in this store" in django
    assert "Administration pages" in django
    assert "BSD-3-Clause" in django


def test_the_ways_on_keep_the_day_and_the_use_case(client: Client) -> None:
    day = datetime.now(UTC).date().isoformat()
    props = client.get(f"/view/technology/django?use_case=web-backend&as_of={day}").get_json()["props"]
    more, rows = (unescape(props[f"technology-{name}"]["html"]) for name in ("more", "rows"))
    assert re.search(rf'href="/compare\?use_case=web-backend&technology=django,[^"&]+&as_of={day}"', more)
    for address in ("/api/v1/observations", "/data"):
        assert f'href="{address}?technology=django&as_of={day}"' in rows
    props = client.get("/view/technology/django").get_json()["props"]
    assert "as_of" not in props["technology-more"]["html"] + props["technology-rows"]["html"]


def test_names_and_letter_case_lead_to_the_page(client: Client) -> None:
    for given, item in (("Python", "python"), ("Ruby on Rails", "ruby-on-rails"), ("PYTHON", "python")):
        answer = client.get(f"/technology/{given}")
        assert answer.status_code in (301, 302, 308)
        assert answer.headers["Location"].endswith(f"/technology/{item}")


def test_an_unknown_technology_names_the_nearest(client: Client) -> None:
    answer = client.get("/technology/djangoo")
    assert answer.status_code == 404
    assert 'href="/technology/django"' in answer.text
    assert client.get("/view/technology/djangoo").status_code == 404


def test_a_wrong_parameter_is_told_and_the_rest_is_shown(client: Client) -> None:
    for query, told in (
        ("indicator=nonsense", "There is no indicator `nonsense`"),
        ("indicator=pypl_databases", "Searches, databases has no figures of Python."),
        ("use_case=nonsense", "There is no use case `nonsense`"),
        ("as_of=1999-01-01", "1999-01-01"),
    ):
        props = client.get(f"/view/technology/python?{query}").get_json()["props"]
        assert props["message"]["hidden"] is False
        assert told in str(props["message"]["children"]), query
        assert props["trend-chart"]["figure"]["data"], query


def test_a_view_sets_what_the_layout_holds(client: Client) -> None:
    layout = client.get("/_dash-layout", headers={"Referer": "http://localhost/technology/python"}).text
    for component in client.get("/view/technology/python?value=index").get_json()["props"]:
        assert f'"id":"{component}"' in layout, component


def test_the_list_leads_to_every_technology(client: Client, entries: Catalog) -> None:
    page = client.get("/technology").text
    for technology in entries.technologies:
        assert f'href="/technology/{technology.id}"' in page
    some = client.get("/technology?kind=database&use_case=databases").text
    assert 'href="/technology/postgresql"' in some
    assert 'data-names="django' not in some
    assert "There is no kind" in client.get("/technology?kind=nonsense").text
