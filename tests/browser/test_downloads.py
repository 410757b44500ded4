"""What a reader takes along: pictures, files and texts, by mouse and by keyboard; and what is said when it fails."""

import csv
import io
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pandas as pd
import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]
TWO = "/?technology=python,rust&from=2020-01-01&value=index"
SVG = "{http://www.w3.org/2000/svg}"


def opened(page: Page, label: str = "Download this chart") -> Page:
    """The page with a menu open."""
    page.get_by_role("button", name=label).click()
    expect(page.get_by_role("menu")).to_be_visible()
    return page


def taken(page: Page, item: str, group: str | None = None) -> tuple[str, Path]:
    """The name and the place of the file that an item of the open menu gives."""
    where = page.get_by_role("group", name=group) if group else page
    with page.expect_download() as waiting:
        where.get_by_role("menuitem", name=item, exact=True).click()
    return waiting.value.suggested_filename, Path(waiting.value.path())


def series(page: Page) -> list[str]:
    page.locator("#chart .scatterlayer .trace").first.wait_for(state="attached")
    return list(page.locator(".legend button").all_inner_texts())


# ---- the menu ------------------------------------------------------------------------------------------------------


def test_the_menu_by_keyboard(open_page: Open) -> None:
    page = open_page(TWO)
    button = page.get_by_role("button", name="Download this page")
    expect(button).to_have_attribute("aria-haspopup", "menu")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    item = page.get_by_role("menuitem", name="PNG", exact=True)
    expect(item).to_be_focused()
    item.press("ArrowRight")
    expect(page.get_by_role("menuitem", name="PNG, 2×")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("menuitem", name="Python", exact=True)).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    first = page.get_by_role("group", name="This view").first.get_by_role("menuitem", name="CSV", exact=True)
    expect(first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    button.press("ArrowUp")
    expect(page.get_by_role("menuitem", name="Python", exact=True)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("menu")).to_be_hidden()
    expect(button).to_be_focused()
    button.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("menu")).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('.menu, .opener') === null"), "Tab leads on, past the button"


def test_a_menu_goes_when_the_reader_turns_elsewhere(open_page: Open) -> None:
    page = opened(open_page(TWO))
    page.locator("h1").click()
    expect(page.get_by_role("menu")).to_be_hidden()
    opened(page)
    page.get_by_role("button", name="Download this chart").click()
    expect(page.get_by_role("menu")).to_be_hidden()


