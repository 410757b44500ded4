"""The embedded data: what a first start shows before any refresh. Built from the store, never written by hand.

`observations.parquet` has the rows of sources whose licence lets us pass them on, in the store's schema;
`manifest.json` says per source: licence, attribution, address, dates, number of rows and payload hashes.
"""

import json
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock

from etl import schema
from etl.catalog import Catalog
from etl.errors import StoreError
from etl.home import Home
from etl.runs import Run

_MOST_BYTES: Final = 12 * 1000 * 1000
_ROWS, _MANIFEST = "observations.parquet", "manifest.json"


def write(home: Home, catalog: Catalog, folder: Path) -> dict[str, Any]:
    """Build the embedded data from the store of `home` into `folder`; returns the manifest.

    Raises StoreError when the store is empty or the result is larger than 12 MB; the old files then stay.
    """
    ids = [source.id for source in catalog.sources if source.passed_on]
    rows = home.store.read(source=ids)
    rows = rows[rows["technology"].isin([*catalog.technology, schema.WHOLE])]
    if rows.empty:
        raise StoreError("The store holds no rows that may be passed on: run `stacktide refresh` first.")
    reports = home.runs.last_good()
    about = []
    for source in ids:
        ours = rows[rows["source"] == source]
        if len(ours):
            about.append(_about(catalog, source, ours, reports.get(source, {})))
    folder.mkdir(parents=True, exist_ok=True)
    text = dict.fromkeys(schema.CATEGORIES, "str")
    table = pa.Table.from_pandas(schema.sort(rows).astype(text), schema=schema.ARROW, preserve_index=False)
    part = folder / f"{_ROWS}.part"
    pq.write_table(table, part, compression="zstd", compression_level=19, row_group_size=200_000)
    size = part.stat().st_size
    if size > _MOST_BYTES:
        part.unlink()
        raise StoreError(
            f"The embedded data would take {size / 1e6:.1f} MB, more than {_MOST_BYTES / 1e6:.0f} MB: "
            "follow fewer technologies."
        )
    manifest = {"schema": list(schema.COLUMNS), "rows": len(rows), "bytes": size, "sources": about}
    part.replace(folder / _ROWS)
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return manifest


def _about(catalog: Catalog, source: str, rows: pd.DataFrame, report: Mapping[str, Any]) -> dict[str, Any]:
    entry = catalog.source[source]
    return {
        "source": source,
        "title": entry.title,
        "publisher": entry.publisher,
        "licence": entry.licence.id,
        "licence_title": entry.licence.title,
        "attribution": entry.attribution,
        "citation": entry.citation,
        "address": entry.homepage,
        "first_period": f"{rows['period_start'].min():%Y-%m-%d}",
        "last_period": f"{rows['period_start'].max():%Y-%m-%d}",
        "vintage": f"{rows['vintage'].max():%Y-%m-%d}",
        "retrieved_on": report.get("retrieved_on"),
        "rows": len(rows),
        "catalogue": report.get("catalogue"),
        "payloads": sorted(rows["payload"].unique()),
    }


def first_start(home: Home, catalog: Catalog, folder: Path, started: datetime) -> list[str]:
    """Fill the store with the embedded rows of every source that it has no rows of; returns the sources filled.

    `folder` holds the embedded data; without it, or with all sources present, nothing happens.
    Raises StoreError when the embedded data is damaged.
    """
    manifest_file, rows_file = folder / _MANIFEST, folder / _ROWS
    if not manifest_file.is_file() or not rows_file.is_file():
        return []
    home.make()
    try:
        manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
        about = {entry["source"]: entry for entry in manifest["sources"] if entry["source"] in catalog.source}
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"The embedded data in {folder} is damaged ({error!r}): reinstall the package.") from error
    if home.store.exists() and set(about) <= set(home.store.summary()["source"]):
        return []  # as nearly always: no need to wait for a refresh that is under way
    with ExitStack() as stack:
        for source in sorted(about):  # in one order, so that two first starts cannot wait for each other
            stack.enter_context(FileLock(home.lock(source)))
        held = set(home.store.summary()["source"]) if home.store.exists() else set()
        missing = {source: entry for source, entry in about.items() if source not in held}
        if missing:
            _fill(home, missing, _rows(rows_file, missing), started, first=not held)
    return list(missing)


def _rows(file: Path, sources: Collection[str]) -> pd.DataFrame:
    try:
        rows = schema.typed(pq.read_table(file).to_pandas())
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise StoreError(f"The embedded data in {file} is damaged ({error!r}): reinstall the package.") from error
    return rows[rows["source"].isin(sources)]


def _fill(home: Home, about: dict[str, Any], rows: pd.DataFrame, started: datetime, first: bool) -> None:
    """Commit the rows (in one commit if the store is new) and record a run per source."""
    for source in [None] if first else list(about):
        home.store.replace(rows if source is None else rows[rows["source"] == source], source, "first start")
    version = home.store.version()
    for source, entry in about.items():
        _record(home, source, entry, rows[rows["source"] == source], version, started)


def _record(
    home: Home, source: str, entry: dict[str, Any], rows: pd.DataFrame, version: int, started: datetime
) -> None:
    run = home.runs.begin(Run(source=source, trigger="first start", started=started))
    run.outcome, run.finished, run.store_version = "updated", started, version
    run.rows = run.rows_added = len(rows)
    run.newest_period = rows["period_start"].max().date() if len(rows) else None
    run.retrieved_on = date.fromisoformat(entry["retrieved_on"]) if entry.get("retrieved_on") else None
    run.catalogue = entry.get("catalogue")
    home.runs.end(run)
