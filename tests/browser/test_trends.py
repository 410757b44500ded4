"""Walks through the page Trends, as a reader takes them."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from etl.home import Home

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]
LINES = """() => document.querySelector('#chart .js-plotly-plot').data
    .filter(t => t.showlegend !== false).map(t => ({name: t.name, id: t.legendgroup, x: [...t.x], y: [...t.y]}))"""


def lines(page: Page) -> list[dict[str, Any]]:
    """The series that the chart draws."""
    page.locator("#chart .scatterlayer .trace").first.wait_for(state="attached")
    return list(page.evaluate(LINES))


def until(page: Page, condition: str) -> None:
    """Wait for a condition; the page's policy forbids `wait_for_function`, which evaluates text."""
    page.evaluate(
        "() => new Promise((done, late) => { const look = () => ("
        + condition
        + ") ? done() : requestAnimationFrame(look);"
        " look(); setTimeout(() => late(new Error('in vain')), 10000); })"
    )


def choose(page: Page, label: str, option: str) -> None:
    """Take an option of a dropdown, found by typing where it can be searched."""
    page.get_by_role("button", name=label).click()
    search = page.get_by_role("searchbox")
    if search.count():
        search.fill(option)
    # an indicator says behind its name how many of the technologies it carries
    page.get_by_role("option", name=re.compile(rf"^{re.escape(option)}( \(.+\))?$")).click()
    page.keyboard.press("Escape")


def segment(page: Page, name: str, option: str) -> None:
    page.locator(f"#{name}").get_by_text(option, exact=True).click()


def has(page: Page, pattern: str) -> None:
    """Wait until the address is as it should, and the view is there."""
    expect(page).to_have_url(re.compile(pattern))
    expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")


def test_first_sight_needs_no_further_request(open_page: Open, address: str) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    assert len(lines(page)) == 10
    assert asked
    assert not [url for url in asked if "/view/" in url or "/api/" in url or "_dash-update" in url]
    expect(page.get_by_role("heading", level=1)).not_to_be_empty()
    expect(page.get_by_role("img", name=re.compile("lines"))).to_be_visible()
    expect(page.get_by_text("It does not mean")).to_be_visible()


def test_use_case_indicator_reload_and_back(open_page: Open) -> None:
    page = open_page()
    choose(page, "Use case", "Web back end")
    has(page, r"use_case=web-backend")
    choose(page, "Indicator", "Downloads from PyPI")
    has(page, r"use_case=web-backend.*indicator=pypi_downloads")
    title, shown = page.locator("h1").inner_text(), lines(page)
    assert title == "Downloads from PyPI"
    page.reload()
    assert lines(page) == shown
    expect(page.locator("h1")).to_have_text(title)
    expect(page.get_by_role("button", name="Use case")).to_contain_text("Web back end")
    page.go_back()
    has(page, r"\?use_case=web-backend$")
    expect(page.locator("h1")).not_to_have_text(title)
    page.go_back()
    has(page, r"/trends$")
    expect(page.get_by_role("button", name="Use case")).to_contain_text("Any use case")
    page.go_forward()
    has(page, r"\?use_case=web-backend$")


def test_an_address_opened_elsewhere_shows_the_same(open_page: Open) -> None:
    path = "/?technology=python,rust&value=index&smooth=3&from=2015-01-01"
    first, second = open_page(path), open_page(path)
    assert lines(first) == lines(second)
    assert {line["id"] for line in lines(first)} == {"python", "rust"}
    expect(first.locator("#smooth")).to_contain_text("3 months")


