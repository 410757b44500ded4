"""The course of a few values as a small picture, for one cell of a table."""

import math
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from dashboard.charts.still import Point, pieces, points_of

NEUTRAL: Final = "#5f7f9f"  # seen on light and dark alike
_ROOM: Final = 3.0  # pixels around the line, for the dot


def sparkline(values: Sequence[float | None], colour: str = NEUTRAL, width: int = 96, height: int = 24) -> str:
    """`values` in order as SVG in a box of so many pixels: cut where one is missing, with a dot at the last one."""
    there = {i: v for i, v in enumerate(values) if v is not None and math.isfinite(v)}
    box = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    opened = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
    if not there:
        return f"{opened}</svg>"
    low, high = min(there.values()), max(there.values())

    def at(i: int) -> Point:
        share = (there[i] - low) / (high - low) if high > low else 0.5
        along = i / max(len(values) - 1, 1)
        return _ROOM + along * (width - 2 * _ROOM), _ROOM + (1 - share) * (height - 2 * _ROOM)

    lines = "".join(
        f'<polyline points="{points_of(piece)}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        for piece in pieces([at(i) if i in there else None for i in range(len(values))])
        if len(piece) > 1
    )
    x, y = at(max(there))
    return f'{opened}{lines}<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" fill="{colour}"/></svg>'


def address(svg: str) -> str:
    """An SVG as the address of a picture."""
    return f"data:image/svg+xml,{quote(svg, safe=' =:/')}"
