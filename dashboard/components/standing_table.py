"""Where a technology stands, one row per construct: the newest figure, its place, how it moves, its course.

Rows are those of `views.standing.standing`; on a narrow screen each is a block of its own (assets/page_technology.css).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.charts import sparkline
from dashboard.components import figures
from dashboard.components.attributes import attributes
from dashboard.components.ranking_table import tier

Row = Mapping[str, Any]


def standing_table(
    rows: Sequence[Row], *, caption: str, kinds: str, field: str | None, address: Callable[[str], str]
) -> Component:
    """The table; `kinds` are what the place is among, `field` the same within a use case, `address` that of a trend."""
    heads = ("What is counted", "Newest figure", f"Place among {kinds}", "Momentum, points a year", "Course")
    lines = [
        html.Tr(
            [
                html.Th(_what(row, address), scope="row"),
                _cell(heads[1], _figure(row)),
                _cell(heads[2], _places(row, field)),
                _cell(heads[3], _momentum(row)),
                html.Td(_course(row), className="course"),
            ],
            key=row["indicator"],
        )
        for row in rows
    ]
    table = html.Table(
        [
            html.Caption(caption, className="visually-hidden"),
            html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
            html.Tbody(lines),
        ],
        className="standing",
    )
    return html.Div(table, className="scrolling", tabIndex="0", role="region", **attributes(aria_label=caption))


def _cell(head: str, content: list[Any]) -> Component:
    return html.Td(content, **attributes(data_head=head))


def _by(*content: Any) -> Component:
    return html.Span(list(content), className="by")


def _what(row: Row, address: Callable[[str], str]) -> list[Any]:
    link = html.A(
        row["title"], href=address(row["indicator"]), title="Show its trend below", **attributes(data_view="true")
    )
    old = [f", {row['since_newest']:.1f} years before the newest figures here"] if row["since_newest"] else []
    return [html.Span(row["construct"].capitalize()), _by(link), _by(row["period"], *old)]


def _figure(row: Row) -> list[Any]:
    """The value in its unit, what share that is of what, and its interval with the number asked."""
    if row["few"]:
        return [figures.number(None), _by(f"Not shown: {row['few']}")]
    sure = []
    if row["low"] is not None:
        between = figures.interval(row["low"], row["high"], 3, "%")
        sure = [_by(*between, ", n = ", figures.number(row["sample_size"]))]
    if row["is_share"]:
        of = str(row["unit"]).removeprefix("percent ")
        return [figures.number(row["value"], 3, "%"), _by(of), *sure]
    shown = [figures.number(row["value"], 3, str(row["unit"]))]
    if row["share"] is not None:
        of = str(row["share_of"]).removeprefix("percent ")
        shown.append(_by(figures.number(row["share"], 3, "%"), f" {of}"))
    return [*shown, *sure]


def _places(row: Row, field: str | None) -> list[Any]:
    if row["place"] is None:
        return [figures.number(None)]
    inside = [_by(*_place(row["place_inside"]), f" {field}")] if field and row["place_inside"] else []
    return [html.Span(_place(row["place"]), className="figure"), *inside]


def _place(place: tuple[int, int, bool]) -> list[Any]:
    at, of, tied = place
    return [figures.number(at), " of ", figures.number(of), *([" (shared)"] if tied else [])]


def _momentum(row: Row) -> list[Any]:
    if row["momentum"] is None:
        return [figures.number(None), *([_by(row["no_momentum"])] if row["no_momentum"] else [])]
    sure = figures.interval(row["momentum_low"], row["momentum_high"])
    return [tier(row["tier"]), _by(figures.number(row["momentum"], 2, signed=True), " (", *sure, ")")]


def _course(row: Row) -> Component:
    if not row["course"]:
        return figures.number(None)
    drawn = sparkline.sparkline(row["course"])
    return html.Img(src=sparkline.address(drawn), alt="", width="96", height="24", className="sparkline")
