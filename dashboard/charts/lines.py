"""Lines over time: one per technology."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard.analysis.shown import Shown
from dashboard.charts.releases import Mark, marks
from etl.catalog import Break

HOW_TO_READ: Final = (
    "Each line is one technology, each point one period. A line is cut where periods are missing and where a break "
    "makes figures incomparable; a numbered vertical line marks each break. A dashed end with an open circle is a "
    "period that is not finished yet. A small triangle on the axis is a first or a major release."
)

_NUMBERS: Final = {
    "absolute": {"tickformat": "~s", "hover": ",.0f"},
    "share": {"tickformat": "~r", "ticksuffix": " %", "hover": ".3~r", "suffix": " %"},
    "index": {"tickformat": ",~r", "hover": ",.1f"},
    "year-on-year": {"tickformat": "+,~r", "ticksuffix": " %", "hover": "+,.1f", "suffix": " %"},
    "points": {"tickformat": "+,~r", "hover": "+,.2f", "suffix": " points"},
    "rank": {"tickformat": "d", "hover": "d"},
}
_PERIODS: Final = {"D": "%Y-%m-%d", "W": "%Y-%m-%d", "M": "%b %Y", "Q": "%Y Q%q", "Y": "%Y"}
BREAK_COLOUR: Final = "#808080"  # seen on light and dark alike
_FAINT: Final = 0.35
_NEAR: Final = 0.08  # of the span: two labels such as "9–11" need so much room on a telephone
_MOST_RANK_TICKS: Final = 20


@dataclass(frozen=True)
class Facts:
    """What the figure must know beside the values: names and styles by technology id, and how values are shown."""

    names: Mapping[str, str]
    styles: Mapping[str, tuple[str, str]]
    value: str
    axis_title: str
    frequency: str
    breaks: Sequence[Break] = ()
    log: bool = False
    points: bool = False
    """Whether a change year on year is told in points, and not in percent."""
    releases: Sequence[Mark] = ()

    @property
    def numbers(self) -> Mapping[str, str]:
        """How values are written on the axis and under the pointer."""
        return _NUMBERS["points" if self.points and self.value == "year-on-year" else self.value]


def figure(shown: Shown, facts: Facts) -> dict[str, Any]:
    """The figure of `shown`, as a dict; colours of text, grid and background are left to the theme."""
    traces: list[dict[str, Any]] = []
    order = legend_order(shown.values if shown.raw is None else shown.raw, facts.value)
    if shown.raw is not None:
        traces += [faint(shown.raw[t], shown.stretch, t, facts) for t in order]
    for technology in order:
        traces += line(shown, technology, facts)
    return {"data": traces, "layout": _layout(shown, facts)}


def legend_order(values: pd.DataFrame, value: str) -> list[str]:
    """Technologies by their last value, highest (or best rank) first, as the ends of the lines beside the legend."""
    last = values.ffill().iloc[-1] if len(values) else pd.Series(dtype="float64")
    return [str(t) for t in last.sort_values(ascending=value == "rank", kind="stable").index]


def dates(periods: pd.Index) -> list[str]:
    """Period starts as ISO 8601 dates."""
    return [str(day) for day in np.datetime_as_string(periods.to_numpy(), unit="D")]


def _drawable(values: pd.Series, facts: Facts) -> pd.Series:
    """A logarithmic axis has no place for zero."""
    return values.where(values > 0) if facts.log else values


def cut(values: pd.Series, stretch: np.ndarray) -> tuple[list[str], list[float | None]]:
    """Dates and values with a null between stretches, without empty edges."""
    filled = np.flatnonzero(values.notna().to_numpy())
    if not len(filled):
        return [], []
    inside = slice(filled[0], filled[-1] + 1)
    x = dates(values.index[inside])
    y = [None if math.isnan(v) else v for v in values.iloc[inside].tolist()]
    for i in reversed(np.flatnonzero(np.diff(stretch[inside])) + 1):
        x.insert(i, x[i])
        y.insert(i, None)
    return x, y


def line(shown: Shown, technology: str, facts: Facts) -> list[dict[str, Any]]:
    """The line of one technology, and a dashed piece to its unfinished period."""
    values = _drawable(shown.values[technology], facts)
    partial = shown.partial[technology].to_numpy() & values.notna().to_numpy()
    x, y = cut(values.where(~partial), shown.stretch)
    colour, dash = facts.styles[technology]
    trace = {
        "type": "scatter",
        "name": facts.names[technology],
        "legendgroup": technology,
        "meta": technology,
        "x": x,
        "y": y,
        "line": {"color": colour, "dash": dash, "width": 2},
        "connectgaps": False,
        "hovertemplate": hover(facts, technology),
        **_isolated(y, colour),
    }
    traces = [trace]
    for i in np.flatnonzero(partial):
        joined = i > 0 and shown.stretch[i] == shown.stretch[i - 1] and not np.isnan(values.iloc[i - 1])
        piece = slice(i - 1 if joined else i, i + 1)
        number = i - piece.start + 1
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": f"{facts.names[technology]} (unfinished)",
                "legendgroup": technology,
                "meta": technology,
                "showlegend": False,
                "x": dates(values.index[piece]),
                "y": [float(v) for v in values.iloc[piece]],
                "line": {"color": colour, "dash": "dash", "width": 2},
                "marker": {"color": colour, "symbol": "circle-open", "size": [0, 7][-number:]},
                "hoverinfo": ["skip", "all"][-number:],
                "hovertemplate": ["", hover(facts, technology, " (unfinished)")][-number:],
            }
        )
    if not x and len(traces) > 1:  # nothing but an unfinished period: it must have its place in the legend
        traces[1]["showlegend"] = True
        return traces[1:]
    return traces


def _isolated(y: Sequence[float | None], colour: str) -> dict[str, Any]:
    """A point without neighbours has no line: it gets a marker."""
    padded = [None, *y, None]
    alone = [
        here is not None and before is None and after is None
        for before, here, after in zip(padded, padded[1:], padded[2:], strict=False)
    ]
    if not any(alone):
        return {"mode": "lines"}
    return {"mode": "lines+markers", "marker": {"color": colour, "size": [6 if each else 0 for each in alone]}}


def faint(values: pd.Series, stretch: np.ndarray, technology: str, facts: Facts) -> dict[str, Any]:
    """The raw series behind a smoothed one."""
    x, y = cut(_drawable(values, facts), stretch)
    colour, _ = facts.styles[technology]
    return {
        "type": "scatter",
        "name": f"{facts.names[technology]} (raw)",
        "legendgroup": technology,
        "meta": technology,
        "showlegend": False,
        "x": x,
        "y": y,
        "line": {"color": colour, "width": 1},
        "opacity": _FAINT,
        "connectgaps": False,
        "hoverinfo": "skip",
        **_isolated(y, colour),
    }


def hover(facts: Facts, technology: str, more: str = "") -> str:
    """The template of what the pointer shows of a technology."""
    numbers = facts.numbers
    return f"{facts.names[technology]}: %{{y:{numbers['hover']}}}{numbers.get('suffix', '')}{more}<extra></extra>"


def time_axis(facts: Facts) -> dict[str, Any]:
    """The horizontal axis."""
    return {"type": "date", "hoverformat": _PERIODS[facts.frequency], "automargin": True}


def _layout(shown: Shown, facts: Facts) -> dict[str, Any]:
    numbers = facts.numbers
    y: dict[str, Any] = {
        "title": {"text": facts.axis_title},
        "type": "log" if facts.log else "linear",
        "tickformat": numbers["tickformat"],
        "ticksuffix": numbers.get("ticksuffix", ""),
        "automargin": True,
    }
    if facts.value == "rank":
        worst = shown.values.max().max()
        y |= {"autorange": "reversed", "tick0": 1, "type": "linear"}
        y |= {"dtick": 1} if worst <= _MOST_RANK_TICKS else {"nticks": 12}
    elif facts.value in ("share", "absolute") and not facts.log:
        y["rangemode"] = "tozero"
    return {
        "xaxis": time_axis(facts),
        "yaxis": y,
        "hovermode": "x unified",
        "legend": {"traceorder": "normal"},
        "margin": {"l": 48, "r": 16, "t": 28, "b": 40},
        "shapes": [shape for b in facts.breaks for shape in break_marks(b)],
        "annotations": [*break_numbers(facts.breaks, shown.values.index), *marks(facts.releases)],
    }


def break_marks(b: Break) -> list[dict[str, Any]]:
    """The dashed line at a break, and the span of one that lasts."""
    upright = {"yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    line = {"color": BREAK_COLOUR, "dash": "dash", "width": 1}
    day = b.date.isoformat()
    marks = [{"type": "line", "name": "break", "x0": day, "x1": day, "line": line, **upright}]
    if b.until is not None:
        span = {"x0": day, "x1": b.until.isoformat(), "fillcolor": BREAK_COLOUR, "opacity": 0.15, "line": {"width": 0}}
        marks.append({"type": "rect", "name": "break", **span, **upright})
    return marks


def break_numbers(breaks: Sequence[Break], periods: pd.Index) -> list[dict[str, Any]]:
    """The numbers of the breaks in the note, above their lines; of those that stand too close the first and last."""
    groups: list[list[int]] = []
    for i, b in enumerate(breaks):
        near = (b.date - breaks[groups[-1][0]].date).days if groups else 0
        if groups and near < (periods[-1] - periods[0]).days * _NEAR:
            groups[-1].append(i)
        else:
            groups.append([i])
    return [
        {
            "x": breaks[group[0]].date.isoformat(),
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "xanchor": "left" if len(group) > 1 else "center",
            "text": f"{group[0] + 1}–{group[-1] + 1}" if len(group) > 1 else str(group[0] + 1),
            "hovertext": "<br>".join(f"{breaks[i].date.isoformat()}: {breaks[i].what}" for i in group),
            "showarrow": False,
            "font": {"size": 11},
            "name": "break",
        }
        for group in groups
    ]
