"""Compares rows with the last good state before they may replace it: coverage, names and magnitudes."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd

from etl import schema
from etl.catalog import CADENCE_DAYS, Break, Indicator, Source
from etl.checks import name
from etl.errors import ComparisonError

_SERIES: Final = ["indicator", "technology", "region", "segment"]
_DAY: Final = pd.Timedelta(days=1)
_WIDEST_FACTOR: Final = 100


def compare(
    new: pd.DataFrame, old: pd.DataFrame, neighbours: pd.DataFrame, entry: Source, breaks: Sequence[Break]
) -> None:
    """Rows of one part against the last good state, as `objections` does.

    Raises ComparisonError with the first objection, and with what to do where the figures are right all the same.
    """
    _refuse(next(objections(new, old, neighbours, entry, breaks), None), entry)


def objections(
    new: pd.DataFrame, old: pd.DataFrame, neighbours: pd.DataFrame, entry: Source, breaks: Sequence[Break]
) -> Iterator[str]:
    """What speaks against the rows of one part, as sentences; none for healthy ones.

    They are held against the same part in the last good state (`old`) and the source's other rows (`neighbours`). All
    have schema.COLUMNS. Objections are: coverage that shrank, a newest period that went back, and magnitudes that
    changed beyond the indicator's factor, in a revision or from one period to the next.
    """
    if len(old):
        yield from _lost(new, old, entry)
    # an unfinished period is low by nature, and grows until it is over
    over = [_plain(rows[rows["status"] != "partial"]) if len(rows) else _NOTHING for rows in (new, old, neighbours)]
    for indicator in entry.indicators:
        ours, before_ours, others = (rows[rows["indicator"] == indicator.id] for rows in over)
        if len(ours) and len(before_ours):
            yield from _revisions(ours, before_ours, indicator, entry)
        history = pd.concat([others, before_ours], ignore_index=True)
        if len(ours) and (len(history) or ours.duplicated(_SERIES).any()):
            yield from _jumps(ours, history, indicator, entry, breaks)


def _refuse(objection: str | None, entry: Source) -> None:
    if objection is not None:
        remedy = f"If the figures are right, `stacktide refresh {entry.id} --accept` takes them."
        raise ComparisonError(f"{objection} {remedy}")


def _lost(new: pd.DataFrame, old: pd.DataFrame, entry: Source) -> Iterator[str]:
    """What the last good state has and the new rows lack."""
    least = len(old) * (1 - entry.expectations.may_shrink_by_percent / 100)
    if len(new) < least:
        yield (
            f"{entry.id}: {len(new):,} rows where the last good state has {len(old):,}; "
            "the publication is incomplete, wait for a whole one."
        )
    before, after = old["period_start"].max(), new["period_start"].max()
    if after < before:
        yield (
            f"{entry.id}: the newest period is {after:%Y-%m-%d}, the last good state had {before:%Y-%m-%d}; "
            "an old file was sent, wait for a new one."
        )
    key = list(schema.KEY)
    now, then = (pd.MultiIndex.from_frame(_plain(rows)[key]) for rows in (new, old))
    gone = int((~then.isin(now)).sum())
    if gone > len(old) / 2:
        yield (
            f"{entry.id}: {gone:,} of the {len(old):,} rows of the last good state are gone, and others have come; "
            "has the publisher renamed regions or groups?"
        )
    yield from _vanished(new, old[old["period_start"] == before], entry)


def _vanished(new: pd.DataFrame, newest_before: pd.DataFrame, entry: Source) -> Iterator[str]:
    """A technology that was a good part of the newest period, and of which not one row is left, was renamed."""
    ours = newest_before[newest_before["technology"] != schema.WHOLE]
    for indicator, rows in ours.groupby("indicator", observed=True):
        if entry.indicator(str(indicator)).is_rank:
            continue
        left = new["technology"][new["indicator"] == indicator].astype("str").unique()
        values = rows["value"].groupby(rows["technology"].astype("str")).sum()
        shares = (100 * values / values.sum())[~values.index.isin(left)]
        if len(shares) and shares.max() > entry.expectations.may_shrink_by_percent:
            yield (
                f"{entry.id}: `{shares.idxmax()}`, {shares.max():.0f} % of the newest period of {indicator}, is gone; "
                "has the publisher renamed it?"
            )


def _revisions(new: pd.DataFrame, old: pd.DataFrame, indicator: Indicator, entry: Source) -> Iterator[str]:
    both = new.merge(old, on=list(schema.KEY), suffixes=("", "_before"))
    factors = _factors(both["value_before"], both["value"], indicator.noise_below)
    allowed = pd.Series(indicator.may_change_by_factor, index=both.index)
    yield from _worst(factors, allowed, both, "was {:g} and is now {:g} {}; a revision", indicator, entry)


def _jumps(
    new: pd.DataFrame, old: pd.DataFrame, indicator: Indicator, entry: Source, breaks: Sequence[Break]
) -> Iterator[str]:
    """Periods newer than the last good state (at a first load: the newest) against the one before them.

    History is not judged: real series jump. Nor is what the last good state holds, a spike that was accepted, say; nor
    are neighbours with a severing break between them, or with a hole that a source without holes does not have.
    """
    newest = new["period_start"].max()
    known_until = old["period_start"].max() if len(old) and old["period_start"].max() < newest else newest - _DAY
    rows = pd.concat([old, new]).drop_duplicates(list(schema.KEY), keep="last")
    rows = rows.sort_values([*_SERIES, "period_start"], ignore_index=True)
    before = rows.groupby(_SERIES, sort=False)[["value", "period_start"]].shift()
    rows["value_before"] = before["value"]
    step = schema.PERIOD_OFFSETS[indicator.frequency]
    judged = (rows["period_start"] > known_until) & before["period_start"].notna()
    if len(old):
        held, keys = (pd.MultiIndex.from_frame(frame[list(schema.KEY)]) for frame in (old, rows[judged]))
        judged[judged] = ~keys.isin(held)
    if not indicator.sparse:
        judged &= before["period_start"] + step == rows["period_start"]
    for severed in breaks:
        if severed.effect == "severs" and (not severed.indicators or indicator.id in severed.indicators):
            day = pd.Timestamp(severed.date)
            judged &= ~((before["period_start"] < day) & (rows["period_start"] >= day))
    if not judged.any():
        return
    rows, before = rows[judged], before[judged]
    factors = _factors(rows["value_before"], rows["value"], indicator.noise_below)
    allowed = _allowed((rows["period_start"] - before["period_start"]) / _DAY, indicator, entry)
    told = "was {:g} in the period before and is {:g} {}; a change"
    yield from _worst(factors, allowed, rows, told, indicator, entry)


def _allowed(gap_days: pd.Series, indicator: Indicator, entry: Source) -> pd.Series:
    """By which factor a value may differ from the one `gap_days` before it.

    The indicator's factor f is meant for two values a cadence of the source (or a longer period) apart. After n of them
    it is 1 + n (f - 1): a total that may grow by its own size in a week (f = 2) goes on by as much each week, and is 53
    times as large after a year. Compounding (f to the power of n) would allow anything after a few months. It never
    widens beyond 100, so that a unit which changed by a thousand is still noticed after years.
    """
    period_days = 366 / schema.PERIODS_PER_YEAR[indicator.frequency]
    times = (gap_days / max(period_days, CADENCE_DAYS.get(entry.cadence, 0))).clip(lower=1)
    factor = indicator.may_change_by_factor
    return (1 + times * (factor - 1)).clip(upper=max(_WIDEST_FACTOR, factor))


def _worst(
    factors: pd.Series, allowed: pd.Series, rows: pd.DataFrame, fact: str, indicator: Indicator, entry: Source
) -> Iterator[str]:
    """The row that is furthest beyond what is allowed, if there is any; all three have the same labels."""
    beyond = rows.assign(factor=factors, allowed=allowed)[factors > allowed]
    if beyond.empty:
        return
    row = beyond.iloc[(beyond["factor"] / beyond["allowed"]).argmax()]
    told = fact.format(row["value_before"], row["value"], indicator.unit)
    yield (
        f"{entry.id}: {name(row)} {told} by a factor of {row['factor']:.1f}, where at most {row['allowed']:.3g} "
        "is expected; has the unit changed?"
    )


def _factors(before: pd.Series, after: pd.Series, noise_below: float) -> pd.Series:
    """By which factor values changed, up or down; 1 where both are noise (the smaller counts as half the noise)."""
    values = np.array([before, after], dtype="float64")
    low, high = np.maximum(values.min(axis=0), noise_below / 2 or 1.0), values.max(axis=0)
    return pd.Series(np.where(high >= noise_below, high / low, 1.0), index=after.index)


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    text = {column: "str" for column in schema.KEY if column != "period_start"}
    return rows[[*schema.KEY, "value"]].astype(text).reset_index(drop=True)


_NOTHING: Final = _plain(schema.empty())


def compare_whole(rows: pd.DataFrame, old: pd.DataFrame, entry: Source) -> None:
    """All rows of a source as they would be stored, against the last good state, as `objections_to_whole` does.

    Raises ComparisonError with the objection.
    """
    _refuse(next(objections_to_whole(rows, old, entry), None), entry)


def objections_to_whole(rows: pd.DataFrame, old: pd.DataFrame, entry: Source) -> Iterator[str]:
    """What speaks against all rows of a source, beside those of the last good state (`old`): that they are too few."""
    if len(rows) < len(old) * (1 - entry.expectations.may_shrink_by_percent / 100):
        yield f"{entry.id}: {len(rows):,} rows in place of {len(old):,} of the last good state; too few."
