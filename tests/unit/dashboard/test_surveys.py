"""Surveys: answers with their intervals, by question, year and role; by hand, and against the embedded rows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy.stats import binomtest

from dashboard.data import Data
from dashboard.views.surveys import short, surveys_view
from etl import catalog
from etl.catalog import Catalog
from etl.home import Home

ROOT = Path(__file__).resolve().parents[3]
YEARS = ["2023-01-01", "2024-01-01", "2025-01-01"]

Observations = Callable[..., pd.DataFrame]


def answers(observations: Observations, question: str, values: dict[str, list[float]], asked: list[int]) -> Any:
    pairs = [(t, year, v, n) for t, each in values.items() for year, v, n in zip(YEARS, each, asked, strict=True)]
    return observations(
        source="so_survey_frameworks",
        indicator=f"so_survey_framework_{question}",
        technology=[t for t, _, _, _ in pairs],
        period_start=[year for _, year, _, _ in pairs],
        value=[v for _, _, v, _ in pairs],
        sample_size=[n for _, _, _, n in pairs],
        frequency="Y",
    )


def by_role(observations: Observations) -> pd.DataFrame:
    rows = [
        ("role-data-engineer", "django", 40.0, 50),
        ("role-data-engineer", "flask", 20.0, 50),
        ("role-student", "django", 10.0, 100),
        ("role-executive", "django", 90.0, 9),
        ("all", "django", 25.0, 200),
    ]
    return observations(
        source="so_survey_respondents",
        indicator="so_respondents_framework_use",
        segment=[segment for segment, _, _, _ in rows],
        technology=[t for _, t, _, _ in rows],
        value=[v for _, _, v, _ in rows],
        sample_size=[n for _, _, _, n in rows],
        period_start="2025-01-01",
        frequency="Y",
    )


@pytest.fixture
def small(home: Home, entries: Catalog, observations: Observations) -> Data:
    used = answers(observations, "used", {"django": [10, 20, 30], "flask": [30, 20, 10]}, [1000, 1000, 400])
    admired = answers(observations, "admired", {"django": [50, 50, 60], "flask": [40, 40, 40]}, [90, 90, 5])
    home.store.replace(pd.concat([used, admired], ignore_index=True), source="so_survey_frameworks")
    return Data(home, entries, recheck_seconds=0)


def test_questions_stand_beside_each_other_with_their_own_wholes(small: Data) -> None:
    answer = surveys_view(small, "")
    now = answer["cards"]["surveys-now"]
    assert [a["text"] for a in now["figure"]["layout"]["annotations"]] == ["<b>Used, 2025</b>", "<b>Admired, 2024</b>"]
    first = now["figure"]["data"][0]
    assert dict(zip(first["y"], first["x"], strict=True)) == {"Django": 30.0, "Flask": 10.0}
    exact = binomtest(120, 400).proportion_ci(method="wilson")
    assert first["error_x"]["array"][0] == pytest.approx(100 * exact.high - 30)
    assert first["error_x"]["arrayminus"][0] == pytest.approx(30 - 100 * exact.low)
    assert "percent of its users" in now["subtitle"]
    assert answer["shown"] == ["surveys-now", "surveys-1", "surveys-2"]


def test_all_technologies_together_name_none_of_them(small: Data) -> None:
    for query, plain in (("technology=all", ""), ("technology=all,django", "technology=django")):
        answer, expected = surveys_view(small, query), surveys_view(small, plain)
        assert (answer["query"], answer["message"]) == (expected["query"], expected["message"])


def test_answers_of_fewer_than_ten_are_left_out_and_said(small: Data) -> None:
    admired = surveys_view(small, "")["cards"]["surveys-2"]
    assert [line["period"] for line in admired["table"]["rows"]] == ["2024-01-01", "2023-01-01"]
    assert any("fewer than 10 respondents" in told for told in admired["note"]["missing"])


def test_roles_are_shown_where_the_store_has_them(small: Data, home: Home, observations: Observations) -> None:
    absent = surveys_view(small, "")
    assert absent["cards"]["surveys-role"]["figure"]["data"] == []
    assert "so_survey_respondents" in str(absent["absent"])
    assert "no random sample" in str(absent["absent"]), "the reason of the catalogue"
    home.store.replace(by_role(observations), source="so_survey_respondents")
    answer = surveys_view(small, "technology=django,flask&source=so_survey_frameworks")
    card = answer["cards"]["surveys-role"]
    found = {(line["role"], line["technology"]): line["value"] for line in card["table"]["rows"]}
    assert found == {("Data engineer", "Django"): 40.0, ("Data engineer", "Flask"): 20.0, ("Student", "Django"): 10.0}
    assert "Executive" not in str(card["figure"]), "nine respondents tell nothing"
    assert "so_survey_respondents" not in str(answer["absent"])
    assert card["note"]["caveat"]


def test_what_a_survey_does_not_ask_is_told(small: Data) -> None:
    answer = surveys_view(small, "technology=django,kotlin")
    assert "does not ask about Kotlin" in answer["message"]["text"]
    assert answer["selection"]["technology"] == ["django"]
    assert "`source` is 'x'" in surveys_view(small, "source=x")["message"]["text"]
    nothing = surveys_view(small, "technology=kotlin")
    assert nothing["cards"]["surveys-now"]["message"]["text"].endswith("choose another.")
    assert nothing["shown"] == ["surveys-now"]


def test_a_store_without_surveys_says_what_to_run(home: Home, entries: Catalog, observations: Observations) -> None:
    home.store.replace(observations(), source="pypl")
    answer = surveys_view(Data(home, entries), "")
    assert "stacktide refresh" in answer["cards"]["surveys-now"]["message"]["text"]


def test_titles_lose_what_they_share() -> None:
    assert short(["Web frameworks used (SO)", "Web frameworks admired (SO)"]) == ["Used", "Admired"]
    assert short(["Use of languages (SO)"]) == ["Use of languages"]
    assert short(["Same", "Same"]) == ["Same", "Same"]


# ---- the embedded data, computed anew from the rows -----------------------------------------------------------------


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    rows = pd.read_parquet(ROOT / "data" / "embedded" / "observations.parquet")
    rows = rows[rows["source"].isin(["so_survey_frameworks", "so_survey_languages"])]
    assert len(rows) > 700
    return rows


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, published: pd.DataFrame) -> Data:
    home = Home(tmp_path_factory.mktemp("surveys") / "home").make()
    for source in published["source"].astype("str").unique():
        home.store.replace(published[published["source"] == source], source=source)
    return Data(home, catalog.load(ROOT / "data" / "catalog"), recheck_seconds=1000)


def test_the_newest_answers_of_the_embedded_data(real: Data, published: pd.DataFrame) -> None:
    answer = surveys_view(real, "technology=django,fastapi,react")
    lines = {line["name"]: line for line in answer["cards"]["surveys-now"]["table"]["rows"]}
    assert list(lines) == ["React", "FastAPI", "Django"], "the most used first"
    names = {"React": "react", "FastAPI": "fastapi", "Django": "django"}
    for question in ("used", "desired", "admired", "wanted"):
        rows = published[published["indicator"] == f"so_survey_framework_{question}"]
        newest = rows[rows["period_start"] == rows["period_start"].max()].set_index("technology")
        for name, technology in names.items():
            value, n = newest.at[technology, "value"], newest.at[technology, "sample_size"]
            assert lines[name][f"so_survey_framework_{question}"] == pytest.approx(value)
            assert lines[name][f"so_survey_framework_{question}-n"] == n
            exact = binomtest(round(value * n / 100), int(n)).proportion_ci(method="wilson")
            low, high = (float(end) for end in lines[name][f"so_survey_framework_{question}-interval"].split(" to "))
            assert (low, high) == pytest.approx((100 * exact.low, 100 * exact.high), rel=0.02)


def test_languages_come_without_intervals_and_it_is_said(real: Data) -> None:
    answer = surveys_view(real, "technology=python,rust")
    assert answer["selection"]["source"] == "so_survey_languages"
    assert any("does not say how many" in told for told in answer["cards"]["surveys-now"]["note"]["missing"])
    assert [b["date"] for b in answer["cards"]["surveys-1"]["note"]["breaks"]][-1] == "2025-01-01"


@pytest.mark.parametrize("use_case", ["web-backend", "browser-frontend", "data-analysis", "testing", "editors"])
def test_every_use_case_has_an_answer_or_says_why_not(real: Data, use_case: str) -> None:
    answer = surveys_view(real, f"use_case={use_case}")
    for name in answer["shown"]:
        card = answer["cards"][name]
        assert card["figure"]["data"] or card["message"]["text"]
        if card["figure"]["data"]:
            assert card["note"]["caveat"]
            assert card["note"]["licence"]["title"]
            assert card["downloads"]
            assert len(card["sentence"]) > 20
        json.dumps([card["figure"], card.get("table")], allow_nan=False)
