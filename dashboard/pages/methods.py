"""Methods: how each figure comes about, with an example from the store; each source; what the constructs mean."""

from collections.abc import Mapping
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.components import blocks, message, method, pickers
from dashboard.components.view import View, connect
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views.methods import methods_view

_PAGE: Final = "methods"
CONTROLS = pickers.controls(_PAGE, "as_of")

connect(_PAGE, CONTROLS)


def view(query: str) -> View:
    """Everything on the page: the examples change with the store, the rest with the catalogue."""
    data = current()
    answer = methods_view(data, query)
    props: dict[str, dict[str, Any]] = {
        "title": {"children": "Methods"},
        "subtitle": {"children": answer["subtitle"]},
        "message": message.props(answer["message"]),
        "methods-contents": {"children": _contents(answer)},
        "methods-list": {"children": [method.method(each) for each in answer["methods"]]},
        "methods-constructs": {"children": [method.construct(each) for each in answer["constructs"]]},
        "methods-sources": {"children": [method.source(each) for each in answer["sources"]]},
        **pickers.props(CONTROLS, answer["selection"], answer["options"]),
    }
    return View(
        page=_PAGE,
        state=data.snapshot().key,
        asked=query,
        query=answer["query"],
        title="Methods - Stacktide",
        controls=CONTROLS,
        props=props,
    )


def _contents(answer: Mapping[str, Any]) -> Component:
    sources = sorted(answer["sources"], key=lambda each: each["title"].casefold())
    return method.contents(
        [
            ("How figures are computed", "methods", [(each["title"], each["id"]) for each in answer["methods"]]),
            (
                "What the constructs mean",
                "constructs",
                [(each["name"].capitalize(), f"construct-{each['id']}") for each in answer["constructs"]],
            ),
            (
                "Sources, their bias and their breaks",
                "sources",
                [(each["title"], f"source-{each['id'].replace('_', '-')}") for each in sources],
            ),
        ]
    )


def layout(shown: View) -> Component:
    """Contents first, then methods, constructs, sources."""
    return blocks.page(
        shown,
        html.Div(**shown.of("methods-contents")),
        blocks.section("How figures are computed", html.Div(**shown.of("methods-list")), id="methods"),
        blocks.section(
            "What the constructs mean",
            html.Div(**shown.of("methods-constructs"), className="told-list"),
            intro="Each indicator stands for one thing. They are set beside each other, never blended into one number.",
            id="constructs",
        ),
        blocks.section(
            "Sources, their bias and their breaks",
            html.Div(**shown.of("methods-sources"), className="told-list"),
            id="sources",
        ),
        pickers.row(shown, CONTROLS),
        blocks.see_also([("How fresh each source is", "/sources"), ("The figures themselves", "/data")]),
    )


PAGE = Page(
    path="/methods",
    name="Methods",
    order=95,
    description="How shares, ranks, momentum and intervals are computed, on which sources, with which known biases.",
    view=view,
    layout=layout,
    wide=True,
)
