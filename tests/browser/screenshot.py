"""Take the README's picture of the dashboard: `make screenshot` writes `screenshot.png` into the top folder."""

import sys
import tempfile
from pathlib import Path

import chromium

TARGET = Path(__file__).resolve().parents[2] / "screenshot.png"
ADDRESS = "/use-case/web-backend"


def main() -> int:
    """Start the dashboard on a new home with the embedded data, open a view, take the picture."""
    executable = chromium.find()
    if executable is None:
        print(
            "screenshot: there is no Chromium on PATH (chromium, chromium-browser or google-chrome).", file=sys.stderr
        )
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium.served(Path(folder) / "home") as address,
        chromium.browser(executable) as browser,
    ):
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
        page.goto(address + ADDRESS)
        page.locator(".main-svg .scatterlayer .trace").first.wait_for(state="attached")
        page.locator(".still-cover").first.wait_for(state="detached")
        page.screenshot(path=TARGET)
    print(f"screenshot: {TARGET.name} written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
