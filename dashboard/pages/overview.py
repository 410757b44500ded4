"""Overview: which language or framework for what, what moved most, and how fresh the figures are."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Input, dcc, html
from dash.development.base_component import Component

from dashboard.components import blocks, figures, leading_card, message, moved_part
from dashboard.components.attributes import attributes
from dashboard.components.view import View, connect, in_browser
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views.overview import overview_view

_QUESTION = "Which language or framework for …"

connect("overview", ())
in_browser("stacktide_overview", "open", Input("overview-find", "value"))


def view(query: str) -> View:
    """Everything on this page; it depends on the day asked for alone."""
    answer = overview_view(current(), query)
    return View(
        page="overview",
        state=answer["state"],
        asked=query,
        query=answer["query"],
        title="Stacktide",
        props={
            "title": {"children": _QUESTION},
            "subtitle": {"children": _fresh(answer["fresh"], answer["as_of"])},
            "message": message.props(answer["message"]),
            "overview-find": {"options": answer["findable"], "value": None},
            "overview-jump": {"children": _jumps(answer["fields"])},
            "overview-fields": {"children": [_field(each) for each in answer["fields"]]},
            "overview-moved": {"children": _moved(answer["moved"])},
        },
    )


def _fresh(fresh: Mapping[str, Any], as_of: str | None) -> list[Any]:
    """One line: how much there is, from when, with the way to the sources."""
    many = f"{fresh['technologies']} technologies, {fresh['indicators']} indicators, {fresh['sources']} sources"
    days: list[Any] = []
    if fresh["last"]:
        days = [", retrieved on ", figures.day(fresh["last"])]
        if fresh["first"] != fresh["last"]:
            days = [", retrieved ", figures.day(fresh["first"]), " to ", figures.day(fresh["last"])]
    state = f" As of {as_of}." if as_of else ""
    return [many, *days, f".{state} ", html.A("How fresh each source is", href="/sources")]


def _jumps(fields: Sequence[Mapping[str, Any]]) -> list[Component]:
    links = [(each["title"], f"#{each['id']}") for each in fields] + [("What moved most", "#moved")]
    return [html.Li(html.A(words, href=href)) for words, href in links]


def _field(field: Mapping[str, Any]) -> Component:
    return blocks.section(field["title"], leading_card.leading_cards(field["use_cases"]), id=field["id"])


def _moved(moved: Mapping[str, Any]) -> list[Component]:
    rule = html.Details([html.Summary("How this is found"), html.P(moved["rule"])])
    return [rule, *(moved_part.moved_group(each) for each in moved["groups"])]


def layout(shown: View) -> Component:
    """The question with its search, the use cases by field, then what moved."""
    find = html.Div(
        [
            html.Label("Use case or technology", htmlFor="overview-find", id="overview-find-label", className="label"),
            dcc.Dropdown(
                **{**shown.of("overview-find"), "placeholder": "Search: web back end, desktop, Django, React …"},
                clearable=False,
                maxHeight=360,
            ),
        ],
        className="field find",
        **attributes(data_search="true"),
    )
    jump = html.Nav(html.Ul(**shown.of("overview-jump")), className="jump", **attributes(aria_label="On this page"))
    return blocks.page(
        shown,
        html.Div([find, jump], className="question"),
        html.Div(**shown.of("overview-fields")),
        blocks.section(
            "What moved most since last year",
            html.Div(**shown.of("overview-moved")),
            intro="How fast a share changed over the last year, in percentage points a year, with its 95 % interval; "
            "one source at a time.",
            id="moved",
        ),
    )


PAGE = Page(
    path="/",
    name="Overview",
    order=1,
    description="Which language, framework or tool for which use: evidence from independent sources, by use case.",
    view=view,
    layout=layout,
    wide=True,
)
