"""Readers in other processes are never disturbed: not by refreshes, not by compactions, not by the deletion of files.

Every commit gives all rows of a source one value, so that a reader who saw two states at once would see two values.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from deltalake import write_deltalake

from etl import retention, store
from etl.home import Home
from etl.store import Store

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 4
READERS = 3
ROWS = 2_000
OLD = 20
"""Versions from before; the last but one was withdrawn less than a day ago."""

pytestmark = pytest.mark.slow

READER = """
import json, sys, time
from etl.store import Store

location, opened, seconds, expected = sys.argv[1], *map(int, sys.argv[2:])
reads, seen = 0, set()
print("ready", flush=True)
sys.stdin.readline()
until = time.monotonic() + seconds
while time.monotonic() < until or not reads:
    reader = Store(location)
    for version in (reader.version(), opened):
        rows = reader.read(source=["pypl"], version=version)
        values = set(rows["value"])
        assert len(rows) == expected and len(values) == 1, (version, len(rows), values)
        assert version != opened or values == {float(opened)}, (version, values)
        reads += 1
        seen |= values
print(json.dumps({"reads": reads, "states": len(seen)}))
"""


def test_readers_go_on_while_states_come_and_go(
    home: Home, observations: Callable[..., pd.DataFrame], committed_at: Callable[..., Store]
) -> None:
    days = pd.date_range("2020-01-01", periods=ROWS).astype(str).tolist()
    rows = observations(value=[0.0] * ROWS, period_start=days)

    def commit(value: int) -> None:
        home.store.replace(rows.assign(value=float(value)), "pypl", str(value))

    for value in range(OLD):
        commit(value)
    now = datetime.now(UTC).replace(tzinfo=None)
    times = {version: now - timedelta(days=OLD + 5 - version) for version in range(OLD - 2)}
    times |= {OLD - 2: now - timedelta(hours=40), OLD - 1: now - timedelta(hours=26)}
    committed_at(home.store, times)
    opened = OLD - 2  # one day is kept: this state goes, and its file a day later
    location = home.store._location
    words = [sys.executable, "-c", READER, location, str(opened), str(SECONDS), str(ROWS)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    readers = [subprocess.Popen(words, cwd=ROOT, text=True, **pipes) for _ in range(READERS)]  # type: ignore[call-overload]
    try:
        for reader in readers:
            assert reader.stdout.readline() == "ready\n", reader.stderr.read()
        for reader in readers:
            reader.stdin.write("go\n")
            reader.stdin.flush()
        value, compactions, rewritten, deleted, reads = OLD, 0, 0, 0, 0
        while any(reader.poll() is None for reader in readers):
            if value % 4:
                commit(value)
            else:  # in many small files, as another program may write them
                table = store._arrow(rows.assign(value=float(value)))
                write_deltalake(location, table, mode="overwrite", predicate="source = 'pypl'", target_file_size=5_000)
                done = retention.compact(
                    home.store, home.lock, 1, lambda: datetime.now(UTC).replace(tzinfo=None, microsecond=0)
                )
                compactions, rewritten = compactions + 1, rewritten + len(done.rewritten)
                deleted += done.files_deleted
                assert not done.busy
            value += 1
        for reader in readers:
            out, err = reader.communicate(timeout=30)
            assert reader.returncode == 0, err
            told = json.loads(out)
            assert told["reads"] >= 4, told
            assert told["states"] > 1, told
            reads += told["reads"]
    finally:
        for reader in readers:
            reader.kill()
            reader.communicate()
    assert reads > 20
    assert compactions > 1
    assert rewritten > 1
    # the files of the last three old states ceased to be the newest within two days
    assert deleted == OLD - 3, "the compactions deleted too little, or what was still needed"
    assert home.store.kept()[-1].version == OLD - 1
    print(f"{reads} reads, {value - OLD} commits, {compactions} compactions, {rewritten} rewritten")
