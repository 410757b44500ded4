"""Compare on a small store that can be checked in the head, and on the embedded data against the rows themselves."""

import json
import math
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from itertools import combinations
from pathlib import Path
from threading import Event
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboard.analysis.conflict import Conflict, conflict
from dashboard.analysis.figures import Figures
from dashboard.charts import dots, places
from dashboard.components import chart
from dashboard.data import Data
from dashboard.export import observations
from dashboard.selection import read_filter
from dashboard.views import compare_facts, technology_facts
from dashboard.views.compare import MOST, compare_view
from dashboard.views.compare_evidence import comparables, comparison
from dashboard.views.compare_facts import facts
from dashboard.views.compare_presets import presets
from dashboard.views.words import REGISTRIES
from etl import embed
from etl.catalog import Catalog
from etl.home import Home

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "data"
WEB = "use_case=web-backend&technology=django,spring,express,ruby-on-rails"


# ---- small store ----------------------------------------------------------------------------------------------------


def cell(answer: dict[str, Any], construct: str, technology: str) -> dict[str, Any]:
    row = next(each for each in answer["standing"] if each["construct"] == construct)
    return dict(row["cells"][technology])


def test_two_are_compared_construct_by_construct(data: Data) -> None:
    answer = compare_view(data, "technology=python,go")
    assert answer["ready"]
    assert answer["title"] == "Python and Go"
    assert [row["indicator"] for row in answer["standing"]] == ["searched", "stars"]
    assert cell(answer, "people", "python")["place"] == 1
    assert cell(answer, "people", "python")["percent"] == 35, "June: the unfinished July does not count"
    assert cell(answer, "code activity", "go")["place"] == 1
    assert cell(answer, "code activity", "go")["percent"] == pytest.approx(100 * 60 / 110)
    assert answer["verdict"] == ("Python comes first in 1 of 2 indicators (people); Go in 1 (code activity).")
    assert "come first equally often" in answer["changes"][0]


def test_one_technology_gets_company(data: Data) -> None:
    answer = compare_view(data, "technology=python")
    assert not answer["ready"]
    assert [each["technologies"] for each in answer["presets"]] == [["python", "go"]]
    assert answer["presets"][0]["query"] == "use_case=web&technology=python,go"
    assert not any(card["figure"]["data"] for card in answer["cards"].values())


def test_none_and_nothing_ready(data: Data) -> None:
    answer = compare_view(data, "")
    assert not answer["ready"]
    assert answer["presets"] == [], "three comparable technologies with figures make a comparison, and there are two"
    assert "Choose 2 to 8 technologies" in answer["verdict"]


def test_two_without_any_figure(data: Data) -> None:
    answer = compare_view(data, "technology=ghost,django")
    assert answer["ready"]
    assert answer["verdict"] == "No indicator holds two of them: there is nothing to compare."
    assert answer["cards"]["profile"]["message"]["title"] == "No indicator places them"
    assert answer["cards"]["conflict"]["message"] is not None
    assert answer["standing"] == []
    assert "nothing to compare" in answer["record"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("technology=python,go,nonsense", "There is no technology `nonsense`"),
        ("technology=python,go&use_case=nonsense", "There is no use case `nonsense`"),
        ("technology=python,go&as_of=1999-01-01", "1999-01-01"),
        ("technology=python,go&as_of=yesterday", "which is no date"),
    ],
)
def test_what_is_wrong_in_the_address_is_told_and_the_rest_shown(data: Data, query: str, told: str) -> None:
    answer = compare_view(data, query)
    assert answer["ready"]
    assert told in answer["message"]["text"]
    assert answer["query"] == "technology=python,go"


