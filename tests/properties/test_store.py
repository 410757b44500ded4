"""Store and merge, for any rows: what goes in comes out, in one order, and a refresh of the same rows is no change."""

import string
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import schema
from etl.http import Request
from etl.parts import Parts, difference, merged
from etl.store import Store

WORDS = st.text(string.ascii_lowercase + string.digits + "-'\"é ", min_size=1, max_size=8)
DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1e-300, 1e300])
ROW = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["pypl", "languish"]),
        "indicator": st.sampled_from(["searches", "stars"]),
        "technology": WORDS,
        "region": st.sampled_from(["WLD", "NA", "NO", "DE", "EU"]),
        "segment": st.sampled_from(["all", "beginners"]),
        "period_start": DAYS,
        "frequency": st.sampled_from(list(schema.PERIOD_OFFSETS)),
        "value": VALUES,
        "sample_size": st.none() | st.integers(0, 2**53),
        "status": st.sampled_from(schema.STATUSES),
        "vintage": DAYS,
        "payload": st.sampled_from(["a" * 64, "b" * 64]),
    }
)
TEXT = dict.fromkeys(schema.CATEGORIES, "str")


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return schema.typed(pd.DataFrame(rows, columns=list(schema.COLUMNS)))


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column] for column in schema.KEY)


def _sorting_key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column] for column in ("source", *schema.SORT))


# rows that the order of the store tells apart, as all rows of one indicator have one frequency
ROWS = st.lists(ROW, unique_by=(_key, _sorting_key), max_size=12)


def _equal(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found.astype(TEXT), expected.astype(TEXT))


@settings(max_examples=20, deadline=None)
@given(ROWS.filter(bool), st.randoms(use_true_random=False))
def test_round_trip_in_any_order(rows: list[dict[str, Any]], random: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store, shuffled = Store(Path(folder) / "a"), Store(Path(folder) / "b")
        store.replace(_frame(rows))
        _equal(store.read(), schema.sort(_frame(rows)))
        random.shuffle(rows)
        shuffled.replace(_frame(rows))
        _equal(shuffled.read(), store.read())
        wanted = rows[0]["technology"]
        assert len(store.read(technology=[wanted])) == sum(row["technology"] == wanted for row in rows)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_sorting_keeps_every_row(rows: list[dict[str, Any]], random: Any) -> None:
    ordered = schema.sort(_frame(rows))
    assert [_sorting_key(row) for row in ordered.astype(TEXT).to_dict("records")] == [
        (*key[:-1], pd.Timestamp(key[-1])) for key in sorted(_sorting_key(row) for row in rows)
    ]
    random.shuffle(rows)
    _equal(schema.sort(_frame(rows)), ordered)
    _equal(schema.sort(ordered), ordered)


def _parts(*frames: pd.DataFrame, scopes: list[dict[str, Any]] | None = None) -> Parts:
    parts = Parts()
    for frame, scope in zip(frames, scopes or [{}] * len(frames), strict=True):
        parts.succeeded(Request("https://example.org", "part", scope), frame)
    return parts


@settings(max_examples=60, deadline=None)
@given(ROWS.filter(bool), DAYS)
def test_refresh_of_the_same_rows_is_no_change(rows: list[dict[str, Any]], later: date) -> None:
    old = schema.sort(_frame(rows))
    again = schema.typed(old.assign(vintage=pd.Timestamp(later), payload="c" * 64)).sample(frac=1, random_state=1)
    became = merged(old, _parts(again))
    assert difference(old, became) == (0, 0, 0)
    _equal(became, old)  # with the vintage and payload that they came with first


@settings(max_examples=100, deadline=None)
@given(ROWS, ROWS.filter(bool))
def test_merge_is_the_new_rows_and_counts_add_up(
    old_rows: list[dict[str, Any]], new_rows: list[dict[str, Any]]
) -> None:
    old, new = schema.sort(_frame(old_rows)), _frame(new_rows)
    became = merged(old, _parts(new))
    figures = [*schema.KEY, "value", "sample_size", "status"]
    _equal(became[figures], schema.sort(new)[figures])
    added, changed, removed = difference(old, became)
    before, after = {_key(r): r for r in old_rows}, {_key(r): r for r in new_rows}
    assert added == len(after.keys() - before.keys())
    assert removed == len(before.keys() - after.keys())
    fields = ("value", "sample_size", "status")
    assert changed == sum(any(before[k][f] != after[k][f] for f in fields) for k in before.keys() & after.keys())


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS.filter(bool))
def test_part_replaces_its_own_scope_only(old_rows: list[dict[str, Any]], new_rows: list[dict[str, Any]]) -> None:
    old = schema.sort(_frame(old_rows))
    new = _frame([{**row, "region": "DE"} for row in new_rows]).drop_duplicates(list(schema.KEY))
    became = merged(old, _parts(new, scopes=[{"region": "DE"}]))
    _equal(became[became["region"] != "DE"].reset_index(drop=True), old[old["region"] != "DE"].reset_index(drop=True))
    assert (became["region"] == "DE").sum() == len(new)


@pytest.fixture(scope="module")
def conformed(entries: Any, payload: Callable[..., Any]) -> Callable[..., pd.DataFrame]:
    from etl.conform import conform

    entry = entries.source["languish"]
    return lambda draft: conform(draft, payload("x"), entry, entries).rows


NAMES = st.sampled_from(["Python", "Rust", "Delphi", "Pascal", "No Such Name", "HTML"])
QUARTERS = st.sampled_from([date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1)])
CELLS = st.dictionaries(st.tuples(NAMES, QUARTERS), st.integers(0, 10**9), min_size=1)


@settings(max_examples=40, deadline=None)
@given(CELLS, st.randoms(use_true_random=False))
def test_whole_is_the_sum_of_all_names_in_any_order(
    conformed: Callable[..., pd.DataFrame], cells: dict[tuple[str, date], int], random: Any
) -> None:
    rows = [
        {"name": n, "period_start": d, "value": float(v), "indicator": "languish_stars", "frequency": "Q"}
        for (n, d), v in cells.items()
    ]
    found = conformed(pd.DataFrame(rows))
    wholes = found[found["technology"] == schema.WHOLE].set_index("period_start")["value"]
    for day in {d for _, d in cells}:
        assert wholes[pd.Timestamp(day)] == sum(v for (_, d), v in cells.items() if d == day)
        parts = found[(found["technology"] != schema.WHOLE) & (found["period_start"] == pd.Timestamp(day))]
        assert parts["value"].sum() <= wholes[pd.Timestamp(day)]
    random.shuffle(rows)
    _equal(conformed(pd.DataFrame(rows)), found)
