"""World in the browser: read the map and the ranking, let time play, look at an economy; nothing leaves the machine."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]
HEADS = ("#map-title", "#map-subtitle", ".sums:not([hidden])", "#world-when")
both_widths = pytest.mark.parametrize("width", [1440, 390])


def drawn(page: Page) -> Locator:
    """The outlines of economies, once they are there."""
    shapes = page.locator("#map-chart .choroplethlayer path")
    expect(shapes.first).to_be_visible()
    return shapes


def shares(page: Page) -> dict[str, float]:
    """What the map shows, by name."""
    found: dict[str, float] = page.evaluate(
        "Object.fromEntries(document.querySelector('#map-chart .js-plotly-plot').data[1].customdata)"
    )
    return found


def ranking(page: Page) -> list[list[str]]:
    """Place, name and share of each line."""
    found: list[list[str]] = page.evaluate(
        "[...document.querySelectorAll('.economies:not([hidden]) li')].map(li => ["
        "li.dataset.rank, li.querySelector('a').textContent, li.querySelector('[data-number]').textContent])"
    )
    return found


def brazil(page: Page) -> tuple[float, float]:
    """Where it lies on the screen."""
    x, y = page.evaluate(
        "() => { const plot = document.querySelector('#map-chart .js-plotly-plot');"
        "const at = plot._fullLayout.geo._subplot.projection([-52, -12]); const box = plot.getBoundingClientRect();"
        "return [box.x + at[0], box.y + at[1]]; }"
    )
    return x, y


def agree(page: Page) -> None:
    """Map and ranking show the same figures, in the right order."""
    shown, listed = shares(page), ranking(page)
    assert len(listed) > 5
    values = [float(share.split()[0]) for _, _, share in listed]
    assert values == sorted(values, reverse=True)
    assert listed[0][0] == "1"
    for _, name, share in listed:
        if name in shown:
            assert float(share.split()[0]) == pytest.approx(shown[name], rel=0.006)
    assert len(set(shown) - {name for _, name, _ in listed}) == 0


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)], ids=["wide light", "narrow dark"])
def test_where_is_fastapi_at_home(open_page: Open, width: int, dark: bool) -> None:
    """The page's task: one address, no click; the answer stands in words, on the map and in the ranking."""
    page = open_page("/world?technology=fastapi", width=width, dark=dark)
    shapes = drawn(page)
    assert shapes.count() > 200
    agree(page)
    first = ranking(page)[0][1]
    expect(page.locator("#world-lead")).to_contain_text(f"FastAPI had its largest share in {first}")
    box = page.locator("#map-chart").bounding_box()
    assert box is not None
    assert box["y"] < 600, "the map begins on the first screen"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_another_technology_is_two_clicks_away(open_page: Open) -> None:
    page = open_page("/world", width=390)
    drawn(page)
    page.get_by_role("button", name="Filters").click()
    page.locator("#world-technology").click()
    page.locator(".dash-dropdown-search").fill("rust")
    page.get_by_role("option", name="Rust", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rust across the world")
    expect(page).to_have_url(re.compile(r"/world\?technology=rust"))
    agree(page)


def test_time_plays_without_asking_the_server(open_page: Open) -> None:
    page = open_page("/world?technology=python&to=2020-01-01")
    drawn(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/view/" in request.url else None)
    before = shares(page)
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#world-when")).to_contain_text(re.compile("2020 Q[34]"))
    assert asked == []
    page.get_by_role("button", name="Pause").click()
    expect(page).to_have_url(re.compile(r"to=202(0-07|0-10|[1-3]-\d\d)-01"))
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert len(asked) == 1
    assert shares(page) != before
    agree(page)
    page.go_back()
    expect(page).to_have_url(re.compile("to=2020-01-01"))
    expect(page.locator("#world-when")).to_contain_text("2020 Q1")
    assert shares(page) == before


def test_the_timeline_stops_at_its_end_and_says_again_what_it_said(open_page: Open) -> None:
    page = open_page("/world?technology=python&to=2023-07-01")
    drawn(page)
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#world-when")).to_contain_text("2024 Q1")
    expect(page).to_have_url(re.compile(r"/world\?technology=python$"))  # the newest needs no word
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.locator("#map-title")).to_have_text("Python, 2024 Q1")
    sums = page.locator(".sums:not([hidden])").text_content()
    page.get_by_role("button", name="Play").click()  # from the start again
    expect(page.locator("#world-when")).to_contain_text(re.compile("202[0-3] Q"))
    assert page.locator(".sums:not([hidden])").text_content() not in ("", sums)
    page.evaluate("window.dash_clientside.set_props('world-technology', { value: 'rust' })")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rust across the world")
    expect(page.locator("#world-when")).to_contain_text("2024 Q1")  # as before it played
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.locator("#map-title")).to_have_text("Rust, 2024 Q1")


