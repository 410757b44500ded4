"""The server as a process: one line when it answers, one sentence when it cannot, a clean end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(home: Path, port: int, workers: int = 2) -> Iterator[subprocess.Popen[str]]:
    """`stacktide serve` in a session of its own, as from a terminal."""
    options = ["--home", str(home), "--port", str(port), "--workers", str(workers)]
    with subprocess.Popen(
        [sys.executable, "-m", "etl.cli", "serve", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_serves_says_where_and_stops_cleanly(sent: signal.Signals, tmp_path: Path, port: int) -> None:
    with serve(tmp_path, port) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line == f"Stacktide is at http://127.0.0.1:{port}\n"
        for path in ("/healthz", "/", "/api/v1/series"):
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                assert answer.status == 200
        os.killpg(process.pid, sent) if sent == signal.SIGINT else process.send_signal(sent)
        more, said = process.communicate(timeout=20)
        assert process.returncode == 0
        assert more == ""
        assert said == ""


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serve(tmp_path, port) as process:
            out, said = process.communicate(timeout=60)
    assert process.returncode != 0
    assert out == ""
    assert str(port) in said
    assert "--port" in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 1


def test_a_damaged_store_is_one_sentence(tmp_path: Path, port: int) -> None:
    log = tmp_path / "store" / "observations" / "_delta_log"
    log.mkdir(parents=True)
    (log / f"{0:020}.json").write_text("no json\n", encoding="utf-8")
    with serve(tmp_path, port) as process:
        out, said = process.communicate(timeout=60)
    assert process.returncode != 0
    assert out == ""
    assert "store" in said
    assert len(said.strip().splitlines()) == 1
