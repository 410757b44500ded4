"""The task of Compare: Django, Flask or FastAPI for an API? From a cold start to a decision record."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]
SVG = "{http://www.w3.org/2000/svg}"
THREE = "/compare?use_case=rest-api&technology=django,flask,fastapi"


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_a_ready_comparison_answers_in_one_click(open_page: Open, width: int, dark: bool) -> None:
    page = open_page("/compare", width=width, dark=dark)
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare")
    page.get_by_role("link", name=re.compile("^REST API")).click()
    expect(page.get_by_text(re.compile("comes first in [0-9]+ of [0-9]+ indicators")).first).to_be_in_viewport()
    expect(page).to_have_url(re.compile("use_case=rest-api&technology="))
    expect(page.locator('[data-card="profile"] .main-svg .trace').first).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Ready comparisons")).to_be_hidden()
    page.go_back()
    expect(page.get_by_role("heading", name="Ready comparisons")).to_be_visible()
    expect(page.locator('[data-card="profile"]')).to_be_hidden()


def test_from_nothing_to_a_comparison_and_back_without_a_reload(open_page: Open) -> None:
    page = open_page("/compare")
    loads: list[str] = []
    page.on("request", lambda r: loads.append(r.url) if r.is_navigation_request() else None)
    title, drawn = page.get_by_role("heading", level=1), page.locator('[data-card="profile"] .main-svg .trace')
    profile, ready = page.locator('[data-card="profile"]'), page.get_by_role("heading", name="Ready comparisons")

    def full(name: str) -> None:
        expect(title).to_have_text(name)
        expect(drawn.first).to_be_visible()
        expect(ready).to_be_hidden()

    def empty(name: str) -> None:
        expect(title).to_have_text(name)
        expect(ready).to_be_visible()
        expect(profile).to_be_hidden()

    def add(name: str) -> None:
        page.keyboard.press("/")
        page.keyboard.type(name)
        page.get_by_text(name, exact=True).last.click()
        page.keyboard.press("Escape")

    empty("Compare")
    add("Django")
    empty("Django, and what else?")
    add("Flask")
    full("Django and Flask")
    page.go_back()
    empty("Django, and what else?")
    page.go_back()
    empty("Compare")
    page.go_forward()
    page.go_forward()
    full("Django and Flask")
    page.go_back()
    page.go_back()
    empty("Compare")
    page.get_by_role("link", name=re.compile("^REST API")).click()
    expect(title).to_contain_text(": REST API")
    full(title.inner_text())
    expect(page.locator("#unanswered")).to_be_hidden()
    assert not loads, "a change of the selection is no new document"


def test_another_technology_joins_by_typing(open_page: Open) -> None:
    page = open_page(THREE)
    page.keyboard.press("/")
    page.keyboard.type("litestar")
    page.get_by_text("Litestar", exact=True).last.click()
    expect(page).to_have_url(re.compile("litestar"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Litestar")


@pytest.mark.parametrize("width", [1440, 390])
def test_places_sources_and_facts_are_read_side_by_side(open_page: Open, width: int) -> None:
    page = open_page(THREE, width=width)
    places = page.get_by_role("table", name="Place, percent and momentum by construct")
    expect(places.get_by_role("columnheader", name="FastAPI")).to_be_attached()
    expect(places.get_by_role("rowheader", name=re.compile("^People"))).to_be_attached()
    expect(places.locator("tbody td").first).to_contain_text(re.compile(r"\d+ of \d+"))
    sources = page.get_by_role("table", name="Why sources differ")
    expect(sources.get_by_role("cell", name=re.compile("Distinct people, bots excluded"))).to_be_attached()
    facts = page.get_by_role("table", name="Facts side by side")
    expect(facts.get_by_role("link", name="2018-12-05")).to_have_attribute("href", re.compile("^https://"))
    page.get_by_text("Kendall tau of each pair").click()
    expect(page.get_by_role("table", name="Agreement of each pair of sources")).to_be_visible()


def test_a_card_has_its_table_twin(open_page: Open) -> None:
    page = open_page(THREE)
    card = page.locator('[data-card="conflict"]')
    card.get_by_role("button", name="Table").click()
    expect(card.get_by_role("columnheader", name="FastAPI, place")).to_be_visible()


def test_a_picture_names_each_technology_with_the_shape_of_its_mark(open_page: Open) -> None:
    eight = "django,flask,spring,express,laravel,nestjs,koa,rails"
    page = open_page(f"/compare?technology={eight.replace('rails', 'ruby-on-rails')}")
    card = page.locator('[data-card="profile"]')
    card.locator(".main-svg .trace").first.wait_for(state="attached")
    symbols = card.locator(".swatch").evaluate_all("found => found.map((each) => each.dataset.symbol)")
    drawn = page.evaluate(
        """() => document.querySelector('[data-card="profile"] .js-plotly-plot').data
            .map((trace) => trace.marker.symbol)"""
    )
    assert symbols == drawn
    assert len(set(drawn)) == 8
    card.get_by_role("button", name=re.compile("^Download")).click()
    with page.expect_download() as saved:
        page.get_by_role("menuitem", name="SVG", exact=True).click()
    root = ET.fromstring(saved.value.path().read_text(encoding="utf-8"))
    shapes = [each.get("points", "circle") for each in root if each.tag in (f"{SVG}circle", f"{SVG}polygon")]
    assert len(shapes) == len(set(shapes)) == 8
    assert [len(shape.split()) for shape in shapes] == [1, 4, 4, 3, 3, 12, 12, 10]


def test_the_record_is_saved_with_the_address_of_this_server(open_page: Open, address: str) -> None:
    page = open_page(THREE)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as file").click()
    assert saved.value.suggested_filename == "decision-record.md"
    text = saved.value.path().read_text(encoding="utf-8")
    assert text.startswith("# Django, Flask or FastAPI for REST API?")
    assert f"]({address}{THREE})" in text


def test_the_record_is_copied(open_page: Open, address: str) -> None:
    page = open_page(THREE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as decision record").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert f"]({address}{THREE})" in page.evaluate("navigator.clipboard.readText()")


def test_one_is_too_few_and_nine_are_too_many(open_page: Open) -> None:
    page = open_page("/compare?technology=django")
    expect(page.get_by_text("A comparison needs two technologies")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Web back end")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Django")
    expect(page.locator('[data-card="profile"] .main-svg .trace').first).to_be_attached()
    page = open_page("/compare?technology=django,flask,fastapi,spring,express,laravel,nestjs,koa,hono")
    expect(page.get_by_text("the first 8 are compared")).to_be_visible()


def test_another_use_case_keeps_what_is_compared(open_page: Open) -> None:
    page = open_page(THREE)
    page.locator("#compare-use-case").click()
    page.get_by_text("Micro framework", exact=True).first.click()
    expect(page).to_have_url(re.compile("use_case=micro&technology=django,flask,fastapi"))
    expect(
        page.get_by_text("is not counted to Micro framework").or_(page.get_by_text("are not counted to"))
    ).to_be_visible()
