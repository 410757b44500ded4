"""Judges rows by themselves before they may replace others: the schema, and the source's expectations."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
import pandera.pandas as pa

from etl import schema
from etl.catalog import Catalog, Source
from etl.errors import CheckError

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
        raise CheckError(f"{entry.id}: {name(rows[twice].iloc[0])} stands twice.")
    known = {*catalog.technology, schema.WHOLE}
    strange = ~rows["technology"].isin(known)
    if strange.any():
        raise CheckError(
            f"{entry.id}: `{rows['technology'][strange].iloc[0]}` is no technology of the catalogue; correct the alias."
        )
    future = rows["period_start"] > pd.Timestamp(today)
    if future.any():
        raise CheckError(
            f"{entry.id}: {name(rows[future].iloc[0])} lies in the future (today is {today}); "
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
                f"{entry.id}: {name(row)} is {row['value']:g}, outside of {bounds} {indicator.unit}; "
                "has the unit changed?"
            )


def _check_periods(rows: pd.DataFrame, entry: Source) -> None:
    starts, frequency = rows["period_start"], rows["frequency"].astype(str)
    wrong = (frequency.isin(["M", "Q", "Y"]) & (starts.dt.day != 1)) | ((frequency == "Q") & (starts.dt.month % 3 != 1))
    wrong |= (frequency == "Y") & (starts.dt.month != 1)
    if wrong.any():
        raise CheckError(f"{entry.id}: {name(rows[wrong].iloc[0])} is not the first day of its period; mend `parse`.")


def check_whole(rows: pd.DataFrame, entry: Source) -> None:
    """All rows of a source as they would be stored, against its expectations.

    Raises CheckError when there are too few.
    """
    least = entry.expectations.min_rows
    if len(rows) < least:
        raise CheckError(
            f"{entry.id}: {len(rows):,} rows, where a healthy run yields at least {least:,}; nothing is replaced."
        )


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
            f"{entry.id}: two parts both yield {name(keys[twice].iloc[0])}; mend the scopes in `requests`."
        )


def name(row: pd.Series) -> str:
    """The observation in words."""
    day = pd.Timestamp(row["period_start"])
    return f"{row['indicator']} of `{row['technology']}` in {row['region']} for {day:%Y-%m-%d}"
