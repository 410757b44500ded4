"""From published names to ids: draft rows in, observations out, with provenance and the names that nobody covers."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from etl import schema
from etl.catalog import Catalog, Source
from etl.errors import CheckError, ParseError
from etl.http import Payload

_NO_NAME: Final = "\x00"  # stands for a missing name, which is the whole
_CELL: Final = ["indicator", "region", "segment", "period_start", "frequency"]


@dataclass(frozen=True)
class Conformed:
    """Observations of one payload, and the names that no alias covers.

    `unknown` has one row per indicator and name: `rows`, and `value_share` (percent of all values of the indicator).
    """

    rows: pd.DataFrame
    unknown: pd.DataFrame


def conform(draft: pd.DataFrame, payload: Payload, entry: Source, catalog: Catalog) -> Conformed:
    """Map the names of `draft` (schema.DRAFT_COLUMNS; missing optional columns get their defaults) to technologies.

    Adds the wholes of indicators with `whole: listed`, adds up (or takes the largest of) several names of one
    technology as the indicator says, marks unfinished periods `partial`, and states provenance.
    Raises ParseError for contradictory duplicates, CheckError where several names may not be combined.
    """
    draft = _complete(draft, payload, entry)
    parts, unknown = [], []
    ignored = {name.casefold() for name in entry.ignored}
    for indicator_id, rows in draft.groupby("indicator", sort=False):
        indicator = entry.indicator(str(indicator_id))
        lookup = {**catalog.lookup(entry, indicator), _NO_NAME: schema.WHOLE}
        folded = [n.casefold() if isinstance(n, str) else _NO_NAME for n in rows["name"].to_numpy(dtype=object)]
        ids = np.array([lookup.get(name) for name in folded], dtype=object)
        known = np.array([technology is not None for technology in ids], dtype=bool)
        parts.append(_combined(rows[known].assign(technology=ids[known]), indicator.combine, entry.id))
        if indicator.whole == "listed":
            whole = rows.groupby(_CELL, as_index=False, observed=True, dropna=False).agg(
                value=("value", "sum"), status=("status", "first")
            )
            parts.append(whole.assign(technology=schema.WHOLE))
        nobodys = ~known & np.array([name not in ignored for name in folded], dtype=bool)
        unknown.append(_unknown(rows[nobodys], indicator.id, rows["value"].sum()))
    frame = pd.concat(parts, ignore_index=True)
    editions = [i.id for i in entry.indicators if i.sparse]  # a reading or survey is whole on the day it is taken
    unfinished = (_period_ends(frame) > pd.Timestamp(payload.vintage)) & ~frame["indicator"].isin(editions)
    frame["status"] = frame["status"].fillna(pd.Series(np.where(unfinished, "partial", "final"), index=frame.index))
    frame.loc[unfinished & (frame["status"] == "estimated"), "status"] = "partial"
    frame = frame.assign(source=entry.id, vintage=pd.Timestamp(payload.vintage), payload=payload.sha256)
    return Conformed(schema.sort(schema.typed(frame)), pd.concat(unknown, ignore_index=True))


def _complete(draft: pd.DataFrame, payload: Payload, entry: Source) -> pd.DataFrame:
    defaults: dict[str, Any] = {
        "name": pd.NA,
        "region": schema.WORLD,
        "segment": schema.ALL_SEGMENTS,
        "sample_size": pd.NA,
        "status": pd.NA,
    }
    draft = draft.assign(**{column: value for column, value in defaults.items() if column not in draft})
    stray = set(draft) ^ set(schema.DRAFT_COLUMNS)
    if stray:
        raise ParseError(
            f"{entry.id} {payload.request.part}: the module returns the columns {sorted(map(str, stray))} "
            "too many or too few; mend `parse`."
        )
    draft = draft.assign(
        period_start=pd.to_datetime(draft["period_start"]),
        status=draft["status"].astype("object"),
        name=draft["name"].astype("string").str.strip(),
    )
    keys = ["name", *_CELL]
    if not draft.duplicated(keys).any():
        return draft
    draft = draft.drop_duplicates([*keys, "value"])
    twice = draft[draft.duplicated(keys)]
    if len(twice):
        first = twice.iloc[0]
        raise ParseError(
            f"{entry.id} {payload.request.part}: `{first['name']}` stands twice in {first['region']} for "
            f"{first['period_start']:%Y-%m-%d} with different values; the publisher must say which counts."
        )
    return draft


def _combined(rows: pd.DataFrame, combine: str | None, source: str) -> pd.DataFrame:
    keys = ["technology", *_CELL]
    twice = rows.duplicated(keys, keep=False)
    if not twice.any():
        return rows.drop(columns="name")
    if combine is None:
        names = sorted({str(name) for name in rows.loc[twice, "name"]})
        raise CheckError(
            f"{source}: {', '.join(names[:4])} are one technology, but may not be added; "
            "give each its own, or set `combine`."
        )
    several = rows[twice].groupby(keys, as_index=False, observed=True)
    merged = several.agg(value=("value", combine), sample_size=("sample_size", "max"), status=("status", "first"))
    return pd.concat([rows[~twice].drop(columns="name"), merged], ignore_index=True)


def _unknown(rows: pd.DataFrame, indicator: str, total: float) -> pd.DataFrame:
    values = rows.groupby("name")["value"]
    counts, sums = values.size(), values.sum()
    shares = 100 * sums / total if total else 0.0
    names = pd.DataFrame({"rows": counts, "value_share": shares}, index=counts.index).reset_index()
    names.insert(0, "indicator", indicator)
    return names.sort_values("value_share", ascending=False, kind="stable")


def _period_ends(frame: pd.DataFrame) -> pd.Series:
    """The first day after each row's period."""
    if frame["frequency"].nunique() == 1:
        return frame["period_start"] + schema.PERIOD_OFFSETS[str(frame["frequency"].iloc[0])]
    ends = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    for frequency, rows in frame.groupby("frequency", sort=False):
        ends.loc[rows.index] = rows["period_start"] + schema.PERIOD_OFFSETS[str(frequency)]
    return ends
