"""Hiring: pooled shares with their intervals; on a small store by hand, and on the embedded data against the rows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from dashboard.analysis.figures import figures
from dashboard.analysis.sampled import Sampled, places, sampled
from dashboard.charts import interval_dots, interval_lines, lines
from dashboard.data import Data
from dashboard.views.hiring import hiring_view
from etl import catalog
from etl.catalog import Catalog
from etl.home import Home

ROOT = Path(__file__).resolve().parents[3]
MONTHS = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]
POSTS = [100, 100, 200, 100]
SHARES = {"python": [10.0, 20.0, 30.0, 40.0], "java": [10.0, 20.0, 25.0, 40.0], "rust": [1.0, 1.0, 1.0, 1.0]}

Observations = Callable[..., pd.DataFrame]


def hn(observations: Observations, posts: list[int] | None = None) -> pd.DataFrame:
    """Shares as one source publishes them, with the number of posts beside them."""
    counted = posts or POSTS
    plain = {"source": "hn_hiring_share"}
    pairs = [(t, m, v) for t, values in SHARES.items() for m, v in zip(MONTHS, values, strict=True)]
    named = observations(
        **plain,
        indicator="hn_hiring_share_mentions",
        technology=[t for t, _, _ in pairs],
        period_start=[m for _, m, _ in pairs],
        value=[v for _, _, v in pairs],
    )
    whole = observations(
        **plain,
        indicator="hn_hiring_share_posts",
        technology="all",
        period_start=MONTHS,
        value=[float(n) for n in counted],
    )
    return pd.concat([named, whole], ignore_index=True)


def trends(observations: Observations) -> pd.DataFrame:
    """Counts as the other source publishes them, with their sample."""
    plain = {"source": "hiring_trends"}
    mentions = observations(
        **plain,
        indicator="hiring_trends_mentions",
        technology=["django"] * 4 + ["python"] * 4,
        period_start=MONTHS * 2,
        value=[5.0, 5.0, 10.0, 5.0, 50.0, 50.0, 50.0, 50.0],
        sample_size=POSTS * 2,
    )
    whole = observations(
        **plain,
        indicator="hiring_trends_posts",
        technology="all",
        period_start=MONTHS,
        value=[float(n) for n in POSTS],
    )
    return pd.concat([mentions, whole], ignore_index=True)


@pytest.fixture
def small(home: Home, entries: Catalog, observations: Observations) -> Data:
    home.store.replace(hn(observations), source="hn_hiring_share")
    home.store.replace(trends(observations), source="hiring_trends")
    return Data(home, entries, recheck_seconds=0)


def row(answer: dict[str, Any], technology: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in answer["rows"] if each["id"] == technology)
    return found


def test_three_months_are_weighed_by_their_posts(small: Data) -> None:
    answer = hiring_view(small, "")
    assert answer["selection"]["indicator"] == "hn_hiring_share_mentions"
    # (20 % of 100 + 30 % of 200 + 40 % of 100) of 400
    python = row(answer, "python")
    assert python["value"] == pytest.approx(30.0)
    exact = binomtest(120, 400).proportion_ci(method="wilson")
    assert (python["low"], python["high"]) == pytest.approx((100 * exact.low, 100 * exact.high))
    assert [each["id"] for each in answer["rows"]] == ["python", "java", "rust"]
    assert "February 2026 to April 2026 together, 400 posts" in answer["cards"]["hiring-now"]["subtitle"]
    assert python["remark"] == row(answer, "java")["remark"] == "place 1 to 2"
    assert row(answer, "rust")["remark"] == ""
    assert "Java may be level with it" in answer["headline"]


def test_all_technologies_together_name_none_of_them(small: Data) -> None:
    for query, plain in (("technology=all", ""), ("technology=all,python", "technology=python")):
        answer, expected = hiring_view(small, query), hiring_view(small, plain)
        assert (answer["query"], answer["message"]) == (expected["query"], expected["message"])


def test_counts_become_shares_of_their_own_posts(small: Data) -> None:
    answer = hiring_view(small, "technology=django")
    assert answer["selection"]["indicator"] == "hiring_trends_mentions", "the other source does not count it"
    assert row(answer, "django")["value"] == pytest.approx(100 * 20 / 400)
    assert "ended" in answer["message"]["text"]
    assert "counts none of these" in answer["cards"]["hiring-other"]["message"]["text"]


def test_the_two_sources_stay_apart(small: Data) -> None:
    cards = hiring_view(small, "technology=python")["cards"]
    assert cards["hiring-now"]["table"]["rows"][0]["value"] == pytest.approx(30.0)
    other = cards["hiring-other"]
    assert other["title"].endswith("HN Hiring Trends")
    assert other["table"]["rows"][0]["python"] == pytest.approx(100 * 150 / 400)
    assert "never to be joined" in other["subtitle"]
    assert cards["hiring-posts"]["figure"]["data"][0]["y"] == [100, 100, 200, 100]
    assert cards["hiring-jobs"]["figure"]["data"] == []


def test_months_of_a_handful_of_posts_are_left_out_and_said(
    home: Home, entries: Catalog, observations: Observations
) -> None:
    home.store.replace(hn(observations, [100, 3, 3, 3]), source="hn_hiring_share")
    answer = hiring_view(Data(home, entries), "technology=python")
    assert [line["period"] for line in answer["cards"]["hiring-trend"]["table"]["rows"]] == ["2026-03-01"]
    assert any("fewer than 10 posts" in told for told in answer["cards"]["hiring-now"]["note"]["missing"])


def test_what_is_unknown_or_counts_no_posts_is_told_and_the_rest_shown(small: Data) -> None:
    answer = hiring_view(small, "indicator=pypl_languages&technology=python,nonsense")
    assert answer["message"]["level"] == "error"
    assert "`nonsense`" in answer["message"]["text"]
    assert "counts no job posts" in answer["message"]["text"]
    assert answer["query"] == "technology=python"
    assert answer["rows"]
    assert hiring_view(small, "technology=sinatra")["cards"]["hiring-now"]["message"]["text"].endswith(
        "choose another."
    )


def test_a_store_without_job_posts_says_what_to_run(home: Home, entries: Catalog, observations: Observations) -> None:
    home.store.replace(observations(), source="pypl")
    answer = hiring_view(Data(home, entries), "")
    assert "stacktide refresh" in answer["message"]["text"]
    assert {card["figure"]["data"] == [] for card in answer["cards"].values()} == {True}


def frame(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=list("abc"))


def test_places_are_open_as_far_as_intervals_overlap() -> None:
    found = places(frame(value=[30.0, 20.0, 5.0], low=[25.0, 18.0, 4.0], high=[35.0, 26.0, 6.0], n=[9.0] * 3))
    assert found[["rank", "best", "worst"]].astype(int).to_numpy().tolist() == [[1, 1, 2], [2, 1, 2], [3, 3, 3]]
    assert places(frame(value=[1.0, 2.0, 3.0], low=[np.nan] * 3, high=[np.nan] * 3, n=[9.0] * 3))["best"].isna().all()


def test_a_share_needs_a_whole(home: Home, entries: Catalog, observations: Observations) -> None:
    home.store.replace(
        observations(source="github_ranking", indicator="github_ranking_stars", technology="django", value=[5.0]),
        source="github_ranking",
    )
    f = figures(Data(home, entries).snapshot().frame, entries, "github_ranking_stars")
    with pytest.raises(ValueError, match="no whole"):
        sampled(f, ["django"])


def test_bands_stop_at_breaks_and_at_missing_figures() -> None:
    index = pd.date_range("2024-01-01", periods=6, freq="MS")
    values = pd.DataFrame({"a": [1.0, 2.0, np.nan, 4.0, 5.0, 6.0]}, index=index)
    made = Sampled(values, values - 0.5, values + 0.5, values * 0 + 50)
    facts = lines.Facts({"a": "A"}, {"a": ("#123456", "solid")}, "share", "percent", "M")
    figure = interval_lines.figure(made, np.array([0, 0, 0, 0, 1, 1]), facts, "posts")
    bands = [trace for trace in figure["data"] if trace.get("fill") == "toself"]
    days = [sorted(set(trace["x"])) for trace in bands]
    assert days == [["2024-01-01", "2024-02-01"], ["2024-04-01"], ["2024-05-01", "2024-06-01"]]
    line = next(trace for trace in figure["data"] if trace.get("fill") is None)
    assert line["customdata"][0] == " (0.5 to 1.5), of 50 posts"
    assert {trace["legendgroup"] for trace in figure["data"]} == {"a"}


def test_five_lines_have_no_bands() -> None:
    index = pd.date_range("2024-01-01", periods=3, freq="MS")
    names = list("abcde")
    values = pd.DataFrame({name: [1.0, 2.0, 3.0] for name in names}, index=index)
    facts = lines.Facts({n: n for n in names}, dict.fromkeys(names, ("#123456", "solid")), "share", "percent", "M")
    figure = interval_lines.figure(Sampled(values, values, values, values), np.zeros(3), facts, "posts")
    assert [trace.get("fill") for trace in figure["data"]] == [None] * 5


def test_dots_of_one_unit_share_their_scale() -> None:
    table = frame(value=[40.0, 20.0, 5.0], low=[39.0, np.nan, 4.0], high=[41.0, np.nan, 6.0], n=[9.0, np.nan, 9.0])
    small = table / 10
    colours = dict.fromkeys("abc", "#123456")
    panels = [
        interval_dots.Panel(str(i), t, colours, u)
        for i, (t, u) in enumerate([(table, "x"), (small, "x"), (small, "y")])
    ]
    figure = interval_dots.figure(panels, list("abc"), {"a": "A", "b": "B", "c": "C"}, "posts")
    ranges = [figure["layout"][axis]["range"][1] for axis in ("xaxis", "xaxis2", "xaxis3")]
    assert ranges == pytest.approx([41 * 1.06, 41 * 1.06, 5 * 1.06])
    first = figure["data"][0]
    assert first["error_x"]["array"] == [1.0, 0.0, 1.0], "without an interval there is no line"
    assert first["customdata"] == [" (39 to 41), of 9 posts", "", " (4 to 6), of 9 posts"]


# ---- the embedded data, computed anew from the rows -----------------------------------------------------------------


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    rows = pd.read_parquet(ROOT / "data" / "embedded" / "observations.parquet")
    rows = rows[rows["source"].isin(["hn_hiring_share", "hiring_trends", "job_postings_index"])]
    assert len(rows) > 20_000
    return rows


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, published: pd.DataFrame) -> Data:
    home = Home(tmp_path_factory.mktemp("hiring") / "home").make()
    for source in published["source"].astype("str").unique():
        home.store.replace(published[published["source"] == source], source=source)
    return Data(home, catalog.load(ROOT / "data" / "catalog"), recheck_seconds=1000)


def test_the_newest_shares_of_the_embedded_data(real: Data, published: pd.DataFrame) -> None:
    answer = hiring_view(real, "")
    named = published[published["indicator"] == "hn_hiring_share_mentions"]
    posts = published[published["indicator"] == "hn_hiring_share_posts"].set_index("period_start")["value"]
    last = sorted(named["period_start"].unique())[-3:]
    assert len(answer["rows"]) == 10
    for each in answer["rows"]:
        ours = named[named["technology"] == each["id"]].set_index("period_start")["value"]
        hits, read = sum(ours[m] * posts[m] / 100 for m in last), sum(posts[m] for m in last)
        assert each["value"] == pytest.approx(100 * hits / read)
        exact = binomtest(round(hits), round(read)).proportion_ci(method="wilson")
        assert (each["low"], each["high"]) == pytest.approx((100 * exact.low, 100 * exact.high), abs=0.02)
        assert each["tier"] in ("surging", "rising", "steady", "falling", "fading")
    json.dumps(answer["rows"], allow_nan=False)


@pytest.mark.parametrize("use_case", ["web-backend", "testing", "databases", "editors", "python-in-browser"])
def test_every_use_case_has_an_answer_or_says_why_not(real: Data, use_case: str) -> None:
    answer = hiring_view(real, f"use_case={use_case}")
    inside = {t.id for t in real.catalog.technologies if use_case in t.use_cases}
    assert {each["id"] for each in answer["rows"]} <= inside
    for card in answer["cards"].values():
        assert card["figure"]["data"] or card["message"]["text"]
        if card["figure"]["data"]:
            assert card["note"]["caveat"]
            assert card["note"]["licence"]["title"]
            assert card["downloads"]
            assert len(card["sentence"]) > 20
        json.dumps([card["figure"], card.get("table")], allow_nan=False)
