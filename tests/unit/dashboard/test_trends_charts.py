"""The views of Trends beside lines: what is drawn, against figures worked out here; and first releases."""

import json
import re
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from dashboard.charts import panels
from dashboard.charts.still_panels import drawn
from dashboard.components.view import View
from dashboard.data import Data
from dashboard.pages.trends import view as page_view
from dashboard.selection import parse
from dashboard.views import series, trends_view
from dashboard.views.releases import releases
from etl.catalog import Catalog

# pushers, quarter by quarter: python 100 to 200 by 20, go 50, excel 200
SUMS = [350, 370, 390, 410, 430, 450]


def named(answer: dict[str, Any], technology: str) -> list[dict[str, Any]]:
    return [trace for trace in answer["figure"]["data"] if trace.get("meta") == technology]


def test_panels_share_one_scale_and_each_holds_one_technology(data: Data) -> None:
    answer = trends_view(data, "indicator=pushers&view=multiples&value=absolute")
    figure = answer["figure"]
    layout = figure["layout"]
    axes = [layout[name] for name in layout if name.startswith("yaxis")]
    assert len(axes) == 3
    assert len({tuple(axis["range"]) for axis in axes}) == 1
    low, high = axes[0]["range"]
    assert low == 0
    assert high > 200
    assert [a["text"] for a in layout["annotations"] if a["name"] == "panel"] == [
        "<b>Excel</b>",
        "<b>Python</b>",
        "<b>Go</b>",
    ]
    assert {t["meta"]: t["yaxis"] for t in figure["data"] if "meta" in t} == {"excel": "y", "python": "y2", "go": "y3"}
    assert named(answer, "python")[0]["y"] == [100, 120, 140, 160, 180, 200]
    assert answer["legend"] is False
    assert "3 panels on one scale" in answer["sentence"]
    assert "Python most up, from 100 to 200" in answer["sentence"]


def test_panels_draw_breaks_and_ranks_from_the_top(data: Data) -> None:
    stars = trends_view(data, "indicator=stars&view=multiples&value=absolute")["figure"]["data"]
    breaks = [trace for trace in stars if trace["name"] == "break"]
    assert [trace["x"] for trace in breaks] == [["2025-01-01", "2025-01-01"]] * 2
    (python,) = [trace for trace in stars if trace.get("meta") == "python"]
    assert None in python["y"]
    ranks = trends_view(data, "indicator=pushers&view=multiples&value=rank")["figure"]["layout"]
    bottom, top = ranks["yaxis"]["range"]
    assert bottom > 3
    assert top < 1


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 7, 10, 40, 60])
@pytest.mark.parametrize("narrow", [False, True])
def test_no_two_panels_overlap(number: int, narrow: bool) -> None:
    columns, rows, pixels = panels.grid(number, narrow=narrow)
    assert columns * rows >= number > columns * (rows - 1)
    places = panels._places(number, columns, rows, pixels, panels.LEFT)
    names = ["", *(str(i + 1) for i in range(1, number))]
    boxes = [(*places[f"xaxis{n}.domain"], *places[f"yaxis{n}.domain"]) for n in names]
    assert len(boxes) == number
    for left, right, bottom, top in boxes:
        assert 0 <= left < right <= 1
        assert 0 <= bottom < top <= 1
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert a[1] < b[0] or b[1] < a[0] or a[3] < b[2] or b[3] < a[2]


def test_ranks_are_named_at_their_ends_and_ties_share_a_name(data: Data) -> None:
    answer = trends_view(data, "indicator=pushers&view=rank")
    assert answer["selection"]["value"] == "rank"
    assert named(answer, "python")[0]["y"] == [2, 2, 2, 2, 2, 1]
    ends = {a["text"]: a["y"] for a in answer["figure"]["layout"]["annotations"] if a["name"] == "end"}
    assert ends == {"Excel, Python": 1, "Go": 3}
    assert "Python most up, from 2 to 1" in answer["sentence"]
    worst, best = answer["figure"]["layout"]["yaxis"]["range"]
    assert worst > 3
    assert best < 1


def test_a_changed_field_of_ranked_technologies_is_told(data: Data) -> None:
    (told,) = trends_view(data, "indicator=stars&view=rank")["note"]["missing"]
    assert told.startswith(
        "1 to 2 technologies are ranked, in 1 of 6 periods not the same ones as in the period before"
    )
    assert trends_view(data, "indicator=pushers&view=rank")["note"]["missing"] == []


