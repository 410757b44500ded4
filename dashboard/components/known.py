"""What is known of a technology beside figures: facts, features, adopters, names, breaks, and who does not tell of it.

Links are plain dicts: `text`, and where there are such `href` and `note`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from dashboard.components.sentence import sentence

Link = Mapping[str, Any]

_BUILT_IN: Final = {"yes": "Yes", "no": "No", "partly": "Partly"}
_OPEN: Final = 6
"""Breaks that are listed without asking."""


def link(each: Link) -> Any:
    """The text, linked where it has an address; ours takes the selection along."""
    if not each.get("href"):
        return each["text"]
    ours = str(each["href"]).startswith("/")
    more = attributes(data_carry="true") if ours else {"rel": "noopener"}
    return html.A(each["text"], href=each["href"], **more)


def row(links: Sequence[Link]) -> Component:
    """Links one below the other."""
    return html.Ul([html.Li(link(each)) for each in links], className="links")


def terms(pairs: Sequence[tuple[str, Sequence[Link]]]) -> Component:
    """Terms with their links, as a list of definitions."""
    entries = [html.Div([html.Dt(term), html.Dd(row(links))], className="entry") for term, links in pairs]
    return html.Dl(entries, className="facts known")


def features(found: Sequence[Link]) -> Component:
    """What a framework brings itself, each with the page that shows it."""
    lines = [
        html.Tr(
            [
                html.Th(each["text"], scope="row"),
                html.Td(_BUILT_IN[each["built_in"]]),
                html.Td([each["note"], " " if each["note"] else "", _shown(each)]),
            ]
        )
        for each in found
    ]
    heads = html.Thead(html.Tr([html.Th(head, scope="col") for head in ("Feature", "Built in", "Remark")]))
    table = html.Table([html.Caption("What it brings itself", className="visually-hidden"), heads, html.Tbody(lines)])
    return html.Div(
        table, className="scrolling", tabIndex="0", role="region", **attributes(aria_label="What it brings itself")
    )


def _shown(each: Link) -> Component:
    words = html.Span(f" on {each['text']}", className="visually-hidden")
    return html.A(["Source", words], href=each["href"], rel="noopener")


def breaks(found: Sequence[Mapping[str, Any]]) -> list[Component]:
    """The breaks, newest first; the older ones on demand."""
    items = [_break(each) for each in found]
    shown: list[Component] = [html.Ul(items[:_OPEN], className="dated")]
    if len(items) > _OPEN:
        older = html.Ul(items[_OPEN:], className="dated")
        shown.append(html.Details([html.Summary(f"{len(items) - _OPEN} older ones"), older]))
    return shown


def _break(each: Mapping[str, Any]) -> Component:
    evidence = str(each["evidence"])
    proof: list[Any] = sentence(evidence)
    if evidence.startswith("https://") and " " not in evidence:
        proof = [html.A("Evidence", href=evidence, rel="noopener")]
    effect = " Lines are cut there." if each["effect"] == "severs" else ""
    concerned = f"{', '.join(each['sources'])}: {'; '.join(each['titles'])}"
    return html.Li(
        [
            html.Strong([html.Time(each["date"], dateTime=each["date"], **attributes(data_date=each["date"])), " "]),
            each["what"],
            effect,
            html.Span([concerned, ". ", *proof], className="by"),
        ]
    )


def absent(found: Sequence[tuple[str, Sequence[str]]]) -> list[Component]:
    """Reasons, each with what it is said of."""
    shown: list[Component] = []
    for why, titles in found:
        shown.append(html.P(sentence(why)))
        if titles:
            shown.append(html.Ul([html.Li(title) for title in titles], className="columns"))
    return shown
