"""Methods: every example can be computed anew from the numbers beside it, and its numbers are those of the rows."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from statistics import mean
from typing import Any, get_args

import pandas as pd
import pytest

from dashboard.data import Data
from dashboard.views.method_example import Example
from dashboard.views.method_words import CONSTRUCTS, METHODS
from dashboard.views.methods import methods_view
from etl import embed
from etl.catalog import Catalog, Construct
from etl.home import Home

DATA = Path(__file__).resolve().parents[3] / "data"


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory, entries: Catalog) -> dict[str, Any]:
    home = Home(tmp_path_factory.mktemp("methods") / "home").make()
    embed.first_start(home, entries, DATA / "embedded", datetime(2026, 9, 1))  # noqa: DTZ001
    return methods_view(Data(home, entries), "")


@pytest.fixture(scope="module")
def stored() -> pd.DataFrame:
    found = pd.read_parquet(DATA / "embedded" / "observations.parquet")
    found = found[found["region"] == "WLD"]
    return found.astype({"technology": "str", "indicator": "str", "segment": "str"})


def example(answer: dict[str, Any], method: str) -> Example:
    found = next(each["example"] for each in answer["methods"] if each["id"] == method)
    assert isinstance(found, Example), method
    assert found.rows
    assert all(len(row) == len(found.columns) for row in found.rows)
    return found


@pytest.mark.parametrize("method", [method.id for method in METHODS])
def test_every_method_has_an_example_on_the_embedded_data(answer: dict[str, Any], method: str) -> None:
    example(answer, method)


def test_shares_are_the_rows_over_the_whole(answer: dict[str, Any], stored: pd.DataFrame, entries: Catalog) -> None:
    found = example(answer, "share")
    link = dict(part.split("=") for part in found.links[0][1].partition("?")[2].split("&"))
    rows = stored[(stored["indicator"] == link["indicator"]) & (stored["segment"] == "all")]
    newest = rows[rows["period_start"] == rows["period_start"].max()].set_index("technology")["value"]
    names = {entries.technology[t].name: t for t in link["technology"].split(",")}
    for name, value, whole, share in found.rows:
        assert value == newest[names[name]]
        assert share == pytest.approx(100 * value / whole)
    assert [row[3] for row in found.rows] == sorted((row[3] for row in found.rows), reverse=True)
    indicator = entries.indicator[link["indicator"]]
    assert indicator.whole is not None
    carrier = rows if indicator.whole == "listed" else stored[stored["indicator"] == indicator.whole]
    whole = carrier[(carrier["technology"] == "all") & (carrier["period_start"] == rows["period_start"].max())]
    assert {row[2] for row in found.rows} == set(whole["value"])


def test_indices_years_and_means_follow_from_the_numbers_beside_them(answer: dict[str, Any]) -> None:
    for _, base, last, index in example(answer, "index").rows:
        assert index == pytest.approx(100 * last / base)
    for _, before, now, points in example(answer, "year-on-year").rows:
        assert points == pytest.approx(now - before)
    *parts, (_, middle) = example(answer, "smoothing").rows
    assert middle == pytest.approx(mean(value for _, value in parts))
    assert next(rank for *_, rank in example(answer, "rank").rows) == 1


def test_a_share_within_adds_up_to_the_sum_that_is_told(answer: dict[str, Any]) -> None:
    *parts, (_, total, hundred) = example(answer, "within").rows
    assert hundred == 100
    for _, value, share in parts:
        assert share == pytest.approx(100 * value / total)


def test_months_together_weigh_by_their_posts(answer: dict[str, Any]) -> None:
    *months, (_, together, posts) = example(answer, "pooling").rows
    assert posts == sum(n for _, _, n in months)
    assert together == pytest.approx(sum(share * n for _, share, n in months) / posts)


def test_an_interval_is_wilsons(answer: dict[str, Any]) -> None:
    from scipy.stats import binomtest

    for _, share, n, low, high in example(answer, "wilson").rows:
        bounds = binomtest(round(share * n / 100), round(n)).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx((100 * bounds.low, 100 * bounds.high), abs=0.01)


def test_a_slope_lies_in_its_interval_and_a_tier_follows_from_it(answer: dict[str, Any]) -> None:
    for _, slope, low, high, _ in example(answer, "momentum").rows:
        assert low <= slope <= high
    for _, _, low, high, percent, tier in example(answer, "tiers").rows:
        if tier == "steady":
            assert low <= 0 <= high or abs(percent) < 2
        elif tier in ("rising", "surging"):
            assert low > 0
        else:
            assert high < 0


def test_tau_and_the_other_comparisons_stay_in_their_bounds(answer: dict[str, Any]) -> None:
    for *_, number, tau in example(answer, "tau").rows:
        assert number >= 5
        assert -1 <= tau <= 1
    assert all(0 < weight <= 1 for *_, weight in example(answer, "carriers").rows)
    assert all(0 <= percentile <= 100 for _, percentile, _ in example(answer, "percentile").rows)


def test_every_source_and_construct_of_the_catalogue_is_told(answer: dict[str, Any], entries: Catalog) -> None:
    assert [each["id"] for each in answer["sources"]] == [source.id for source in entries.sources]
    for told in answer["sources"]:
        source = entries.source[told["id"]]
        assert (told["caveat"], told["licence"]["title"]) == (source.caveat, source.licence.title)
        assert len(told["breaks"]) == len(entries.breaks(source.id))
    assert set(CONSTRUCTS) == set(get_args(Construct))


def test_anchors_are_unique(answer: dict[str, Any]) -> None:
    ids = [each["id"] for each in answer["methods"]]
    assert len(ids) == len(set(ids))
    assert not {"methods", "constructs", "sources"} & set(ids)


def test_a_store_with_little_in_it_shows_what_it_can(
    home: Home, entries: Catalog, observations: Callable[..., pd.DataFrame]
) -> None:
    months = pd.date_range("2023-01-01", "2026-04-01", freq="MS").strftime("%Y-%m-%d").tolist()
    shares = {"python": 30.0, "java": 20.0, "rust": 5.0}
    rows = [observations(technology=t, period_start=months, value=[v] * len(months)) for t, v in shares.items()]
    home.store.replace(pd.concat(rows, ignore_index=True), source="pypl")
    answer = methods_view(Data(home, entries), "")
    shown = {each["id"]: each["example"] for each in answer["methods"]}
    assert shown["share"] is None, "the source publishes shares, and no whole"
    assert shown["tau"] is None
    assert shown["ladder"] is None
    assert shown["year-on-year"].rows[0] == ("Python", 30.0, 30.0, 0.0)
    assert [tier for *_, tier in shown["tiers"].rows] == ["steady"]
    assert "16 methods" in answer["subtitle"]


def test_a_mistake_in_the_address_is_told(home: Home, entries: Catalog, observations: Callable[..., Any]) -> None:
    home.store.replace(observations(), source="pypl")
    told = methods_view(Data(home, entries), "as_of=tomorrow")["message"]
    assert "which is no date" in told["text"]