def test_overlapping_figures_are_stacked_as_shares_of_those_shown(data: Data) -> None:
    answer = trends_view(data, "indicator=pushers&view=area")
    layers = answer["figure"]["data"]
    assert [layer["name"] for layer in layers] == ["Excel", "Python", "Go"]
    told = {layer["meta"]: layer["y"] for layer in layers}
    assert told["go"] == pytest.approx([100 * 50 / each for each in SUMS])
    assert [sum(column) for column in zip(*told.values(), strict=True)] == pytest.approx([100] * 6)
    assert answer["figure"]["layout"]["yaxis"]["range"] == [0, 100]
    assert answer["subtitle"] == "World, quarterly, percent of the people of the 3 technologies shown"
    assert "change when others are chosen" in answer["note"]["shown"]
    assert answer["filename"].endswith("share-of-shown-2026-08")
    half = trends_view(data, "indicator=pushers&view=area&technology=python,go")
    assert named(half, "go")[0]["y"] == pytest.approx([100 * 50 / (each - 200) for each in SUMS])


def test_parts_of_a_whole_are_stacked_as_they_are_and_never_across_a_break(data: Data) -> None:
    answer = trends_view(data, "indicator=stars&view=area")
    assert answer["subtitle"] == "World, quarterly, percent of all stars"
    before, after = named(answer, "python")
    assert (before["y"], after["y"]) == ([25, 25, 25, 25], [12.5, 12.5])
    assert before["stackgroup"] != after["stackgroup"]
    assert before["x"][-1] < "2025-01-01" <= after["x"][0]
    go = named(answer, "go")[0]
    assert go["y"] == [0, 25, 25, 25], "a missing figure takes no room"
    table = {row["period"]: row.get("go") for row in answer["table"]["rows"]}
    assert table["2024-01-01"] is None, "but it is none in the table"
    assert "Together they hold 27.5 %" in answer["sentence"]


def test_shares_that_exceed_the_whole_together_are_of_those_shown(data: Data, rows: pd.DataFrame) -> None:
    rows.loc[(rows["indicator"] == "stars") & (rows["technology"] == "go"), "value"] = 390
    data.home.store.replace(rows)
    answer = trends_view(Data(data.home, data.catalog, recheck_seconds=0), "indicator=stars&view=area")
    assert answer["subtitle"].endswith("percent of the stars of the 2 technologies shown")


def test_an_unfinished_period_is_a_pale_layer_of_its_own(data: Data) -> None:
    layers = named(trends_view(data, "indicator=searched&view=area"), "python")
    assert [layer["x"][-1] for layer in layers] == ["2026-06-01", "2026-07-01"]
    assert layers[-1]["line"]["dash"] == "dash"
    assert layers[-1]["hovertemplate"][0] == ""


def test_year_on_year_is_percent_of_counts_and_points_of_shares(data: Data, rows: pd.DataFrame) -> None:
    answer = trends_view(data, "indicator=pushers&technology=python&value=year-on-year")
    assert named(answer, "python")[0]["y"] == pytest.approx([100 * (180 / 100 - 1), 100 * (200 / 120 - 1)])
    assert answer["subtitle"] == "World, quarterly, percent against the same quarter a year before"
    assert "Python +66.7 %" in answer["sentence"]
    older = rows[rows["indicator"] == "searched"].assign(
        period_start=lambda f: f["period_start"].str.replace("2026", "2025")
    )
    data.home.store.replace(pd.concat([rows, older.assign(value=lambda f: f["value"] - 4, status="final")]))
    shares = trends_view(Data(data.home, data.catalog, recheck_seconds=0), "indicator=searched&value=year-on-year")
    assert set(named(shares, "python")[0]["y"]) - {None} == {4}
    assert "points against the same month" in shares["subtitle"]
    assert "Python +4.00 points" in shares["sentence"]


def test_there_is_no_change_across_a_break(data: Data) -> None:
    answer = trends_view(data, "indicator=stars&value=year-on-year&technology=python")
    assert "a figure of the year before" in answer["message"]["text"]


def test_indicators_say_what_they_carry_and_those_without_anything_come_last(data: Data) -> None:
    options = trends_view(data, "technology=python,excel")["options"]["indicator"]
    labels = [option["label"] for option in options]
    assert labels == ["Pushers (2 of 2)", "Developers (all together)", "Searched (1 of 2)", "Stars (1 of 2)"]
    options = trends_view(data, "indicator=stars&technology=excel")["options"]["indicator"]
    assert [(option["label"], option["group"]) for option in options[-2:]] == [
        ("Searched", "without figures of the chosen ones here"),
        ("Stars", "without figures of the chosen ones here"),
    ]
    options = trends_view(data, "region=NA")["options"]["indicator"]
    assert "Pushers (1)" in [option["label"] for option in options]


PERIODS = pd.date_range("2010-01-01", "2020-12-01", freq="MS")


