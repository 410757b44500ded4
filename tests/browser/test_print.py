"""A page on paper: charts in the width of A4, none cut and none over other text, and afterwards as they were."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]

A4 = 703  # pixels: 210 mm less the margins

PLACES = """() => {
  const boxes = [...document.querySelectorAll("main .chart-box")].filter((b) => b.querySelector(".main-svg"));
  return boxes.map((box) => {
    const card = box.closest(".chart-panel").getBoundingClientRect();
    const drawn = box.querySelector(".main-svg").getBoundingClientRect();
    return { width: drawn.width, height: drawn.height,
      inside: drawn.left >= card.left && drawn.right <= card.right + 1 && drawn.bottom <= card.bottom + 1 };
  });
}"""


@pytest.mark.parametrize("path", ["/trends", "/hiring", "/world"])
def test_charts_fit_the_paper_and_come_back(open_page: Open, path: str) -> None:
    page = open_page(path, dark=True)
    page.locator(".still-cover").first.wait_for(state="detached")
    before = page.evaluate(PLACES)
    assert before
    page.set_viewport_size({"width": A4, "height": 1000})
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    printed = page.evaluate(PLACES)
    assert len(printed) == len(before)
    assert all(place["inside"] and place["width"] >= 300 for place in printed), printed
    assert page.evaluate("document.documentElement.scrollWidth") <= A4
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"), "dark is for screens"
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.wait_for_function(
        f"JSON.stringify(({PLACES})().map(p => p.width)) === '{[p['width'] for p in before]}'.replaceAll(' ', '')"
    )
