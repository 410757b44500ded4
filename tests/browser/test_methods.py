"""The tasks of Methods and of Python in front: from a cold start to the answer."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]
WIDTHS = pytest.mark.parametrize("width", [1440, 390])


def go(page: Page, name: str, width: int) -> None:
    """Follow a link of the header."""
    expect(page.locator("#first")).to_have_count(0)
    if width < 1000:
        page.get_by_role("button", name="Pages").click()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    expect(page.locator("#first")).to_have_count(0)


@WIDTHS
def test_which_framework_for_a_data_app_in_python(open_page: Open, width: int) -> None:
    page = open_page("/trends", width=width)
    go(page, "Python in front", width)
    meter = page.get_by_role("list", name="The leading one of each place")
    expect(meter.get_by_role("listitem").filter(has_text="Data apps")).to_contain_text("Streamlit")
    expect(meter).to_be_in_viewport()
    meter.get_by_role("link", name="Data apps").click()
    table = page.get_by_role("region", name="Data apps: downloads per million from PyPI")
    expect(table).to_be_in_viewport()
    names = table.get_by_role("rowheader")
    assert {"Streamlit", "Gradio", "Dash"} <= set(" ".join(names.all_inner_texts()).split())
    section = page.locator("#data-apps")
    expect(section.get_by_role("heading", name="What is not seen")).to_be_visible()
    section.locator("summary", has_text="What is seen of each").click()
    seen = section.get_by_role("region", name="what is seen of each technology")
    expect(seen.get_by_role("rowheader", name="Anvil")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_chart_of_a_place_has_its_table(open_page: Open) -> None:
    page = open_page("/python-in-front")
    expect(page.locator("#first")).to_have_count(0)
    card = page.locator("#desktop-card")
    card.get_by_role("button", name="Table").click()
    expect(card.get_by_role("columnheader", name="PyQt")).to_be_visible()


@WIDTHS
def test_how_momentum_is_computed(open_page: Open, width: int) -> None:
    page = open_page("/trends", width=width)
    go(page, "Methods", width)
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="Momentum").click()
    method = page.locator("#momentum")
    expect(method.get_by_role("heading", name="Momentum")).to_be_in_viewport()
    expect(method).to_contain_text("median of")
    expect(method.get_by_role("table")).to_be_visible()
    assert page.url.endswith("#momentum")


@WIDTHS
def test_an_address_with_an_anchor_leads_to_its_part(open_page: Open, width: int) -> None:
    page = open_page("/methods#source-top-pypi", width=width)
    expect(page.locator("#source-top-pypi").get_by_role("heading")).to_be_in_viewport()
    page.locator("#source-top-pypi").get_by_text("breaks of method").click()
    expect(page.locator("#source-top-pypi").get_by_text("The list was cut from 5000 to 4000 packages.")).to_be_visible()
