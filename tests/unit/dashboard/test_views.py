"""The whole answer, on a real store."""

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.analysis.shown import Shown
from dashboard.charts import colours
from dashboard.charts.area import PATTERNS
from dashboard.charts.still import still
from dashboard.components import markup
from dashboard.components.chart import legend
from dashboard.data import Data
from dashboard.selection import Resolved, Selection, parse, resolve
from dashboard.views import messages, regions, series, trends_view
from etl.catalog import Catalog

KEYS = {
    *("version", "state", "query", "selection", "options", "figure", "table", "note", "sentence", "title", "subtitle"),
    *("message", "downloads", "filename", "as_of", "tall", "legend", "markable"),
}
VIEWS = ("multiples", "rank", "area")
QUERIES = [
    "",
    "use_case=web",
    "indicator=stars&value=index",
    "indicator=stars&value=rank",
    "indicator=stars&value=absolute&scale=log",
    "indicator=searched&smooth=3",
    "indicator=searched&smooth=36",
    "indicator=searched&value=index&base=1900-01-01",
    "indicator=developers&region=NA",
    "indicator=developers&value=share&use_case=web",
    "indicator=stars&region=DE",
    "indicator=stars&segment=women",
    "indicator=stars&technology=ghost",
    "indicator=searched&use_case=office",
    "indicator=stars&use_case=office&technology=python",
    "kind=platform",
    "from=1800-01-01&to=1800-01-02",
    "to=2024-01-01",
    "technology=pyton&smooth=x",
    "preset=top&indicator=stars",
    "preset=rising&indicator=pushers",
    "preset=rising&indicator=stars",
    "preset=rising&indicator=developers",
    "technology=all",
    *(f"indicator={i}&view={v}" for i in ("pushers", "stars", "searched", "developers") for v in VIEWS),
    "view=multiples&scale=log&smooth=3",
    "view=area&smooth=3",
    "view=area&to=2024-01-01",
    "view=rank&technology=python",
    "view=multiples&technology=python",
    "view=rank&indicator=stars&region=DE",
    "indicator=stars&value=year-on-year",
    "indicator=searched&value=year-on-year&view=multiples",
    "releases=hidden",
]


def lines(answer: dict[str, Any], *, raw: bool = False) -> dict[str, dict[str, Any]]:
    return {t["meta"]: t for t in answer["figure"]["data"] if ("opacity" in t) == raw and "unfinished" not in t["name"]}


@pytest.mark.parametrize("query", QUERIES)
def test_every_selection_has_a_whole_answer(data: Data, query: str) -> None:
    answer = trends_view(data, query)
    assert set(answer) == KEYS
    json.dumps(answer, allow_nan=False)
    assert answer["figure"]["data"] or answer["message"], "an empty chart must say why"
    again = trends_view(data, answer["query"])
    assert again["figure"] == answer["figure"], "the canonical query shows the same"
    assert again["query"] == answer["query"]
    offered = {option["value"] for option in answer["options"]["technology"]}
    assert set(answer["selection"]["technology"]) <= offered
    for name in ("indicator", "region", "segment", "view", "value", "smooth"):
        assert answer["selection"][name] in [option["value"] for option in answer["options"][name]]
    assert "preset" not in answer["query"]


def test_shares_are_of_the_whole(data: Data) -> None:
    answer = trends_view(data, "indicator=pushers&technology=python")
    assert lines(answer)["python"]["y"] == [10, 12, 14, 16, 18, 20]
    assert answer["subtitle"] == "World, quarterly, percent of developers"
    assert trends_view(data, "indicator=pushers&technology=python&region=NA")["subtitle"].startswith("Namibia")


def test_a_line_is_cut_at_a_severing_break_and_the_break_is_drawn_and_told(data: Data) -> None:
    answer = trends_view(data, "indicator=stars&technology=python&value=absolute")
    line = lines(answer)["python"]
    assert line["y"] == [100, 100, 100, 100, None, 50, 50]
    assert line["connectgaps"] is False
    (shape,) = answer["figure"]["layout"]["shapes"]
    assert (shape["x0"], shape["line"]["dash"]) == ("2025-01-01", "dash")
    assert [b["what"] for b in answer["note"]["breaks"]] == ["Counted anew"]
    assert answer["figure"]["layout"]["annotations"][0]["text"] == "1"
    before = trends_view(data, "indicator=stars&to=2024-07-01")
    assert before["note"]["breaks"] == before["figure"]["layout"]["shapes"] == []


