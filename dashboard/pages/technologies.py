"""All technologies, found by typing, kind or use case; each leads to its own page."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components import blocks, message, pickers
from dashboard.components.attributes import attributes
from dashboard.components.view import View, connect
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views.technologies import technologies_view

CONTROLS = pickers.controls("technologies", "use_case", "kind")
connect("technologies", CONTROLS)


def view(query: str) -> View:
    """The technologies that pass the filters."""
    answer = technologies_view(current(), query)
    return View(
        page="technologies",
        state=answer["state"],
        asked=query,
        query=answer["query"],
        title="Technologies - Stacktide",
        controls=CONTROLS,
        props={
            "title": {"children": "Technologies"},
            "subtitle": {"children": answer["subtitle"]},
            "message": message.props(answer["message"]),
            "technologies-list": {"children": _entries(answer["items"])},
            **pickers.props(CONTROLS, answer["selection"], answer["options"]),
        },
    )


def _entries(items: Sequence[Mapping[str, Any]]) -> list[Component]:
    return [
        html.Li(
            [
                html.A(each["name"], href=f"/technology/{each['id']}", **attributes(data_carry="true")),
                html.Span(each["text"], className="by"),
                html.Span(each["told"], className="by"),
            ],
            key=each["id"],
            **attributes(data_names=each["search"]),
        )
        for each in items
    ]


def layout(shown: View) -> Component:
    """Search and filters in one line, then the list; `assets/page_technology.js` searches it."""
    search = html.Div(
        [
            html.Label("Search", htmlFor="technologies-search", className="label"),
            html.Div(
                dcc.Input(
                    id="technologies-search",
                    type="search",
                    placeholder="Name, package or tag",
                    className="input",
                    autoComplete="off",
                ),
                className="searched",
            ),
        ],
        className="field",
    )
    return blocks.page(
        shown,
        html.Div([search, *(pickers.picker(shown, c) for c in CONTROLS)], className="drawing pickers"),
        html.P(id="technologies-found", className="subtitle", role="status", **attributes(aria_live="polite")),
        html.Ul(**shown.of("technologies-list"), className="technologies"),
    )


PAGE = Page(
    path="/technology",
    name="Technologies",
    order=5,
    description="Every language, framework, library, database, tool and platform that is followed here.",
    view=view,
    layout=layout,
    wide=True,
)