def test_a_technology_from_outside_the_use_case_is_compared_all_the_same(data: Data) -> None:
    answer = compare_view(data, "use_case=web&technology=python,excel")
    assert "Excel is not counted to Web" in answer["message"]["text"]
    assert "excel" in comparables(data.catalog, ["python", "excel"], "web")


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("technology=python,go", "the 2 languages of the catalogue"),
        ("use_case=web&technology=python,go", "the 2 languages of Web"),
        ("use_case=web&technology=python,excel", "the 2 languages of Web and Excel"),
        ("use_case=office&technology=python,go,excel", "the 2 tools of Office, Python and Go"),
        ("use_case=web&technology=excel,ghost", "Excel and Ghost"),
        ("use_case=web&technology=django,excel", "the 1 framework of Web and Excel"),
    ],
)
def test_who_is_compared_is_counted_without_those_from_outside(data: Data, query: str, where: str) -> None:
    answer = compare_view(data, query)
    assert answer["where"] == where
    assert f"among {where};" in answer["cards"]["profile"]["subtitle"]


def test_the_whole_is_no_technology(data: Data) -> None:
    assert compare_view(data, "technology=all,python,go")["query"] == "technology=python,go"


def test_two_that_ask_at_once_are_given_the_same_pairs(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first stands still in the midst of its pairs until the second has its answer."""
    begun, go_on = Event(), Event()

    def slow(indicators: Sequence[Figures], chosen: Sequence[str], among: Sequence[str]) -> Conflict:
        if not chosen and not begun.is_set():
            begun.set()
            assert go_on.wait(20)
        return conflict(indicators, chosen, among)

    monkeypatch.setattr("dashboard.views.compare_evidence.conflict", slow)
    snapshot = data.snapshot()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(comparison, snapshot, ("python", "go"), None)
        try:
            assert begun.wait(20)
            second = comparison(snapshot, ("python", "go"), None)
        finally:
            go_on.set()
        assert len(second.conflict.pairs) == 3
        pd.testing.assert_frame_equal(second.conflict.pairs, first.result(20).conflict.pairs)


@pytest.mark.parametrize(("asked", "shown"), [(9, False), (10, True)])
def test_where_fewer_than_ten_were_asked_no_place_is_told(
    home: Home, small: Catalog, rows: pd.DataFrame, asked: int, shown: bool
) -> None:
    searched = rows["indicator"] == "searched"
    rows.loc[searched, "sample_size"] = 1000
    rows.loc[searched & (rows["technology"] == "python"), "sample_size"] = asked
    home.store.replace(rows)
    answer = compare_view(Data(home, small, recheck_seconds=0), "technology=python,go")
    profile, conflict_card = answer["cards"]["profile"], answer["cards"]["conflict"]
    line = next(each for each in profile["table"]["rows"] if each["evidence"] == "people: Searched")
    assert (line["python"], line["go"]) == (1 if shown else None, 2)
    assert ("people: Python 1, Go 2 of 2" in profile["sentence"]) == shown
    assert ("people: Go 2 of 2" in profile["sentence"]) != shown
    assert ("Python: fewer than 10 were asked, so nothing is shown." in answer["limits"]) != shown
    assert ("Python in 1 (people)" in answer["verdict"] or "Python comes first in 1" in answer["verdict"]) == shown
    assert any("Searched" in each["evidence"] for each in conflict_card["table"]["rows"]) == shown


# ---- charts ---------------------------------------------------------------------------------------------------------


def test_marks_that_would_cover_each_other_stand_apart() -> None:
    frame = pd.DataFrame(
        {"row": [0, 0, 0], "technology": ["a", "b", "c"], "percentile": [50.0, 50.0, 90.0], "said": ["", "", ""]}
    )
    names = {"a": "A", "b": "B", "c": "C"}
    drawn = dots.figure(frame, ["one"], names, dict.fromkeys(names, "#000000"))
    ys = {trace["name"]: trace["y"][0] for trace in drawn["data"]}
    assert ys["A"] != ys["B"]
    assert ys["C"] == 0
    assert len({trace["marker"]["symbol"] for trace in drawn["data"]}) == 3
    assert (drawn["layout"]["shapes"][0]["x0"], drawn["layout"]["shapes"][0]["x1"]) == (50, 90)


def test_the_legend_shows_the_shape_of_each_mark() -> None:
    names = {f"t{i}": f"T{i}" for i in range(MOST)}
    shown = [t for t in names if t != "t1"]
    frame = pd.DataFrame({"row": 0, "technology": shown, "percentile": 50.0, "said": ""})
    drawn = dots.figure(frame, ["one"], names, dict.fromkeys(names, "#000000"))
    buttons = [item.children.to_plotly_json()["props"]["children"] for item in chart.legend(drawn)]
    told = {words.children: swatch.to_plotly_json()["props"]["data-symbol"] for swatch, words in buttons}
    assert told == {trace["name"]: trace["marker"]["symbol"] for trace in drawn["data"]}
    assert len(set(told.values())) == len(shown)
    style, picture = ((ROOT / "assets" / name).read_text("utf-8") for name in ("page_compare.css", "view_picture.js"))
    for symbol in dots.SYMBOLS:
        assert re.search(rf'^    "?{symbol}"?: \[', picture, re.MULTILINE), "in pictures"
        assert symbol == "circle" or f'.swatch[data-symbol="{symbol}"]' in style, "on the page"
    plain = {"name": "A", "mode": "lines+markers", "marker": {"symbol": "star"}, "line": {"color": "#000000"}}
    assert "data-symbol" not in str(chart.legend({"data": [plain]}))


def test_a_line_of_places_stops_where_a_source_is_silent_and_shared_places_stand_beside() -> None:
    frame = pd.DataFrame(
        {"row": [0, 0, 2, 2], "technology": ["a", "b", "a", "b"], "place": [1, 1, 2, 1], "said": ["x"] * 4}
    )
    names = {"a": "A", "b": "B"}
    drawn = places.figure(frame, ["one", "two", "three"], names, dict.fromkeys(names, ("#000000", "solid")))
    first, second = drawn["data"]
    assert first["x"][1] is None
    assert first["connectgaps"] is False
    assert first["x"][2] == 2
    assert first["x"][0] + second["x"][0] == 2
    assert first["x"][0] != second["x"][0]


# ---- embedded data --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, entries: Catalog) -> Data:
    home = Home(tmp_path_factory.mktemp("compare") / "home").make()
    embed.first_start(home, entries, DATA / "embedded", datetime(2026, 9, 1))  # noqa: DTZ001
    return Data(home, entries)


@pytest.fixture(scope="module")
def stored() -> pd.DataFrame:
    found = pd.read_parquet(DATA / "embedded" / "observations.parquet")
    return found[found["region"] == "WLD"].astype({"technology": "str", "indicator": "str", "segment": "str"})


@pytest.fixture(scope="module")
def web(embedded: Data) -> dict[str, Any]:
    return compare_view(embedded, WEB)


def newest(rows: pd.DataFrame, indicator: str, among: list[str]) -> pd.Series:
    ours = rows[(rows["indicator"] == indicator) & (rows["segment"] == "all") & rows["technology"].isin(among)]
    ours = ours[ours["status"].astype("str") != "partial"]
    return ours[ours["period_start"] == ours["period_start"].max()].set_index("technology")["value"]


@pytest.mark.parametrize("construct", ["people", "installs", "code activity", "questions asked"])
def test_places_and_percents_are_those_of_the_rows(
    embedded: Data, stored: pd.DataFrame, web: dict[str, Any], construct: str
) -> None:
    among = [t.id for t in embedded.catalog.technologies if t.kind == "framework" and "web-backend" in t.use_cases]
    row = next(each for each in web["standing"] if each["construct"] == construct)
    values = newest(stored, row["indicator"], among)
    assert row["of"] == len(values) > 1
    assert row["cells"]
    for technology, found in row["cells"].items():
        assert found["place"] == 1 + int((values > values[technology]).sum())
        assert found["percent"] == pytest.approx(100 * values[technology] / values.sum())


def test_a_survey_has_its_wilson_interval(stored: pd.DataFrame, web: dict[str, Any]) -> None:
    found = cell(web, "survey use and sentiment", "django")
    ours = stored[(stored["indicator"] == "so_survey_framework_used") & (stored["technology"] == "django")]
    last = ours.sort_values("period_start").iloc[-1]
    p, n, z = last["value"] / 100, float(last["sample_size"]), 1.959963984540054
    middle, reach = p + z**2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert found["percent"] == pytest.approx(last["value"])
    assert found["low"] == pytest.approx(100 * (middle - reach) / (1 + z**2 / n))
    assert found["high"] == pytest.approx(100 * (middle + reach) / (1 + z**2 / n))
    assert found["sample_size"] == n


def test_the_agreement_of_two_sources_is_kendalls_tau(
    embedded: Data, stored: pd.DataFrame, web: dict[str, Any]
) -> None:
    among = [t.id for t in embedded.catalog.technologies if t.kind == "framework" and "web-backend" in t.use_cases]
    one, two = "innovation_graph_topic_pushers", "so_survey_framework_used"
    titles = {embedded.catalog.indicator[i].title for i in (one, two)}
    pair = next(each for each in web["pairs"] if {each["first"], each["second"]} == titles)
    a, b = newest(stored, one, among), newest(stored, two, among)
    both = [t for t in a.index if t in b.index]
    signs = [math.copysign(1, (a[x] - a[y]) * (b[x] - b[y])) for x, y in combinations(both, 2)]
    assert a[both].is_unique, "no ties: tau-b is tau"
    assert b[both].is_unique
    assert pair["n"] == len(both)
    assert pair["tau"] == pytest.approx(sum(signs) / len(signs))
    assert web["pairs"] == sorted(web["pairs"], key=lambda each: each["tau"])


def test_agreement_is_that_of_sources_of_different_origin(embedded: Data) -> None:
    catalog = embedded.catalog
    for query in (WEB, "technology=python,go", "technology=react,vue"):
        answer = compare_view(embedded, query)
        of_title = {i.title: i for i in catalog.indicator.values()}
        assert len(answer["pairs"]) > 3
        for pair in answer["pairs"]:
            one, other = of_title[pair["first"]], of_title[pair["second"]]
            assert catalog.source_of[one.id].id != catalog.source_of[other.id].id
            assert not one.construct == other.construct == "questions asked", "all are asked on Stack Overflow"
        worst = answer["pairs"][0]
        assert f"in the middle of {len(answer['pairs'])} pairs of different origin" in answer["agreement"]
        years = f", figures {round(worst['years_apart'])} year" if worst["years_apart"] >= 1 else ""
        assert f" over {worst['n']} technologies{years}" in answer["agreement"]
    told = compare_view(embedded, WEB)["agreement"]
    assert told.endswith(" years apart."), "the worst of these lie years apart"


def test_all_questions_of_the_catalogue_are_asked_on_stack_overflow(entries: Catalog) -> None:
    asked = [i for i in entries.indicator.values() if i.construct == "questions asked"]
    assert len(asked) > 5
    assert not [i.id for i in asked if "Stack Overflow" not in f"{entries.source_of[i.id].title} {i.title}"]


def test_benchmarks_are_those_of_the_newest_round(stored: pd.DataFrame, web: dict[str, Any]) -> None:
    table = web["cards"]["benchmark"]["table"]
    assert len(table["rows"]) > 2
    line = next(each for each in table["rows"] if each["evidence"] == "Throughput")
    for technology in ("django", "spring"):
        ours = stored[stored["indicator"] == "web_benchmarks_throughput_percentile"]
        ours = ours[ours["segment"] == "all"]
        ours = ours[ours["technology"] == technology].sort_values("period_start")
        assert line[technology] == pytest.approx(ours["value"].iloc[-1], abs=0.05)


def test_trends_are_one_card_per_construct_and_per_registry(web: dict[str, Any]) -> None:
    cards = web["cards"]
    assert cards["people"]["title"] == "People"
    assert "PyPI" in cards["installs"]["subtitle"]
    assert "RubyGems" in cards["installs-2"]["subtitle"]
    assert cards["installs-3"]["title"] == ""
    for name in ("people", "installs", "code-activity"):
        assert cards[name]["figure"]["data"]
        assert cards[name]["note"]["caveat"]
        assert "technology=django,spring,express,ruby-on-rails" in cards[name]["downloads"]["view"]["query"]


def test_places_come_with_the_observations_behind_them(web: dict[str, Any], embedded: Data) -> None:
    chosen = {"django", "spring", "express", "ruby-on-rails"}
    for name, whose in (("profile", 10), ("conflict", 2), ("benchmark", 2)):
        (key, rows), *others = web["cards"][name]["downloads"].items()
        assert (key, rows["collection"], others) == ("behind", "observations", [])
        asked = read_filter(rows["query"], embedded.catalog)
        data = observations(embedded, asked, date(2026, 9, 1), "http://a.example")
        assert data.count() == rows["number"] > 10
        found = pa.Table.from_batches(data.batches()).to_pandas()
        assert len(set(found["technology"]) & chosen) >= 2
        assert found["technology"].nunique() >= whose
    profile = {row["indicator"] for row in web["standing"]}
    assert profile == set(
        read_filter(web["cards"]["profile"]["downloads"]["behind"]["query"], embedded.catalog).indicator
    )


def test_every_chart_says_where_it_comes_from(web: dict[str, Any]) -> None:
    shown = {name: card for name, card in web["cards"].items() if card["title"]}
    assert {"profile", "conflict", "benchmark", "people"} <= set(shown)
    for card in shown.values():
        assert card["sentence"]
        assert card["table"]["rows"]
        for fact in ("source", "unit", "last_period", "retrieved_on", "licence", "caveat", "how_to_read"):
            assert card["note"][fact], (card["title"], fact)


def test_facts_carry_the_page_that_shows_them(web: dict[str, Any]) -> None:
    facts = {row["title"]: row["cells"] for row in web["facts"]}
    assert facts["Licence"]["django"][0]["text"] == "BSD-3-Clause"
    assert facts["First release"]["django"][0] == {
        "text": "2005-07-21",
        "href": "https://en.wikipedia.org/wiki/Django_(web_framework)",
    }
    assert {each["text"] for each in facts["Database access (ORM)"]["django"]} == {"yes"}
    assert facts["Language"]["django"][0]["text"] == "Python"
    assert all(each["href"] for each in facts["Known adopters"]["django"] if not each["text"].startswith("and "))


def test_the_language_of_facts_is_a_language(embedded: Data) -> None:
    catalog = embedded.catalog
    assert catalog.technology["csharp"].home == "dotnet"
    found = {row["title"]: row["cells"] for row in compare_view(embedded, "technology=csharp,python")["facts"]}
    assert "Language" not in found, "a language has none besides itself"
    assert found["Belongs to"] == {"csharp": [{"text": ".NET", "technology": "dotnet"}], "python": []}
    found = {row["title"]: row["cells"] for row in compare_view(embedded, "technology=django,qmake")["facts"]}
    assert [found["Language"][t][0]["text"] for t in ("django", "qmake")] == ["Python", "C++"]
    assert (found["Belongs to"]["django"], found["Belongs to"]["qmake"][0]["text"]) == ([], "Qt")
    rows = facts(catalog, [t.id for t in catalog.technologies])
    (told,) = (row["cells"] for row in rows if row["title"] == "Language")
    assert {catalog.technology[cell[0]["technology"]].kind for cell in told.values() if cell} == {"language"}
    assert not any(told[t.id] for t in catalog.technologies if t.kind == "language")


def test_the_record_holds_figures_sources_limits_and_the_link(web: dict[str, Any]) -> None:
    record = web["record"]
    assert record.startswith("# Django, Spring, Express or Ruby on Rails for Web back end?\n")
    assert f"](/compare?{web['query']})" in record
    for part in ("## Figures", "## Sources", "## Limits", "## What would change it", "## Decision"):
        assert part in record
    for row in web["reasons"]:
        assert row["caveat"] in record
        assert row["licence"] in record
    table = [line for line in record.splitlines() if line.startswith("|")]
    assert len(table) == len(web["standing"]) + 2
    assert {line.count("|") for line in table} == {6}


def test_kinds_are_compared_by_sources_that_count_both(embedded: Data) -> None:
    catalog = embedded.catalog
    names = {"languages": ["python", "go"], "frameworks": ["django", "aspnet"], "both": ["python", "django"]}
    schemes = {}
    for kind, chosen in names.items():
        found = comparison(embedded.snapshot(), chosen, None)
        assert found.standings
        schemes[kind] = {s.indicator.names for s in found.standings} | {
            catalog.indicator[i].names for i in found.conflict.ranks["indicator"]
        }
    assert not schemes["languages"] & {"topic", "pypi", "github"}
    assert not schemes["frameworks"] & {"linguist", "pypl"}
    assert schemes["both"] <= {"stackoverflow", "hiring", "wikipedia"}


def test_what_has_no_figure_is_no_zero(embedded: Data) -> None:
    answer = compare_view(embedded, "technology=django,fastapi,flask")
    row = next(each for each in answer["standing"] if each["construct"] == "questions asked")
    assert set(row["cells"]) == {"django", "flask"}
    assert (
        "FastAPI is not in the newest figures of Questions per day on Stack Overflow (charts): "
        "that is no place, not the last one." in answer["changes"]
    )
    assert any(each.endswith("has no newest figure of FastAPI.") for each in answer["limits"])
    position = answer["standing"].index(row)
    for card, name in (("profile", "y"), ("conflict", "x")):
        traces = {trace["legendgroup"]: trace[name] for trace in answer["cards"][card]["figure"]["data"]}
        if card == "profile":
            assert not any(abs(y - position) < 0.5 for y in traces["fastapi"])
            assert any(abs(y - position) < 0.5 for y in traces["django"])
        else:
            assert None in traces["fastapi"]


def test_registries_are_never_mixed(embedded: Data) -> None:
    found = comparison(embedded.snapshot(), ["react", "django", "ruby-on-rails"], None)
    for standing in found.standings:
        assert standing.indicator.construct != "installs" or standing.indicator.names is not None
    installs = [s.indicator.names for s in found.standings if s.indicator.construct == "installs"]
    installs += [embedded.catalog.indicator[i].names for i in found.alone]
    assert len(installs) == len(set(installs)) > 1


def test_a_registry_that_holds_one_alone_is_named(embedded: Data) -> None:
    answer = compare_view(embedded, "technology=django,flask,electron")
    assert "Flask in 2 (installs from PyPI and survey use and sentiment)" in answer["verdict"]
    (told,) = (each for each in answer["changes"] if each.startswith("Electron is not in"))
    assert told.startswith("Electron is not in the newest figures of Downloads from PyPI and ")
    assert told.endswith(" Of those compared, npm counts Electron alone.")
    assert told in answer["record"]
    assert not any("no figure of installs" in each for each in answer["changes"])


def test_every_registry_has_a_name_in_sentences(entries: Catalog) -> None:
    schemes = {i.names for i in entries.indicator.values() if i.construct == "installs" and i.names}
    assert len(schemes) > 5
    assert schemes <= set(REGISTRIES)


def test_nine_are_eight_and_it_is_said(embedded: Data) -> None:
    nine = "django,flask,fastapi,spring,express,laravel,nestjs,koa,hono"
    answer = compare_view(embedded, f"technology={nine}")
    assert len(answer["names"]) == MOST
    assert "Left out: Hono." in answer["message"]["text"]
    assert answer["query"] == f"technology={nine.removesuffix(',hono')}"


def test_ready_comparisons_are_ready(embedded: Data) -> None:
    found = presets(embedded.snapshot())
    assert len(found) > 20
    assert len({each["title"] for each in found}) == len(found)
    for preset in found[:3]:
        answer = compare_view(embedded, preset["query"])
        assert answer["ready"]
        assert answer["message"] is None
        assert answer["query"] == preset["query"]


@pytest.mark.parametrize(
    "query",
    ["", "technology=django", WEB, "technology=python,django", "technology=postgresql,mysql", "technology=react,vue"],
)
def test_an_answer_is_json_without_nan(embedded: Data, query: str) -> None:
    assert json.dumps(compare_view(embedded, query), cls=PlotlyJSONEncoder, allow_nan=False)


def test_a_feature_has_one_name_on_every_page(entries: Catalog) -> None:
    told = 0
    for one in entries.technologies:
        alone = {each["text"] for each in technology_facts.features(one, entries)}
        assert alone <= {row["title"] for row in compare_facts.facts(entries, [one.id])}
        told += len(alone)
    assert told > 100
