"""Earlier states of the store: asked for by day or version, listed, compared."""

import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from etl import vintages
from etl.errors import UsageError
from etl.store import Commit, Store

Rows = Callable[..., pd.DataFrame]
TODAY = date(2030, 1, 1)
MONTHS = ["2026-01-01", "2026-02-01", "2026-03-01"]


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, 8, day, hour, minute)  # noqa: DTZ001 - UTC without zone


def _given(store: Store, text: str) -> Commit:
    return vintages.version_given(store, "--from", text, TODAY)


@pytest.fixture
def store(tmp_path: Path, observations: Rows, committed_at: Callable[..., Store]) -> Store:
    """Version 0 of 1 August, 1 of the last second of the 3rd, 2 (another source) of the 4th at midnight."""
    made = Store(tmp_path / "store")
    made.replace(observations(value=[1.0, 2.0], period_start=MONTHS[:2]), run="first start")
    made.replace(observations(value=[1.0, 4.0, 3.0], period_start=MONTHS), "pypl", "7")
    made.replace(observations(source="languish", value=[9.0]), "languish", "8")
    return committed_at(made, {0: at(1), 1: datetime(2026, 8, 3, 23, 59, 59), 2: at(4, 0)})  # noqa: DTZ001


@pytest.mark.parametrize(
    ("day", "version"),
    [(1, 0), (2, 0), (3, 1), (4, 2), (31, 2)],
)
def test_a_day_means_the_state_at_its_end(store: Store, day: int, version: int) -> None:
    assert store.version_on(date(2026, 8, day)) == version
    assert (
        list(store.read(source=["pypl"], as_of=date(2026, 8, day))["value"]) == [[1, 2], [1, 4, 3], [1, 4, 3]][version]
    )
    assert store.summary(as_of=date(2026, 8, day))["rows"].sum() == [2, 3, 4][version]


def test_a_day_before_the_first_state_is_one_sentence(store: Store) -> None:
    for ask in (store.version_on, lambda day: store.read(as_of=day), lambda day: store.summary(as_of=day)):
        with pytest.raises(UsageError) as caught:
            ask(date(2026, 7, 31))
        assert str(caught.value) == "The store has no state of 2026-07-31: it begins on 2026-08-01 (version 0)."


def test_the_history_is_read_on_and_not_mistaken_for_another(store: Store, observations: Rows) -> None:
    assert [commit.version for commit in store.history()] == [2, 1, 0]
    store.replace(observations(value=[5.0]), "pypl", "9")
    Store(store._location).replace(observations(value=[6.0]), "pypl", "10")
    assert store.history() == Store(store._location).history()
    assert [(commit.version, commit.run) for commit in store.history()[:2]] == [(4, "10"), (3, "9")]
    store.history().clear()  # what is handed out is the caller's
    assert len(store.history()) == 5
    shutil.rmtree(store._location)
    Store(store._location).replace(observations(value=[1.0]), run="new")
    assert [(commit.version, commit.run) for commit in store.history()] == [(0, "new")]


def test_states_tell_what_their_runs_changed(store: Store) -> None:
    reports: dict[int, dict[str, Any]] = {
        7: {"source": "pypl", "store_version": 1, "rows_added": 1, "rows_changed": 1, "rows_removed": 0},
        8: {"source": "pypl", "store_version": 2, "rows_added": 5, "rows_changed": 5, "rows_removed": 5},
    }
    newest, middle, first = vintages.states(store, reports.get)
    assert (middle.commit.version, middle.commit.source, middle.run, middle.rows) == (1, "pypl", 7, 3)
    assert (middle.rows_added, middle.rows_changed, middle.rows_removed) == (1, 1, 0)
    assert (newest.run, newest.rows, newest.rows_added) == (8, 4, None)  # run 8 is of another source, so another's run
    assert (first.run, first.rows, first.rows_added) == (None, 2, None)
    assert newest.bytes > middle.bytes > 0


def test_states_of_one_source(store: Store) -> None:
    assert [(s.commit.version, s.rows) for s in vintages.states(store, {}.get, "pypl")] == [(1, 3), (0, 2)]
    assert [(s.commit.version, s.rows) for s in vintages.states(store, {}.get, "languish")] == [(2, 1), (0, 0)]
    assert [s.commit.version for s in vintages.states(store, {}.get, most=1)] == [2]


