"""The use-case ladder on a small catalogue that can be checked in the head, and on the embedded data."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.analysis.basis import AT_LARGE, ORDER, SENTIMENT, of_frameworks, of_languages
from dashboard.analysis.evidence import Evidence
from dashboard.analysis.ladder import Ladder, home_language, ladder
from etl.catalog import Catalog, load

DATA = Path(__file__).resolve().parents[3] / "data"
QUARTERS = pd.date_range("2021-01-01", periods=20, freq="QS").as_unit("us")
MONTHS = pd.date_range("2023-07-01", periods=36, freq="MS").as_unit("us")


def indicator(name: str, **more: Any) -> dict[str, Any]:
    plain = {"id": name, "title": name, "unit": "pushers", "frequency": "Q", "means": "m", "does_not_mean": "d"}
    return {**plain, "bounds": (0, None), **more}


def source(name: str, *indicators: dict[str, Any]) -> dict[str, Any]:
    return {
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
        "indicators": list(indicators),
        "expectations": {"min_rows": 1, "may_shrink_by_percent": 5, "newest_within_days": 99},
    }


TECHNOLOGIES = [
    {"id": "python", "kind": "language", "use_cases": ["web", "bare"]},
    {"id": "ruby", "kind": "language", "use_cases": ["web"]},
    {"id": "csharp", "kind": "language"},
    {"id": "dotnet", "kind": "platform", "use_cases": ["web"]},
    {"id": "django", "kind": "framework", "home": "python", "use_cases": ["web"]},
    {"id": "flask", "kind": "framework", "home": "python", "use_cases": ["web"]},
    {"id": "jinja", "kind": "library", "home": "python", "use_cases": ["web"]},
    {"id": "rails", "kind": "framework", "home": "ruby", "use_cases": ["web"]},
    {"id": "aspnet", "kind": "framework", "home": "dotnet", "use_cases": ["web"]},
    {"id": "grpc", "kind": "framework", "use_cases": ["web"]},
    {"id": "ghost", "kind": "framework", "home": "ruby", "use_cases": ["web"], "reason": "Nobody counts it."},
    {"id": "other", "kind": "framework", "home": "python", "use_cases": []},
]


@pytest.fixture
def catalog() -> Catalog:
    people = {"construct": "people", "whole": "developers", "whole_title": "percent of developers"}
    served = {"construct": "installs", "unit": "downloads", "whole": "listed", "whole_title": "percent of downloads"}
    posts = {"construct": "hiring", "unit": "posts", "frequency": "M", "names": "hiring"}
    return Catalog.model_validate(
        {
            "technologies": [{"name": t["id"], **t} for t in TECHNOLOGIES],
            "use_cases": [{"id": u, "title": u.title(), "definition": "D."} for u in ("web", "bare", "none")],
            "sources": [
                source(
                    "graph",
                    indicator("topics", names="topic", **people),
                    indicator("languages", names="linguist", **people),
                    indicator("developers", construct="people"),
                ),
                source("registry", indicator("served", names="pypi", **served)),
                source("gems", indicator("gems", names="rubygems", construct="installs", unit="downloads")),
                source("jobs", indicator("posts", **posts)),
            ],
            "shared_breaks": [],
            "facts": [{"technology": "aspnet", "style": "full-stack", "language": "csharp"}],
        }
    )


def series(technology: str, periods: pd.DatetimeIndex, values: Any) -> pd.DataFrame:
    plain = {"technology": technology, "period_start": periods, "value": values, "status": "final"}
    return pd.DataFrame(plain).assign(sample_size=pd.array([pd.NA] * len(periods), dtype="Int64"))


def rows() -> dict[str, pd.DataFrame]:
    posts = pd.concat(
        [
            series("django", MONTHS, [*[1.0] * 33, 10, 10, 13]),
            series("flask", MONTHS, [*[1.0] * 33, 0, 0, 0]),
            series("rails", MONTHS, [*[1.0] * 33, 20, 1, 1]),
        ]
    )
    return {
        "topics": pd.concat(
            [
                series("django", QUARTERS, np.linspace(20, 40, 20)),
                series("flask", QUARTERS, np.linspace(50, 30, 20)),
                series("rails", QUARTERS, 35.0),
                series("aspnet", QUARTERS[:10], 5.0),
                series("python", QUARTERS, 500.0),
                series("other", QUARTERS, 900.0),
            ]
        ),
        "languages": pd.concat([series("python", QUARTERS, 300.0), series("ruby", QUARTERS, 100.0)]),
        "developers": series("all", QUARTERS, 1000.0),
        "served": pd.concat(
            [series("django", QUARTERS, 2.0), series("jinja", QUARTERS, 6.0), series("all", QUARTERS, 400.0)]
        ),
        "gems": series("rails", QUARTERS, 9.0),
        "posts": posts.assign(sample_size=pd.array([100] * len(posts), dtype="Int64")),
    }


def summary(found: dict[str, pd.DataFrame]) -> pd.DataFrame:
    parts = [
        frame.groupby("technology")["period_start"].agg(["first", "last"]).assign(i=i) for i, frame in found.items()
    ]
    table = pd.concat([p.reset_index() for p in parts]).rename(columns={"i": "indicator"})
    return table.assign(region="WLD", segment="all")


@pytest.fixture
def web(catalog: Catalog) -> Ladder:
    found = rows()
    return ladder(found.__getitem__, catalog, summary(found), "web")


def of(evidence: tuple[Evidence, ...], name: str) -> Evidence:
    (found,) = [e for e in evidence if e.indicator == name]
    return found


def test_home_goes_up_and_then_to_the_facts(catalog: Catalog) -> None:
    homes = {t: home_language(catalog.technology[t], catalog) for t in ("django", "aspnet", "grpc", "python")}
    assert homes == {"django": "python", "aspnet": "csharp", "grpc": None, "python": "python"}


def test_people_are_shared_among_languages_with_bounds(web: Ladder) -> None:
    found = of(web.languages, "topics")
    table = found.table.set_index("language")
    # newest: django 40, flask 30, rails 35; aspnet ended, other is not of the use case, python is no framework
    assert table["value"].to_dict() == {"python": 70, "ruby": 35}
    assert table["share"].to_dict() == pytest.approx({"python": 100 * 70 / 105, "ruby": 100 * 35 / 105})
    # python has between 40 (all of flask's also use django) and 70 people
    assert table.loc["python", ["low", "high"]].tolist() == pytest.approx([100 * 40 / 75, 100 * 70 / 105])
    assert table.loc["ruby", ["low", "high"]].tolist() == pytest.approx([100 * 35 / 105, 100 * 35 / 75])
    assert table.loc["python", ["place", "place_best", "place_worst"]].tolist() == [1, 1, 1]
    assert table.loc["python", ["technologies", "of", "largest"]].tolist() == [2, 3, "django"]
    assert found.left_out.set_index("technology")["why"].to_dict() == {
        "jinja": "the source has no figure of it",
        "ghost": "the source has no figure of it",
        "aspnet": "no figure in 2025-10-01, the last one is of 2023-04-01",
    }
    assert found.means.endswith("the bounds say what that can change")
    assert (found.period, found.caveat) == (QUARTERS[-1], "Mind graph.")


def test_bounds_that_overlap_leave_the_place_open(catalog: Catalog) -> None:
    found = rows()
    topics = found["topics"]
    found["topics"] = topics.assign(value=topics["value"].mask(topics["technology"] == "rails", 50.0))
    made = ladder(found.__getitem__, catalog, summary(found), "web")
    # python has 40 to 70 people, ruby 50
    table = of(made.languages, "topics").table.set_index("language")
    assert table[["place", "place_best", "place_worst"]].to_dict("index") == {
        "python": {"place": 1, "place_best": 1, "place_worst": 2},
        "ruby": {"place": 2, "place_best": 1, "place_worst": 2},
    }


def test_the_momentum_is_that_of_the_share_among_languages(web: Ladder) -> None:
    table = of(web.languages, "topics").table.set_index("language")
    assert table.loc["python", ["momentum", "tier", "momentum_years"]].tolist() == [0, "steady", 3]
    within = of(web.frameworks[0].evidence, "topics").table.set_index("technology")
    # django goes from 20 of 70 to 40 of 70 in 19 quarters
    assert within.loc["django", "momentum"] == pytest.approx(100 * 20 / 70 / 19 * 4, rel=0.01)
    assert within["tier"].to_dict() == {"django": "rising", "flask": "falling"}


def test_a_registry_is_never_shared_among_languages(web: Ladder) -> None:
    found = of(web.languages, "served")
    assert found.table[["language", "largest", "share"]].values.tolist() == [["python", "jinja", 2.0]]
    assert "place" not in found.table
    assert web.silent.set_index("indicator")["why"].to_dict() == {
        "gems": "its registry gives no whole to take shares of"
    }


def test_hiring_is_pooled_over_three_months(web: Ladder) -> None:
    found = of(web.languages, "posts")
    assert found.table.set_index("language")["value"].to_dict() == {"python": 33, "ruby": 22}
    assert found.pooled == 3


def test_comparables_are_of_one_language_and_kind(web: Ladder) -> None:
    assert [(r.language, r.kind, r.comparables) for r in web.frameworks] == [
        ("python", "framework", ("django", "flask")),
        ("python", "library", ("jinja",)),
        ("ruby", "framework", ("rails", "ghost")),
        ("csharp", "framework", ("aspnet",)),
    ]
    table = of(web.frameworks[0].evidence, "topics").table
    assert table["technology"].tolist() == ["django", "flask"]
    assert table["share_within"].tolist() == pytest.approx([100 * 40 / 70, 100 * 30 / 70])
    assert table["share"].tolist() == pytest.approx([4, 3])
    silent = web.frameworks[0].silent.set_index("indicator")["why"]
    assert silent.to_dict() == {
        "served": "carries one of them alone: nothing to compare",
        "gems": "carries none of them",
    }


def test_one_alone_has_no_share_among_itself(web: Ladder) -> None:
    (alone,) = of(web.frameworks[1].evidence, "served").table.to_dict("records")
    assert np.isnan(alone["share_within"])
    assert (alone["share"], alone["tier"], alone["no_momentum"]) == (1.5, None, "no share to take a slope of")


def test_languages_at_large_come_from_lists_of_languages(web: Ladder) -> None:
    found = of(web.at_large, "languages")
    assert found.table[["language", "share", "place"]].values.tolist() == [["python", 30.0, 1], ["ruby", 10.0, 2]]
    assert found.means == "percent of developers: all that the language is used for, not this use case alone"
    assert {e.indicator for e in web.at_large} == {"languages"}  # not the label `python`


def test_what_is_left_out_is_told(web: Ladder) -> None:
    assert web.left_out.set_index("technology")["why"].to_dict() == {
        "dotnet": "a platform: the ladder goes through frameworks and libraries",
        "grpc": "the catalogue knows no language that it belongs to",
        "ghost": "Nobody counts it.",
    }
    assert web.order == ("python", "ruby", "csharp")


@pytest.mark.parametrize(("use_case", "large"), [("bare", 1), ("none", 0)])
def test_without_frameworks_the_languages_stand_alone(catalog: Catalog, use_case: str, large: int) -> None:
    found = rows()
    made = ladder(found.__getitem__, catalog, summary(found), use_case)
    assert (made.languages, made.frameworks, len(made.at_large)) == ((), (), large)
    assert made.remarks[0].startswith("No indicator compares languages")


def test_few_languages_are_no_comparison(catalog: Catalog) -> None:
    found = rows()
    found["topics"] = found["topics"][~found["topics"]["technology"].isin(["rails", "aspnet"])]
    made = ladder(found.__getitem__, catalog, summary(found), "web")
    assert "topics" not in {e.indicator for e in made.languages}
    assert made.silent.set_index("indicator").loc["topics", "why"] == "carries technologies of one language alone"


def test_two_languages_of_five_are_too_few(catalog: Catalog) -> None:
    entries = catalog.model_dump()
    for language in ("go", "rust"):
        entries["technologies"].append({"id": language, "name": language, "kind": "language"})
        framework = {"id": f"{language}-web", "name": f"{language}-web", "kind": "framework", "home": language}
        entries["technologies"].append({**framework, "use_cases": ["web"]})
    found = rows()
    made = ladder(found.__getitem__, Catalog.model_validate(entries), summary(found), "web")
    why = made.silent.set_index("indicator")["why"]
    assert why["topics"] == "carries technologies of 2 of 5 languages: too few to share among them"
    assert "topics" not in {e.indicator for e in made.languages}


@cache
def embedded() -> tuple[Catalog, pd.DataFrame]:
    return load(DATA / "catalog"), pd.read_parquet(DATA / "embedded" / "observations.parquet")


def test_the_table_of_sentiment_names_indicators() -> None:
    catalog, _ = embedded()
    assert set(catalog.indicator) >= SENTIMENT
    assert {i.construct for i in catalog.indicator.values()} >= {*ORDER, *AT_LARGE}


@pytest.mark.parametrize("use_case", ["web-backend", "dashboards", "systems"])
def test_the_embedded_data_make_a_ladder(use_case: str) -> None:
    catalog, observations = embedded()
    world = observations[(observations["region"] == "WLD") & (observations["segment"] == "all")]
    names = ["indicator", "technology", "region", "segment"]
    table = (
        world.groupby(names, observed=True)["period_start"]
        .agg(["first", "last"])
        .reset_index()
        .astype(dict.fromkeys(names, "str"))
    )
    made = ladder(lambda i: world[world["indicator"] == i], catalog, table, use_case)
    steps = [*made.languages, *made.at_large, *(e for rung in made.frameworks for e in rung.evidence)]
    assert len(steps) > 3
    for step in steps:
        assert len(step.table)
        assert {*step.carried} & {*step.left_out["technology"]} == set()
        assert step.table["tier"].isna().eq(step.table["no_momentum"].notna()).all()
    for step in (e for e in made.languages if "place" in e.table):
        assert step.table["share"].sum() == pytest.approx(100)
        assert (step.table["low"] <= step.table["share"] + 1e-9).all()
        assert (step.table["share"] <= step.table["high"] + 1e-9).all()
        assert step.table["place"].between(step.table["place_best"], step.table["place_worst"]).all()
    for rung in made.frameworks:
        assert {catalog.technology[t].kind for t in rung.comparables} == {rung.kind}
        assert {home_language(catalog.technology[t], catalog) for t in rung.comparables} == {rung.language}


def test_a_list_of_languages_does_not_speak_of_frameworks() -> None:
    catalog, observations = embedded()
    table = pd.DataFrame({"indicator": ["languish_questions", "so_survey_framework_desired"]}).assign(
        technology=["aspnet", "django"], region="WLD", segment="all", last=observations["period_start"].max()
    )
    assert of_frameworks(table, catalog, ["aspnet", "django"]) == []
    assert of_languages(table, catalog, ["aspnet"]) == ["languish_questions"]


def test_a_label_does_not_speak_of_the_use_of_a_language() -> None:
    catalog, observations = embedded()
    table = pd.DataFrame({"indicator": ["innovation_graph_topic_pushers", "github_ranking_stars"]}).assign(
        technology="python", region="WLD", segment="all", last=observations["period_start"].max()
    )
    assert of_languages(table, catalog, ["python"]) == []
    assert of_frameworks(table, catalog, ["python"]) == ["innovation_graph_topic_pushers", "github_ranking_stars"]
