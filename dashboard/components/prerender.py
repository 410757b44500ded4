"""A layout as HTML for the first paint: the page is readable, with its charts, before any script has run.

Elements keep their classes, so that the style sheet gives them the boxes that they will have; ids are left out, since
the live page will have them. Charts are drawn by `charts.still_panels`; controls are shown as they will stand, and do
nothing.
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final

from dash import dcc
from dash.development.base_component import Component

from dashboard.charts import choropleth_still
from dashboard.charts.still_panels import drawn
from dashboard.components import markup
from dashboard.components.markup import below, properties

_LAZY: Final = {"Graph": "dash/dcc/async-graph.js", "Dropdown": "dash/dcc/async-dropdown.js"}
_SLIDER: Final = "dash/dcc/async-slider.js"


def to_html(node: Any) -> str:
    """A component, with all below it, as HTML."""
    return markup.to_html(node, _other, ids=False)


def _other(node: Component) -> str:
    make = _OTHERS.get(type(node).__name__)
    return make(node) if make else ""


def lazy_parts(layout: Component) -> tuple[str, ...]:
    """The bundles of Dash that the components of a layout will ask for, so that the browser can fetch them at once."""
    kinds = {type(each).__name__ for each in below(layout)}
    found = [bundle for kind, bundle in _LAZY.items() if kind in kinds]
    return (*found, *([_SLIDER] if kinds & {"RangeSlider", "Slider"} else []))


def _graph(node: Component) -> str:
    figure = getattr(node, "figure", None) or {}
    chart = drawn(figure) or choropleth_still.still(figure)
    return f'<div class="graph" data-still="{escape(str(properties(node)["id"]), quote=True)}">{chart}</div>'


def _dropdown(node: Component) -> str:
    """A closed picker with what is chosen in it."""
    value = getattr(node, "value", None)
    chosen = value if isinstance(value, list) else [value]
    labels = {each["value"]: each["label"] for each in getattr(node, "options", None) or [] if isinstance(each, dict)}
    words = ", ".join(str(labels.get(each, each)) for each in chosen if each is not None)
    shown = words or getattr(node, "placeholder", None) or " "
    return f'<div class="dash-dropdown still-control"><span>{escape(str(shown))}</span></div>'


def _radio_items(node: Component) -> str:
    value = getattr(node, "value", None)
    labels = ""
    for each in getattr(node, "options", None) or []:
        state = " chosen" if each["value"] == value else " closed" if each.get("disabled") else ""
        labels += f'<span class="still-option{state}">{escape(str(each["label"]))}</span>'
    return f'<div class="segments">{labels}</div>'


def _slider(_: Component) -> str:
    return '<div class="still-slider"></div>'


def _alert(node: Component) -> str:
    return f'<div class="alert alert-{escape(str(getattr(node, "color", "info")))}">{to_html(node.children)}</div>'


_OTHERS: Final[Mapping[str, Callable[[Component], str]]] = {
    dcc.Graph.__name__: _graph,
    dcc.Dropdown.__name__: _dropdown,
    dcc.RadioItems.__name__: _radio_items,
    dcc.RangeSlider.__name__: _slider,
    dcc.Slider.__name__: _slider,
    "Alert": _alert,
}
