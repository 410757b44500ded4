"""Python in front: what people write in Python where the user looks: in the browser, on the desktop, in data apps."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.components import blocks, chart_card, figures, message, pickers, ranking_table, sights
from dashboard.components.attributes import attributes
from dashboard.components.view import View, connect
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views.python_in_front import PLACES, Standing, python_in_front_view

_PAGE: Final = "python-in-front"
CONTROLS = pickers.controls(_PAGE, "as_of")

connect(_PAGE, CONTROLS)


def view(query: str) -> View:
    """Three places, each with its ranking, its chart, and what is not seen there."""
    data = current()
    answer = python_in_front_view(data, query)
    cards = answer["cards"]
    props: dict[str, dict[str, Any]] = {
        "title": {"children": "Python in front"},
        "subtitle": {"children": answer["subtitle"]},
        "message": message.props(answer["message"]),
        "python-meter": {"children": _meter(answer)},
        "python-window": {"children": answer["window"]},
        "python-left-out": {"children": answer["left_out"]},
        **{f"{s.place.id}-place": {"children": _place(s, answer)} for s in answer["places"]},
        **{f"{s.place.id}-seen": {"children": _seen(s)} for s in answer["places"]},
        **pickers.props(CONTROLS, answer["selection"], answer["options"]),
        **chart_card.props(cards),
    }
    return View(
        page=_PAGE,
        state=data.snapshot().key,
        asked=query,
        query=answer["query"],
        title="Python in front - Stacktide",
        controls=CONTROLS,
        props=props,
        lazy=chart_card.lazy(cards),
    )


def _meter(answer: Mapping[str, Any]) -> list[Component]:
    """The places side by side, and the server side as a measure."""
    return [_reading(standing, answer["newest"]) for standing in (*answer["places"], answer["server"])]


def _reading(standing: Standing, newest: str) -> Component:
    place = standing.place
    linked = place in PLACES
    heading = html.A(place.title, href=f"#{place.id}") if linked else html.Span(place.title)
    counted = f"{len(standing.rows)} of {len(standing.members)} have a figure"
    first = standing.first
    if first is None:
        said: list[Any] = [html.Span("–", className="large"), html.Span("nothing is measured in this store")]
    else:
        said = [
            html.Span(first["name"], className="text"),
            html.Span(figures.number(first["value"], 3, "per million"), className="large"),
        ]
    by = html.Span(f"{newest}; {counted}" if newest else counted, className="by")
    return html.Li([html.Strong(heading), *said, by], className="tile" if linked else "tile beside")


def _place(standing: Standing, answer: Mapping[str, Any]) -> list[Component]:
    table = ranking_table.ranking_table(
        standing.rows,
        caption=f"{standing.place.title}: downloads per million from PyPI, {answer['newest']}",
        value="Per million",
        unit="",
    )
    ranked = [table] if standing.rows else []
    absent = f"Without a figure in {answer['newest']}: {', '.join(standing.unranked)}." if answer["newest"] else ""
    rest = [html.P(absent, className="by")] if standing.unranked and absent else []
    unseen = [html.H3("What is not seen"), html.P(standing.place.blind)]
    return [html.P(standing.finding), *ranked, *rest, html.Div(unseen, className="unseen")]


def _seen(standing: Standing) -> list[Component]:
    caption = f"{standing.place.title}: what is seen of each technology, and what is not"
    summary = f"What is seen of each of the {len(standing.seen)}, on every channel, and what is not"
    return [html.Details([html.Summary(summary), sights.sights(standing.seen, caption)])]


def layout(shown: View) -> Component:
    """The meter, the leaders over time, then place by place."""
    meter = html.Ul(
        **shown.of("python-meter"), className="tiles meter", **attributes(aria_label="The leading one of each place")
    )
    return blocks.page(
        shown,
        meter,
        chart_card.chart_card(shown, "front"),
        html.P(**shown.of("python-window"), className="by"),
        *[_section(shown, place.id, place.title) for place in PLACES],
        html.P(**shown.of("python-left-out"), className="by"),
        pickers.row(shown, CONTROLS),
        blocks.see_also(_links()),
    )


def _section(shown: View, place: str, title: str) -> Component:
    beside = html.Div(
        [
            html.Div(**shown.of(f"{place}-place"), className="place"),
            chart_card.chart_card(shown, place, level=3, size="small"),
        ],
        className="cards",
    )
    return blocks.section(title, beside, html.Div(**shown.of(f"{place}-seen"), className="each-seen"), id=place)


def _links() -> Sequence[tuple[str, str]]:
    return [
        ("How shares and momentum are computed", "/methods"),
        ("The breaks of the downloads from PyPI", "/sources?source=top_pypi"),
    ]


PAGE = Page(
    path="/python-in-front",
    name="Python in front",
    order=80,
    description="Python in the browser, on the desktop and in data apps: what can be measured of it, and what cannot.",
    view=view,
    layout=layout,
    wide=True,
)
