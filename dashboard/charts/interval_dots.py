"""Dots with their intervals: one row per technology (or group), one panel per question asked of all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

HOW_TO_READ: Final = (
    "Each row is one technology, each dot its share; the line through a dot is its 95 % interval, from chance alone. "
    "Where two lines overlap, which of the two is higher may be chance. Panels beside each other have questions, and "
    "wholes, of their own."
)

_GAP: Final = 0.05  # of the width, between panels
_LEAST: Final = 5.0  # percent at the end of the axis: a panel of small shares is not blown up


@dataclass(frozen=True)
class Panel:
    """`table` has columns value, low, high, n (percent, 0 to 100) by row; `colours` one colour per row.

    Panels of the same `unit` share their scale.
    """

    title: str
    table: pd.DataFrame
    colours: Mapping[str, str]
    unit: str = ""

    @property
    def end(self) -> float:
        """The largest percentage in it, ends of intervals among them."""
        return float(max([_LEAST, *self.table["high"].dropna(), *self.table["value"].dropna()]))


def figure(panels: Sequence[Panel], rows: Sequence[str], names: Mapping[str, str], per: str) -> dict[str, Any]:
    """The panels side by side; `rows` from the top down, `per` what n counts: `posts`, `respondents`."""
    width = (1 - _GAP * (len(panels) - 1)) / len(panels)
    layout: dict[str, Any] = {
        "yaxis": {
            "type": "category",
            "categoryorder": "array",
            "categoryarray": [names[row] for row in reversed(rows)],
            "range": [-0.6, len(rows) - 0.4],
            "automargin": True,
            "showgrid": True,
        },
        "margin": {"l": 48, "r": 16, "t": 28 if any(panel.title for panel in panels) else 8, "b": 32},
        "hovermode": "closest",
        "annotations": [],
    }
    traces = []
    for i, panel in enumerate(panels):
        axis = f"xaxis{i + 1 if i else ''}"
        start = i * (width + _GAP)
        end = max(other.end for other in panels if other.unit == panel.unit)
        layout[axis] = {
            "domain": [start, start + width],
            "anchor": "y",
            "range": [0, min(end * 1.06, 102)],
            "ticksuffix": " %" if len(panels) == 1 else "",  # on a telephone a panel is 60 pixels wide
            "tickangle": 0,
            "nticks": 5 if len(panels) == 1 else 3,
            "zeroline": True,
        }
        if panel.title:
            place = {"x": start, "xref": "paper", "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "bottom"}
            layout["annotations"].append(
                {**place, "text": f"<b>{panel.title}</b>", "showarrow": False, "font": {"size": 13}}
            )
        traces.append(_dots(panel, [row for row in rows if row in panel.table.index], names, per, i))
    return {"data": traces if rows else [], "layout": layout}


def _dots(panel: Panel, rows: Sequence[str], names: Mapping[str, str], per: str, position: int) -> dict[str, Any]:
    table = panel.table.loc[list(rows)]
    values = [float(v) for v in table["value"]]
    # a missing interval has no length
    above = [max(float(v), 0.0) for v in (table["high"] - table["value"]).fillna(0.0)]
    below = [max(float(v), 0.0) for v in (table["value"] - table["low"]).fillna(0.0)]
    colours = [panel.colours[row] for row in rows]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": panel.title or "Share",
        "showlegend": False,
        "x": values,
        "y": [names[row] for row in rows],
        "xaxis": f"x{position + 1 if position else ''}",
        "yaxis": "y",
        "marker": {"color": colours, "size": 10},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": above,
            "arrayminus": below,
            "color": "#808080",  # seen on light and dark alike
            "thickness": 1.5,
            "width": 3,
        },
        "customdata": [_told(row, per) for row in table.to_dict("records")],
        "hovertemplate": "%{y}: %{x:.3~r} %%{customdata}<extra></extra>",
    }


def _told(row: Mapping[Any, Any], per: str) -> str:
    """What a hover says beside the value."""
    interval = "" if pd.isna(row["low"]) else f" ({row['low']:.3g} to {row['high']:.3g})"
    asked = "" if pd.isna(row["n"]) else f", of {row['n']:,.0f} {per}"
    return interval + asked
