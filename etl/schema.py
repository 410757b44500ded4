"""What one observation is: columns, dtypes and keys, shared by every room.

One row is one value of one indicator for one technology, in one region and segment and period, from one
source. A missing value is a missing row. Units belong to the indicator, use cases to the technology.
"""

from typing import Final, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

WHOLE: Final = "all"
"""Reserved technology: the whole that shares are taken of (all technologies that the source counts together)."""

WORLD: Final = "WLD"
"""Region of figures for the whole world; other regions are ISO 3166-1 alpha-2 codes or `EU`."""

ALL_SEGMENTS: Final = "all"
"""Segment of a figure about everybody whom the source speaks of."""

Frequency = Literal["D", "W", "M", "Q", "Y"]
Status = Literal["final", "provisional", "partial", "estimated"]
STATUSES: Final[tuple[Status, ...]] = ("final", "provisional", "partial", "estimated")

KEY: Final = ("source", "indicator", "technology", "region", "segment", "period_start", "frequency")
"""The columns that identify an observation; no two rows of the store share them."""

SORT: Final = ("indicator", "technology", "region", "segment", "period_start")
"""The order of rows on disk: a chart reads one indicator and few technologies, so it touches few row groups."""

ARROW: Final = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("indicator", pa.string(), nullable=False),
        pa.field("technology", pa.string(), nullable=False),
        pa.field("region", pa.string(), nullable=False),
        pa.field("segment", pa.string(), nullable=False),
        pa.field("period_start", pa.timestamp("us"), nullable=False),
        pa.field("frequency", pa.string(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("sample_size", pa.int64()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("vintage", pa.timestamp("us"), nullable=False),
        pa.field("payload", pa.string(), nullable=False),
    ]
)
"""The stored form. `vintage` is the day on which the value was published or, failing that, fetched; `payload`
is the SHA-256 of the bytes it came from."""

COLUMNS: Final = tuple(ARROW.names)
CATEGORIES: Final = ("source", "indicator", "technology", "region", "segment", "frequency", "status")

DRAFT_COLUMNS: Final = (
    "indicator",
    "name",
    "region",
    "segment",
    "period_start",
    "frequency",
    "value",
    "sample_size",
    "status",
)
"""What a source's `parse` returns: `name` is the technology as published, or missing (NA) for the whole."""

PERIOD_OFFSETS: Final = {
    "D": pd.DateOffset(days=1),
    "W": pd.DateOffset(weeks=1),
    "M": pd.DateOffset(months=1),
    "Q": pd.DateOffset(months=3),
    "Y": pd.DateOffset(years=1),
}
PERIODS_PER_YEAR: Final = {"D": 365, "W": 52, "M": 12, "Q": 4, "Y": 1}


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Give `frame` (columns `COLUMNS`, any order, n rows) the dtypes of the data model; the order of rows stays."""
    out = frame.loc[:, list(COLUMNS)]
    days = {column: pd.to_datetime(out[column]).astype("datetime64[us]") for column in ("period_start", "vintage")}
    figures = {"value": "float64", "sample_size": "Int64", "payload": "string"}
    return out.assign(**days).astype({**dict.fromkeys(CATEGORIES, "category"), **figures})


def empty() -> pd.DataFrame:
    """An observation frame without rows, with every column and dtype."""
    return typed(pd.DataFrame({column: [] for column in COLUMNS}))


def sort(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` in the order of the store, with a fresh index."""
    places = [_places(frame[column]) for column in reversed(("source", *SORT))]
    return frame.take(np.lexsort(places)).reset_index(drop=True)


def _places(column: pd.Series) -> np.ndarray:
    """Numbers that stand in the order of the column's texts or days."""
    if column.name == "period_start":
        return column.to_numpy()
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return pd.factorize(column, sort=True)[0]
    texts = column.cat.categories.to_numpy(dtype=object)
    place = np.empty(len(texts), dtype=np.int64)
    place[np.argsort(texts, kind="stable")] = np.arange(len(texts))
    return place[column.cat.codes.to_numpy()]
