"""Parquet: the schema says under the key `stacktide` what the file is; each column has a `description`."""

import io
import json
from collections.abc import Iterator
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.export.dataset import Dataset

_GROUP: Final = 50_000


def schema(data: Dataset) -> pa.Schema:
    """The schema with metadata of the file and of each column."""
    said = {"stacktide": json.dumps(data.about, ensure_ascii=False, allow_nan=False)}
    fields = []
    for name, column in data.columns.items():
        about = {"description": column.description} | ({"unit": column.unit} if column.unit else {})
        fields.append(pa.field(name, column.type, metadata=about))
    return pa.schema(fields, metadata=said)


def parquet(data: Dataset) -> Iterator[bytes]:
    """The file piece by piece: a group of rows at a time is held."""
    wanted = schema(data)
    out = _Drained()
    with pq.ParquetWriter(out, wanted, compression="zstd") as writer:
        for group in _groups(data):
            writer.write_table(group.cast(wanted), row_group_size=_GROUP)
            yield out.drain()
    yield out.drain()


def _groups(data: Dataset) -> Iterator[pa.Table]:
    """The rows in tables of just as many rows each, so that the same rows are the same bytes."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in data.batches():
        rest = batch
        while count + rest.num_rows >= _GROUP:
            taken = _GROUP - count
            yield pa.Table.from_batches([*held, rest.slice(0, taken)])
            rest, held, count = rest.slice(taken), [], 0
        if rest.num_rows:
            held.append(rest)
            count += rest.num_rows
    if held:
        yield pa.Table.from_batches(held)


class _Drained(io.RawIOBase):
    """A file whose bytes are taken away as they come."""

    def __init__(self) -> None:
        self._held = io.BytesIO()
        self._gone = 0

    def writable(self) -> bool:
        return True

    def write(self, part: bytes) -> int:  # type: ignore[override]
        return self._held.write(part)

    def tell(self) -> int:
        return self._gone + self._held.tell()

    def drain(self) -> bytes:
        """The bytes that came since the last call."""
        found = self._held.getvalue()
        self._gone += len(found)
        self._held = io.BytesIO()
        return found
