"""Words for periods, values and lists, as they stand on the screen and in files."""

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import pandas as pd

from dashboard.analysis.share import overlaps
from dashboard.analysis.shown import Shown
from dashboard.selection import Resolved

FREQUENCY: Final = {"D": "daily", "W": "weekly", "M": "monthly", "Q": "quarterly", "Y": "yearly"}
VERIFIED: Final = {
    "recording": "Against a recorded answer of the publisher",
    "documentation": "Against the publisher's documentation only: no recorded answer was at hand",
}
REGISTRIES: Final = {
    "pypi": "PyPI",
    "npm": "npm",
    "crates": "crates.io",
    "rubygems": "RubyGems",
    "packagist": "Packagist",
    "nuget": "NuGet",
    "hex": "Hex",
    "docker": "Docker Hub",
    "homebrew": "Homebrew",
}
"""Scheme of names -> the registry whose packages have such names."""
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


def years(length: float) -> str:
    """A length in whole years: `1 year`, `4 years`."""
    whole = round(length)
    return f"{whole} year{'' if whole == 1 else 's'}"


def number(value: float, shown_as: str, *, points: bool = False) -> str:
    """A value in a sentence: three significant digits for a share, whole units for counts; a change has a sign and is
    in percent, or in `points`.
    """
    if shown_as == "year-on-year":
        return f"{value:+.2f} points" if points else f"{value:+,.1f} %"
    if shown_as == "share":
        return f"{significant(value, 3)} %"
    if shown_as == "rank":
        return f"{value:.0f}"
    return f"{value:,.1f}" if shown_as == "index" else f"{value:,.15g}" if value < 10 else f"{value:,.0f}"


def plural(kind: str) -> str:
    """`libraries`, `frameworks`."""
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def plain(value: Any) -> float | None:
    """A figure as a plain number for a page or an answer; None where there is none."""
    return None if pd.isna(value) or not math.isfinite(value) else float(value)


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
    elif resolved.value == "year-on-year":
        said = f"{'points' if resolved.in_points else 'percent'} {against(frequency)}"
    elif resolved.of_shown:
        said = f"percent of the {counted(resolved)} of the {len(resolved.technologies)} technologies shown"
    elif resolved.value == "share":
        said = indicator.unit if indicator.is_share else indicator.whole_title or "percent"
    else:
        said = indicator.unit
    return f"{said}, centred mean of {resolved.asked.smooth} {PERIODS[frequency]}" if shown.raw is not None else said


def explained(resolved: Resolved, shown: Shown) -> str:
    """What the values are, as a sentence for the note."""
    said = {
        "absolute": f"Absolute: {resolved.indicator.unit}, as published.",
        "share": f"Share: {unit(resolved, shown).split(', centred mean')[0]}.",
        "year-on-year": f"Year on year: the change {against(resolved.indicator.frequency)}, in "
        f"{'points' if resolved.in_points else 'percent'}; none across a severing break, nor in an unfinished period.",
        "index": "Index: each series as percent of its own value in the base period"
        + (f", {period(shown.base, resolved.indicator.frequency)}" if shown.base is not None else "")
        + "; none across a severing break.",
        "rank": f"Rank: 1 is the highest of the {shown.compared} technologies that are compared"
        f" ({comparison(resolved)}); ties share the better place; none in an unfinished period.",
    }[resolved.value]
    if resolved.indicator.is_rank:
        said = "Rank: as published; 1 is the best."
    said += area_words(resolved) if resolved.view == "area" else ""
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


def against(frequency: str) -> str:
    """What a change year on year is set against."""
    one = PERIODS[frequency].removesuffix("s")
    same = "52 weeks earlier" if frequency in ("D", "W") else "a year before"
    return "against the year before" if frequency == "Y" else f"against the same {one} {same}"


def counted(resolved: Resolved) -> str:
    """What the indicator counts, in the plural, for a sum over technologies."""
    indicator = resolved.indicator
    return indicator.unit.removeprefix("percent of ") if indicator.is_share else indicator.unit


def area_words(resolved: Resolved) -> str:
    """What the layers add up to, and what they leave out."""
    if not resolved.of_shown:
        return " The layers are parts of all that the source counts; the rest of it is not drawn."
    why = "One can count for several technologies" if overlaps(resolved.indicator) else "The source gives no whole"
    return f" {why}, so the layers are parts of the sum over those shown, and change when others are chosen."


def comparison(resolved: Resolved) -> str:
    """The set in which ranks are taken, in words."""
    asked = resolved.asked
    limits = [f"kind {asked.kind}"] if asked.kind else []
    limits += [f"use case {asked.use_case}"] if asked.use_case else []
    return f"all in the catalogue with {' and '.join(limits)}" if limits else "all in the catalogue"
