"""Charts without a script: what is drawn, where, and that it is well-formed."""

import re
from itertools import pairwise
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.sparkline import address, sparkline
from dashboard.charts.still import apart, still


def line(name: str = "A<b>", **more: Any) -> dict[str, Any]:
    plain = {"type": "scatter", "mode": "lines", "name": name, "line": {"color": "#123456", "dash": "dot", "width": 2}}
    days = ["2020-01-01", "2021-01-01", "2022-01-01", "2023-01-01", "2024-01-01"]
    return {**plain, "x": days, "y": [0, 10, None, 30, 40], **more}


def figure(*traces: dict[str, Any], **layout: Any) -> dict[str, Any]:
    return {"data": list(traces), "layout": {"yaxis": {"rangemode": "tozero", **layout.pop("yaxis", {})}, **layout}}


def polylines(svg: str) -> list[list[tuple[float, float]]]:
    found = [each for each in ET.fromstring(svg).iter() if each.tag.endswith("polyline")]
    return [[tuple(map(float, pair.split(","))) for pair in each.attrib["points"].split()] for each in found]  # type: ignore[misc]


def test_a_line_is_cut_where_a_value_is_missing_and_goes_from_corner_to_corner() -> None:
    first, second = polylines(still(figure(line())))
    assert [len(first), len(second)] == [2, 2]
    assert first[0][0] == 0
    assert first[0][1] == 1000
    assert second[-1][0] == 1000
    assert second[-1][1] < first[1][1]


def test_dash_circle_and_break_are_drawn() -> None:
    ends = line(marker={"symbol": "circle-open", "color": "#654321"})
    shape = {"name": "break", "type": "line", "x0": "2022-01-01", "x1": "2022-01-01"}
    number = {"name": "break", "x": "2022-01-01", "text": "1"}
    drawn = still(figure(ends, shapes=[shape], annotations=[number]))
    assert 'stroke-dasharray="2 4"' in drawn
    assert '<circle class="open"' in drawn
    assert 'stroke="#654321"' in drawn
    assert 'class="break"' in drawn
    assert ">1</text>" in drawn
    assert "break" not in still(figure(line()))


def test_a_reversed_axis_puts_the_best_rank_on_top() -> None:
    ((*points,),) = polylines(still(figure(line(y=[1, 2, 3, 4, 5]), yaxis={"autorange": "reversed", "rangemode": ""})))
    assert [y for _, y in points] == sorted(y for _, y in points)


def test_a_logarithmic_axis_leaves_zero_out_and_marks_powers_of_ten() -> None:
    drawn = still(figure(line(y=[0, 1, 10, 100, 1000]), yaxis={"type": "log", "rangemode": ""}))
    ((*points,),) = polylines(drawn)
    steps = {round(b[1] - a[1]) for a, b in pairwise(points)}
    assert len(points) == 4
    assert len(steps) == 1
    assert ">1k</text>" in drawn


@pytest.mark.parametrize(
    "data", [[], [{"type": "bar", "x": [1], "y": [2]}], [line(y=[None] * 5)], [line(x=list("abcde"))]]
)
def test_what_is_no_line_over_time_draws_nothing(data: list[Any]) -> None:
    assert still({"data": data, "layout": {}}) == ""


def test_names_are_escaped_and_labels_do_not_overlap() -> None:
    traces = [line(name=f"<script>{i}", y=[0, 1, 2, 3, 4 + i / 100]) for i in range(12)]
    drawn = still(figure(*traces), labels=True)
    assert "<script>" not in drawn
    places = sorted(float(y) for y in re.findall(r'class="end"[^>]* y="([\d.-]+)%"', drawn))
    assert len(places) == 12
    assert min(b - a for a, b in pairwise(places)) > 3.5


@given(st.lists(st.floats(0, 100), max_size=25).map(sorted))
def test_apart_keeps_order_gap_and_bottom(places: list[float]) -> None:
    moved = apart(places, 4.0)
    assert len(moved) == len(places)
    assert all(b - a >= 4.0 - 1e-9 for a, b in pairwise(moved))
    assert all(place <= 100 for place in moved)


def test_a_sparkline_is_cut_at_gaps_and_ends_in_a_dot() -> None:
    drawn = sparkline([1, 2, None, 3, 5])
    assert [len(each) for each in polylines(drawn)] == [2, 2]
    (dot,) = [each for each in ET.fromstring(drawn).iter() if each.tag.endswith("circle")]
    assert float(dot.attrib["cx"]) == 93
    assert float(dot.attrib["cy"]) == 3
    assert "polyline" not in sparkline([None, float("nan")])
    assert ET.fromstring(unquote(address(drawn).removeprefix("data:image/svg+xml,"))).tag.endswith("svg")
