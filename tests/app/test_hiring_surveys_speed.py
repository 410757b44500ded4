"""The pages Hiring, Surveys and Speed answer over HTTP, whatever the query, even on a store without their figures."""

import pytest
from werkzeug.test import Client

PAGES = ("hiring", "surveys", "speed")
BAD = ("indicator=nonsense", "technology=nonsense", "source=nonsense", "speed=nonsense", "test=%00", "as_of=1990-01-01")


@pytest.mark.parametrize("page", PAGES)
def test_the_page_says_what_to_run_where_the_store_has_no_figures(client: Client, page: str) -> None:
    document = client.get(f"/{page}")
    assert document.status_code == 200
    assert "stacktide refresh" in document.text


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("query", BAD)
def test_no_query_breaks_a_view(client: Client, page: str, query: str) -> None:
    answer = client.get(f"/view/{page}?{query}")
    assert answer.status_code == 200
    shown = answer.get_json()
    assert "nonsense" not in shown["query"]
    assert set(shown["props"]) >= {"title", "subtitle", "message", "filters-summary"}
    if query.split("=", maxsplit=1)[0] in ("indicator", "technology", "as_of"):
        assert shown["props"]["message"]["hidden"] is False


@pytest.mark.parametrize("page", PAGES)
def test_the_view_fills_the_layout(client: Client, page: str) -> None:
    layout = client.get("/_dash-layout", headers={"Referer": f"http://localhost/{page}"}).get_data(as_text=True)
    props = client.get(f"/view/{page}?").get_json()["props"]
    assert len(props) > 20
    for component in props:
        assert f'"id":"{component}"' in layout.replace(": ", ":"), component
