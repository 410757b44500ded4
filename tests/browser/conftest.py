"""One browser and one server for all walks; each test has a page of its own that must stay without complaint."""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize, expect

expect.set_options(timeout=40_000)  # how long a busy machine takes says nothing of the page


def _chromium() -> ModuleType:
    name = "stacktide_tests_chromium"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("chromium.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = _chromium()
    executable = chromium.find()
    if executable is None:
        absent = "no Chromium on PATH (chromium, chromium-browser or google-chrome)"
        if os.environ.get("CI") == "true":
            pytest.fail(absent)
        pytest.skip(absent)
    with chromium.browser(executable) as started:
        yield started


@pytest.fixture(scope="session")
def home_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that the server fills with the embedded data."""
    return tmp_path_factory.mktemp("browser") / "home"


@pytest.fixture(scope="session")
def address(home_folder: Path) -> Iterator[str]:
    with _chromium().served(home_folder) as found:
        yield found


Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Serve a home of its own, with options of the command and variables of its environment."""
    made: Serve = _chromium().served
    return made


Open = Callable[..., Page]
Listen = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def listen(address: str) -> Listen:
    """Collect what goes wrong in a page: messages, exceptions, requests that fail or that lead elsewhere."""

    def listened(page: Page) -> list[str]:
        heard: list[str] = []
        page.on("console", lambda m: heard.append(f"{m.type}: {m.text}") if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: heard.append(f"exception: {error}"))
        page.on("requestfailed", lambda r: heard.append(f"failed: {r.url}, {r.failure}") if _real(r.failure) else None)
        page.on("response", lambda r: heard.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
        page.on("request", lambda r: heard.append(f"elsewhere: {r.url}") if _elsewhere(r.url, address) else None)
        return heard

    return listened


def _real(failure: str | None) -> bool:
    """An answer that is no longer wanted is given up on purpose."""
    return "net::ERR_ABORTED" not in (failure or "")


Contexts = dict[tuple[int, int, bool], BrowserContext]


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[Contexts]:
    """Width, height, dark: the context of windows like that, shared so that scripts are fetched and compiled once."""
    made: Contexts = {}
    yield made
    for context in made.values():
        context.close()


@pytest.fixture
def open_page(browser: Browser, contexts: Contexts, address: str, listen: Listen) -> Iterator[Open]:
    """Open an address of the dashboard; at the end nothing may have gone wrong behind the reader's back.

    `tolerate` lists parts of messages that a test provokes on purpose. Each reader begins without cookies and storage.
    """
    heard: list[list[str]] = []
    tolerated: list[str] = []
    pages: list[Page] = []

    def opened(
        path: str = "/trends",
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        tolerate: tuple[str, ...] = (),
    ) -> Page:
        tolerated.extend(tolerate)
        window = (width, height, dark)
        if window not in contexts:
            contexts[window] = browser.new_context(
                viewport=ViewportSize(width=width, height=height),
                color_scheme="dark" if dark else "light",
                accept_downloads=True,
                locale="en-GB",
            )
        page = contexts[window].new_page()
        pages.append(page)
        page.set_default_timeout(40_000)
        heard.append(listen(page))
        page.goto(address + path)
        page.locator("#results[data-tab]").wait_for()
        return page

    yield opened
    for page in pages:
        with suppress(Error):  # a window that a test left elsewhere has no storage of ours
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    for context in {page.context for page in pages}:
        for page in context.pages:
            page.close()
        context.clear_cookies()
        context.clear_permissions()
    real = [each for page in heard for each in page if not any(part in each for part in tolerated)]
    assert not real, real


def _elsewhere(url: str, address: str) -> bool:
    return urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != urlsplit(address).netloc
