"""Surveys: what developers say that they use, want, and want to keep."""

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.components import blocks, chart_card, message, pickers
from dashboard.components.view import View, connect
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views.surveys import MOST_QUESTIONS, surveys_view

CONTROLS = pickers.controls("surveys", "use_case", "technology", "source", "as_of")
_PRESETS = (
    ("Web back end", "?use_case=web-backend"),
    ("Browser front end", "?use_case=browser-frontend"),
)
_YEARS = tuple(f"surveys-{i}" for i in range(1, MOST_QUESTIONS + 1))

connect("surveys", CONTROLS)


def view(query: str) -> View:
    """Everything on this page that depends on the selection."""
    answer = surveys_view(current(), query)
    named = len(answer["selection"]["technology"])
    return View(
        page="surveys",
        state=answer["state"],
        asked=query,
        query=answer["query"],
        title="Surveys - Stacktide",
        controls=CONTROLS,
        props={
            "title": {"children": "What do developers say?"},
            "subtitle": {"children": answer["headline"]},
            "filters-summary": {"children": f"{named} {'technology' if named == 1 else 'technologies'}"},
            "message": message.props(answer["message"]),
            "surveys-absent": {"children": _absent(answer["absent"])},
            **{f"{card}-box": {"hidden": card not in answer["shown"]} for card in _YEARS},
            **pickers.props(CONTROLS, answer["selection"], answer["options"]),
            **chart_card.props(answer["cards"]),
        },
        lazy=chart_card.lazy(answer["cards"]),
    )


def _absent(surveys: Sequence[Mapping[str, str]]) -> list[Component]:
    """The surveys that this store does not hold, why, and how to gather them."""
    if not surveys:
        return []
    items = [
        html.Li([html.Strong(each["title"]), f". {each['why']} " if each["why"] else ". ", html.Code(each["remedy"])])
        for each in surveys
    ]
    return [html.P("Not in this store; each command gathers one:"), html.Ul(items, className="absent-surveys")]


def layout(shown: View) -> Component:
    """The newest answers on top, each question over the years, then by role."""
    years = [
        html.Div(chart_card.chart_card(shown, card, level=3, size="small"), **shown.of(f"{card}-box"))
        for card in _YEARS
    ]
    return blocks.page(
        shown,
        chart_card.chart_card(shown, "surveys-now"),
        blocks.section(
            "Over the years",
            blocks.cards(*years),
            intro="Who answers, and how it is asked, changes from year to year: mind the numbered marks.",
        ),
        blocks.section(
            "By role",
            chart_card.chart_card(shown, "surveys-role", level=3),
            html.Div(**shown.of("surveys-absent"), className="absences"),
        ),
        blocks.see_also([("Hiring", "/hiring"), ("Trends of the same", "/trends"), ("Methods", "/methods")]),
        filters=pickers.column(shown, CONTROLS, presets=_PRESETS),
    )


PAGE = Page(
    path="/surveys",
    name="Surveys",
    order=72,
    description="What developers say that they use, want, and want to keep: by question, over the years and by role.",
    view=view,
    layout=layout,
)
