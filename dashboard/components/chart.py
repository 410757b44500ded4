"""The chart and its legend. Colours of text, grid and paper are the style sheet's, so that a theme needs no redraw."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from dashboard.components.view import View, part

FONT: Final = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif'
_CONFIG: Final[Any] = {
    "displayModeBar": False,
    "displaylogo": False,
    "scrollZoom": False,
    "topojsonURL": "/assets/vendor/",  # plotly.js would ask a host of its own for the outlines of maps
}
_STILL: Final = {
    "autosize": True,
    "showlegend": False,
    "dragmode": False,
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"family": FONT, "size": 13},
}
"""The layout that every chart shares. Zoom is the time range's task: a finger that scrolls must not drag the chart."""


def figure(given: Mapping[str, Any]) -> dict[str, Any]:
    """The figure with the shared layout around its own."""
    layout = {**given["layout"], **_STILL}
    for name in [key for key in layout if key.startswith(("xaxis", "yaxis"))]:
        # the subtitle names the unit
        layout[name] = {**layout[name], "fixedrange": True, "title": None, "ticklabelstandoff": 5}
    return {"data": given["data"], "layout": layout}


def legend(given: Mapping[str, Any]) -> list[Component]:
    """One button per series that the figure names; it hides and shows the series."""
    items: list[Component] = []
    for trace in given["data"]:
        if trace.get("showlegend") is False or not trace.get("name"):
            continue
        line = trace.get("line") or {}
        group = str(trace.get("legendgroup") or trace["name"])
        mark = _swatch(str(line.get("color", "")), str(line.get("dash", "solid")), _symbol(trace))
        items.append(html.Li(_entry(str(trace["name"]), group, mark)))
    return items


def _symbol(trace: Mapping[str, Any]) -> str | None:
    """The shape of the marks of a series that has marks alone; in others the line tells them apart."""
    symbol = (trace.get("marker") or {}).get("symbol") if trace.get("mode") == "markers" else None
    return symbol if isinstance(symbol, str) else None


def _swatch(colour: str, dash: str, symbol: str | None) -> Component:
    style = {"color": colour, **({"background": _dashes(dash)} if "," in dash else {})}
    shape = attributes(data_symbol=symbol) if symbol else {}
    named = "swatch" if "," in dash else f"swatch {dash}"
    return html.Span(className=named, style=style, **attributes(aria_hidden="true"), **shape)


def _entry(name: str, group: str, swatch: Component) -> Component:
    return html.Button(
        [swatch, html.Span(name)],
        type="button",
        key=group,
        title=f"Hide or show {name}; with Shift, show it alone",
        **attributes(data_action="series", data_series=group, aria_pressed="true"),
    )


def _dashes(lengths: str) -> str:
    """The strokes and gaps of a line (`9px,3px`) as a background."""
    stops, at = [], 0
    for place, length in enumerate(lengths.split(",")):
        end = at + int(length.removesuffix("px"))
        stops.append(f"{'transparent' if place % 2 else 'currentcolor'} {at}px {end}px")
        at = end
    return f"repeating-linear-gradient(90deg, {', '.join(stops)})"


def props(answer: Mapping[str, Any], card: str = "") -> dict[str, dict[str, Any]]:
    """The properties of the chart, its box and its legend."""
    return {
        part(card, "chart"): {"figure": figure(answer["figure"])},
        part(card, "chart-box"): {
            "aria-label": answer["sentence"],
            "hidden": not answer["figure"]["data"],
            "style": _height(answer.get("tall")),
        },
        part(card, "legend"): {"children": legend(answer["figure"]), "hidden": not answer.get("legend", True)},
    }


def _height(tall: Sequence[int] | None) -> dict[str, str]:
    """The pixels in a wide and in a narrow window, where the style sheet's own are not enough."""
    return {} if tall is None else {"--tall": f"{tall[0]}px", "--tall-narrow": f"{tall[1]}px"}


def chart(view: View, card: str = "", corner: Component | None = None) -> Component:
    """The chart in a box that screen readers meet as one picture with a text, legend and `corner` button beside it."""
    graph = dcc.Graph(
        **view.of(part(card, "chart")),
        className="graph",
        responsive=True,
        config=_CONFIG,
    )
    buttons = view.of(part(card, "legend"))
    return html.Div(
        [
            html.Div(graph, **view.of(part(card, "chart-box")), className="chart-box", role="img"),
            html.Ul(**buttons, className="legend", **attributes(aria_label="Series: press to hide or show")),
            *([corner] if corner else []),
        ],
        id=part(card, "chart-panel"),
        className="chart-panel",
    )
