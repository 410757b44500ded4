"""The chart of a view: which one draws it, how to read it, and how high it must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.analysis.shown import Shown
from dashboard.charts import area, bump, lines, panels
from dashboard.charts.lines import Facts
from dashboard.selection import Resolved


@dataclass(frozen=True)
class Charted:
    """`tall` is the height in pixels in a wide and in a narrow window, where it depends on what is shown."""

    figure: Mapping[str, Any]
    how_to_read: str
    tall: tuple[int, int] | None = None
    legend: bool = True
    """Whether the names stand beside the chart; else they stand in it."""


def charted(resolved: Resolved, shown: Shown, facts: Facts) -> Charted:
    """The chart of `shown` in the view of the selection."""
    if resolved.view == "multiples" and len(shown.values.columns):
        tall = tuple(rows * pixels for _, rows, pixels in _grids(len(shown.values.columns)))
        return Charted(panels.figure(shown, facts), panels.HOW_TO_READ, (tall[0], tall[1]), legend=False)
    if resolved.view == "rank":
        high = bump.height(shown)
        return Charted(bump.figure(shown, facts), bump.HOW_TO_READ, (high, high), legend=False)
    if resolved.view == "area":
        return Charted(area.figure(shown, facts, whole=resolved.of_shown), area.HOW_TO_READ)
    return Charted(lines.figure(shown, facts), lines.HOW_TO_READ)


def _grids(number: int) -> list[tuple[int, int, int]]:
    return [panels.grid(number, narrow=narrow) for narrow in (False, True)]
