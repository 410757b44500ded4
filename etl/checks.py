"""Judges rows before they may replace others: the schema, the source's expectations, the last good state."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
import pandera.pandas as pa

from etl import schema
from etl.catalog import Break, Catalog, Indicator, Source
from etl.errors import CheckError

_SERIES: Final = ["indicator", "technology", "region", "segment"]
_DAY: Final = pd.Timedelta(days=1)
_REGION: Final = r"^([A-Z]{2}|WLD)$"
_OBSERVATIONS: Final = pa.DataFrameSchema(
    {
        "region": pa.Column(checks=pa.Check.str_matches(_REGION), coerce=False, required=True),
        "period_start": pa.Column("datetime64[us]", nullable=False),
        "frequency": pa.Column(checks=pa.Check.isin(list(schema.PERIOD_OFFSETS))),
        "value": pa.Column("float64", checks=pa.Check(np.isfinite, error="finite"), nullable=False),
        "status": pa.Column(checks=pa.Check.isin(list(schema.STATUSES))),
        "vintage": pa.Column("datetime64[us]", nullable=False),
        "payload": pa.Column(checks=pa.Check.str_matches(r"^[0-9a-f]{64}$")),
    },
    strict=False,
)


def check_rows(rows: pd.DataFrame, entry: Source, catalog: Catalog, today: date) -> None:
    """Rows (schema.COLUMNS) against the data model and the bounds of their indicators.

    Raises CheckError with the first offending row.
    """
    if rows.empty:
        raise CheckError(
            f"{entry.id}: not one row of a technology that we follow; has the publisher renamed everything?"
        )
    try:
        _OBSERVATIONS.validate(rows.astype({"region": "str", "frequency": "str", "status": "str", "payload": "str"}))
    except pa.errors.SchemaError as error:
        cases = error.failure_cases
        case = cases["failure_case"].iloc[0] if isinstance(cases, pd.DataFrame) and len(cases) else cases
        raise CheckError(
            f"{entry.id}: the column `{error.schema.name}` holds {case!r}, which the data model forbids."
        ) from error
    twice = rows.duplicated(list(schema.KEY))
    if twice.any():
        raise CheckError(f"{entry.id}: {_name(rows[twice].iloc[0])} stands twice.")
    known = {*catalog.technology, schema.WHOLE}
    strange = ~rows["technology"].isin(known)
    if strange.any():
        raise CheckError(
            f"{entry.id}: `{rows['technology'][strange].iloc[0]}` is no technology of the catalogue; correct the alias."
        )
    future = rows["period_start"] > pd.Timestamp(today)
    if future.any():
        raise CheckError(
            f"{entry.id}: {_name(rows[future].iloc[0])} lies in the future (today is {today}); "
            "the publisher's date is wrong, wait for a mended file."
        )
    _check_periods(rows, entry)
    for indicator_id, of_indicator in rows.groupby("indicator", observed=True):
        indicator = entry.indicator(str(indicator_id))
        low, high = indicator.bounds
        wrong = (of_indicator["value"] < low) | (of_indicator["value"] > (np.inf if high is None else high))
        if wrong.any():
            row = of_indicator[wrong].iloc[0]
            bounds = f"{low:g} to {high:g}" if high is not None else f"at least {low:g}"
            raise CheckError(
                f"{entry.id}: {_name(row)} is {row['value']:g}, outside of {bounds} {indicator.unit}; "
                "has the unit changed?"
            )


def _check_periods(rows: pd.DataFrame, entry: Source) -> None:
    starts, frequency = rows["period_start"], rows["frequency"].astype(str)
    wrong = (frequency.isin(["M", "Q", "Y"]) & (starts.dt.day != 1)) | ((frequency == "Q") & (starts.dt.month % 3 != 1))
    wrong |= (frequency == "Y") & (starts.dt.month != 1)
    if wrong.any():
        raise CheckError(f"{entry.id}: {_name(rows[wrong].iloc[0])} is not the first day of its period; mend `parse`.")


def compare(
    new: pd.DataFrame, old: pd.DataFrame, neighbours: pd.DataFrame, entry: Source, breaks: Sequence[Break]
) -> None:
    """Rows of one part against the same part in the last good state (`old`) and the source's other rows (`neighbours`).

    All have schema.COLUMNS. Refuses coverage that shrank, a newest period that went back, and magnitudes that changed
    beyond the indicator's factor, in a revision or from one period to the next. Raises CheckError with the fact.
    """
    if len(old):
        least = len(old) * (1 - entry.expectations.may_shrink_by_percent / 100)
        if len(new) < least:
            raise CheckError(
                f"{entry.id}: {len(new):,} rows where the last good state has {len(old):,}; "
                "the publication is incomplete, wait for a whole one."
            )
        before, after = old["period_start"].max(), new["period_start"].max()
        if after < before:
            raise CheckError(
                f"{entry.id}: the newest period is {after:%Y-%m-%d}, the last good state had {before:%Y-%m-%d}; "
                "an old file was sent, wait for a new one."
            )
        key = list(schema.KEY)
        now, then = (pd.MultiIndex.from_frame(_plain(rows)[key]) for rows in (new, old))
        gone = int((~then.isin(now)).sum())
        if gone > len(old) / 2:
            raise CheckError(
                f"{entry.id}: {gone:,} of the {len(old):,} rows of the last good state are gone, and others have come; "
                "has the publisher renamed regions or groups?"
            )
        _check_none_vanished(new, old[old["period_start"] == before], entry)
    for indicator in entry.indicators:
        # an unfinished period is low by nature, and grows until it is over
        ours, before_ours, others = (
            f[(f["indicator"] == indicator.id) & (f["status"] != "partial")] for f in (new, old, neighbours)
        )
        if len(ours):
            _check_revisions(_plain(ours), _plain(before_ours), indicator, entry.id)
            _check_jumps(_plain(ours), _plain(pd.concat([others, before_ours])), indicator, entry.id, breaks)


def _check_none_vanished(new: pd.DataFrame, newest_before: pd.DataFrame, entry: Source) -> None:
    """A technology that was a good part of the newest period, and of which not one row is left, was renamed."""
    ours = newest_before[newest_before["technology"] != schema.WHOLE]
    for indicator, rows in ours.groupby("indicator", observed=True):
        if entry.indicator(str(indicator)).is_rank:
            continue
        left = new["technology"][new["indicator"] == indicator].astype("str").unique()
        values = rows["value"].groupby(rows["technology"].astype("str")).sum()
        shares = (100 * values / values.sum())[~values.index.isin(left)]
        if len(shares) and shares.max() > entry.expectations.may_shrink_by_percent:
            raise CheckError(
                f"{entry.id}: `{shares.idxmax()}`, {shares.max():.0f} % of the newest period of {indicator}, is gone; "
                "has the publisher renamed it?"
            )


def _check_revisions(new: pd.DataFrame, old: pd.DataFrame, indicator: Indicator, source: str) -> None:
    both = new.merge(old, on=list(schema.KEY), suffixes=("", "_before"))
    factors = _factors(both["value_before"], both["value"], indicator.noise_below)
    _refuse_the_worst(factors, both, "was {:g} and is now {:g} {}; a revision", indicator, source)


def _check_jumps(
    new: pd.DataFrame, old: pd.DataFrame, indicator: Indicator, source: str, breaks: Sequence[Break]
) -> None:
    """Periods newer than the last good state (at a first load: the newest) against the one before them.

    History is not judged: real series jump. Nor are neighbours with a severing break between them, or with a hole that
    a source without holes does not have.
    """
    newest = new["period_start"].max()
    known_until = old["period_start"].max() if len(old) and old["period_start"].max() < newest else newest - _DAY
    rows = pd.concat([old, new]).drop_duplicates(list(schema.KEY), keep="last")
    rows = rows.sort_values([*_SERIES, "period_start"], ignore_index=True)
    before = rows.groupby(_SERIES, sort=False)[["value", "period_start"]].shift()
    rows["value_before"] = before["value"]
    step = schema.PERIOD_OFFSETS[indicator.frequency]
    judged = (rows["period_start"] > known_until) & before["period_start"].notna()
    if not indicator.sparse:
        judged &= before["period_start"] + step == rows["period_start"]
    for severed in breaks:
        if severed.effect == "severs" and (not severed.indicators or indicator.id in severed.indicators):
            day = pd.Timestamp(severed.date)
            judged &= ~((before["period_start"] < day) & (rows["period_start"] >= day))
    factors = _factors(rows["value_before"], rows["value"], indicator.noise_below)[judged]
    _refuse_the_worst(factors, rows, "was {:g} in the period before and is {:g} {}; a change", indicator, source)


def _refuse_the_worst(factors: pd.Series, rows: pd.DataFrame, fact: str, indicator: Indicator, source: str) -> None:
    if factors.empty or factors.max() <= indicator.may_change_by_factor:
        return
    row = rows.loc[[factors.idxmax()]].iloc[0]
    told = fact.format(row["value_before"], row["value"], indicator.unit)
    raise CheckError(
        f"{source}: {_name(row)} {told} by a factor of {factors.max():.1f} is refused "
        f"(at most {indicator.may_change_by_factor:g}); has the unit changed?"
    )


def _factors(before: pd.Series, after: pd.Series, noise_below: float) -> pd.Series:
    """By which factor values changed, up or down; 1 where both are noise (the smaller counts as half the noise)."""
    values = pd.DataFrame({"before": before, "after": after}).astype("float64")
    low = values.min(axis=1, skipna=False).clip(lower=noise_below / 2 or 1.0)
    high = values.max(axis=1, skipna=False)
    return (high / low).where(high >= noise_below, 1.0).fillna(1.0)


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    text = {column: "str" for column in schema.KEY if column != "period_start"}
    return rows[[*schema.KEY, "value"]].astype(text).reset_index(drop=True)


def check_whole(rows: pd.DataFrame, old: pd.DataFrame, entry: Source) -> None:
    """All rows of a source as they would be stored, against its expectations and the last good state.

    Raises CheckError when there are too few.
    """
    least = entry.expectations.min_rows
    if len(rows) < least:
        raise CheckError(
            f"{entry.id}: {len(rows):,} rows, where a healthy run yields at least {least:,}; nothing is replaced."
        )
    kept = 1 - entry.expectations.may_shrink_by_percent / 100
    if len(rows) < len(old) * kept:
        raise CheckError(f"{entry.id}: {len(rows):,} rows in place of {len(old):,}; too few, nothing is replaced.")


def overlap_free(parts: Sequence[pd.DataFrame], entry: Source) -> None:
    """Two parts must not claim the same observation.

    Raises CheckError when they do: a bug of the source's module.
    """
    keys = pd.concat(
        [part[list(schema.KEY)].astype({c: "str" for c in schema.KEY if c != "period_start"}) for part in parts]
    )
    twice = keys.duplicated()
    if twice.any():
        raise CheckError(
            f"{entry.id}: two parts both yield {_name(keys[twice].iloc[0])}; mend the scopes in `requests`."
        )


def _name(row: pd.Series) -> str:
    day = pd.Timestamp(row["period_start"])
    return f"{row['indicator']} of `{row['technology']}` in {row['region']} for {day:%Y-%m-%d}"
