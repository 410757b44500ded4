"""The page Compare on the server: every state of it answers, and says what to do."""

from typing import Any

import pytest
from werkzeug.test import Client


def view(client: Client, query: str) -> dict[str, Any]:
    answer = client.get(f"/view/compare?{query}")
    assert answer.status_code == 200
    return dict(answer.get_json())


def test_two_technologies_are_in_the_first_html(client: Client) -> None:
    document = client.get("/compare?technology=python,java")
    assert document.status_code == 200
    assert "Python comes first in the one indicator that holds two of them." in document.text
    assert "Places by construct" in document.text
    assert "Copy as decision record" in document.text
    assert "1</span></strong> of 4" in document.text, "Python leads four languages"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "Choose 2 to 8 technologies"),
        ("technology=python", "A comparison needs two technologies"),
        ("technology=python,java,nonsense", "There is no technology `nonsense`"),
        ("technology=%3Cscript%3E,python,java", "There is no technology"),
        ("use_case=nonsense", "There is no use case"),
        ("technology=python,java&as_of=yesterday", "which is no date"),
        ("technology=java,javascript,python,rust,go,c,cpp,ruby,php", "the first 8 are compared"),
    ],
)
def test_every_state_says_what_to_do(client: Client, query: str, told: str) -> None:
    document = client.get(f"/compare?{query}")
    assert document.status_code == 200
    assert told in document.text.replace("<code>", "`").replace("</code>", "`")
    assert "<script>,python" not in document.text
    assert view(client, query)["page"] == "compare"


def test_what_has_nothing_to_show_is_hidden(client: Client) -> None:
    props = view(client, "technology=python,java")["props"]
    assert props["ways"]["hidden"]
    assert not props["profile-part"]["hidden"]
    assert not props["learning-interest-slot"]["hidden"]
    assert props["people-slot"]["hidden"]
    assert props["benchmark-part"]["hidden"]
    none = view(client, "")["props"]
    assert not none["ways"]["hidden"]
    assert none["profile-part"]["hidden"]
    assert props.keys() == none.keys(), "a view replaces all of the one before"
    for address in ("/compare", "/compare?technology=python,java"):
        page = client.get("/_dash-layout", headers={"Referer": f"http://localhost{address}"}).text
        missing = [name for name in props if f'"id":"{name}"' not in page.replace('": "', '":"')]
        assert not missing, "the browser can set nothing on what is not in the layout"


def test_links_of_the_page_keep_their_selection(client: Client) -> None:
    found = view(client, "use_case=systems&technology=rust,python")
    assert found["query"] == "use_case=systems&technology=rust,python"
    assert found["controls"][0]["clears"] == [], "another use case keeps what is compared"
