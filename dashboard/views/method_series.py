"""Examples of what is done to one series or one indicator, with all numbers that they need."""

from collections.abc import Callable, Sequence
from typing import Final

import pandas as pd

from dashboard.analysis.figures import Figures
from dashboard.analysis.index import common_base, index
from dashboard.analysis.momentum import WINDOW_YEARS, momenta
from dashboard.analysis.rank import rank
from dashboard.analysis.smoothing import smooth
from dashboard.analysis.year_on_year import year_on_year
from dashboard.data import Snapshot
from dashboard.views import method_readings as reading
from dashboard.views.method_example import Example, name, of, trend
from dashboard.views.words import period

_MOVING: Final = 20


def share(snapshot: Snapshot) -> Example | None:
    """Counts, their whole, and the shares."""
    f = reading.found(snapshot, reading.counted, reading.enough)
    if f is None or f.whole is None:
        return None
    chosen, when = reading.top(f), reading.newest(f)
    rows = tuple((name(snapshot, t), f.values.at[when, t], f.whole[when], part) for t, part in chosen.items())
    columns = (("Technology", None), (f.indicator.unit.capitalize(), 15), ("The whole", 15), ("Share, %", 4))
    return Example(of(f, when), columns, rows, trend(f, list(chosen.index), "share"))


def indexed(snapshot: Snapshot) -> Example | None:
    """The first and last value of each series, and what the last is when the first is 100."""

    def works(f: Figures) -> bool:
        return reading.enough(f) and _grown(f) is not None

    f = reading.found(snapshot, reading.counted, works)
    grown = _grown(f) if f is not None else None
    if f is None or grown is None:
        return None
    base, when, last = grown
    chosen, values = list(last.index), f.values
    frequency = f.indicator.frequency
    rows = tuple((name(snapshot, t), values.at[base, t], values.at[when, t], last[t]) for t in chosen)
    columns = (("Technology", None), (period(base, frequency), 15), (period(when, frequency), 15), ("Index", 4))
    return Example(of(f, when), columns, rows, trend(f, chosen, "index"))


def _grown(f: Figures) -> tuple[pd.Timestamp, pd.Timestamp, pd.Series] | None:
    """The base and the newest period of one stretch, and the index of the largest technologies in the latter."""
    chosen = list(reading.top(f).index)
    base, when = common_base(f.values[chosen], f.stretch), f.newest(chosen)
    if base is None or when is None:
        return None
    last = pd.Series(index(f.values[chosen], base, f.stretch).loc[when])
    return (base, when, last) if base < when and last.notna().all() else None


def changed(snapshot: Snapshot) -> Example | None:
    """The newest share, that of a year before, and the difference."""

    def works(f: Figures) -> bool:
        return reading.enough(f) and bool(_points(f, list(reading.top(f).index)).iloc[-1].notna().all())

    f = reading.found(snapshot, reading.regular, works)
    if f is None or f.shares is None:
        return None
    chosen = list(reading.top(f).index)
    when = reading.newest(f)
    before = when - pd.DateOffset(years=1)
    points = _points(f, chosen)
    rows = tuple((name(snapshot, t), f.shares.at[before, t], f.shares.at[when, t], points.at[when, t]) for t in chosen)
    frequency = f.indicator.frequency
    columns = (
        ("Technology", None),
        (f"{period(before, frequency)}, %", 4),
        (f"{period(when, frequency)}, %", 4),
        ("Points", 3),
    )
    return Example(of(f, when), columns, rows, trend(f, chosen, "share"))


def _points(f: Figures, chosen: Sequence[str]) -> pd.DataFrame:
    assert f.shares is not None
    filled = f.shares[list(chosen)].dropna(how="all")
    stretch = f.stretch[f.shares.index.isin(filled.index)]
    return year_on_year(filled, stretch, f.indicator.frequency, points=True)


