"""Files: the rows of a selection with units, licence and citation, as CSV, JSON, Parquet or XLSX.

One Arrow table stands behind all formats, so that they hold the same values. Missing values are empty or null, never
zero, never a word.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Any, Final

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.export import xlsx
from dashboard.export.about import meta
from dashboard.export.columns import COLUMNS, joined, table
from etl.errors import UsageError

__all__ = ["COLUMNS", "FORMATS", "joined", "meta", "table", "write"]

FORMATS: Final = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Format -> media type."""


def write(frame: pd.DataFrame, about: Mapping[str, Any], file_format: str, target: IO[bytes] | Path | str) -> None:
    """Write `frame` (as `joined` makes it) and its `meta` to a path or a binary file.

    Raises UsageError for a format that there is not, and for XLSX with more rows than a sheet can hold.
    """
    if file_format not in FORMATS:
        raise UsageError(f"There is no format `{file_format}`: choose one of {', '.join(FORMATS)}.")
    if file_format == "xlsx" and len(frame) > xlsx.MOST_ROWS:
        raise UsageError(
            f"{len(frame):,} rows are more than a sheet of XLSX can hold ({xlsx.MOST_ROWS:,}): choose CSV or Parquet, "
            "or narrow the selection."
        )
    if isinstance(target, (str, Path)):
        with Path(target).open("wb") as file:
            write(frame, about, file_format, file)
        return
    rows = table(frame)
    if file_format == "csv":
        _copy(rows, "format csv, header true, new_line '\\r\\n'", target)
    elif file_format == "json":
        target.write(b'{"meta": ' + json.dumps(about, ensure_ascii=False, allow_nan=False).encode() + b',\n"data": ')
        _copy(rows, "format json, array true", target)
        target.write(b"}\n")
    elif file_format == "parquet":
        said = {"stacktide": json.dumps(about, ensure_ascii=False, allow_nan=False)}
        plain = rows.cast(pa.schema([(name, COLUMNS[name]) for name in rows.column_names], metadata=said))
        pq.write_table(plain, target, compression="zstd")
    elif file_format == "xlsx":
        xlsx.write(rows, about, target)


def _copy(rows: pa.Table, options: str, target: IO[bytes]) -> None:
    """Let DuckDB write the rows (three to seven times as fast as pandas), and pass the bytes on."""
    with tempfile.TemporaryDirectory(prefix="stacktide-") as folder, duckdb.connect() as connection:
        part = Path(folder) / "rows"
        connection.register("exported", rows)
        connection.execute(f"copy (select * from exported) to '{str(part).replace(chr(39), chr(39) * 2)}' ({options})")
        with part.open("rb") as file:
            copyfileobj(file, target)
