"""Share: percent of a stated whole, 0 to 100. The whole is that of the source, never the sum of the chosen few.

Three wholes are told apart: all that a source counts, all that a registry serves, and all that one indicator counts
for the technologies of a use case. The last one moves when the catalogue does, so it says what it added up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from etl.catalog import Construct, Indicator

Whole = Literal["source", "registry", "use case"]

_COUNTED_TWICE: Final[dict[Construct, str]] = {  # who or what can count for several technologies at once
    "people": "people",
    "questions asked": "questions",
    "hiring": "posts",
    "survey use and sentiment": "respondents",
}
_NO_PARTS: Final[tuple[Construct, ...]] = ("benchmark speed", "health")  # figures that do not add up to anything


@dataclass(frozen=True)
class Shares:
    """`values` is wide, in percent of what `of` says; `counted` how many technologies a period's whole adds up.

    `counted` is empty where the source gives its whole itself. Where `overlap` is set, one person (or post) can
    count for several technologies: shares must not be added up to a number of people, nor stacked to the source's
    whole.
    """

    values: pd.DataFrame
    whole: Whole
    of: str
    overlap: bool
    counted: pd.Series


def share(values: pd.DataFrame, whole: pd.Series) -> pd.DataFrame:
    """100 * value / whole, period by period.

    `values` is wide, `whole` has one value per period (any order). Where the whole is missing or zero there is no
    share.
    """
    base = whole.reindex(values.index)
    return values.mul(100).div(base.where(base > 0), axis=0)


def overlaps(indicator: Indicator) -> bool:
    """Whether one person, question, post or respondent can count for several technologies."""
    return indicator.construct in _COUNTED_TWICE


def has_parts(indicator: Indicator) -> bool:
    """Whether its values can be added up over technologies: not ranks, percentiles or issues left open."""
    return not indicator.is_rank and indicator.construct not in _NO_PARTS


def of_source(values: pd.DataFrame, whole: pd.Series | None, indicator: Indicator) -> Shares | None:
    """Percent of all that the source (or the registry, for installs) counts; None where it gives no whole.

    `values` is wide and of one indicator; `whole` by period, None where the values are shares already.
    """
    if indicator.is_share:
        found, of = values, indicator.unit
    elif whole is None:
        return None
    else:
        found, of = share(values, whole), indicator.whole_title or "percent"
    kind: Whole = "registry" if indicator.construct == "installs" else "source"
    return Shares(found, kind, of, overlaps(indicator), pd.Series(dtype="int64"))


def within(values: pd.DataFrame, members: Sequence[str], indicator: Indicator, title: str) -> Shares | None:
    """Percent of the sum over `members` (the technologies of a use case that are comparable), period by period.

    `values` is wide and of one indicator, so that no two registries are ever added up; `title` names the use case.
    Only members are in the result, and in each period they add up to 100. None where figures do not add up.
    """
    ours = values[[m for m in members if m in values.columns]]
    if not has_parts(indicator):
        return None
    what = indicator.unit.removeprefix("percent of ") if indicator.is_share else indicator.unit
    of = f"percent of the {what} counted for the {len(ours.columns)} technologies of {title} that have figures"
    if overlaps(indicator):
        of += f"; {_COUNTED_TWICE[indicator.construct]} that count for several are counted for each"
    sums = ours.sum(axis=1, min_count=1)
    return Shares(share(ours, sums), "use case", of, overlaps(indicator), ours.notna().sum(axis=1))
