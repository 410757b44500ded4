"""Where the people are: the share of each economy's developers who push to one technology."""

from datetime import date
from typing import Any, Final

import pandas as pd

from dashboard.analysis import economies
from dashboard.analysis.breaks import concerning, in_span
from dashboard.charts import colours, region_bars
from dashboard.data import Snapshot
from dashboard.selection import Filter, filter_query
from dashboard.views import notes, regions
from dashboard.views.words import period, significant
from etl.catalog import Indicator, Technology
from etl.schema import ALL_SEGMENTS, WHOLE, WORLD

FEWEST_DEVELOPERS: Final = 100
"""Economies with fewer developers are not shown: a handful of people would make their share."""

_SHOWN: Final = 15
_TOLD: Final = 3


def card(
    snapshot: Snapshot, technology: Technology, indicator: Indicator, as_of: date | None = None
) -> dict[str, Any] | None:
    """The chart answer for an indicator of people, as of a day if one is given; None where it tells of no economy."""
    table, when, small = _shares(snapshot, technology.id, indicator)
    if when is None or table.empty:
        return None
    last = period(when, indicator.frequency)
    of = economies.per(table[["share"]])
    rated = table["share"] * of / 100
    unit, said = ("%", "percent of") if of == 100 else (f"of {of:,}", f"of {of:,} of")
    names = [regions.name(str(code)) for code in table.index]
    top = ", ".join(f"{n} {significant(v, 2)} {unit}" for n, v in list(zip(names, rated, strict=True))[:_TOLD])
    hidden = f"{small} economies with fewer than {FEWEST_DEVELOPERS} developers are left out." if small else ""
    sentence = (
        f"Share of each economy's developers on GitHub who push to {technology.name}, {last}, {len(names)} economies: "
        f"highest in {top}; half of them have {significant(float(rated.median()), 2)} {unit} or more. {hidden}"
    )
    colour = colours.styles(snapshot.catalog, [technology.id])[technology.id][0]
    shown = table.index[:_SHOWN]
    chosen = Filter(
        indicator=(indicator.id, str(indicator.whole)),
        technology=(technology.id, WHOLE),
        segment=(ALL_SEGMENTS,),
        start=when.date(),
        end=when.date(),
        as_of=as_of,
    )
    return {
        "figure": region_bars.figure(
            names[: len(shown)],
            rated[shown].tolist(),
            table["people"][shown].tolist(),
            colour,
            " %" if of == 100 else "",
        ),
        "table": _table(table, rated, names, indicator, f"Share, {unit}"),
        "sentence": sentence.strip(),
        "title": f"Where the largest share of developers push to {technology.name}",
        "subtitle": f"{said[:1].upper()}{said[1:]} the economy's developers on GitHub, {last}; "
        + (f"the {_SHOWN} highest of {len(names)} economies" if len(names) > _SHOWN else f"{len(names)} economies"),
        "message": None,
        "note": _note(snapshot, indicator, when, hidden),
        "filename": f"stacktide-{indicator.id}-{technology.id}-economies",
        "downloads": {"all": {"collection": "observations", "query": filter_query(chosen)}},
    }


def _shares(snapshot: Snapshot, technology: str, indicator: Indicator) -> tuple[pd.DataFrame, pd.Timestamp | None, int]:
    """Economy -> share (percent), people, all (developers), highest first, in the newest finished period; that period;
    and how many economies are too small.
    """
    held = snapshot.everywhere(indicator.id, technology)
    values = economies.by_region(held[~held["region"].astype("str").isin(economies.AGGREGATES)], indicator.frequency)
    if values.empty:
        return pd.DataFrame(), None, 0
    wholes = economies.by_region(snapshot.everywhere(str(indicator.whole), WHOLE), indicator.frequency)
    found = economies.shares(values, wholes).iloc[-1].dropna()
    when = pd.Timestamp(values.index[-1])
    developers = pd.Series(wholes.loc[when]).reindex(found.index)
    table = pd.DataFrame(
        {"share": found, "people": pd.Series(values.loc[when]).reindex(found.index), "all": developers}
    )
    kept = table[table["all"] >= FEWEST_DEVELOPERS]
    return kept.sort_values("share", ascending=False, kind="stable"), when, len(table) - len(kept)


def _table(
    table: pd.DataFrame, rated: pd.Series, names: list[str], indicator: Indicator, share: str
) -> dict[str, list[dict[str, Any]]]:
    columns = [("economy", "Economy"), ("share", share), ("people", indicator.unit.capitalize()), ("all", "Developers")]
    values = zip(names, rated.tolist(), table["people"].tolist(), table["all"].tolist(), strict=True)
    return {
        "columns": [
            {"field": field, "headerName": head, "type": "text" if field == "economy" else "number"}
            for field, head in columns
        ],
        "rows": [dict(zip(("economy", "share", "people", "all"), line, strict=True)) for line in values],
    }


def _note(snapshot: Snapshot, indicator: Indicator, when: pd.Timestamp, hidden: str) -> dict[str, Any]:
    source = snapshot.catalog.source_of[indicator.id]
    concerned = concerning(snapshot.catalog.breaks(source.id), indicator.id, WORLD)
    return {
        **notes.about(snapshot, indicator, in_span(concerned, pd.DatetimeIndex([when]), indicator.frequency)),
        "unit": indicator.whole_title,
        "last_period": period(when, indicator.frequency),
        "how_to_read": region_bars.HOW_TO_READ,
        "missing": [hidden] if hidden else [],
    }
