"""The tables of Compare: places with percents and momentum, bias cards by source, agreement of pairs, facts."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components import figures
from dashboard.components.attributes import attributes
from dashboard.components.ranking_table import tier
from dashboard.components.sentence import capital

Row = Mapping[str, Any]
Names = Mapping[str, str]


def standing(rows: Sequence[Row], names: Names) -> Component:
    """Places by construct; under each the percent with its interval, and how it moves."""
    lines = [
        [
            [
                html.Strong(capital(row["construct"])),
                html.Span([row["title"], ", ", row["period"], _pooled(row)], className="by"),
                html.Span(capital(row["percent_of"]), className="by"),
            ],
            *(_place(row["cells"].get(t), row["of"]) for t in names),
        ]
        for row in rows
    ]
    return _table(
        "Place, percent and momentum by construct", ["Evidence", *_technologies(names)], lines, "by-construct"
    )


def reasons(rows: Sequence[Row]) -> Component:
    """What each source counts, the order that it gives, and what must be known of it."""
    lines = [
        [
            [
                html.Strong(capital(row["construct"])),
                html.Span(
                    [html.A(row["source"], href=row["homepage"], rel="noopener"), f", {row['period']}"], className="by"
                ),
            ],
            _order(row["order"]),
            [row["caveat"], html.Span(row["licence"], className="by")],
        ]
        for row in rows
    ]
    return _table("Why sources differ", ["Source", "Its order", "What you must know of it"], lines, "by-source")


def agreement(rows: Sequence[Row]) -> Component:
    """Kendall's tau of every pair, the widest conflict first."""
    lines = [
        [
            [row["first"], html.Span(row["second"], className="by")],
            figures.number(row["tau"], 2),
            figures.number(row["p"], 2),
            figures.number(row["n"]),
            figures.number(row["years_apart"], 2),
        ]
        for row in rows
    ]
    heads = ["Pair", "Kendall tau", "p", "Technologies", "Years apart"]
    return _table("Agreement of each pair of sources", heads, lines, "by-pair", numbers=True)


def facts(rows: Sequence[Row], names: Names) -> Component:
    """What no series tells, each with a link to the page that shows it."""
    lines = [[row["title"], *(_facts(row["cells"].get(t) or []) for t in names)] for row in rows]
    return _table("Facts side by side", ["Fact", *_technologies(names)], lines, "by-fact")


def presets(rows: Sequence[Row]) -> Component:
    """Ready comparisons as tiles."""
    tiles = [
        html.Li(
            html.A(
                [
                    html.Strong(row["title"]),
                    html.Span(row["text"], className="text"),
                    html.Span(row["remark"], className="by"),
                ],
                href=f"?{row['query']}",
                className="tile",
                **attributes(data_view="true"),
            )
        )
        for row in rows
    ]
    return html.Ul(tiles, className="tiles")


def _order(order: Sequence[tuple[int, str]]) -> Component:
    if len(order) == 1:
        return html.Span(f"{order[0][1]} alone: no order", className="absent")
    return html.Ol([html.Li(f"{place}. {name}") for place, name in order], className="order-of")


def _technologies(names: Names) -> list[Any]:
    return [html.A(name, href=f"/technology/{t}", **attributes(data_carry="true")) for t, name in names.items()]


def _pooled(row: Row) -> str:
    return f", {row['pooled']} months together" if row["pooled"] > 1 else ""


def _place(cell: Row | None, of: int) -> Any:
    if cell is None:
        return html.Span("no figure", className="absent")
    if cell["small"]:
        return html.Span("fewer than 10 asked: not shown", className="absent")
    shared = " (shared)" if cell["tied"] else ""
    shown: list[Any] = [html.Span([html.Strong(figures.number(cell["place"]), className="place"), f" of {of}{shared}"])]
    if cell["percent"] is not None:
        shown.append(html.Span(_percent(cell), className="by"))
    if cell["tier"] is not None:
        moved = [
            tier(cell["tier"]),
            " ",
            figures.number(cell["momentum"], 2, signed=True),
            " (",
            *figures.interval(cell["momentum_low"], cell["momentum_high"]),
            ")",
        ]
        shown.append(html.Span(moved, className="by"))
    elif cell["no_momentum"]:
        shown.append(html.Span(f"no slope: {cell['no_momentum']}", className="by"))
    return shown


def _percent(cell: Row) -> list[Any]:
    shown: list[Any] = [figures.number(cell["percent"], 3, "%")]
    if cell["low"] is not None:
        shown += [" (", *figures.interval(cell["low"], cell["high"], 3), ")"]
    if cell["low"] is not None and cell["sample_size"] is not None:
        shown += [", ", html.Span(["n = ", figures.number(cell["sample_size"])], className="figure")]
    return shown


def _facts(cell: Sequence[Row]) -> Any:
    if not cell:
        return html.Span("–", className="absent", **attributes(aria_label="not known"))
    shown: list[Any] = []
    for position, each in enumerate(cell):
        if position:
            shown.append(", ")
        shown.append(_fact(each))
        if each.get("remark"):
            shown.append(html.Span(each["remark"], className="by"))
    return shown


def _fact(each: Row) -> Any:
    if each.get("href"):
        return html.A(each["text"], href=each["href"], rel="noopener")
    for kind, root in (("technology", "technology"), ("use_case", "use-case")):
        if each.get(kind):
            return html.A(each["text"], href=f"/{root}/{each[kind]}")
    return each["text"]


def _table(
    caption: str, heads: Sequence[Any], lines: Sequence[Sequence[Any]], kind: str, numbers: bool = False
) -> Component:
    """The first cell of each line is its heading; wide tables scroll sideways."""
    if not lines:
        return html.P("There is nothing to list here.", className="absent")
    number = "number" if numbers else ""
    table = html.Table(
        [
            html.Caption(caption, className="visually-hidden"),
            html.Thead(
                html.Tr([html.Th(head, scope="col", className=number if i else "") for i, head in enumerate(heads)])
            ),
            html.Tbody(
                [
                    html.Tr([html.Th(line[0], scope="row"), *(html.Td(cell, className=number) for cell in line[1:])])
                    for line in lines
                ]
            ),
        ],
        className=f"compared {kind}",
    )
    return html.Div(table, className="scrolling", tabIndex="0", role="region", **attributes(aria_label=caption))
