"""A line chart as SVG, without a script: for the first paint, and wherever no script should be needed.

`still` takes a figure as our charts make them (plain dicts of plotly.js) and fills whatever box it is put in: text
stands at percentages of the box, lines are stretched with it and keep their width. Colours of text and grid are the
style sheet's.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from typing import Any, Final

from dashboard.charts.stacks import area, cumulated
from dashboard.charts.still_words import UNIT, percent, said

NAMED: Final = {"solid": "", "dot": "2 4", "dash": "6 4"}
"""Dashes that plotly.js knows by name; all others are lengths, which SVG reads as they are."""
_MOST_MARKS: Final = 6
_TICKS: Final = 5
_LABEL_GAP: Final = 3.6  # percent of the height: 15 pixels of 430
_ROUND: Final = ' stroke-linecap="round"'  # a point without neighbours
Point = tuple[float, float]


@dataclass(frozen=True)
class _Frame:
    """From dates and values to thousandths of the drawing."""

    first: int
    last: int
    low: float
    high: float
    log: bool
    reversed: bool

    def x(self, day: str) -> float:
        """Thousandths from the left."""
        return (_ordinal(day) - self.first) / max(self.last - self.first, 1) * UNIT

    def y(self, value: float) -> float:
        """Thousandths from the top."""
        at = (math.log10(value) if self.log else value) - self.low
        share = at / ((self.high - self.low) or 1)
        return (share if self.reversed else 1 - share) * UNIT


def still(figure: Mapping[str, Any], *, labels: bool = False, marks: int = _MOST_MARKS) -> str:
    """The SVG of a figure of lines or stacked areas over time; empty where it is none, or draws nothing.

    With `labels`, each line carries its name at its end, apart from its neighbours. `marks` is the most on an axis.
    """
    traces = cumulated([trace for trace in figure.get("data") or () if _is_line(trace)])
    layout = figure.get("layout") or {}
    axis = layout.get("yaxis") or {}
    frame = _frame(traces, layout)
    if frame is None:
        return ""
    years, values = _years(frame, marks), _values(frame, axis, min(marks, _TICKS))
    inner = [*_marks(layout, frame), *(area(trace, frame.x, frame.y) for trace in traces if "base" in trace)]
    inner += [line for trace in traces for line in _lines(trace, frame)]
    rows = [(percent(frame.y(v)), _number(v, str(axis.get("ticksuffix", "")))) for v in values]
    outer = [f'<line class="grid" x1="0" x2="100%" y1="{y}" y2="{y}"/>' for y, _ in rows]
    outer += [f'<line class="grid" x1="{percent(x)}" x2="{percent(x)}" y1="0" y2="100%"/>' for x, _ in years]
    outer += [f'<text x="-8" y="{y}" dy="0.35em" text-anchor="end">{escape(words)}</text>' for y, words in rows]
    outer += [f'<text x="{percent(x)}" y="100%" dy="20" text-anchor="middle">{year}</text>' for x, year in years]
    drawing = (
        f'<svg class="lines" width="100%" height="100%" viewBox="0 0 {UNIT} {UNIT}" preserveAspectRatio="none">'
        f"{''.join(inner)}</svg>"
    )
    ends = [
        *_unfinished(traces, frame),
        *said(layout, frame.x, frame.y),
        *(_end_labels(traces, frame) if labels else ()),
    ]
    kind = "still labelled" if labels or (layout.get("meta") or {}).get("labels") else "still"
    return f'<svg class="{kind}" aria-hidden="true">{"".join(outer)}{drawing}{"".join(ends)}</svg>'


def _is_line(trace: Mapping[str, Any]) -> bool:
    return trace.get("type", "scatter") == "scatter" and "lines" in str(trace.get("mode", "lines"))


def _ordinal(day: Any) -> int:
    return date.fromisoformat(str(day)[:10]).toordinal()


def _frame(traces: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]) -> _Frame | None:
    axis = layout.get("yaxis") or {}
    try:
        days = [_ordinal(x) for trace in traces for x in trace.get("x") or () if x is not None]
    except ValueError:
        return None  # no dates: not a chart over time
    log = axis.get("type") == "log"
    values = [v for trace in traces for v in trace.get("y") or () if v is not None and not (log and v <= 0)]
    if not days or not values:
        return None
    low, high = min(values), max(values)
    if log:
        low, high = math.log10(low), math.log10(high)
    if axis.get("rangemode") == "tozero" and not log:
        low, high = min(low, 0.0), max(high, 0.0)
    room = ((high - low) or abs(high) or 1.0) * 0.055
    low = low if low == 0 and axis.get("rangemode") == "tozero" else low - room
    if axis.get("range"):  # the ends as they stand, from the bottom up
        low, high = sorted(axis["range"])
        room = 0.0
    # plotly.js leaves room for the circle at the end of a line
    last = max(days) + (round((max(days) - min(days)) * 0.054) if any("marker" in trace for trace in traces) else 0)
    first = min(days)
    if span := (layout.get("xaxis") or {}).get("range"):
        first, last = (_ordinal(day) for day in span)
    return _Frame(first, last, low, high + room, log, _is_reversed(axis))


def _is_reversed(axis: Mapping[str, Any]) -> bool:
    bounds = axis.get("range")
    return axis.get("autorange") == "reversed" or bool(bounds and bounds[0] > bounds[1])


def _lines(trace: Mapping[str, Any], frame: _Frame) -> list[str]:
    style = trace.get("line") or {}
    points = [
        None if x is None or v is None or (frame.log and v <= 0) else (frame.x(x), frame.y(v))
        for x, v in zip(trace.get("x") or (), trace.get("y") or (), strict=False)
    ]
    asked = str(style.get("dash", "solid"))
    dash = escape(NAMED.get(asked, asked))
    shape = f' stroke-dasharray="{dash}"' if dash else ""
    faint = f' opacity="{trace["opacity"]}"' if "opacity" in trace else ""
    colour, width = escape(str(style.get("color", "currentColor"))), style.get("width", 2)
    drawn = f'stroke="{colour}" stroke-width="{width}"{faint}'
    if trace.get("fill") == "toself":
        fill = escape(str(trace["fillcolor"]))
        return [f'<polygon points="{points_of(piece)}" fill="{fill}"/>' for piece in pieces(points)]
    return [
        f'<polyline points="{points_of(piece)}" {drawn}{shape}/>'
        if len(piece) > 1
        else f'<polyline points="{points_of(piece * 2)}" {drawn}{_ROUND}/>'
        for piece in pieces(points)
    ]


def pieces(points: Sequence[Point | None]) -> list[list[Point]]:
    """The stretches between missing points."""
    found: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            found.append([])
        else:
            found[-1].append(point)
    return [piece for piece in found if piece]


def points_of(piece: Sequence[Point]) -> str:
    """Points as SVG writes them."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in piece)


