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


def addresses() -> list[tuple[str, str]]:
    """(name, path) of every page of the dashboard; of those with one page per id the first, and the list of all."""
    from dashboard.pages import discover
    from etl import catalog, paths

    entries = catalog.load(paths.data_dir() / "catalog")
    found = []
    for page in discover():
        found.append((page.id, page.root))
        if page.items:
            item = next(iter(page.items(entries)))
            found.append((f"{page.id}-{item}", f"{page.root}/{item}"))
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(home: Path, *options: str, examples: bool = False, **variables: str) -> Iterator[str]:
    """The address of `stacktide serve` on `home`, which is filled with the embedded data where it is empty.

    `options` are further ones of the command, `variables` of its environment; with `examples` the pages of
    `example_pages` are there, too.
    """
    port = free_port()
    program = [str(Path(__file__).with_name("with_examples.py"))] if examples else ["-m", "etl.cli"]
    command = [sys.executable, *program, "serve", "--home", str(home), "--port", str(port), "--workers", "1"]
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
            provoked = said.count("ZeroDivisionError: fail=1") if examples else 0
            assert said.count("Traceback") == provoked, said