def test_a_hole_is_a_gap_with_markers_for_lonely_points_and_the_end_is_dashed(data: Data) -> None:
    answer = trends_view(data, "indicator=searched&technology=python&from=2026-02-01")
    line = lines(answer)["python"]
    assert line["y"] == [31, None, 33, 34, 35]
    assert line["marker"]["size"] == [6, 0, 0, 0, 0]
    (end,) = [t for t in answer["figure"]["data"] if "unfinished" in t["name"]]
    assert (end["x"], end["y"], end["line"]["dash"]) == (["2026-06-01", "2026-07-01"], [35, 40], "dash")
    assert answer["note"]["last_period"] == "July 2026 (unfinished)"
    assert answer["table"]["rows"][0] == {"period": "2026-07-01", "python": 40, "status": "partial"}
    assert answer["table"]["rows"][4]["python"] is None


def test_the_table_is_the_twin_of_the_chart(data: Data) -> None:
    answer = trends_view(data, "indicator=stars&value=index")
    assert [c["field"] for c in answer["table"]["columns"]] == ["period", "go", "python"]
    by_period = {row["period"]: row for row in answer["table"]["rows"]}
    for technology, line in lines(answer).items():
        drawn = {x: y for x, y in zip(line["x"], line["y"], strict=True) if y is not None}
        assert drawn == {p: row[technology] for p, row in by_period.items() if row[technology] is not None}


def test_an_index_is_cut_at_a_severing_break_and_the_note_says_so(data: Data) -> None:
    answer = trends_view(data, "indicator=stars&value=index")
    assert answer["selection"]["base"] == "2025-01-01"
    assert {t: line["y"] for t, line in lines(answer).items()} == {"python": [100, 100], "go": [100, 120]}
    told = "No index from 2024 Q1 to 2024 Q4: a change of method (2025-01-01: Counted anew) parts these figures from"
    assert any(each.startswith(told) for each in answer["note"]["missing"])
    assert (answer["message"]["level"], answer["message"]["title"]) == ("info", "Cut at a break")
    assert answer["message"]["text"].startswith(told)
    assert "2025 Q1" in answer["subtitle"] or "2025-01-01" in answer["subtitle"]

    chosen = trends_view(data, "indicator=stars&value=index&base=2024-04-01")
    assert chosen["selection"]["base"] == "2024-04-01"
    assert {row["period"][:4] for row in chosen["table"]["rows"]} == {"2024"}
    assert any(each.startswith("No index from 2025 Q1 to 2025 Q2:") for each in chosen["note"]["missing"])

    early = trends_view(data, "indicator=stars&value=index&to=2024-12-31")
    assert early["selection"]["base"] == "2024-04-01", "the other side is not asked for"
    assert not [each for each in early["note"]["missing"] if each.startswith("No index")]
    assert early["message"] is None


def test_an_unfinished_period_enters_no_rank(data: Data) -> None:
    answer = trends_view(data, "indicator=searched&value=rank")
    assert lines(answer)["python"]["x"][-1] == "2026-06-01"
    assert "2026-07-01" not in {row["period"] for row in answer["table"]["rows"]}
    alone = trends_view(data, "indicator=searched&value=rank&from=2026-07-01")
    assert alone["message"]["title"] == "No ranks"


def test_ranks_are_among_all_that_pass_the_filter(data: Data) -> None:
    answer = trends_view(data, "indicator=pushers&technology=python&value=rank")
    assert lines(answer)["python"]["y"] == [2, 2, 2, 2, 2, 1]
    assert answer["figure"]["layout"]["yaxis"]["autorange"] == "reversed"
    assert "3 technologies" in answer["note"]["shown"]
    assert lines(trends_view(data, "indicator=pushers&use_case=web&value=rank"))["python"]["y"] == [1] * 6


def test_smoothing_draws_the_raw_series_behind(data: Data) -> None:
    answer = trends_view(data, "indicator=pushers&technology=python&smooth=3")
    assert lines(answer)["python"]["y"] == pytest.approx([12, 14, 16, 18])
    assert lines(answer, raw=True)["python"]["y"] == [10, 12, 14, 16, 18, 20]


