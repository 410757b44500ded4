"""Take it with you: picture, files of exactly this view, and its address."""

from collections.abc import Mapping
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from dashboard.components.view import View

_FILES: Final = (("csv", "CSV"), ("xlsx", "XLSX"), ("json", "JSON"), ("parquet", "Parquet"))


def children(addresses: Mapping[str, str]) -> list[Any]:
    """The links to the files; the server names them."""
    return [
        html.A(
            name, href=addresses[key], download="", className="button", title=f"Download exactly this view as {name}"
        )
        for key, name in _FILES
        if key in addresses
    ]


def downloads(view: View) -> Component:
    """The row of buttons under the chart."""
    picture = html.Button(
        "PNG",
        type="button",
        className="button",
        title="Download the chart as a picture",
        **attributes(data_action="picture"),
    )
    copy = html.Button("Copy link", type="button", className="button", **attributes(data_action="copy"))
    return html.Div(
        [
            html.Span("Download", className="label", id="downloads-label"),
            picture,
            html.Span(**view.of("downloads"), className="files"),
            copy,
        ],
        className="downloads",
        **view.of("downloads-box"),
        role="group",
        **attributes(aria_labelledby="downloads-label"),
    )
