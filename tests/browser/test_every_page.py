"""What holds for every page, found by itself: quiet, as wide as the window, open to all readers, nothing jumps."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]

_spec = importlib.util.spec_from_file_location("stacktide_tests_addresses", Path(__file__).with_name("chromium.py"))
assert _spec is not None
assert _spec.loader is not None
_chromium = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_chromium)

PAGES = _chromium.addresses()
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 600);
})"""

every_page = pytest.mark.parametrize("path", [path for _, path in PAGES], ids=[name for name, _ in PAGES])


def settled(page: Page) -> None:
    """Wait until the live page has taken the place of the first paint, and its charts are drawn."""
    expect(page.locator("#first")).to_have_count(0)
    expect(page.locator(".still-cover")).to_have_count(0)


def test_there_are_pages() -> None:
    assert {"/trends", "/sources"} <= {path for _, path in PAGES}


@every_page
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_serious_hurdle_for_anybody(open_page: Open, path: str, dark: bool) -> None:
    page = open_page(path, dark=dark)
    settled(page)
    found = Axe().run(page).response["violations"]
    told = [
        f"{each['id']} ({each['impact']}): {each['help']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert not told, "\n".join(told)


@every_page
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_nothing_is_wider_than_the_window(open_page: Open, path: str, width: int) -> None:
    page = open_page(path, width=width)
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 390:
        page.get_by_role("button", name="Pages").click()
        expect(page.get_by_role("navigation", name="Pages").get_by_role("link").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@every_page
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_jumps_while_it_loads(open_page: Open, path: str, width: int) -> None:
    page = open_page(path, width=width)
    settled(page)
    assert page.evaluate(SHIFTS) < 0.02


@every_page
def test_it_can_be_read_without_scripts(browser: Browser, address: str, path: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(address + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("navigation", name="Pages").get_by_role("link").first).to_be_visible()
    finally:
        context.close()


def test_the_rules_would_notice(open_page: Open) -> None:
    page = open_page("/trends")
    settled(page)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/assets/favicon.svg\">')")
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    assert "image-alt" in {each["id"] for each in found}
