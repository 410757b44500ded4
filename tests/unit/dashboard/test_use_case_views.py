"""The first page and the pages of use cases: what they say, against the embedded rows counted by hand."""

import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard.analysis.ladder import home_language
from dashboard.data import Data
from dashboard.views import readings
from dashboard.views.fields import FIELDS, fields
from dashboard.views.leading import leaders
from dashboard.views.movers import movers
from dashboard.views.overview import overview_view
from dashboard.views.use_case import use_case_view
from etl import embed
from etl.catalog import Catalog
from etl.home import Home

EMBEDDED = Path(__file__).resolve().parents[3] / "data" / "embedded"
TOPICS = "innovation_graph_topic_pushers"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, entries: Catalog) -> Data:
    """A home with the embedded data."""
    home = Home(tmp_path_factory.mktemp("views") / "home").make()
    embed.first_start(home, entries, EMBEDDED, datetime.now(UTC).replace(tzinfo=None))
    return Data(home, entries)


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    """The embedded rows of everybody, worldwide, of finished periods; keys as plain strings."""
    rows = pd.read_parquet(EMBEDDED / "observations.parquet")
    rows = rows[(rows["region"] == "WLD") & (rows["segment"] == "all") & (rows["status"] != "partial")]
    return rows.astype(dict.fromkeys(["indicator", "technology"], "str"))


def newest(raw: pd.DataFrame, indicator: str, technologies: list[str]) -> pd.Series:
    ours = raw[(raw["indicator"] == indicator) & raw["technology"].isin(technologies)]
    return ours[ours["period_start"] == ours["period_start"].max()].set_index("technology")["value"].astype(float)


def of_use_case(catalog: Catalog, use_case: str) -> list[str]:
    kinds = ("framework", "library")
    return [t.id for t in catalog.technologies if use_case in t.use_cases and t.kind in kinds]


def test_the_leading_technologies_are_those_that_most_people_push(
    data: Data, raw: pd.DataFrame, entries: Catalog
) -> None:
    found = leaders(data.snapshot(), entries.use_case["web-backend"])
    values = newest(raw, TOPICS, of_use_case(entries, "web-backend"))
    best = (100 * values / values.sum()).sort_values(ascending=False).head(3)
    assert found.technologies is not None
    assert found.technologies.indicator == TOPICS
    assert [t for t, _ in found.technologies.entries] == list(best.index)
    assert [share for _, share in found.technologies.entries] == pytest.approx(list(best))
    assert found.technologies.carried == len(values)


def test_the_leading_languages_are_summed_over_their_frameworks(
    data: Data, raw: pd.DataFrame, entries: Catalog
) -> None:
    found = leaders(data.snapshot(), entries.use_case["web-backend"]).languages
    members = [t for t in of_use_case(entries, "web-backend") if home_language(entries.technology[t], entries)]
    values = newest(raw, TOPICS, members)
    sums = values.groupby([home_language(entries.technology[t], entries) for t in values.index]).sum()
    best = (100 * sums / sums.sum()).sort_values(ascending=False).head(3)
    assert found is not None
    assert dict(found.entries) == pytest.approx(dict(best))
    assert found.places == (1, 3), "who pushes to two frameworks of Python is counted twice"


@pytest.mark.parametrize("use_case", ["web-backend", "mobile", "data-analysis"])
def test_card_and_ladder_say_the_same(data: Data, entries: Catalog, use_case: str) -> None:
    found = leaders(data.snapshot(), entries.use_case[use_case]).languages
    page = use_case_view(data, "", use_case)
    step = page["languages"] if page["languages"]["rows"] else page["at_large"]
    assert found is not None
    column = [each["indicator"] for each in step["columns"]].index(found.indicator)
    ranked = sorted(
        (row for row in step["rows"] if row["cells"][column]), key=lambda row: row["cells"][column]["place"]
    )
    assert [row["id"] for row in ranked[:3]] == [t for t, _ in found.entries]
    for row, (_, share) in zip(ranked, found.entries, strict=False):
        assert share is None or row["cells"][column]["share"] == pytest.approx(share)


