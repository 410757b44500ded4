"""What stands behind the page Hiring: one source of job posts, and the pooled shares of the technologies shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from dashboard.analysis.figures import Figures
from dashboard.analysis.pooled import MONTHS
from dashboard.analysis.sampled import Sampled, places, sampled
from dashboard.data import Data, Snapshot
from dashboard.selection import Selection
from dashboard.selection.resolving import passing
from dashboard.selection.url import Value
from dashboard.views import asking, readings, sample_words
from dashboard.views.trends import trends_view
from dashboard.views.words import period
from etl.catalog import Indicator
from etl.schema import WHOLE

CONSTRUCT: Final = "hiring"
MOST: Final = 20
"""Rows that still can be read beside each other."""
_FEWEST: Final = 3


@dataclass(frozen=True)
class Answered:
    """One indicator with the technologies shown, their pooled shares, and what Trends says of the same."""

    asked: asking.Asked
    figures: Figures
    technologies: tuple[str, ...]
    sampled: Sampled
    trends: Mapping[str, Any]

    @property
    def newest(self) -> pd.Timestamp:
        """The last period of which there is a share."""
        there = self.sampled.values.notna().any(axis=1)
        return pd.Timestamp(self.sampled.values.index[there][-1])

    @property
    def months(self) -> str:
        """The months that the newest share rests on."""
        first = self.newest - pd.DateOffset(months=MONTHS - 1)
        return f"{period(first, 'M')} to {period(self.newest, 'M')}"

    @property
    def names(self) -> Mapping[str, str]:
        """Technology -> its name."""
        return asking.named(self.asked, self.technologies)


def mentions(snapshot: Snapshot) -> list[Indicator]:
    """The hiring indicators that name technologies: those still published first, then by their newest figures."""
    catalog = snapshot.catalog
    there = [catalog.indicator[i] for i in snapshot.indicators() if catalog.indicator[i].construct == CONSTRUCT]
    newest = snapshot.summary.groupby("indicator")["last"].max()
    found = [i for i in there if i.names is not None and (i.is_share or i.whole)]
    return sorted(found, key=lambda i: (catalog.source_of[i.id].cadence == "ended", -newest[i.id].value))


def chosen_indicator(asked: asking.Asked, offered: Sequence[Indicator]) -> Indicator:
    """The one asked for, else the first that carries enough of what was chosen, else the one that carries most."""
    wanted = asked.selection
    if wanted.indicator:
        return asked.snapshot.catalog.indicator[wanted.indicator]
    inside = set(wanted.technology) or {t.id for t in passing(asked.snapshot.catalog, wanted)}
    carried = {i.id: len(asked.snapshot.technologies(i.id) & inside) for i in offered}
    enough = min(_FEWEST, len(inside))
    return next((i for i in offered if carried[i.id] >= enough), max(offered, key=lambda i: carried[i.id]))


def answer_of(data: Data, asked: asking.Asked, indicator: Indicator) -> Answered:
    """The figures of one indicator for the technologies shown."""
    snapshot = asked.snapshot
    trends = trends_view(data, _selection(asked, indicator.id))
    f = readings.read(snapshot, indicator.id).figures
    shown = [t for t in trends["selection"]["technology"] if t in f.values][:MOST]
    made = sampled(f, shown, MONTHS, _posts(snapshot, f))
    told = [str(t) for t in made.values if made.values[t].notna().any()]
    return Answered(asked, f, tuple(told), made, trends)


def _selection(asked: asking.Asked, indicator: str) -> Selection:
    value: Value | None = "share" if asked.snapshot.catalog.indicator[indicator].whole else None
    return replace(asked.selection, indicator=indicator, value=value, preset=None)


def _posts(snapshot: Snapshot, f: Figures) -> pd.Series | None:
    """How many posts were read, by period, where the source publishes it as an indicator beside its shares."""
    beside = next((i for i in f.source.indicators if i.construct == CONSTRUCT and i.names is None), None)
    if beside is None or f.samples.notna().to_numpy().any():
        return None
    rows = snapshot.frame(beside.id)
    rows = rows[(rows["technology"].astype("str") == WHOLE) & (rows["status"].astype("str") != "partial")]
    return pd.Series(rows["value"].to_numpy(), index=pd.DatetimeIndex(rows["period_start"]))


def newest_shares(answered: Answered) -> pd.DataFrame:
    """The newest shares, highest first; ties in the order of the catalogue."""
    return answered.sampled.at(answered.newest).sort_values("value", ascending=False, kind="stable")


def headline(answered: Answered) -> str:
    """The answer in one sentence."""
    if not answered.technologies:
        return ""
    table = newest_shares(answered)
    first = str(table.index[0])
    ranks = places(table)
    most = "most, " if len(table) > 1 else ""
    return (
        f"{answered.names[first]} is named {most}in {sample_words.figure(table.iloc[0])} of the posts of "
        f"{answered.months}{sample_words.shared_first(table, ranks, answered.names)}."
    )
