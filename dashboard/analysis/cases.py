"""Cases: on how many people, posts or respondents a figure rests; of a handful nothing leads."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from dashboard.analysis.figures import Figures
from dashboard.analysis.wilson import FEWEST_ASKED

FEWEST_PEOPLE: Final = 100


def cases(now: Figures, technologies: Sequence[str]) -> pd.Series:
    """Technology -> the people, posts or respondents behind its newest figure; missing where they are not known.

    Those without a figure in the newest period that any of `technologies` has are left out.
    """
    latest, period = now.latest(technologies), now.newest(technologies)
    if period is None or (now.indicator.construct == "people" and not now.indicator.is_share):
        return latest
    asked = pd.Series(now.samples.loc[period, list(latest.index)])
    return latest * asked / 100 if now.indicator.is_share else latest.where(asked.notna())


def enough(now: Figures, number: pd.Series) -> pd.Series:
    """Whether so many `cases` are enough to tell of: 100 people, ten posts or respondents; True where not known."""
    fewest = FEWEST_PEOPLE if now.indicator.construct == "people" else FEWEST_ASKED
    return number.isna() | (number >= fewest)
