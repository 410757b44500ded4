"""The page Data: sort, narrow, choose columns, take along, go back; grid, address and file stay the same."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]
LIVE = "#data-box[data-live]"


def row(page: Page, number: int = 0) -> list[str]:
    """The cells of one row of the grid, those that are pinned first."""
    cells = page.locator(f'#data-grid .ag-row[row-index="{number}"] .ag-cell')
    found = [(int(cell.get_attribute("aria-colindex") or 0), cell.inner_text()) for cell in cells.all()]
    return [text for _, text in sorted(found)]


def head(page: Page) -> list[str]:
    texts = page.locator("#data-grid .ag-header-cell")
    found = [(int(cell.get_attribute("aria-colindex") or 0), cell.inner_text().strip()) for cell in texts.all()]
    return [text for _, text in sorted(found)]


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_sort_narrow_and_go_back(open_page: Open) -> None:
    page = open_page("/data?indicator=pypl_languages&region=WLD")
    page.locator(LIVE).wait_for()
    expect(page.locator("#subtitle")).to_contain_text("from 1 source")
    many = page.locator("#subtitle").inner_text()
    page.get_by_role("columnheader", name="Value").click()
    expect(page).to_have_url(re.compile("sort=-value"))
    expect(page.locator('#data-grid .ag-row[row-index="0"]').first).to_contain_text("Python")
    filters = page.locator('#data-grid .ag-header-cell[col-id="technology_name"] .ag-header-cell-filter-button')
    filters.click()
    page.get_by_role("searchbox", name="Search Technology").fill("rus")
    page.get_by_role("checkbox", name="Rust", exact=True).check()
    expect(page).to_have_url(re.compile("technology=rust"))
    expect(page.locator('#data-grid .ag-row[row-index="0"]').first).to_contain_text("Rust")
    expect(page.locator("#data-technology")).to_contain_text("Rust")
    expect(page.locator("#subtitle")).to_contain_text("of 1 technology")
    page.keyboard.press("Escape")
    page.go_back()
    expect(page.locator("#subtitle")).to_have_text(many)
    expect(page.locator('#data-grid .ag-row[row-index="0"]').first).to_contain_text("Python")
    page.go_back()
    expect(page).not_to_have_url(re.compile("sort="))
    expect(page.get_by_role("columnheader", name="Period")).to_have_attribute("aria-sort", "descending")


def test_the_file_holds_what_the_grid_shows(open_page: Open, tmp_path: Path) -> None:
    page = open_page("/data?technology=python,rust&indicator=pypl_languages&region=WLD&sort=value")
    page.locator(LIVE).wait_for()
    page.locator("#data-fields").click()
    page.get_by_role("option", name="Region", exact=True).click()
    expect(page).to_have_url(re.compile("fields="))
    page.keyboard.press("Escape")
    expect(page.locator('#data-grid .ag-header-cell[col-id="region"]')).to_have_count(0)
    expect(page.locator('#data-grid .ag-row[row-index="3"]').first).to_be_visible()
    page.get_by_role("button", name="Download these rows").click()
    with page.expect_download() as begun:
        page.get_by_role("menuitem", name="CSV", exact=True).first.click()
    file = tmp_path / "rows.csv"
    begun.value.save_as(file)
    with file.open(encoding="utf-8", newline="") as content:
        found = list(csv.DictReader(content))
    assert list(found[0]) == query(page)["fields"].split(",")
    assert "region" not in found[0]
    assert page.locator("#subtitle").inner_text().startswith(f"{len(found):,} observations")
    for number in range(4):
        told = dict(zip(head(page), row(page, number), strict=True))
        assert told["Technology"] == found[number]["technology_name"]
        assert float(told["Value"]) == float(found[number]["value"])
        assert told["Status"].lower() == found[number]["status"]


def test_rows_come_as_they_are_scrolled_to(open_page: Open) -> None:
    page = open_page("/data?source=pypl")
    page.locator(LIVE).wait_for()
    with page.expect_request(lambda r: "offset=400" in r.url) as asked:
        page.evaluate("document.querySelector('#data-grid .ag-body-viewport').scrollTop = 34 * 420")
    assert "/api/v1/observations?" in asked.value.url
    expect(page.locator('#data-grid .ag-row[row-index="425"] .ag-cell').first).not_to_be_empty()
    total = page.locator("#subtitle").inner_text().split()[0].replace(",", "")
    assert page.locator("#data-grid [role=grid]").get_attribute("aria-rowcount") == str(int(total) + 1)


def test_a_picker_that_is_emptied_narrows_no_longer(open_page: Open) -> None:
    page = open_page("/data?source=pypl&technology=python")
    page.locator(LIVE).wait_for()
    page.locator("#data-source").get_by_role("button", name=re.compile("clear", re.IGNORECASE)).or_(
        page.locator("#data-source .dash-dropdown-clear")
    ).first.click()
    expect(page).not_to_have_url(re.compile("source="))
    expect(page.locator("#subtitle")).not_to_contain_text("from 1 source")


def test_what_the_api_refuses_is_told_in_place_and_tried_again(open_page: Open) -> None:
    page = open_page("/data?source=pypl", tolerate=("503",))
    page.locator(LIVE).wait_for()
    problem = {"title": "Busy", "detail": "Two large downloads are under way: try again in a minute."}

    def refuse(route: Route) -> None:
        route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(problem))

    page.route("**/api/v1/observations?*", refuse)
    page.get_by_role("columnheader", name="Value").click()
    told = page.locator("#data-told")
    expect(told).to_contain_text(problem["detail"])
    page.unroute("**/api/v1/observations?*")
    told.get_by_role("button", name="Try again").click()
    expect(told).to_be_empty()
    expect(page.locator('#data-grid .ag-row[row-index="0"] .ag-cell').first).not_to_be_empty()


def test_keyboard_reaches_rows_and_their_links(open_page: Open) -> None:
    page = open_page("/data?technology=rust&source=pypl")
    page.locator(LIVE).wait_for()
    page.get_by_role("columnheader", name="Technology").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator('#data-grid .ag-row[row-index="0"] .ag-cell-focus')).to_have_count(1)
    expect(page.get_by_role("grid", name="Observations")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/technology/rust"))


def test_a_telephone_shows_few_columns_and_scrolls_inside_alone(open_page: Open) -> None:
    page = open_page("/data?technology=python", width=390, height=844, dark=True)
    page.locator(LIVE).wait_for()
    expect(page).to_have_url(re.compile("fields=technology_name,period_start,value,unit,indicator"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


def test_paper_shows_the_first_rows(open_page: Open) -> None:
    page = open_page("/data?technology=python&source=pypl")
    page.locator(LIVE).wait_for()
    page.emulate_media(media="print")
    expect(page.locator(".data-first")).to_be_visible()
    expect(page.locator(".data-first caption")).to_contain_text(re.compile("The first 20 of"))
    expect(page.locator("#data-grid")).to_be_hidden()