def test_chart_table_and_page_have_the_menu(open_page: Open) -> None:
    page = opened(open_page(TWO))
    expect(page.get_by_role("group", name="Picture of the chart")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#tab").get_by_text("Table", exact=True).click()
    opened(page, "Download this table")
    expect(page.get_by_role("group", name="Picture of the chart")).to_be_hidden()
    expect(page.get_by_role("menuitem", name="Table as Markdown")).to_be_visible()
    expect(page.get_by_role("group", name="This view").first.get_by_role("menuitem").first).to_be_focused()


def test_nothing_shown_is_nothing_to_take(open_page: Open) -> None:
    page = open_page("/?use_case=games&indicator=pypl_databases")
    expect(page.get_by_role("status").filter(has_text="No figures here")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Download this"))).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_menu_is_a_sheet_on_a_phone(open_page: Open, dark: bool) -> None:
    page = opened(open_page(TWO, width=390, height=844, dark=dark))
    box = page.locator(".menu[data-open]").bounding_box()
    assert box is not None
    assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 390, 844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = [
        i for i in page.get_by_role("menuitem").all() if i.is_visible() and (i.bounding_box() or {})["height"] < 36
    ]
    assert not small, "a finger meets each item"


@pytest.mark.parametrize("height", [900, 560])
@pytest.mark.parametrize("label", ["Download this chart", "Download this page"])
def test_the_menu_stays_in_the_window(open_page: Open, label: str, height: int) -> None:
    page = open_page(TWO, width=1100, height=height)
    series(page)
    page.get_by_role("button", name=label).scroll_into_view_if_needed()
    box = opened(page, label).locator(".menu[data-open]").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1100
    assert page.evaluate("document.documentElement.scrollWidth") <= 1100


# ---- pictures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("item", "scale"), [("PNG", 1), ("PNG, 2×", 2)])
def test_a_png_has_its_size(open_page: Open, item: str, scale: int) -> None:
    page = open_page(TWO)
    series(page)
    name, path = taken(opened(page), item)
    assert re.fullmatch(r"stacktide-[\w-]+\.png", name)
    assert name.endswith("-2x.png") == (scale == 2)
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(head[16:20], "big") == 1200 * scale
    assert int.from_bytes(head[20:24], "big") > 600 * scale


OVERLAPS = """() => {
  const whole = document.querySelector('svg').getBoundingClientRect();
  const ours = [...document.querySelectorAll('svg > text, svg > a > text')].filter((e) => !e.closest('svg svg'));
  const texts = [...ours, ...document.querySelectorAll('svg svg text')];
  const boxes = texts.map((e) => [e.textContent, e.getBoundingClientRect()]);
  const out = boxes.filter(([, b]) => b.left < whole.left || b.right > whole.right + 1 || b.bottom > whole.bottom);
  const cross = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4;
  const over = [];
  for (let i = 0; i < ours.length; i += 1)
    for (let j = i + 1; j < boxes.length; j += 1)
      if (cross(boxes[i][1], boxes[j][1])) over.push([boxes[i][0], boxes[j][0]]);
  return { texts: ours.length, out: out.map(([text]) => text), over };
}"""


def many(address: str, number: int) -> str:
    """The path of a view with so many series."""
    with urlopen(f"{address}/view/trends?indicator=languish_stars") as answer:
        options = json.load(answer)["props"]["technology"]["options"]
    return "/?indicator=languish_stars&technology=" + ",".join(option["value"] for option in options[:number])


@pytest.mark.parametrize("number", [2, 40])
@pytest.mark.parametrize("title", [None, "How often people look for a tutorial of each of these languages, " * 3])
def test_an_svg_holds_all_words_and_none_covers_another(
    open_page: Open, address: str, number: int, title: str | None
) -> None:
    page = open_page(many(address, number))
    names = series(page)
    assert len(names) >= number - 5
    if title:
        page.evaluate(
            """(title) => {
                const menu = document.getElementById('downloads');
                menu.dataset.offer = JSON.stringify({...JSON.parse(menu.dataset.offer), title});
            }""",
            title,
        )
    else:
        title = page.locator("h1").inner_text()
    for item, width in (("SVG", "1200"), ("SVG, 2×", "2400")):
        _, path = taken(page if page.get_by_role("menu").is_visible() else opened(page), item)
        root = ET.fromstring(path.read_text(encoding="utf-8"))
        assert (root.tag, root.get("width")) == (f"{SVG}svg", width)
        texts = [each.text for each in root.findall(f"{SVG}text")]
        link = root.find(f"{SVG}a")
        assert link is not None
        assert "".join(each.text or "" for each in link) == link.get("href") == page.url
        assert " ".join(text or "" for text in texts).startswith(title.strip())
        assert root.findtext(f"{SVG}title") == title
        said = " ".join(text or "" for text in texts)
        assert "Source: Languish, Languish authors" in said
        assert re.search(r"Retrieved on \d{4}-\d\d-\d\d\. \S+", said)
        assert set(names) <= set(texts)
        seen = open_page("/", width=2500, height=2500)
        seen.evaluate("(svg) => { document.body.innerHTML = svg; }", path.read_text(encoding="utf-8"))
        found = seen.evaluate(OVERLAPS)
        assert found["texts"] > len(names) + 3
        assert (found["out"], found["over"]) == ([], [])


def test_a_hidden_series_is_not_in_the_picture(open_page: Open) -> None:
    page = open_page(TWO)
    series(page)
    page.get_by_role("list", name="Series").get_by_role("button", name="Python").click()
    _, path = taken(opened(page), "SVG")
    texts = [each.text for each in ET.fromstring(path.read_text(encoding="utf-8")).findall(f"{SVG}text")]
    assert "Rust" in texts
    assert "Python" not in texts


def test_dashes_are_the_same_on_the_chart_and_in_its_picture(open_page: Open) -> None:
    pink = "django,ruby-on-rails,fastify,elixir,ejs,bun"
    page = open_page(f"/trends?indicator=innovation_graph_topic_pushers&technology={pink}")
    names = series(page)
    dashes = page.evaluate("document.querySelector('#chart .js-plotly-plot').data.map((trace) => trace.line.dash)")
    assert len(set(dashes)) == len(dashes) == len(names) == 6
    swatches = page.locator(".legend .swatch").evaluate_all("all => all.map((e) => getComputedStyle(e).background)")
    assert len(set(swatches)) == 6
    _, path = taken(opened(page), "SVG")
    marks = ET.fromstring(path.read_text(encoding="utf-8")).findall(f"{SVG}line[@stroke-dasharray]")
    assert [mark.get("stroke-dasharray") for mark in marks] == [d if d != "solid" else "none" for d in dashes]


# ---- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "ending", "options"),
    [
        ("CSV", "csv", []),
        ("CSV for spreadsheets", "csv", ["--spreadsheet"]),
        ("XLSX", "xlsx", []),
        ("JSON", "json", []),
        ("NDJSON", "ndjson", []),
        ("Parquet", "parquet", []),
        ("This view", "zip", []),
    ],
)
def test_a_file_is_the_one_that_the_command_writes(
    open_page: Open, home_folder: Path, tmp_path: Path, item: str, ending: str, options: list[str]
) -> None:
    page = opened(open_page(TWO))
    group = "Whole bundle (ZIP)" if ending == "zip" else "This view"
    name, path = taken(page, item, group)
    assert re.fullmatch(rf"stacktide-[\w-]+\.{ending}", name)
    target = tmp_path / name
    file_format = "bundle" if ending == "zip" else ending
    command = [sys.executable, "-m", "etl.cli", "export", "--home", str(home_folder), "--selection", page.url]
    command += ["--format", file_format, "--output", str(target), *options]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert path.read_bytes() == target.read_bytes()


def test_the_numbers_of_rows_are_those_of_the_files(open_page: Open) -> None:
    page = opened(open_page(TWO))
    told = {}
    for group in ("This view", "All rows of these series"):
        where = page.get_by_role("group", name=group)
        words = where.locator(".menu-beside").inner_text()
        _, path = taken(page, "CSV", group)
        told[group] = len(list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))))
        assert words == f"{told[group]:,} rows"
    assert 0 < told["This view"] < told["All rows of these series"]


