"""What needs no life of its own goes to the browser as HTML; what a view may change, and all above it, does not."""

import json
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from plotly.utils import PlotlyJSONEncoder

from dashboard.components import markup
from dashboard.components.attributes import attributes


def sent(given: Any, live: tuple[str, ...] = ()) -> Any:
    return json.loads(json.dumps(markup.layout(given, live), cls=PlotlyJSONEncoder))


def cells(count: int) -> html.Table:
    return html.Table([html.Tr([html.Td("a < b", className="number"), html.Td(2)]) for _ in range(count)])


def test_a_table_is_one_component() -> None:
    found = sent(html.Div(cells(2), id="place", style={"--card": "3px", "maxWidth": "9px"}))
    assert (found["namespace"], found["type"]) == ("stacktide_markup", "Element")
    row = '<tr><td class="number">a &lt; b</td><td>2</td></tr>'
    assert found["props"] == {
        "tag": "div",
        "id": "place",
        "style": {"--card": "3px", "maxWidth": "9px"},
        "html": f"<table>{row}{row}</table>",
        "children": None,
    }


def test_what_is_live_stays_a_component_with_all_above_it() -> None:
    tree = html.Main([html.P(html.B("still")), html.Section([html.H1("Title", id="title"), cells(1)])])
    still, section = sent(tree, ("title",))["props"]["children"]
    assert still["props"]["html"] == "<b>still</b>"
    title, table = section["props"]["children"]
    assert title["props"] == {"tag": "h1", "id": "title", "children": "Title"}
    assert table["props"]["html"].startswith("<tr>")
    assert "html" in sent(tree)["props"], "without what is live all of it is text"


def test_what_is_no_element_stays_and_what_it_holds_is_sent_alike() -> None:
    alert, picker = sent(html.Div([dbc.Alert(html.Ul(html.Li("one"))), dcc.Dropdown(id="pick")]))["props"]["children"]
    assert (alert["namespace"], alert["type"]) == ("dash_bootstrap_components", "Alert")
    assert alert["props"]["children"]["props"]["html"] == "<li>one</li>"
    assert picker["props"]["id"] == "pick"


def test_references_are_kept_for_the_live_page() -> None:
    inner = html.Label(html.B("x"), id="l", htmlFor="pick", **attributes(data_open="true", aria_labelledby="l"))
    expected = '<label aria-labelledby="l" data-open="true" for="pick" id="l"><b>x</b></label>'
    assert sent(html.Div(inner))["props"]["html"] == expected


def test_a_view_replaces_text_by_html_and_back() -> None:
    assert markup.props({"children": "words"}) == {"children": "words", "html": None}
    assert markup.props({"children": []}) == {"children": [], "html": None}
    assert markup.props({"children": ["As of ", html.A("x", href="?a=1&b")], "hidden": False}) == {
        "children": None,
        "html": 'As of <a href="?a=1&amp;b">x</a>',
        "hidden": False,
    }
    alert = markup.props({"children": dbc.Alert("no")})
    assert (alert["html"], alert["children"]["type"]) == (None, "Alert")
    assert markup.props({"value": 1}) == {"value": 1}


def test_nothing_that_is_shared_is_changed() -> None:
    tree = html.Div([html.P(html.B("still")), dcc.Graph(id="g")])
    before = json.dumps(tree, cls=PlotlyJSONEncoder)
    markup.layout(tree, ("g",))
    assert json.dumps(tree, cls=PlotlyJSONEncoder) == before
