"""The first page and the pages of use cases, as a reader walks them: from the question to the answer."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]

both_widths = pytest.mark.parametrize("width", [1440, 390])


def settled(page: Page) -> None:
    """Wait until the live page has taken the place of the first paint."""
    expect(page.locator("#first")).to_have_count(0)
    expect(page.locator(".still-cover")).to_have_count(0)


@both_widths
def test_the_first_screen_answers_and_one_click_explains(open_page: Open, width: int) -> None:
    page = open_page("/", width=width)
    settled(page)
    card = page.locator(".leading-card").filter(has_text="Web back end").first
    expect(card).to_be_in_viewport()
    expect(card.locator("ol").first.locator("li").first).to_contain_text("Python")
    card.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/use-case/web-backend"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Web back end")
    expect(page.locator("#use-case-answer")).to_be_in_viewport()
    expect(page.locator("#use-case-answer")).to_contain_text(re.compile(r"Python \(\d+ %\) leads"))


@both_widths
def test_a_use_case_is_found_by_typing(open_page: Open, width: int) -> None:
    page = open_page("/", width=width)
    settled(page)
    page.locator("#overview-find").click()
    page.keyboard.type("desktop")
    expect(page.get_by_role("option").first).to_contain_text("Desktop GUI (use case)")
    page.get_by_role("option").first.click()
    expect(page).to_have_url(re.compile(r"/use-case/desktop-gui"))


def test_a_technology_is_found_by_another_name_with_keys_alone(open_page: Open) -> None:
    page = open_page("/")
    settled(page)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("reactjs")
    expect(page.get_by_role("option", name="React (framework)", exact=True)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/technology/react"))


@both_widths
def test_what_moved_is_one_click_away(open_page: Open, width: int) -> None:
    page = open_page("/", width=width)
    settled(page)
    page.get_by_role("link", name="What moved most").click()
    expect(page.get_by_role("heading", name="What moved most since last year")).to_be_in_viewport()
    expect(page.locator("[data-indicator=pypl_languages] tbody tr").first).to_be_visible()


@both_widths
def test_the_evidence_of_the_ranking_can_be_switched(open_page: Open, width: int) -> None:
    page = open_page("/use-case/web-backend", width=width)
    settled(page)
    table = page.locator("#use-case-ranking table")
    first = table.locator("tbody tr").first.inner_text()
    page.locator("#use-case-indicator").click()
    page.get_by_role("option").filter(has_text="Job posts that name it").first.click()
    expect(page).to_have_url(re.compile(r"indicator=hiring_trends_mentions"))
    expect(page.locator("#use-case-ranking")).to_contain_text("n = ")
    assert table.locator("tbody tr").first.inner_text() != first
    page.go_back()
    expect(page.locator("#use-case-ranking")).to_contain_text("GitHub Innovation Graph")


def test_the_leading_three_go_to_compare(open_page: Open) -> None:
    page = open_page("/use-case/web-backend")
    settled(page)
    link = page.get_by_role("link", name=re.compile("^Compare "))
    expect(link).to_have_attribute("href", re.compile(r"^/compare\?use_case=web-backend&technology=\w+,[\w-]+,[\w-]+$"))
    trends = page.get_by_role("link", name="Trends of all of them")
    trends.click()
    expect(page).to_have_url(re.compile(r"/trends\?use_case=web-backend&indicator="))


def test_where_nothing_can_be_ranked_the_page_leads_on(open_page: Open) -> None:
    page = open_page("/use-case/python-in-browser")
    settled(page)
    expect(page.get_by_text("Nothing to rank")).to_be_visible()
    expect(page.locator("#use-case-ranking").get_by_role("link").first).to_be_visible()
