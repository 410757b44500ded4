"""`stacktide`, with the pages of `example_pages` beside the dashboard's own."""

from pathlib import Path

import dashboard.pages

dashboard.pages.__path__.append(str(Path(__file__).with_name("example_pages")))

from etl.cli import main  # noqa: E402 - the pages must be there before they are looked for

if __name__ == "__main__":
    main()