def test_old_figures_speak_only_where_no_others_do(data: Data, entries: Catalog) -> None:
    found = leaders(data.snapshot(), entries.use_case["dashboards"]).technologies
    assert found is not None
    assert found.construct == "installs", "questions of 2017 carry more constructs, but not the present"


def test_old_leaders_are_told_in_the_past_and_stand_on_no_card(data: Data, entries: Catalog) -> None:
    found = leaders(data.snapshot(), entries.use_case["dashboards"])
    assert found.languages is not None
    assert found.technologies is not None
    assert (found.languages.old, found.technologies.old) == (True, False)
    sentence = use_case_view(data, "", "dashboards")["sentence"]
    assert sentence.startswith("Of the languages, R (63 %) led in 2017, before Python (37 %)")
    assert "Plotly (45 %) leads" in sentence
    (card,) = [c for f in overview_view(data, "")["fields"] for c in f["use_cases"] if c["id"] == "dashboards"]
    assert [e["name"] for part in card["leading"] for e in part["entries"]] == ["Plotly", "Streamlit", "Gradio"]
    assert "2017" not in " ".join(card["sources"])


@pytest.mark.parametrize(("use_case", "counted"), [("graphql-api", 5), ("task-queue", 34)])
def test_a_handful_of_posts_leads_nothing(
    data: Data, raw: pd.DataFrame, entries: Catalog, use_case: str, counted: int
) -> None:
    posts = raw[(raw["indicator"] == "hiring_trends_mentions") & raw["technology"].isin(of_use_case(entries, use_case))]
    newest_three = posts[posts["period_start"] > posts["period_start"].max() - pd.DateOffset(months=3)]
    assert sorted(newest_three.groupby("technology")["value"].sum())[-2:][0] < 10
    assert newest_three.groupby("technology")["value"].sum().max() == counted
    found = leaders(data.snapshot(), entries.use_case[use_case])
    told = [each for each in (found.languages, found.technologies) if each is not None]
    assert told
    assert "hiring" not in {each.construct for each in told}


def test_one_figure_is_no_comparison(data: Data) -> None:
    page = use_case_view(data, "", "python-in-browser")
    assert page["ranking"] is None
    assert page["trend"] is None
    assert page["top"] == []
    assert page["sentence"].startswith("No source compares")
    assert page["left_out"]["technologies"]


def test_what_moved_leaves_zero_out_and_is_not_small(data: Data, raw: pd.DataFrame, entries: Catalog) -> None:
    found = movers(data.snapshot())
    assert {each.construct for each in found.found} >= {"people", "learning interest", "hiring"}
    for part in found.found:
        slopes = [abs(row["momentum"]) for row in part.rows]
        assert slopes == sorted(slopes, reverse=True)
        assert all(row["momentum_low"] * row["momentum_high"] > 0 for row in part.rows), part.indicator
    (languages,) = [p for p in found.found if p.indicator == "pypl_languages"]
    values = newest(raw, "pypl_languages", [t.id for t in entries.technologies])
    for row in languages.rows:
        assert row["value"] == pytest.approx(values[row["id"]])
        assert row["value"] >= values.max() / 100
    assert languages.small == (values < values.max() / 100).sum()
    assert languages.breaks, "the swing of PYPL falls into the year"


def test_a_construct_without_a_last_year_says_why(data: Data) -> None:
    silent = {(group, construct): why for group, construct, why in movers(data.snapshot()).silent}
    assert "2024-01" in silent["Languages", "people"]
    assert "break" in silent["Frameworks, libraries and tools", "installs"]


def test_a_card_says_what_its_percents_are_of(data: Data) -> None:
    cards = {c["id"]: c for f in overview_view(data, "")["fields"] for c in f["use_cases"]}
    (web,) = cards["web-backend"]["sources"]
    assert web.startswith("People: GitHub Innovation Graph, ")
    assert re.search(r"; % of the pushers counted for the \d+ of \d+ and \d+ of \d+ with figures$", web)
    large, topics = cards["devops"]["sources"]
    assert "; all uses counted; 11 of 11 with figures" in large
    assert "; % of the pushers counted for the " in topics
    assert "percent of the pushers counted for the 12 of " in use_case_view(data, "", "web-backend")["sentence"]


