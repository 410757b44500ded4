"""The columns of every file: observations, joined with what the catalogue says of them."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from etl.catalog import Catalog
from etl.schema import WHOLE

TEXT: Final = pa.string()
DAY: Final = pa.date32()
COLUMNS: Final[dict[str, pa.DataType]] = {
    "source": TEXT,
    "indicator": TEXT,
    "technology": TEXT,
    "technology_name": TEXT,
    "kind": TEXT,
    "region": TEXT,
    "segment": TEXT,
    "period_start": DAY,
    "frequency": TEXT,
    "value": pa.float64(),
    "unit": TEXT,
    "sample_size": pa.int64(),
    "status": TEXT,
    "vintage": DAY,
    "payload": TEXT,
    "construct": TEXT,
    "licence": TEXT,
    "attribution": TEXT,
    "retrieved_on": DAY,
    "shown_value": pa.float64(),
    "shown_unit": TEXT,
}
"""Column -> type, in the order of every format; the last two only where a view shows more than the values as stored."""


def joined(rows: pd.DataFrame, catalog: Catalog, retrieved_on: Mapping[str, date]) -> pd.DataFrame:
    """Observations (schema.COLUMNS) with name, kind, unit, construct, licence, attribution and day of retrieval.

    Rows keep their order; columns are those of `COLUMNS`. What the catalogue no longer names stays empty.
    """
    technologies = {t.id: t for t in catalog.technologies}
    found: dict[str, dict[str, Any]] = {
        "technology_name": {WHOLE: "All technologies", **{i: t.name for i, t in technologies.items()}},
        "kind": {i: t.kind for i, t in technologies.items()},
        "unit": {i: each.unit for i, each in catalog.indicator.items()},
        "construct": {i: str(each.construct) for i, each in catalog.indicator.items()},
        "licence": {s.id: s.licence.id for s in catalog.sources},
        "attribution": {s.id: s.attribution for s in catalog.sources},
        "retrieved_on": {source: pd.Timestamp(day) for source, day in retrieved_on.items()},
    }
    by = {"technology_name": "technology", "kind": "technology", "unit": "indicator", "construct": "indicator"}
    out = rows.copy(deep=False)
    for column, words in found.items():
        dtype = "datetime64[us]" if COLUMNS[column] == DAY else "str"
        out[column] = _mapped(out[by.get(column, "source")], words, dtype)
    return out[[column for column in COLUMNS if column in out]]


def _mapped(ids: pd.Series, words: Mapping[str, Any], dtype: str) -> pd.Series:
    """The word of each id, as a category of `dtype`: as text, an attribution takes a hundred bytes in every row."""
    keys = ids.astype("category").cat
    found = [words.get(each) for each in keys.categories]
    kept = list(dict.fromkeys(word for word in found if word is not None))
    place = np.array([-1 if word is None else kept.index(word) for word in found] + [-1])
    return pd.Series(
        pd.Categorical.from_codes(place[keys.codes], categories=pd.Index(kept, dtype=dtype)),
        index=ids.index,
    )


def table(frame: pd.DataFrame) -> pa.Table:
    """`frame` (columns of `COLUMNS`, the last two optional) as Arrow, with the types of `COLUMNS`.

    Categories stay dictionaries of text, which every format writes as text.
    """
    columns = {}
    for name in (column for column in COLUMNS if column in frame):
        given = frame[name]
        if isinstance(given.dtype, pd.CategoricalDtype) and COLUMNS[name] == TEXT:
            codes = pa.array(given.cat.codes, mask=(given.cat.codes < 0).to_numpy())
            words = pa.array(given.cat.categories.astype("object"), TEXT)
            columns[name] = pa.DictionaryArray.from_arrays(codes, words)
        else:
            plain = given.astype("datetime64[us]") if COLUMNS[name] == DAY else given
            columns[name] = pa.array(plain, from_pandas=True).cast(COLUMNS[name])
    return pa.table(columns)
