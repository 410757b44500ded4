"""Examples of what is said of samples and of benchmarks."""

from collections.abc import Callable
from typing import Final

import pandas as pd

from dashboard.analysis.benchmark import newest_round
from dashboard.analysis.figures import Figures
from dashboard.analysis.pooled import MONTHS, pooled
from dashboard.analysis.wilson import wilson
from dashboard.data import Snapshot
from dashboard.views import method_readings as reading
from dashboard.views.method_example import Example, name, of, trend
from dashboard.views.words import period

_SAMPLED: Final = ("hiring", "survey use and sentiment")


def interval(snapshot: Snapshot) -> Example | None:
    """A large and a middling share of the same sample."""
    f = _sampled(snapshot)
    if f is None:
        return None
    when, shares, asked = _newest(f)
    order = shares.sort_values(ascending=False, kind="stable")
    chosen = order.iloc[[0, len(order) // 2]]
    bounds = wilson(chosen, asked[chosen.index])
    rows = tuple(
        (name(snapshot, t), chosen[t], asked[t], bounds.at[t, "low"], bounds.at[t, "high"])
        for t in map(str, chosen.index)
    )
    columns = (("Technology", None), ("Share, %", 3), ("n", 15), ("from, %", 3), ("to, %", 3))
    return Example(of(f, when), columns, rows, trend(f, list(chosen.index), "share"))


def together(snapshot: Snapshot) -> Example | None:
    """A few months of posts, and all of them together."""
    f = _sampled(snapshot)
    if f is None or f.indicator.frequency != "M":
        return None
    when, newest, _ = _newest(f)
    technology, now = str(newest.idxmax()), pooled(f)
    single, whole = f.shares, now.shares
    months = f.values.index[f.values.index <= when][-MONTHS:]
    if single is None or whole is None or single.loc[months, technology].isna().any():
        return None
    rows = tuple((period(m, "M"), single.at[m, technology], f.samples.at[m, technology]) for m in months)
    rows += (("Together", whole.at[when, technology], now.samples.at[when, technology]),)
    columns = (("Month", None), (f"{name(snapshot, technology)}, %", 4), ("n", 15))
    return Example(of(f, when), columns, rows, trend(f, [technology], "share"))


def _sampled(snapshot: Snapshot) -> Figures | None:
    """Shares of a stated number of posts or respondents."""
    return reading.found(
        snapshot,
        lambda i: not i.sparse and i.construct in _SAMPLED and (i.is_share or bool(i.whole)),
        lambda f: len(_newest(f)[1]) > 1,
    )


def _newest(f: Figures) -> tuple[pd.Timestamp, pd.Series, pd.Series]:
    """The newest period with shares of a known sample, those shares, and the sizes of the sample."""
    nothing = pd.Series(dtype="float64")
    if f.shares is None:
        return pd.Timestamp(0), nothing, nothing
    both = f.samples.where(f.shares.notna()).dropna(how="all")
    if both.empty:
        return pd.Timestamp(0), nothing, nothing
    when, asked = pd.Timestamp(both.index[-1]), both.iloc[-1].dropna()
    return when, pd.Series(f.shares.T[when].reindex(asked.index)), asked


def placed(snapshot: Snapshot) -> Example | None:
    """The first three of one test in its newest round."""
    catalog = snapshot.catalog
    held = [i for i in snapshot.indicators() if catalog.indicator[i].construct == "benchmark speed"]
    chosen = next((i for i in held if catalog.indicator[i].unit.startswith("percentile")), None)
    if chosen is None:
        return None
    segment = sorted(segment for _, segment in snapshot.places(chosen))[0]
    table = newest_round(snapshot.frame(chosen, segment=segment))
    best = table[table["behind"] == 0].head(3)
    rows = tuple((name(snapshot, r["technology"]), r["percentile"], r["variants"]) for r in best.to_dict("records"))
    when = period(best["period_start"].iloc[0], catalog.indicator[chosen].frequency)
    of = f"{catalog.indicator[chosen].title}, {catalog.source_of[chosen].segment_title(segment).lower()}, {when}"
    return Example(of, (("Technology", None), ("Percentile", 4), ("Entries", 15)), rows, (("Speed", "/speed"),))


SAMPLES: Final[dict[str, Callable[[Snapshot], Example | None]]] = {
    "wilson": interval,
    "pooling": together,
    "percentile": placed,
}
"""Method -> its example."""
