"""`stacktide export`: observations, or what a page of the dashboard shows, as a file."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from etl import config
from etl.commands.common import AsOfOption, HomeOption, entries_in_use, example, filled, now, split
from etl.errors import UsageError

if TYPE_CHECKING:
    from dashboard.data import Data
    from dashboard.export import Dataset
    from dashboard.export.writing import Progress as Told


class Format(StrEnum):
    """The file formats of an export."""

    csv = "csv"
    json = "json"
    ndjson = "ndjson"
    parquet = "parquet"
    xlsx = "xlsx"
    bundle = "bundle"


def register(app: typer.Typer) -> None:
    """Give the command line its command."""
    app.command(
        epilog=example(
            "stacktide export --use-case web-backend --kind framework --from 2024-01-01 --format xlsx --output web.xlsx"
        )
    )(export)


def export(
    home: HomeOption,
    output: Annotated[str, typer.Option("--output", "-o", help="File to write; `-` for standard output.")],
    file_format: Annotated[Format, typer.Option("--format", "-f", help="File format.")] = Format.csv,
    selection: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Address of the dashboard (what it shows), or of /api/v1/observations or series, or what follows `?`.",
        ),
    ] = None,
    indicator: Annotated[list[str] | None, typer.Option(help="Indicator id; may be repeated.")] = None,
    technology: Annotated[
        list[str] | None, typer.Option(help="Technology id or name; may be repeated; `all` is the whole.")
    ] = None,
    use_case: Annotated[list[str] | None, typer.Option(help="Use case id; may be repeated.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Kind of technology; may be repeated.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Source id; may be repeated.")] = None,
    region: Annotated[
        list[str] | None, typer.Option(help="Region: ISO 3166-1 alpha-2 code, EU or WLD; may be repeated.")
    ] = None,
    segment: Annotated[list[str] | None, typer.Option(help="Segment; may be repeated.")] = None,
    status: Annotated[
        list[str] | None, typer.Option(help="final, provisional, partial or estimated; may be repeated.")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First period start, YYYY-MM-DD.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last period start, YYYY-MM-DD.")] = None,
    as_of: AsOfOption = None,
    fields: Annotated[list[str] | None, typer.Option(help="Columns to write, in this order; all if none.")] = None,
    sort: Annotated[list[str] | None, typer.Option(help="Columns to sort by; `-value` is descending.")] = None,
    limit: Annotated[int | None, typer.Option(min=0, help="Write at most so many rows.")] = None,
    spreadsheet: Annotated[
        bool, typer.Option("--spreadsheet", help="Let no text in CSV begin like a formula of a spreadsheet.")
    ] = False,
) -> None:
    """Write observations to a file, with units, breaks, licences and citation."""
    from dashboard.data import Data
    from dashboard.selection import WrongParameter

    if spreadsheet and file_format is not Format.csv:
        raise UsageError("--spreadsheet is of CSV alone: leave it out, the other formats need no such care.")
    asked = {
        "indicator": split(indicator),
        "technology": split(technology),
        "use_case": split(use_case),
        "kind": split(kind),
        "source": split(source),
        "region": split(region),
        "segment": split(segment),
        "status": split(status),
        "from": split([start] if start else None),
        "to": split([end] if end else None),
        "as_of": split([as_of] if as_of else None),
    }
    asked = {name: values for name, values in asked.items() if values}
    if selection is not None and asked:
        option = next(iter(asked)).replace("_", "-")
        raise UsageError(f"--selection and --{option} exclude each other: the address holds all filters.")
    entries = entries_in_use()
    data = Data(filled(home, entries), entries)
    try:
        found = _found(data, selection, asked).narrowed(split(fields), split(sort), limit)
    except WrongParameter as error:
        raise UsageError(str(error) if selection else _as_options(str(error), (*asked, "fields", "sort"))) from error
    if output == "-":
        _to(found, file_format, sys.stdout.buffer, spreadsheet)
        return
    target = Path(output)
    _to_file(found, file_format, target, spreadsheet)
    typer.echo(f"{found.count():,} observations written to {target}.", err=True)


def _found(data: "Data", selection: str | None, asked: dict[str, list[str]]) -> "Dataset":
    """The rows of an address, or of the filters."""
    from dashboard.export import observations
    from dashboard.selection import read_filter
    from dashboard.views.addresses import DEFAULT_ORIGIN, addressed

    day, origin = now().date(), config.load().public_url
    if selection is not None:
        return addressed(data, selection, day, origin)
    return observations(data, read_filter(asked, data.catalog), day, origin or DEFAULT_ORIGIN)


def _as_options(sentence: str, names: Iterable[str]) -> str:
    """The sentence with options of the command line in the place of parameters."""
    for name in names:
        sentence = sentence.replace(f"`{name}`", f"--{name.replace('_', '-')}")
    return sentence


def _to_file(found: "Dataset", file_format: Format, target: Path, spreadsheet: bool) -> None:
    """Write beside the file and put it in its place when it is whole; a pipe or a device is written to."""
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                _to(found, file_format, file, spreadsheet)
            return
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                _to(found, file_format, file, spreadsheet)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        finally:
            with suppress(FileNotFoundError):
                part.unlink()
    except OSError as error:
        raise UsageError(f"{target} cannot be written ({error.strerror or error}): give another --output.") from error


def _to(found: "Dataset", file_format: Format, target: IO[bytes], spreadsheet: bool) -> None:
    from dashboard.export import write

    with _bar(file_format) as progress:
        write(found, file_format.value, target, spreadsheet=spreadsheet, progress=progress)


@contextmanager
def _bar(file_format: Format) -> "Iterator[Told | None]":
    """A bar on a terminal for the format that takes long."""
    console = Console(stderr=True)
    if file_format is not Format.xlsx or not console.is_terminal:
        yield None
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("rows")
        yield lambda done, rows: bars.update(task, completed=done, total=rows)
