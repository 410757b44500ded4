"""Small multiples: one panel per technology, all on the same axes.

The panels stand in as many columns as the window has room for: `layout.meta` holds the places of both ways, `wide` and
`narrow`, as what plotly.js calls `relayout` with.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard.analysis.multiples import multiples
from dashboard.analysis.shown import Shown
from dashboard.charts.lines import BREAK_COLOUR, Facts, faint, legend_order, line, time_axis
from dashboard.charts.releases import marks

HOW_TO_READ: Final = (
    "Each panel is one technology, from the highest down; all have the same axes, so that heights compare across "
    "panels. A line is cut where periods are missing and where a break makes figures incomparable; dashed vertical "
    "lines mark the breaks. A dashed end with an open circle is a period that is not finished yet. A small triangle "
    "on the axis is a first or a major release."
)

LEFT, LEFT_NARROW = 0.17, 0.24  # of a panel's width: for the values
RIGHT: Final = 0.04
TOP: Final = 30  # pixels, for the name
BOTTOM: Final = 24  # pixels, for the years
_SPAN: Final = "rgba(128,128,128,0.15)"
_ROOM: Final = 0.055  # of the span, above and below
_LONGEST_NAME: Final = 26
_HEIGHTS: Final = {1: 320, 2: 240, 3: 200}
"""Rows -> pixels of each; more rows are as low as can be."""
_LOWEST: Final = 164


def figure(shown: Shown, facts: Facts) -> dict[str, Any]:
    """The figure of `shown`, as a dict: one pair of axes per technology."""
    order = legend_order(shown.values if shown.raw is None else shown.raw, facts.value)
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"annotations": [], "hovermode": "x unified"}
    horizontal, vertical = _axes(shown, facts)
    for position, technology in enumerate(order):
        number = "" if position == 0 else str(position + 1)
        x, y = f"x{number}", f"y{number}"
        drawn = _breaks(facts, sorted(vertical["range"]))
        drawn += [] if shown.raw is None else [faint(shown.raw[technology], shown.stretch, technology, facts)]
        drawn += line(shown, technology, facts)
        traces += [{**trace, "xaxis": x, "yaxis": y, "showlegend": False} for trace in drawn]
        layout[f"xaxis{number}"] = {**horizontal, "anchor": y}
        layout[f"yaxis{number}"] = {**vertical, "anchor": x}
        layout["annotations"].append(_name(facts, technology, x, y))
        ours = [release for release in facts.releases if release.technology == technology]
        layout["annotations"] += marks(ours, x, f"{y} domain")
    wide, narrow = grid(len(order), narrow=False), grid(len(order), narrow=True)
    places = _places(len(order), *wide, LEFT)
    for name, place in places.items():
        layout[name.partition(".")[0]]["domain"] = place
    meta: dict[str, Any] = {
        "wide": places,
        "narrow": _places(len(order), *narrow, LEFT_NARROW),
        "columns": [wide[0], narrow[0]],
    }
    meta |= {"rows": [wide[1], narrow[1]], "height": wide[1] * wide[2]}
    margin = {"l": 0, "r": 0, "t": 0, "b": 0}
    return {"data": traces, "layout": {**layout, "margin": margin, "meta": {"panels": meta}}}


def grid(number: int, *, narrow: bool) -> tuple[int, int, int]:
    """Columns, rows, and the pixels of a row."""
    best = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 9: 3}.get(number, 4)
    columns = min(best, 2) if narrow else best
    rows = math.ceil(number / columns)
    return columns, rows, _LOWEST if narrow else _HEIGHTS.get(rows, _LOWEST)


def _places(number: int, columns: int, rows: int, height: int, left: float) -> dict[str, list[float]]:
    """The domain of each axis, by its name in `relayout`."""
    found = {}
    whole = rows * height
    for position in range(number):
        row, column = divmod(position, columns)
        name = "" if position == 0 else str(position + 1)
        across = [(column + left) / columns, (column + 1 - RIGHT) / columns]
        upright = [1 - ((row + 1) * height - BOTTOM) / whole, 1 - (row * height + TOP) / whole]
        found[f"xaxis{name}.domain"] = [round(each, 5) for each in across]
        found[f"yaxis{name}.domain"] = [round(max(each, 0), 5) for each in upright]
    return found


def _axes(shown: Shown, facts: Facts) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the axes of all panels have in common: their bounds above all."""
    periods = shown.values.index
    # plotly.js measures labels one by one to hide those past the edge, which takes ten seconds for forty panels
    common = {"ticklabeloverflow": "allow", "nticks": 4, "tickfont": {"size": 11}}
    horizontal = {**time_axis(facts), **common, "automargin": False}
    if len(periods) > 1:
        room = (periods[-1] - periods[0]) * _ROOM if shown.partial.to_numpy().any() else pd.Timedelta(0)
        horizontal["range"] = [f"{periods[0]:%Y-%m-%d}", f"{periods[-1] + room:%Y-%m-%d}"]
    numbers = facts.numbers
    vertical = {
        "type": "log" if facts.log else "linear",
        "tickformat": numbers["tickformat"],
        "ticksuffix": numbers.get("ticksuffix", ""),
        "range": _bounds(shown, facts),
        **common,
    }
    return horizontal, vertical


