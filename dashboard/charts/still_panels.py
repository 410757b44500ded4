"""Any of our charts over time without a script: small multiples panel by panel, the others as one drawing."""

from collections.abc import Mapping
from html import escape
from typing import Any

from dashboard.charts.still import still


def drawn(figure: Mapping[str, Any]) -> str:
    """The figure as it stands when plotly.js has drawn it; empty where it is no chart over time, or draws nothing."""
    layout = figure.get("layout") or {}
    panels = (layout.get("meta") or {}).get("panels")
    return _panels(figure, layout, panels) if panels else still(figure)


def _panels(figure: Mapping[str, Any], layout: Mapping[str, Any], meta: Mapping[str, Any]) -> str:
    """A box per panel; the style sheet puts them into as many columns as the live chart has."""
    found = []
    for told in (each for each in layout["annotations"] if each["name"] == "panel"):
        x, y = (told[ref].removesuffix(" domain") for ref in ("xref", "yref"))
        part = {
            "data": [trace for trace in figure["data"] if trace["xaxis"] == x],
            "layout": {
                "xaxis": layout[f"xaxis{x[1:]}"],
                "yaxis": layout[f"yaxis{y[1:]}"],
                "annotations": [mark for mark in layout["annotations"] if mark["xref"] == x],
            },
        }
        name = told["text"].removeprefix("<b>").removesuffix("</b>")
        found.append(f'<div class="still-panel"><b>{escape(name)}</b>{still(part, marks=3)}</div>')
    wide, narrow = meta["columns"]
    rows = meta["rows"]
    places = f"--columns:{wide};--columns-narrow:{narrow};--rows:{rows[0]};--rows-narrow:{rows[1]}"
    return f'<div class="still-panels" style="{places}">{"".join(found)}</div>'
