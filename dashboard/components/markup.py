"""What goes to the browser: components where something can change by itself, and HTML as text for everything else.

Dash tells every component of a page of every component that appears (plotly/dash #3846 and #3881): a table of a
thousand elements that comes in keeps a browser busy for seconds. So a tree of nothing but HTML elements travels as
text. An element that has an id in the view, or holds something else than HTML, stays a component: `Element`, whose
other half is `assets/element.js`; it shows `html` where it has some, and else its `children`.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from html import escape
from typing import Any, Final

from dash.development.base_component import Component

_HTML: Final = "dash_html_components"
_VOID: Final = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_NAMES: Final = {"className": "class", "htmlFor": "for", "key": "", "n_clicks": "", "children": ""}
"""Names of properties that HTML spells otherwise; empty: left out."""
_REFERRING: Final = ("id", "htmlFor", "aria-labelledby", "aria-controls", "aria-describedby", "aria-live")

Sent = Any
"""What becomes JSON."""


def properties(component: Component) -> dict[str, Any]:
    """The properties of a component, `data-...` and `aria-...` among them."""
    found: dict[str, Any] = component.to_plotly_json()["props"]  # type: ignore[no-untyped-call]
    return found


def below(node: object) -> Iterator[Component]:
    """A component and all below it, from the top down."""
    if isinstance(node, Component):
        yield node
        yield from below(getattr(node, "children", None))
    elif isinstance(node, list | tuple):
        for each in node:
            yield from below(each)


def is_element(node: object) -> bool:
    """Whether a component is an HTML element, and nothing more."""
    return isinstance(node, Component) and node._namespace == _HTML  # noqa: SLF001 - what tells the two apart


def to_html(node: Any, other: Callable[[Component], str], *, ids: bool = True) -> str:
    """A tree as HTML; `other` writes what is no element. Without `ids`, what refers to them is left out as well."""
    if node is None or isinstance(node, bool):
        return ""
    if isinstance(node, str | int | float):
        return escape(str(node), quote=False)
    if isinstance(node, Component):
        return _element(node, other, ids) if is_element(node) else other(node)
    return "".join(to_html(each, other, ids=ids) for each in node) if isinstance(node, Iterable) else ""


def layout(node: Any, live: Container[str]) -> Sent:
    """A layout as it is sent; the elements whose ids are in `live` can be given other properties later."""
    moving: set[int] = set()
    _find_moving(node, live, moving)
    return _sent(node, live, moving)


def props(given: Mapping[str, Any]) -> dict[str, Sent]:
    """The properties of a component of a view as they are sent: `children` of nothing but HTML elements as `html`."""
    if "children" not in given:
        return dict(given)
    moving: set[int] = set()
    _find_moving(given["children"], (), moving)
    return {**given, "html": None, "children": None, **_content(given["children"], (), moving)}


def _find_moving(node: Any, live: Container[str], found: set[int]) -> bool:
    """Collect the components that cannot be sent as text: those with a life of their own, and all above them."""
    if isinstance(node, list | tuple):
        return max((_find_moving(each, live, found) for each in node), default=False)  # looks at all of them
    if not isinstance(node, Component):
        return False
    moves = _find_moving(getattr(node, "children", None), live, found)
    if moves or not is_element(node) or getattr(node, "id", None) in live:
        found.add(id(node))
    return id(node) in found


def _sent(node: Any, live: Container[str], moving: Container[int]) -> Sent:
    if isinstance(node, list | tuple):
        return [_sent(each, live, moving) for each in node]
    if not isinstance(node, Component):
        return node
    given = properties(node)
    if not is_element(node):
        inner = {"children": _sent(given["children"], live, moving)} if "children" in given else {}
        return {"namespace": node._namespace, "type": node._type, "props": {**given, **inner}}  # noqa: SLF001
    content = _content(given.get("children"), live, moving)
    return {
        "namespace": "stacktide_markup",
        "type": "Element",
        "props": {**given, "children": None, **content, "tag": _tag(node)},
    }


def _content(children: Any, live: Container[str], moving: Container[int]) -> dict[str, Sent]:
    """Text and numbers as they are, elements as HTML, and children where one of them moves."""
    several = children if isinstance(children, list | tuple) else [children]
    components = [each for each in several if isinstance(each, Component)]
    if components and not any(id(each) in moving for each in components):
        return {"html": to_html(children, _no_other)}
    return {"children": _sent(children, live, moving)}


def _no_other(component: Component) -> str:
    raise AssertionError(f"{type(component).__name__} is no HTML element")


def _tag(node: Component) -> str:
    return type(node).__name__.lower()


def _element(node: Component, other: Callable[[Component], str], ids: bool) -> str:
    tag, given = _tag(node), properties(node)
    shown = (_attribute(name, given[name]) for name in sorted(given) if ids or name not in _REFERRING)
    opened = f"<{tag}{''.join(shown)}>"
    return opened if tag in _VOID else f"{opened}{to_html(given.get('children'), other, ids=ids)}</{tag}>"


def _attribute(name: str, value: Any) -> str:
    written = _NAMES.get(name, name)
    if not written or value is None or value is False:
        return ""
    if isinstance(value, Mapping):
        value = ";".join(f"{_kebab(key)}:{each}" for key, each in value.items() if each is not None)
    if value is True and not name.startswith(("aria-", "data-")):
        return f" {written.lower()}"
    return f' {written.lower()}="{escape(str(value), quote=True)}"'


def _kebab(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)
