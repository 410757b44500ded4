"""How a figure comes about: one method, one source, one construct, each with an anchor that notes can point to."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from dash import html
from dash.development.base_component import Component

from dashboard.components import figures
from dashboard.components.attributes import attributes

Told = Mapping[str, Any]

_LONG: Final = 20


class Example(Protocol):
    """A small table with what its figures are, links to where they are shown, and a remark."""

    @property
    def of(self) -> str:
        """What the figures are."""
        ...

    @property
    def columns(self) -> Sequence[tuple[str, int | None]]:
        """Heading and significant digits; None for words."""
        ...

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        """As many cells each."""
        ...

    @property
    def links(self) -> Sequence[tuple[str, str]]:
        """Words and address."""
        ...

    @property
    def said(self) -> str:
        """A remark."""
        ...


def contents(groups: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]) -> Component:
    """The table of contents: (title, anchor, entries), an entry being (words, anchor); long ones are folded."""
    parts = []
    for title, anchor, entries in groups:
        items = html.Ul([html.Li(html.A(words, href=f"#{each}")) for words, each in entries])
        folded = len(entries) > _LONG
        shown = html.Details([html.Summary(f"All {len(entries)}"), items]) if folded else items
        link = html.A(title, href=f"#{anchor}", className="group")
        parts.append(html.Li([link, shown], className="long" if folded else ""))
    return html.Nav(html.Ul(parts), className="contents", **attributes(aria_label="On this page"))


def method(told: Told) -> Component:
    """Plain words, the formula, and the example beside them."""
    found: Example | None = told["example"]
    shown = (
        _example(found) if found is not None else html.P("No figures in this store can show it.", className="absent")
    )
    source = [html.P(f"After {told['source']}", className="by")] if told["source"] else []
    words = html.Div(
        [
            html.H3(told["title"]),
            html.P(told["plain"]),
            html.Div([html.P(line) for line in told["formula"]], className="formula"),
            *source,
        ]
    )
    return html.Article([words, shown], className="method", id=told["id"])


def _example(found: Example) -> Component:
    head = html.Tr([html.Th(name, scope="col", className=_side(digits)) for name, digits in found.columns])
    body = [
        html.Tr([_cell(value, digits, first=i == 0) for i, (value, (_, digits)) in enumerate(_pairs(row, found))])
        for row in found.rows
    ]
    caption = f"Example: {found.of}"
    table = html.Table([html.Caption(caption, className="visually-hidden"), html.Thead(head), html.Tbody(body)])
    links = [html.A(words, href=address, **attributes(data_carry="true")) for words, address in found.links]
    return html.Div(
        [
            html.P([html.Strong("Example. "), f"{found.of}."], className="of"),
            html.Div(table, className="scrolling", tabIndex="0", role="region", **attributes(aria_label=caption)),
            *([html.P(found.said, className="by")] if found.said else []),
            *([html.P(links, className="by")] if links else []),
        ],
        className="example",
    )


def _pairs(row: Sequence[Any], found: Example) -> list[tuple[Any, tuple[str, int | None]]]:
    return list(zip(row, found.columns, strict=True))


def _side(digits: int | None) -> str:
    return "" if digits is None else "number"


def _cell(value: Any, digits: int | None, *, first: bool) -> Component:
    shown = str(value) if digits is None else figures.number(float(value), digits)
    return html.Th(shown, scope="row") if first else html.Td(shown, className=_side(digits))


def source(told: Told) -> Component:
    """One source: bias card, licence, what it measures, and its breaks on demand."""
    licence = told["licence"]
    named = html.A(licence["title"], href=licence["url"], rel="noopener") if licence["url"] else licence["title"]
    withheld = [html.P(f"Not passed on with the package: {told['withheld']}")] if told["withheld"] else []
    retrieved = (
        ["; retrieved on ", figures.day(told["retrieved_on"])] if told["retrieved_on"] else ["; not in this store"]
    )
    return html.Article(
        [
            html.H3(html.A(told["title"], href=told["homepage"], rel="noopener")),
            html.P([told["publisher"], f", {told['cadence']}", *retrieved], className="by"),
            html.P([html.Strong("Known bias. "), told["caveat"]]),
            html.P([html.Strong("Licence. "), named, html.Span(f" {told['attribution']}", className="by")]),
            *withheld,
            _indicators(told["indicators"]),
            *([_breaks(told["breaks"])] if told["breaks"] else []),
        ],
        className="told",
        id=f"source-{told['id'].replace('_', '-')}",
    )


def _indicators(found: Sequence[Told]) -> Component:
    items = [
        html.Li(
            [
                html.Strong(each["title"]),
                f" ({each['construct']}, {each['frequency']}, {each['unit']}). ",
                f"{each['means']} Not: {_lower(each['does_not_mean'])}",
            ]
        )
        for each in found
    ]
    return _on_demand(f"{len(found)} {'indicator' if len(found) == 1 else 'indicators'}", html.Ul(items))


def _lower(words: str) -> str:
    """A sentence after a colon; abbreviations keep their capitals."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _breaks(found: Sequence[Told]) -> Component:
    items = [
        html.Li(
            [
                html.Strong(each["date"]),
                f" {each['effect']}. ",
                each["what"],
                html.Span(f" Evidence: {each['evidence']}", className="by"),
            ]
        )
        for each in found
    ]
    return _on_demand(f"{len(found)} {'break' if len(found) == 1 else 'breaks'} of method", html.Ol(items))


def _on_demand(words: str, content: Component) -> Component:
    return html.Details([html.Summary(words), content])


def construct(told: Told) -> Component:
    """One construct: what it stands for and who measures it."""
    held = ", ".join(told["held"])
    return html.Article(
        [
            html.H3(told["name"].capitalize()),
            html.P(told["words"]),
            html.P(f"With figures here: {held}." if held else "No figures of it in this store.", className="by"),
        ],
        className="told",
        id=f"construct-{told['id']}",
    )