def test_zeros_on_a_logarithmic_axis_are_left_out_and_told(data: Data) -> None:
    answer = trends_view(data, "indicator=searched&technology=go&scale=log")
    assert all(y > 0 for t in answer["figure"]["data"] for y in t["y"] if y is not None)
    assert any("logarithmic" in told and "Go" in told for told in answer["note"]["missing"])


@pytest.mark.parametrize(
    ("query", "level", "words"),
    [
        ("indicator=searched&use_case=office", "warning", ["Office", "`pushers`"]),
        ("indicator=developers&use_case=web", "warning", ["`pushers`", "`stars`"]),
        ("indicator=stars&technology=ghost", "warning", ["Ghost has no figures"]),
        ("indicator=stars&region=DE", "warning", ["Germany", "World"]),
        ("indicator=pushers&use_case=web&technology=excel", "warning", ["Excel", "Web"]),
        ("from=1800-01-01&to=1800-01-02", "warning", ["2024 Q1", "2025 Q2"]),
        ("kind=platform", "warning", ["kind platform"]),
        ("to=2024-01-01", "info", ["only 2024 Q1"]),
        ("indicator=developers&value=share", "info", ["no share", "absolute"]),
        ("indicator=searched&smooth=36", "warning", ["shorter"]),
        ("technology=pyton", "error", ["`python`"]),
        ("preset=rising&indicator=pushers", "info", ["Python +8"]),
        ("preset=rising&indicator=stars", "warning", ["5 that span 1.5 years"]),
        ("view=area&indicator=developers", "info", ["all technologies together", "choose an indicator"]),
        ("view=area&technology=python", "info", ["second one"]),
        ("view=multiples&technology=python", "info", ["another one"]),
        ("view=rank&technology=python", "info", ["more technologies"]),
        ("view=rank&use_case=office", "info", ["widen the filter"]),
        ("indicator=searched&value=year-on-year", "warning", ["a figure of the year before"]),
    ],
)
def test_too_little_is_said_with_a_remedy(data: Data, query: str, level: str, words: list[str]) -> None:
    message = trends_view(data, query)["message"]
    assert message["level"] == level
    assert all(word in message["text"] for word in words), message["text"]


def test_links_in_messages_lead_to_figures(data: Data) -> None:
    for query in ("indicator=searched&use_case=office", "indicator=stars&region=DE", "from=1800-01-01&to=1800-01-02"):
        links = trends_view(data, query)["message"]["links"]
        assert links
        for link in links:
            assert trends_view(data, link["href"])["figure"]["data"], link


def test_missing_technologies_are_named(data: Data) -> None:
    answer = trends_view(data, "indicator=stars&technology=python,django,ghost")
    assert answer["note"]["missing"] == [
        f"{t} has no figures in this indicator and region." for t in ("Django", "Ghost")
    ]
    assert answer["selection"]["technology"] == ["python", "django", "ghost"]


def test_the_file_equals_the_screen(data: Data) -> None:
    for query in (
        "indicator=stars&value=index",
        "indicator=pushers&smooth=3",
        "indicator=pushers&value=rank",
        "indicator=stars&value=absolute",
        "indicator=searched",
        "",
        "indicator=pushers&view=area",
        "indicator=stars&view=area&smooth=3",
        "indicator=pushers&view=rank&use_case=web",
        "indicator=stars&view=multiples&value=index",
        "indicator=pushers&value=year-on-year",
    ):
        answer = trends_view(data, query)
        found = series(data, parse(query, data.catalog), date(2026, 9, 1), "http://tide.example")
        told = {
            (f"{row['period_start']}", row["technology"]): row["shown_value"]
            for batch in found.batches()
            for row in batch.to_pylist()
            if row["shown_value"] is not None
        }
        table = answer["table"]["rows"]
        screen = {
            (r["period"], t): v for r in table for t, v in r.items() if t not in ("period", "status") and v is not None
        }
        assert told == screen
        assert screen, query
        assert found.name == answer["filename"]
        assert found.about["selection"].items() <= answer["selection"].items()
        assert found.about["link"] == f"http://tide.example/trends{'?' if answer['query'] else ''}{answer['query']}"


