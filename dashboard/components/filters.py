"""The controls of the Trends page: what is shown, and how it is drawn."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from dashboard.components.view import Control, View

Answer = Mapping[str, Any]

CONTROLS: Final = (
    Control("use-case", ("use_case",), clears=("technology",)),
    Control("kind", ("kind",), clears=("technology",)),
    Control("technology", ("technology",), "list"),
    Control("indicator", ("indicator",), clears=("segment", "value", "base", "scale", "smooth")),
    Control("region", ("region",)),
    Control("segment", ("segment",)),
    Control("as-of-day", ("as_of",)),
    Control("view", ("view",)),
    Control("value", ("value",), clears=("base",)),
    Control("base", ("base",)),
    Control("scale", ("scale",)),
    Control("smooth", ("smooth",)),
    Control("releases", ("releases",)),
    Control("period", ("from", "to"), "range"),
    Control("tab", ("tab",), "tab"),
)

_SCALES: Final = [{"value": "linear", "label": "Linear"}, {"value": "log", "label": "Log"}]
_TABS: Final = [{"value": "chart", "label": "Chart"}, {"value": "table", "label": "Table"}]
_RELEASES: Final = [{"value": "shown", "label": "Marked"}, {"value": "hidden", "label": "Hidden"}]
_GROUP: Final = "group:"


def props(answer: Answer) -> dict[str, dict[str, Any]]:
    """The properties of every control: what can be chosen, and what is."""
    chosen, options = answer["selection"], answer["options"]
    found: dict[str, dict[str, Any]] = {
        name.replace("_", "-"): {"options": options[name], "value": chosen[name]}
        for name in ("use_case", "kind", "technology", "region", "segment", "view", "value", "smooth")
    }
    found["as-of-day"] = {"options": options["as_of"], "value": chosen["as_of"]}
    found["indicator"] = {"options": grouped(options["indicator"]), "value": chosen["indicator"]}
    found["base"] = {"options": [{"value": p, "label": p} for p in options["periods"]], "value": chosen["base"]}
    found["scale"] = {"value": chosen["scale"]}
    found["releases"] = {"value": chosen["releases"]}
    found["tab"] = {"value": chosen["tab"]}
    found["period"] = _range(options["periods"], chosen["from"], chosen["to"])
    found["segment-field"] = {"hidden": len(options["segment"]) < 2}
    found["base-field"] = {"hidden": chosen["value"] != "index"}
    found["value-field"] = {"hidden": chosen["view"] in ("rank", "area")}
    found["scale-field"] = {"hidden": chosen["value"] in ("rank", "year-on-year") or chosen["view"] == "area"}
    found["releases-field"] = {"hidden": not answer["markable"]}
    found["smooth-field"] = {"hidden": chosen["value"] == "rank"}
    return found


def grouped(options: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The indicators below the construct that they stand for: a heading is an option that cannot be chosen."""
    found: list[dict[str, Any]] = []
    group = None
    for option in options:
        if option["group"] != group:
            group = option["group"]
            heading = html.Span(str(group).capitalize(), className="option-group")
            found.append({"value": f"{_GROUP}{group}", "label": heading, "disabled": True, "search": group})
        found.append({"value": option["value"], "label": option["label"], "search": f"{option['label']} {group}"})
    return found


def _range(periods: Sequence[str], start: str | None, end: str | None) -> dict[str, Any]:
    """The slider's positions are those of the list of periods; a bound between two periods moves inward."""
    last = max(len(periods) - 1, 0)
    first_shown = next((i for i, p in enumerate(periods) if start is None or p >= start), last)
    last_shown = next((i for i in range(last, -1, -1) if periods and (end is None or periods[i] <= end)), 0)
    return {
        "min": 0,
        "max": max(last, 1),
        "value": [min(first_shown, last_shown), last_shown],
        "disabled": last < 1,
        "marks": _years(periods),
    }


