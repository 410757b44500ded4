"""Stacked layers without a script: each on top of those before it, as plotly.js stacks them."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any


def cumulated(traces: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The traces; those with a `stackgroup` with their upper edge as `y`, and their lower edge as `base`.

    All layers of one group have the same `x`.
    """
    tops: dict[str, list[float]] = {}
    found = []
    for trace in traces:
        group = trace.get("stackgroup")
        if group is None:
            found.append(dict(trace))
            continue
        base = tops.get(group, [0.0] * len(trace["y"]))
        tops[group] = [low + high for low, high in zip(base, trace["y"], strict=True)]
        found.append({**trace, "base": base, "y": tops[group]})
    return found


def area(trace: Mapping[str, Any], x: Callable[[str], float], y: Callable[[float], float]) -> str:
    """The SVG of one layer; `x` and `y` give places in the drawing."""
    upper = [(x(day), y(value)) for day, value in zip(trace["x"], trace["y"], strict=True)]
    lower = [(x(day), y(value)) for day, value in zip(trace["x"], trace["base"], strict=True)]
    points = " ".join(f"{across:.1f},{down:.1f}" for across, down in [*upper, *reversed(lower)])
    return f'<polygon points="{points}" fill="{escape(str(trace["fillcolor"]))}"/>'
