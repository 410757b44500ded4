"""A layout as HTML for the first paint: the page is readable, with its charts, before any script has run.

Elements keep their classes, so that the style sheet gives them the boxes that they will have; ids are left out, since
the live page will have them. Charts are drawn by `charts.still`; controls are shown as they will stand, and do nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.charts.still import still
from dashboard.components.embed import below, properties

_VOID: Final = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_NAMES: Final = {"className": "class", "htmlFor": "", "id": "", "key": "", "n_clicks": "", "children": ""}
"""Names of properties that HTML spells otherwise; empty: left out, for what refers to ids says nothing without them."""
_REFERENCES: Final = ("aria-labelledby", "aria-controls", "aria-describedby", "aria-live")
HTML: Final = "data-html"
"""The property that holds the content of an element as HTML already."""
_LAZY: Final = {"Graph": "dash/dcc/async-graph.js", "Dropdown": "dash/dcc/async-dropdown.js"}
_SLIDER: Final = "dash/dcc/async-slider.js"


def to_html(node: Any) -> str:
    """A component, with all below it, as HTML."""
    if node is None or isinstance(node, bool):
        return ""
    if isinstance(node, str | int | float):
        return escape(str(node), quote=False)
    if isinstance(node, Component):
        make = _OTHERS.get(type(node).__name__) if node._namespace != "dash_html_components" else None  # noqa: SLF001
        if node._namespace == "dash_html_components":  # noqa: SLF001 - what tells an element from a component
            return _element(type(node).__name__.lower(), node)
        return make(node) if make else ""
    return "".join(to_html(each) for each in node) if isinstance(node, Iterable) else ""


def lazy_parts(layout: Component) -> tuple[str, ...]:
    """The bundles of Dash that the components of a layout will ask for, so that the browser can fetch them at once."""
    kinds = {type(each).__name__ for each in below(layout)}
    found = [bundle for kind, bundle in _LAZY.items() if kind in kinds]
    return (*found, *([_SLIDER] if kinds & {"RangeSlider", "Slider"} else []))


def _element(tag: str, node: Component) -> str:
    given = properties(node)
    opened = f"<{tag}{''.join(_attribute(name, value) for name, value in given.items())}>"
    return opened if tag in _VOID else f"{opened}{given.get(HTML) or to_html(given.get('children'))}</{tag}>"


def _attribute(name: str, value: Any) -> str:
    written = _NAMES.get(name, name)
    if not written or value is None or value is False or name in _REFERENCES or name == HTML:
        return ""
    if isinstance(value, Mapping):
        value = ";".join(f"{_kebab(key)}:{each}" for key, each in value.items() if each is not None)
    if value is True and not name.startswith(("aria-", "data-")):
        return f" {written.lower()}"
    return f' {written.lower()}="{escape(str(value), quote=True)}"'


def _kebab(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)


def _graph(node: Component) -> str:
    drawn = still(getattr(node, "figure", None) or {})
    return f'<div class="graph" data-still="{escape(str(properties(node)["id"]), quote=True)}">{drawn}</div>'


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
    html.Div.__name__: lambda node: _element("div", node),
}