def _many(data: Data, technologies: list[str]) -> Resolved:
    return replace(resolve(Selection(), data.snapshot()), technologies=tuple(technologies))


def _shown(technologies: list[str]) -> Shown:
    values = pd.DataFrame(1.0, index=pd.date_range("2024-01-01", periods=2), columns=technologies)
    return Shown(values, None, values > 1, np.zeros(2))


def test_many_lines_are_allowed_with_a_word_of_advice(data: Data, entries: Catalog) -> None:
    many = list(entries.technology)[:40]
    answer = messages.remark(data.snapshot(), _many(data, many), _shown(many))
    assert answer is not None
    assert answer["level"] == "info"
    assert "40 lines" in answer["text"]


def test_a_technology_keeps_its_colour_and_no_two_of_a_chart_look_alike(entries: Catalog) -> None:
    languages = [t.id for t in entries.technologies if t.kind == "language"][:24]
    together = colours.styles(entries, languages)
    assert len(set(together.values())) == len(languages)
    for each in languages:
        assert colours.styles(entries, [each])[each] == (together[each][0], "solid")
    assert colours.styles(entries, ["all"]) == {"all": (colours.PALETTE[0], "solid")}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_eight_of_one_colour_differ_on_the_chart_in_the_legend_and_without_a_script(entries: Catalog) -> None:
    every = colours.styles(entries, [t.id for t in entries.technologies])
    pink = [t for t, (colour, _) in every.items() if colour == "#f0649a"][:8]
    assert len(pink) == 8
    dashes = [dash for _, dash in colours.styles(entries, pink).values()]
    assert len(set(dashes)) == 8
    assert "dash" not in dashes, "means an unfinished period"
    assert len({PATTERNS[dash] for dash in dashes}) == 8

    x, y = ["2026-01-01", "2026-02-01"], [1, 2]
    traces = [
        {"type": "scatter", "mode": "lines", "name": t, "x": x, "y": y, "line": {"color": "#f0649a", "dash": dash}}
        for t, dash in zip(pink, dashes, strict=True)
    ]
    swatches = re.findall(
        r'class="(swatch[^"]*)" style="([^"]*)"', markup.to_html(legend({"data": traces}), lambda _: "")
    )
    assert len(swatches) == len(set(swatches)) == 8
    drawn = re.findall(r"<polyline[^>]*>", still({"data": traces, "layout": {}}))
    assert len({re.sub(r".*?(dasharray=.*|$)", r"\1", each) for each in drawn}) == 8


def test_lines_that_look_the_same_are_told(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trends_view(data, "indicator=pushers")["message"] is None
    monkeypatch.setattr(colours, "PALETTE", ("#000000",))
    monkeypatch.setattr(colours, "DASHES", ("solid", "3px,3px"))
    told = trends_view(data, "indicator=pushers")["message"]
    assert "some have both colour and dash in common" in told["text"]


@pytest.mark.parametrize("colour", colours.PALETTE)
def test_colours_are_seen_on_light_and_dark(colour: str) -> None:
    on_white = 1.05 / (luminance(colour) + 0.05)
    on_dark = (luminance(colour) + 0.05) / (luminance("#12161c") + 0.05)
    assert min(on_white, on_dark) >= 2.95


def test_every_country_has_a_name() -> None:
    assert len(regions.NAMES) == 252
    assert regions.name("NA") == "Namibia"
    assert regions.name("ZZ") == "ZZ"
    assert sorted(["FR", "EU", "DE", "WLD"], key=regions.order) == ["WLD", "EU", "FR", "DE"]


def test_an_indicator_without_figures_stays_chosen_and_says_how_to_get_some(data: Data) -> None:
    """A link may name an indicator whose source this store was never filled with; no picker may drop it."""
    held = data.home.store.read()
    left = held[held["indicator"] != "searched"]
    data.home.store.replace(left)
    source = data.catalog.source_of["searched"].id
    answer = trends_view(Data(data.home, data.catalog, recheck_seconds=0), "indicator=searched")
    assert answer["selection"]["indicator"] == "searched"
    labels = {o["value"]: o["label"] for o in answer["options"]["indicator"]}
    assert labels["searched"].endswith("(no figures here)")
    assert f"stacktide refresh {source}" in answer["message"]["text"]
