"""The frame around every page: skip link, header with page links and theme switch, footer."""

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from etl import __version__
from etl.catalog import Catalog

TAGLINE = "How programming languages, frameworks and tools rise and fall"

_BEFORE = """
<div class="shell skeleton" aria-busy="true"><header class="top"><div class="bar"><span class="brand">
<span class="mark"></span><span>Stacktide</span></span></div></header><main>"""
_FILTERS = """<section class="filters"><div class="filter-body"><span class="bone box"></span>
<span class="bone box"></span><span class="bone box"></span><span class="bone box"></span></div></section>"""
_AFTER = """<section class="results"><span class="bone line"></span><span class="bone chart-bone"></span></section>
</div></main><noscript>The dashboard draws its charts in the browser and needs JavaScript.</noscript></div>"""


def skeleton(*, wide: bool) -> str:
    """The shape of a page in the first HTML, until its content is there: the same boxes, so that nothing jumps."""
    head = '<div class="head"><span class="bone title"></span><span class="bone line"></span></div>'
    return f'{_BEFORE}<div class="page{" wide" if wide else ""}">{head}{"" if wide else _FILTERS}{_AFTER}'


def shell(content: Component, links: Sequence[tuple[str, str]], path: str, catalog: Catalog) -> Component:
    """`content` inside the frame; `links` are (address, name) of all pages, `path` is the one that is open."""
    return html.Div(
        [
            html.A("Skip to content", href="#content", className="skip"),
            html.Header(html.Div([_brand(), _nav(links, path), _theme()], className="bar"), className="top"),
            html.Main(content, id="content", tabIndex="-1"),
            _footer(catalog),
        ],
        className="shell",
    )


def not_found(links: Sequence[tuple[str, str]]) -> Component:
    """What an address shows that is no page."""
    ways = [html.A(name, href=address) for address, name in links]
    return html.Div(
        [html.H1("There is no such page"), html.P(["The address may be mistyped. There is: ", *ways])], className="lost"
    )


def broken(reason: str) -> Component:
    """What a page shows when the store cannot answer."""
    return html.Div([html.H1("Nothing can be shown now"), html.P(reason, role="alert")], className="lost")


def _brand() -> Component:
    return html.A(
        [html.Span(className="mark", **attributes(aria_hidden="true")), html.Span("Stacktide")],
        href="/",
        className="brand",
        title=TAGLINE,
    )


def _nav(links: Sequence[tuple[str, str]], path: str) -> Component:
    items = [
        dbc.NavItem(dbc.NavLink(name, href=address, active=address == path, external_link=True))
        for address, name in links
    ]
    return html.Nav(dbc.Nav(items), **attributes(aria_label="Pages"))


def _theme() -> Component:
    return html.Button(
        [html.Span(className="glyph", **attributes(aria_hidden="true")), html.Span("Theme: auto", className="words")],
        id="theme",
        type="button",
        title="Switch between the system's theme, light and dark",
        **attributes(data_action="theme"),
    )


def _footer(catalog: Catalog) -> Component:
    credits_: list[Any] = []
    for source in catalog.sources:
        credits_ += [", " if credits_ else "", html.A(source.title, href=source.homepage, rel="noopener")]
    return html.Footer(
        html.Div(
            [
                html.P(f"Stacktide {__version__}. Each source measures one thing; none measures quality."),
                html.Details(
                    [html.Summary(f"Figures of {len(catalog.sources)} sources"), html.P([*credits_, "."])],
                ),
                html.P(
                    [
                        "The note under each chart names its source, licence and limits. Programs read them by ",
                        html.A("the API", href="/api/v1/docs"),
                        ".",
                    ]
                ),
            ],
            className="bar",
        ),
        className="bottom",
    )
