"""Marks of releases: small triangles on the time axis, in the colour of their technology."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

SIGN: Final = "\N{BLACK UP-POINTING TRIANGLE}"


@dataclass(frozen=True)
class Mark:
    """One release: whose it is, where it stands on the axis, and what it says under the pointer."""

    technology: str
    day: date
    words: str
    colour: str


def marks(releases: Iterable[Mark], x: str = "x", y: str = "paper") -> list[dict[str, Any]]:
    """The annotations of `releases`, on the foot of the axes `x` and `y` (`paper`, or `y2 domain` of a panel)."""
    return [
        {
            "name": "release",
            "x": mark.day.isoformat(),
            "xref": x,
            "y": 0,
            "yref": y,
            "yanchor": "bottom",
            "text": f'<span style="color:{mark.colour}">{SIGN}</span>',  # the style sheet colours all else
            "hovertext": mark.words,
            "showarrow": False,
            "borderpad": 0,
            "font": {"size": 11, "color": mark.colour},
        }
        for mark in releases
    ]
