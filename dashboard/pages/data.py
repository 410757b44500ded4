"""Data: every observation of a selection, row by row, to sort, to narrow and to take along."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.components import blocks, downloads, message, observation_table, pickers
from dashboard.components.attributes import attributes
from dashboard.components.view import Control, View, connect
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views.observation_columns import FIRST, NARROW, SHOWN
from dashboard.views.observations import COLLECTION, observations_view

_ANY: Final = ("use_case", "kind", "technology", "indicator", "source", "region", "segment", "status")
_ONE: Final = ("from", "to", "as_of")
_MENU: Final = "data-downloads"
_PLACEHOLDERS: Final = {
    "technology": "Any technology",
    "indicator": "Any indicator",
    "region": "Any region",
    "segment": "Any segment",
}
FILTERS: Final = (
    *(Control(f"data-{name.replace('_', '-')}", (name,), "any") for name in _ANY),
    *(Control(f"data-{name.replace('_', '-')}", (name,)) for name in _ONE),
)
COLUMNS: Final = Control("data-fields", ("fields",), "list")
CONTROLS: Final = (*FILTERS, COLUMNS)

connect("data", CONTROLS)


def view(query: str) -> View:
    """Everything on this page that depends on the selection."""
    answer = observations_view(current(), query, datetime.now(UTC).date())
    answer |= {"columns_are_first": tuple(answer["columns"]) == FIRST, "narrow": NARROW}
    return View(
        page="data",
        state=answer["state"],
        asked=query,
        query=answer["query"],
        title="Data - Stacktide",
        controls=CONTROLS,
        props={
            "title": {"children": "Data"},
            "subtitle": {"children": answer["headline"]},
            "filters-summary": {"children": _summary(answer["selection"])},
            "message": message.props(answer["message"]),
            "data-nothing": {"children": _nothing(answer), "hidden": bool(answer["number"])},
            "data-api": {"href": f"{downloads.API}/{COLLECTION}?{answer['asked']['file']}"},
            "data-sources": {"children": observation_table.sources(answer["sources"], answer["breaks"])},
            **_pickers(answer),
            **observation_table.props(answer, SHOWN),
            **downloads.props(_MENU, _offer(answer)),
        },
        lazy=observation_table.lazy(answer, SHOWN),
    )


def _pickers(answer: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = pickers.props(CONTROLS, answer["selection"], answer["options"])
    for name, words in _PLACEHOLDERS.items():
        found[f"data-{name}"]["placeholder"] = words
    return found


def _summary(selection: Mapping[str, Any]) -> str:
    """What the folded filters say on a narrow screen."""
    number = sum(bool(selection[name]) for name in (*_ANY, *_ONE))
    return f"{number or 'none'} chosen"


def _nothing(answer: Mapping[str, Any]) -> list[Component]:
    if answer["number"]:
        return []
    links = [html.Li(html.A(e["label"], href=e["href"], **attributes(data_view="true"))) for e in answer["nothing"]]
    return [
        html.Strong("No observation passes this filter"),
        html.P("The parts of the filter leave nothing between them. What has figures:"),
        html.Ul(links),
    ]


def _offer(answer: Mapping[str, Any]) -> downloads.Offer | None:
    if not answer["number"]:
        return None
    asked, number = answer["asked"], answer["number"]
    titles = [each["title"] for each in answer["sources"]]
    return downloads.Offer(
        name="stacktide-observations",
        title="Observations",
        subtitle=answer["headline"],
        source=f"Sources: {', '.join(titles)}. Compiled by Stacktide",
        citation=answer["citation"],
        rows=[
            downloads.Rows("All rows, the columns shown", COLLECTION, asked["file"], number, answer["dates"]),
            downloads.Rows("All rows, all columns", COLLECTION, asked["rows"], number),
        ],
    )


def layout(shown: View) -> Component:
    """The filters beside; columns and ways to take the rows along above them; the rows; their sources."""
    bar = html.Div(
        [
            html.Div(pickers.picker(shown, COLUMNS), className="data-columns"),
            html.A(
                "Copy API link",
                **shown.of("data-api"),
                className="button",
                title="The address under which programs get these rows",
                **attributes(data_action="copy-api"),
            ),
            downloads.menu(shown, _MENU, "Download these rows"),
        ],
        className="drawing data-bar",
    )
    return blocks.page(
        shown,
        bar,
        observation_table.box(shown),
        html.P(id="data-told", className="data-told", role="status", **attributes(aria_live="polite")),
        html.Div(**shown.of("data-nothing"), className="nothing"),
        html.Div(**shown.of("data-sources"), className="data-sources"),
        blocks.see_also([("Trends of the same", "/trends"), ("Methods", "/methods"), ("Sources", "/sources")]),
        filters=pickers.column(shown, FILTERS),
    )


PAGE = Page(
    path="/data",
    name="Data",
    order=8,
    description="Every observation of the selection, row by row: sort, narrow, choose columns, download.",
    view=view,
    layout=layout,
)
