"""The one query: the observations of a selection, for chart, table, export and API alike."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import get_args

import pandas as pd

from dashboard.data import Observations, Snapshot
from dashboard.selection.resolving import Resolved
from etl import schema
from etl.catalog import Catalog, Kind, choices, unknown
from etl.errors import UsageError


def observations(snapshot: Snapshot, resolved: Resolved) -> pd.DataFrame:
    """The observations of the technologies shown, in the chosen place and between the chosen dates, both inclusive."""
    asked = resolved.asked
    rows = snapshot.frame(resolved.indicator.id, asked.region, asked.segment)
    kept = rows["technology"].isin(resolved.technologies)
    if asked.start is not None:
        kept &= rows["period_start"] >= pd.Timestamp(asked.start)
    if asked.end is not None:
        kept &= rows["period_start"] <= pd.Timestamp(asked.end)
    return rows[kept].reset_index(drop=True)


def whole(snapshot: Snapshot, resolved: Resolved) -> pd.DataFrame | None:
    """The observations that shares are taken of; None where the indicator has no whole (or is a share already)."""
    indicator, asked = resolved.indicator, resolved.asked
    if indicator.whole is None or indicator.is_share:
        return None
    carrier = indicator.id if indicator.whole == "listed" else indicator.whole
    rows = snapshot.frame(carrier, asked.region, asked.segment)
    return rows[rows["technology"] == schema.WHOLE]


def query(
    store: Observations,
    catalog: Catalog,
    *,
    indicator: Sequence[str] = (),
    technology: Sequence[str] = (),
    use_case: Sequence[str] = (),
    kind: Sequence[str] = (),
    source: Sequence[str] = (),
    region: Sequence[str] = (),
    segment: Sequence[str] = (),
    start: date | None = None,
    end: date | None = None,
    version: int | None = None,
) -> pd.DataFrame:
    """The observations that pass all filters, for the command line; within one filter, any of its values will do.

    Technologies are named by id or name; `all` is the whole. A use case or a kind drops the wholes. `version` is the
    state of the store, the newest if none is given.
    Raises UsageError for an id that does not exist, with the nearest ones that do.
    """
    _known("indicator", indicator, catalog.indicator)
    _known("use case", use_case, catalog.use_case)
    _known("kind", kind, get_args(Kind))
    _known("source", source, catalog.source)
    if region or segment:
        summary = store.summary(version)
        _known("region", region, sorted(summary["region"].unique()))
        _known("segment", segment, sorted(summary["segment"].unique()))
    wanted: list[str] | None = None
    if technology:
        ids = (name if name == schema.WHOLE else catalog.find_technology(name).id for name in technology)
        wanted = list(dict.fromkeys(ids))
    if use_case or kind:
        passing = [
            t.id
            for t in catalog.technologies
            if (not use_case or set(use_case) & set(t.use_cases)) and (not kind or t.kind in kind)
        ]
        wanted = passing if wanted is None else [t for t in wanted if t in set(passing)]
    if wanted == []:  # to the store, an empty filter would mean: all
        return schema.empty()
    return store.read(
        source=source,
        indicator=indicator,
        technology=wanted or (),
        region=region,
        segment=segment,
        start=start,
        end=end,
        version=version,
    )


def _known(what: str, asked: Iterable[str], known: Iterable[str]) -> None:
    ids = list(known)
    for text in asked:
        if text not in ids:
            raise UsageError(unknown(what, text, ids, choices(ids)))
