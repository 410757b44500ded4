"""Messages in place: nothing to show, a bad parameter, a server that does not answer."""

from collections.abc import Mapping
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes

_COLOURS: Final = {"info": "info", "warning": "warning", "error": "danger"}


def props(message: Mapping[str, Any] | None) -> dict[str, Any]:
    """The properties of the message box: hidden when there is nothing to say."""
    if message is None:
        return {"children": [], "hidden": True, "className": "message"}
    words: list[Any] = [html.Strong(message["title"]), html.P(message["text"])]
    links = message.get("links") or []
    if links:
        words.append(
            html.Ul(
                [html.Li(html.A(each["label"], href=each["href"], **attributes(data_view="true"))) for each in links]
            )
        )
    alert = dbc.Alert(words, color=_COLOURS[message["level"]], fade=False)
    return {"children": alert, "hidden": False, "className": "message"}


def unanswered() -> Component:
    """Shown by the browser when a request fails; the last view stays."""
    words = [
        html.P("The server did not answer; what you see is the last view.", id="unanswered-words"),
        html.Button("Retry", type="button", **attributes(data_action="retry")),
    ]
    alert = dbc.Alert(words, color="warning", fade=False)
    return html.Div(alert, id="unanswered", className="message", hidden=True)
