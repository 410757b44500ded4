"""A use case on a card: the leading languages and technologies side by side, and the sources that say so."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components import figures
from dashboard.components.attributes import attributes


def leading_cards(use_cases: Sequence[Mapping[str, Any]]) -> Component:
    """Cards, each with `title`, `href`, `definition`, `leading` (title, entries), `sources` and `nothing`."""
    return html.Ul([html.Li(_card(each), className="leading-card") for each in use_cases], className="leading-cards")


def _card(use_case: Mapping[str, Any]) -> list[Component]:
    link = html.A(use_case["title"], href=use_case["href"], **attributes(data_carry="true"))
    lists = [_list(each) for each in use_case["leading"]]
    said = [html.P(source, className="by") for source in use_case["sources"]]
    return [
        html.H3(link),
        html.P(use_case["definition"], className="definition"),
        html.Div(lists, className="lists") if lists else html.P(use_case["nothing"], className="absent"),
        *said,
    ]


def _list(leading: Mapping[str, Any]) -> Component:
    entries = [
        html.Li([html.Span(each["name"], className="name"), *_share(each["share"])]) for each in leading["entries"]
    ]
    return html.Div([html.H4(leading["title"]), html.Ol(entries)])


def _share(share: float | None) -> list[Component]:
    return [] if share is None else [figures.number(share, 2 if share < 99.5 else 3, "%")]
