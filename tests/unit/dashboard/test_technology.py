"""The view Technology: on a small store, whose figures can be checked in the head, and on the embedded data."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard.data import Data
from dashboard.views import technology_facts
from dashboard.views.standing import field_words, standing
from dashboard.views.technologies import technologies_view
from dashboard.views.technology import carrying, technology_view
from dashboard.views.words import plural
from etl import embed, paths
from etl.catalog import Catalog
from etl.home import Home
from etl.schema import WHOLE


def rows_of(data: Data, item: str, query: str = "") -> dict[str, dict[str, Any]]:
    """Indicator -> its row of the standing."""
    return {row["indicator"]: row for row in technology_view(data, item, query)["standing"]}


@pytest.fixture(scope="session")
def small(small: Catalog) -> Catalog:
    """The small catalogue, with searches as what they stand for."""
    plain = small.model_dump()
    plain["sources"][2]["indicators"][0]["construct"] = "learning interest"
    return Catalog.model_validate(plain)


# ---- a small store ----------------------------------------------------------------------------------------------


def test_each_construct_has_its_newest_figure_its_share_and_its_place(data: Data) -> None:
    found = rows_of(data, "python")
    assert list(found) == ["pushers", "stars", "searched"], "people first"
    people = found["pushers"]
    assert (people["value"], people["share"], people["period"]) == (200.0, 20.0, "2025 Q2")
    assert people["place"] == people["place_inside"] == (1, 2, False), "Excel is no language"
    assert found["stars"]["share"] == 12.5
    assert found["stars"]["place"] == (2, 2, False)


def test_an_unfinished_period_is_no_newest_figure(data: Data) -> None:
    searched = rows_of(data, "python")["searched"]
    assert (searched["value"], searched["period"]) == (35.0, "June 2026"), "July is partial"


def test_momentum_never_crosses_a_break_and_says_why_there_is_none(data: Data) -> None:
    stars = rows_of(data, "python")["stars"]
    assert stars["momentum"] is None
    assert stars["tier"] is None
    assert "since the last break" in stars["no_momentum"]
    assert stars["course"] == [25.0, 25.0, 25.0, 25.0, None, 12.5, 12.5], "cut at the break"


def test_momentum_is_that_of_the_share(data: Data) -> None:
    people = rows_of(data, "python")["pushers"]
    assert people["tier"] == "surging"
    assert people["momentum"] == pytest.approx(8.0, abs=0.1), "from 10 to 20 percent in 5 quarters"
    assert people["momentum_of"] == "percent of developers"
    assert rows_of(data, "go")["pushers"]["tier"] == "steady"


def test_the_sentence_tells_places_and_movement(data: Data) -> None:
    told = technology_view(data, "python", "")["sentence"]
    assert "Among languages for Web, Python is 1st of 2 in people and 2nd of 2 in code activity." in told
    assert "surges in people" in told


def test_what_is_looked_at_follows_the_address(data: Data) -> None:
    answer = technology_view(data, "python", "indicator=searched&region=WLD&use_case=office&technology=go")
    assert answer["selection"]["indicator"] == "searched"
    assert answer["trend"]["title"] == "Searched"
    assert [line["name"] for line in answer["trend"]["figure"]["data"] if line.get("showlegend") is not False] == [
        "Python"
    ]
    assert answer["query"] == "indicator=searched", "another use case and other technologies belong to other pages"
    assert answer["message"] is None
    assert answer["rank"]["figure"]["data"][0]["y"][-1] == 1


def test_an_indicator_without_figures_of_it_gives_way_and_it_is_said(data: Data) -> None:
    answer = technology_view(data, "excel", "indicator=stars")
    assert "Stars has no figures of Excel." in answer["message"]["text"]
    assert answer["selection"]["indicator"] == "pushers"
    assert answer["query"] == ""


@pytest.mark.parametrize("query", ["indicator=none", "use_case=none", "region=%00", "as_of=1999-01-01", "value=none"])
def test_what_cannot_be_read_is_told(data: Data, query: str) -> None:
    answer = technology_view(data, "python", query)
    assert answer["message"]["level"] == "error"
    assert answer["standing"]


def test_a_technology_without_figures_says_so(data: Data) -> None:
    answer = technology_view(data, "ghost", "")
    assert answer["standing"] == []
    assert answer["trend"] is answer["rank"] is answer["regions"] is None
    assert answer["sentence"] == "No source in this store has a figure of Ghost yet."


def test_places_are_ranked_apart_from_the_trend(data: Data) -> None:
    assert "rank" not in [option["value"] for option in technology_view(data, "python", "")["options"]["value"]]


def test_economies_are_shares_of_their_own_developers(data: Data) -> None:
    card = technology_view(data, "python", "")["regions"]
    assert card["table"]["rows"] == [{"economy": "Namibia", "share": 15.0, "people": 15.0, "all": 100.0}]
    assert "Namibia 15 %" in card["sentence"]


def test_an_economy_of_few_developers_is_not_shown(home: Home, data: Data, rows: pd.DataFrame) -> None:
    rows.loc[(rows["indicator"] == "developers") & (rows["region"] == "NA"), "value"] = 99.0
    home.store.replace(rows)
    assert technology_view(data, "python", "")["regions"] is None


def test_posts_have_an_interval_and_too_few_are_not_shown(home: Home, data: Data, rows: pd.DataFrame) -> None:
    rows["sample_size"] = rows["sample_size"].astype("Int64")
    ours = rows["indicator"] == "searched"
    rows.loc[ours, "sample_size"] = 400
    home.store.replace(rows)
    row = rows_of(data, "python")["searched"]
    assert row["low"] == pytest.approx(30.49, abs=0.01), "Wilson, 35 percent of 400"
    assert row["high"] == pytest.approx(39.80, abs=0.01)
    rows.loc[ours, "sample_size"] = 9
    home.store.replace(rows)
    row = rows_of(data, "python")["searched"]
    assert row["value"] is row["share"] is row["low"] is row["place"] is None
    assert row["few"] == "fewer than 10 were asked"


def test_breaks_within_the_span_are_listed(data: Data) -> None:
    (found,) = technology_view(data, "python", "")["breaks"]
    assert found["date"] == "2025-01-01"
    assert found["effect"] == "severs"
    assert found["titles"] == ["Stars"]


def test_the_list_is_filtered_and_says_when_nothing_is_left(data: Data) -> None:
    every = technologies_view(data, "")
    assert [each["name"] for each in every["items"]] == ["Django", "Excel", "Ghost", "Go", "Python"]
    assert {each["id"]: each["told"] for each in every["items"]}["python"] == "3 indicators"
    assert {each["id"]: each["told"] for each in every["items"]}["ghost"] == "no figures yet"
    some = technologies_view(data, "kind=language&use_case=web")
    assert [each["id"] for each in some["items"]] == ["go", "python"]
    assert some["subtitle"] == "2 languages for Web, by name"
    none = technologies_view(data, "kind=language&use_case=office")
    assert none["items"] == []
    assert none["message"]["links"] == [{"label": "All kinds of this use case", "href": "?use_case=office"}]
    assert technologies_view(data, "kind=none")["message"]["level"] == "error"


def test_words_of_a_field(small: Catalog) -> None:
    python = small.technology["python"]
    assert plural("library") == "libraries"
    assert field_words(python, small.use_case["web"]) == "languages for Web"
    named_alike = small.use_case["web"].model_copy(update={"title": "Languages"})
    assert field_words(python, named_alike) == field_words(python, None) == "languages"


# ---- the embedded data ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, entries: Catalog) -> Data:
    """The dashboard's data on the figures that the package carries."""
    home = Home(tmp_path_factory.mktemp("technology") / "home").make()
    assert embed.first_start(home, entries, paths.data_dir() / "embedded", datetime(2026, 9, 1))  # noqa: DTZ001
    return Data(home, entries)


