"""A world map as SVG, without a script: for the first paint; the same box, places and colours as plotly.js gives it.

The projection is Equal Earth (Savric, Patterson and Jenny 2018, https://doi.org/10.1080/13658816.2018.1504949) about
the meridian of 10 degrees east. Colours are the style sheet's, by class (`shade-5` is the strongest), so that they
follow the theme.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from typing import Any, Final

from dashboard.charts import choropleth

_COEFFICIENTS: Final = (1.340264, -0.081106, 0.000893, 0.003796)
_MERIDIAN: Final = 10
_UNIT: Final = 300  # of the drawing, to one of the projection
_HALF_WIDE, _HALF_HIGH = 2.70663, 1.23395
"""What plotly.js shows of the range of latitudes in `choropleth`: its corners, joined by great circles."""
_MIDDLE: Final = 13.5  # the latitude in the middle of that range
_NEAR: Final = 1.5  # units of the drawing, within which a point is not told from the one before
_SMALL: Final = 1.5
Point = tuple[float, float]


def still(figure: Mapping[str, Any]) -> str:
    """The SVG of a figure of `choropleth`; empty where it is none."""
    traces = [trace for trace in figure.get("data") or () if trace.get("type") == "choropleth"]
    if not traces:
        return ""
    wide, high = round(2 * _HALF_WIDE * _UNIT), round(2 * _HALF_HIGH * _UNIT)
    shapes = "".join(_drawn(trace) for trace in traces)
    world = f'<svg width="100%" height="100%" viewBox="0 0 {wide} {high}">{shapes}</svg>'
    legends = "".join(_legend(trace["colorbar"]) for trace in traces if "colorbar" in trace)
    return f'<svg class="still still-map" aria-hidden="true">{world}{legends}</svg>'


def _drawn(trace: Mapping[str, Any]) -> str:
    """The economies of one trace, one path for each class of colour."""
    kinds: dict[str, list[str]] = {}
    for code, number in zip(trace["locations"], trace["z"], strict=True):
        kinds.setdefault(_kind(trace, number), []).append(paths().get(code, ""))
    return "".join(f'<path class="{kind}" d="{"".join(drawn)}"/>' for kind, drawn in sorted(kinds.items()))


def _kind(trace: Mapping[str, Any], number: float) -> str:
    if trace["name"] != "share":
        return {"no figure": "grey"}.get(trace["name"], "chosen")
    of = len(trace["colorbar"]["tickvals"]) - 1
    return f"shade-{len(choropleth.SHADES) - of + round(number)}"


def _legend(bar: Mapping[str, Any]) -> str:
    """One box per class below the map, with its bounds."""
    words: Sequence[str] = bar["ticktext"]
    of = len(words) - 1
    first = len(choropleth.SHADES) - of
    boxes = [
        f'<rect class="shade-{first + i}" x="{i / of:.4%}" y="4" width="{1 / of:.4%}" height="12"/>' for i in range(of)
    ]
    said = [f'<text x="{i / of:.4%}" y="34" text-anchor="middle">{escape(each)}</text>' for i, each in enumerate(words)]
    return f'<svg class="boxes" x="7%" y="100%" width="86%" height="44">{"".join([*boxes, *said])}</svg>'


@cache
def paths() -> Mapping[str, str]:
    """Economy (ISO 3166-1 alpha-3) -> its outline as SVG writes it; borders of neighbours are the same points."""
    file = choropleth.outline_file()
    if not file.is_file():
        return {}
    topology = json.loads(file.read_text(encoding="utf-8"))
    arcs = _arcs(topology)
    found = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        rings = [_ring(ring, arcs) for polygon in shape["arcs"] for ring in polygon]
        found[shape["id"]] = "".join(_path(ring) for ring in rings)
    return found


def _arcs(topology: Mapping[str, Any]) -> list[list[Point]]:
    """The arcs in degrees."""
    (scale_x, scale_y), (left, top) = (topology["transform"][key] for key in ("scale", "translate"))
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale_x + left, y * scale_y + top))
        arcs.append(_thinned(points))
    return arcs


def _thinned(points: Sequence[Point]) -> list[Point]:
    """An arc without the points that fall together on the screen; its ends stay."""
    kept = [points[0]]
    for point in points[1:-1]:
        (x0, y0), (x1, y1) = _projected(kept[-1]), _projected(point)
        if abs(x0 - x1) + abs(y0 - y1) > _NEAR:
            kept.append(point)
    return [*kept, points[-1]]


def _ring(numbers: Sequence[int], arcs: Sequence[Sequence[Point]]) -> list[Point]:
    """A ring in degrees; one that crosses the edge of the map goes on beyond it, on the side where most of it lies."""
    found: list[Point] = []
    for number in numbers:
        for x, y in arcs[number] if number >= 0 else arcs[~number][::-1]:
            turn = round((x - found[-1][0]) / 360) if found else 0
            found.append((x - 360 * turn, y))
    middle = sum(x for x, _ in found) / len(found)
    turn = round((middle - _MERIDIAN) / 360)
    return [(x - 360 * turn, y) for x, y in found]


def _projected(point: Point) -> Point:
    """Degrees to units of the drawing, from its upper left corner."""
    longitude, latitude = radians(point[0] - _MERIDIAN), radians(point[1])
    x, y = _equal_earth(longitude, latitude)
    return (x + _HALF_WIDE) * _UNIT, (_equal_earth(0, radians(_MIDDLE))[1] - y + _HALF_HIGH) * _UNIT


def _equal_earth(longitude: float, latitude: float) -> Point:
    a1, a2, a3, a4 = _COEFFICIENTS
    theta = asin(sqrt(3) / 2 * sin(latitude))
    square = theta**2
    sixth = square**3
    x = longitude * cos(theta) / (sqrt(3) / 2 * (a1 + 3 * a2 * square + sixth * (7 * a3 + 9 * a4 * square)))
    return x, theta * (a1 + a2 * square + sixth * (a3 + a4 * square))


def _path(ring: Sequence[Point]) -> str:
    """A ring in whole units, step by step; nothing for one too small to be seen."""
    points = [(round(x), round(y)) for x, y in map(_projected, ring)]
    xs, ys = zip(*points, strict=True)
    if max(xs) - min(xs) < _SMALL and max(ys) - min(ys) < _SMALL:
        return ""
    steps = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise(points)]
    written = "".join(f"{dx}{' ' if dy >= 0 else ''}{dy} " for dx, dy in steps[:-1] if dx or dy).rstrip()
    return f"M{points[0][0]} {points[0][1]}l{written}z" if written else ""
