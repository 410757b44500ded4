"""Shares of a sample with their sampling error: how many were asked or read, and how far chance alone reaches."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from dashboard.analysis.figures import Figures
from dashboard.analysis.pooled import pooled
from dashboard.analysis.share import share
from dashboard.analysis.wilson import FEWEST_ASKED, wilson


@dataclass(frozen=True)
class Sampled:
    """Wide frames in percent, alike in shape: `values`, and the ends of their 95 percent intervals, `low` and `high`.

    `n` is how many were asked (posts, respondents); missing where the source does not say, and then there is no
    interval. `suppressed` are the technologies of which a figure was left out because fewer than ten were asked.
    """

    values: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    n: pd.DataFrame
    suppressed: tuple[str, ...] = ()

    def only(self, technologies: Sequence[str]) -> "Sampled":
        """The same of those of `technologies` that it has."""
        kept = [t for t in technologies if t in self.values]
        return Sampled(self.values[kept], self.low[kept], self.high[kept], self.n[kept], self.suppressed)

    def at(self, period: pd.Timestamp) -> pd.DataFrame:
        """One period: columns value, low, high, n by technology; those without a figure are left out."""
        columns = {"value": self.values, "low": self.low, "high": self.high, "n": self.n}
        found = pd.DataFrame({name: frame.loc[period] for name, frame in columns.items()})
        return found[found["value"].notna()]


def sampled(f: Figures, technologies: Sequence[str], periods: int = 1, asked: pd.Series | None = None) -> Sampled:
    """The shares of `technologies` in `f`, with their intervals; each of so many `periods` taken together.

    `asked` is how many were asked, by period, for a source that publishes it apart from its shares. Pooling never
    crosses a severing break. Raises ValueError where the indicator is no share and has no whole.
    """
    there = f.carried(technologies)
    samples = f.samples.reindex(index=f.values.index, columns=there)
    if asked is not None:
        every = pd.DataFrame(dict.fromkeys(there, asked.reindex(f.values.index)), index=f.values.index)
        samples = samples.fillna(every)
    values = f.values[there]
    ours = replace(f, values=values, samples=samples.where(values.notna()))
    if periods > 1:
        ours = pooled(ours, periods)
    if ours.indicator.is_share:
        shares = ours.values
    elif ours.whole is not None:
        shares = share(ours.values, ours.whole)
    else:
        raise ValueError(f"{f.indicator.id} has no whole to take a share of")
    small = ours.samples < FEWEST_ASKED
    left_out = tuple(str(t) for t in there if (small[t] & shares[t].notna()).any())
    shares = shares.mask(small)
    # all columns at once: one call costs as much as one column
    bounds = wilson(pd.Series(shares.to_numpy().ravel()), pd.Series(ours.samples.to_numpy("float64").ravel()))
    low, high = (
        pd.DataFrame(bounds[end].to_numpy().reshape(shares.shape), index=shares.index, columns=there)
        for end in ("low", "high")
    )
    return Sampled(shares, low, high, ours.samples, left_out)


def places(table: pd.DataFrame) -> pd.DataFrame:
    """Rank by `value` with the places that the intervals leave open: columns rank, best, worst.

    `table` as `Sampled.at`. The best place is one more than the number of technologies that lie above for sure (whose
    interval begins beyond the end of its own), the worst counts all that do not lie below for sure. Missing without
    intervals. Figures of one sample move together, so this leaves more open than a test of each pair would.
    """
    rank = table["value"].rank(ascending=False, method="min")
    best = [1 + int((table["low"] > high).sum()) for high in table["high"]]
    worst = [int((~(table["high"] < low)).sum()) for low in table["low"]]
    found = pd.DataFrame({"rank": rank, "best": best, "worst": worst}, index=table.index)
    untold = table["low"].isna().any() or table["high"].isna().any()
    return found.assign(best=float("nan"), worst=float("nan")) if untold else found
