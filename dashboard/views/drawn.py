"""How the values of a selection can be drawn: which views make sense for it, and why others do not."""

from dataclasses import replace
from typing import Final

import pandas as pd

from dashboard.analysis.share import has_parts, overlaps
from dashboard.selection import Resolved
from dashboard.selection.url import ChartView, shows_share

VIEWS: Final[dict[ChartView, str]] = {
    "lines": "Lines",
    "multiples": "Small multiples",
    "rank": "Ranks",
    "area": "Share area",
}
"""View -> what it is called on the screen."""

_SLACK: Final = 1e-6


def drawn(resolved: Resolved) -> tuple[Resolved, str]:
    """The selection with the view that it can have and the value that this shows, and why it is not the one asked for.

    The reason is one sentence with the remedy; empty where the view is as asked.
    """
    asked = resolved.asked.view
    reason = "" if asked == "lines" else closed(asked, resolved)
    if reason:
        return resolved, reason
    if asked == "rank":
        return replace(resolved, view=asked, value="rank"), ""
    if asked == "area":
        return replace(resolved, view=asked, value="share", of_shown=not stacks(resolved)), ""
    return replace(resolved, view=asked), ""


def closed(view: ChartView, resolved: Resolved) -> str:
    """Why a view cannot be had for what is chosen, with the remedy; empty where it can."""
    indicator, number = resolved.indicator, len(resolved.technologies)
    if view != "lines" and resolved.economy_wide:
        return "The figures are of all technologies together: choose an indicator that tells them apart."
    if view == "multiples" and number == 1:
        return "One technology needs no second panel: choose another one to set beside it."
    if view == "rank" and not indicator.is_rank and len(resolved.comparison) == 1:
        return "Only one technology of this use case and kind has figures: widen the filter to rank it among others."
    if view == "area" and not has_parts(indicator):
        return f"Figures such as {indicator.unit} are no parts of a whole: choose lines, or an indicator that counts."
    if view == "area" and number == 1:
        return "One technology divides nothing: choose a second one."
    return ""


def stacks(resolved: Resolved, shares: pd.DataFrame | None = None) -> bool:
    """Whether shares of the source's whole are parts of it, so that they can be put on top of each other.

    `shares` are those shown, wide: where they exceed 100 percent together they overlap, whatever they are said to be.
    """
    if not shows_share(resolved.indicator) or overlaps(resolved.indicator):
        return False
    return shares is None or bool((shares.sum(axis=1) <= 100 + _SLACK).all())
