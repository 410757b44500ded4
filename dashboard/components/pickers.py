"""Controls that any page can have, each bound to its parameters of the address.

A page takes those that it needs, by name, and gets their `Control`s, properties and components:

    CONTROLS = pickers.controls("compare", "use_case", "technology", "region", "as_of")
    connect("compare", CONTROLS)
    props = pickers.props(CONTROLS, selection, options)          # in `view`
    pickers.column(shown, CONTROLS)                              # in `layout`

Ids begin with the page's (`compare-technology`): no two pages share one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from dashboard.components.filters import grouped
from dashboard.components.view import Control, View

Options = Mapping[str, Sequence[Mapping[str, Any]]]

_CHOOSES: Final = {"use_case": ("technology",), "kind": ("technology",), "indicator": ("segment",)}
"""What a change makes void: technologies were chosen for the use case before."""
_LABELS: Final = {
    "use_case": ("Use case", "Any use case"),
    "kind": ("Kind", "Any kind"),
    "technology": ("Technologies", "Search a technology"),
    "indicator": ("Indicator", "Indicator"),
    "region": ("Region", "World"),
    "segment": ("Segment", "All"),
    "source": ("Source", "Any source"),
    "as_of": ("As of", "The newest"),
    "status": ("Status", "Any status"),
    "from": ("From", "The first"),
    "to": ("To", "The last"),
    "fields": ("Columns", "Columns"),
}
"""Parameter -> label, and what the picker says when nothing is chosen."""
_MANY: Final = ("list", "any")
_ALWAYS_ONE: Final = ("indicator", "region", "segment", "fields")
_UNSEARCHED: Final = ("kind", "as_of")
_SEARCH: Final = "technology"


def controls(page: str, *names: str, clears: Mapping[str, tuple[str, ...]] | None = None) -> tuple[Control, ...]:
    """The controls of a page; `clears` adds to, or replaces, what a change of each makes void."""
    void = {**_CHOOSES, **(clears or {})}
    return tuple(
        Control(
            f"{page}-{name.replace('_', '-')}",
            (name,),
            "list" if name == "technology" else "one",
            clears=tuple(each for each in void.get(name, ()) if each != name),
        )
        for name in names
    )


def props(controls_: Sequence[Control], selection: Mapping[str, Any], options: Options) -> dict[str, dict[str, Any]]:
    """The properties of the pickers; `selection` is parameter -> what is chosen, `options` parameter -> what can be."""
    found = {}
    for control in controls_:
        name = control.params[0]
        given = options[name]
        found[control.id] = {
            "options": grouped(given) if name == "indicator" else list(given),
            "value": selection.get(name) or ([] if control.kind in _MANY else None),
        }
    return found


def picker(view: View, control: Control, *, label: str = "", below: Component | None = None) -> Component:
    """One control with its label; `below` stands under it: presets, a hint."""
    (name,) = control.params
    words, nothing = _LABELS[name]
    many = control.kind in _MANY
    more: dict[str, Any] = {"multi": True, "closeOnSelect": False} if many else {}
    made = dcc.Dropdown(
        **{"placeholder": nothing, "maxHeight": 320, **view.of(control.id), **more},
        clearable=control.kind == "any" or name not in _ALWAYS_ONE,
        searchable=name not in _UNSEARCHED,
    )
    words = "Technology" if name == _SEARCH and not many else words
    heading = html.Label(label or words, htmlFor=control.id, id=f"{control.id}-label", className="label")
    marked = {"data_search": "true"} if name == _SEARCH else {}
    return html.Div(
        [heading, made, *([below] if below is not None else [])],
        className="field",
        **view.of(f"{control.id}-field"),
        **attributes(**marked),
    )


def column(view: View, controls_: Sequence[Control], *, presets: Sequence[tuple[str, str]] = ()) -> Component:
    """The controls beside the content; a block that opens on a narrow screen. `presets` are (words, address) of links
    that choose technologies.
    """
    links = html.Div(
        [html.A(words, href=href, className="button", **attributes(data_view="true")) for words, href in presets],
        className="presets",
    )
    fields = [
        picker(view, control, below=links if presets and control.params == (_SEARCH,) else None)
        for control in controls_
        if len(control.params) == 1 and control.params[0] in _LABELS
    ]
    toggle = html.Button(
        [html.Span("Filters"), html.Span(**view.of("filters-summary"), className="summary")],
        type="button",
        className="toggle",
        **attributes(data_action="filters", aria_expanded="false", aria_controls="filters"),
    )
    body = html.Div(fields, id="filters", className="filter-body")
    return html.Section([toggle, body], className="filters", **attributes(aria_label="Filters"))


def row(view: View, controls_: Sequence[Control]) -> Component:
    """The controls in a line above the content, for a page with few."""
    return html.Div([picker(view, control) for control in controls_], className="drawing pickers")
