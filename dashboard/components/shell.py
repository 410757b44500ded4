"""The frame around every page: skip link, header with page links and theme switch, footer."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from dashboard.components.sentence import sentence
from etl import __version__
from etl.catalog import Catalog

TAGLINE = "How programming languages, frameworks and tools rise and fall"

CARRIED: Final = ("use_case", "kind", "technology", "region", "as_of")
"""What links to other pages take along; `assets/view.js` has the same list."""


def shell(
    content: Component, links: Sequence[tuple[str, str]], path: str, catalog: Catalog, query: str = ""
) -> Component:
    """`content` inside the frame; `links` are (address, name) of all pages, `path` and `query` what is open."""
    return html.Div(
        [
            html.A("Skip to content", href="#content", className="skip"),
            html.Header(
                html.Div([_brand(), _menu(), _nav(links, path, query), _help(), _theme()], className="bar"),
                className="top",
            ),
            html.Main(content, id="content", tabIndex="-1"),
            _footer(catalog),
        ],
        className="shell",
    )


def embedded(content: Component) -> Component:
    """`content` alone, for a frame on somebody else's page."""
    return html.Div(html.Main(content, id="content", tabIndex="-1"), className="shell embedded")


def not_found(links: Sequence[tuple[str, str]]) -> Component:
    """What an address shows that is no page."""
    ways = [html.A(name, href=address) for address, name in links]
    return html.Div(
        [html.H1("There is no such page"), html.P(["The address may be mistyped. There is: ", *ways])], className="lost"
    )


def no_item(told: str, root: str, near: Mapping[str, str]) -> Component:
    """What an address shows whose id does not exist: the nearest, and the way to all."""
    ways = [html.Li(html.A(name, href=f"{root}/{item}")) for item, name in near.items()]
    listed = [html.P("Nearest:"), html.Ul(ways)] if ways else []
    return html.Div(
        [html.H1("There is no such page"), html.P(sentence(told)), *listed, html.P(html.A("All of them", href=root))],
        className="lost",
    )


def broken(reason: str) -> Component:
    """What a page shows when the store cannot answer, or the view cannot be made; the link asks for it again."""
    again = html.A("Try again", href="", className="button")
    return html.Div(
        [html.H1("Nothing can be shown now"), html.P(reason, role="alert"), html.P(again)], className="lost"
    )


def _brand() -> Component:
    return html.A(
        [html.Span(className="mark", **attributes(aria_hidden="true")), html.Span("Stacktide")],
        href="/",
        className="brand",
        title=TAGLINE,
        **attributes(data_carry="true"),
    )


def _menu() -> Component:
    """On a narrow screen the pages are behind this button."""
    return html.Button(
        [html.Span(className="lines", **attributes(aria_hidden="true")), "Pages"],
        type="button",
        className="pages-menu",
        **attributes(data_action="pages", aria_expanded="false", aria_controls="pages"),
    )


def _nav(links: Sequence[tuple[str, str]], path: str, query: str) -> Component:
    items = [html.Li(_page_link(address, name, path, query)) for address, name in links]
    return html.Nav(html.Ul(items, className="nav"), id="pages", **attributes(aria_label="Pages"))


def _page_link(address: str, name: str, path: str, query: str) -> Component:
    """A link that takes the selection along; `assets/view_travel.js` keeps it up to date."""
    here = {"aria_current": "page"} if path == address or (path.startswith(f"{address}/") and address != "/") else {}
    return html.A(name, href=carrying(address, query), className="nav-link", **attributes(data_carry="true", **here))


def carrying(address: str, query: str, **changes: str) -> str:
    """An address of another page with what the selection of `query` takes along, and `changes`."""
    kept = dict(pair for pair in parse_qsl(query) if pair[0] in CARRIED) | changes
    if address == "/":  # with technologies it would be an old address of Trends
        kept.pop("technology", None)
    taken = urlencode({name: kept[name] for name in CARRIED if kept.get(name)}, safe=",")
    return f"{address}?{taken}" if taken else address


def _help() -> Component:
    return html.Button(
        "?",
        type="button",
        className="help",
        title="Keyboard shortcuts",
        **attributes(data_action="keys", aria_label="Keyboard shortcuts"),
    )


def _theme() -> Component:
    return html.Button(
        [html.Span(className="glyph", **attributes(aria_hidden="true")), html.Span("Theme: auto", className="words")],
        id="theme",
        className="theme",
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
