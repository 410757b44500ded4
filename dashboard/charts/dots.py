"""A dot plot: one row per piece of evidence, one dot per technology, the best to the right."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

HOW_TO_READ: Final = (
    "Each row is one indicator, each mark one technology, always in the same colour and shape. The scale runs from 0 "
    "(the last of all that are compared) to 100 (the first). A row without a mark has no figure of that technology: "
    "that is not a zero."
)

SYMBOLS: Final = (
    "circle",
    "square",
    "diamond",
    "triangle-up",
    "triangle-down",
    "cross",
    "x",
    "star",
)
"""A shape per technology, in the order chosen: colour is never alone."""
_NEAR: Final = 5.5  # of the scale: on a telephone a mark is as wide
_APART: Final = 0.2
_RANGE: Final = {"color": "#808080", "width": 1}


def figure(
    frame: pd.DataFrame, labels: Sequence[str], names: Mapping[str, str], colours: Mapping[str, str]
) -> dict[str, Any]:
    """The figure of `frame`: columns row (position in `labels`), technology, percentile and said (for the hover).

    Technologies are drawn in the order of `names`.
    """
    placed = _apart(frame)
    traces = []
    for position, (technology, name) in enumerate(names.items()):
        ours = placed[placed["technology"] == technology]
        if ours.empty:
            continue
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "legendgroup": technology,
                "meta": technology,
                "x": [float(x) for x in ours["percentile"]],
                "y": [float(y) for y in ours["y"]],
                "text": [str(said) for said in ours["said"]],
                "line": {"color": colours[technology], "dash": "solid"},
                "marker": {
                    "color": colours[technology],
                    "symbol": SYMBOLS[position % len(SYMBOLS)],
                    "size": 13,
                    "line": {"width": 0},
                },
                "hovertemplate": f"<b>{name}</b><br>%{{text}}<extra></extra>",
            }
        )
    return {"data": traces, "layout": layout(labels, {"range": [-4, 104], "dtick": 25}, _ranges(placed))}


def layout(labels: Sequence[str], xaxis: Mapping[str, Any], shapes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows with their labels from the top down."""
    return {
        "xaxis": {"automargin": True, "zeroline": False, **xaxis},
        "yaxis": {
            "tickvals": list(range(len(labels))),
            "ticktext": list(labels),
            "range": [len(labels) - 0.5, -0.5],
            "automargin": True,
            "zeroline": False,
        },
        "hovermode": "closest",
        "margin": {"l": 8, "r": 12, "t": 10, "b": 30},
        "shapes": list(shapes),
    }


def _apart(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with y: marks of one row that would cover each other are moved a little up and down."""
    placed = frame.sort_values(["row", "percentile", "technology"], kind="stable", ignore_index=True)
    rows, values = placed["row"].tolist(), placed["percentile"].tolist()
    groups: list[list[int]] = []
    for i, row in enumerate(rows):
        if i and row == rows[i - 1] and values[i] - values[i - 1] <= _NEAR:
            groups[-1].append(i)
        else:
            groups.append([i])
    moved = [rows[i] + (at - (len(group) - 1) / 2) * _APART for group in groups for at, i in enumerate(group)]
    return placed.assign(y=moved)


def _ranges(placed: pd.DataFrame) -> list[dict[str, Any]]:
    """A thin line from the lowest mark of each row to the highest: how far apart they are."""
    return [
        {
            "type": "line",
            "x0": float(found["percentile"].min()),
            "x1": float(found["percentile"].max()),
            "y0": float(found["row"].iloc[0]),
            "y1": float(found["row"].iloc[0]),
            "layer": "below",
            "line": dict(_RANGE),
        }
        for _, found in placed.groupby("row")
        if len(found) > 1
    ]
