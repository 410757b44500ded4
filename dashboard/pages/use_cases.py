"""All use cases by field, each with what it is and how many technologies it has; each leads to its own page."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components import blocks, message
from dashboard.components.view import View, connect
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views.use_cases import use_cases_view

connect("use-cases", ())


def view(query: str) -> View:
    """Every use case of the catalogue."""
    answer = use_cases_view(current(), query)
    return View(
        page="use-cases",
        state=answer["state"],
        asked=query,
        query=answer["query"],
        title="Use cases - Stacktide",
        props={
            "title": {"children": "Use cases"},
            "subtitle": {"children": answer["subtitle"]},
            "message": message.props(answer["message"]),
            "use-cases-fields": {"children": _fields(answer["fields"])},
        },
    )


def _fields(found: Sequence[Mapping[str, Any]]) -> list[Component]:
    return [blocks.section(each["title"], blocks.tiles(each["use_cases"]), id=each["id"]) for each in found]


def layout(shown: View) -> Component:
    """One part per field, one tile per use case."""
    return blocks.page(shown, html.Div(**shown.of("use-cases-fields"), className="named-use-cases"))


PAGE = Page(
    path="/use-case",
    name="Use cases",
    order=2,
    description="Every use case: what it is, and which languages and frameworks lead in it.",
    view=view,
    layout=layout,
    wide=True,
)
