"""A view: everything on a page that depends on the selection, as properties of the page's components.

The same view fills the layout when a page is opened and travels as JSON whenever a control changes; a page needs no
JavaScript of its own. `assets/view.js` is the other half.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from dash import ClientsideFunction, Dash, Input, dcc
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

from dashboard.components import markup


def _release() -> str:
    modules = sorted(Path(__file__).resolve().parents[1].rglob("*.py"))
    stamps = "".join(f"{module.name}{module.stat().st_mtime_ns}" for module in modules)
    return hashlib.sha256(stamps.encode()).hexdigest()[:8]


RELEASE: Final = _release()
"""Changes with the code, so that a view in a browser's memory does not outlive the components it speaks of."""


@dataclass(frozen=True)
class Control:
    """A component by which the reader changes `params` of the query.

    `kind` says how its value is written: `one` value, a comma-joined `list`, `any` number of values (a list for which
    none is an answer, too), a `range` of positions in `periods` (the ends of the list are left out), or a `tab`, which
    is switched without asking the server. A change also drops the parameters in `clears`: they belong to what was
    chosen before. All pages share one table of callbacks, so an `id` belongs to one page (`components.pickers` begins
    it with the page's).
    """

    id: str
    params: tuple[str, ...]
    kind: Literal["one", "list", "any", "range", "tab"] = "one"
    clears: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lazy:
    """A component that most readers never see, and the address of the bundle that it needs."""

    component: Component
    bundle: str


@dataclass(frozen=True)
class View:
    """The properties of every component that depends on the selection, and what the browser must remember of it.

    `state` is the state of the store (`Snapshot.key`), `asked` the query as it came, `query` its canonical form, `item`
    the id in the address of a page such as `/technology/<id>`. `props` maps a component's id to its properties. `lazy`
    maps the id of a panel to what is mounted in it when the panel is first opened. `carried` are parameters that links
    to other pages take along beside those of `query`: the technology of its page, for one.
    """

    page: str
    state: str
    asked: str
    query: str
    title: str
    controls: Sequence[Control] = ()
    periods: Sequence[str] = ()
    props: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    lazy: Mapping[str, "Lazy"] = field(default_factory=dict)
    item: str = ""
    carried: Mapping[str, str] = field(default_factory=dict)
    placed: set[str] = field(default_factory=set, compare=False, repr=False)
    """The ids that the layout has taken: what a later view may change."""

    def of(self, component_id: str) -> dict[str, Any]:
        """The keyword arguments of one component, its id among them."""
        self.placed.add(component_id)
        return {"id": component_id, **self.props.get(component_id, {})}

    def memory(self) -> dict[str, Any]:
        """What the browser keeps of a view: all but the properties, which the components hold."""
        return {
            "page": self.page,
            "version": version(self.state),
            "asked": self.asked,
            "query": self.query,
            "title": self.title,
            "periods": list(self.periods),
            "controls": [self._control(control) for control in self.controls],
            "lazy": {panel: vars(each) for panel, each in self.lazy.items()},
            "item": self.item,
            "carried": dict(self.carried),
        }

    def _control(self, control: Control) -> dict[str, Any]:
        return {
            "id": control.id,
            "params": list(control.params),
            "kind": control.kind,
            "clears": list(control.clears),
            "value": self.props.get(control.id, {}).get("value"),
        }

    def to_json(self) -> bytes:
        """The whole view, components included, as JSON."""
        document = {**self.memory(), "props": {name: markup.props(props) for name, props in self.props.items()}}
        return json.dumps(document, cls=PlotlyJSONEncoder, separators=(",", ":")).encode()

    def store(self) -> dcc.Store:
        """The component that hands the first view to the browser."""
        return dcc.Store(id=f"{self.page}-view", data=json.loads(json.dumps(self.memory(), cls=PlotlyJSONEncoder)))


def part(card: str, name: str) -> str:
    """The id of a part of a card: `part("share", "chart")` is `share-chart`; of a page's main card (""), `chart`."""
    return f"{card}-{name}" if card else name


def version(state: str) -> str:
    """What an answer depends on beside its query: an address that names it is good for ever."""
    return f"{state}.{RELEASE}"


_registered: list[tuple[ClientsideFunction, tuple[Input, ...]]] = []


def connect(page: str, controls: Sequence[Control]) -> None:
    """Register the one callback of a page: any control changes, the browser asks for the new view."""
    inputs = (Input(control.id, "value") for control in controls)
    in_browser("stacktide", "changed", Input(f"{page}-view", "data"), *inputs)


def in_browser(namespace: str, name: str, *inputs: Input) -> None:
    """Register a function of the browser that is called whenever one of the inputs changes."""
    _registered.append((ClientsideFunction(namespace, name), inputs))


def register(app: Dash) -> None:
    """Give an application what the modules of the pages have registered; each one gets all of it."""
    for function, inputs in _registered:
        app.clientside_callback(function, *inputs)  # type: ignore[no-untyped-call]
