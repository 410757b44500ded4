"""Observations in rows: a plain table of the first ones, and the grid that asks the API for all of them.

The grid's half in the browser is assets/view_data.js. Both stand in one box of a fixed height; the plain table is seen
until the grid has its first rows, and on paper.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import dash_ag_grid
from dash import html
from dash.development.base_component import Component

from dashboard.components import figures, table
from dashboard.components.attributes import attributes
from dashboard.components.view import Lazy, View

Columns = Mapping[str, Any]
"""Column -> its heading, form, width and filter: those of `views.observation_columns.SHOWN`."""

CARD: Final = "data"
BLOCK: Final = 100
"""Rows that are asked for at once."""
_ROW_HEIGHT: Final = 34
_LARGEST_FIRST: Final = ("number", "period", "day")
_LISTED: Final = "StacktideListed"
_BETWEEN: Final = "StacktideBetween"


def props(answer: Mapping[str, Any], columns: Columns) -> dict[str, dict[str, Any]]:
    """The properties of the box, by component id; hidden where there is no row."""
    asked = {
        "query": answer["asked"]["rows"],
        "columns": answer["columns"],
        "order": answer["order"],
        "rows": answer["number"],
        "version": answer["version"],
        "chosen": answer["selection"],
        "first": answer["columns_are_first"],
        "narrow": answer["narrow"],
    }
    return {
        "data-box": {
            "hidden": not answer["number"],
            "data-asked": json.dumps(asked, separators=(",", ":")),
        },
        "data-plain": {"children": plain(answer, columns) if answer["number"] else []},
    }


def lazy(answer: Mapping[str, Any], columns: Columns) -> dict[str, Lazy]:
    """The grid, to be mounted as soon as the page is there; the same for every selection."""
    return {f"{CARD}-table-panel": Lazy(grid(answer["names"], columns), table.BUNDLE)}


def box(view: View) -> Component:
    """The place of both."""
    first = html.Div(
        **view.of("data-plain"),
        className="scrolling",
        role="region",
        tabIndex="0",
        **attributes(aria_label="First rows"),
    )
    panel = html.Div(**view.of(f"{CARD}-table-panel"), className="data-grid")
    return html.Div(
        [first, panel], **view.of("data-box"), className="data-box", **attributes(data_card=CARD, data_tab="table")
    )


def plain(answer: Mapping[str, Any], columns: Columns) -> Component:
    """The first rows as a plain table."""
    shown = answer["columns"]
    total, told = answer["number"], len(answer["rows"])
    caption = "All rows" if told == total else f"The first {told} of {total:,} rows"
    heads = [
        html.Th(columns[name].heading, scope="col", className=_kind(columns[name].form, name, answer)) for name in shown
    ]
    lines = [
        html.Tr(
            [
                html.Td(
                    _cell(row, name, columns[name].form, answer["names"]),
                    className=_kind(columns[name].form, name, answer),
                )
                for name in shown
            ]
        )
        for row in answer["rows"]
    ]
    return html.Table([html.Caption(caption), html.Thead(html.Tr(heads)), html.Tbody(lines)], className="data-first")


def _kind(form: str, name: str, answer: Mapping[str, Any]) -> str | None:
    """Figures stand on the right; what a telephone does not show at first is hidden there until the grid is asked."""
    more = "more" if answer["columns_are_first"] and name not in answer["narrow"] else ""
    return " ".join(each for each in ("number" if form == "number" else "", more) if each) or None


def _cell(row: Mapping[str, Any], name: str, form: str, names: Mapping[str, Any]) -> Any:
    value = row[name]
    if value is None:
        return html.Span("–", className="absent", **attributes(aria_label="none"))
    if form == "number":
        return figures.number(value)
    if form == "period":
        return figures.period(value, row["frequency"])
    if isinstance(value, date):
        return figures.day(value)
    if form == "segment":
        return names["segment"].get(row["source"], {}).get(value, value)
    if form == "technology":
        link = html.A(value, href=f"/technology/{row['technology']}")
        return value if row["technology"] == "all" else link
    if form == "source":
        return html.A(names["source"].get(value, value), href=f"/sources?source={value}")
    told = {"name": "indicator"}.get(form, form)
    return names.get(told, {}).get(value, str(value))


def grid(names: Mapping[str, Any], columns: Columns) -> Component:
    """The grid on the API: which columns are seen, in which order, and which rows, the browser says."""
    made: Component = dash_ag_grid.AgGrid(
        id="data-grid",
        className="grid",
        rowModelType="infinite",
        columnDefs=[_column(name, shown) for name, shown in columns.items()],
        defaultColDef={"sortable": True, "resizable": True, "minWidth": 70, "hide": True, "lockPinned": True},
        dashGridOptions={
            "context": {"names": dict(names)},
            "cacheBlockSize": BLOCK,
            "maxBlocksInCache": 20,
            "infiniteInitialRowCount": BLOCK,
            "blockLoadDebounceMillis": 60,
            "suppressFieldDotNotation": True,
            "ensureDomOrder": True,
            "enableCellTextSelection": True,
            "enableBrowserTooltips": True,
            "rowClassRules": {"data-waiting": "!params.data"},
            "rowHeight": _ROW_HEIGHT,
            "headerHeight": 38,
            "suppressDragLeaveHidesColumns": True,
        },
        style={"height": None},
    )
    return made


def _column(name: str, shown: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "field": name,
        "headerName": shown.heading,
        "width": shown.width,
        "sortingOrder": ["desc", "asc"] if shown.form in _LARGEST_FIRST else ["asc", "desc"],
        "valueFormatter": {"function": f"stacktideCell(params, '{shown.form}')"},
        "tooltipValueGetter": {"function": f"stacktideTitle(params, '{shown.form}')"},
    }
    if shown.form == "number":
        made["type"] = "rightAligned"
    if shown.form in ("technology", "source"):
        made["cellRenderer"] = "StacktideLink"
    if shown.filtered:
        made["filter"] = {"function": _BETWEEN if shown.form == "period" else _LISTED}
        made["filterParams"] = {"parameter": shown.filtered}
    return made


def sources(told: Sequence[Mapping[str, Any]], breaks: int) -> list[Component]:
    """The sources of the rows, folded: publisher, licence, day of retrieval and known bias of each."""
    if not told:
        return []
    items = [html.Li(_source(each)) for each in told]
    number = len(told)
    heading = f"{number} {'source' if number == 1 else 'sources'} with licence and known bias"
    said = f"; {breaks} {'break' if breaks == 1 else 'breaks'} of method within these rows" if breaks else ""
    hint = (
        "Rows of one series that differ in Stretch lie on different sides of a break of method, and cannot be compared."
    )
    return [
        html.Details(
            [html.Summary(f"{heading}{said}"), html.Div([*([html.P(hint)] if breaks else []), html.Ul(items)])],
            className="folded",
        )
    ]


def _source(told: Mapping[str, Any]) -> list[Any]:
    day = told["retrieved_on"]
    return [
        html.A(told["title"], href=f"/sources?source={told['id']}"),
        f", {told['publisher']}. {told['licence']}. ",
        *(["Retrieved on ", figures.day(date.fromisoformat(day)), ". "] if day else []),
        html.Span(told["caveat"], className="by"),
    ]
