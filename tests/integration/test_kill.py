"""kill -9 at any moment leaves the last good state: a refresh is killed again and again while the figures change.

The mirror holds one source, whose figures alternate between two states. Whatever moment the kill hits, the store must
then hold one of the two as a whole, with the run history whole and readable, and the lock free; the run that was killed
is told as interrupted, by whoever looks first: a reader of the history, or the next run.
"""

import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from etl.home import Home

ROOT = Path(__file__).resolve().parents[2]
KILLS = 10
ROUNDS = 40
SHIFTS = {"A": 0.0, "B": 0.01}

pytestmark = pytest.mark.slow


def _start(mirror: Path, home: Path) -> subprocess.Popen[str]:
    words = ["refresh", "pypl", "--upstream", str(mirror), "--home", str(home), "--json"]
    return subprocess.Popen(
        [sys.executable, "-m", "etl.cli", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _state(home: Path) -> str | None:
    """Which of the two states the store holds as a whole; none before the first commit."""
    store = Home(home).store
    if not store.exists():
        return None
    rows = store.read(source=["pypl"])
    assert len(rows) == 360
    java = set(rows[rows["technology"] == "java"]["value"])
    python = set(rows[rows["technology"] == "python"]["value"])
    for name, shift in SHIFTS.items():
        if java == {round(20 + 100 * shift, 6)} and python == {round(30 - 100 * shift, 6)}:
            return name
    raise AssertionError(f"a mixture: Java {sorted(java)}, Python {sorted(python)}")


def _check_history(home: Home, asked: bool) -> None:
    """The history is whole; where it is `asked` for the newest run, that has an outcome."""
    with home.state.reading() as connection:
        assert connection.exec_driver_sql("pragma integrity_check").scalar() == "ok"
    assert home.runs.last_good()["pypl"]["rows"] == 360
    if asked:
        newest = home.runs.list("pypl")[0]
        assert newest["outcome"] in {"interrupted", "partial"}, newest
        assert (newest["finished"] is None) == (newest["outcome"] == "interrupted"), newest
        told = home.runs.get(newest["id"])
        assert told is not None
        assert told["outcome"] == newest["outcome"]
    home.state.close()


def test_kill_at_random_moments(tmp_path: Path, pypl_mirror: Callable[[Path, float], Path]) -> None:
    mirror, home = tmp_path / "mirror", tmp_path / "home"
    pypl_mirror(mirror, SHIFTS["A"])
    began = time.monotonic()
    whole = _start(mirror, home)
    out, err = whole.communicate(timeout=120)
    seconds = time.monotonic() - began
    assert whole.returncode == 0, err
    assert json.loads(out)["runs"][0]["rows_added"] == 360
    assert _state(home) == "A"

    moments = random.Random(20260901)
    killed_alive = committed = 0
    rounds = 0
    while killed_alive < KILLS and rounds < ROUNDS:
        rounds += 1
        wanted = "AB"[rounds % 2]
        before = _state(home)
        versions = Home(home).store.version()
        pypl_mirror(mirror, SHIFTS[wanted])
        process = _start(mirror, home)
        began = time.monotonic()
        # importing takes most of the time: let most kills land in the work that comes after it
        share = moments.uniform(0.1, 1.0) if rounds % 4 == 0 else moments.uniform(0.6, 1.0)
        try:
            process.wait(timeout=share * seconds)
            seconds = 0.9 * (time.monotonic() - began)  # it was faster than its forerunners
        except subprocess.TimeoutExpired:
            killed_alive += 1
            seconds *= 1.02
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        after = _state(home)
        assert after in {before, wanted}
        assert Home(home).store.version() == versions + (after != before)
        committed += after != before
        assert Home(home).runs.last_good()["pypl"]["rows"] == 360
        for version in range(versions + 1):
            assert len(Home(home).store.read(version=version)) == 360

    assert killed_alive == KILLS, f"only {killed_alive} of {rounds} kills hit a process that was alive"

    pypl_mirror(mirror, SHIFTS["A"])
    last_one = _start(mirror, home)
    out, err = last_one.communicate(timeout=120)
    assert last_one.returncode == 0, err  # the lock is free
    assert _state(home) == "A"
    outcomes = pd.read_sql("select outcome from runs", f"sqlite:///{home / 'state.sqlite'}")["outcome"]
    within = int((outcomes == "interrupted").sum())
    assert within >= 1, "no kill hit a run between its beginning and its end"
    assert "running" not in set(outcomes)
    print(f"{killed_alive} killed alive, {within} within a run, {committed} had committed; a run takes {seconds:.1f} s")


def test_control_c_ends_a_refresh_at_once(tmp_path: Path) -> None:
    """344 parts are asked for, and the key is pressed at the first: nothing waits for the rest."""
    (tmp_path / "mirror").mkdir()
    words = ["refresh", "github_repositories", "--upstream", str(tmp_path / "mirror"), "--home", str(tmp_path / "home")]
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)  # full before the last part is told: the refresh waits for the key
    with (
        subprocess.Popen(
            [sys.executable, "-m", "etl.cli", *words],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=writing,
            start_new_session=True,
        ) as process,
        os.fdopen(reading, encoding="utf-8") as told,
    ):
        os.close(writing)
        assert told.readline().startswith("github_repositories: 1 of ")
        process.send_signal(signal.SIGINT)
        said = told.read()
        process.wait(timeout=60)
    assert process.returncode == 130
    assert "stacktide: interrupted; the last good state stays." in said.splitlines()
    (run,) = Home(tmp_path / "home").runs.list()
    assert run["outcome"] in {"interrupted", "failed"}  # it may just have seen that the mirror holds nothing