def test_who_wants_no_motion_goes_step_by_step(open_page: Open) -> None:
    page = open_page("/world?technology=python&to=2023-07-01")
    drawn(page)
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("to=2023-10-01"))
    page.wait_for_timeout(1200)  # longer than a period is played
    expect(page.locator("#world-when")).to_contain_text("2023 Q4")
    agree(page)


def test_what_is_played_is_what_the_server_says(open_page: Open) -> None:
    """The last period by the handle and by a new page: the same map and the same ranking."""
    page = open_page("/world?technology=python&to=2023-07-01")
    drawn(page)
    page.evaluate(
        "() => { const handle = document.getElementById('world-time'); handle.value = 11;"
        "handle.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    expect(page.locator("#world-when")).to_contain_text("2022 Q4")
    played, listed = shares(page), ranking(page)
    agree(page)
    words = [page.locator(part).text_content() for part in HEADS]
    page.goto(f"{page.url.partition('?')[0]}?technology=python&to=2022-10-01")
    drawn(page)
    assert played == pytest.approx(shares(page), rel=1e-5)
    assert listed == ranking(page)
    fresh = [page.locator(part).text_content() for part in HEADS]
    assert words == fresh


def test_the_handle_can_be_moved_with_the_keyboard(open_page: Open) -> None:
    page = open_page("/world?technology=python&to=2022-01-01")
    drawn(page)
    page.locator("#world-time").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("to=2022-04-01"))
    expect(page.locator("#world-time")).to_have_attribute("aria-valuetext", "2022 Q2")


def test_an_economy_by_the_ranking_with_the_keyboard(open_page: Open) -> None:
    page = open_page("/world?technology=python")
    drawn(page)
    page.locator("#world-ranking").get_by_role("link", name="Switzerland").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("region=CH"))
    expect(page.get_by_role("heading", name="Python in Switzerland")).to_be_visible()
    expect(page.locator("#world-lead")).to_contain_text("Switzerland: ")
    expect(page.locator("#world-ranking [aria-current]")).to_have_text("Switzerland")


@both_widths
def test_an_economy_by_the_map(open_page: Open, width: int) -> None:
    page = open_page("/world?technology=python", width=width)
    drawn(page)
    expect(page.locator(".still-cover")).to_have_count(0)
    page.locator("#map-chart").scroll_into_view_if_needed()
    page.mouse.move(*brazil(page))
    expect(page.locator("#map-chart .hoverlayer")).to_contain_text("Brazil: ")
    page.mouse.click(*brazil(page))
    expect(page).to_have_url(re.compile("region=BR"))
    expect(page.get_by_role("heading", name="Python in Brazil")).to_be_visible()
    expect(page.locator("#world-ranking [aria-current]")).to_have_text("Brazil")
    expect(page.locator("#world-lead")).to_contain_text("Brazil: ")
    page.mouse.click(*brazil(page))
    expect(page.get_by_role("heading", name="Python in the world")).to_be_visible()
    expect(page.locator("#world-ranking [aria-current]")).to_have_count(0)


def test_the_table_is_the_map_in_figures(open_page: Open) -> None:
    page = open_page("/world?technology=python")
    drawn(page)
    page.locator("#map-card").get_by_role("button", name="Table").click()
    cell = page.locator("#map-table-panel .ag-cell").filter(has_text=ranking(page)[0][1])
    expect(cell.first).to_be_visible()


def test_a_wrong_address_says_what_to_do(open_page: Open) -> None:
    page = open_page("/world?technology=pythn&region=FR")
    expect(page.locator("#message")).to_contain_text("pythn")
    drawn(page)
