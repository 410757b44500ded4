"""Speed against use: one dot per technology, names beside the dots where there is room, quadrants in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

HOW_TO_READ: Final = (
    "Each dot is one technology: further right is faster in the benchmark, further up is used more. The vertical line "
    "is the middle of all variants of the round, the horizontal one the median of all technologies of the use case "
    "that have both figures, chosen or not. Dots without a name had no room for it: point at them, or open the table. "
    "An open dot was not in the newest round."
)

FAST: Final = 50.0
"""Percentile: faster than half of the variants of its round."""
MOST_TIMES_LINEAR: Final = 20.0
"""Where the largest use is more than so many times the smallest, the axis is logarithmic."""

_WIDE: Final = (900.0, 400.0)  # pixels that the dots have on a large screen
_NARROW: Final = (262.0, 280.0)  # and on a telephone
_LETTER: Final = (7.2, 15.0)  # pixels of a letter of 12 pixels
_ROOM: Final = 7.0  # pixels between the middle of a dot and its name
_POSITIONS: Final = {  # name of plotly.js -> where the label's middle lies, in halves of its size
    "top center": (0.0, 1.0),
    "bottom center": (0.0, -1.0),
    "middle right": (1.0, 0.0),
    "middle left": (-1.0, 0.0),
    "top right": (1.0, 1.0),
    "top left": (-1.0, 1.0),
    "bottom right": (1.0, -1.0),
    "bottom left": (-1.0, -1.0),
}
_GREY: Final = "#808080"  # seen on light and dark alike

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Facts:
    """Names and colours by technology, what follows a figure of use (`suffix`), the round of those that are `old`."""

    names: Mapping[str, str]
    colours: Mapping[str, str]
    suffix: str = ""
    old: Mapping[str, str] | None = None


def figure(points: pd.DataFrame, median: float | None, facts: Facts) -> dict[str, Any]:
    """The figure of `points`: columns percentile (0 to 100) and use, by technology, most used first; without corners
    where there is no `median` of use.
    """
    if points.empty:
        return {"data": [], "layout": {}}
    log = is_log(points["use"])
    places = _scaled(points, median, log)
    few = labels(places, facts.names, _NARROW, {})
    many = labels(places, facts.names, _WIDE, few)
    more = {t: position for t, position in many.items() if t not in few}
    old = facts.old or {}
    dots = {
        "type": "scatter",
        "mode": "markers",
        "name": "Technologies",
        "showlegend": False,
        "x": [float(v) for v in points["percentile"]],
        "y": [float(v) for v in points["use"]],
        "text": [f"{facts.names[t]}{f' ({old[t]})' if t in old else ''}" for t in points.index],
        "marker": {
            "color": [facts.colours[t] for t in points.index],
            "size": 11,
            "symbol": ["circle-open" if t in old else "circle" for t in points.index],
            "line": {"width": [2 if t in old else 0 for t in points.index]},
        },
        "hovertemplate": f"%{{text}}: faster than %{{x:.0f}} %, used %{{y:.3~r}}{facts.suffix}<extra></extra>",
    }
    return {
        "data": [dots, *(_names(points, facts, each) for each in (few, more))],
        "layout": _layout(log, median, facts),
    }


def is_log(use: "pd.Series[float]") -> bool:
    """Whether use spans so much that the small ones would lie on the axis."""
    return bool((use > 0).all() and use.max() > MOST_TIMES_LINEAR * use.min())


def labels(
    places: Mapping[str, tuple[float, float]],
    names: Mapping[str, str],
    size: tuple[float, float],
    kept: Mapping[str, str],
) -> dict[str, str]:
    """Technology -> where its name stands beside its dot, for those that find room; `kept` stay where they are.

    `places` are shares of width and height (0 to 1, upwards), the most important first; `size` is in pixels. Greedy:
    each takes the first position that meets no dot, no name, and not the edge.
    """
    dots = {t: (x * size[0], y * size[1]) for t, (x, y) in places.items()}
    taken: list[Box] = [(x - 6, y - 6, x + 6, y + 6) for x, y in dots.values()]
    found = dict(kept)
    taken += [_box(dots[t], names[t], position) for t, position in kept.items()]
    for t, dot in dots.items():
        if t in found:
            continue
        for position in _POSITIONS:
            box = _box(dot, names[t], position)
            inside = box[0] >= -30 and box[2] <= size[0] + 10 and box[1] >= 0 and box[3] <= size[1]
            if inside and not any(_meets(box, other) for other in taken):
                found[t] = position
                taken.append(box)
                break
    return found


def _box(dot: tuple[float, float], name: str, position: str) -> Box:
    width, height = _LETTER[0] * len(name), _LETTER[1]
    right, up = _POSITIONS[position]
    x = dot[0] + right * (width / 2 + _ROOM)
    y = dot[1] + up * (height / 2 + _ROOM)
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _meets(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _scaled(points: pd.DataFrame, median: float | None, log: bool) -> dict[str, tuple[float, float]]:
    use = points["use"].map(math.log10) if log else points["use"]
    seen = [*use, *([] if median is None or (log and median <= 0) else [math.log10(median) if log else median])]
    low = min(seen) if log else 0.0
    span = (max(seen) - low) or 1.0
    room = 0.08
    across = (points["percentile"] / 100).tolist()
    upward = (room + (1 - 2 * room) * (use - low) / span).tolist()
    return {str(t): (x, y) for t, x, y in zip(points.index, across, upward, strict=True)}


def _names(points: pd.DataFrame, facts: Facts, placed: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",  # a dot that is not seen keeps the name off the one that is
        "marker": {"size": 13, "opacity": 0},
        "name": "Names",
        "showlegend": False,
        "hoverinfo": "skip",
        "x": points.loc[list(placed), "percentile"].tolist(),
        "y": points.loc[list(placed), "use"].tolist(),
        "text": [facts.names[t] for t in placed],
        "textposition": list(placed.values()),
        "textfont": {"size": 12},
        "cliponaxis": False,
    }


def _layout(log: bool, median: float | None, facts: Facts) -> dict[str, Any]:
    line = {"type": "line", "name": "middle", "layer": "below", "line": {"color": _GREY, "width": 1, "dash": "dot"}}
    across = {"xref": "paper", "x0": 0, "x1": 1, "y0": median, "y1": median}
    upright = {"yref": "paper", "y0": 0, "y1": 1, "x0": FAST, "x1": FAST}
    return {
        "xaxis": {"range": [-4, 104], "tickvals": [0, 25, 50, 75, 100], "zeroline": False},
        "yaxis": {
            "type": "log" if log else "linear",
            "tickformat": "~r" if facts.suffix else "~s",
            "ticksuffix": facts.suffix,
            "automargin": True,
            "zeroline": False,
            **({"nticks": 5, "dtick": 1} if log else {"rangemode": "tozero"}),
        },
        "hovermode": "closest",
        "margin": {"l": 56, "r": 20, "t": 30, "b": 44},
        "shapes": [{**line, **across}, {**line, **upright}] if median is not None else [],
        "annotations": [
            _corner("Slower, used more", 0, 1),
            _corner("Faster, used more", 1, 1),
            _corner("Slower, used less", 0, 0),
            _corner("Faster, used less", 1, 0),
        ]
        if median is not None
        else [],
    }


def _corner(words: str, x: int, y: int) -> dict[str, Any]:
    return {
        "text": f"<i>{words}</i>",
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "right" if x else "left",
        "yanchor": "bottom" if y else "top",
        "yshift": 4 if y else -22,
        "showarrow": False,
        "font": {"size": 12},
    }


QUADRANTS: Final[Sequence[tuple[str, bool, bool]]] = (
    ("Faster and used more", True, True),
    ("Used more, not so fast", False, True),
    ("Faster, used less", True, False),
    ("Slower and used less", False, False),
)
"""Words, whether fast, whether used."""
