"""Large inputs on a Dask cluster of its own process: the same figures as on threads."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from etl.home import Home

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = [
    "Python",
    "Java",
    "Go",
    "Rust",
    "Ruby",
    "PHP",
    "C",
    "C++",
    "C#",
    "Swift",
    "Kotlin",
    "Scala",
    "Haskell",
    "Perl",
    "Lua",
    "R",
    "Julia",
    "Dart",
    "Elixir",
    "Erlang",
]
CLUSTER = """
from distributed import LocalCluster
with LocalCluster(n_workers=1, threads_per_worker=2, host="127.0.0.1", dashboard_address=None) as cluster:
    print(cluster.scheduler_address, flush=True)
    input()
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    program = [sys.executable, "-c", f"if __name__ == '__main__':\n{CLUSTER.replace(chr(10), chr(10) + '    ')}"]
    with subprocess.Popen(
        program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as cluster:
        assert cluster.stdout is not None
        try:
            address = cluster.stdout.readline().strip()
            assert address.startswith("tcp://127.0.0.1:"), "the cluster did not start"
            yield address
        finally:
            try:
                cluster.communicate("\n", timeout=20)
            except subprocess.TimeoutExpired:
                cluster.kill()


def _event(number: int, language: str, hour: int) -> str:
    repository = {"base": {"repo": {"language": language}}}
    moment = f"2015-01-01T{hour:02}:00:00Z"
    event = {"id": str(number), "type": "PullRequestEvent", "created_at": moment}
    return json.dumps({**event, "payload": {"pull_request": repository}})


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mirror") / "data.gharchive.org"
    folder.mkdir()
    for hour in range(3):
        languages = [language for n, language in enumerate(LANGUAGES, 1) for _ in range(n)]
        lines = [_event(n, language, hour) for n, language in enumerate(languages)]
        (folder / f"2015-01-01-{hour}.json.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    return folder.parent


def _called(mirror: Path, home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "etl.cli", "refresh", "gh_archive", "--json", "--upstream", str(mirror)]
    return subprocess.run(
        [*command, "--home", str(home), *words], cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
    )


def _refresh(mirror: Path, home: Path, *words: str) -> dict[str, Any]:
    done = _called(mirror, home, *words)
    assert done.stdout, done.stderr
    (run,) = json.loads(done.stdout)["runs"]
    return dict(run)


def _rows(home: Path) -> pd.DataFrame:
    return Home(home).store.read(source=["gh_archive"]).astype({"payload": "str"})


def test_cluster_yields_what_threads_yield(scheduler: str, mirror: Path, tmp_path: Path) -> None:
    on_threads = _refresh(mirror, tmp_path / "threads")
    on_cluster = _refresh(mirror, tmp_path / "cluster", "--scheduler", scheduler)
    assert (on_threads["outcome"], on_threads["error"]) == ("updated", None)
    assert on_threads["rows"] == 3 * (len(LANGUAGES) + 1)
    same = ("outcome", "rows", "bytes", "requests", "failed_parts", "unknown_names")
    assert {name: on_cluster[name] for name in same} == {name: on_threads[name] for name in same}
    pd.testing.assert_frame_equal(_rows(tmp_path / "cluster"), _rows(tmp_path / "threads"))


def test_no_scheduler_there(mirror: Path, tmp_path: Path) -> None:
    done = _called(mirror, tmp_path, "--scheduler", "tcp://127.0.0.1:1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("stacktide: There is no Dask scheduler at tcp://127.0.0.1:1")
