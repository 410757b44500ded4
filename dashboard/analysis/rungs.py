"""The tables of the use-case ladder: one indicator, summed up by language or set side by side within one."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from dashboard.analysis.figures import Figures
from dashboard.analysis.linked import Within, grouped, grouped_within, share_within
from dashboard.analysis.momentum import COLUMNS, WINDOW_YEARS, momenta
from dashboard.analysis.share import has_parts, overlaps
from dashboard.analysis.wilson import wilson
from etl.catalog import Catalog, Indicator

_MOMENTUM: Final = {
    "years": "momentum_years",
    "slope": "momentum",
    "low": "momentum_low",
    "high": "momentum_high",
    "tier": "tier",
    "since": "momentum_since",
    "reason": "no_momentum",
}
_ALONE: Final = "no share to take a slope of"


def language_shares(now: Figures, groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """What one indicator counts for the technologies of each language in its newest period, largest share first.

    `groups` holds the technologies of each language, `now` the newest figures (pooled, where months are small).
    Columns: language, technologies (how many have a figure), of (how many it has), largest (the id of the one with
    most), value (their sum), share (percent of the sum over all languages), low, high, place, place_best, place_worst.

    A person who pushes to two frameworks counts for both. So a language has at least as many people as its largest
    framework and at most the sum: `low` and `high` are the shares, and `place_best` and `place_worst` the places, that
    these bounds allow. Where nothing counts twice, the bounds are the share and the place themselves.
    """
    latest = now.latest([t for members in groups.values() for t in members])
    rows = []
    for language, members in groups.items():
        found = latest.reindex([m for m in members if m in latest.index])
        if len(found):
            largest = found.sort_index().idxmax()
            rows.append((language, len(found), len(members), str(largest), float(found.sum()), float(found.max())))
    table = pd.DataFrame(rows, columns=["language", "technologies", "of", "largest", "value", "least"])
    if not overlaps(now.indicator):
        table["least"] = table["value"]
    most, least = table["value"], table["least"]
    table["share"] = 100 * most / most.sum() if most.sum() > 0 else np.nan
    table["low"] = _percent(least, most.sum() - most)
    table["high"] = _percent(most, least.sum() - least)
    table["place"] = most.rank(ascending=False, method="min").astype("Int64")
    table["place_best"] = [1 + int((least.drop(i) > most[i]).sum()) for i in table.index]
    table["place_worst"] = [1 + int((most.drop(i) > least[i]).sum()) for i in table.index]
    table = table.drop(columns="least")
    return table.sort_values(["share", "language"], ascending=[False, True], ignore_index=True)


def language_table(now: Figures, f: Figures, groups: Mapping[str, Sequence[str]], catalog: Catalog) -> pd.DataFrame:
    """`language_shares`, then momentum_years (the window), momentum, momentum_low, momentum_high, tier,
    momentum_since, no_momentum (of the share, `linked`); `f` are the figures that slopes are taken of.
    """
    table = language_shares(now, groups)
    carried = {k: found for k, v in groups.items() if (found := f.carried(v))}
    moved = _moved(grouped_within(f.values, f.stretch, carried, catalog), f)
    return table.merge(moved, left_on="language", right_index=True, how="left")


def registry_table(f: Figures, groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """How much of one registry goes to the technologies of each language, in percent of all that it serves.

    Columns: language, technologies, of, largest, share (percent of the registry), then momentum as in `language_table`.
    There is no place: shares of two registries do not tell which language has more users. Empty where the registry
    publishes no whole.
    """
    columns = ["language", "technologies", "of", "largest", "share", *_MOMENTUM.values()]
    shares = f.shares
    members = [t for found in groups.values() for t in found]
    period = f.newest(members)
    if shares is None or period is None:
        return pd.DataFrame(columns=columns)
    rows = []
    for language, found in groups.items():
        newest = pd.Series(shares.loc[period, f.carried(found)]).dropna()
        if len(newest):
            largest = str(newest.sort_index().idxmax())
            rows.append((language, len(newest), len(found), largest, float(newest.sum())))
    table = pd.DataFrame(rows, columns=columns[:5])
    sums = grouped(shares, f.stretch, {k: found for k, v in groups.items() if (found := f.carried(v))})
    table = table.merge(_moved(Within(sums, f.stretch), f), left_on="language", right_index=True, how="left")
    return table.sort_values(["share", "language"], ascending=[False, True], ignore_index=True)


def technology_table(now: Figures, f: Figures, members: Sequence[str], catalog: Catalog) -> pd.DataFrame:
    """The comparables `members` in one indicator, best first.

    Columns: those of `_placed`, then momentum of share_within as in `language_table`. Missing where there is nothing to
    say: one alone has no share within.
    """
    table = _placed(now, f, members, catalog)
    return _best_first(table.join(_moved_within(table, f, members, catalog)))


def standing_table(now: Figures, f: Figures, members: Sequence[str], catalog: Catalog) -> pd.DataFrame:
    """`technology_table`, with the momentum of the source's share where `is_published` says that this is shown.

    So a percent on the screen and its momentum are of the same whole.
    """
    table = _placed(now, f, members, catalog)
    if f.shares is None or not is_published(f.indicator, table):
        return _best_first(table.join(_moved_within(table, f, members, catalog)))
    return _best_first(table.join(_moved(Within(f.shares[f.carried(members)], f.stretch), f)))


def is_published(indicator: Indicator, table: pd.DataFrame) -> bool:
    """Whether an indicator is a share, or its cases are a sample of known size: then percents have an interval."""
    return indicator.is_share or bool(table["low"].notna().any())


def source_table(now: Figures, f: Figures, languages: Sequence[str]) -> pd.DataFrame:
    """Languages themselves, with all that they are used for: language, value, share, place, of, then momentum.

    The share, and its momentum, are of the source's whole, missing where it gives none.
    """
    latest, period, shares = now.latest(languages), now.newest(languages), now.shares
    table = pd.DataFrame({"value": latest})
    table["share"] = shares.loc[period, list(latest.index)] if shares is not None and period is not None else np.nan
    table["place"] = latest.rank(ascending=f.indicator.is_rank, method="min").astype("Int64")
    table["of"] = len(latest)
    whole = f.shares
    ours = f.values[f.carried(languages)] * np.nan if whole is None else whole[f.carried(languages)]
    table = table.join(_moved(Within(ours, f.stretch), f)).rename_axis("language").reset_index()
    return table.sort_values(["place", "language"], ignore_index=True)


def _placed(now: Figures, f: Figures, members: Sequence[str], catalog: Catalog) -> pd.DataFrame:
    """The newest figures of `members`, by technology.

    Columns: value, share_within (percent of the sum over the comparables with a figure), share, low, high, small
    (percent of the source's whole, and its Wilson interval where the sample size is known), sample_size, place, of,
    tied, ended (the year in which it ended, as the catalogue says).
    """
    latest = now.latest(members)
    period = now.newest(members)
    table = pd.DataFrame({"value": latest})
    alone = len(latest) < 2 or not has_parts(f.indicator)
    table["share_within"] = np.nan if alone else 100 * latest / latest.sum() if latest.sum() > 0 else np.nan
    shares = now.shares
    table["share"] = shares.loc[period, list(latest.index)] if shares is not None and period is not None else np.nan
    table["sample_size"] = now.samples.loc[period, list(latest.index)] if period is not None else np.nan
    known = table["share"].notna() & table["sample_size"].notna()
    untold = pd.DataFrame({"low": np.nan, "high": np.nan, "small": False}, index=table.index)
    table = table.join(wilson(table["share"], table["sample_size"]) if known.any() else untold)
    table["place"] = latest.rank(ascending=f.indicator.is_rank, method="min").astype("Int64")
    table["of"] = len(latest)
    table["tied"] = latest.duplicated(keep=False)
    table["ended"] = pd.array([catalog.technology[str(t)].ended for t in latest.index], dtype="Int64")
    return table


def _moved_within(table: pd.DataFrame, f: Figures, members: Sequence[str], catalog: Catalog) -> pd.DataFrame:
    """The momentum of share_within, by technology of `table`."""
    ours = f.values[f.carried(members)]
    alone = len(table) < 2 or not has_parts(f.indicator)
    return _moved(Within(ours * np.nan, f.stretch) if alone else share_within(ours, f.stretch, catalog), f)


def _best_first(table: pd.DataFrame) -> pd.DataFrame:
    table = table.rename_axis("technology").reset_index()
    return table.sort_values(["place", "technology"], ignore_index=True)


def _percent(part: pd.Series, rest: pd.Series) -> pd.Series:
    whole = part + rest
    return (100 * part / whole.where(whole > 0)).clip(0, 100)


def _moved(shares: Within, f: Figures) -> pd.DataFrame:
    """The momentum of each share, by column; yearly figures need five years for an interval."""
    years = 5 if f.indicator.frequency == "Y" else WINDOW_YEARS
    found = momenta(shares.values, shares.stretch, f.indicator.frequency, [years], f.indicator.sparse, shares.begun)
    if found.empty:  # no share at all
        found = pd.DataFrame({"technology": shares.values.columns, "reason": _ALONE}, columns=list(COLUMNS))
        found["tier"] = found["tier"].astype("object").where(found["tier"].notna(), None)
    return found.set_index("technology")[list(_MOMENTUM)].rename(columns=_MOMENTUM)
