"""Hiring: what job posts name, with the number of posts behind it and what chance alone could do."""

from dash import html
from dash.development.base_component import Component

from dashboard.components import blocks, chart_card, message, pickers, ranking_table
from dashboard.components.view import View, connect
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views.hiring import hiring_view

CONTROLS = pickers.controls("hiring", "use_case", "kind", "technology", "indicator", "as_of")
_PRESETS = (
    ("Languages", "?kind=language"),
    ("Web back end", "?use_case=web-backend"),
    ("Databases", "?use_case=databases"),
)

connect("hiring", CONTROLS)


def view(query: str) -> View:
    """Everything on this page that depends on the selection."""
    answer = hiring_view(current(), query)
    named = len(answer["selection"]["technology"])
    return View(
        page="hiring",
        state=answer["state"],
        asked=query,
        query=answer["query"],
        title="Hiring - Stacktide",
        controls=CONTROLS,
        props={
            "title": {"children": "What do job posts ask for?"},
            "subtitle": {"children": answer["headline"]},
            "filters-summary": {"children": f"{named} {'technology' if named == 1 else 'technologies'}"},
            "message": message.props(answer["message"]),
            "hiring-caption": {"children": answer["caption"]},
            "hiring-ranking": {
                "children": ranking_table.ranking_table(
                    answer["rows"], caption=answer["caption"], value="Share of posts"
                )
            },
            **pickers.props(CONTROLS, answer["selection"], answer["options"]),
            **chart_card.props(answer["cards"]),
        },
        lazy=chart_card.lazy(answer["cards"]),
    )


def layout(shown: View) -> Component:
    """Now beside the course, the ranking below, then the other source and how many jobs there are at all."""
    return blocks.page(
        shown,
        blocks.cards(
            chart_card.chart_card(shown, "hiring-now", size="small"),
            chart_card.chart_card(shown, "hiring-trend", size="small"),
        ),
        blocks.section(
            "Which way it goes",
            html.P(**shown.of("hiring-caption"), className="subtitle"),
            html.Div(**shown.of("hiring-ranking")),
        ),
        blocks.section(
            "Beside it",
            blocks.cards(
                chart_card.chart_card(shown, "hiring-other", level=3, size="small"),
                chart_card.chart_card(shown, "hiring-posts", level=3, size="small"),
                chart_card.chart_card(shown, "hiring-jobs", level=3, size="small"),
                least=290,
            ),
            intro="Each on an axis of its own: other posts, other words, other places.",
        ),
        blocks.see_also([("Trends of the same", "/trends"), ("Surveys", "/surveys"), ("Methods", "/methods")]),
        filters=pickers.column(shown, CONTROLS, presets=_PRESETS),
    )


PAGE = Page(
    path="/hiring",
    name="Hiring",
    order=70,
    description="What job posts name: share of posts with its interval, momentum, and the number of posts behind it.",
    view=view,
    layout=layout,
)