def test_what_the_server_refuses_is_told_and_not_saved(open_page: Open) -> None:
    page = opened(open_page(TWO, tolerate=("400", "status of 400")))
    saved: list[str] = []
    page.on("download", lambda download: saved.append(download.suggested_filename))
    link = page.get_by_role("group", name="This view").first.get_by_role("menuitem", name="CSV", exact=True)
    link.evaluate("(link) => { link.href = link.href.replace('value=index', 'value=nonsense'); }")
    link.click()
    said = page.locator(".menu-told [role=status]")
    expect(said).to_contain_text("nonsense")
    expect(said).to_contain_text("share")
    expect(said).to_have_class("problem")
    assert not saved


def test_a_server_that_does_not_answer_is_told(open_page: Open) -> None:
    page = opened(open_page(TWO, tolerate=("/api/v1/", "Failed to load resource")))
    page.route("**/api/v1/**", lambda route: route.abort())
    page.get_by_role("group", name="This view").first.get_by_role("menuitem", name="JSON", exact=True).click()
    expect(page.locator(".menu-told [role=status]")).to_have_text("The server did not answer: try again.")


def as_if_large(page: Page) -> None:
    """Let the browser take the workbook of this view for a large one."""
    page.locator('[data-collection="series"][data-format="xlsx"]').evaluate(
        "(link) => { link.dataset.rows = '60000'; }"
    )


def test_a_large_workbook_is_made_in_the_background(open_page: Open) -> None:
    page = opened(open_page(TWO))
    begun: list[str] = []
    page.on("request", lambda request: begun.append(request.url) if request.method == "POST" else None)
    as_if_large(page)
    name, path = taken(page, "XLSX", "This view")
    assert [url.rsplit("/", 1)[1] for url in begun] == ["files"]
    assert name.endswith(".xlsx")
    assert len(pd.read_excel(path)) > 100
    expect(page.locator(".menu-told [role=status]")).to_have_text("The download begins.")
    expect(page.get_by_role("progressbar")).to_be_hidden()


def test_progress_is_shown_and_can_be_cancelled(open_page: Open) -> None:
    page = opened(open_page(TWO))
    asked: list[str] = []

    def answer(route: Route) -> None:
        method = route.request.method
        asked.append(method)
        job = {"id": "a" * 32, "state": "running", "rows_done": 30_000, "rows": 60_000, "link": None}
        route.fulfill(status={"POST": 202, "GET": 200, "DELETE": 204}[method], json=job)

    page.route("**/api/v1/files**", answer)
    page.route("**/api/v1/files/**", answer)
    as_if_large(page)
    page.get_by_role("group", name="This view").first.get_by_role("menuitem", name="XLSX").click()
    expect(page.get_by_role("progressbar", name="Rows of the file")).to_have_attribute("max", "100")
    expect(page.locator(".progress-words")).to_have_text("50 %, 30,000 of 60,000 rows")
    page.keyboard.press("Escape")
    opened(page)
    expect(page.locator(".progress-words")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".menu-told [role=status]")).to_have_text("Cancelled.")
    expect(page.get_by_role("progressbar")).to_be_hidden()
    page.wait_for_timeout(900)
    assert asked[0] == "POST"
    assert asked[-1] == "DELETE"


# ---- texts ---------------------------------------------------------------------------------------------------------


def copied(page: Page, item: str) -> str:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("menuitem", name=item, exact=True).click()
    expect(page.locator(".menu-told [role=status]")).to_have_text(f"Copied: {item}.")
    return str(page.evaluate("navigator.clipboard.readText()"))


