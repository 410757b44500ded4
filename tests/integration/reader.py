"""Readers of a store that is being refreshed: `reader.py HOME THREADS`, until a line arrives on standard input.

Each read must see one version as a whole. Of PYPL there are 360 rows, whose shares tell the version (`shift`); of the
other source, which nobody refreshes, there are 50 rows that never change.
"""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pandas as pd

from etl import catalog, paths
from etl.catalog import Catalog
from etl.home import Home

ROWS, LANGUAGE_ROWS, OTHER_ROWS = 360, 345, 50
PAUSE_SECONDS = 0.6


@dataclass
class Seen:
    """What one reader saw: how many reads, and the shifts in their order."""

    reads: int = 0
    shifts: list[float] = field(default_factory=list)


def shift(rows: pd.DataFrame) -> float:
    """By how much all shares of Java and Python in these rows of PYPL are moved: one number, or the read is torn."""
    java = set(rows[rows["technology"] == "java"]["value"].round(6))
    python = set(rows[rows["technology"] == "python"]["value"].round(6))
    assert len(java) == len(python) == 1, f"torn: Java {sorted(java)}, Python {sorted(python)}"
    moved = round(java.pop() - 20, 6)
    assert moved == round(30 - python.pop(), 6), "torn: Java is of one version, Python of another"
    return moved


def _whole(home: Home, _: Catalog) -> float:
    rows = home.store.read()
    assert rows["source"].value_counts().to_dict() == {"pypl": ROWS, "languish": OTHER_ROWS}
    assert rows["value"].notna().all()
    return shift(rows[rows["source"] == "pypl"])


def _filtered(home: Home, _: Catalog) -> float:
    rows = home.store.read(source=["pypl"], technology=["java", "python"])
    assert len(rows) == 2 * LANGUAGE_ROWS // 5
    return shift(rows)


def _as_the_dashboard(home: Home, entries: Catalog) -> float:
    from dashboard.data import Data

    snapshot = Data(home, entries).snapshot()
    counts = snapshot.summary.groupby("source")["rows"].sum().to_dict()
    assert counts == {"pypl": ROWS, "languish": OTHER_ROWS}
    frame = snapshot.frame("pypl_languages")
    assert len(frame) == LANGUAGE_ROWS
    again = home.store.read(indicator=["pypl_languages"], version=snapshot.version)
    assert shift(again) == shift(frame)
    return shift(frame)


WAYS: tuple[Callable[[Home, Catalog], float], ...] = (_whole, _filtered, _as_the_dashboard)


def read(home: Home, entries: Catalog, number: int, stop: Event) -> Seen:
    """Read again and again until told to stop, and once more after that; the pauses leave the writer a turn."""
    seen, last = Seen(), False
    while not last:
        last = stop.wait(PAUSE_SECONDS if seen.reads else 0)
        seen.shifts.append(WAYS[(number + seen.reads) % len(WAYS)](home, entries))
        seen.reads += 1
    return seen


def main() -> None:
    home, count, stop = Home(Path(sys.argv[1])), int(sys.argv[2]), Event()
    entries = catalog.load(paths.data_dir() / "catalog")
    with ThreadPoolExecutor(count) as pool:
        readers = [pool.submit(read, home, entries, number, stop) for number in range(count)]
        print("reading", flush=True)
        sys.stdin.readline()
        stop.set()
        found = [reader.result() for reader in readers]
    print(json.dumps([seen.shifts for seen in found]))


if __name__ == "__main__":
    main()
