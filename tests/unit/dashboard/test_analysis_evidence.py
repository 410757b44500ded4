"""Intervals, places and agreement between indicators, against scipy and values by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dashboard.analysis.benchmark import newest_round, percentile
from dashboard.analysis.carriers import best, carriers
from dashboard.analysis.conflict import conflict, independent, same_origin
from dashboard.analysis.figures import Figures, figures
from dashboard.analysis.pooled import pooled
from dashboard.analysis.wilson import wilson
from etl.catalog import Catalog, Indicator, Source

NAN = float("nan")


def months(count: int, end: str = "2026-06-01") -> pd.DatetimeIndex:
    return pd.date_range(end=end, periods=count, freq="MS", name="period_start").as_unit("us")


def indicator(**more: Any) -> Indicator:
    plain = {"id": "i", "title": "I", "construct": "hiring", "unit": "posts", "frequency": "M", "means": "m"}
    return Indicator.model_validate({**plain, "does_not_mean": "d", "bounds": (0, None), **more})


def source(name: str, *indicators: dict[str, Any], **more: Any) -> dict[str, Any]:
    plain = {
        "id": name,
        "title": name,
        "publisher": "P",
        "homepage": "https://example.org",
        "licence": {"id": "CC0", "title": "CC zero", "redistribute": True},
        "attribution": "A",
        "citation": "C",
        "caveat": f"Mind {name}.",
        "cadence": "monthly",
        "verified": "recording",
        "indicators": [i if isinstance(i, dict) else i.model_dump() for i in indicators],
        "expectations": {"min_rows": 1, "may_shrink_by_percent": 5, "newest_within_days": 99},
    }
    return {**plain, **more}


def made(values: pd.DataFrame, whole: list[float] | None = None, name: str = "s", **more: Any) -> Figures:
    entry = indicator(**more)
    return Figures(
        indicator=entry,
        source=Source.model_validate(source(name, entry.model_dump())),
        region="WLD",
        segment="all",
        values=values,
        samples=values * NAN,
        whole=pd.Series(whole, index=values.index) if whole is not None else None,
        stretch=np.zeros(len(values), dtype="int64"),
        breaks=(),
    )


class TestWilson:
    @pytest.mark.parametrize(("hits", "asked"), [(0, 20), (20, 20), (1, 9), (34, 1005), (500, 1000)])
    @pytest.mark.parametrize("level", [0.8, 0.95])
    def test_it_is_that_of_scipy(self, hits: int, asked: int, level: float) -> None:
        found = wilson(pd.Series([100 * hits / asked]), pd.Series([asked], dtype="Int64"), level).iloc[0]
        reference = stats.binomtest(hits, asked).proportion_ci(level, method="wilson")
        assert (found["low"], found["high"]) == pytest.approx((100 * reference.low, 100 * reference.high))
        assert found["small"] == (asked < 10)

    def test_without_a_sample_there_is_no_interval(self) -> None:
        found = wilson(pd.Series([5.0, 0.0, 100.0, NAN]), pd.Series([pd.NA, 0, 0, 10], dtype="Int64"))
        assert found[["low", "high"]].isna().all(axis=None)


class TestBenchmark:
    def test_a_percentile_is_the_percent_of_the_others_beaten(self) -> None:
        values = pd.Series([10.0, 20, 20, 40, NAN])
        assert percentile(values).tolist() == pytest.approx([0, 50, 50, 100, NAN], nan_ok=True)
        assert percentile(values, lowest=True).tolist() == pytest.approx([100, 50, 50, 0, NAN], nan_ok=True)
        assert percentile(pd.Series([3.0])).isna().all()

    def test_an_old_round_is_marked(self) -> None:
        rows = pd.DataFrame(
            {
                "technology": ["a", "a", "b"],
                "segment": "all",
                "period_start": pd.DatetimeIndex(["2024-01-01", "2026-01-01", "2024-01-01"]),
                "value": [40.0, 60, 90],
                "sample_size": [10, 12, 10],
            }
        )
        found = newest_round(rows).set_index("technology")
        assert found.loc["a", ["percentile", "variants", "behind"]].tolist() == [60, 12, 0]
        assert found.loc["b", ["percentile", "variants", "behind"]].tolist() == [90, 10, 1]
        assert newest_round(rows, ["b"])["behind"].tolist() == [1]  # its age does not depend on the choice


class TestPooled:
    def test_three_months_are_added_up_and_never_across_a_break(self) -> None:
        f = made(pd.DataFrame({"a": [1.0, 2, 3, 4]}, index=months(4)), [10, 10, 10, 20])
        found = pooled(f)
        assert found.values["a"].tolist() == pytest.approx([NAN, NAN, 6, 9], nan_ok=True)
        assert found.shares is not None
        assert found.shares["a"].iloc[-1] == pytest.approx(100 * 9 / 40)
        broken = Figures(**{**vars(f), "stretch": np.array([0, 1, 1, 1])})
        assert pooled(broken).values["a"].tolist() == pytest.approx([NAN, NAN, NAN, 9], nan_ok=True)

    def test_percents_are_weighted_by_their_sample(self) -> None:
        values = pd.DataFrame({"a": [10.0, 10, 40], "b": [1.0, 2, 3]}, index=months(3))
        f = made(values, unit="percent of posts")
        samples = pd.DataFrame({"a": [100.0, 100, 200], "b": [NAN] * 3}, index=months(3))
        found = pooled(Figures(**{**vars(f), "samples": samples}))
        assert found.values.iloc[-1].to_dict() == pytest.approx({"a": 25, "b": 2})
        assert found.samples["a"].iloc[-1] == 400


class TestConflict:
    first = pd.DataFrame([{"a": 9.0, "b": 8.0, "c": 7.0, "d": 7.0, "e": 5.0, "f": 4.0}], index=months(1))
    second = pd.DataFrame([{"a": 1.0, "b": 3.0, "c": 2.0, "d": 4.0, "e": 5.0}], index=months(1, "2025-06-01"))

    def test_places_among_all_and_among_the_chosen(self) -> None:
        found = conflict([made(self.first), made(self.second, id="j", name="t")], ["a", "d"], list("abcdef"))
        ranks = found.ranks.set_index(["indicator", "technology"])
        assert ranks.loc[("i", "d"), ["place", "of", "tied", "place_among", "among"]].tolist() == [3, 6, True, 2, 2]
        assert ranks.loc[("j", "d"), ["place", "of", "tied", "place_among", "among"]].tolist() == [2, 5, False, 1, 2]
        assert ranks.loc[("j", "d"), "caveat"] == "Mind t."
        assert f"{ranks.loc[('j', 'd'), 'period_start']:%Y-%m}" == "2025-06"

    def test_tau_b_by_hand(self) -> None:
        found = conflict([made(self.first), made(self.second, id="j", name="t")], list("abcdef"))
        (pair,) = found.pairs.to_dict("records")
        # of ten pairs c-d is tied in the first; agreeing: b-c; disagreeing: the other eight
        assert pair["tau"] == pytest.approx((1 - 8) / np.sqrt(9 * 10))
        assert (pair["n"], pair["same_source"], pair["reason"]) == (5, False, None)
        assert pair["years_apart"] == pytest.approx(1, abs=0.01)
        assert pair["why"] == "hiring against hiring. Mind s. Mind t."

    @pytest.mark.parametrize(
        ("first", "second", "same"),
        [
            ({"name": "s"}, {"name": "s", "construct": "people"}, True),
            ({"publisher": "P"}, {"publisher": "P"}, True),
            ({"publisher": "P"}, {"publisher": "P", "construct": "people"}, False),
            ({"construct": "installs", "names": "npm"}, {"construct": "installs", "names": "npm"}, True),
            ({"construct": "installs", "names": "npm"}, {"construct": "installs", "names": "pypi"}, False),
            ({"construct": "installs"}, {"construct": "installs"}, False),
            ({"construct": "code activity", "names": "npm"}, {"construct": "installs", "names": "npm"}, False),
            ({"construct": "questions asked", "names": "linguist"}, {"construct": "questions asked"}, True),
            (
                {"construct": "survey use and sentiment", "names": "linguist"},
                {"construct": "survey use and sentiment", "names": "linguist"},
                False,
            ),
        ],
    )
    def test_counts_of_the_same_are_of_one_origin(
        self, first: dict[str, Any], second: dict[str, Any], same: bool
    ) -> None:
        def figures_of(name: str, publisher: str, **more: Any) -> Figures:
            f = made(self.first, name=name, **more)
            return Figures(**{**vars(f), "source": f.source.model_copy(update={"publisher": publisher})})

        one = figures_of(**{"name": "s", "publisher": "S", **first})
        other = figures_of(**{"name": "t", "publisher": "T", **second})
        assert same_origin(one, other) == same_origin(other, one) == same

    def test_pairs_of_different_origin_come_widest_conflict_first(self) -> None:
        given = [made(self.first), made(self.second, id="j", name="t", construct="people"), made(self.first, id="k")]
        pairs = conflict(given, list("abcdef")).pairs
        assert pairs["same_origin"].tolist() == [False, True, False]
        found = independent(pairs)
        assert list(zip(found["first"], found["second"], strict=True)) == [("i", "j"), ("j", "k")]
        assert independent(conflict([], []).pairs).empty

    def test_a_published_rank_is_turned_round(self) -> None:
        ranks = made(pd.DataFrame([dict(zip("abcde", [1.0, 2, 3, 4, 5], strict=True))], index=months(1)), unit="rank")
        values = made(pd.DataFrame([dict(zip("abcde", [50.0, 40, 30, 20, 10], strict=True))], index=months(1)), id="j")
        found = conflict([ranks, values], list("abcde"))
        assert found.pairs["tau"].tolist() == pytest.approx([1])
        assert found.ranks["place"].tolist() == [1, 2, 3, 4, 5] * 2
        assert found.ranks["value"].tolist() == [1, 2, 3, 4, 5, 50, 40, 30, 20, 10]

    def test_too_few_and_all_equal_have_no_tau(self) -> None:
        few = conflict([made(self.first), made(self.second, id="j")], list("abc"))
        assert few.pairs["reason"].tolist() == ["3 technologies carried by both; tau needs 5"]
        flat = conflict([made(self.first), made(self.second * 0 + 1, id="j")], list("abcde"))
        assert flat.pairs["reason"].tolist() == ["one of the two has the same value for all of them"]
        assert flat.pairs["tau"].isna().all()

    def test_an_indicator_of_one_is_silent(self) -> None:
        found = conflict([made(self.first), made(self.second[["a"]], id="j")], list("abcdef"))
        assert found.silent == ("j",)
        assert found.pairs.empty


@pytest.fixture
def catalog() -> Catalog:
    people = {"construct": "people", "unit": "pushers", "whole": "all_people", "whole_title": "percent of people"}
    return Catalog.model_validate(
        {
            "technologies": [{"id": t, "name": t, "kind": "framework"} for t in "abcd"],
            "use_cases": [],
            "sources": [
                source(
                    "new",
                    indicator(id="posts_now").model_dump(),
                    indicator(id="pushers", **people).model_dump(),
                    indicator(id="all_people", construct="people", unit="developers").model_dump(),
                ),
                source("old", indicator(id="posts_then").model_dump(), cadence="ended"),
                source("rare", indicator(id="posts_rare", sparse=True).model_dump()),
            ],
            "shared_breaks": [],
        }
    )


def summary(*rows: tuple[str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["indicator", "technology", "last"])
    return table.assign(region="WLD", segment="all", last=pd.to_datetime(table["last"]))


class TestCarriers:
    def test_recency_coverage_and_regularity_make_the_weight(self, catalog: Catalog) -> None:
        there = summary(
            *[("posts_then", t, "2022-01-01") for t in "abcd"],
            *[("posts_rare", t, "2026-01-01") for t in "abcd"],
            *[("posts_now", t, "2026-01-01") for t in "abc"],
            ("posts_now", "d", "2020-01-01"),
            ("pushers", "a", "2025-01-01"),
        )
        found = carriers(there, catalog, list("abcd"))
        assert found["construct"].tolist() == ["hiring"] * 3 + ["people"]
        assert found["indicator"].tolist() == ["posts_now", "posts_rare", "posts_then", "pushers"]
        assert found["weight"].tolist() == pytest.approx([0.75, 0.5, 0.25, 0.25 * 0.5**0.5], rel=1e-3)
        assert found["carried"].tolist() == [3, 4, 4, 1]
        assert found["why"].iloc[2] == "carries 4 of 4, newest figures 2022-01, no longer published"
        assert best(found) == {"hiring": "posts_now", "people": "pushers"}

    def test_elsewhere_there_is_nothing(self, catalog: Catalog) -> None:
        there = summary(("posts_now", "a", "2026-01-01"))
        assert carriers(there, catalog, ["a"], region="DE").empty
        assert best(carriers(there, catalog, ["b"])) == {}


def test_figures_leave_out_what_is_unfinished_and_keep_the_whole_apart(catalog: Catalog) -> None:
    rows = pd.DataFrame(
        {
            "technology": ["a", "a", "b", "all"],
            "period_start": [*months(2), months(2)[0], months(2)[0]],
            "value": [10.0, 99, 20, 200],
            "status": ["final", "partial", "final", "final"],
            "sample_size": pd.array([pd.NA, pd.NA, 7, pd.NA], dtype="Int64"),
        }
    )
    read: Callable[[str], pd.DataFrame] = {"pushers": rows[:3], "all_people": rows[3:]}.__getitem__
    found = figures(read, catalog, "pushers")
    assert found.values.to_dict("records") == [{"a": 10, "b": 20}]
    assert found.shares is not None
    assert found.shares.to_dict("records") == [{"a": 5, "b": 10}]
    assert found.samples["b"].tolist() == [7]
    assert found.latest(["b", "ghost"]).to_dict() == {"b": 20}
    assert found.newest(["ghost"]) is None
    assert found.latest(["ghost"]).empty
