"""One card of a page alone, with its title, its source and the way to the whole page: `?embed=1&chart=<card>`."""

import json

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.markup import below, properties
from dashboard.components.view import View, connect, part

connect("embed", ())


def only(layout: Component, view: View, card: str, address: str) -> Component:
    """Of a page's layout the card of that name (the first one without a name), linked to the page at `address`."""
    cards = {properties(each)["data-card"]: each for each in below(layout) if "data-card" in properties(each)}
    name = card or next(iter(cards), "")
    chosen = cards.get(name)
    if chosen is None:
        names = ", ".join(f"`{each}`" for each in cards) or "none"
        told = f"There is no chart {card!r} on this page to embed; it has: {names}."
        return html.Div([html.P(told), _whole(address)], className="lost")
    words = json.loads(view.of(part(name, "downloads")).get("data-offer") or "{}")
    parts: list[Component] = [chosen]
    if "bare" in properties(chosen)["className"]:  # its heading stands elsewhere on the page
        parts.insert(0, html.Header([html.H1(words.get("title", view.title)), html.P(words.get("subtitle", ""))]))
    remembered = {**view.memory(), "controls": []}
    memory = dcc.Store(id="embed-view", data=remembered)
    source = html.P([f"{words.get('source', 'Stacktide')} ", _whole(address)], className="embed-source")
    return html.Section([*parts, source, memory], className="results", id="results")


def _whole(address: str) -> Component:
    return html.A("Open the whole page", href=address, target="_blank", rel="noopener")
