"""What a file says about itself: selection, sources, breaks and citation."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import pandas as pd

from etl.catalog import Break, Catalog

_NAMIBIA: Final = "The region code NA is Namibia; tell your reader not to take it for a missing value."


def meta(
    rows: pd.DataFrame,
    catalog: Catalog,
    retrieved_on: Mapping[str, date],
    *,
    selection: Mapping[str, Any],
    store_version: int,
    exported_on: date,
    link: str | None = None,
    as_of: date | None = None,
) -> dict[str, Any]:
    """What a file says about itself: its selection, sources, indicators, breaks in its span, and how to cite it.

    `as_of` is the day whose state of the store it shows, if that was asked for; `store_version` is that state.
    """
    sources = [s for s in catalog.sources if s.id in set(rows["source"].unique())]
    indicators = set(rows["indicator"].unique())
    days = {s.id: retrieved_on[s.id].isoformat() if s.id in retrieved_on else None for s in sources}
    return {
        "selection": {name: _plain(value) for name, value in selection.items()},
        "link": link,
        "as_of": as_of.isoformat() if as_of else None,
        "store_version": store_version,
        "exported_on": exported_on.isoformat(),
        "rows": len(rows),
        "sources": [
            {
                "id": s.id,
                "title": s.title,
                "publisher": s.publisher,
                "licence": s.licence.title,
                "attribution": s.attribution,
                "citation": s.citation,
                "retrieved_on": days[s.id],
                "caveat": s.caveat,
            }
            for s in sources
        ],
        "indicators": [
            {"id": i.id, "title": i.title, "unit": i.unit, "means": i.means, "does_not_mean": i.does_not_mean}
            for i in catalog.indicator.values()
            if i.id in indicators
        ],
        "breaks": [_break(s.id, b) for s in sources for b in catalog.breaks(s.id) if _within(b, rows, s.id)],
        "citation": _citation([(s.citation, days[s.id]) for s in sources], as_of),
        "note": _NAMIBIA,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def _break(source: str, b: Break) -> dict[str, Any]:
    until = b.until.isoformat() if b.until else None
    told = {"date": b.date.isoformat(), "until": until, "what": b.what, "effect": b.effect, "evidence": b.evidence}
    return {"source": source, **told}


def _within(b: Break, rows: pd.DataFrame, source: str) -> bool:
    """Whether the break concerns rows on both sides of it, or the period that it falls in."""
    ours = rows.loc[rows["source"] == source, ["indicator", "region", "period_start", "frequency"]]
    if b.indicators:
        ours = ours[ours["indicator"].isin(b.indicators)]
    if b.regions:
        ours = ours[ours["region"].isin(b.regions)]
    if ours.empty:
        return False
    first, last = ours["period_start"].min(), ours["period_start"].max()
    reach = pd.DateOffset(years=1) if "Y" in set(ours["frequency"].unique()) else pd.DateOffset(months=3)
    return bool(pd.Timestamp(b.until or b.date) > first and pd.Timestamp(b.date) < last + reach)


def _citation(sources: list[tuple[str, str | None]], as_of: date | None) -> str:
    told = [f"{text.rstrip('.')}{f', retrieved on {day}' if day else ''}." for text, day in sources]
    return " ".join([*told, f"Compiled by Stacktide{f', as of {as_of}' if as_of else ''}."])