def test_a_version_is_given_by_number_or_day(store: Store) -> None:
    assert _given(store, "0").version == 0
    assert _given(store, "2026-08-03").version == 1
    assert _given(store, "2030-01-01").version == 2
    with pytest.raises(
        UsageError, match=r"--from 2030-01-02 lies in the future: it is 2030-01-01 \(UTC\); give that day"
    ):
        _given(store, "2030-01-02")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3", "The store has no version 3: it has versions 0 (2026-08-01) to 2 (2026-08-04)."),
        ("9" * 40, f"The store has no version {'9' * 40}: it has versions 0 (2026-08-01) to 2 (2026-08-04)."),
        ("-1", "-1 is neither a version nor a date: write it as 12 or as 2026-01-31."),
        ("²", "² is neither a version nor a date: write it as 12 or as 2026-01-31."),
        ("yesterday", "yesterday is neither a version nor a date: write it as 12 or as 2026-01-31."),
        ("2026-07-31", "The store has no state of 2026-07-31: it begins on 2026-08-01 (version 0)."),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(store: Store, text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        _given(store, text)
    assert str(caught.value) == told


def compared(store: Store, before: int, after: int, **more: Any) -> vintages.Difference:
    first, second = (_given(store, str(version)) for version in (before, after))
    return vintages.difference(store, "pypl", first, second, **more)


def test_difference_of_two_states(store: Store) -> None:
    found = compared(store, 0, 1)
    assert (found.added, found.revised, found.values_revised, found.removed, found.unchanged) == (1, 1, 1, 0, 1)
    assert found.largest == [
        {
            "indicator": "pypl_languages",
            "technology": "python",
            "region": "WLD",
            "segment": "all",
            "period_start": "2026-02-01",
            "frequency": "M",
            "value_before": 2.0,
            "value_after": 4.0,
            "factor": 2.0,
        }
    ]
    back = compared(store, 1, 0)
    assert (back.added, back.removed, back.largest[0]["factor"]) == (0, 1, 0.5)
    same = compared(store, 1, 2)  # another source's commit
    assert (same.added, same.revised, same.removed, same.unchanged, same.largest) == (0, 0, 0, 3, [])


def test_a_source_that_comes_or_goes_is_added_or_removed(store: Store, observations: Rows) -> None:
    store.replace(observations(value=[1.0])[:0], "pypl")
    gone = compared(store, 2, 3)
    assert (gone.removed, gone.added, gone.revised, gone.unchanged) == (3, 0, 0, 0)
    store.replace(observations(value=[1.0])[:0])
    assert compared(store, 0, 4).removed == 2
    assert compared(store, 3, 4).removed == 0


def test_the_largest_revisions_are_relative(tmp_path: Path, observations: Rows) -> None:
    days = pd.date_range("2025-01-01", periods=14, freq="D").astype(str).tolist()
    before = [100.0, 100.0, 0.0, 5.0, -2.0, 1e-300, 1000.0, *[10.0] * 7]
    after = [50.0, 201.0, 1.0, 0.0, 2.0, 1e300, 1001.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.0, 10.0]
    store = Store(tmp_path / "store")
    rows = observations(value=before, period_start=days, sample_size=[None] * 12 + [1, 1], frequency="D")
    store.replace(rows)
    store.replace(rows.assign(value=after, sample_size=pd.array([None] * 12 + [1, 2], dtype="Int64")), "pypl")
    found = compared(store, 0, 1)
    assert (found.revised, found.values_revised, found.unchanged) == (13, 12, 1)
    assert [(row["value_before"], row["value_after"]) for row in found.largest] == [
        *[(5.0, 0.0), (-2.0, 2.0), (0.0, 1.0)],  # no factor tells these: by how much, then
        *[(1e-300, 1e300), (100.0, 201.0), (100.0, 50.0)],
        *[(10.0, 10.5), (10.0, 10.4), (10.0, 10.3), (10.0, 10.2)],
    ]
    assert [row["factor"] for row in found.largest[:6]] == [None, None, None, None, 2.01, 0.5]
    assert len(compared(store, 0, 1, most=3).largest) == 3
