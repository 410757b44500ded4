"""Technology, as a reader walks it: from the list to one technology, to a trend, to its like."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]

both_widths = pytest.mark.parametrize("width", [1440, 390])


@both_widths
def test_a_technology_is_found_by_typing_a_few_letters(open_page: Open, width: int) -> None:
    page = open_page("/technology", width=width)
    entries = page.locator(".technologies > li:visible")
    assert entries.count() > 500
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    page.keyboard.type("fastapi")
    expect(page.get_by_text("found", exact=False).first).to_be_visible()
    assert entries.count() < 10
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="FastAPI")).to_be_visible()
    assert page.url.endswith("/technology/fastapi")


def test_the_list_is_searched_again_within_a_filter(open_page: Open) -> None:
    page = open_page("/technology?kind=language")
    page.get_by_role("searchbox", name="Search").fill("go")
    expect(page.locator(".technologies > li:visible").first).to_be_visible()
    page.get_by_role("searchbox", name="Search").fill("no such thing")
    expect(page.get_by_text("None of these")).to_be_visible()
    page.get_by_role("searchbox", name="Search").fill("")
    expect(page.locator(".technologies > li:visible").first).to_be_visible()
    assert page.evaluate("document.querySelectorAll('.technologies > li').length") < 200


@both_widths
def test_the_answer_is_on_the_first_screen(open_page: Open, width: int) -> None:
    page = open_page("/technology/django", width=width)
    lead = page.locator("#technology-lead")
    expect(lead).to_contain_text("Among frameworks for Web back end, Django is")
    expect(lead).to_be_in_viewport()
    expect(page.get_by_role("rowheader", name="People")).to_be_in_viewport()
    expect(page.locator(".standing tbody tr").first).to_contain_text("of 38")


@both_widths
def test_a_figure_leads_to_its_trend_and_the_address_tells_it(open_page: Open, width: int) -> None:
    page = open_page("/technology/django", width=width)
    page.get_by_role("link", name="Downloads from PyPI").click()
    card = page.locator('[data-card="trend"]')
    expect(card.get_by_role("heading", name="Downloads from PyPI")).to_be_in_viewport()
    assert "indicator=pypi_downloads" in page.url
    expect(card.locator(".main-svg .trace").first).to_be_attached()
    page.get_by_text("Absolute", exact=True).click()
    expect(page.locator("#trend-subtitle")).to_contain_text("downloads")
    expect(page).to_have_url(re.compile("value=absolute"))
    page.go_back()
    expect(page).not_to_have_url(re.compile("value=absolute"))


def test_another_use_case_changes_the_places(open_page: Open) -> None:
    page = open_page("/technology/django?use_case=full-stack")
    expect(page.locator("#technology-lead")).to_contain_text("frameworks for Full-stack web application")
    expect(page.locator(".standing tbody tr").first).to_contain_text("for Full-stack web application")


@both_widths
def test_its_like_are_one_press_away(open_page: Open, width: int) -> None:
    page = open_page("/technology/django", width=width)
    page.locator("#similar").get_by_role("link", name="Ruby on Rails").click()
    expect(page.get_by_role("heading", level=1, name="Ruby on Rails")).to_be_visible()
    compare = page.get_by_role("link", name="Compare Ruby on Rails with the first three")
    expect(compare).to_have_attribute(
        "href", re.compile(r"^/compare\?use_case=web-backend&technology=ruby-on-rails(,[a-z-]+){3}$")
    )


def test_a_technology_without_figures_says_what_to_do(open_page: Open) -> None:
    page = open_page("/technology/pyscript", width=390)
    expect(page.get_by_text("No figures of PyScript in this store")).to_be_visible()
    expect(page.locator("#trend")).to_be_hidden()
    page.get_by_role("link", name="What is missing, and why").click()
    expect(page.locator("#missing")).to_be_in_viewport()


def test_every_chart_has_its_table(open_page: Open) -> None:
    page = open_page("/technology/django")
    for name, head in (("trend", "Django"), ("regions", "Economy")):
        card = page.locator(f'[data-card="{name}"]')
        card.get_by_role("button", name="Table", exact=True).click()
        expect(card.get_by_role("columnheader", name=head)).to_be_visible()
