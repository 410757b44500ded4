"""For any two states of a source, what `diff` says agrees with what the refresh between them counted."""

import string
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import parts, schema, vintages
from etl.store import Store

ROW = st.fixed_dictionaries(
    {
        "source": st.just("pypl"),
        "indicator": st.sampled_from(["searches", "stars"]),
        "technology": st.text(string.ascii_lowercase + "'\"é ", min_size=1, max_size=2),
        "region": st.sampled_from(["WLD", "NA"]),
        "segment": st.just("all"),
        "period_start": st.dates(date(2020, 1, 1), date(2020, 1, 3)),
        "frequency": st.just("D"),
        "value": st.sampled_from([0.0, -0.0, 1e-300, 1e300, -5.0]) | st.floats(allow_nan=False, allow_infinity=False),
        "sample_size": st.none() | st.integers(0, 2),
        "status": st.sampled_from(schema.STATUSES),
        "vintage": st.just(date(2020, 2, 1)),
        "payload": st.just("a" * 64),
    }
)
ROWS = st.lists(ROW, unique_by=lambda row: tuple(row[column] for column in schema.KEY), max_size=12)


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return schema.typed(pd.DataFrame(rows, columns=list(schema.COLUMNS)))


@settings(max_examples=12, deadline=None)
@given(ROWS, ROWS)
def test_what_changed_is_what_the_refresh_counted(one: list[dict[str, Any]], two: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store")
        store.replace(_frame(one))
        store.replace(_frame(two), "pypl")
        after, before = store.kept()
        found = vintages.difference(store, "pypl", before, after, most=20)
    assert (found.added, found.revised, found.removed) == parts.difference(_frame(one), _frame(two))
    assert found.unchanged + found.revised + found.removed == len(one)
    assert found.unchanged + found.revised + found.added == len(two)
    assert len(found.largest) == found.values_revised <= found.revised
    for row in found.largest:
        assert row["value_before"] != row["value_after"]
        assert row["factor"] is None or row["factor"] > 0
