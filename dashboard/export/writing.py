"""Formats, and how a data set is written in each: the same data set gives the same bytes, wherever they go."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from dashboard.export import bundle, parquet, text, xlsx
from dashboard.export.dataset import Dataset
from etl.errors import UsageError

Progress = Callable[[int, int], None]
"""Is told how many rows are done, and how many there are."""

_PART: Final = 1 << 16


@dataclass(frozen=True)
class Format:
    """A file format."""

    media_type: str
    ending: str
    title: str


FORMATS: Final = {
    "csv": Format("text/csv; charset=utf-8", "csv", "CSV"),
    "json": Format("application/json", "json", "JSON"),
    "ndjson": Format("application/x-ndjson", "ndjson", "NDJSON (one JSON object a line)"),
    "parquet": Format("application/vnd.apache.parquet", "parquet", "Parquet"),
    "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", "Excel (XLSX)"),
    "bundle": Format("application/zip", "zip", "Bundle (ZIP with data package)"),
}


def stream(data: Dataset, file_format: str, *, spreadsheet: bool = False) -> Iterator[bytes]:
    """The file piece by piece; closing the iterator ends the reading and removes what was in the way.

    Raises UsageError, before any work, for an unknown format, and for XLSX with more rows than a sheet can hold.
    """
    check(data, file_format)
    return _stream(data, file_format, spreadsheet, None)


def write(
    data: Dataset,
    file_format: str,
    target: IO[bytes] | Path,
    *,
    spreadsheet: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write the file to a path or a binary file. `spreadsheet` concerns CSV alone, `progress` XLSX and bundles.

    Raises UsageError as `stream` does.
    """
    check(data, file_format)
    if isinstance(target, Path):
        with target.open("wb") as file:
            write(data, file_format, file, spreadsheet=spreadsheet, progress=progress)
        return
    for part in _stream(data, file_format, spreadsheet, progress):
        target.write(part)


def check(data: Dataset, file_format: str) -> None:
    """Raises UsageError for a format that there is not, and for XLSX with more rows than a sheet can hold."""
    if file_format not in FORMATS:
        raise UsageError(f"There is no format `{file_format}`: choose one of {', '.join(FORMATS)}.")
    if file_format == "xlsx" and (count := data.count()) > xlsx.MOST_ROWS:
        raise UsageError(
            f"{count:,} rows are more than a sheet of XLSX can hold ({xlsx.MOST_ROWS:,}): choose CSV or Parquet, "
            "or narrow the selection."
        )


def _stream(data: Dataset, file_format: str, spreadsheet: bool, progress: Progress | None) -> Iterator[bytes]:
    if file_format == "csv":
        yield from text.csv(data, spreadsheet)
    elif file_format == "json":
        yield from text.json_document(data)
    elif file_format == "ndjson":
        yield from text.json_lines(data)
    elif file_format == "parquet":
        yield from parquet.parquet(data)
    else:
        writer = {"xlsx": xlsx.write, "bundle": bundle.write}[file_format]
        with tempfile.TemporaryFile(prefix="stacktide-") as file:
            writer(data, file, progress)
            file.seek(0)
            while part := file.read(_PART):
                yield part
