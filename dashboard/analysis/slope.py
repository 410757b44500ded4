"""One robust slope: Theil-Sen, with an interval that allows for neighbouring periods being alike."""

from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np

LEVEL: Final = 0.95
_ERRORS: Final = NormalDist().inv_cdf(0.5 + LEVEL / 2)  # standard errors to each side that hold so much
FEWEST: Final = 5
"""With four figures not even four rises in a row exclude chance at 5 percent (2 of 24 orders); with five they do."""

_WIDEST: Final = 7.0  # standard errors; by then the interval reaches from the smallest to the largest slope


class Slope(NamedTuple):
    """In units of the values per unit of the times."""

    slope: float
    low: float
    high: float


def theil_sen(values: np.ndarray, times: np.ndarray) -> Slope:
    """The median of the slopes between all pairs, with its 95 percent interval; at least `FEWEST` values, no holes.

    The interval is Sen's, from Kendall's S. It takes deviations from the line for independent; where they are
    alike from one period to the next, the variance of S is multiplied by `inflation`, which widens the interval.
    Sources: Sen (1968), Journal of the American Statistical Association 63, 1379-1389; Hamed and Rao (1998), Journal
    of Hydrology 204, 182-196.
    """
    from scipy.special import ndtr
    from scipy.stats import theilslopes  # slow to import, and few views need it

    first, second = np.triu_indices(len(values), 1)
    middle = float(np.median((values[second] - values[first]) / (times[second] - times[first])))
    errors = min(_ERRORS * float(np.sqrt(inflation(values - middle * times))), _WIDEST)
    level = 2 * ndtr(errors) - 1
    slope, _, low, high = theilslopes(values, times, alpha=float(level))
    return Slope(float(slope), float(low), float(high))


def inflation(deviations: np.ndarray) -> float:
    """By what the variance of Kendall's S grows where neighbouring `deviations` from a trend are alike; at least 1.

    1 + 2 / (n (n-1) (n-2)) * sum over lags i of (n-i) (n-i-1) (n-i-2) r(i), with r the autocorrelation of the ranks of
    the deviations, of which those that differ from zero at 5 percent count (Hamed and Rao 1998, equation 15). An
    interval is never made narrower than that of independent deviations.
    """
    from scipy.stats import rankdata

    n = len(deviations)
    # deviations that differ by rounding alone are equal: the ranks of a straight line must not be noise
    scale = float(np.max(np.abs(deviations))) if n else 0.0
    ranks = rankdata(np.round(deviations / scale, 9)) if scale > 0 else np.ones(n)
    centred = ranks - ranks.mean()
    variance = float(centred @ centred)
    if n < FEWEST or variance == 0:
        return 1.0
    lags = np.arange(1, n - 2)
    alike = np.correlate(centred, centred, "full")[n : n + len(lags)] / variance
    alike[np.abs(alike) < _ERRORS / np.sqrt(n)] = 0
    weights = (n - lags) * (n - lags - 1) * (n - lags - 2)
    return max(1.0, 1 + 2 / (n * (n - 1) * (n - 2)) * float(weights @ alike))
