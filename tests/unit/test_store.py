"""The store: what goes in comes out, one source at a time, in one commit."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from etl import schema
from etl.errors import StoreError
from etl.store import Store

Rows = Callable[..., pd.DataFrame]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def rows(observations: Rows) -> pd.DataFrame:
    """Two sources, out of order, with a sample size that is missing."""
    return observations(
        source=["pypl", "languish", "pypl", "pypl"],
        indicator=["pypl_languages", "languish_stars", "pypl_languages", "pypl_languages"],
        technology=["rust", "python", "python", "python"],
        region=["WLD", "WLD", "NA", "DE"],
        period_start=["2026-02-01", "2026-01-01", "2026-01-01", "2026-02-01"],
        frequency=["M", "Q", "M", "M"],
        value=[0.1 + 0.2, 12345678901.0, 1e-12, 0.0],
        sample_size=[None, 7, 2**40, None],
        status=["final", "partial", "estimated", "provisional"],
        vintage=["2026-03-01", "2026-02-28", "2026-03-01", "2026-03-01"],
    )


def _same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Equal in every value and dtype; which categories a column could have does not matter."""
    text = dict.fromkeys(schema.CATEGORIES, "str")
    assert all(isinstance(found[column].dtype, pd.CategoricalDtype) for column in schema.CATEGORIES)
    pd.testing.assert_frame_equal(found.astype(text), schema.sort(expected).astype(text))


def test_round_trip(store: Store, rows: pd.DataFrame) -> None:
    assert not store.exists()
    assert store.replace(rows) == store.version() == 0
    assert store.exists()
    found = store.read()
    _same(found, rows)
    assert list(found.columns) == list(schema.COLUMNS)
    plain = found.drop(columns=list(schema.CATEGORIES)).dtypes.astype(str).to_dict()
    assert plain == {
        "period_start": "datetime64[us]",
        "value": "float64",
        "sample_size": "Int64",
        "vintage": "datetime64[us]",
        "payload": "string",
    }
    assert list(found["region"]) == ["WLD", "DE", "NA", "WLD"]  # Namibia is not missing
    assert list(found["sample_size"].isna()) == [False, True, False, True]


def test_labels_of_rows_do_not_matter(store: Store, rows: pd.DataFrame) -> None:
    store.replace(rows.set_axis([5, 5, 5, 0]))
    _same(store.read(), rows)


def test_replace_touches_one_source(store: Store, rows: pd.DataFrame) -> None:
    store.replace(rows)
    files_before = {f.name for f in Path(store._location).rglob("*.parquet") if "languish" in str(f)}
    store.replace(rows[(rows["source"] == "pypl") & (rows["region"] == "DE")], "pypl", "17")
    _same(store.read(source=["pypl"]), rows[rows["region"] == "DE"])
    _same(store.read(source=["languish"]), rows[rows["source"] == "languish"])
    assert {f.name for f in Path(store._location).rglob("*.parquet") if "languish" in str(f)} == files_before
    newest, first = store.history()
    assert (newest.version, newest.source, newest.run) == (1, "pypl", "17")
    assert (first.version, first.source, first.run) == (0, "", "")
    assert newest.at >= first.at


def test_replace_all(store: Store, rows: pd.DataFrame) -> None:
    store.replace(rows)
    store.replace(rows[rows["source"] == "languish"])
    _same(store.read(), rows[rows["source"] == "languish"])


def test_first_commit_of_one_source(store: Store, rows: pd.DataFrame) -> None:
    store.replace(rows[rows["source"] == "pypl"], "pypl")
    store.replace(rows[rows["source"] == "languish"], "languish")
    _same(store.read(), rows)


def test_source_without_rows(store: Store, rows: pd.DataFrame) -> None:
    store.replace(rows)
    store.replace(rows[:0], "pypl")
    _same(store.read(), rows[rows["source"] == "languish"])
    store.replace(rows[:0])
    empty = store.read()
    assert empty.empty
    assert list(empty.columns) == list(schema.COLUMNS)
    assert empty.dtypes["period_start"] == "datetime64[us]"


def test_time_travel(store: Store, rows: pd.DataFrame) -> None:
    first = store.replace(rows)
    second = store.replace(rows.assign(value=5.0)[rows["source"] == "pypl"], "pypl")
    assert (first, second) == (0, 1)
    _same(store.read(version=0), rows)
    assert set(store.read(source=["pypl"], version=1)["value"]) == {5.0}
    assert set(store.summary(version=0)["last_value"]) == set(rows["value"])
    with pytest.raises(StoreError, match=r"Version 7 of the store at .* cannot be read"):
        store.read(version=7)


