"""What moved most in one source: a small ranking with its source, its bias card and what is left out."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components import blocks, ranking_table
from dashboard.components.attributes import attributes
from dashboard.components.sentence import capital


def moved_group(group: Mapping[str, Any]) -> Component:
    """One group of technologies: a card per source (`parts`), and the constructs that tell nothing (`silent`)."""
    shown = [_part(each, group["title"]) for each in group["parts"]]
    return html.Section(
        [
            html.H3(group["title"]),
            *([blocks.cards(*shown, least=520)] if shown else [html.P("No source tells of the last year.")]),
            *_silent(group["silent"]),
        ],
        className="moved-group",
    )


def _part(part: Mapping[str, Any], group: str) -> Component:
    heading = f"{part['construct'].capitalize()}: {part['title']}"
    caption = f"{group} that moved most, {heading}"
    table = (
        ranking_table.ranking_table(part["rows"], caption=caption, course=part["course"])
        if part["rows"]
        else html.P("None moved by more than chance explains.", className="absent")
    )
    said = f"{part['source']}, to {part['period']}. {capital(part['of'])}."
    left = f" Left out: {part['left_out']}." if part["left_out"] else ""
    breaks = [html.P(f"Break in this year. {each}") for each in part["breaks"]]
    return html.Article(
        [
            html.H4(heading),
            table,
            html.Div([html.P([said, left]), html.P(f"Known bias: {part['caveat']}"), *breaks], className="by"),
        ],
        className="moved",
        **attributes(data_indicator=part["indicator"]),
    )


def _silent(silent: Sequence[tuple[str, str]]) -> list[Component]:
    if not silent:
        return []
    items = [html.Li(f"{construct.capitalize()}: {why}.") for construct, why in silent]
    return [html.Details([html.Summary("What tells nothing of the last year, and why"), html.Ul(items)])]