def grid(page: Page) -> list[dict[str, Any]]:
    return list(page.evaluate("window.stacktide.state.view.lazy['table-panel'].component.props.rowData"))


def test_copy_link_and_table(open_page: Open) -> None:
    page = opened(open_page(TWO))
    assert copied(page, "Link") == page.url
    rows = list(csv.reader(io.StringIO(copied(page, "Table as CSV"))))
    shown = grid(page)
    assert rows[0][:1] == ["Period"]
    assert set(rows[0][1:3]) == {"Python", "Rust"}
    assert len(rows) == len(shown) + 1
    by_name = {"Python": "python", "Rust": "rust"}
    for line, row in zip(rows[1:], shown, strict=True):
        assert line[0] == row["period"]
        for name, text in list(zip(rows[0], line, strict=True))[1:3]:
            value = row[by_name[name]]
            assert (float(text) if text else None) == value
    markdown = copied(page, "Table as Markdown").splitlines()
    table = [line for line in markdown if line.startswith("|")]
    assert len(table) == min(len(shown), 60) + 2
    assert {line.count("|") for line in table} == {len(rows[0]) + 1}
    cells = [cell.strip() for cell in table[2].split("|")][1:-1]
    assert [float(cell) for cell in cells[1:3]] == pytest.approx([float(text) for text in rows[1][1:3]], rel=1e-5)
    assert any(line == f"The first 60 of {len(shown)} rows; all of them are at the link below." for line in markdown)
    assert any(line.startswith("Source: PYPL") for line in markdown)
    assert markdown[-1] == f"<{page.url}>"


def test_the_lines_of_python_read_the_same_figures(open_page: Open, tmp_path: Path) -> None:
    page = opened(open_page(TWO))
    lines = copied(page, "Python")
    assert lines.startswith("# ")
    assert "# Carbonnelle, P. PYPL" in lines
    assert f"# {page.url}\n" in lines
    script = tmp_path / "read.py"
    script.write_text(f"{lines}\nfigures.to_pickle('figures.pkl')\n", encoding="utf-8")
    subprocess.run([sys.executable, str(script)], check=True, capture_output=True, timeout=60, cwd=tmp_path)
    read = pd.read_pickle(tmp_path / "figures.pkl")
    assert pd.api.types.is_datetime64_any_dtype(read["period_start"])
    _, path = taken(page, "CSV", "This view")
    assert len(read) == len(pd.read_csv(path)) > 100
    shown = {
        (id_, row["period"]): row[id_] for row in grid(page) for id_ in ("python", "rust") if row.get(id_) is not None
    }
    keys = zip(read["technology"], read["period_start"].dt.strftime("%Y-%m-%d"), strict=True)
    assert dict(zip(keys, read["shown_value"], strict=True)) == pytest.approx(shown)


def test_a_browser_that_does_not_let_copy(open_page: Open) -> None:
    page = open_page(TWO)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')); }")
    opened(page)
    page.get_by_role("menuitem", name="Link", exact=True).click()
    box = page.get_by_role("textbox", name="Text to copy")
    expect(box).to_be_focused()
    expect(box).to_have_value(page.url)
    assert box.evaluate("(box) => box.value.slice(box.selectionStart, box.selectionEnd)") == page.url
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Download this chart")).to_be_focused()


# ---- other pages ---------------------------------------------------------------------------------------------------


def test_the_table_of_sources(open_page: Open) -> None:
    page = opened(open_page("/sources"), "Download this table")
    rows = page.locator(".sources tbody tr").count()
    expect(page.get_by_role("group", name="All sources").locator(".menu-beside")).to_have_text(f"{rows} rows")
    name, path = taken(page, "CSV", "All sources")
    assert name.endswith(".csv")
    assert len(pd.read_csv(path, keep_default_na=False)) == rows
    lines = list(csv.reader(io.StringIO(copied(page, "Table as CSV"))))
    assert len(lines) == rows + 1
    assert {len(line) for line in lines} == {9}
    assert lines[0][:2] == ["Source", "State"]
    assert all(line[1].isascii() for line in lines), "signs for the eye are left out"
    assert [x[0] for x in lines if "PYPL" in x[0]] == [
        "PYPL PopularitY of Programming Language index, Pierre Carbonnelle"
    ]


def test_the_runs_of_a_source(open_page: Open) -> None:
    page = opened(open_page("/sources?source=pypl"), "Download these runs")
    assert page.get_by_role("button", name="Download this table").count() == 0
    _, path = taken(page, "CSV", "Runs of this source")
    runs = pd.read_csv(path, keep_default_na=False)
    assert len(runs) == page.locator(".runs tbody tr").count() > 0
    assert set(runs["source"]) == {"pypl"}
    exec_lines = copied(page, "Python")
    assert "/api/v1/runs.csv?source=pypl" in exec_lines