def test_only_cited_releases_within_the_span_are_marked(entries: Catalog) -> None:
    every = [facts.technology for facts in entries.facts]
    found = [release for release in releases(entries, every, PERIODS, "M") if release.version is None]
    days = {release.technology: release for release in found}
    facts = entries.facts_of["fastapi"]
    assert facts.first_release is not None
    assert days["fastapi"].when == facts.first_release
    assert days["fastapi"].source == facts.first_release_source
    assert "django" not in days, "of 2005"
    assert [release.day for release in found] == sorted(release.day for release in found)
    assert all(date(2010, 1, 1) < release.day < date(2021, 1, 1) for release in found)
    expected = {f.technology for f in entries.facts if f.first_release and "2010-01-01" < f.first_release < "2021"}
    assert set(days) == expected - {f.technology for f in entries.facts if f.first_release == "2010-01-01"}
    assert releases(entries, every, PERIODS[:0], "M") == []


def with_release(data: Data, when: str, **majors: list[tuple[str, str]]) -> Data:
    fact = {"technology": "go", "style": "micro", "language": "go"}
    fact |= {"first_release": when, "first_release_source": "https://example.org/go"}
    listed = [
        {
            "technology": technology,
            "source": f"https://example.org/{technology}/majors",
            "releases": [{"version": version, "date": day} for version, day in dated],
        }
        for technology, dated in majors.items()
    ]
    kept = json.loads(data.catalog.model_dump_json())
    return Data(data.home, Catalog.model_validate({**kept, "facts": [fact], "releases": listed}), recheck_seconds=0)


@pytest.mark.parametrize("view", ["lines", "multiples", "rank", "area"])
def test_a_release_is_marked_named_and_can_be_hidden(data: Data, view: str) -> None:
    released = with_release(data, "2024-05")
    query = f"indicator=pushers&view={view}"
    answer = trends_view(released, query)
    (mark,) = [a for a in answer["figure"]["layout"]["annotations"] if a["name"] == "release"]
    assert (mark["x"], mark["hovertext"]) == ("2024-05-15", "First release of Go: May 2024")
    assert answer["sentence"].endswith("First releases: Go 2024-05.")
    assert [r["source"] for r in answer["note"]["releases"]] == ["https://example.org/go"]
    hidden = trends_view(released, f"{query}&releases=hidden")
    assert not [a for a in hidden["figure"]["layout"]["annotations"] if a["name"] == "release"]
    assert "First releases" not in hidden["sentence"]
    assert (hidden["note"]["releases"], hidden["markable"]) == ([], 1)


@pytest.mark.parametrize("view", ["lines", "multiples", "rank", "area"])
def test_major_releases_are_marked_beside_first_ones(data: Data, view: str) -> None:
    released = with_release(
        data, "2024-05", python=[("4.0", "2024-12-07"), ("3.0", "2008-12-03")], go=[("2", "2025-01")]
    )
    query = f"indicator=pushers&view={view}"
    answer = trends_view(released, query)
    marks = {a["hovertext"]: a for a in answer["figure"]["layout"]["annotations"] if a["name"] == "release"}
    assert set(marks) == {"First release of Go: May 2024", "Python 4.0, Dec 7, 2024", "Go 2, Jan 2025"}
    assert [marks[words]["x"] for words in ("Python 4.0, Dec 7, 2024", "Go 2, Jan 2025")] == [
        "2024-12-07",
        "2025-01-15",
    ]
    colours = {t["meta"]: t["line"]["color"] for t in answer["figure"]["data"] if "meta" in t}
    assert marks["Python 4.0, Dec 7, 2024"]["font"]["color"] == colours["python"]
    assert answer["sentence"].endswith(
        "First releases: Go 2024-05. Major releases: Python 4.0 2024-12-07 and Go 2 2025-01."
    )
    told = answer["note"]["releases"]
    assert [(r["title"], r["first"], r["source"]) for r in told] == [
        ("Go", True, "https://example.org/go"),
        ("Python 4.0", False, "https://example.org/python/majors"),
        ("Go 2", False, "https://example.org/go/majors"),
    ]
    assert drawn(answer["figure"]).count('class="release"') == 3
    hidden = trends_view(released, f"{query}&releases=hidden")
    assert not [a for a in hidden["figure"]["layout"]["annotations"] if a["name"] == "release"]
    assert (hidden["note"]["releases"], hidden["markable"]) == ([], 3)


def majors(count: int) -> list[tuple[str, str]]:
    return [(str(number), f"{2024 + number // 12}-{number % 12 + 1:02}-20") for number in range(count)]


