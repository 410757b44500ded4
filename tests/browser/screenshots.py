"""Take pictures of every page: `make screenshots` writes them, whole pages, into `output` beside this file.

Three widths, light and dark. ARGS="trends sources" takes those pages only.
"""

import sys
import tempfile
from pathlib import Path

import chromium

TARGET = Path(__file__).with_name("output")
FILLED = [
    ("compare-filled", "/compare?use_case=rest-api&technology=django,flask,fastapi"),
    ("trends-multiples", "/trends?use_case=web-backend&view=multiples"),
    ("trends-rank", "/trends?use_case=web-backend&view=rank"),
    ("trends-area", "/trends?view=area"),
]
"""Pages that show more once something is chosen."""
WIDTHS = (1440, 1024, 390)


def main() -> int:
    """Start the dashboard on a new home with the embedded data, and visit each page in each form."""
    executable = chromium.find()
    if executable is None:
        print(
            "screenshots: there is no Chromium on PATH (chromium, chromium-browser or google-chrome).", file=sys.stderr
        )
        return 1
    wanted = [
        (name, path) for name, path in [*chromium.addresses(), *FILLED] if not sys.argv[1:] or name in sys.argv[1:]
    ]
    if not wanted:
        print(f"screenshots: there is no such page: {' '.join(sys.argv[1:])}.", file=sys.stderr)
        return 1
    TARGET.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium.served(Path(folder) / "home", "--no-scheduler") as address,
        chromium.browser(executable) as browser,
    ):
        for scheme in ("light", "dark"):
            for width in WIDTHS:
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
                page = context.new_page()
                for name, path in wanted:
                    page.goto(address + path)
                    page.locator("#results[data-tab]").wait_for()
                    page.locator(".still-cover").first.wait_for(state="detached")
                    page.locator(".ag-skeleton-container").first.wait_for(state="detached")
                    page.wait_for_timeout(300)  # the last colours fade in
                    page.screenshot(path=TARGET / f"{name}-{width}-{scheme}.png", full_page=True)
                context.close()
    print(f"screenshots: {len(wanted) * len(WIDTHS) * 2} pictures in {TARGET}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
