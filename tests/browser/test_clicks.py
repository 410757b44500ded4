"""From a cold start to the answer: the README's table of clicks, walked."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Listen = Callable[[Page], list[str]]
Step = Callable[[Page], Locator]

ROW = re.compile(r"^\| (?P<question>[^|]+\?) \| [^|]+ \| (?P<clicks>\d+) \|$", re.MULTILINE)


def link(name: str, part: str = "main") -> Step:
    """The link of that name in the page."""
    return lambda page: page.locator(part).get_by_role("link", name=name, exact=True).first


def header(name: str) -> Step:
    """A page in the header; on a narrow screen it is behind a button."""

    def found(page: Page) -> Locator:
        if (page.viewport_size or {"width": 0})["width"] < FOLDED:
            page.get_by_role("button", name="Pages").click()
        return link(name, "header")(page)

    return found


def pressed(page: Page, letters: str) -> Locator:
    """What is found by typing into the search that was clicked."""
    page.keyboard.type(letters)
    return page.get_by_role("option").first


WALKS: dict[str, tuple[list[Step], str]] = {
    "Which language, which framework for a web back end?": ([link("Web back end")], "Of the languages, Python"),
    "Django or FastAPI for an API?": (
        [header("Compare"), lambda page: page.get_by_role("link", name=re.compile("^REST API")).first],
        "FastAPI",
    ),
    "Does Django rise or fall?": (
        [lambda page: page.locator("#overview-find"), lambda page: pressed(page, "django")],
        "Among frameworks for Web back end, Django is",
    ),
    "What moved most since last year?": ([link("What moved most")], "What moved most since last year"),
    "How did the frameworks of a use case come to their places?": (
        [link("Web back end"), link("Trends of all of them")],
        "People who push, by topic",
    ),
    "What do job posts ask for?": ([header("Hiring")], "is named most, in"),
    "What do developers use, and what do they want?": ([header("Surveys")], "Used: "),
    "What is fast, and used?": ([header("Speed")], "in the faster half and in the half used more"),
    "Which framework for a data app in Python?": ([header("Python in front")], "of Streamlit (data apps)"),
    "In which economies is Python at home?": ([header("World")], "Python had its largest share in"),
    "Which observations lie behind the charts?": ([header("Data")], "observations of"),
    "How is momentum computed?": ([header("Methods"), link("Momentum")], "median of"),
    "How fresh are the figures?": ([link("How fresh each source is")], "sources that still publish are fresh"),
}


WINDOWS: list[tuple[int, Literal["light", "dark"]]] = [(1440, "light"), (1024, "dark"), (390, "light")]
THEMES: list[Literal["light", "dark"]] = ["light", "dark"]
FOLDED = 1360


def promised() -> dict[str, int]:
    """Question -> clicks, as the README tells them."""
    readme = Path(__file__).resolve().parents[2] / "README.md"
    return {found["question"]: int(found["clicks"]) for found in ROW.finditer(readme.read_text(encoding="utf-8"))}


def test_the_table_of_the_readme_is_what_is_walked() -> None:
    assert {question: len(steps) for question, (steps, _) in WALKS.items()} == promised()


@pytest.fixture(scope="module", params=WINDOWS, ids=lambda window: f"{window[0]}-{window[1]}")
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """What all walks in windows of one width and theme share: scripts are fetched once."""
    width, scheme = request.param
    made = browser.new_context(
        viewport=ViewportSize(width=width, height=900), color_scheme=scheme, locale="en-GB", reduced_motion="reduce"
    )
    yield made
    made.close()


@pytest.mark.parametrize("question", WALKS)
def test_the_answer_comes_with_so_many_clicks(
    context: BrowserContext, listen: Listen, address: str, question: str
) -> None:
    steps, answer = WALKS[question]
    page = context.new_page()
    complaints = listen(page)
    page.goto(address + "/")
    for step in steps:
        expect(page.locator("#first")).to_have_count(0)
        step(page).click()
    for scheme in THEMES:
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("body")).to_have_css("color-scheme", scheme)
        expect(page.locator("main").get_by_text(answer).first).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.close()
    assert not complaints