def _marks(layout: Mapping[str, Any], frame: _Frame) -> list[str]:
    """The breaks: dashed verticals, and spans."""
    found = []
    for shape in layout.get("shapes") or ():
        if shape.get("name") != "break":
            continue
        left, right = (min(max(frame.x(shape[end]), 0), UNIT) for end in ("x0", "x1"))
        if shape.get("type") == "rect":
            found.append(f'<rect class="span" x="{left:.1f}" y="0" width="{right - left:.1f}" height="{UNIT}"/>')
        else:
            found.append(f'<line class="break" x1="{left:.1f}" x2="{left:.1f}" y1="0" y2="{UNIT}"/>')
    return found


def _unfinished(traces: Sequence[Mapping[str, Any]], frame: _Frame) -> list[str]:
    """The open circles at the ends of lines whose last period is not finished."""
    found = []
    for trace in traces:
        marker = trace.get("marker") or {}
        if marker.get("symbol") != "circle-open" or trace["y"][-1] is None:
            continue
        place = f'cx="{percent(frame.x(trace["x"][-1]))}" cy="{percent(frame.y(trace["y"][-1]))}"'
        found.append(f'<circle class="open" {place} r="3.5" stroke="{escape(str(marker.get("color")))}"/>')
    return found


def _end_labels(traces: Sequence[Mapping[str, Any]], frame: _Frame) -> list[str]:
    """The names at the ends of the lines, moved apart downwards and then up from the bottom where room is short."""
    ends: dict[str, tuple[float, str, str]] = {}
    for trace in traces:
        last = next((v for v in reversed(trace.get("y") or ()) if v is not None and not (frame.log and v <= 0)), None)
        if last is not None and trace.get("showlegend") is not False:
            colour = str((trace.get("line") or {}).get("color", "currentColor"))
            ends[str(trace.get("name"))] = (frame.y(last) / UNIT * 100, str(trace.get("name")), colour)
    ordered = sorted(ends.values())
    places = apart([at for at, _, _ in ordered], _LABEL_GAP)
    return [
        f'<text class="end" x="100%" dx="8" y="{place:.2f}%" dy="0.35em" fill="{escape(colour)}">{escape(name)}</text>'
        for place, (_, name, colour) in zip(places, ordered, strict=True)
    ]


