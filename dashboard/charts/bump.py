"""Ranks over time, a bump chart: one line per technology, named at its end."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from dashboard.analysis.shown import Shown
from dashboard.charts import lines
from dashboard.charts.lines import Facts

HOW_TO_READ: Final = (
    "Each line is the place of one technology among all that are compared, the first on top; where lines cross, one "
    "passes the other. Ties share the better place. A line is cut where periods are missing and where a break makes "
    "figures incomparable; a numbered vertical line marks each break. A small triangle on the axis is a first or a "
    "major release."
)

LABELS: Final = 152  # pixels beside the lines
_LONGEST_LABEL: Final = 20
_PIXELS_OF_A_PLACE: Final = 17
_LOWEST, _HIGHEST = 500, 1_400
_MOST_TICKS: Final = 20
_ROOM: Final = 0.012  # of the span, for the circles at both ends


def figure(shown: Shown, facts: Facts) -> dict[str, Any]:
    """The figure of `shown` (whose values are places), as a dict."""
    made = lines.figure(shown, facts)
    for trace in made["data"]:
        trace["line"] = {**trace["line"], "width": 3}
        if trace.get("showlegend") is not False:
            last = len(trace["x"]) - 1
            sizes = trace.get("marker", {}).get("size", [0] * len(trace["x"]))
            sizes = [9 if i in (0, last) else size for i, size in enumerate(sizes)]
            trace |= {"mode": "lines+markers", "marker": {"color": trace["line"]["color"], "size": sizes}}
    layout = made["layout"]
    layout["xaxis"] |= {"nticks": 5}
    layout["xaxis"] |= {"range": _span(shown)} if len(shown.values) > 1 else {}
    layout["yaxis"] = {**layout["yaxis"], **_places(shown)}
    layout["annotations"] += _labels(shown, facts.names)
    layout["margin"] = {**layout["margin"], "r": LABELS}
    layout["meta"] = {"labels": True, "height": height(shown)}
    return made


def height(shown: Shown) -> int:
    """The pixels that the places shown need to be told apart."""
    worst = shown.values.max().max()
    needed = 70 + _PIXELS_OF_A_PLACE * int(worst) if pd.notna(worst) else 0
    return min(max(needed, _LOWEST), _HIGHEST)


def _span(shown: Shown) -> list[str]:
    """The ends of the time axis: labels must not widen it, as they would if plotly.js chose."""
    first, last = shown.values.index[0], shown.values.index[-1]
    room = (last - first) * _ROOM
    return [f"{first - room:%Y-%m-%d}", f"{last + room:%Y-%m-%d}"]


def _places(shown: Shown) -> dict[str, Any]:
    """The vertical axis: the first on top, and round places marked where there are many."""
    worst = shown.values.max().max()
    if pd.isna(worst):
        return {}
    ticks = list(range(1, int(worst) + 1))
    if worst > _MOST_TICKS:
        step = 5 if worst <= 60 else 10
        ticks = [1, *range(step, int(worst) + 1, step)]
    best = shown.values.min().min()
    return {"autorange": False, "range": [float(worst) + 0.6, float(best) - 0.6], "tickvals": ticks, "zeroline": False}


def _labels(shown: Shown, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The names at the ends of the lines; those that end on the same point share one."""
    ends: dict[tuple[pd.Timestamp, float], list[str]] = {}
    for technology in lines.legend_order(shown.values, "rank"):
        line = shown.values[technology].dropna()
        if len(line):
            ends.setdefault((line.index[-1], float(line.iloc[-1])), []).append(names[technology])
    return [
        {
            "name": "end",
            "x": f"{day:%Y-%m-%d}",
            "y": place,
            "xanchor": "left",
            "xshift": 9,
            "text": _short(", ".join(named)),
            "hovertext": f"{place:.0f}: {', '.join(named)}",
            "showarrow": False,
            "font": {"size": 13},
        }
        for (day, place), named in ends.items()
    ]


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_LABEL else f"{words[: _LONGEST_LABEL - 1]}…"