def test_choosing_technologies(open_page: Open) -> None:
    page = open_page("/?technology=python")
    expect(page.get_by_role("button", name="Technologies")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("rust")
    page.get_by_role("option", name="Rust", exact=True).click()
    has(page, r"technology=python,rust")
    page.keyboard.press("Escape")
    assert {line["name"] for line in lines(page)} == {"Python", "Rust"}
    page.get_by_role("button", name="Technologies").get_by_label("Clear").or_(
        page.locator("#technology .dash-dropdown-clear")
    ).first.click()
    expect(page.locator("#none-chosen")).to_be_visible()
    has(page, r"technology=python,rust")


def test_the_key_that_opens_the_list_is_not_searched_for(open_page: Open) -> None:
    page = open_page("/?technology=python")
    expect(page.get_by_role("button", name="Technologies")).to_be_visible()
    # the worst moment to let go of the key: the button has the focus, the list is not open yet
    page.evaluate(
        """() => document.getElementById("technology").addEventListener("focus", (event) =>
            event.target.dispatchEvent(new KeyboardEvent("keyup", {key: "/", bubbles: true})), {once: true})"""
    )
    page.keyboard.down("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.keyboard.up("/")


def test_presets(open_page: Open) -> None:
    page = open_page()
    page.get_by_text("Top 10 now").click()
    has(page, r"technology=([\w-]+,){9}[\w-]+$")
    page.get_by_text("Fastest rising").click()
    expect(page.get_by_role("status").get_by_text("Slope of the share")).to_be_visible()
    assert "preset" not in page.url


def test_ways_of_showing_values(open_page: Open) -> None:
    page = open_page("/?indicator=pypi_downloads&technology=flask,django")
    shares = lines(page)
    segment(page, "value", "Absolute")
    has(page, "value=absolute")
    absolute = lines(page)
    assert max(y for y in absolute[0]["y"] if y is not None) > 1000
    assert max(y for y in shares[0]["y"] if y is not None) <= 100
    segment(page, "value", "Index = 100")
    has(page, "value=index")
    assert any(abs(y - 100) < 1e-6 for line in lines(page) for y in line["y"] if y is not None)
    expect(page.get_by_role("button", name="Index = 100 at")).to_be_visible()
    segment(page, "value", "Rank")
    has(page, "value=rank")
    assert all(y == int(y) >= 1 for line in lines(page) for y in line["y"] if y is not None)
    expect(page.locator("#scale")).to_be_hidden()


def test_log_scale_and_smoothing(open_page: Open) -> None:
    page = open_page()
    segment(page, "scale", "Log")
    has(page, "scale=log")
    until(page, "document.querySelector('.js-plotly-plot').layout.yaxis.type === 'log'")
    choose(page, "Smoothing", "6 months")
    has(page, "scale=log&smooth=6")


def test_the_time_range_by_keyboard(open_page: Open) -> None:
    page = open_page()
    handle = page.get_by_role("slider", name="Start of the time range")
    handle.focus()
    page.keyboard.press("PageUp")
    has(page, r"from=\d{4}-\d\d-\d\d$")
    start = page.url[-10:]
    assert min(line["x"][0] for line in lines(page)) == start
    handle.focus()
    page.keyboard.press("Home")
    has(page, r"/trends$")


def test_the_table_equals_the_chart(open_page: Open) -> None:
    page = open_page("/?technology=python,rust")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    segment(page, "tab", "Table")
    has(page, "tab=table")
    grid = page.get_by_role("grid").or_(page.get_by_role("treegrid")).first
    expect(grid.get_by_role("columnheader", name="Python")).to_be_visible()
    assert not [url for url in asked if "/view/" in url]
    newest = max(lines(page), key=lambda line: line["id"] == "python")
    cell = page.locator('[row-id] [col-id="python"], .ag-row [col-id="python"]')
    shown = [float(text.replace(",", "")) for text in cell.all_inner_texts() if text]
    assert shown
    drawn = [y for y in newest["y"] if y is not None]
    assert all(any(abs(value - y) <= 1e-5 * max(1, abs(y)) for y in drawn) for value in shown[1:])
    page.reload()
    expect(page.get_by_role("columnheader", name="Python")).to_be_visible()
    segment(page, "tab", "Chart")
    expect(page.locator("#chart .main-svg").first).to_be_visible()


def test_the_csv_equals_screen_and_store(open_page: Open, home_folder: Path) -> None:
    page = open_page("/?technology=python,rust&from=2020-01-01")
    page.get_by_role("button", name="Download this chart").click()
    with page.expect_download() as waiting:
        page.get_by_role("group", name="This view").first.get_by_role("menuitem", name="CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"))))
    assert rows
    assert {row["technology"] for row in rows} == {"python", "rust"}
    table = page.evaluate("window.stacktide.state.view.lazy['table-panel'].component.props.rowData")
    screen = {(id_, row["period"]): row[id_] for row in table for id_ in ("python", "rust") if row.get(id_) is not None}
    exported = {(row["technology"], row["period_start"][:10]): float(row["value"]) for row in rows}
    assert exported == pytest.approx(screen)
    drawn = {
        (line["id"], x): y for line in lines(page) for x, y in zip(line["x"], line["y"], strict=True) if y is not None
    }
    assert drawn
    assert {key: exported[key] for key in drawn} == pytest.approx(drawn)
    stored = Home(home_folder).store.read(
        indicator=["pypl_languages"], technology=["python", "rust"], region=["WLD"], segment=["all"]
    )
    stored = stored[stored["period_start"] >= "2020-01-01"]
    keys = zip(stored["technology"].astype(str), stored["period_start"].dt.strftime("%Y-%m-%d"), strict=True)
    assert exported == pytest.approx(dict(zip(keys, stored["value"], strict=True)))


