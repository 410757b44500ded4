"""Shares on top of each other: one layer per technology, the largest at the bottom."""

from itertools import pairwise
from typing import Any, Final

import numpy as np

from dashboard.analysis.shown import Shown
from dashboard.charts import lines
from dashboard.charts.colours import DASHES
from dashboard.charts.lines import Facts, dates, hover, legend_order

HOW_TO_READ: Final = (
    "Each layer is one technology, as thick as its share; the largest of the newest period lies at the bottom. Layers "
    "end where a break makes figures incomparable; a numbered vertical line marks each break. A pale, dashed end is a "
    "period that is not finished yet; dots are the edges of the layers in a period that stands alone. A missing figure "
    "takes no room. A small triangle on the axis is a first or a major release."
)

PATTERNS: Final = dict(zip(DASHES, ("", ".", "/", "\\", "x", "-", "|", "+"), strict=True))
"""Dash -> pattern of the fill, for those of one chart that share a colour."""
_FINE: Final = {"size": 6, "solidity": 0.25}
_OPACITY, _PALE = 0.72, 0.35


def figure(shown: Shown, facts: Facts, *, whole: bool) -> dict[str, Any]:
    """The figure of `shown` (whose values are shares), as a dict; with `whole`, the layers fill it to 100 percent.

    Stretches between severing breaks are stacked by themselves, so that no layer runs across one.
    """
    values = shown.values
    unfinished = np.asarray(shown.partial.any(axis=1), dtype=bool)
    filled = np.asarray(values.notna().any(axis=1), dtype=bool)
    traces: list[dict[str, Any]] = []
    for technology in legend_order(values, "share"):
        for number, (first, last, pale) in enumerate(_pieces(shown.stretch, filled, unfinished)):
            traces.append(
                {
                    **_layer(facts, technology, joined=pale and last > first, pale=pale),
                    "stackgroup": f"piece {number}",
                    "mode": "lines" if last > first else "markers",
                    "marker": {"color": facts.styles[technology][0], "size": 5},
                    "x": dates(values.index[first : last + 1]),
                    "y": values[technology].iloc[first : last + 1].fillna(0.0).tolist(),
                    "showlegend": number == 0,
                }
            )
    made = lines.figure(shown, facts)["layout"]
    axis = {**made["yaxis"], "rangemode": "tozero"}
    if whole:
        axis["range"] = [0, 100]
    return {"data": traces, "layout": {**made, "yaxis": axis}}


def _pieces(stretch: np.ndarray, filled: np.ndarray, unfinished: np.ndarray) -> list[tuple[int, int, bool]]:
    """(first, last, unfinished) positions of the periods that are drawn in one go.

    A hole of all technologies ends a piece, as a break does; an unfinished period is joined to the one before it.
    """
    found: list[tuple[int, int, bool]] = []
    whole = np.flatnonzero(filled & ~unfinished)
    if len(whole):
        ends = [i for i, (a, b) in enumerate(pairwise(whole)) if b != a + 1 or stretch[a] != stretch[b]]
        starts = [0, *(i + 1 for i in ends)]
        found = [(int(whole[a]), int(whole[b]), False) for a, b in zip(starts, [*ends, len(whole) - 1], strict=True)]
    for i in np.flatnonzero(filled & unfinished):
        joined = bool(i > 0 and filled[i - 1] and stretch[i] == stretch[i - 1])
        found.append((int(i) - int(joined), int(i), True))
    return found


def _layer(facts: Facts, technology: str, *, joined: bool, pale: bool) -> dict[str, Any]:
    """How one piece of a layer looks; of one that is joined to the piece before it, the first point says nothing."""
    colour, dash = facts.styles[technology]
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    fill: dict[str, Any] = {"fillcolor": f"rgba({red},{green},{blue},{_PALE if pale else _OPACITY})"}
    if PATTERNS[dash]:
        fill["fillpattern"] = {"shape": PATTERNS[dash], "fillmode": "overlay", "fgcolor": "#ffffff", **_FINE}
    told = hover(facts, technology, " (unfinished)" if pale else "")
    return {
        "type": "scatter",
        "name": facts.names[technology],
        "legendgroup": technology,
        "meta": technology,
        "line": {"color": colour, "dash": "dash" if pale else dash, "width": 1},
        "hovertemplate": ["", told] if joined else told,
        "hoverinfo": ["skip", "all"] if joined else "all",
        **fill,
    }
