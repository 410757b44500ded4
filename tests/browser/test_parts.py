"""Walks through what pages are put together from, on a page that has all of it (example_pages)."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import FrameLocator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def address(
    tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., AbstractContextManager[str]]
) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("parts") / "home"
    with serve(folder, "--no-scheduler", examples=True) as found:
        yield found


def card(page: Page | FrameLocator, name: str) -> "Page":
    return page.locator(f'[data-card="{name}"]')  # type: ignore[return-value]


def test_each_card_has_a_chart_a_table_and_a_legend_of_its_own(open_page: Open) -> None:
    page = open_page("/example/python")
    share, rank = card(page, "share"), card(page, "rank")
    expect(share.locator(".main-svg .trace").first).to_be_attached()
    share.get_by_role("button", name="Table").click()
    expect(share.get_by_role("columnheader", name="Python")).to_be_visible()
    expect(share.locator(".chart-panel")).to_be_hidden()
    expect(rank.locator(".chart-panel")).to_be_visible()
    rank.get_by_role("button", name="Python").click()
    hidden = """(name) => document.querySelector(`[data-card="${name}"] .js-plotly-plot`).data
        .filter((t) => t.visible === false).map((t) => t.legendgroup)"""
    page.wait_for_timeout(300)
    assert set(page.evaluate(hidden, "rank")) == {"python"}
    assert page.evaluate(hidden, "share") == []
    # a new view keeps the table open, with the new figures in it
    page.get_by_role("link", name="Python and Go").click()
    expect(share.get_by_role("columnheader", name="Go")).to_be_visible()


def test_a_card_without_figures_says_why_and_the_note_unfolds(open_page: Open) -> None:
    page = open_page("/example/python")
    expect(card(page, "empty").get_by_text("No figures here")).to_be_visible()
    expect(card(page, "empty").get_by_role("button", name="Table")).to_be_hidden()
    share = card(page, "share")
    share.get_by_text("Source: PYPL").click()
    expect(share.get_by_text("It does not mean")).to_be_visible()


def test_the_ranking_is_sorted_in_place(open_page: Open) -> None:
    page = open_page("/example/python")
    table = page.get_by_role("table", name="Languages by share")
    names = table.locator("tbody th a")
    assert names.all_inner_texts() == ["Python", "Java", "Rust"]
    table.get_by_role("button", name="Momentum").click()
    table.get_by_role("button", name="Momentum").click()
    assert names.all_inner_texts() == ["Rust", "Java", "Python"]
    expect(table.get_by_role("columnheader", name="Momentum")).to_have_attribute("aria-sort", "ascending")
    table.get_by_role("button", name="Name").click()
    assert names.all_inner_texts() == ["Java", "Python", "Rust"]


def test_the_selection_travels_between_pages(open_page: Open) -> None:
    page = open_page("/example/rust?use_case=systems&indicator=pypl_languages")
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages.get_by_role("link", name="Trends")).to_have_attribute(
        "href", "/trends?use_case=systems&technology=rust"
    )
    pages.get_by_role("link", name="Sources").click()
    expect(page.locator(".sources tbody tr").first).to_be_visible()
    trends = page.get_by_role("navigation", name="Pages").get_by_role("link", name="Trends")
    expect(trends).to_have_attribute("href", re.compile("use_case=systems&technology=rust"))
    page.reload()
    expect(trends).to_have_attribute("href", re.compile("use_case=systems&technology=rust"))
    trends.click()
    expect(page.locator("#technology")).to_contain_text("Rust")


def test_pages_with_an_id(open_page: Open) -> None:
    page = open_page("/example")
    page.get_by_role("link", name="Python", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Python")
    page.goto(page.url.replace("/example/python", "/example/PYTHON?region=DE"))
    expect(page).to_have_url(re.compile(r"/example/python\?region=DE$"))
    page.get_by_role("button", name="Region").wait_for()


def test_an_unknown_id_names_the_nearest(open_page: Open, address: str) -> None:
    page = open_page("/example/python", tolerate=("404",))
    page.goto(f"{address}/example/pyton")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Python", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Python")


@pytest.fixture
def somebodys_page() -> Iterator[Callable[[str], str]]:
    """The address of a page of another origin that frames a given one."""
    framed: list[str] = []

    class Somebody(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<link rel="icon" href="data:,"><iframe src="{framed[0]}" width="700"></iframe>'.encode())

        def log_message(self, *_: object) -> None:
            pass

    def of(address: str) -> str:
        framed.append(address)
        return f"http://127.0.0.1:{server.server_address[1]}/"

    with ThreadingHTTPServer(("127.0.0.1", 0), Somebody) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield of
        server.shutdown()


def test_only_an_embedded_chart_stands_in_a_frame_of_another_site(
    open_page: Open, address: str, somebodys_page: Callable[[str], str]
) -> None:
    page = open_page("/example/python", tolerate=("elsewhere",))
    page.goto(somebodys_page(f"{address}/example/python?embed=1&chart=rank"))
    frame = page.frame_locator("iframe")
    expect(card(frame, "rank").locator(".main-svg .trace").first).to_be_attached()
    expect(card(frame, "share")).to_have_count(0)
    expect(frame.locator(".embed-source")).to_contain_text("Source: PYPL")
    expect(frame.get_by_role("link", name="Open the whole page")).to_have_attribute("href", "/example/python")
    card(frame, "rank").get_by_role("button", name="Table").click()
    expect(card(frame, "rank").get_by_role("columnheader", name="Python")).to_be_visible()


def test_a_mistake_in_the_code_is_told_in_place(open_page: Open) -> None:
    page = open_page("/example/python", tolerate=("500",))
    page.evaluate(
        """() => { const link = document.createElement("a"); link.href = "?fail=1"; link.dataset.view = "true";
        link.textContent = "fail"; document.querySelector("main").append(link); link.click(); }"""
    )
    expect(page.locator("#unanswered")).to_contain_text(
        re.compile(r"the log says why under [0-9a-f]{8}\. What you see")
    )
    share = card(page, "share")
    expect(share.locator(".chart-panel")).to_be_visible()
    page.get_by_role("link", name="Python and Go").click()
    expect(page.locator("#unanswered")).to_be_hidden()
    expect(share.get_by_role("list", name="Series")).to_contain_text("Go")


def test_a_page_that_could_not_be_made_is_whole_when_asked_for_again(open_page: Open, address: str) -> None:
    page = open_page("/example/python", tolerate=("500",))
    page.goto(f"{address}/example/python?fail=1")
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"the log says why under [0-9a-f]{8}"))
    expect(page.locator("#first")).to_have_count(0)
    page.evaluate("history.replaceState(null, '', '/example/python')")
    page.get_by_role("link", name="Try again").click()
    expect(card(page, "share").locator(".main-svg .trace").first).to_be_attached()


def test_keys(open_page: Open) -> None:
    page = open_page("/example/python")
    expect(page.locator("#first")).to_have_count(0)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog.get_by_text("Go to Trends")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).to_have_count(0)
    page.locator("h1").focus()
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile("/trends"))


def test_figures_in_the_readers_way_of_writing(open_page: Open) -> None:
    page = open_page("/example/python")
    page.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML("beforeend",
        '<p id="probe"><span data-number="1234.5">1,234.5</span> <time data-date="2026-08-01">2026-08-01</time></p>')"""
    )
    expect(page.locator("#probe")).to_have_text("1,234.5 1 Aug 2026")  # the context reads en-GB
