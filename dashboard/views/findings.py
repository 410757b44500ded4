"""What a chart shows, in words: who leads, who gained and lost most, and how much the shown hold together."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from dashboard.analysis.breaks import stretches
from dashboard.analysis.bump import bump
from dashboard.analysis.shown import Shown
from dashboard.analysis.wide import wide
from dashboard.charts.lines import legend_order
from dashboard.data import Snapshot
from dashboard.selection import Resolved
from dashboard.views.words import listed, number, period
from etl.catalog import Break

Names = Mapping[str, str]

_TOLD: Final = 3


def counted(resolved: Resolved, number_of: int) -> str:
    """How many lines, panels or layers there are."""
    one = {"lines": "line", "multiples": "panel", "rank": "line of places", "area": "layer"}[resolved.view]
    many = {"rank": "lines of places"}.get(resolved.view, f"{one}s")
    common = " on one scale" if resolved.view == "multiples" else ""
    return f"{number_of} {one if number_of == 1 else many}{common}"


def finding(resolved: Resolved, shown: Shown, names: Names) -> str:
    """What the view is there to tell, as one or two sentences; empty for lines, and where there is too little."""
    if resolved.view == "area":
        return _together(resolved, shown)
    if resolved.view in ("rank", "multiples"):
        return _moved(resolved, shown, names)
    return ""


def leaders(resolved: Resolved, values: pd.DataFrame, names: Names) -> str:
    """The highest (or first) of the last period of `values`, which is not empty; the rest is counted."""
    last = values.iloc[-1]
    order = [t for t in legend_order(values, resolved.value) if pd.notna(last[t])]
    if resolved.view == "rank":
        told = [f"{number(float(last[t]), 'rank')} {names[t]}" for t in order[:_TOLD]]
    else:
        told = [
            f"{names[t]} {number(float(last[t]), resolved.value, points=resolved.in_points)}" for t in order[:_TOLD]
        ]
    return ", ".join(told) + (f", then {len(order) - _TOLD} more" if len(order) > _TOLD else "")


def _comparable(shown: Shown) -> pd.DataFrame:
    """The complete periods of the newest stretch that hold a value: what can be set against each other."""
    complete = ~np.asarray(shown.partial.any(axis=1), dtype=bool)
    filled = np.asarray(shown.values.notna().any(axis=1), dtype=bool) & complete
    if not filled.any():
        return shown.values.iloc[:0]
    newest = np.flatnonzero(filled & (shown.stretch == shown.stretch[np.flatnonzero(filled)[-1]]))
    return shown.values.iloc[newest]


def _moved(resolved: Resolved, shown: Shown, names: Names) -> str:
    """Who gained and who lost most since the first period that is comparable with the newest."""
    values = _comparable(shown)
    if len(values) < 2 or resolved.value == "year-on-year":
        return ""
    first, last = values.iloc[0], values.iloc[-1]
    gained = (first - last if resolved.value == "rank" else last - first).dropna().sort_values(kind="stable")
    told = []
    for word, technology in (("up", gained.index[-1:]), ("down", gained.index[:1])):
        for each in technology:
            if gained[each] > 0 if word == "up" else gained[each] < 0:
                ends = " to ".join(number(float(v), resolved.value) for v in (first[each], last[each]))
                told.append(f"{names[str(each)]} most {word}, from {ends}")
    since = period(pd.Timestamp(values.index[0]), resolved.indicator.frequency)
    return f" Since {since}: {listed(told)}." if told else f" Nothing moved since {since}."


def _together(resolved: Resolved, shown: Shown) -> str:
    """How much the layers hold together, at both ends of what is comparable."""
    values = _comparable(shown)
    if values.empty or resolved.of_shown:
        return ""
    frequency = resolved.indicator.frequency
    sums = values.sum(axis=1)
    told = f" Together they hold {number(float(sums.iloc[-1]), 'share')}"
    if len(sums) > 1:
        first = period(pd.Timestamp(values.index[0]), frequency)
        told += f"; in {first} it was {number(float(sums.iloc[0]), 'share')}"
    return f"{told}."


def field(snapshot: Snapshot, resolved: Resolved, breaks: Sequence[Break]) -> list[str]:
    """Whether places could also move because others were ranked; for ranks only, and none that are published."""
    indicator, asked = resolved.indicator, resolved.asked
    if resolved.view != "rank" or indicator.is_rank:
        return []
    rows = snapshot.frame(indicator.id, asked.region, asked.segment)
    rows = rows[rows["technology"].isin(resolved.comparison)]
    values = wide(rows, indicator.frequency, sparse=indicator.sparse)
    cut = stretches(pd.DatetimeIndex(values.index), breaks, indicator.frequency)
    ranked = bump(values, cut, resolved.technologies)
    if not ranked.changed.any():
        return []
    least, most = int(ranked.compared.min()), int(ranked.compared.max())
    changed = f"{int(ranked.changed.sum())} of {len(ranked.changed)} periods"
    told = f"{least} to {most} technologies are ranked, in {changed} not the same ones as in the period before"
    return [f"{told}: a place can move because the field did."]
