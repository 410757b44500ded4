"""The scheduled exports: a table that can only be read, as folders of the server are nobody's business in a browser."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.components.sentence import sentence
from dashboard.components.source_table import absent, pill, scrolling

_HOW: Final = (
    "`stacktide exports add NAME --selection ADDRESS --format csv --to FOLDER --after-refresh` has a file written "
    "after refreshes that change what it holds, `--cron` at certain times; `stacktide exports list` tells the folders."
)
_PILLS: Final = {"written": "updated", "failed": "failed", "interrupted": "interrupted", "running": "running"}
"""Outcome -> the kind of pill that it looks like."""
_NUMBERS: Final = ("Rows",)
_HEADINGS: Final = ("Name", "What", "When", "Next run (UTC)", "Last run (UTC)", "Newest file", "Rows", "What was wrong")


def section(exports: Sequence[Mapping[str, Any]]) -> list[Component]:
    """Heading, table and how one is made; of none only that."""
    head = html.H2("Exports")
    how = html.P(sentence(_HOW), className="hint")
    if not exports:
        return [head, html.P("No file is written regularly."), how]
    made = html.Table(
        [
            html.Caption("Scheduled exports; times are UTC.", className="visually-hidden"),
            html.Thead(
                html.Tr([html.Th(h, scope="col", className="number" if h in _NUMBERS else "") for h in _HEADINGS])
            ),
            html.Tbody([_row(export) for export in exports]),
        ],
        className="exports",
    )
    return [head, scrolling(made, "Table of scheduled exports"), how]


def _row(export: Mapping[str, Any]) -> Component:
    what = html.A(export["what"], href=export["link"]) if export["link"] else export["what"]
    return html.Tr(
        [
            html.Th(export["name"], scope="row"),
            html.Td(
                [html.Div(what, title=export["what"], className="clamped"), html.Span(export["format"], className="by")]
            ),
            html.Td(export["when"]),
            html.Td(_next_run(export)),
            html.Td(_last_run(export)),
            html.Td(html.Span(export["file"], className="moment") if export["file"] else absent("none yet")),
            html.Td(f"{export['rows']:,}" if export["rows"] is not None else "", className="number"),
            html.Td(sentence(export["error"] or ""), className="caveat"),
        ],
        key=export["name"],
    )


def _next_run(export: Mapping[str, Any]) -> Any:
    if export["paused"]:
        return absent("paused")
    return html.Span(export["next_run"], className="moment") if export["next_run"] else absent("after a refresh")


def _last_run(export: Mapping[str, Any]) -> Sequence[Any]:
    if export["last_run"] is None:
        return [absent("never")]
    outcome = export["outcome"]
    return [html.Span(export["last_run"], className="moment"), pill(_PILLS[outcome], outcome)]
