"""Momentum: how fast a share changes, in percentage points a year, over a stated window, and what to call it.

The Theil-Sen slope (`slope`) of the share over the window, after the last severing break, with its 95 percent
interval; days and weeks are averaged by month before, and a season that a test finds is taken out first (`season`).
`METHOD` says it in words for the screen.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from dashboard.analysis.season import seasons
from dashboard.analysis.slope import FEWEST, theil_sen
from etl.schema import PERIODS_PER_YEAR

Tier = Literal["surging", "rising", "steady", "falling", "fading"]

WINDOWS: Final = (1, 3, 5)
WINDOW_YEARS: Final = 3
METHOD: Final = (
    "Theil-Sen slope of the share in percentage points a year, with its 95 % interval (Sen 1968), widened where "
    "neighbouring periods are alike (Hamed and Rao 1998); never across a severing break"
)

NOTICED_PERCENT: Final = 2.0
"""Of its own level a year: what changes less is steady, however sure the direction."""
FAST_PERCENT: Final = 20.0
"""Of its own level a year: at both ends of the interval at least this, and it surges or fades."""
MATERIAL_PERCENT: Final = 0.5
"""Of the largest level among all that are compared, a year: what moves less in points does not surge or fade."""

COLUMNS: Final = (
    "technology",
    "years",
    "slope",
    "low",
    "high",
    "percent",
    "level",
    "periods",
    "since",
    "until",
    "season",
    "tier",
    "reason",
)
_DAYS_PER_YEAR: Final = 365.25
_LEAP: Final = 0.02  # of a year: what leap days and unequal months may lack
_FEWEST_IN_MONTH: Final = {"D": 27, "W": 4}
_UNTOLD: Final[dict[str, Any]] = {"slope": np.nan, "low": np.nan, "high": np.nan, "percent": np.nan, "level": np.nan}


def momentum(
    shares: pd.DataFrame, stretches: np.ndarray, frequency: str, years: int = WINDOW_YEARS, sparse: bool = False
) -> pd.DataFrame:
    """The momentum over the last `years`, of the technologies that have one; steepest rise first (see `momenta`)."""
    found = momenta(shares, stretches, frequency, [years], sparse)
    table = found[found["slope"].notna()]
    return table.sort_values(["slope", "technology"], ascending=[False, True], ignore_index=True)


def momenta(
    shares: pd.DataFrame,
    stretches: np.ndarray,
    frequency: str,
    windows: Sequence[int] = WINDOWS,
    sparse: bool = False,
    begun: str = "the last break",
) -> pd.DataFrame:
    """One row per technology and window, with the momentum or the reason why there is none.

    `shares` is wide, in percent, without unfinished periods; give all that the indicator carries, as `tier` looks at
    the largest of them. Columns: technology, years (the window asked), slope, low, high (percentage points a year),
    percent (the slope in percent of the level, a year), level (median share in the window), periods, since, until
    (what the slope rests on), season (`removed`, `none` or `unknown`), tier, reason (None where there is a slope).
    A window holds both its ends, so that three years of months are 37 figures. There is no momentum without a figure
    in the newest period, with fewer than five figures, or where they span less than a year or half the window; `begun`
    says in words what the newest stretch begins with.
    """
    filled = shares.notna().any(axis=1).to_numpy()
    shares, stretches = shares[filled], stretches[filled]
    if frequency in _FEWEST_IN_MONTH and not sparse:
        shares, stretches = monthly(shares, stretches, frequency)
        frequency = "M"
    rows: list[dict[str, Any]] = []
    if len(shares):
        recent = shares[stretches == stretches[-1]]
        season = seasons(recent, "" if sparse else frequency)
        adjusted = recent - season.fillna(0.0)
        told = {t: _season(season[t].to_numpy()) for t in season}
        step = 0.0 if sparse else 1 / PERIODS_PER_YEAR[frequency]
        for years in windows:
            window = adjusted[recent.index >= recent.index[-1] - pd.DateOffset(years=years)]
            way = _Window(years, pd.DatetimeIndex(window.index), step, begun if len(recent) < len(shares) else "")
            values = window.to_numpy(dtype="float64")
            rows += [_one(str(t), told[t], values[:, i], way) for i, t in enumerate(window)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["reason"] = pd.Series([row["reason"] for row in rows], dtype="object")  # None, never NaN
    table["tier"] = tiers(table)
    return table


def tiers(table: pd.DataFrame) -> pd.Series:
    """The tier of each row of `momenta`, from the interval; missing where there is no slope.

    - steady: the interval holds zero, or the slope is less than 2 percent of the level a year.
    - surging, fading: both ends of the interval lie on one side of zero and are at least 20 percent of the level a
      year, and the slope is at least 0.5 percent of the largest level of the table a year: next
      to nothing that doubles does not surge.
    - rising, falling: everything between.

    Sizes are relative to a technology's own level and to the largest, since a share of all downloads and one of all
    respondents differ by orders of magnitude. The rule does not change when all shares are multiplied by a factor.
    """
    slope, low, high = table["slope"], table["low"], table["high"]
    nearest = pd.Series(np.where((low <= 0) & (high >= 0), 0.0, np.minimum(low.abs(), high.abs())), index=table.index)
    level = table["level"].abs()
    moving = (nearest > 0) & (slope.abs() >= NOTICED_PERCENT / 100 * level)
    material = slope.abs() >= MATERIAL_PERCENT / 100 * level.groupby(table["years"]).transform("max")
    fast = moving & material & (nearest >= FAST_PERCENT / 100 * level)
    up = slope > 0
    words = np.select([fast & up, fast, moving & up, moving], ["surging", "fading", "rising", "falling"], "steady")
    return pd.Series(words, index=table.index, dtype="object").where(slope.notna(), None)


def monthly(values: pd.DataFrame, stretches: np.ndarray, frequency: str) -> tuple[pd.DataFrame, np.ndarray]:
    """The mean of each month of daily or weekly `values`, and the stretch of each month.

    A month needs figures of 27 days, or of 4 weeks (those that begin in it), of one stretch; others are missing, and
    left out at both ends. A series of days has a weekly rhythm, and its neighbours tell next to nothing new.
    """
    month = pd.DatetimeIndex(values.index).to_period("M").to_timestamp().as_unit("us")
    labels = pd.Series(stretches, index=values.index)
    pure = labels.groupby(month).nunique().eq(1)
    enough = values.groupby(month).count().ge(_FEWEST_IN_MONTH[frequency])
    means = values.groupby(month).mean().where(enough.mul(pure, axis=0))
    means.index.name = values.index.name
    kept = means.notna().any(axis=1)
    return means[kept], labels.groupby(month).last()[kept].to_numpy()


class _Window:
    """One window: its periods, their times in years before the newest, the length of a period in years."""

    def __init__(self, years: int, periods: pd.DatetimeIndex, step: float, begun: str) -> None:
        self.years = years
        self.periods = periods
        self.step = step
        self.times = (periods - periods[-1]).days.to_numpy() / _DAYS_PER_YEAR
        self.words = f"{years} year{'s' if years > 1 else ''}"
        self.since = f" since {begun}" if begun else ""

    def reason(self, known: np.ndarray) -> str | None:
        """Why the figures at the positions `known` allow no slope."""
        if not len(known):
            return f"no figure in the last {self.words}{self.since}"
        if known[-1] != len(self.periods) - 1:
            return f"no figure in the newest period, {self.periods[-1]:%Y-%m-%d}"
        if len(known) < FEWEST:
            return f"{len(known)} figure{'s' if len(known) > 1 else ''}{self.since}; an interval needs {FEWEST}"
        span = self.step - float(self.times[known[0]])
        least = max(1.0, self.years / 2)
        if span < least - _LEAP:
            return f"figures of {span:.1f} years{self.since}; a window of {self.words} needs {least:.1f}"
        return None


def _one(technology: str, season: str, shares: np.ndarray, window: _Window) -> dict[str, Any]:
    known = np.flatnonzero(~np.isnan(shares))
    row = {"technology": technology, "years": window.years, **_UNTOLD, "periods": len(known), "season": season}
    row |= {"since": window.periods[known[0]] if len(known) else pd.NaT}
    row |= {"until": window.periods[known[-1]] if len(known) else pd.NaT, "reason": window.reason(known)}
    if row["reason"] is not None:
        return row
    found = theil_sen(shares[known], window.times[known])
    level = float(np.median(shares[known]))
    return {**row, **found._asdict(), "percent": 100 * found.slope / level if level > 0 else np.nan, "level": level}


def _season(part: np.ndarray) -> str:
    return "unknown" if np.isnan(part).all() else "removed" if np.abs(part).max() > 0 else "none"
