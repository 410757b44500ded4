"""Shares within a set whose members change: the whole is linked, so that who comes or goes moves nobody else.

A plain share within jumps when a technology enters a source's list, though nobody moved. So the sum is carried back
from the newest period by how those grew that have figures in both of two neighbouring periods, as price indices link
baskets whose goods change. In the newest period, and wherever the set does not change, it is the plain sum. Who misses
a few periods has not gone: between two figures of one stretch the sum holds a straight line, which is drawn nowhere.
Source: ILO and others (2004), Consumer Price Index Manual: Theory and Practice, on linking.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from dashboard.analysis.share import share
from etl.catalog import Catalog

LEAST_COMMON: Final = 0.5
"""Of the sum, on both sides: where those in common carry less, the two periods are not of one kind."""
BREAK: Final = "the last break"


@dataclass(frozen=True)
class Linked:
    """`whole` by period, missing where nothing counts; `stretch` as given, with a cut where too few are in common.

    `changed` are those that came or went at the last such cut, largest first, where the newest stretch begins with it.
    """

    whole: pd.Series
    stretch: np.ndarray
    changed: tuple[str, ...]
    came: bool
    since: pd.Timestamp | None

    def begun(self, catalog: Catalog) -> str:
        """What the newest stretch begins with, in words."""
        if not self.changed:
            return BREAK
        others = f" and {len(self.changed) - 1} more" if len(self.changed) > 1 else ""
        way = "came into" if self.came else "left"
        return f"{catalog.technology[self.changed[0]].name}{others} {way} the source's list ({self.since:%Y-%m-%d})"


@dataclass(frozen=True)
class Within:
    """Wide percents with the stretch of each period; `begun` says in words what the newest stretch begins with."""

    values: pd.DataFrame
    stretch: np.ndarray
    begun: str = BREAK


def linked(values: pd.DataFrame, stretches: np.ndarray) -> Linked:
    """The linked sum over the columns of `values` (wide), within each of the `stretches`.

    linked sum before = linked sum after * sum before / sum after, both over those that are in both periods.
    """
    given = _bridged(values, stretches).to_numpy(dtype="float64")
    rows = np.flatnonzero(np.nansum(given, axis=1) > 0)
    there = ~np.isnan(given[rows])
    counted = np.where(there, given[rows], 0.0)
    sums = counted.sum(axis=1)
    before, after = (counted[:-1] * there[1:]).sum(axis=1), (counted[1:] * there[:-1]).sum(axis=1)
    one = stretches[rows][1:] == stretches[rows][:-1]
    enough = (before > 0) & (before >= LEAST_COMMON * sums[:-1]) & (after > 0) & (after >= LEAST_COMMON * sums[1:])
    ratio = np.divide(before, after, out=np.ones_like(before), where=one & enough)
    whole = sums.copy()
    for i in np.flatnonzero(one & enough)[::-1]:
        whole[i] = whole[i + 1] * ratio[i]
    cuts = np.zeros(len(values), dtype="int64")
    cuts[rows[1:][one & ~enough]] = 1
    found = pd.Series(np.nan, index=values.index)
    found.iloc[rows] = whole
    stretch = stretches + np.cumsum(cuts)
    last = np.flatnonzero(~(one & enough))
    if not len(last) or not one[last[-1]]:
        return Linked(found, stretch, (), False, None)
    i = int(last[-1])
    came, went = counted[i + 1] * ~there[i], counted[i] * ~there[i + 1]
    more = came.sum() / sums[i + 1] >= went.sum() / sums[i]
    weights = came if more else went
    order = [str(values.columns[j]) for j in np.argsort(-weights, kind="stable") if weights[j] > 0]
    return Linked(found, stretch, tuple(order), bool(more), pd.Timestamp(values.index[rows[i + 1]]))


def _bridged(values: pd.DataFrame, stretches: np.ndarray) -> pd.DataFrame:
    """`values` with a straight line over each hole between two figures of one stretch."""
    parts = [values[stretches == s].interpolate("time", limit_area="inside") for s in np.unique(stretches)]
    return pd.concat(parts) if parts else values


def share_within(values: pd.DataFrame, stretches: np.ndarray, catalog: Catalog) -> Within:
    """Each column of `values` (wide) in percent of their linked sum: the momentum of a share within is its."""
    whole = linked(values, stretches)
    return Within(share(values, whole.whole), whole.stretch, whole.begun(catalog))


def grouped_within(
    values: pd.DataFrame, stretches: np.ndarray, groups: Mapping[str, Sequence[str]], catalog: Catalog
) -> Within:
    """The linked sum of each group of columns in percent of the linked sum over all that belong to a group."""
    members = list(dict.fromkeys(t for found in groups.values() for t in found))
    whole = linked(values[list(members)], stretches)
    return Within(share(grouped(values, stretches, groups), whole.whole), whole.stretch, whole.begun(catalog))


def grouped(values: pd.DataFrame, stretches: np.ndarray, groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """The linked sum of each group, wide; missing before a period with which a group has too little in common."""
    sums = {}
    for name, members in groups.items():
        found = linked(values[list(members)], stretches)
        cut = found.stretch - stretches  # a group's own cuts: only the part after the last is comparable with today
        sums[name] = found.whole.where(cut == (cut[-1] if len(cut) else 0))
    return pd.DataFrame(sums, index=values.index)
