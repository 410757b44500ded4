"""How fast, and in how much memory, event files are read: `python -m tests.benchmarks.event_files [hour.json.gz]`.

A file of some 150 MB is made by repeating a real hour. Then `zcat file > /dev/null`, which does nothing but unpack, and
our parser take turns on it. Last, the peak memory of a process that reads 1, 4 and 16 such files as Dask tasks.
"""

import argparse
import gzip
import multiprocessing
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median

import pandas as pd

from etl import catalog, tasks
from etl.catalog import Source
from etl.http import Payload, Request
from etl.sources import gh_archive

CHECKOUT = Path(__file__).resolve().parents[2]
HOUR = CHECKOUT.parent / "shared/upstream/data.gharchive.org/2015-01-01-0.json.gz"
MEGABYTE = 1_000_000


def entry() -> Source:
    """The catalogue's entry of GH Archive."""
    return catalog.load(CHECKOUT / "data/catalog").source["gh_archive"]


def repeated(hour: Path, megabytes: int, into: Path) -> int:
    """Write the lines of `hour` over and over to the gzip file `into`; gives the number of bytes, unpacked."""
    lines = gzip.decompress(hour.read_bytes())
    times = max(1, round(megabytes * MEGABYTE / len(lines)))
    with gzip.open(into, "wb", compresslevel=6) as packed:
        for _ in range(times):
            packed.write(lines)
    return times * len(lines)


def request_of(hour: Path) -> Request:
    """The request that a file named `YYYY-MM-DD-H.json.gz` answers."""
    named = re.fullmatch(r"(\d{4}-\d{2}-\d{2})-(\d{1,2})\.json\.gz", hour.name)
    if named is None:
        sys.exit(f"{hour.name} is not named like an hour (2015-01-01-0.json.gz).")
    day, number = date.fromisoformat(named[1]), int(named[2])
    scope = {"indicator": "gh_archive_pull_requests", "period_start": day, "segment": f"hour-{number:02}"}
    return Request(f"https://data.gharchive.org/{hour.name}", f"{day}-{number}", scope)


def parsed(file: Path, request: Request, told: Source) -> pd.DataFrame:
    """What the product does with one file, from its packed bytes to the frame."""
    day = request.scope["period_start"]
    return gh_archive.parse(Payload(request, file.read_bytes(), "0" * 64, day, day), told)


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def in_turn(file: Path, request: Request, told: Source, rounds: int) -> Iterator[tuple[float, float]]:
    """Seconds of zcat and of the parser, round by round; a first round to warm up is left out."""
    for number in range(rounds + 1):
        unpacking = seconds(partial(subprocess.run, ["zcat", file], stdout=subprocess.DEVNULL, check=True))
        parsing = seconds(partial(parsed, file, request, told))
        if number:
            yield unpacking, parsing


def memory(file: Path, request: Request, told: Source, files: int) -> None:
    """Read the file so many times as Dask tasks, and print the peak memory of this process."""
    frames = tasks.stream(partial(parsed, request=request, told=told), [file] * files)
    taken = seconds(lambda: [len(frame) for frame in frames])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{files:>2} files: {taken:6.2f} s, peak {peak:4.0f} MB", flush=True)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("hour", type=Path, nargs="?", default=HOUR, help="a file of GH Archive, by its own name")
    options.add_argument("--megabytes", type=int, default=150, help="size of the file to be made, unpacked")
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    if not given.hour.is_file():
        sys.exit(f"There is no file {given.hour}: give an hour of GH Archive (2015-01-01-0.json.gz).")
    request, told = request_of(given.hour), entry()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / given.hour.name
        unpacked = repeated(given.hour, given.megabytes, file) / MEGABYTE
        print(f"{unpacked:.0f} MB of events, {file.stat().st_size / MEGABYTE:.0f} MB packed")
        rounds = list(in_turn(file, request, told, given.rounds))
        zcat, ours = (median(column) for column in zip(*rounds, strict=True))
        ratios = sorted(parsing / unpacking for unpacking, parsing in rounds)
        print(f"zcat alone: {zcat:.3f} s, {unpacked / zcat:.0f} MB/s")
        print(f"our parser: {ours:.3f} s, {unpacked / ours:.0f} MB/s")
        print(f"ratio of times: {ours / zcat:.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f} in {len(ratios)} rounds)")
        for files in (1, 4, 16):
            process = multiprocessing.get_context("spawn").Process(target=memory, args=(file, request, told, files))
            process.start()
            process.join()
            if process.exitcode:
                sys.exit(process.exitcode)


if __name__ == "__main__":
    main()
