"""Take it with you: one menu with pictures, files and texts of what a chart, a table or a page shows.

A page makes an `Offer` and places its `menu`, which has a button of its own; the `corner` of a chart or a table is a
further button for the same menu. `assets/view_downloads.js` opens it and leads through it; `assets/view_files.js` asks
for files and tells what went wrong, `view_picture.js` draws the pictures, `view_texts.js` makes the texts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from dashboard.components.view import View

Part = Literal["picture", "files", "copy"]

API: Final = "/api/v1"
_FORMATS: Final = (
    ("CSV", "csv", ""),
    ("CSV for spreadsheets", "csv", "spreadsheet=true"),
    ("XLSX", "xlsx", ""),
    ("JSON", "json", ""),
    ("NDJSON", "ndjson", ""),
    ("Parquet", "parquet", ""),
)
"""Name on the screen, ending of the address, and what is asked for beside the selection."""
_HINTS: Final = {
    "CSV for spreadsheets": "As CSV, with cells that a spreadsheet would take for formulas made harmless",
    "NDJSON": "One JSON object per line",
}
_PICTURES: Final = (("PNG", "png", 1), ("PNG, 2×", "png", 2), ("SVG", "svg", 1), ("SVG, 2×", "svg", 2))


@dataclass(frozen=True)
class Rows:
    """Rows of one collection of the API that can be taken in every format.

    `query` is without `?`; `number` counts the rows where that is known; `dates` names the columns that hold days.
    """

    label: str
    collection: str
    query: str = ""
    number: int | None = None
    dates: Sequence[str] = ()

    def address(self, file_format: str, more: str = "") -> str:
        """The address of these rows as a file."""
        query = "&".join(part for part in (self.query, more) if part)
        return f"{API}/{self.collection}.{file_format}{'?' if query else ''}{query}"


@dataclass(frozen=True)
class Offer:
    """All that one menu offers, and the words that pictures and copied texts carry.

    `name` is the stem of the file names of pictures. `chart` is the id of the `dcc.Graph` that can be taken as a
    picture, `table` the id of the element that holds the table (or of the panel in which a view mounts it). `source` is
    one line: source, publisher, day of retrieval, licence; `citation` says how to cite; `notes` stand below a picture.
    The Python text reads the first of `rows`.
    """

    name: str
    title: str
    subtitle: str = ""
    source: str = ""
    citation: str = ""
    notes: Sequence[str] = ()
    chart: str | None = None
    table: str | None = None
    rows: Sequence[Rows] = ()


def props(menu_id: str, offer: Offer | None) -> dict[str, dict[str, Any]]:
    """The properties of a menu, by component id; without an offer there is nothing to take, and no button."""
    if offer is None:
        return {menu_id: {"children": [], "data-offer": ""}, f"{menu_id}-place": {"hidden": True}}
    groups = [*_pictures(menu_id, offer), *_files(menu_id, offer), *_copies(menu_id, offer)]
    return {menu_id: {"children": groups, "data-offer": _words(offer)}, f"{menu_id}-place": {"hidden": False}}


def menu(view: View, menu_id: str, label: str, place: Literal["below", "above"] = "below") -> Component:
    """The menu and its own button, whose name for screen readers is `label`, `below` or `above` what it is about."""
    items = html.Div(**view.of(menu_id), role="menu", className="menu-items", **attributes(aria_label=label))
    # what is told below the items belongs to the browser, so it has no content of its own here
    told = html.Div(className="menu-told")
    popover = html.Div([items, told], id=f"{menu_id}-popover", className="menu", **attributes(data_menu=menu_id))
    return html.Div([button(menu_id, label), popover], **view.of(f"{menu_id}-place"), className=f"downloads {place}")


def button(menu_id: str, label: str, parts: Sequence[Part] = ("picture", "files", "copy")) -> Component:
    """A button that opens a menu in full: with its word."""
    return _opener(menu_id, label, parts, "button", html.Span("Download", **attributes(aria_hidden="true")))


def corner(menu_id: str, label: str, parts: Sequence[Part] = ("picture", "files", "copy")) -> Component:
    """A small button without a word that opens a menu from the corner of a chart or a table."""
    return _opener(menu_id, label, parts, "corner")


def _opener(menu_id: str, label: str, parts: Sequence[Part], kind: str, *content: Component) -> Component:
    arrow = html.Span(className="arrow-down", **attributes(aria_hidden="true"))
    return html.Button(
        [arrow, *content],
        type="button",
        className=f"{kind} opener",
        title=label,
        **attributes(
            aria_label=label,
            aria_haspopup="menu",
            aria_expanded="false",
            aria_controls=f"{menu_id}-popover",
            data_action="menu",
            data_parts=" ".join(parts),
        ),
    )


def _words(offer: Offer) -> str:
    """What the browser must know to draw pictures and to make texts."""
    words = {name: value for name, value in asdict(offer).items() if name != "rows"}
    first = next(iter(offer.rows), None)
    read = {"address": first.address("csv"), "dates": list(first.dates)} if first else None
    return json.dumps({**words, "read": read}, ensure_ascii=False, separators=(",", ":"))


def _group(
    group_id: str, part: Part, title: str, items: Sequence[Component], beside: str = "", hint: str = ""
) -> Component:
    head = html.Div(
        [html.Span(title, className="menu-title"), html.Span(beside, className="menu-beside")],
        id=group_id,
        title=hint or None,
        className="menu-head",
    )
    return html.Div(
        [head, html.Div(items, className="menu-row", role="presentation")],
        role="group",
        className="menu-group",
        key=group_id,
        **attributes(data_part=part, aria_labelledby=group_id),
    )


def _press(words: str, hint: str = "", **data: str) -> Component:
    return html.Button(
        words,
        type="button",
        role="menuitem",
        className="chip",
        tabIndex="-1",
        title=hint or None,
        **attributes(**data),
    )


def _file(words: str, rows: Rows, file_format: str, more: str = "") -> Component:
    """A link to a file; what the browser makes in the background it learns from the data beside it."""
    known = {} if rows.number is None else {"data_rows": str(rows.number)}
    return html.A(
        words,
        href=rows.address(file_format, more),
        download="",
        role="menuitem",
        className="chip",
        tabIndex="-1",
        title=_HINTS.get(words),
        **attributes(
            data_action="file", data_collection=rows.collection, data_format=file_format, data_query=rows.query, **known
        ),
    )


def _pictures(menu_id: str, offer: Offer) -> list[Component]:
    if offer.chart is None:
        return []
    items = [
        _press(words, data_action="picture", data_format=file_format, data_scale=str(scale))
        for words, file_format, scale in _PICTURES
    ]
    return [_group(f"{menu_id}-picture", "picture", "Picture of the chart", items)]


def _files(menu_id: str, offer: Offer) -> list[Component]:
    if not offer.rows:
        return []
    groups = [
        _group(
            f"{menu_id}-rows-{position}",
            "files",
            rows.label,
            [_file(words, rows, ending, more) for words, ending, more in _FORMATS],
            _counted(rows.number),
        )
        for position, rows in enumerate(offer.rows)
    ]
    bundles = [_file(rows.label, rows, "zip") for rows in offer.rows]
    holds = "A ZIP with the data as CSV, technologies, indicators, sources, breaks, citation and a description of all"
    return [
        *groups,
        _group(f"{menu_id}-bundle", "files", "Whole bundle (ZIP)", bundles, "data, description, citation", holds),
    ]


def _copies(menu_id: str, offer: Offer) -> list[Component]:
    items = [_press("Link", data_action="copy", data_copy="link")]
    if offer.table is not None:
        items.append(_press("Table as CSV", data_action="copy", data_copy="csv"))
        items.append(_press("Table as Markdown", data_action="copy", data_copy="markdown"))
    if offer.rows:
        hint = "Lines for pandas that read these figures"
        items.append(_press("Python", hint, data_action="copy", data_copy="python"))
    return [_group(f"{menu_id}-copy", "copy", "Copy", items)]


def _counted(number: int | None) -> str:
    if number is None:
        return ""
    return "1 row" if number == 1 else f"{number:,} rows"


def source_line(facts: Mapping[str, Any] | None) -> str:
    """Source, publisher, day of retrieval and licence of the note under a chart, as one line."""
    if not facts:
        return ""
    source = ", ".join(str(facts[key]) for key in ("source", "publisher") if facts.get(key))
    when = f"Retrieved on {facts['retrieved_on']}" if facts.get("retrieved_on") else ""
    licence = (facts.get("licence") or {}).get("title", "")
    return ". ".join(part for part in (f"Source: {source}" if source else "", when, licence) if part)
