"""A ranking: place, name, value with its interval, how it moves in a word, and its course.

Rows are plain dicts: `id`, `name`, `rank`; optional are `href` (else the technology's page), `kind`, `value`, `low`,
`high`, `momentum` (points a year), `momentum_low`, `momentum_high`, `tier` (surging, rising, steady, falling, fading),
`course` (values for the sparkline, None where missing), `colour`, `remark`. Columns without any value are left out.
The browser sorts (assets/view_tables.js).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.charts import sparkline
from dashboard.components import figures
from dashboard.components.attributes import attributes

Row = Mapping[str, Any]

TIERS: Final = {"surging": "⇈", "rising": "↑", "steady": "→", "falling": "↓", "fading": "⇊"}
"""How a share moves, in a word, with an arrow: never by colour alone."""


def ranking_table(
    rows: Sequence[Row], *, caption: str, value: str = "Share", unit: str = "%", digits: int = 3, course: str = "Course"
) -> Component:
    """The table; `value` and `course` head their columns, `unit` follows each value."""
    if not rows:
        return html.P("There is nothing to rank here.", className="absent")
    columns = [c for c in _columns(value, unit, digits, course) if any(row.get(c[1]) not in _EMPTY for row in rows)]
    heads = [_head(name, key, number) for name, key, number, _ in columns]
    lines = [
        html.Tr([_cell(key, number, make, row) for _, key, number, make in columns], key=str(row["id"])) for row in rows
    ]
    table = html.Table(
        [
            html.Caption(caption, className="visually-hidden"),
            html.Thead(html.Tr(heads)),
            html.Tbody(lines),
        ],
        className="ranking",
    )
    return html.Div(table, className="scrolling", tabIndex="0", role="region", **attributes(aria_label=caption))


_EMPTY: Final[tuple[Any, ...]] = (None, [], ())
_Column = tuple[str, str, bool, Callable[[Row], Any]]
"""Heading, key of the row, whether it is a number, and what fills the cell."""


def _columns(value: str, unit: str, digits: int, course: str) -> list[_Column]:
    return [
        ("Rank", "rank", True, lambda row: figures.number(row["rank"])),
        ("Name", "name", False, _name),
        (value, "value", True, lambda row: _with_interval(row, "value", "low", "high", digits, unit)),
        ("Momentum", "momentum", True, _momentum),
        (course, "course", False, _course),
    ]


def _head(name: str, key: str, number: bool) -> Component:
    if key == "course":
        return html.Th(name, scope="col")
    first = "descending" if key in ("value", "momentum") else "ascending"
    button = html.Button(
        [name, html.Span(className="order", **attributes(aria_hidden="true"))],
        type="button",
        **attributes(data_action="sort", data_first=first),
    )
    order = {"aria_sort": "ascending"} if key == "rank" else {}
    return html.Th(button, scope="col", className="number" if number else "", **attributes(**order))


def _cell(key: str, number: bool, make: Callable[[Row], Any], row: Row) -> Component:
    given = row.get(key)
    # what is sorted by, apart from how it is written
    named = {} if key == "course" or given in _EMPTY else {"data_by": str(given)}
    shown = figures.number(None) if given in _EMPTY else make(row)
    if key == "name":
        return html.Th(shown, scope="row", **attributes(**named))
    return html.Td(shown, className="number" if number else "", **attributes(**named))


def _name(row: Row) -> list[Any]:
    link = html.A(row["name"], href=row.get("href") or f"/technology/{row['id']}", **attributes(data_carry="true"))
    more = [html.Span(row["remark"], className="by")] if row.get("remark") else []
    return [link, *more]


def _with_interval(row: Row, key: str, low: str, high: str, digits: int, unit: str) -> list[Any]:
    shown: list[Any] = [figures.number(row[key], digits, unit)]
    if row.get(low) is not None and row.get(high) is not None:
        shown.append(html.Span(figures.interval(row[low], row[high], digits), className="by"))
    return shown


def _momentum(row: Row) -> list[Any]:
    """The tier in a word, the points a year below it; the figure alone where there is no tier."""
    points: list[Any] = [figures.number(row["momentum"], 2, signed=True)]
    if row.get("momentum_low") is not None and row.get("momentum_high") is not None:
        points += [" (", *figures.interval(row["momentum_low"], row["momentum_high"]), ")"]
    return [tier(row["tier"]), html.Span(points, className="by")] if row.get("tier") else points


def tier(word: str | None) -> Component:
    """The word for how a share moves, with its arrow."""
    if word is None:
        return figures.number(None)
    arrow = html.Span(TIERS.get(word, ""), className="arrow", **attributes(aria_hidden="true"))
    return html.Span([arrow, word], className=f"tier is-{word}")


def _course(row: Row) -> Component:
    drawn = sparkline.sparkline(row["course"], row.get("colour") or sparkline.NEUTRAL)
    return html.Img(src=sparkline.address(drawn), alt="", width="96", height="24", className="sparkline")
