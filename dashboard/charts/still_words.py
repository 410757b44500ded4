"""What is written into a still chart: numbers of breaks, names at the ends of lines, marks of releases."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final

from dashboard.charts.releases import SIGN

UNIT: Final = 1000  # of the inner drawing, which is stretched


def percent(thousandths: float) -> str:
    """A place in the drawing as SVG takes it, whatever the size of the box."""
    return f"{thousandths / UNIT * 100:.2f}%"


def said(layout: Mapping[str, Any], x: Callable[[str], float], y: Callable[[float], float]) -> list[str]:
    """The annotations that our charts make, by name; `x` and `y` give thousandths of the drawing."""
    found = []
    for told in layout.get("annotations") or ():
        name, words = told.get("name"), escape(str(told.get("text")))
        if name not in ("break", "end", "release"):
            continue
        across = percent(x(told["x"]))
        if name == "break":
            found.append(f'<text x="{across}" y="-5" text-anchor="middle">{words}</text>')
        elif name == "end":
            place = f'x="{across}" y="{percent(y(told["y"]))}" dx="{told["xshift"]}"'
            found.append(f'<text {place} dy="0.35em">{words}</text>')
        else:
            place = f'x="{across}" y="100%" dy="-4" text-anchor="middle"'
            found.append(f'<text class="release" {place} fill="{escape(told["font"]["color"])}">{SIGN}</text>')
    return found
