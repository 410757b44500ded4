"""Words for periods, values and lists, as they stand on the screen and in files."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import pandas as pd

from dashboard.analysis.shown import Shown
from dashboard.selection import Resolved

FREQUENCY: Final = {"D": "daily", "W": "weekly", "M": "monthly", "Q": "quarterly", "Y": "yearly"}
VERIFIED: Final = {
    "recording": "Against a recorded answer of the publisher",
    "documentation": "Against the publisher's documentation only: no recorded answer was at hand",
}
PERIODS: Final = {"D": "days", "W": "weeks", "M": "months", "Q": "quarters", "Y": "years"}


def period(start: pd.Timestamp, frequency: str) -> str:
    """`June 2026`, `2025 Q2`, `2025`, or the first day of a week or day."""
    if frequency == "M":
        return f"{start:%B %Y}"
    if frequency == "Q":
        return f"{start.year} Q{start.quarter}"
    return f"{start:%Y}" if frequency == "Y" else f"{start:%Y-%m-%d}"


def listed(items: Iterable[str], most: int = 8) -> str:
    """`a, b and c`; beyond `most` items the rest is counted."""
    found = list(items)
    if len(found) > most:
        found = [*found[: most - 1], f"{len(found) - most + 1} more"]
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else ""


def number(value: float, shown_as: str) -> str:
    """A value in a sentence: three significant digits for a share, whole units for counts."""
    if shown_as == "share":
        return f"{significant(value, 3)} %"
    if shown_as == "rank":
        return f"{value:.0f}"
    return f"{value:,.1f}" if shown_as == "index" else f"{value:,.15g}" if value < 10 else f"{value:,.0f}"


def significant(value: float, digits: int) -> str:
    """`value` with so many significant digits, never with an exponent."""
    return f"{Decimal(f'{value:.{digits}g}'):f}"


def unit(resolved: Resolved, shown: Shown) -> str:
    """The unit of the values shown, as in the column `shown_unit` of a file."""
    indicator, frequency = resolved.indicator, resolved.indicator.frequency
    if resolved.value == "rank" and indicator.is_rank:
        return indicator.unit
    if resolved.value == "rank":
        return f"rank among {shown.compared} technologies"
    if resolved.value == "index":
        base = f"{shown.base:%Y-%m-%d}" if shown.base is not None else "the base"
        said = f"index, {base} = 100"
    elif resolved.value == "share":
        said = indicator.unit if indicator.is_share else indicator.whole_title or "percent"
    else:
        said = indicator.unit
    return f"{said}, centred mean of {resolved.asked.smooth} {PERIODS[frequency]}" if shown.raw is not None else said


def is_transformed(resolved: Resolved, shown: Shown) -> bool:
    """Whether the screen shows other numbers than the store holds."""
    if resolved.value == "rank" and resolved.indicator.is_rank:
        return False
    if shown.raw is not None or resolved.value in ("index", "rank"):
        return True
    return resolved.value == "share" and not resolved.indicator.is_share


def explained(resolved: Resolved, shown: Shown) -> str:
    """What the values are, as a sentence for the note."""
    said = {
        "absolute": f"Absolute: {resolved.indicator.unit}, as published.",
        "share": f"Share: {unit(resolved, shown).split(', centred mean')[0]}.",
        "index": "Index: each series as percent of its own value in the base period"
        + (f", {period(shown.base, resolved.indicator.frequency)}." if shown.base is not None else "."),
        "rank": f"Rank: 1 is the highest of the {shown.compared} technologies that are compared"
        f" ({comparison(resolved)}); ties share the better place.",
    }[resolved.value]
    if resolved.indicator.is_rank:
        said = "Rank: as published; 1 is the best."
    if shown.raw is not None:
        window = f"{resolved.asked.smooth} {PERIODS[resolved.indicator.frequency]}"
        said += f" Smoothed: centred mean of {window}, never across a severing break; the raw series is drawn faint."
    elif resolved.asked.smooth and resolved.value == "rank":
        said += " Ranks are not smoothed."
    elif resolved.asked.smooth and resolved.indicator.sparse:
        said += " Figures that are measured now and then are not smoothed."
    if resolved.indicator.sparse:
        said += " The source measures now and then: a line goes from one edition to the next."
    return said


def comparison(resolved: Resolved) -> str:
    """The set in which ranks are taken, in words."""
    asked = resolved.asked
    limits = [f"kind {asked.kind}"] if asked.kind else []
    limits += [f"use case {asked.use_case}"] if asked.use_case else []
    return f"all in the catalogue with {' and '.join(limits)}" if limits else "all in the catalogue"
