"""Evidence conflict: where each indicator ranks the same technologies, and how far two indicators agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard.analysis.figures import Figures
from etl.catalog import Construct

FEWEST: Final = 5
"""With four technologies no order differs from chance at 5 percent (2 of 24 orders), so tau needs five."""

RANK_COLUMNS: Final = (
    "technology",
    "indicator",
    "source",
    "construct",
    "region",
    "period_start",
    "value",
    "place",
    "of",
    "tied",
    "place_among",
    "among",
    "caveat",
)
PAIR_COLUMNS: Final = ("first", "second", "n", "tau", "p", "same_source", "same_origin", "years_apart", "why", "reason")
_DAYS_PER_YEAR: Final = 365.25
_OF_ONE_SITE: Final[frozenset[Construct]] = frozenset({"questions asked"})
"""Constructs that the catalogue counts at one place alone, Stack Overflow, by whatever names."""
_OF_ITS_PUBLISHER: Final[frozenset[Construct]] = frozenset({"survey use and sentiment"})
"""Who asks people has figures of their own; what stands in a registry or on a site is there for all to count."""


@dataclass(frozen=True)
class Conflict:
    """`ranks`: one row per chosen technology and indicator; `pairs`: one row per pair of indicators.

    ranks: place and of (among all comparables that the indicator carries), tied, place_among and among (among the
    chosen alone, for a slope chart), value, period_start, caveat (the bias card). pairs: n (technologies that both
    carry), tau (missing where `reason` says why), p (two-sided, of no association), same_source, same_origin (as the
    function of that name), years_apart (between the two periods), why (both bias cards: why they may differ). `silent`:
    indicators that carry fewer than two.
    """

    ranks: pd.DataFrame
    pairs: pd.DataFrame
    silent: tuple[str, ...]


def conflict(
    indicators: Sequence[Figures], technologies: Sequence[str], comparables: Sequence[str] | None = None
) -> Conflict:
    """The places of `technologies` among `comparables` (or among themselves) in the newest period of each indicator.

    Every pair of `indicators` is compared on the technologies among the comparables that both carry, each in its own
    newest period, by Kendall's tau-b: agreeing minus disagreeing pairs of technologies, ties taken out of the
    denominator. The best value counts as highest, so published ranks are turned round. tau is given from five
    technologies on. Shares of one source and its counts order alike: give one of them. Months of few posts
    are given `pooled`.
    Source: Kendall (1945), Biometrika 33, 239-251.
    """
    among = list(dict.fromkeys([*(comparables if comparables is not None else technologies), *technologies]))
    latest = {f.indicator.id: (f, _upwards(f, f.latest(among))) for f in indicators}
    telling = {name: pair for name, pair in latest.items() if len(pair[1]) >= 2}
    rows = [row for f, values in telling.values() for row in _places(f, values, technologies, among)]
    pairs = [_agreement(*telling[a], *telling[b], among) for a, b in combinations(telling, 2)]
    return Conflict(
        ranks=pd.DataFrame(rows, columns=list(RANK_COLUMNS)),
        pairs=pd.DataFrame(pairs, columns=list(PAIR_COLUMNS)),
        silent=tuple(name for name in latest if name not in telling),
    )


def _upwards(f: Figures, values: pd.Series) -> pd.Series:
    """Values of which the highest is the best."""
    return -values if f.indicator.is_rank else values


def _places(f: Figures, values: pd.Series, chosen: Sequence[str], among: Sequence[str]) -> list[dict[str, Any]]:
    places = values.rank(ascending=False, method="min")
    ours = values.reindex([t for t in dict.fromkeys(chosen) if t in values.index])
    inner = ours.rank(ascending=False, method="min")
    return [
        {
            "technology": str(t),
            "indicator": f.indicator.id,
            "source": f.source.id,
            "construct": f.indicator.construct,
            "region": f.region,
            "period_start": f.newest(among),
            "value": abs(float(values[t])) if f.indicator.is_rank else float(values[t]),
            "place": int(places[t]),
            "of": len(values),
            "tied": bool((values == values[t]).sum() > 1),
            "place_among": int(inner[t]),
            "among": len(ours),
            "caveat": f.source.caveat,
        }
        for t in ours.index
    ]


def _agreement(a: Figures, first: pd.Series, b: Figures, second: pd.Series, among: Sequence[str]) -> dict[str, Any]:
    from scipy.stats import kendalltau

    both = [t for t in among if t in first.index and t in second.index]
    tau, p, reason = np.nan, np.nan, None
    if len(both) < FEWEST:
        reason = f"{len(both)} technologies carried by both; tau needs {FEWEST}"
    elif first[both].nunique() == 1 or second[both].nunique() == 1:
        reason = "one of the two has the same value for all of them"
    else:
        found = kendalltau(first[both], second[both], variant="b")
        tau, p = float(found.statistic), float(found.pvalue)
    one, other = a.newest(among), b.newest(among)
    apart = abs((one - other).days) / _DAYS_PER_YEAR if one is not None and other is not None else np.nan
    same = a.source.id == b.source.id
    cards = [a.source.caveat] if same else [a.source.caveat, b.source.caveat]
    return {
        "first": a.indicator.id,
        "second": b.indicator.id,
        "n": len(both),
        "tau": tau,
        "p": p,
        "same_source": same,
        "same_origin": same_origin(a, b),
        "years_apart": apart,
        "why": f"{a.indicator.construct} against {b.indicator.construct}. {' '.join(cards)}",
        "reason": reason,
    }


def independent(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs of different origin whose tau is known, the widest conflict first."""
    known = pairs["tau"].notna() & ~pairs["same_origin"].astype(bool)
    return pairs[known].sort_values("tau", kind="stable")


def same_origin(a: Figures, b: Figures) -> bool:
    """Whether two indicators stand on the same count, so that their agreement tells nothing of either.

    They do where they are of one source, or of one construct and one publisher, or of one construct on the same site:
    stars on GitHub, downloads from npm or questions on Stack Overflow, whoever reads them off.
    """
    if a.source.id == b.source.id:
        return True
    if a.indicator.construct != b.indicator.construct:
        return False
    if a.source.publisher == b.source.publisher or a.indicator.construct in _OF_ONE_SITE:
        return True
    same_names = a.indicator.names is not None and a.indicator.names == b.indicator.names
    return same_names and a.indicator.construct not in _OF_ITS_PUBLISHER
