"""What the dashboard, its API and its files show of an earlier day."""

from collections.abc import Callable
from datetime import date, datetime

import pandas as pd
import pytest
from flask.testing import FlaskClient

from dashboard.data import Data
from dashboard.views import options, trends_view
from etl.catalog import Catalog
from etl.home import Home
from etl.runs import Run
from etl.store import Store

ASKED = "indicator=pushers&value=absolute&technology=python"


@pytest.fixture
def data(home: Home, small: Catalog, rows: pd.DataFrame, committed_at: Callable[..., Store]) -> Data:
    """Version 0 of 1 August, in which all figures are ten times as high, retrieved on 31 July; version 1 of today."""
    home.store.replace(rows.assign(value=rows["value"] * 10))
    home.store.replace(rows)
    committed_at(home.store, {0: datetime(2026, 8, 1, 12)})  # noqa: DTZ001
    for day in (date(2026, 7, 31), date(2026, 8, 20)):
        run = home.runs.begin(Run(source="graph", trigger="manual", started=datetime(2026, 7, 31)))  # noqa: DTZ001
        run.outcome, run.retrieved_on = "updated", day
        home.runs.end(run)
    del home.__dict__["store"]
    return Data(home, small, recheck_seconds=0, today=lambda: date.max)


def newest_value(view: dict[str, object]) -> float:
    return float(view["table"]["rows"][0]["python"])  # type: ignore[index]


def test_the_view_of_an_earlier_day(data: Data) -> None:
    newest, then = trends_view(data, ASKED), trends_view(data, f"{ASKED}&as_of=2026-08-01")
    assert (newest_value(newest), newest_value(then)) == (200, 2000)
    assert newest["as_of"] is None
    assert then["as_of"] == {"line": "As of 2026-08-01 (version 0)", "newest": newest["query"]}
    assert then["query"] == newest["query"] + "&as_of=2026-08-01"
    assert (then["selection"]["as_of"], then["version"], then["message"]) == ("2026-08-01", 0, None)
    assert (newest["note"]["retrieved_on"], then["note"]["retrieved_on"]) == ("2026-08-20", "2026-07-31")
    assert all(rows["query"].endswith("&as_of=2026-08-01") for rows in then["downloads"].values())


def test_a_day_on_which_the_newest_was_there_says_so(data: Data) -> None:
    then = trends_view(data, f"{ASKED}&as_of=9999-12-31")
    assert then["as_of"]["line"] == "As of 9999-12-31 (version 1, the newest)"
    assert newest_value(then) == 200


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-07-31", "The store has no state of 2026-07-31: it begins on 2026-08-01 (version 0)."),
        ("august", "`as_of` is 'august', which is no date: write it as 2024-01-31."),
    ],
)
def test_a_day_that_cannot_be_shown_is_one_message(data: Data, client: FlaskClient, day: str, told: str) -> None:
    page = trends_view(data, f"{ASKED}&as_of={day}")
    assert (page["message"]["level"], page["message"]["text"]) == ("error", told)
    assert (page["as_of"], page["query"], newest_value(page)) == (None, ASKED_QUERY, 200)
    for address in ("series", "series.csv", "observations"):
        answer = client.get(f"/api/v1/{address}?technology=python&as_of={day}")
        assert (answer.status_code, [each["field"] for each in answer.get_json()["errors"]]) == (400, ["as_of"])
        assert answer.get_json()["detail"].replace("`", "'").replace("'as_of'", "`as_of`") == told


ASKED_QUERY = "technology=python&indicator=pushers&value=absolute"


def test_snapshots_of_days_are_kept_and_shared(data: Data) -> None:
    then = data.snapshot(date(2026, 8, 1))
    assert data.snapshot(date(2026, 8, 1)) is then
    assert data.snapshot(date(2026, 8, 2)) is then
    assert data.snapshot(date(2026, 8, 20)) is not then  # retrieved anew
    newest = data.snapshot()
    assert data.snapshot(date(9999, 1, 1)) is newest
    assert newest.key != then.key
    for day in range(1, 30):
        data.snapshot(date(2026, 9, day))
    assert len(data._vintages) <= 3


def test_a_state_is_the_same_after_a_refresh(client: FlaskClient, data: Data, rows: pd.DataFrame) -> None:
    """And its answers stay good: the newest state's do not stand for it, nor it for theirs."""
    then, newest, today = (f"/api/v1/series?indicator=pushers{as_of}" for as_of in ("&as_of=2026-08-01", "", LATER))
    before = {address: client.get(address) for address in (then, newest, today)}
    assert len({answer.headers["ETag"] for answer in before.values()}) == 3
    data.home.store.replace(rows.assign(value=rows["value"] * 3))  # type: ignore[attr-defined]
    after = {address: client.get(address) for address in before}
    assert after[then].data == before[then].data
    assert after[then].headers["ETag"] == before[then].headers["ETag"]
    for address in (newest, today):
        assert after[address].headers["ETag"] != before[address].headers["ETag"]
        assert [each[address].get_json()["meta"]["store_version"] for each in (before, after)] == [1, 2]


LATER = "&as_of=2199-01-01"


def test_an_address_that_names_the_state_of_the_day_is_kept_for_ever(client: FlaskClient, data: Data) -> None:
    address = f"/api/v1/series?{ASKED}&as_of=2026-08-01"
    state = client.get(address).get_json()["meta"]["state"]
    assert state == data.snapshot(date(2026, 8, 1)).key
    assert "immutable" in client.get(f"{address}&v={state}").headers["Cache-Control"]
    assert client.get(f"{address}&v={data.snapshot().key}").headers["Cache-Control"] == "no-cache"
    assert client.get(f"/api/v1/series?{ASKED}&v={state}").headers["Cache-Control"] == "no-cache"


def test_a_file_says_of_which_day_it_is(client: FlaskClient) -> None:
    answer = client.get(f"/api/v1/series.json?{ASKED}&as_of=2026-08-01")
    assert (
        'filename="stacktide-pushers-WLD-absolute-2026-07-as-of-2026-08-01.json"'
        in answer.headers["Content-Disposition"]
    )
    meta, rows = answer.get_json()["meta"], answer.get_json()["data"]
    assert (meta["as_of"], meta["store_version"]) == ("2026-08-01", 0)
    assert meta["link"].endswith("&as_of=2026-08-01")
    assert "retrieved on 2026-07-31. Compiled by Stacktide (store version 0, as of 2026-08-01)" in meta["citation"]
    assert rows[-1]["value"] == 2000
    newest = client.get(f"/api/v1/series.json?{ASKED}").get_json()["meta"]
    assert (newest["as_of"], newest["store_version"]) == (None, 1)
    assert "Compiled by Stacktide (store version 1), exported on" in newest["citation"]


def test_the_day_chosen_is_offered_however_many_states_are_newer(
    home: Home, small: Catalog, rows: pd.DataFrame, committed_at: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    for times in range(1, 5):
        home.store.replace(rows.assign(value=rows["value"] * times))
    committed_at(home.store, {n: datetime(2026, 8, n + 1) for n in range(4)})  # noqa: DTZ001
    data = Data(Home(home.path), small, recheck_seconds=0)
    monkeypatch.setattr(options, "_DAYS", 2)
    assert [each["value"] for each in options.days(data)] == ["2026-08-04", "2026-08-03"]
    assert [each["value"] for each in options.days(data, date(2026, 8, 1))] == [
        "2026-08-04",
        "2026-08-03",
        "2026-08-01",
    ]
    assert [each["value"] for each in options.days(data, date(2026, 8, 4))] == ["2026-08-04", "2026-08-03"]
