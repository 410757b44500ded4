"""Bars by region: the share of each economy's people, highest on top."""

from collections.abc import Sequence
from typing import Any, Final

HOW_TO_READ: Final = (
    "Each bar is one economy, as long as the share of its developers who push to the technology. The bars do not add "
    "up: each has a whole of its own, and a large economy may have more people behind a shorter bar."
)


def figure(
    names: Sequence[str], shares: Sequence[float], people: Sequence[float], colour: str, suffix: str
) -> dict[str, Any]:
    """The figure of economies from the highest share down; `suffix` follows a share, `people` are behind each."""
    if not names:
        return {"data": [], "layout": {}}
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": list(shares),
        "y": list(names),
        "customdata": list(people),
        "marker": {"color": colour},
        "showlegend": False,
        "hovertemplate": f"%{{y}}: %{{x:.3~r}}{suffix}, %{{customdata:,.0f}} people<extra></extra>",
    }
    layout = {
        "xaxis": {"ticksuffix": suffix, "tickformat": "~r", "rangemode": "tozero", "automargin": True},
        "yaxis": {"autorange": "reversed", "automargin": True, "dtick": 1},
        "bargap": 0.35,
        "hovermode": "closest",
        "margin": {"l": 48, "r": 24, "t": 8, "b": 36},
    }
    return {"data": [bars], "layout": layout}
