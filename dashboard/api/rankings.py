"""Rankings: the technologies of a use case and kind by one indicator in one period, and their places a year before."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from dashboard.analysis.breaks import concerning, stretches
from dashboard.analysis.index import period_of
from dashboard.analysis.rank import rank
from dashboard.analysis.share import share
from dashboard.analysis.wide import whole_of, wide
from dashboard.api.catalogue import key
from dashboard.api.collection import Call, Collection, table
from dashboard.api.parameters import PERIOD, SELECTION, VERSION, day
from dashboard.export.about import Found, Span
from dashboard.export.dataset import DAY, TEXT, Column, Dataset
from dashboard.selection import Resolved, resolve
from dashboard.selection.rows import whole
from dashboard.views.words import plain
from etl.schema import STATUSES

RANKINGS: Final = {
    "rank": Column(pa.int64(), "Place among the technologies compared: 1 is the highest; ties share the better place."),
    "technology": Column(TEXT, "Id of the technology."),
    "technology_name": Column(TEXT, "Name of the technology."),
    "kind": Column(TEXT, "Kind of the technology."),
    "value": Column(pa.float64(), "The value, in the unit of the row.", "as in `unit`"),
    "unit": Column(TEXT, "Unit of the value."),
    "share": Column(pa.float64(), "Share of the whole in percent; empty where the indicator has none.", "percent"),
    "share_of": Column(TEXT, "What shares are taken of."),
    "rank_year_before": Column(
        pa.int64(), "Place a year before; empty where there was no figure, or a break of method lies between."
    ),
    "compared": Column(pa.int64(), "How many technologies were ranked."),
    "period_start": Column(DAY, "First day of the period."),
    "frequency": Column(TEXT, "Length of the period: D, W, M, Q or Y."),
    "status": Column(TEXT, "final, provisional, partial (an unfinished period) or estimated."),
    "indicator": Column(TEXT, "Id of the indicator."),
    "region": Column(TEXT, "Region of the figures."),
    "segment": Column(TEXT, "Segment of the figures."),
    "source": Column(TEXT, "Id of the source."),
}


def _rankings(call: Call) -> Dataset:
    snapshot, asked = call.snapshot, call.selection
    resolved = resolve(asked, snapshot)
    frame = snapshot.frame(resolved.indicator.id, resolved.asked.region, resolved.asked.segment)
    ours = frame[frame["technology"].isin(resolved.comparison)]
    wanted = day(call.asked, "period")
    period = _period(ours, pd.Timestamp(wanted) if wanted else None)
    rows: list[dict[str, Any]] = []
    if period is not None:
        rows = _ranked(call, resolved, ours, period)
    if asked.technology:
        rows = [row for row in rows if row["technology"] in asked.technology]
    found = Found([], [])
    if period is not None and rows:
        i, at = resolved.indicator, period.date()
        found = Found(
            [Span(resolved.source.id, i.id, resolved.asked.region, i.frequency, len(rows), at, at)],
            [row["technology"] for row in rows],
        )
    return table(call, "rankings", RANKINGS, rows, found)


def _period(ours: pd.DataFrame, wanted: pd.Timestamp | None) -> pd.Timestamp | None:
    """The newest period that is complete for all, or the one that holds a day; none where there is none."""
    if wanted is None:
        unfinished = ours.loc[ours["status"] == "partial", "period_start"].unique()
        ours = ours[~ours["period_start"].isin(unfinished)]
    periods = pd.DatetimeIndex(ours["period_start"].unique()).sort_values()
    if periods.empty or (wanted is not None and wanted < periods[0]):
        return None
    return periods[-1] if wanted is None else period_of(periods, wanted)


def _ranked(call: Call, resolved: Resolved, ours: pd.DataFrame, period: pd.Timestamp) -> list[dict[str, Any]]:
    indicator, catalog = resolved.indicator, call.snapshot.catalog
    values = wide(ours, indicator.frequency, sparse=indicator.sparse)
    places = values if indicator.is_rank else rank(values)
    shares = values if indicator.is_share else None
    total = whole(call.snapshot, resolved)
    if shares is None and total is not None:
        shares = share(values, whole_of(total, indicator.frequency))
    before = _year_before(values, call, resolved, period)
    status = ours[ours["period_start"] == period].astype({"technology": "str"}).set_index("technology")["status"]
    there = values.loc[period].dropna()
    same: Mapping[str, Any] = {
        "unit": indicator.unit,
        "share_of": indicator.unit if indicator.is_share else indicator.whole_title,
        "compared": len(there),
        "period_start": period.date(),
        "frequency": indicator.frequency,
        "indicator": indicator.id,
        "region": resolved.asked.region,
        "segment": resolved.asked.segment,
        "source": resolved.source.id,
    }
    rows = []
    for technology, value in zip(map(str, there.index), there.to_numpy(), strict=True):
        known = catalog.technology[technology]
        row: dict[str, Any] = {"technology": known.id, "technology_name": known.name, "kind": known.kind, **same}
        row |= {"value": float(value), "rank": _whole(places.at[period, technology])}
        row["share"] = plain(shares.at[period, technology]) if shares is not None else None
        row["rank_year_before"] = _whole(places.at[before, technology]) if before is not None else None
        rows.append(row | {"status": str(status.at[technology])})
    return sorted(rows, key=lambda row: (row["rank"], row["technology"]))


def _year_before(values: pd.DataFrame, call: Call, resolved: Resolved, period: pd.Timestamp) -> pd.Timestamp | None:
    """The period a year before, if it has figures and no break of method lies between."""
    frequency = resolved.indicator.frequency
    step = pd.DateOffset(weeks=52) if frequency == "W" else pd.DateOffset(years=1)
    before = period - step
    if before not in values.index:
        return None
    breaks = call.snapshot.catalog.breaks(resolved.source.id)
    concerned = concerning(breaks, resolved.indicator.id, resolved.asked.region)
    periods = pd.DatetimeIndex(values.index)
    stretch = stretches(periods, concerned, frequency)
    then, now = periods.get_indexer(pd.DatetimeIndex([before, period]))
    return before if stretch[then] == stretch[now] else None


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else round(float(value))


COLLECTION: Final = Collection(
    "rankings",
    "Rankings",
    "The technologies of a use case and kind, ranked by one indicator in its newest complete period or another one.",
    RANKINGS,
    (*SELECTION, VERSION, PERIOD),
    _rankings,
    frozenset(RANKINGS) - {"share", "share_of", "rank_year_before"},
    key,
    {"status": STATUSES},
)