def _years(periods: Sequence[str]) -> dict[str, str]:
    """About six marks, each at the first period of a year."""
    firsts: dict[str, int] = {}
    for position, period in enumerate(periods):
        firsts.setdefault(period[:4], position)
    years = list(firsts.items())
    step = -(-len(years) // 6) or 1
    return {str(position): year for year, position in years[::step]}


def field(view: View, name: str, label: str, control: Component, more: str = "") -> Component:
    """A control with its label; the box has the id `<name>-field`, so that a view can hide it."""
    heading = html.Label(label, htmlFor=name, id=f"{name}-label", className="label")
    return html.Div([heading, control], className=f"field {more}", **view.of(f"{name}-field"))


def _segments(view: View, name: str, label: str, options: Any = None, more: str = "") -> Component:
    given = view.of(name)
    buttons = dcc.RadioItems(**{"options": options, **given}, inline=True, className="segments")
    heading = html.Div(label, id=f"{name}-label", className="label")
    group = html.Div([heading, buttons], role="group", **attributes(aria_labelledby=f"{name}-label"))
    return html.Div(group, className=f"field {more}", **view.of(f"{name}-field"))


def _dropdown(view: View, name: str, placeholder: str, **more: Any) -> Component:
    return dcc.Dropdown(**{"placeholder": placeholder, "maxHeight": 320, **view.of(name), **more})


def filters(view: View) -> Component:
    """The column that says what is shown; a block that opens on a narrow screen."""
    toggle = html.Button(
        [html.Span("Filters"), html.Span(**view.of("filters-summary"), className="summary")],
        type="button",
        className="toggle",
        **attributes(data_action="filters", aria_expanded="false", aria_controls="filters"),
    )
    body = html.Div(
        [
            field(view, "use-case", "Use case", _dropdown(view, "use-case", "Any use case")),
            field(view, "kind", "Kind", _dropdown(view, "kind", "Any kind", searchable=False)),
            field(
                view,
                "technology",
                "Technologies",
                html.Div(
                    [
                        _dropdown(view, "technology", "Search a technology", multi=True, closeOnSelect=False),
                        html.P(
                            "None chosen: the chart keeps the last ones until you choose.",
                            id="none-chosen",
                            className="hint",
                            hidden=True,
                            role="status",
                        ),
                        html.Div(**view.of("presets"), className="presets"),
                    ]
                ),
            ),
            field(
                view,
                "indicator",
                "Indicator",
                _dropdown(view, "indicator", "Indicator", clearable=False, maxHeight=420),
            ),
            field(view, "region", "Region", _dropdown(view, "region", "World", clearable=False)),
            field(view, "segment", "Segment", _dropdown(view, "segment", "All", clearable=False)),
            field(view, "as-of-day", "As of", _dropdown(view, "as-of-day", "The newest", searchable=False)),
        ],
        id="filters",
        className="filter-body",
    )
    return html.Section([toggle, body], className="filters", **attributes(aria_label="Filters"))


def drawing(view: View) -> Component:
    """The row above the chart that says how it is drawn."""
    return html.Div(
        [
            _segments(view, "tab", "View as", _TABS, more="plain"),
            _segments(view, "view", "Drawn as", more="plain"),
            _segments(view, "value", "Values", more="plain"),
            field(view, "base", "Index = 100 at", _dropdown(view, "base", "first", clearable=False)),
            _segments(view, "scale", "Scale", _SCALES, more="more"),
            field(
                view, "smooth", "Smoothing", _dropdown(view, "smooth", "Off", clearable=False, searchable=False), "more"
            ),
            _segments(view, "releases", "Releases", _RELEASES, more="more"),
        ],
        className="drawing",
    )


def period(view: View) -> Component:
    """The time range: two handles, with the chosen bounds in words."""
    slider = dcc.RangeSlider(
        **view.of("period"), step=1, allowCross=False, updatemode="mouseup", allow_direct_input=False, included=True
    )
    heading = html.Div(
        [html.Span("Time range", id="period-label", className="label"), html.Span(**view.of("period-words"))]
    )
    return html.Div([heading, slider], className="period", role="group", **attributes(aria_labelledby="period-label"))
