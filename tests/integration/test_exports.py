"""A scheduled export as a process: killed in the middle, on a full disk, on PostgreSQL; and whose bytes it writes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from etl.home import Home

ROOT = Path(__file__).resolve().parents[2]
KILLS = 3

pytestmark = pytest.mark.slow


@pytest.fixture
def large(home: Home, observations: Callable[..., pd.DataFrame]) -> Home:
    """A store whose observations take a moment to write: 60,000 of PYPL, and a few of every other source."""
    days = pd.date_range("1860-01-01", periods=60_000, freq="D")
    home.store.replace(observations(period_start=days, frequency="D", value=[float(n) for n in range(60_000)]), "pypl")
    return home


def start(*words: str | Path, home: Home, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "etl.cli", *map(str, words), "--home", str(home.path)],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def told(*words: str | Path, home: Home, code: int = 0, **variables: str) -> dict[str, Any]:
    """What a command prints as JSON."""
    with start(*words, "--json", home=home, **variables) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == code, out + err
    document: dict[str, Any] = json.loads(out)
    return document


def add(home: Home, folder: Path, *words: str, **variables: str) -> dict[str, Any]:
    plain = ["--selection", "/api/v1/observations?source=pypl", "--to", folder, "--after-refresh"]
    return told("exports", "add", "web", *plain, *words, home=home, **variables)


def test_kill_9_in_the_middle_leaves_no_half_file(large: Home, tmp_path: Path) -> None:
    folder = tmp_path.resolve() / "out"
    add(large, folder)
    good = told("exports", "run", "web", home=large)
    whole = Path(good["file"]).read_bytes()
    part, torn = folder / ".stacktide-web.part", 0

    def begun() -> int | None:
        """When something was last written to the part file; none where nothing was."""
        found = part.stat() if part.exists() else None
        return found.st_mtime_ns if found and found.st_size else None

    for _ in range(KILLS):
        before, until = begun(), time.monotonic() + 60
        with start("exports", "run", "web", home=large) as process:
            while begun() in (before, None) and time.monotonic() < until and process.poll() is None:
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            process.wait()
        torn += part.exists()
        assert [path for path in folder.iterdir() if path != part] == [Path(good["file"])]
    assert torn, "no kill hit an export in the middle"
    assert Path(good["file"]).read_bytes() == whole
    history = told("exports", "history", "web", home=large)["runs"]
    assert [run["outcome"] for run in history] == ["interrupted"] * KILLS + ["written"]
    again = told("exports", "run", "web", home=large)
    assert Path(again["file"]).read_bytes() == whole
    assert not part.exists()
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("file_format", ["csv", "parquet", "xlsx", "bundle"])
def test_the_bytes_are_those_of_the_command_line(
    home: Home, observations: Callable[..., pd.DataFrame], tmp_path: Path, file_format: str
) -> None:
    home.store.replace(observations(period_start=["2026-01-01", "2026-02-01"]), "pypl")
    address = "https://tide.example.org/?indicator=pypl_languages&technology=python&value=index"
    add(home, tmp_path / "out", "--selection", address, "--format", file_format)
    run = told("exports", "run", "web", home=home)
    other = tmp_path / "other"
    words = ["export", "--selection", address, "--format", file_format, "--output", other]
    with start(*words, home=home) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    assert other.read_bytes() == Path(run["file"]).read_bytes()


def test_on_postgresql(large: Home, tmp_path: Path, new_postgresql: str) -> None:
    state = {"STACKTIDE_STATE_URL": new_postgresql}
    made = add(large, tmp_path / "out", **state)
    assert (made["state"], made["rows_now"]) == ("new", 60_000)
    run = told("exports", "run", "web", home=large, **state)
    assert (run["outcome"], run["rows"]) == ("written", 60_000)
    (listed,) = told("exports", "list", home=large, **state)["exports"]
    assert (listed["state"], listed["file"]) == ("good", run["file"])
    assert not list(large.path.glob("state.sqlite*"))


_ON_A_SMALL_DISK = """
import json, os, subprocess, sys
disk, home = sys.argv[1:]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=True)
def stacktide(*words):
    done = subprocess.run([sys.executable, "-m", "etl.cli", *words, "--home", home], capture_output=True, text=True)
    print(json.dumps([done.returncode, done.stderr, sorted(os.listdir(disk))]))
words = ["exports", "add", "web", "--to", disk, "--after-refresh"]
stacktide(*words, "--selection", "/api/v1/observations?source=pypl&from=2020-01-01")
stacktide("exports", "run", "web")
stacktide(*words, "--replace", "--selection", "/api/v1/observations?source=pypl")
stacktide("exports", "run", "web")
"""


def test_a_full_disk_leaves_the_last_file(large: Home, tmp_path: Path) -> None:
    disk = tmp_path.resolve() / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", sys.executable, "-c", _ON_A_SMALL_DISK, str(disk), str(large.path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "unshare" in done.stderr:
        pytest.skip("this system gives no namespace of mounts")
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    (file,) = answers[1][2]
    assert [answer[0] for answer in answers] == [0, 0, 0, 1]
    assert answers[3][2] == [file]
    assert answers[3][1] == (
        f"stacktide: The export web cannot be written to {disk} (No space left on device): see that the folder can be "
        "written and has space left.\n"
    )
