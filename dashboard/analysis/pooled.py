"""Pooling: a few neighbouring periods taken together, where one alone rests on too few cases."""

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from dashboard.analysis.figures import Figures

MONTHS: Final = 3
"""A month of job posts is a few hundred: a technology in one percent of them is a handful."""


def pooled(f: Figures, periods: int = MONTHS) -> Figures:
    """The figures of each period and those before it, `periods` in all, taken together; never across a severing break.

    Counts, wholes and sample sizes are added up; percents are averaged, weighted by their sample size where it is
    known. A period for which one of them is missing has no pooled figure. Neighbouring figures share cases: take
    slopes of the figures as they were.
    """

    def sums(frame: pd.DataFrame) -> pd.DataFrame:
        parts = [frame[f.stretch == s].rolling(periods, min_periods=periods).sum() for s in np.unique(f.stretch)]
        return pd.concat(parts) if parts else frame

    samples = sums(f.samples)
    if not f.indicator.is_share:
        whole = None
        if f.whole is not None:
            whole = sums(f.whole.reindex(f.values.index).to_frame("whole"))["whole"]
        return replace(f, values=sums(f.values), samples=samples, whole=whole)
    plain = sums(f.values) / periods
    weighted = sums(f.values * f.samples) / samples.where(samples > 0)
    return replace(f, values=weighted.where(weighted.notna(), plain), samples=samples)
