"""Sampling error of a share: the Wilson interval."""

from typing import Final

import numpy as np
import pandas as pd

FEWEST_ASKED: Final = 10
"""Shares of fewer respondents or posts than this are marked: their interval says next to nothing."""


def wilson(percent: pd.Series, sample_size: pd.Series, level: float = 0.95) -> pd.DataFrame:
    """The interval of each share of a random sample: columns low, high (percent) and small, index as given.

    `percent` is 0 to 100, `sample_size` how many were asked; where either is missing (or nobody was asked) there is no
    interval. `small` marks fewer than ten. Respondents who choose themselves are no random sample: the interval tells
    chance alone, not whom a survey reaches.
    Sources: Wilson (1927), Journal of the American Statistical Association 22, 209-212; Brown, Cai and DasGupta
    (2001), Statistical Science 16, 101-133, who recommend it over p +- z * sqrt(p (1 - p) / n).
    """
    from scipy.special import ndtri

    p = percent.astype("float64") / 100
    n = sample_size.astype("Float64").astype("float64").reindex(p.index)
    n = n.where(n > 0)
    z = float(ndtri(0.5 + level / 2))
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    reach: pd.Series[float] = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    # rounding must not put 0 and 100 percent outside their own interval
    low, high = (100 * (middle - reach)).clip(lower=0).where(p != 0, 0.0), (100 * (middle + reach)).clip(upper=100)
    high = high.where(p != 1, 100.0)
    untold = p.isna() | n.isna()
    return pd.DataFrame({"low": low.mask(untold), "high": high.mask(untold), "small": n < FEWEST_ASKED})
