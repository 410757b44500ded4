"""The tasks of Hiring, Surveys and Speed, from a cold start to the answer."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]

both_sizes = pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])


@both_sizes
def test_what_job_posts_ask_for_is_read_without_a_click(open_page: Open, width: int, dark: bool) -> None:
    page = open_page("/hiring", width=width, dark=dark)
    answer = page.locator("#subtitle")
    expect(answer).to_have_text(re.compile(r"is named most, in .* % \(.* to .*\) of the posts"))
    expect(answer).to_be_in_viewport()
    expect(page.locator("#hiring-now-card .main-svg .trace").first).to_be_in_viewport()
    expect(page.locator("#hiring-now-subtitle")).to_have_text(re.compile(r"[0-9,]+ posts; lines are 95 % intervals"))
    rows = page.get_by_role("row")
    expect(
        rows.filter(has_text="Python").get_by_text(re.compile("surging|rising|steady|falling|fading"))
    ).to_be_visible()


def test_languages_alone_in_one_click_and_the_other_source_in_two(open_page: Open) -> None:
    page = open_page("/hiring")
    page.get_by_role("link", name="Languages").click()
    expect(page).to_have_url(re.compile("kind=language"))
    expect(page.get_by_role("row").filter(has_text="React")).to_have_count(0)
    page.locator("#hiring-indicator").click()
    page.get_by_role("option", name=re.compile("HN Hiring Trends")).or_(
        page.get_by_label("HN Hiring Trends")
    ).first.click()
    expect(page).to_have_url(re.compile("indicator=hiring_trends_mentions"))
    expect(page.locator("#message")).to_contain_text("its last month is May 2024")


def test_the_table_twin_holds_interval_and_number(open_page: Open) -> None:
    page = open_page("/hiring?technology=python,rust,java")
    card = page.locator('[data-card="hiring-now"]')
    card.get_by_role("button", name="Table").click()
    expect(card.get_by_role("columnheader", name="95 % from")).to_be_visible()
    expect(card.get_by_role("gridcell", name="Python")).to_be_visible()


@both_sizes
def test_what_developers_say_is_read_without_a_click(open_page: Open, width: int, dark: bool) -> None:
    page = open_page("/surveys", width=width, dark=dark)
    expect(page.locator("#subtitle")).to_have_text(re.compile("Used: .* leads with"))
    expect(page.locator("#subtitle")).to_be_in_viewport()
    expect(page.locator("#surveys-now-card .main-svg .trace").first).to_be_in_viewport()
    for question in ("Used", "Desired", "Admired", "Wanted"):
        expect(page.get_by_role("heading", name=f"{question}, over the years")).to_be_visible()
    expect(page.locator("#surveys-absent")).to_contain_text("stacktide refresh so_survey_respondents")


def test_questions_that_a_survey_does_not_ask_leave_no_empty_card(open_page: Open) -> None:
    page = open_page("/surveys?technology=python,rust")
    expect(page.get_by_role("heading", name="Use of languages, over the years")).to_be_visible()
    expect(page.get_by_role("heading", name="No further question")).to_have_count(0)


@both_sizes
def test_what_is_fast_and_used_is_read_without_a_click(open_page: Open, width: int, dark: bool) -> None:
    page = open_page("/speed", width=width, dark=dark)
    expect(page.locator("#subtitle")).to_have_text(re.compile("in the faster half and in the half used more"))
    expect(page.locator("#subtitle")).to_be_in_viewport()
    expect(page.locator("#speed-use-card .main-svg .trace").first).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Faster and used more")).to_be_visible()
    expect(page.get_by_role("link", name="ended on 24 March 2026")).to_be_visible()


def test_names_in_the_scatter_do_not_meet(open_page: Open) -> None:
    for width in (1440, 390):
        page = open_page("/speed", width=width)
        names = page.locator("#speed-use-card .textpoint text:visible")
        expect(names.first).to_be_visible()
        boxes = [b for b in (each.bounding_box() for each in names.all()) if b is not None]
        assert len(boxes) > 5
        for i, one in enumerate(boxes):
            for other in boxes[i + 1 :]:
                apart = (
                    one["x"] >= other["x"] + other["width"] - 1
                    or other["x"] >= one["x"] + one["width"] - 1
                    or one["y"] >= other["y"] + other["height"] - 3
                    or other["y"] >= one["y"] + one["height"] - 3
                )
                assert apart, (width, one, other)


def test_latency_in_one_click(open_page: Open) -> None:
    page = open_page("/speed?use_case=rest-api")
    page.get_by_text("Latency", exact=True).click()
    expect(page).to_have_url(re.compile("speed=web_benchmarks_latency_percentile"))
    expect(page.get_by_role("heading", name="Fast and used: latency and people")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Fast and used: throughput and people")).to_be_visible()
