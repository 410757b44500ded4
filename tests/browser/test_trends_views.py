"""The views of Trends beside lines: chosen, drawn, taken along, on wide and narrow windows."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]
RELEASED = "/trends?technology=fastapi,flask,svelte&indicator=github_chart_stars"
VIEWS = ("multiples", "rank", "area")


def drawn(page: Page) -> list[dict[str, Any]]:
    """The traces of the chart, once it stands."""
    expect(page.locator("#first")).to_have_count(0)
    expect(page.locator(".still-cover")).to_have_count(0)
    page.locator("#chart .scatterlayer .trace").first.wait_for(state="attached")
    return list(
        page.evaluate("""() => document.querySelector('#chart .js-plotly-plot').data
            .map(t => ({id: t.meta, x: [...t.x], y: [...t.y], axis: t.xaxis, group: t.stackgroup}))""")
    )


def choose(page: Page, name: str, option: str) -> None:
    page.locator(f"#{name}").get_by_text(option, exact=True).click()


def has(page: Page, pattern: str) -> None:
    expect(page).to_have_url(re.compile(pattern))
    expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")


def test_each_view_is_one_click_and_the_address_keeps_it(open_page: Open) -> None:
    page = open_page("/trends?technology=python,rust,go")
    assert len(drawn(page)) >= 3
    choose(page, "view", "Ranks")
    has(page, "view=rank")
    expect(page.locator("#value")).to_be_hidden()
    expect(page.locator("#legend")).to_be_hidden()
    places = [y for trace in drawn(page) for y in trace["y"] if y is not None]
    assert places
    assert all(y == int(y) >= 1 for y in places)
    expect(page.locator("#chart .annotation-text").filter(has_text="Python")).to_be_visible()
    choose(page, "view", "Share area")
    has(page, "view=area")
    expect(page.get_by_role("img", name=re.compile("layers.*Together they hold"))).to_be_visible()
    assert all(trace["group"] for trace in drawn(page))
    choose(page, "view", "Small multiples")
    has(page, "view=multiples")
    expect(page.get_by_role("img", name=re.compile("3 panels on one scale"))).to_be_visible()
    assert len({trace["axis"] for trace in drawn(page)}) == 3
    choose(page, "value", "Year on year")
    has(page, "view=multiples&value=year-on-year")
    page.reload()
    assert len({trace["axis"] for trace in drawn(page)}) == 3
    page.go_back()
    has(page, "view=multiples$")
    page.go_back()
    has(page, "view=area$")


def test_the_keyboard_walks_through_the_views(open_page: Open) -> None:
    page = open_page("/trends?technology=python,rust")
    drawn(page)
    page.locator("#view input:checked").focus()
    page.keyboard.press("ArrowRight")
    has(page, "view=multiples")
    page.keyboard.press("ArrowRight")
    has(page, "view=rank")


@pytest.mark.parametrize(("view", "width"), [("multiples", 1440), ("multiples", 390), ("rank", 390), ("area", 1440)])
def test_the_first_paint_has_the_size_of_what_replaces_it(
    open_page: Open, browser: Browser, address: str, view: str, width: int
) -> None:
    path = f"/trends?view={view}"
    context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 900})
    try:
        still = context.new_page()
        still.goto(address + path)
        expect(still.locator("#first svg.still").first).to_be_visible()
        first = still.locator("#first .chart-box").bounding_box()
    finally:
        context.close()
    page = open_page(path, width=width)
    drawn(page)
    then = page.locator("#chart-box").bounding_box()
    assert first is not None
    assert then is not None
    assert first == pytest.approx(then, abs=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    told = Axe().run(page).response["violations"]
    assert not [each["id"] for each in told if each["impact"] in ("serious", "critical")]


def test_forty_panels_stand_in_two_columns_on_a_phone(open_page: Open) -> None:
    languages = (
        "python,javascript,typescript,java,c,cpp,csharp,go,rust,php,ruby,swift,kotlin,scala,perl,lua,haskell,r,julia,"
        "dart,elixir,clojure,erlang,fsharp,ocaml,groovy,objective-c,matlab,powershell,shell,html,css,sql,nim,zig,"
        "crystal,d,fortran,cobol,prolog"
    )
    page = open_page(f"/trends?view=multiples&indicator=languish_stars&technology={languages}", width=390, height=844)
    number = len({trace["axis"] for trace in drawn(page) if trace["id"]})
    assert number >= 30
    lefts = page.evaluate(
        """() => { const l = document.querySelector('#chart .js-plotly-plot').layout;
        return [...new Set(Object.keys(l).filter(k => k.startsWith('xaxis')).map(k => l[k].domain[0]))] }"""
    )
    assert len(lefts) == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_releases_are_linked_and_can_be_hidden(open_page: Open) -> None:
    page = open_page(RELEASED)
    drawn(page)
    expect(page.locator("#chart .annotation-text").filter(has_text="▲")).to_have_count(6)
    line = page.locator("#released")
    for words in ("FastAPI 2018-12-05", "Flask 2.0 2021-05-11"):
        expect(line.get_by_role("link", name=words)).to_have_attribute("href", re.compile("^https://"))
    told = re.compile("First releases: Svelte 2016-11-26 and FastAPI .* Major releases: Svelte 2 2018-04-19, ")
    expect(page.get_by_role("img", name=told)).to_be_visible()
    choose(page, "releases", "Hidden")
    has(page, "releases=hidden")
    expect(page.locator("#chart .annotation-text")).to_have_count(0)
    expect(line).to_be_hidden()


def test_a_view_that_makes_no_sense_says_what_to_do(open_page: Open) -> None:
    page = open_page("/trends?view=area&indicator=web_benchmarks_throughput_percentile")
    expect(page.get_by_role("status").filter(has_text="No share area here")).to_contain_text("choose lines")
    expect(page.locator("#view").get_by_label("Share area")).to_be_disabled()
    assert drawn(page)


def test_indicators_are_listed_by_what_they_carry(open_page: Open) -> None:
    page = open_page("/trends?technology=fastapi,flask")
    page.get_by_role("button", name="Indicator").click()
    page.get_by_role("searchbox").fill("Downloads from PyPI")
    expect(page.get_by_role("option", name="Downloads from PyPI (2 of 2)", exact=True)).to_be_visible()
    page.get_by_role("searchbox").fill("")
    expect(page.get_by_text("Without figures of the chosen ones here")).to_be_attached()


@pytest.mark.parametrize("view", VIEWS)
def test_the_csv_equals_the_screen(open_page: Open, view: str) -> None:
    page = open_page(f"/trends?technology=django,flask,fastapi&indicator=innovation_graph_topic_pushers&view={view}")
    traces = drawn(page)
    page.get_by_role("button", name="Download this chart").click()
    with page.expect_download() as waiting:
        page.get_by_role("group", name="This view").first.get_by_role("menuitem", name="CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"))))
    told = {(row["technology"], row["period_start"][:10]): float(row["shown_value"]) for row in rows}
    screen = {
        (trace["id"], x): y for trace in traces if trace["id"] for x, y in zip(trace["x"], trace["y"], strict=True) if y
    }
    assert len(screen) > 20
    assert told == pytest.approx(screen)


def test_a_picture_of_panels_is_as_high_as_they_are(open_page: Open) -> None:
    page = open_page("/trends?view=multiples", width=390, height=844)
    drawn(page)
    page.get_by_role("button", name="Download this chart").click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name="SVG", exact=True).first.click()
    picture = Path(waiting.value.path()).read_text(encoding="utf-8")
    (height,) = re.findall(r'<svg[^>]* width="1200" height="(\d+)"', picture)
    assert int(height) > 600 + 100
    names = ("Python", "Java", "Swift")
    places = [re.search(rf'x="([\d.]+)"[^>]*>(?:<[^>]+>)*{name}<', picture) for name in names]
    assert all(places)
