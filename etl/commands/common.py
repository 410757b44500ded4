"""What commands share: options, the catalogue and home folder they work on, how they print."""

import json
import socket
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from etl import catalog, embed, logs, paths, vintages
from etl.errors import UsageError
from etl.home import Home

HomeOption = Annotated[
    Path,
    typer.Option(
        "--home",
        envvar="STACKTIDE_HOME",
        help="Folder of the store.",
        default_factory=paths.default_home,
        show_default="user data",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def now() -> datetime:
    """The time in UTC, without zone, to the second."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _not_to_come(text: str | None) -> str | None:
    if (day := day_given("--as-of", text)) is not None:
        vintages.must_not_be_to_come("--as-of", day, now().date())
    return text


AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="What the store held at the end of that day (UTC), YYYY-MM-DD.",
        callback=_not_to_come,
    ),
]


def entries_in_use() -> catalog.Catalog:
    """The catalogue that is shipped. Raises CatalogError when it is wrong."""
    entries = catalog.load(paths.data_dir() / "catalog")
    logs.hide_tokens(entries)
    return entries


def filled(home: Path, entries: catalog.Catalog) -> Home:
    """The home folder, its store filled with the embedded data where it has none."""
    made = Home(home.expanduser().resolve()).make()
    embed.first_start(made, entries, paths.data_dir() / "embedded", now())
    return made


def print_json(document: Any) -> None:
    """Print one JSON document; what JSON has no type for is written as text."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1, default=str))


def example(text: str) -> str:
    """The line below the help of a command."""
    return f"Example: `{text}`"


def split(values: Iterable[str] | None) -> list[str]:
    """Options may be repeated, and may hold several values with commas."""
    return [part.strip() for value in values or () for part in value.split(",") if part.strip()]


def day_given(option: str, text: str | None) -> date | None:
    """The day of an option. Raises UsageError when the text is none."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} {text} is no date: write it as 2024-01-31.") from error


def host_given(host: str) -> str:
    """The address to bind to. Raises UsageError when this machine does not have it."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f"--host {host} is no address of this machine: give 127.0.0.1, or 0.0.0.0 for all networks."
        ) from error
    return host


def day_shown(moment: Any) -> str | None:
    """A day as ISO 8601; none where there is none."""
    return None if pd.isna(moment) else f"{moment:%Y-%m-%d}"


def print_table(columns: Iterable[str], rows: list[dict[str, Any]]) -> None:
    """Print the columns of the rows as a table, as wide as the terminal."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    names = list(columns)
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold", justify="right" if name == "rows" else "left")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in names))
    console = Console()
    console.width = console.width if console.is_terminal else 240
    console.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    return ", ".join(value) if isinstance(value, list) else str(value)
