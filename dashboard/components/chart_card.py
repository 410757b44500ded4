"""A chart with all that belongs to it: heading, legend, table twin, downloads, note, text; many on a page.

A card is filled by one plain dict, the chart answer of a view:

    figure      {"data": [...], "layout": {...}}; empty data hide the chart: say why in `message`
    sentence    what the chart shows, for those who do not see it
    title, subtitle
    table       {"columns": [{"field", "headerName", "type"}], "rows": [...]} (optional)
    note        see `components.note.children` (optional)
    downloads   {"view": {"collection", "query", "number"}, "all": ..., "behind": ...}: rows of the API: what is shown,
                its series in full, or the observations from which the page counted places (all optional)
    filename    stem of the picture's name (optional)
    tall        heights in pixels, wide and narrow, where they depend on what is shown (optional)
    legend      whether names stand beside the chart (optional; they do)
    as_of       {"line"}: which earlier state is shown (optional)
    message     see `components.message.props` (optional)

Cards are named on their page (`"share"`); the main one may have no name (`""`), and its parts then have plain ids.
"""

from collections.abc import Mapping
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.components import chart, downloads, message, note, table
from dashboard.components.attributes import attributes
from dashboard.components.view import Lazy, View, part

ChartAnswer = Mapping[str, Any]
"""Everything that a view says of one chart."""

_HEADINGS: Final = {2: html.H2, 3: html.H3}
_ROWS: Final = {
    "view": "This view",
    "all": "All rows of these series",
    "behind": "Observations behind these places",
}
_DATES: Final = ("period_start", "break", "vintage", "retrieved_on")
"""Columns that hold days."""


def props(cards: Mapping[str, ChartAnswer]) -> dict[str, dict[str, Any]]:
    """The properties of every part of the cards of a page, by name."""
    found: dict[str, dict[str, Any]] = {}
    for card, answer in cards.items():
        drawn = bool(answer["figure"]["data"])
        found |= {
            part(card, "title"): {"children": answer["title"]},
            part(card, "subtitle"): {"children": answer["subtitle"]},
            part(card, "sentence"): {"children": answer["sentence"]},
            part(card, "message"): message.props(answer.get("message")),
            part(card, "note"): {"children": note.folded(answer.get("note"))},
            part(card, "switch"): {"hidden": not (drawn and answer.get("table"))},
            **chart.props(answer, card),
            **downloads.props(part(card, "downloads"), offer(answer, card)),
        }
    return found


def lazy(cards: Mapping[str, ChartAnswer]) -> dict[str, Lazy]:
    """The table twins, each mounted when its card is first switched to the table."""
    return {
        part(card, "table-panel"): table.lazy(answer["table"], card)
        for card, answer in cards.items()
        if answer.get("table")
    }


def offer(answer: ChartAnswer, card: str = "") -> downloads.Offer | None:
    """What the download menu of a card offers; nothing where nothing is shown."""
    if not answer["figure"]["data"]:
        return None
    facts, rows = answer.get("note") or {}, answer.get("downloads") or {}
    as_of = (answer.get("as_of") or {}).get("line", "")
    day = f", retrieved on {facts['retrieved_on']}" if facts.get("retrieved_on") else ""
    cited = [f"{facts['citation'].rstrip('.')}{day}" if facts.get("citation") else "", "Compiled by Stacktide", as_of]
    return downloads.Offer(
        name=answer.get("filename") or "stacktide",
        title=answer["title"],
        subtitle=answer["subtitle"],
        source=". ".join(each for each in (downloads.source_line(facts), as_of, "Compiled by Stacktide") if each),
        citation=". ".join(each for each in cited if each),
        notes=[f"{number}: {_break(each)}" for number, each in enumerate(facts.get("breaks") or (), start=1)],
        chart=part(card, "chart"),
        table=part(card, "table-panel") if answer.get("table") else None,
        rows=[downloads.Rows(_ROWS[key], **each, dates=_DATES) for key, each in rows.items()],
    )


def _break(told: Mapping[str, Any]) -> str:
    """A break as a note below the picture, which explains its number in the chart."""
    until = f" to {told['until']}" if told["until"] else ""
    return f"break of {told['date']}{until}. {told['what']}"


def body(view: View, card: str = "") -> Component:
    """Chart and table twin alone, for a page that puts everything else around them itself, its download menu, too."""
    menu = part(card, "downloads")
    return html.Div(
        [
            chart.chart(view, card, downloads.corner(menu, "Download this chart")),
            table.panel(view, card, downloads.corner(menu, "Download this table", ("files", "copy"))),
        ],
        className="chart-card bare",
        id=part(card, "card"),
        **attributes(data_card=card, data_tab="chart"),
    )


def chart_card(view: View, card: str, *, level: int = 2, size: str = "") -> Component:
    """The whole card of one chart.

    `level` is that of its heading (2 or 3); `size` is `small` for one of many beside each other, where the legend
    goes below.
    """
    title = part(card, "title")
    switch = html.Div(
        [_tab("chart", "Chart", pressed=True), _tab("table", "Table", pressed=False)],
        **view.of(part(card, "switch")),
        className="card-switch",
        role="group",
        **attributes(aria_label="View as"),
    )
    head = html.Div(
        [
            html.Div(
                [_HEADINGS[level](**view.of(title)), html.P(**view.of(part(card, "subtitle")), className="subtitle")]
            ),
            switch,
        ],
        className="card-head",
    )
    return html.Section(
        [
            head,
            html.Div(**view.of(part(card, "message")), role="status"),
            chart.chart(view, card),
            table.panel(view, card),
            html.P(**view.of(part(card, "sentence")), className="visually-hidden"),
            html.Div(**view.of(part(card, "note")), className="card-note"),
            downloads.menu(view, part(card, "downloads"), "Download this chart", "above"),
        ],
        className=f"chart-card {size}".strip(),
        id=part(card, "card"),
        **attributes(data_card=card, data_tab="chart", aria_labelledby=title),
    )


def _tab(tab: str, words: str, *, pressed: bool) -> Component:
    return html.Button(
        words,
        type="button",
        **attributes(data_action="card-tab", data_tab=tab, aria_pressed="true" if pressed else "false"),
    )
