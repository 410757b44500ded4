"""The table of all sources: a plain table, whose headings are links that sort it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes

GLYPHS: Final = {
    "failing": "✕",
    "stale": "!",
    "never": "○",
    "due": "◔",
    "fresh": "✓",
    "ended": "■",
    "updated": "✓",
    "unchanged": "✓",
    "partial": "◐",
    "failed": "✕",
    "refused": "✕",
    "interrupted": "◌",
    "running": "▸",
}
"""A sign per state and outcome, so that colour is not all that tells them apart."""
_RECORDED: Final = {"recording": "recorded answer", "documentation": "documentation only"}


def pill(kind: str, words: str) -> Component:
    """A state or an outcome: coloured, with its sign, and in words."""
    return html.Span([html.Span(GLYPHS[kind], **attributes(aria_hidden="true")), words], className=f"pill is-{kind}")


def table(answer: Mapping[str, Any]) -> list[Component]:
    """The table, in a box that scrolls sideways where it is narrow."""
    headings = [_heading(column) for column in answer["columns"]]
    by_name = {column["name"]: heading for column, heading in zip(answer["columns"], headings, strict=True)}
    order = ("source", "state", "newest", "last", "next", "rows", "licence", "verified")
    head = html.Tr([*(by_name[name] for name in order), html.Th("Known bias", scope="col")])
    made = html.Table(
        [
            html.Caption("All sources; times are UTC. A heading sorts the table.", className="visually-hidden"),
            html.Thead(head),
            html.Tbody([_row(row) for row in answer["rows"]]),
        ],
        className="sources",
    )
    return [scrolling(made, "Table of all sources", "fits")]


def scrolling(content: Component, label: str, kind: str = "") -> Component:
    """A box that the keyboard can scroll."""
    return html.Div(
        content, className=f"scrolling {kind}".strip(), role="region", tabIndex="0", **attributes(aria_label=label)
    )


def _heading(column: Mapping[str, Any]) -> Component:
    mark = {"ascending": "▲", "descending": "▼", "none": ""}[column["order"]]
    link = html.A(
        [column["heading"], html.Span(mark, className="order", **attributes(aria_hidden="true"))],
        href=f"?{column['query']}",
        **attributes(data_view="true"),
    )
    number = "number" if column["name"] == "rows" else ""
    return html.Th(link, scope="col", className=number, **attributes(aria_sort=column["order"]))


def _row(row: Mapping[str, Any]) -> Component:
    name = [
        html.A(row["title"], href=f"?{row['query']}", **attributes(data_view="true", data_source=row["source"])),
        html.Span(row["publisher"], className="by"),
    ]
    return html.Tr(
        [
            html.Th(name, scope="row"),
            html.Td(pill(row["state"], row["state_words"]), title=row["why"]),
            html.Td(row["newest_period"] or absent("none yet")),
            html.Td([*_last_run(row), html.Span(className="live", **attributes(data_live=row["source"]))]),
            html.Td(next_run(row)),
            html.Td(f"{row['rows']:,}" if row["rows"] else absent("none"), className="number"),
            html.Td(html.Div(_licence(row), title=row["licence"], className="clamped")),
            html.Td(_RECORDED[row["verified"]], title=row["verified_words"]),
            html.Td(html.Div(row["caveat"], title=row["caveat"], className="clamped"), className="caveat"),
        ],
        key=row["source"],
    )


def absent(words: str) -> Component:
    """What stands where there is nothing."""
    return html.Span(words, className="absent")


def _last_run(row: Mapping[str, Any]) -> Sequence[Any]:
    if row["last_run"] is None:
        return [absent("never")]
    return [html.Span(row["last_run"], className="moment"), pill(row["outcome"], row["outcome"])]


def next_run(row: Mapping[str, Any]) -> Any:
    """When a source is asked next, or why not."""
    if row["paused"]:
        return absent("paused")
    return html.Span(row["next_run"], className="moment") if row["next_run"] else absent("not scheduled")


def _licence(row: Mapping[str, Any]) -> Any:
    return html.A(row["licence"], href=row["licence_url"], rel="noopener") if row["licence_url"] else row["licence"]