def test_reader_is_not_disturbed_by_a_writer(store: Store, rows: pd.DataFrame) -> None:
    store.replace(rows)
    reader = Store(store._location)
    version = reader.version()
    for value in range(3):
        store.replace(rows.assign(value=float(value)), None)
    _same(reader.read(version=version), rows)


def test_filters(store: Store, rows: pd.DataFrame) -> None:
    store.replace(rows)
    _same(store.read(source=["pypl"], region=["NA", "DE"]), rows[rows["region"].isin(["NA", "DE"])])
    _same(store.read(indicator=["languish_stars"]), rows[rows["source"] == "languish"])
    _same(store.read(technology=["rust", "cobol"]), rows[rows["technology"] == "rust"])
    _same(store.read(segment=["all"]), rows)
    assert store.read(segment=["beginners"]).empty
    january = rows["period_start"] == "2026-01-01"
    _same(store.read(end=date(2026, 1, 1)), rows[january])
    _same(store.read(start=date(2026, 1, 2)), rows[~january])
    _same(store.read(start=date(2026, 1, 1), end=date(2026, 2, 1)), rows)
    assert store.read(start=date(2026, 2, 2)).empty


@pytest.mark.parametrize(
    "text", ["py'thon", "' or 1=1 --", '"', "python'; drop view observations; --", "?", "\x00", ""]
)
def test_filter_values_are_bound(store: Store, rows: pd.DataFrame, text: str) -> None:
    store.replace(rows)
    for column in ("source", "indicator", "technology", "region", "segment"):
        assert store.read(**{column: [text]}).empty
    _same(store.read(technology=[text, "rust"]), rows[rows["technology"] == "rust"])


def test_summary(store: Store, observations: Rows) -> None:
    store.replace(observations(value=[3.0, 1.0, 2.0], period_start=["2026-01-01", "2026-03-01", "2026-02-01"]))
    summary = store.summary()
    assert summary.iloc[0].to_dict() == {
        "source": "pypl",
        "indicator": "pypl_languages",
        "technology": "python",
        "region": "WLD",
        "segment": "all",
        "first": pd.Timestamp("2026-01-01"),
        "last": pd.Timestamp("2026-03-01"),
        "rows": 3,
        "last_value": 1.0,
    }
    assert len(summary) == 1


def test_no_store(store: Store, tmp_path: Path) -> None:
    for ask in (store.read, store.version, store.summary, store.history):
        with pytest.raises(StoreError, match=r"There is no store at .*: run `stacktide serve` or `stacktide refresh`"):
            ask()
    assert not (tmp_path / "store").exists()  # asking makes nothing


def _damaged(store: Store, pattern: str, content: bytes | None) -> None:
    found = list(Path(store._location).rglob(pattern))
    assert found
    for file in found:
        file.unlink() if content is None else file.write_bytes(content)


@pytest.mark.parametrize("content", [None, b"", b"PAR1 no more"])
def test_damaged_rows_end_in_a_sentence(store: Store, rows: pd.DataFrame, content: bytes | None) -> None:
    store.replace(rows)
    _damaged(store, "*.parquet", content)
    with pytest.raises(
        StoreError, match=r"The store at .* is damaged \(.*\): move it away and refresh again\."
    ) as caught:
        store.read()
    assert "\n" not in str(caught.value)


def test_damaged_history_ends_in_a_sentence(store: Store, rows: pd.DataFrame) -> None:
    store.replace(rows)
    _damaged(store, "*.json", b"{")
    with pytest.raises(StoreError, match="cannot be read") as caught:
        store.read()
    assert "\n" not in str(caught.value)
    with pytest.raises(StoreError, match=r"cannot be written: .*; the last state stays"):
        store.replace(rows)


@pytest.mark.parametrize("column", ["value", "period_start", "technology", "status"])
def test_rows_with_holes_change_nothing(store: Store, rows: pd.DataFrame, column: str) -> None:
    store.replace(rows)
    with pytest.raises(KeyError, match=column):
        store.replace(rows.drop(columns=column))
    assert store.version() == 0
    _same(store.read(), rows)


def test_of_two_that_begin_a_store_none_loses_its_rows(
    tmp_path: Path, observations: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both find no table; the second has looked before the first commits."""
    first, second = Store(tmp_path / "store"), Store(tmp_path / "store")
    found = Store.exists
    looked: list[bool] = []

    def exists(store: Store) -> bool:
        looked.append(found(store))
        if len(looked) == 2:  # the second is about to write
            monkeypatch.setattr(Store, "exists", found)
            first.replace(observations(source="pypl"), source="pypl")
        return looked[-1]

    monkeypatch.setattr(Store, "exists", exists)
    second.replace(observations(source="top_pypi"), source="top_pypi")
    assert set(second.read()["source"]) == {"pypl", "top_pypi"}
