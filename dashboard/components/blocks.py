"""What pages are put together from: a frame, cards in a grid, facts, links to look further, states without figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components import message
from dashboard.components.attributes import attributes
from dashboard.components.view import View


def page(
    view: View,
    *content: Any,
    filters: Component | None = None,
    above: Sequence[Component] = (),
    subtitle: str = "subtitle",
) -> Component:
    """The frame of a page: heading (`title`, `subtitle` in the view's properties), filters beside it, the content.

    The place for messages is the view's `message`; that for an answer that did not come is made here.
    """
    head = html.Div(
        [*above, html.H1(**view.of("title"), tabIndex="-1"), html.P(**view.of(subtitle), className="subtitle")],
        className="head",
    )
    results = html.Section(
        [
            message.unanswered(),
            html.Div(**view.of("message"), role="status", **attributes(aria_live="polite")),
            *content,
        ],
        className="results stack",
        id="results",
    )
    beside = [] if filters is None else [filters]
    return html.Div([head, *beside, results, view.store()], className="page" if beside else "page wide")


def section(title: str, *content: Any, intro: Any = None, id: str = "") -> Component:  # noqa: A002 - as HTML calls it
    """A part of a page with a heading of its own, to which a link may point.

    The style sheet finds it by `data-part`: ids are not there in the first paint.
    """
    named: dict[str, Any] = {"id": id, **attributes(data_part=id)} if id else {}
    told = [html.P(intro, className="subtitle")] if intro is not None else []
    return html.Section([html.H2(title), *told, *content], className="part", **named)


def cards(*items: Component, least: int = 420) -> Component:
    """Cards beside each other, each at least so many pixels wide."""
    return html.Div(list(items), className="cards", style={"--card": f"{least}px"})


def tiles(items: Sequence[Mapping[str, Any]]) -> Component:
    """Linked cards: `title` and `href`, and optionally `text`, `figure` (any content) and `remark`; the links take the
    selection along.
    """
    made = [
        html.Li(
            html.A(
                [
                    html.Strong(each["title"]),
                    *([html.Span(each["text"], className="text")] if each.get("text") else []),
                    *([html.Span(each["figure"], className="large")] if each.get("figure") is not None else []),
                    *([html.Span(each["remark"], className="by")] if each.get("remark") else []),
                ],
                href=each["href"],
                className="tile",
                **attributes(data_carry="true"),
            )
        )
        for each in items
    ]
    return html.Ul(made, className="tiles")


def facts(pairs: Sequence[tuple[str, Any]]) -> Component:
    """Terms with what is known of them; those without content are left out."""
    entries = [
        html.Div([html.Dt(term), html.Dd(said)], className="entry")
        for term, said in pairs
        if said is not None and said not in ("", [])
    ]
    return html.Dl(entries, className="facts")


def see_also(links: Sequence[tuple[str, str]], title: str = "See also") -> Component:
    """Links to look further: (words, address)."""
    items = [html.Li(html.A(words, href=address, **attributes(data_carry="true"))) for words, address in links]
    return html.Nav([html.H2(title), html.Ul(items)], className="see-also", **attributes(aria_label=title))


def nothing(title: str, text: Any, links: Sequence[tuple[str, str]] = ()) -> Component:
    """In the place of what cannot be shown: the fact, the reason, and the way on."""
    ways = [html.Li(html.A(words, href=address)) for words, address in links]
    return html.Div(
        [html.Strong(title), html.P(text), *([html.Ul(ways)] if ways else [])], className="nothing", role="status"
    )
