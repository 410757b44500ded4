"""One step of a use-case ladder: a row per language or technology, a column per source that compares them."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components import figures
from dashboard.components.attributes import attributes
from dashboard.components.ranking_table import tier
from dashboard.components.sentence import capital


def ladder_table(matrix: Mapping[str, Any], *, caption: str, first: str = "Name") -> Component:
    """`columns` say construct, source, period and how many have figures; a cell has place, share and tier."""
    heads = [html.Th(first, scope="col"), *(_head(each) for each in matrix["columns"])]
    rows = [
        html.Tr(
            [
                html.Th(_name(row), scope="row"),
                *(html.Td(_cell(each), className="number" if each else "number none") for each in row["cells"]),
            ],
            key=row["id"],
        )
        for row in matrix["rows"]
    ]
    table = html.Table(
        [html.Caption(caption, className="visually-hidden"), html.Thead(html.Tr(heads)), html.Tbody(rows)],
        className="ladder-table",
    )
    return html.Div(table, className="scrolling", tabIndex="0", role="region", **attributes(aria_label=caption))


def _head(column: Mapping[str, Any]) -> Component:
    return html.Th(
        [
            html.Span(column["construct"].capitalize()),
            html.Span(f"{column['source']}, {column['period']}", className="by"),
            html.Span(f"{column['carried']} of {column['of']} with figures", className="by"),
        ],
        scope="col",
        className="number",
    )


def _name(row: Mapping[str, Any]) -> list[Any]:
    link = html.A(row["name"], href=f"/technology/{row['id']}", **attributes(data_carry="true"))
    return [link, *([html.Span(f"Ended in {row['ended']}", className="by")] if row["ended"] else [])]


def _cell(cell: Mapping[str, Any] | None) -> list[Any]:
    if cell is None:
        return [figures.number(None)]
    if cell.get("few"):
        return [html.Span(cell["few"], className="absent")]
    bounds = cell.get("places")
    place = [html.Strong(f"{cell['place']}.")] + ([f" ({bounds[0]} to {bounds[1]})"] if bounds else [])
    share = [figures.number(cell["share"], 2 if cell["share"] < 99.5 else 3, "%")] if cell["share"] is not None else []
    moves = [tier(cell["tier"])] if cell["tier"] else []
    return [html.Span(place, className="place"), html.Span([*share, *moves], className="by")]


def told(columns: Sequence[Mapping[str, Any]]) -> Component:
    """What the shares of each column are of, its licence and its bias card."""
    entries = [
        html.Div(
            [
                html.Dt(f"{each['title']} ({each['source']})"),
                html.Dd(
                    [
                        html.P(f"{capital(each['means'])}."),
                        html.P(f"Known bias: {each['caveat']}"),
                        html.P(f"Licence: {each['licence']}"),
                    ]
                ),
            ],
            className="entry",
        )
        for each in {column["indicator"]: column for column in columns}.values()
    ]
    return html.Details(
        [html.Summary("What these sources count, and what they miss"), html.Dl(entries, className="facts")],
        className="folded",
    )