def ranked(snapshot: Snapshot) -> Example | None:
    """The best four and their places."""
    f = reading.found(snapshot, reading.regular, reading.enough)
    if f is None or f.shares is None:
        return None
    chosen = list(reading.top(f, 4).index)
    when = reading.newest(f)
    places = rank(f.values).loc[when]
    rows = tuple((name(snapshot, t), f.values.at[when, t], places[t]) for t in chosen)
    compared = len(f.values.loc[when].dropna())
    columns = (("Technology", None), (f.indicator.unit.capitalize(), 15), (f"Rank among {compared}", 3))
    return Example(of(f, when), columns, rows, trend(f, chosen, "rank"))


def smoothed(snapshot: Snapshot) -> Example | None:
    """Three neighbouring values and their mean."""
    f = reading.found(snapshot, reading.regular, reading.enough)
    if f is None or f.shares is None:
        return None
    shares = f.shares[[str(reading.top(f, 1).index[0])]]
    means = smooth(shares, 3, f.stretch).iloc[:, 0].dropna()
    if means.empty:
        return None
    middle = shares.index.get_loc(means.index[-1])
    assert isinstance(middle, int)
    around = shares.iloc[middle - 1 : middle + 2, 0]
    frequency, technology = f.indicator.frequency, str(shares.columns[0])
    rows = tuple((period(pd.Timestamp(str(when)), frequency), value) for when, value in around.items())
    rows += ((f"Mean, drawn at {period(means.index[-1], frequency)}", means.iloc[-1]),)
    columns = (("Period", None), (f"{name(snapshot, technology)}, %", 4))
    return Example(of(f, means.index[-1]), columns, rows, trend(f, [technology], "share"))


def _moving(snapshot: Snapshot) -> tuple[Figures, pd.DataFrame] | None:
    """An indicator with momenta, and those of its largest technologies."""
    for f in reading.every(snapshot, reading.regular):
        chosen = list(reading.top(f, _MOVING).index)
        if chosen and f.shares is not None:
            found = momenta(f.shares[chosen], f.stretch, f.indicator.frequency, [WINDOW_YEARS], f.indicator.sparse)
            if found["slope"].notna().any():
                return f, found[found["slope"].notna()]
    return None


def moving(snapshot: Snapshot) -> Example | None:
    """The three that move fastest, with the interval and what it rests on."""
    got = _moving(snapshot)
    if got is None:
        return None
    f, table = got
    order = table["slope"].abs().sort_values(ascending=False).index
    rows = tuple(
        (name(snapshot, r["technology"]), r["slope"], r["low"], r["high"], f"{r['periods']}, season {r['season']}")
        for r in table.loc[order].head(3).to_dict("records")
    )
    columns = (("Technology", None), ("Points a year", 2), ("from", 2), ("to", 2), ("Figures", None))
    since, until = (period(table[edge].iloc[0], f.indicator.frequency) for edge in ("since", "until"))
    named = list(table.loc[order].head(3)["technology"])
    return Example(f"{of(f)}, {since} to {until}", columns, rows, trend(f, named, "share"))


def tiered(snapshot: Snapshot) -> Example | None:
    """The largest technology of each word, with the figures that decide."""
    got = _moving(snapshot)
    if got is None:
        return None
    f, table = got
    largest = table.sort_values("level", ascending=False).drop_duplicates("tier")
    rows = tuple(
        (name(snapshot, r["technology"]), r["level"], r["low"], r["high"], r["percent"], r["tier"])
        for r in largest.to_dict("records")
    )
    columns = (
        ("Technology", None),
        ("Level, %", 3),
        ("Points a year from", 2),
        ("to", 2),
        ("% of its level a year", 2),
        ("Tier", None),
    )
    return Example(of(f), columns, rows)


SERIES: Final[dict[str, Callable[[Snapshot], Example | None]]] = {
    "share": share,
    "index": indexed,
    "year-on-year": changed,
    "rank": ranked,
    "smoothing": smoothed,
    "momentum": moving,
    "tiers": tiered,
}
"""Method -> its example."""