NAMED = ("python", "django", "react", "postgresql", "dash", "kivy", "toga", "pyscript")
"""Those that tests ask for by name."""


@pytest.fixture(scope="module")
def answers(embedded: Data, entries: Catalog) -> dict[str, dict[str, Any]]:
    """The answers of one technology of each kind, for each combination of what is measured of them, and of `NAMED`."""
    carried = embedded.snapshot().summary.groupby("technology")["indicator"].agg(frozenset).to_dict()
    asked: dict[Any, str] = {}
    for technology in entries.technologies:
        measured = {
            (indicator.construct, indicator.names)
            for indicator in map(entries.indicator.__getitem__, carried.get(technology.id, ()))
        }
        asked.setdefault((technology.kind, bool(technology.ended), frozenset(measured)), technology.id)
    return {item: technology_view(embedded, item, "") for item in dict.fromkeys([*NAMED, *asked.values()])}


def test_every_form_of_the_page_is_filled(answers: dict[str, dict[str, Any]]) -> None:
    assert len(answers) > 150
    for item, answer in answers.items():
        assert json.dumps(answer, allow_nan=False)
        assert answer["sentence"]
        assert bool(answer["standing"]) or not answer["carried"] or answer["trend"], item
        assert answer["message"] is None, item


def test_newest_figures_and_places_are_those_of_the_store(
    answers: dict[str, dict[str, Any]], embedded: Data, entries: Catalog
) -> None:
    store = embedded.home.store.read(region=["WLD"], segment=["all"])
    store = store.astype({"technology": "str", "indicator": "str", "status": "str"})
    store = store[store["status"] != "partial"]
    checked = 0
    for item in ("django", "python", "react", "postgresql", "dash", "kivy"):
        kind = {t.id for t in entries.technologies if t.kind == entries.technology[item].kind}
        for row in answers[item]["standing"]:
            if row["construct"] == "hiring":  # three months together
                continue
            ours = store[store["indicator"] == row["indicator"]]
            mine = ours[ours["technology"] == item].sort_values("period_start").iloc[-1]
            assert row["value"] == mine["value"], (item, row["indicator"])
            field = ours[(ours["period_start"] == mine["period_start"]) & ours["technology"].isin(kind)]
            if row["place"] is not None:
                lowest = entries.indicator[row["indicator"]].is_rank
                values = field["value"]
                better = (values < mine["value"]) if lowest else (values > mine["value"])
                assert row["place"][:2] == (1 + int(better.sum()), len(field)), (item, row["indicator"])
                checked += 1
    assert checked > 20


