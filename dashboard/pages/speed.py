"""Speed: what is fast in a benchmark, and used."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components import blocks, chart_card, message, pickers
from dashboard.components.attributes import attributes
from dashboard.components.view import Control, View, connect
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views.speed import speed_view

PICKERS = pickers.controls("speed", "use_case", "technology", "indicator", "as_of", clears={"indicator": ()})
CONTROLS = (*PICKERS, Control("speed-speed", ("speed",), clears=("test",)), Control("speed-test", ("test",)))
_PRESETS = (
    ("Web APIs", "?use_case=rest-api"),
    ("Full stack", "?use_case=full-stack"),
)
_ENDED = "https://github.com/TechEmpower/FrameworkBenchmarks/issues/10932"

connect("speed", CONTROLS)


def view(query: str) -> View:
    """Everything on this page that depends on the selection."""
    answer = speed_view(current(), query)
    chosen, offered = answer["selection"], answer["options"]
    compared = sum(len(each["technologies"]) for each in answer["quadrants"])
    return View(
        page="speed",
        state=answer["state"],
        asked=query,
        query=answer["query"],
        title="Speed - Stacktide",
        controls=CONTROLS,
        props={
            "title": {"children": "What is fast, and used?"},
            "subtitle": {"children": answer["headline"]},
            "filters-summary": {"children": f"{compared} compared"},
            "message": message.props(answer["message"]),
            "speed-quadrants": {"children": _quadrants(answer["quadrants"])},
            "speed-speed-label": {"children": "Speed by"},
            "speed-speed": {"options": offered["speed"], "value": chosen["speed"]},
            "speed-test-label": {"children": f"Test, by {answer['counted']}" if answer["counted"] else "Test"},
            "speed-test": {"options": offered["test"], "value": chosen["test"]},
            **pickers.props(PICKERS, chosen, offered),
            **chart_card.props(answer["cards"]),
        },
        lazy=chart_card.lazy(answer["cards"]),
    )


def _quadrants(quadrants: Sequence[Mapping[str, Any]]) -> list[Component]:
    """The four corners of the chart in words."""
    return [
        html.Div(
            [
                html.H3(each["title"]),
                html.Ul(
                    [
                        html.Li(
                            [
                                html.A(t["name"], href=f"/technology/{t['id']}", **attributes(data_carry="true")),
                                html.Span(t["figures"], className="by"),
                            ]
                        )
                        for t in each["technologies"]
                    ]
                )
                if each["technologies"]
                else html.P("None", className="absent"),
            ],
            className="quadrant",
        )
        for each in quadrants
    ]


def _choice(shown: View, name: str) -> Component:
    heading = html.Div(**shown.of(f"{name}-label"), className="label")
    buttons = dcc.RadioItems(**shown.of(name), inline=True, className="segments")
    group = html.Div([heading, buttons], role="group", **attributes(aria_labelledby=f"{name}-label"))
    return html.Div(group, className="field")


def layout(shown: View) -> Component:
    """Speed against use, the corners in words, the rounds, and what these figures cannot say."""
    ended = html.A("ended on 24 March 2026", href=_ENDED, rel="noopener")
    return blocks.page(
        shown,
        html.Div(
            [_choice(shown, "speed-speed"), _choice(shown, "speed-test")],
            className="drawing speed-drawing",
        ),
        chart_card.chart_card(shown, "speed-use"),
        blocks.section("The four corners", html.Div(**shown.of("speed-quadrants"), className="quadrants")),
        chart_card.chart_card(shown, "speed-rounds"),
        blocks.section(
            "What this cannot say",
            html.P(
                [
                    "A percentile is a place in one test on one machine: routes that do nothing, without a database. ",
                    "It does not tell how fast an application is; rounds of other machines compare by place only. ",
                    "The TechEmpower Framework Benchmarks, long the best known, ",
                    ended,
                    "; their figures are not shown here.",
                ]
            ),
        ),
        blocks.see_also([("Compare", "/compare"), ("Trends of the same", "/trends"), ("Methods", "/methods")]),
        filters=pickers.column(shown, PICKERS, presets=_PRESETS),
    )


PAGE = Page(
    path="/speed",
    name="Speed",
    order=74,
    description="Benchmark percentile against use: which web frameworks are fast and used, round by round.",
    view=view,
    layout=layout,
)
