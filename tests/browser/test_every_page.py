"""What holds for every page, found by itself: quiet, as wide as the window, open to all readers, nothing jumps.

One visit per page and width finds out all of it; the pages of one width share a context, so that scripts are fetched
once.
"""

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Listen = Callable[[Page], list[str]]

_spec = importlib.util.spec_from_file_location("stacktide_tests_addresses", Path(__file__).with_name("chromium.py"))
assert _spec is not None
assert _spec.loader is not None
_chromium = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_chromium)

PAGES = _chromium.addresses()
WIDTHS = (1440, 1024, 390)
SCHEMES: dict[int, Literal["light", "dark"]] = {1440: "light", 390: "dark"}  # axe takes longer than all the rest
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 250);
})"""

every_page = pytest.mark.parametrize("path", [path for _, path in PAGES], ids=[name for name, _ in PAGES])


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Iterator[dict[int, BrowserContext]]:
    """Width -> the context that its pages share."""
    made = {
        width: browser.new_context(viewport=ViewportSize(width=width, height=900), locale="en-GB") for width in WIDTHS
    }
    yield made
    for context in made.values():
        context.close()


@pytest.fixture(scope="module")
def mute(browser: Browser) -> Iterator[BrowserContext]:
    """A context without scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context
    context.close()


def settled(page: Page) -> None:
    """Wait until the live page has taken the place of the first paint, and its charts are drawn."""
    expect(page.locator("#first")).to_have_count(0)
    expect(page.locator(".still-cover")).to_have_count(0)


def hurdles(page: Page) -> list[str]:
    """Serious violations that axe finds, as they are told."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def test_there_are_pages() -> None:
    assert {"/", "/use-case", "/trends", "/technology", "/sources"} <= {path for _, path in PAGES}


@every_page
@pytest.mark.parametrize("width", WIDTHS)
def test_it_is_quiet_fits_stays_in_place_and_is_open_to_all(
    contexts: dict[int, BrowserContext], listen: Listen, address: str, path: str, width: int
) -> None:
    page = contexts[width].new_page()
    complaints = listen(page)
    try:
        page.goto(address + path)
        page.locator("#results[data-tab]").wait_for()
        settled(page)
        assert page.evaluate(SHIFTS) < 0.02
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if scheme := SCHEMES.get(width):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no colour is found on its way
            expect(page.locator(f"html[data-theme={scheme}]")).to_have_count(1)
            told = hurdles(page)
            assert not told, f"{scheme}: " + "\n".join(told)
        if width < 1360:
            page.get_by_role("button", name="Pages").click()
            expect(page.get_by_role("navigation", name="Pages").get_by_role("link").first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        page.close()
    assert not complaints


@every_page
def test_it_can_be_read_without_scripts(mute: BrowserContext, address: str, path: str) -> None:
    page = mute.new_page()
    try:
        page.goto(address + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("navigation", name="Pages").get_by_role("link").first).to_be_visible()
    finally:
        page.close()


def test_the_rules_would_notice(contexts: dict[int, BrowserContext], address: str) -> None:
    page = contexts[1440].new_page()
    page.goto(address + "/methods")
    settled(page)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/assets/favicon.svg\">')")
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    page.close()
    assert "image-alt" in {each["id"] for each in found}