def test_hiring_is_pooled_over_three_months(answers: dict[str, dict[str, Any]], embedded: Data) -> None:
    (row,) = (r for r in answers["django"]["standing"] if r["indicator"] == "hiring_trends_mentions")
    rows = embedded.home.store.read(indicator=["hiring_trends_mentions"], technology=["django"])
    last = rows.sort_values("period_start").tail(3)
    assert row["value"] == last["value"].sum()
    assert row["sample_size"] == last["sample_size"].sum()
    assert row["low"] < row["share"] < row["high"]


def test_economies_are_those_of_the_store(answers: dict[str, dict[str, Any]], embedded: Data) -> None:
    card = answers["python"]["regions"]
    indicator = "innovation_graph_language_pushers"
    rows = embedded.home.store.read(indicator=[indicator], technology=["python"])
    rows = rows[
        (rows["period_start"] == rows["period_start"].max()) & ~rows["region"].astype("str").isin(["WLD", "EU"])
    ]
    whole = embedded.home.store.read(indicator=["innovation_graph_developers"], technology=[WHOLE])
    whole = whole[whole["period_start"] == rows["period_start"].max()].set_index("region")["value"]
    developers = rows["region"].map(whole).astype("float64")
    expected = (100 * rows["value"] / developers)[developers >= 100].sort_values(ascending=False)
    assert [row["share"] for row in card["table"]["rows"]] == pytest.approx(expected.tolist())
    assert len(expected) > 100
    assert all(row["all"] >= 100 for row in card["table"]["rows"])


