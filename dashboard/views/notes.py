"""The note under a chart, its title, and the sentence that stands for it where it cannot be seen."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.analysis.breaks import concerning, in_span
from dashboard.analysis.shown import Shown
from dashboard.charts import lines
from dashboard.data import Snapshot
from dashboard.selection import Resolved
from dashboard.views import findings, regions
from dashboard.views.words import FREQUENCY, VERIFIED, explained, listed, period, unit
from etl.catalog import Break, Indicator
from etl.schema import ALL_SEGMENTS


def title(resolved: Resolved) -> str:
    """The title of the chart."""
    return resolved.indicator.title


def subtitle(resolved: Resolved, shown: Shown) -> str:
    """Where, how often, and in what unit."""
    asked = resolved.asked
    segment = [] if asked.segment == ALL_SEGMENTS else [resolved.source.segment_title(asked.segment)]
    often = "now and then" if resolved.indicator.sparse else FREQUENCY[resolved.indicator.frequency]
    parts = [regions.name(asked.region), *segment, often, unit(resolved, shown)]
    return ", ".join(parts)


def note(
    snapshot: Snapshot,
    resolved: Resolved,
    shown: Shown,
    rows: pd.DataFrame,
    breaks: Sequence[Break],
    names: Mapping[str, str],
    how_to_read: str = lines.HOW_TO_READ,
) -> dict[str, Any]:
    """What the figures are, where they come from, and what they do not say; `rows` are the observations shown."""
    indicator = resolved.indicator
    return {
        **about(snapshot, indicator, breaks),
        "construct": indicator.construct,
        "unit": indicator.unit,
        "shown": explained(resolved, shown),
        "last_period": _last_period(shown, indicator.frequency),
        "how_to_read": how_to_read,
        "missing": _missing(snapshot, resolved, shown, rows, names),
    }


def about(snapshot: Snapshot, indicator: Indicator, breaks: Sequence[Break]) -> dict[str, Any]:
    """What every note says of an indicator: its meaning, its source and licence, and the `breaks` in what is shown."""
    source = snapshot.catalog.source_of[indicator.id]
    retrieved_on = snapshot.retrieved_on.get(source.id)
    return {
        "indicator": indicator.title,
        "means": indicator.means,
        "does_not_mean": indicator.does_not_mean,
        "source": source.title,
        "publisher": source.publisher,
        "homepage": source.homepage,
        "retrieved_on": retrieved_on.isoformat() if retrieved_on else None,
        "licence": {"title": source.licence.title, "url": source.licence.url},
        "attribution": source.attribution,
        "citation": source.citation,
        "caveat": source.caveat,
        "verified": VERIFIED[source.verified],
        "breaks": [
            {
                "date": b.date.isoformat(),
                "until": b.until.isoformat() if b.until else None,
                "what": b.what,
                "evidence": b.evidence,
                "effect": b.effect,
            }
            for b in breaks
        ],
    }


def _last_period(shown: Shown, frequency: str) -> str | None:
    if not len(shown.values):
        return None
    unfinished = bool(shown.partial.iloc[-1].any())
    return period(shown.values.index[-1], frequency) + (" (unfinished)" if unfinished else "")


def _missing(
    snapshot: Snapshot, resolved: Resolved, shown: Shown, rows: pd.DataFrame, names: Mapping[str, str]
) -> list[str]:
    """What the chart cannot show, one sentence each."""
    told = [f"{names[t]} has no figures in this indicator and region." for t in resolved.without_figures]
    told += [f"{names[t]} does not pass the filter by use case and kind." for t in resolved.outside]
    told += parted(snapshot, resolved, shown)
    absent = [t for t in resolved.technologies if t not in shown.values or shown.values[t].isna().all()]
    here = [
        t
        for t in absent
        if t in shown.values and shown.raw is None and resolved.value == "index" and shown.base is not None
    ]
    if here and shown.base is not None:
        base = period(shown.base, resolved.indicator.frequency)
        told.append(f"{listed(names[t] for t in here)}: no index, for want of a value above zero in {base}.")
    smoothed = [t for t in absent if t in shown.values and shown.raw is not None]
    if smoothed:
        told.append(f"{listed(names[t] for t in smoothed)}: no smoothed line, for want of enough periods in a row.")
    rest = [t for t in absent if t not in here and t not in smoothed]
    if rest:
        told.append(f"{listed(names[t] for t in rest)}: no values in this time range.")
    if resolved.log and (shown.values == 0).to_numpy().any():
        zero = [names[str(t)] for t in shown.values if (shown.values[t] == 0).any()]
        told.append(f"Zeros cannot be shown on a logarithmic scale and are left out: {listed(zero)}.")
    if (
        resolved.value == "share"
        and resolved.indicator.whole
        and not (resolved.indicator.is_share or resolved.of_shown)
    ):
        without = rows[~rows["period_start"].isin(shown.values.index[shown.values.notna().any(axis=1)])]
        if len(without) and shown.raw is None:
            told.append(f"{without['period_start'].nunique()} periods have no whole, so they have no share.")
    kinds = set(rows["status"].astype("str").unique())
    if "estimated" in kinds:
        told.append("Estimated figures are among those shown; the table says which.")
    if "provisional" in kinds:
        told.append("Provisional figures, which the source may revise, are among those shown; the table says which.")
    return told


def parted(snapshot: Snapshot, resolved: Resolved, shown: Shown) -> list[str]:
    """Where there is no index, because a severing break lies between the figures and the base."""
    if shown.base is None or shown.parted.empty:
        return []
    indicator, region = resolved.indicator, resolved.asked.region
    every = concerning(snapshot.catalog.breaks(resolved.source.id), indicator.id, region)
    severing = [b for b in every if b.effect == "severs"]
    told = []
    for side in (shown.parted[shown.parted < shown.base], shown.parted[shown.parted > shown.base]):
        if len(side):
            between = in_span(severing, side.union(pd.DatetimeIndex([shown.base])), indicator.frequency)
            first, last = (period(when, indicator.frequency) for when in (side[0], side[-1]))
            where, choose = f"from {first} to {last}", " Choose a base there to see them."
            if len(side) == 1:
                where, choose = f"in {first}", ""
            why = listed((f"{b.date}: {b.what.rstrip('.')}" for b in between), most=3)
            told.append(
                f"No index {where}: a change of method ({why}) parts these figures from those of the base period, "
                f"{period(shown.base, indicator.frequency)}.{choose}"
            )
    return told


def sentence(resolved: Resolved, shown: Shown, names: Mapping[str, str]) -> str:
    """The chart in one or two sentences."""
    values = shown.values if shown.raw is None else shown.raw
    filled = values.dropna(how="all")
    said = "share of those shown" if resolved.of_shown else resolved.value
    head = f"{resolved.indicator.title}, {regions.name(resolved.asked.region)}, {said}"
    if filled.empty:
        return f"{head}: nothing to show."
    frequency = resolved.indicator.frequency
    first, last = filled.index[0], filled.index[-1]
    span = f"{period(first, frequency)} to {period(last, frequency)}"
    unfinished = " (unfinished)" if shown.partial.loc[last].any() else ""
    text = f"{head}, {span}, {findings.counted(resolved, len(values.columns))}."
    text += f" In {period(last, frequency)}{unfinished}: {findings.leaders(resolved, filled, names)}."
    return text + findings.finding(resolved, shown, names)
