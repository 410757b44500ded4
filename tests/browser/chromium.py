"""Chromium and the dashboard as a reader has them: found, started, stopped."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str | None:
    """The system's Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@contextmanager
def browser(executable: str) -> Iterator[Browser]:
    """A headless browser without a network life of its own."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, headless=True, args=FLAGS)
        try:
            yield started
        finally:
            started.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(home: Path, *options: str, **variables: str) -> Iterator[str]:
    """The address of `stacktide serve` on `home`, which is filled with the embedded data where it is empty.

    `options` are further ones of the command, `variables` of its environment.
    """
    port = free_port()
    command = [sys.executable, "-m", "etl.cli", "serve", "--home", str(home), "--port", str(port), "--workers", "1"]
    command += options
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1", **variables}
    with subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        try:
            line = server.stdout.readline()
            if not line:
                server.wait(10)
                raise AssertionError(f"the server did not start: {server.stderr.read()}")
            yield line.split()[-1]
        finally:
            server.terminate()
            _, said = server.communicate(timeout=20)
            assert "Traceback" not in said, said
