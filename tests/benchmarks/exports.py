"""Speed and memory of exports: CSV beside DuckDB's own COPY of the same select, and how memory grows with the rows.

    python -m tests.benchmarks.exports [--rows 10000000]

Generates a store of that many rows, and one of a tenth, in a temporary folder: the ids are those of the catalogue, the
values random. Each measurement runs in a process of its own; memory is by how much the peak of its resident set
(`ru_maxrss`) grows from the moment when everything is imported. Exit code 1: memory grew by 300 MB or more, or CSV of
the smaller store took twice as long as COPY or longer (medians of three, run in turn).
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from deltalake import WriterProperties, write_deltalake

from dashboard import export
from dashboard.data import Data
from dashboard.selection import read_filter
from etl import catalog, paths, schema
from etl.home import Home

DAY: Final = date(2026, 1, 1)
MOST_MB, MOST_TIMES, REPEATS = 300, 2.0, 3
DEFAULT_ROWS: Final = 10_000_000
PERIODS: Final = 100
REGIONS: Final = ("BR", "DE", "FR", "GB", "IN", "JP", "NA", "PL", "US", "WLD")


def generate(home: Home, rows: int) -> int:
    """Fill the store with about `rows` rows in its order, source by source; returns how many there are."""
    entries = catalog.load(paths.data_dir() / "catalog")
    indicators = [(source.id, i.id) for source in entries.sources for i in source.indicators]
    indicators = sorted(indicators)[:: max(1, len(indicators) // 20)][:20]
    technologies = sorted(t.id for t in entries.technologies)
    each = max(1, rows // (len(indicators) * len(REGIONS) * PERIODS))
    technologies = technologies[:each]
    random = np.random.default_rng(1)
    total = 0
    for source in sorted({source for source, _ in indicators}):
        found = pa.concat_tables(
            _series(source, indicator, technology, random)
            for owner, indicator in indicators
            if owner == source
            for technology in technologies
        )
        properties = WriterProperties(compression="ZSTD", compression_level=3, max_row_group_size=50_000)
        write_deltalake(
            str(home.path / "store" / "observations"),
            found,
            mode="append",
            partition_by=["source"],
            writer_properties=properties,
            name="observations",
        )
        total += found.num_rows
    return total


def _series(source: str, indicator: str, technology: str, random: Any) -> pa.Table:
    """The rows of one technology: every region, every month."""
    count = len(REGIONS) * PERIODS
    months = [np.datetime64("2017-01", "M") + n for n in range(PERIODS)]
    columns: dict[str, Any] = {
        "source": [source] * count,
        "indicator": [indicator] * count,
        "technology": [technology] * count,
        "region": np.repeat(REGIONS, PERIODS),
        "segment": ["all"] * count,
        "period_start": np.tile(np.array(months, "datetime64[us]"), len(REGIONS)),
        "frequency": ["M"] * count,
        "value": random.random(count) * 100,
        "sample_size": random.integers(1, 10**6, count),
        "status": ["final"] * count,
        "vintage": np.full(count, np.datetime64("2026-01-01", "us")),
        "payload": [f"{random.integers(0, 2**63):064x}"] * count,
    }
    return pa.table(
        {name: pa.array(values, schema.ARROW.field(name).type) for name, values in columns.items()}, schema.ARROW
    )


def measure(what: str, home: Path, target: Path) -> None:
    """Write all rows of the store to `target` as `what`, and print seconds and growth of memory as JSON."""
    entries = catalog.load(paths.data_dir() / "catalog")
    before = _peak_mb()  # all that follows counts, also what is learnt of the rows beforehand
    data = export.observations(Data(Home(home), entries), read_filter("", entries), DAY, "http://127.0.0.1")
    begun = time.perf_counter()
    if what == "copy":
        ((statement, values),) = replace(data, parts=()).statements()
        with data.opened() as connection:
            connection.execute("reset memory_limit")
            options = "format csv, header true, new_line '\\r\\n'"
            connection.execute(f"copy ({statement}) to '{target}' ({options})", values)
    else:
        export.write(data, what, target)
    seconds = time.perf_counter() - begun
    print(json.dumps({"rows": data.count(), "seconds": seconds, "mb": _peak_mb() - before, "bytes": _size(target)}))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def _size(file: Path) -> int:
    return file.stat().st_size


def _measured(what: str, home: Path, folder: Path) -> dict[str, float]:
    target = folder / f"out.{what}"
    words = [sys.executable, "-m", "tests.benchmarks.exports", "--one", what, "--home", str(home), "--to", str(target)]
    found: dict[str, float] = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    target.unlink()
    return found


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=DEFAULT_ROWS)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        measure(given.one, given.home, given.to)
        return 0
    broken = False
    with tempfile.TemporaryDirectory(prefix="stacktide-") as name:
        folder = Path(name)
        small, large = (Home(folder / word).make() for word in ("small", "large"))
        generate(small, given.rows // 10)
        times: dict[str, list[float]] = {"copy": [], "csv": []}
        for _ in range(REPEATS):
            for what, seconds in times.items():
                seconds.append(_measured(what, small.path, folder)["seconds"])
        copy, csv = (statistics.median(times[what]) for what in ("copy", "csv"))
        broken |= csv >= MOST_TIMES * copy
        print(
            f"{given.rows // 10:,} rows to CSV: {csv:.2f} s; COPY {copy:.2f} s; {csv / copy:.2f} times as long",
            flush=True,
        )
        generate(large, given.rows)
        for what in ("csv", "ndjson", "parquet"):
            found = _measured(what, large.path, folder)
            broken |= found["mb"] >= MOST_MB
            size = f"{found['bytes'] / 1e6:,.0f} MB"
            print(
                f"{found['rows']:,} rows to {what}: {found['seconds']:.1f} s, {size}, memory +{found['mb']:.0f} MB",
                flush=True,
            )
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