def test_many_technologies_keep_their_newest_majors_and_every_first_release(small: Catalog) -> None:
    months = pd.date_range("2023-01-01", "2030-01-01", freq="MS")
    fact = {"technology": "go", "style": "micro", "language": "go"}
    fact |= {"first_release": "2023-05", "first_release_source": "https://example.org/go"}
    entry = {"source": "https://example.org/majors"}

    def kept(technologies: list[str], count: int, *, panels: bool = False) -> dict[str, list[str | None]]:
        listed = [
            {**entry, "technology": t, "releases": [{"version": v, "date": d} for v, d in majors(count)]}
            for t in technologies
        ]
        catalog = Catalog.model_validate({**json.loads(small.model_dump_json()), "facts": [fact], "releases": listed})
        found = releases(catalog, technologies, months, "M", panels=panels)
        return {t: [release.version for release in found if release.technology == t] for t in technologies}

    assert kept(["go"], 8) == {"go": [None, *map(str, range(8))]}
    assert kept(["go", "python"], 8) == {"go": [None, *map(str, range(2, 8))], "python": [*map(str, range(2, 8))]}
    assert kept(["go", "python", "excel", "django"], 8)["go"] == [None, "5", "6", "7"]
    assert kept(["go", "python"], 8, panels=True)["python"] == ["5", "6", "7"]


def test_where_one_major_each_is_too_many_only_first_releases_stay(entries: Catalog) -> None:
    every = [technology.id for technology in entries.technologies]
    assert {release.version for release in releases(entries, every, PERIODS, "M")} == {None}
    assert {release.version is None for release in releases(entries, every, PERIODS, "M", panels=True)} == {True, False}


def shown(monkeypatch: pytest.MonkeyPatch, data: Data, query: str) -> View:
    monkeypatch.setattr("dashboard.pages.trends.current", lambda: data)
    return page_view(query)


def test_controls_that_say_nothing_of_a_view_are_hidden(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = ("value", "scale", "smooth", "releases")

    def hidden(query: str) -> list[bool]:
        props = shown(monkeypatch, data, query).props
        return [bool(props[f"{field}-field"]["hidden"]) for field in fields]

    assert hidden("indicator=pushers") == [False, False, False, True]
    assert hidden("indicator=pushers&view=rank") == [True, True, True, True]
    assert hidden("indicator=pushers&view=area") == [True, True, False, True]
    assert hidden("indicator=pushers&value=year-on-year") == [False, True, False, True]
    closed = {
        o["value"]: o["disabled"] for o in shown(monkeypatch, data, "indicator=developers").props["view"]["options"]
    }
    assert closed == {"lines": False, "multiples": True, "rank": True, "area": True}


def test_the_box_is_as_high_as_its_panels(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    style = shown(monkeypatch, data, "indicator=pushers&view=multiples").props["chart-box"]["style"]
    assert style == {"--tall": "320px", "--tall-narrow": f"{2 * panels.grid(3, narrow=True)[2]}px"}
    assert shown(monkeypatch, data, "indicator=pushers").props["chart-box"]["style"] == {}


def test_the_first_paint_draws_every_view(data: Data) -> None:
    multiples = drawn(trends_view(data, "indicator=pushers&view=multiples")["figure"])
    assert multiples.count('class="still-panel"') == 3
    assert "--columns:3;--columns-narrow:2;--rows:1;--rows-narrow:2" in multiples
    assert len(re.findall(r'<svg class="still"', multiples)) == 3
    ranks = drawn(trends_view(data, "indicator=pushers&view=rank")["figure"])
    assert 'class="still labelled"' in ranks
    assert ">Excel, Python</text>" in ranks
    area = drawn(trends_view(data, "indicator=stars&view=area")["figure"])
    assert area.count("<polygon") == 4, "two technologies, two stretches"
    assert drawn({}) == ""


def test_layers_of_the_first_paint_lie_on_top_of_each_other(data: Data) -> None:
    area = drawn(trends_view(data, "indicator=pushers&view=area")["figure"])
    layers = [
        [tuple(map(float, point.split(","))) for point in points.split()]
        for points in re.findall(r'<polygon points="([^"]+)"', area)
    ]
    assert len(layers) == 3
    for lower, upper in pairwise(layers):
        half = len(lower) // 2
        assert lower[:half] == upper[half:][::-1]
    assert {y for _, y in layers[-1][:6]} == {0.0}, "together they fill the box"


def test_the_api_gives_what_the_view_shows(data: Data) -> None:
    found = series(data, parse("indicator=pushers&view=area&value=index", data.catalog), date(2026, 9, 1), "http://t")
    rows = [row for batch in found.batches() for row in batch.to_pylist()]
    told = [row["shown_value"] for row in rows if row["technology"] == "go"]
    assert told == pytest.approx([100 * 50 / each for each in SUMS])
    assert {row["shown_unit"] for row in rows} == {"percent of the people of the 3 technologies shown"}
    assert found.about["selection"]["view"] == "area"
    assert found.about["link"].endswith("indicator=pushers&view=area")
