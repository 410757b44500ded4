"""World: where a technology has its people, on a map with a timeline, with the ranking beside it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from dash import Input, dcc, html
from dash.development.base_component import Component

from dashboard.components import blocks, chart_card, figures, message, pickers
from dashboard.components.attributes import attributes
from dashboard.components.view import Control, View, connect, in_browser
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views.world import world_view

FILTERS: Final = (
    *pickers.controls("world", "use_case"),
    Control("world-technology", ("technology",)),
    *pickers.controls("world", "indicator", "region", "as_of"),
)
CONTROLS: Final = (*FILTERS, Control("world-to", ("to",)))  # the period stands in the timeline
connect("world", CONTROLS)
in_browser("world", "begin", Input("world-course", "data"))
in_browser("world", "pick", Input("map-chart", "clickData"))


def view(query: str) -> View:
    """The map of one period, the ranking of the same, the course of the region looked at."""
    data = current()
    answer = world_view(data, query)
    cards = {"map": answer["map"], "course": answer["course"]}
    played = answer["played"]
    return View(
        page="world",
        state=answer["state"],
        asked=query,
        query=answer["query"],
        title=f"{answer['title']} - Stacktide",
        controls=CONTROLS,
        carried={"technology": answer["selection"]["technology"]} if answer["selection"]["technology"] else {},
        props={
            "title": {"children": answer["title"]},
            "subtitle": {"children": answer["subtitle"]},
            "message": message.props(answer["message"]),
            "world-lead": {"children": answer["sentence"], "hidden": not answer["sentence"]},
            "filters-summary": {"children": answer["chosen"]},
            "world-ranking": {"children": _ranking(answer)},
            "world-sums": {"children": _sums(answer)},
            "world-when": {"children": f"{played['names'][played['at']]}{answer['per']}" if played["names"] else ""},
            "world-course": {"data": played},
            "world-time": {"value": played["at"], "max": max(len(played["periods"]) - 1, 0)},
            "world-timeline": {"hidden": len(played["periods"]) < 2},
            "world-play": {"hidden": not played["outlines"]},  # bars are the server's
            "world-shown": {"hidden": not answer["ranking"]},
            **pickers.props(CONTROLS, answer["selection"], answer["options"]),
            **chart_card.props(cards),
        },
        lazy=chart_card.lazy(cards),
    )


def _ranking(answer: Mapping[str, Any]) -> list[Component]:
    """One line per economy; its link looks at that economy."""
    rest = [pair for pair in parse_qsl(answer["query"]) if pair[0] != "region"]
    return [_line(row, rest) for row in answer["ranking"]]


def _line(row: Mapping[str, Any], rest: Sequence[tuple[str, str]]) -> Component:
    """As few components as will do, for there are many lines: place and bar are drawn by the style sheet."""
    chosen = {"aria_current": "true"} if row["chosen"] else {}
    address = urlencode([*rest, ("region", row["id"])], safe=",")
    return html.Li(
        [
            html.A(row["name"], href=f"?{address}", **attributes(data_view="true", **chosen)),
            figures.number(row["share"], 3, even=True),
        ],
        key=row["id"],
        style={"--part": f"{row['part']:.4f}"},
        **attributes(data_rank=str(row["rank"])),
    )


def _sums(answer: Mapping[str, Any]) -> list[Any]:
    """The world and the European Union, for comparison."""
    return [
        html.Span([f"{each['name']} ", figures.number(each["share"], 3, answer["unit"])]) for each in answer["sums"]
    ]


def layout(shown: View) -> Component:
    """Filters, the map with its timeline, the ranking beside it, and the course below."""
    ranking = html.Section(
        [
            html.Div([html.H2("Economies"), html.Span(**shown.of("world-when"))], className="ranking-head"),
            html.P(**shown.of("world-sums"), className="sums"),
            html.P(id="world-sums-played", className="sums", hidden=True),
            html.Div(
                [
                    html.Ol(**shown.of("world-ranking"), className="economies"),
                    html.Ol(id="world-played", className="economies", hidden=True),  # the script's, while time plays
                ],
                className="economies-box",
                tabIndex="0",
                role="region",
                **attributes(aria_label="Economies by share"),
            ),
        ],
        className="chart-card ranking-card",
    )
    map_side = html.Div([_timeline(shown), chart_card.chart_card(shown, "map", size="map")], className="map-side")
    return blocks.page(
        shown,
        html.P(**shown.of("world-lead"), className="lead"),
        html.Div([map_side, ranking], **shown.of("world-shown"), className="world"),
        chart_card.chart_card(shown, "course"),
        blocks.see_also([("This technology over time", "/trends"), ("Where the figures come from", "/sources")]),
        dcc.Store(**shown.of("world-course")),
        filters=html.Div(pickers.column(shown, FILTERS), id="world-filters", className="filters"),
    )


def _timeline(shown: View) -> Component:
    """Play, a handle for the period, and the periods by name."""
    play = html.Button(
        "Play", **shown.of("world-play"), type="button", className="button", **attributes(data_action="world-play")
    )
    handle = dcc.Input(**shown.of("world-time"), type="range", min=0, step=1)
    periods = dcc.Dropdown(
        **shown.of("world-to"), clearable=False, searchable=False, placeholder="Period", maxHeight=320
    )
    return html.Div(
        [
            play,
            html.Div(
                [
                    html.Label("Period", htmlFor="world-time", id="world-time-label", className="visually-hidden"),
                    handle,
                ],
                className="handle",
            ),
            html.Div(
                [
                    html.Label("Period by name", htmlFor="world-to", id="world-to-label", className="visually-hidden"),
                    periods,
                ],
                className="periods",
            ),
        ],
        **shown.of("world-timeline"),
        className="world-timeline",
        role="group",
        **attributes(aria_label="Time"),
    )


PAGE = Page(
    path="/world",
    name="World",
    order=6,
    description="Where programming languages, frameworks and tools have their people: shares by economy, on a map.",
    view=view,
    layout=layout,
    maps=True,
)