def test_every_use_case_has_a_field(entries: Catalog) -> None:
    named = [use_case for _, _, members in FIELDS for use_case in members]
    assert len(named) == len(set(named))
    assert set(named) == set(entries.use_case)
    assert sum(len(members) for _, _, members in fields(entries)) == len(entries.use_case)


def test_a_use_case_without_a_field_is_shown_all_the_same(small: Catalog) -> None:
    assert [(title, [u.id for u in members]) for _, title, members in fields(small)] == [("More", ["web", "office"])]


def test_everything_can_be_found_by_name(data: Data, entries: Catalog) -> None:
    options = overview_view(data, "")["findable"]
    assert len(options) == len(entries.use_cases) + len(entries.technologies)
    assert len({option["value"] for option in options}) == len(options)
    found = {option["value"]: option for option in options}
    assert found["/technology/django"]["label"] == "Django (framework)"
    assert "reactjs" in found["/technology/react"]["search"]


def test_the_ranking_adds_up_and_the_top_goes_to_compare(data: Data, raw: pd.DataFrame, entries: Catalog) -> None:
    page = use_case_view(data, "", "browser-frontend")
    rows = page["ranking"]["rows"]
    values = newest(raw, page["ranking"]["indicator"], of_use_case(entries, "browser-frontend"))
    assert {row["id"]: row["value"] for row in rows} == pytest.approx(
        (100 * values / values.sum())[values >= 100].to_dict()
    )
    assert [t for t, _ in page["top"]] == list(values.sort_values(ascending=False).index[:3])
    assert {entries.technology[t].name for t in values.index[values < 100]} == set(page["ranking"]["few"])


def test_hiring_shows_its_interval(data: Data) -> None:
    ranked: dict[str, Any] = use_case_view(data, "indicator=hiring_trends_mentions", "web-backend")["ranking"]
    assert ranked["construct"] == "hiring"
    assert ranked["period"].startswith("3 months to")
    assert all(row["low"] <= row["value"] <= row["high"] for row in ranked["rows"])
    assert ranked["sample_size"] > 100


@pytest.mark.parametrize(
    ("use_case", "indicator"),
    [("web-backend", "hiring_trends_mentions"), ("browser-frontend", "so_survey_framework_used")],
)
def test_a_share_of_the_source_moves_in_the_same_whole(data: Data, use_case: str, indicator: str) -> None:
    ranked = use_case_view(data, f"indicator={indicator}", use_case)["ranking"]
    assert (ranked["indicator"], ranked["value"]) == (indicator, "Share of the source")
    moved = readings.moved(data.snapshot(), indicator)["slope"]
    shares = readings.read(data.snapshot(), indicator).figures.shares
    assert shares is not None
    told = {row["id"]: row["momentum"] for row in ranked["rows"] if row["momentum"] is not None}
    assert told
    assert told == pytest.approx({t: moved[t] for t in told})
    for row in ranked["rows"]:
        drawn = [v for v in row["course"] if v is not None]
        assert drawn == pytest.approx(list(shares[row["id"]].dropna())[-len(drawn) :])


def test_a_newcomer_is_no_fall_of_the_others(data: Data) -> None:
    ranked = use_case_view(data, "indicator=github_ranking_stars", "databases")["ranking"]
    (redis,) = [row for row in ranked["rows"] if row["id"] == "redis"]
    drawn = [v for v in redis["course"] if v is not None]
    assert drawn[-1] == pytest.approx(redis["value"])
    assert max(abs(b - a) for a, b in pairwise(drawn)) < 3, "Supabase and DuckDB came in with 27 % together"


def test_an_indicator_that_cannot_rank_gives_way_and_says_so(data: Data) -> None:
    page = use_case_view(data, "indicator=pypl_languages", "web-backend")
    assert page["selection"]["indicator"] == TOPICS
    assert "does not rank" in page["message"]["text"]
    assert "indicator" not in page["query"]


def test_the_disagreement_is_the_lowest_tau(data: Data) -> None:
    told = use_case_view(data, "", "web-backend")["conflict"]
    assert -1 <= told["tau"] <= 1
    assert f"{told['tau']:.2f}" in told["text"]
    assert told["why"]
    assert "tau" not in use_case_view(data, "", "graphql-api")["conflict"]