def apart(places: Sequence[float], gap: float, most: float = 100.0) -> list[float]:
    """Ascending places, moved so that neighbours are at least `gap` apart and, where that is possible, none is
    beyond `most`.
    """
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + gap) if found else place)
    limit = most
    for i in reversed(range(len(found))):
        found[i] = min(found[i], limit)
        limit = found[i] - gap
    return found


def _years(frame: _Frame, marks: int) -> list[tuple[float, str]]:
    """At most so many first days of years (or, within two years, of months), with their places."""
    first, last = date.fromordinal(frame.first), date.fromordinal(frame.last)
    if last - first < timedelta(days=800):
        count = (last.year - first.year) * 12 + last.month - first.month + 1
        months = [first.year * 12 + first.month - 1 + i for i in range(count)]
        starts = {date(m // 12, m % 12 + 1, 1): f"{date(m // 12, m % 12 + 1, 1):%b %Y}" for m in months}
        inside = [day for day in starts if day >= first]
        shown = inside[:: -(-len(inside) // marks) or 1]
    else:
        starts = {date(year, 1, 1): str(year) for year in range(first.year, last.year + 1)}
        inside = [day for day in starts if day >= first]
        step = next((n for n in (1, 2, 5, 10, 20) if len(inside) / n <= marks), 50)
        shown = [day for day in inside if day.year % step == 0]
    return [(frame.x(day.isoformat()), starts[day]) for day in shown]


def _values(frame: _Frame, axis: Mapping[str, Any], ticks: int) -> list[float]:
    """Round values for the marks of the vertical axis."""
    if frame.log:
        exponents = range(math.ceil(frame.low), math.floor(frame.high) + 1)
        return [10.0**e for e in exponents][:: max(1, -(-len(exponents) // ticks))]
    wanted = (frame.high - frame.low) / ticks
    power = 10.0 ** math.floor(math.log10(wanted)) if wanted > 0 else 1.0
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= wanted * 0.9)
    if frame.reversed:
        step = max(1.0, round(step))
        start = 1.0
    else:
        start = math.ceil(frame.low / step) * step
    if axis.get("tickvals"):
        return [float(each) for each in axis["tickvals"]]
    count = int((frame.high - start) / step + 1e-9) + 1
    return [start + i * step for i in range(max(count, 0))]


def _number(value: float, suffix: str) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size and not suffix:
            return f"{value / size:g}{letter}"
    return f"{round(value, 10):g}{suffix}"
