"""The table twin of a chart, in AG Grid, whose bundle is fetched when the table is first opened."""

from collections.abc import Mapping
from typing import Any, Final

import dash_ag_grid
from dash import html
from dash.development.base_component import Component

from dashboard.components.view import Lazy, View, part

BUNDLE: Final = f"/_dash-component-suites/dash_ag_grid/dash_ag_grid.min.js?v={dash_ag_grid.__version__}"

for _script in dash_ag_grid._js_dist:  # noqa: SLF001 - the one way to say that a bundle is asked for later
    if "async" not in _script:
        _script["dynamic"] = True


def grid(table: Mapping[str, Any], card: str = "") -> Component:
    """The grid: the first column (the period) stays in sight, figures in the reader's way of writing numbers."""
    made: Component = dash_ag_grid.AgGrid(
        id=part(card, "grid"),
        className="grid",
        columnDefs=[_column(column, first=position == 0) for position, column in enumerate(table["columns"])],
        rowData=list(table["rows"]),
        columnSize="autoSize",
        defaultColDef={"sortable": True, "resizable": True, "suppressMovable": True, "minWidth": 90},
        dashGridOptions={
            "suppressFieldDotNotation": True,
            "ensureDomOrder": True,
            "enableCellTextSelection": True,
            "rowHeight": 34,
            "headerHeight": 38,
        },
        style={"height": None},
    )
    return made


def lazy(table: Mapping[str, Any], card: str = "") -> Lazy:
    """The grid, to be mounted when it is first looked at."""
    return Lazy(grid(table, card), BUNDLE)


def _column(column: Mapping[str, Any], *, first: bool) -> dict[str, Any]:
    """`type` is the view's word for how values are written; AG Grid has other types of its own."""
    kept = {key: value for key, value in column.items() if key != "type"}
    if first:
        return {**kept, "pinned": "left", "lockPinned": True, "minWidth": 110}
    if column.get("type") != "number":
        return kept
    return {**kept, "type": "rightAligned", "valueFormatter": {"function": "stacktideNumber(params.value)"}}


def panel(view: View, card: str = "", corner: Component | None = None) -> Component:
    """The place of the table, with a button in its `corner`; the grid is mounted in it when it is first opened."""
    place = html.Div(**view.of(part(card, "table-panel")))
    return html.Div([*([corner] if corner else []), place], className="table-panel")
