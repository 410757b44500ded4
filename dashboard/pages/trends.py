"""Trends: how the chosen technologies rise and fall in one indicator."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.charts.releases import SIGN
from dashboard.components import chart, chart_card, downloads, filters, message, note, table
from dashboard.components.attributes import attributes
from dashboard.components.view import View, connect
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views import trends_view
from dashboard.views.options import days

_MENU = "downloads"
_FEW_RELEASES = 6
_PRESETS = (("top", "Top 10 now"), ("rising", "Fastest rising"))

connect("trends", filters.CONTROLS)


def view(query: str) -> View:
    """Everything on this page that depends on the selection."""
    data = current()
    answer = trends_view(data, query)
    day = date.fromisoformat(answer["selection"]["as_of"]) if answer["selection"]["as_of"] else None
    props: dict[str, dict[str, Any]] = {
        "title": {"children": answer["title"]},
        "subtitle": {"children": answer["subtitle"]},
        "as-of": _as_of(answer["as_of"]),
        "sentence": {"children": answer["sentence"]},
        "message": message.props(answer["message"]),
        "released": {"children": _released(answer)},
        "note": {"children": note.children(answer["note"])},
        "presets": {"children": _presets(answer["query"])},
        "filters-summary": {"children": _summary(answer)},
        "period-words": {"children": _period(answer)},
        **filters.props({**answer, "options": {**answer["options"], "as_of": days(data, day)}}),
        **chart.props(answer),
        **downloads.props(_MENU, chart_card.offer(answer)),
    }
    return View(
        page="trends",
        state=data.snapshot().key,
        asked=query,
        query=answer["query"],
        title=f"{answer['title']} - Stacktide",
        controls=filters.CONTROLS,
        periods=answer["options"]["periods"],
        props=props,
        lazy={"table-panel": table.lazy(answer["table"])},
    )


def _as_of(told: Mapping[str, str] | None) -> dict[str, Any]:
    """The line about the state of an earlier day, with the way back; hidden when the newest is shown."""
    if told is None:
        return {"children": [], "hidden": True}
    newest = html.A("Show the newest", href=f"?{told['newest']}", **attributes(data_view="true"))
    return {"children": [f"{told['line']}. ", newest], "hidden": False}


def _presets(query: str) -> list[Component]:
    kept = [(key, value) for key, value in parse_qsl(query) if key not in ("technology", "tab")]
    return [
        html.A(
            label, href=f"?{urlencode([*kept, ('preset', preset)])}", className="button", **attributes(data_view="true")
        )
        for preset, label in _PRESETS
    ]


def _summary(answer: Mapping[str, Any]) -> str:
    """What the folded filters say on a narrow screen."""
    chosen, options = answer["selection"], answer["options"]
    named = {option["value"]: option["label"] for option in options["use_case"]}
    parts = [named[chosen["use_case"]]] if chosen["use_case"] in named else []
    number = len(chosen["technology"])
    return ", ".join([*parts, f"{number} {'technology' if number == 1 else 'technologies'}"])


def _released(answer: Mapping[str, Any]) -> list[Component]:
    """The releases that are marked, each with the page that dates it; folded where there are many."""
    found = answer["note"]["releases"]
    first = [each for each in found if each["first"]]
    major = [each for each in found if not each["first"]]
    lines = [
        html.Span([f"{kind} releases: ", *_named(told)]) for kind, told in (("First", first), ("Major", major)) if told
    ]
    if len(found) <= _FEW_RELEASES:
        return [html.Div(line) for line in lines]
    counted = [f"{len(told)} {kind}" for kind, told in (("first", first), ("major", major)) if told]
    return [html.Details([html.Summary(f"{' and '.join(counted)} releases in this span"), *map(html.Div, lines)])]


def _named(found: Sequence[Mapping[str, Any]]) -> list[Any]:
    words: list[Any] = []
    for each in found:
        link = html.A(f"{each['title']} {each['when']}", href=each["source"], rel="noopener")
        sign = html.Span(SIGN, className="sign", style={"color": each["colour"]}, **attributes(aria_hidden="true"))
        words += [*([", "] if words else []), html.Span([sign, link])]
    return words


def _period(answer: Mapping[str, Any]) -> str:
    periods = answer["options"]["periods"]
    if not periods:
        return ""
    chosen = answer["selection"]
    bounds = (date.fromisoformat(chosen["from"] or periods[0]), date.fromisoformat(chosen["to"] or periods[-1]))
    return " to ".join(f"{bound:%b %Y}" for bound in bounds)


def layout(shown: View) -> Component:
    """The page: filters beside the chart, the table behind it, the note below."""
    head = html.Div(
        [
            html.H1(**shown.of("title")),
            html.P(**shown.of("subtitle"), className="subtitle"),
            html.P(**shown.of("as-of"), className="subtitle"),
        ],
        className="head",
    )
    results = html.Section(
        [
            filters.drawing(shown),
            message.unanswered(),
            html.Div(**shown.of("message"), role="status", **attributes(aria_live="polite")),
            chart_card.body(shown),
            html.Div(**shown.of("released"), className="released"),
            filters.period(shown),
            downloads.menu(shown, _MENU, "Download this page"),
            html.P(**shown.of("sentence"), className="visually-hidden", **attributes(aria_live="polite")),
            html.Section(**shown.of("note"), className="note", **attributes(aria_label="About these figures")),
        ],
        className="results",
        id="results",
    )
    return html.Div([head, filters.filters(shown), results, shown.store()], className="page")


PAGE = Page(
    path="/trends",
    name="Trends",
    order=3,
    description="Trends of programming languages, frameworks and tools, by use case and source.",
    view=view,
    layout=layout,
)
