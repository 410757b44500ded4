"""A slope chart of places, turned: one row per source, a line per technology that links its places."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from dashboard.charts.dots import SYMBOLS, layout

HOW_TO_READ: Final = (
    "Each row is one source, each line one technology: it links the places that the sources give it among the chosen, "
    "the first at the left. Straight lines mean that sources agree, crossing lines that they do not. A line stops "
    "where a source has no figure of a technology; places are then among the rest."
)


def figure(
    frame: pd.DataFrame,
    labels: Sequence[str],
    names: Mapping[str, str],
    styles: Mapping[str, tuple[str, str]],
) -> dict[str, Any]:
    """The figure of `frame`: columns row (position in `labels`), technology, place, of, tied and said (for the hover).

    Technologies are drawn in the order of `names`; those that share a place stand beside each other.
    """
    traces = []
    for position, (technology, name) in enumerate(names.items()):
        ours = frame[frame["technology"] == technology].set_index("row")
        if ours.empty:
            continue
        colour, dash = styles[technology]
        rows = range(len(labels))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "legendgroup": technology,
                "meta": technology,
                "x": [_beside(frame, row, technology, ours) if row in ours.index else None for row in rows],
                "y": list(rows),
                "text": [str(ours["said"][row]) if row in ours.index else "" for row in rows],
                "line": {"color": colour, "dash": dash, "width": 2},
                "marker": {"color": colour, "symbol": SYMBOLS[position % len(SYMBOLS)], "size": 11},
                "connectgaps": False,
                "hovertemplate": f"<b>{name}</b><br>%{{text}}<extra></extra>",
            }
        )
    most = int(frame["place"].max()) if len(frame) else 1
    ticks = list(range(1, most + 1))
    axis = {"tickvals": ticks, "range": [0.6, most + 0.4], "side": "top"}
    made = layout(labels, axis, [])
    return {"data": traces, "layout": {**made, "margin": {**made["margin"], "t": 30, "b": 10}}}


def _beside(frame: pd.DataFrame, row: int, technology: str, ours: pd.DataFrame) -> float:
    """The place; those that share it stand a little to the left and right of it."""
    place = int(ours["place"][row])
    same = list(frame[(frame["row"] == row) & (frame["place"] == place)]["technology"])
    return place + (same.index(technology) - (len(same) - 1) / 2) * 0.12