def _breaks(facts: Facts, bounds: Sequence[float]) -> list[dict[str, Any]]:
    """The breaks of one panel, as traces, which plotly.js draws faster than as many shapes."""
    low, high = (10**bound if facts.log else bound for bound in bounds)
    days = [b.date.isoformat() for b in facts.breaks]
    spans = [(b.date.isoformat(), b.until.isoformat()) for b in facts.breaks if b.until is not None]
    plain = {"type": "scatter", "mode": "lines", "name": "break", "hoverinfo": "skip"}
    found: list[dict[str, Any]] = []
    if spans:
        fill = {"fill": "toself", "fillcolor": _SPAN, "line": {"width": 0, "color": BREAK_COLOUR}}
        x = [each for begun, over in spans for each in (begun, begun, over, over, None)]
        found.append({**plain, **fill, "x": x[:-1], "y": ([low, high, high, low, None] * len(spans))[:-1]})
    if days:
        dashed = {"line": {"color": BREAK_COLOUR, "dash": "dash", "width": 1}}
        x = [each for day in days for each in (day, day, None)]
        found.append({**plain, **dashed, "x": x[:-1], "y": ([low, high, None] * len(days))[:-1]})
    return found


def _bounds(shown: Shown, facts: Facts) -> list[float]:
    """The ends of the common scale, from the bottom up."""
    common = multiples(shown)
    low, high = common.low, common.high
    if facts.log:
        above = common.rows["raw"].where(common.rows["raw"] > 0)
        low, high = np.log10(above.min()), np.log10(high)
    elif facts.value in ("share", "absolute"):
        low = min(low, 0.0)
    if not np.isfinite([low, high]).all():
        return [0.0, 1.0]
    room = ((high - low) or abs(high) or 1.0) * _ROOM
    below = 0.0 if low == 0 and facts.value in ("share", "absolute") and not facts.log else room
    bounds = [float(low - below), float(high + room)]
    return bounds[::-1] if facts.value == "rank" else bounds


def _name(facts: Facts, technology: str, x: str, y: str) -> dict[str, Any]:
    """The heading of a panel."""
    name = facts.names[technology]
    short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return {
        "name": "panel",
        "x": 0,
        "xref": f"{x} domain",
        "y": 1,
        "yref": f"{y} domain",
        "xanchor": "left",
        "yanchor": "bottom",
        "text": f"<b>{short}</b>",
        "hovertext": name if short != name else "",
        "showarrow": False,
        "font": {"size": 13},
    }