def test_an_empty_view_offers_a_way_on(open_page: Open) -> None:
    page = open_page("/?use_case=games&indicator=pypl_databases")
    message = page.get_by_role("status").filter(has_text="No figures here")
    expect(message).to_be_visible()
    expect(page.locator("#chart-box")).to_be_hidden()
    message.get_by_role("link").first.click()
    has(page, r"use_case=games&indicator=(?!pypl_databases)")
    expect(page.locator("#chart-box")).to_be_visible()
    assert lines(page)


def test_a_bad_address_is_told(open_page: Open) -> None:
    page = open_page("/?indicator=nonsense&value=nonsense")
    expect(page.get_by_role("status").filter(has_text="nonsense")).to_be_visible()
    assert lines(page)


def test_a_server_that_does_not_answer(open_page: Open) -> None:
    page = open_page(tolerate=("/view/", "Failed to load resource"))
    before = lines(page)
    page.route("**/view/**", lambda route: route.abort())
    segment(page, "value", "Rank")
    expect(page.get_by_role("alert")).to_contain_text("The server did not answer; what you see is the last view.")
    assert lines(page) == before
    page.unroute("**/view/**")
    page.get_by_role("button", name="Retry").click()
    has(page, "value=rank")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_late_answer_is_dropped(open_page: Open) -> None:
    page = open_page("/?technology=python")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/view/.*value=rank"), hold)
    segment(page, "value", "Rank")
    expect(page.locator("#results")).to_have_attribute("aria-busy", "true")
    segment(page, "value", "Index = 100")
    has(page, "value=index")
    for route in held:
        route.abort()
    expect(page.locator("#value .selected")).to_have_text("Index = 100")


@pytest.mark.parametrize("path", ["/trends", "/?tab=table", "/?use_case=games&indicator=pypl_databases"])
def test_a_phone_never_scrolls_sideways(open_page: Open, path: str) -> None:
    page = open_page(path, width=390, height=844)
    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Filters").click()
    expect(page.get_by_role("button", name="Use case")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_chart_is_on_a_phones_first_screen(open_page: Open) -> None:
    page = open_page("/trends", width=390, height=844)
    lines(page)
    box = page.locator("#chart-box").bounding_box()
    assert box is not None
    assert box["y"] < 420


CONTRAST = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const paper = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const found = [];
  const texts = 'h1, h2, p, dt, dd, a, .label, .segments label, .legend button, .dash-dropdown, .button';
  for (const e of document.querySelectorAll(texts)) {
    if (!e.offsetParent || !e.innerText.trim() || e.querySelector('input:disabled')) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(paper(e))].sort((x, y) => y - x);
    found.push([e.className || e.tagName, e.innerText.slice(0, 30), (a + 0.05) / (b + 0.05)]);
  }
  return found;
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_paper(open_page: Open, dark: bool) -> None:
    page = open_page("/?preset=rising", dark=dark)
    lines(page)
    assert page.evaluate("document.documentElement.dataset.theme") == ("dark" if dark else "light")
    found = page.evaluate(CONTRAST)
    assert len(found) > 40
    assert not [each for each in found if each[2] < 4.5]


def test_the_theme_is_switched_and_remembered(open_page: Open) -> None:
    page = open_page()
    switch = page.get_by_role("button", name="Theme")
    switch.click()
    expect(switch).to_contain_text("light")
    switch.click()
    expect(switch).to_contain_text("dark")
    page.reload()
    expect(page.get_by_role("button", name="Theme")).to_contain_text("dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.emulate_media(color_scheme="light")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_series_is_hidden_and_shown(open_page: Open) -> None:
    page = open_page("/?technology=python,rust")
    lines(page)
    visible = "document.querySelector('.js-plotly-plot').data.filter(t => t.visible !== false).map(t => t.legendgroup)"
    button = page.get_by_role("list", name="Series").get_by_role("button", name="Python")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    until(page, f"!({visible}).includes('python')")
    button.click()
    until(page, f"({visible}).includes('python')")


def test_every_control_is_reached_by_tab_and_has_a_name(open_page: Open) -> None:
    page = open_page()
    lines(page)
    names: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate(
                """() => {
                const e = document.activeElement;
                const by = (e.getAttribute('aria-labelledby') || '').split(' ');
                return [e.getAttribute('aria-label'), ...by.map(id => document.getElementById(id)?.innerText),
                e.innerText, e.closest('[role=group]')?.innerText].filter(Boolean).join(' ') }"""
            )
        )
    assert all(names[:40]), json.dumps(names)
    reached = " | ".join(names)
    for wanted in ("Skip to content", "Use case", "Kind", "Technologies", "Indicator", "Region", "Values", "Scale"):
        assert wanted in reached
    assert "Start of the time range" in reached
    for wanted in ("Download this chart", "Download this page"):
        assert wanted in reached