def test_an_indicator_either_tells_of_it_or_is_named_with_the_reason(
    answers: dict[str, dict[str, Any]], embedded: Data, entries: Catalog
) -> None:
    for item in ("python", "django", "toga", "pyscript"):
        told = {title for _, titles in answers[item]["absent"] for title in titles}
        here = {entries.source_of[i].title for i in carrying(embedded.snapshot(), item)}
        for indicator in entries.indicator.values():
            if indicator.names is not None and indicator.id not in carrying(embedded.snapshot(), item):
                assert {indicator.title, entries.source_of[indicator.id].title} & (told | here), (item, indicator.id)
    assert answers["pyscript"]["absent"][0][0] == entries.technology["pyscript"].reason


def test_no_page_is_linked_that_is_not_there(answers: dict[str, dict[str, Any]], entries: Catalog) -> None:
    links = [
        link["href"]
        for answer in answers.values()
        for _, found in [*answer["facts"], *answer["names"]]
        for link in found
        if "href" in link
    ]
    assert len(links) > 1000
    for href in links:
        root, _, item = href.strip("/").partition("/")
        if href.startswith("/"):
            assert item in {"technology": entries.technology, "use-case": entries.use_case}[root]
        else:
            assert href.startswith("https://")
            assert " " not in href


def test_names_lead_to_their_public_pages(entries: Catalog) -> None:
    def pages(item: str) -> dict[str, list[str]]:
        found = technology_facts.names(entries.technology[item], entries)
        return {title: [link["href"] for link in links if "href" in link] for title, links in found}

    assert pages("angular")["Packages on npm"] == ["https://deps.dev/npm/%40angular%2Fcore"]
    assert pages("postgresql")["Images on Docker Hub"] == ["https://hub.docker.com/_/postgres"]
    assert pages("django")["Wikipedia"] == ["https://en.wikipedia.org/wiki/Django_(web_framework)"]
    assert pages("django")["Repositories on GitHub"] == ["https://github.com/django/django"]
    assert pages("python")["Name in PYPL"] == []


def test_the_like_are_of_its_kind_and_share_a_use_case(answers: dict[str, dict[str, Any]], entries: Catalog) -> None:
    assert "Ruby on Rails" in {each["name"] for each in answers["django"]["similar"]}
    for item, answer in answers.items():
        for each in answer["similar"]:
            assert each["id"] != item
            assert entries.technology[each["id"]].kind == entries.technology[item].kind
            assert set(entries.technology[each["id"]].use_cases) & set(entries.technology[item].use_cases)


def test_a_standing_is_the_same_whatever_was_asked_before(embedded: Data, entries: Catalog) -> None:
    snapshot, react = embedded.snapshot(), entries.technology["react"]
    first = standing(snapshot, react, entries.use_case["browser-frontend"])
    assert standing(snapshot, react, None) != first
    assert standing(snapshot, react, entries.use_case["browser-frontend"]) == first


def test_facts_are_cited(answers: dict[str, dict[str, Any]], entries: Catalog) -> None:
    facts = dict(answers["django"]["facts"])
    known = entries.facts_of["django"]
    assert facts["First release"] == [{"text": known.first_release, "href": known.first_release_source}]
    version, when, page = entries.releases_of[known.technology].dated[-1]
    assert facts["Major releases"][0] == {"text": f"{version}, {when}", "href": page}, "the newest first"
    assert facts["Licence"] == [{"text": known.licence, "href": known.licence_source}]
    assert len(answers["django"]["adopters"]) == len(known.adopters) > 0
    assert {each["href"] for each in answers["django"]["features"]} == {each.source for each in known.features.values()}
    assert Path(paths.data_dir(), "catalog", "facts").is_dir()
