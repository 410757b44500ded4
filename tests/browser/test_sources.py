"""Walks through the page Sources, as a reader and as an operator take them."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOKEN = "correct horse battery staple"
BAD_REQUEST = "status of 400"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def address(
    tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., AbstractContextManager[str]]
) -> Iterator[str]:
    """A server that only who knows the token may order about, and whose way to publishers ends in silence."""
    folder: Path = tmp_path_factory.mktemp("sources") / "home"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        variables = {"HTTPS_PROXY": proxy, "https_proxy": proxy, "NO_PROXY": "", "no_proxy": ""}
        with serve(folder, "--no-scheduler", STACKTIDE_ADMIN_TOKEN=TOKEN, **variables) as found:
            yield found


def sign_in(page: Page) -> None:
    page.get_by_role("button", name="Sign in to refresh").click()
    expect(page.get_by_label("Admin token")).to_be_focused()
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are signed in")).to_be_visible()


def test_a_reader_sorts_looks_and_comes_back(open_page: Open) -> None:
    page = open_page("/sources")
    rows = page.locator(".sources tbody tr")
    assert rows.count() >= 20
    expect(page.get_by_role("columnheader", name="State")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("link", name="Rows").click()
    expect(page).to_have_url(re.compile(r"sort=-rows$"))
    expect(page.get_by_role("columnheader", name="Rows")).to_have_attribute("aria-sort", "descending")
    link = page.get_by_role("link", name="PYPL PopularitY")
    link.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"sort=-rows&source=pypl$"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    for section in ("Runs", "Schedule", "Unknown names", "About this source"):
        expect(page.get_by_role("heading", name=section)).to_be_visible()
    expect(page.get_by_role("button", name="Refresh now")).to_be_hidden()
    page.go_back()
    expect(link).to_be_focused()
    assert page.title() == "Sources - Stacktide"


def test_a_link_opened_elsewhere_shows_the_source(open_page: Open) -> None:
    page = open_page("/sources?source=github_ranking")
    expect(page.get_by_role("heading", level=1)).to_have_text("GitHub Ranking")
    page.get_by_role("link", name="All sources").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sources")


def test_a_wrong_token_is_told_in_the_form(open_page: Open) -> None:
    page = open_page("/sources", tolerate=("status of 401", "401: "))
    page.get_by_role("button", name="Sign in to refresh").click()
    page.keyboard.type("guess")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").get_by_text("This is not the admin token")).to_be_visible()
    assert page.context.cookies() == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign in to refresh")).to_be_focused()


def test_refresh_now_watch_and_cancel(open_page: Open) -> None:
    page, other = open_page("/sources?source=pypl"), open_page("/sources")
    sign_in(page)
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    page.get_by_role("button", name="Refresh now").press("Enter")
    expect(page.locator(".progress-words")).to_have_text(re.compile(r"part 1 of \d+ \(.+\), \d+ s"))
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    expect(page.get_by_role("progressbar", name="Parts of the refresh")).to_be_visible()
    other.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(other.locator('[data-live="pypl"]')).to_have_text(re.compile("refreshing, 1 of"))
    expect(other.get_by_role("button", name="Cancel")).to_be_hidden()
    page.get_by_role("button", name="Cancel").press("Enter")
    expect(page.locator(".runs tbody tr").first).to_contain_text("interrupted")
    expect(page.get_by_role("button", name="Refresh now")).to_be_focused()
    expect(page.locator("#sources-said")).to_contain_text("last good state stays")


def test_the_schedule(open_page: Open) -> None:
    page = open_page("/sources?source=pypl", tolerate=(BAD_REQUEST, "400: "))
    sign_in(page)
    page.get_by_label("Cron text").fill("61 5 * * mon")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").get_by_text("The field minute of the cron text")).to_be_visible()
    expect(page.get_by_label("Cron text")).to_be_focused()
    expect(page.get_by_label("Cron text")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Cron text").fill("30 5 * * mon")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_role("button", name="Save").click()
    said = page.locator("#source-schedule")
    expect(said).to_contain_text("On Mondays at 05:30 Europe/Berlin (set here")
    page.get_by_role("button", name="Pause").click()
    expect(said).to_contain_text("It is paused")
    expect(page.get_by_role("button", name="Resume")).to_be_focused()
    page.get_by_role("button", name="Resume").click()
    expect(said).not_to_contain_text("It is paused")
    page.get_by_label("Every so many hours").check()
    page.get_by_label("Hours between two runs").fill("12")
    page.get_by_role("button", name="Save").click()
    expect(said).to_contain_text("Every 12 hours")
    page.get_by_role("button", name="Back to the default").click()
    expect(said).to_contain_text("the default of its cadence")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Cron text")).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", ["/sources", "/sources?source=pypl"])
def test_a_phone_shows_all_without_scrolling_sideways(open_page: Open, path: str, dark: bool) -> None:
    page = open_page(path, width=390, height=844, dark=dark)
    expect(page.locator(".scrolling").first).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0
    box = page.locator(".scrolling").first
    box.evaluate("(box) => { box.scrollLeft = 200; }")
    first = box.locator("tbody th").first.bounding_box()
    frame = box.bounding_box()
    assert first is not None
    assert frame is not None
    assert abs(first["x"] - frame["x"]) < 3, "the first column stays in sight"
