"""The list of all pages of one kind: every technology, every use case."""

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes


def listing(title: str, root: str, items: Mapping[str, str]) -> Component:
    """Links to all `items` (id -> name) below `root`, by name."""
    by_name = sorted(items.items(), key=lambda pair: pair[1].casefold())
    links = [html.Li(html.A(name, href=f"{root}/{item}", **attributes(data_carry="true"))) for item, name in by_name]
    head = html.Div([html.H1(title), html.P(f"{len(links)} pages, by name.", className="subtitle")], className="head")
    results = html.Section(
        html.Ul(links, className="listing"), className="results", id="results", **attributes(data_tab="list")
    )
    return html.Div([head, results], className="page wide")
