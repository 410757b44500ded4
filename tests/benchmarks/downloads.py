"""What large downloads cost the readers beside them: `python -m tests.benchmarks.downloads [--rows 500000]`.

A server with one process on a store that is made here. Side by side: how long a page and a small answer take when
nothing else happens, while two large downloads run, while readers of two downloads take nothing, and while 100 clients
send their requests byte by byte; then how fast one download comes, plain and compressed as it flows.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from http.client import HTTPConnection
from itertools import product
from pathlib import Path
from statistics import median

import pandas as pd

from etl import catalog, schema
from etl.home import Home

CHECKOUT = Path(__file__).resolve().parents[2]
SMALL = ("/", "/api/v1/series?technology=python", "/api/v1/observations.csv?technology=python&limit=100")
LARGE = "/api/v1/observations.csv?source=pypl"


def fill(home: Home, rows: int) -> None:
    """Put so many daily observations of one indicator into the store: 20 technologies, in as many regions as needed."""
    technologies = list(catalog.load(CHECKOUT / "data/catalog").technology)[:20]
    regions = [a + b for a, b in product("ABCDEFGHIJ", repeat=2)][: max(1, rows // 40_000)]
    days = pd.date_range("2020-01-01", periods=rows // (20 * len(regions)))
    frame = pd.DataFrame(product(technologies, regions, days), columns=["technology", "region", "period_start"])
    frame = frame.assign(
        source="pypl",
        indicator="pypl_languages",
        segment=schema.ALL_SEGMENTS,
        frequency="D",
        value=[n % 997 / 10 for n in range(len(frame))],
        sample_size=None,
        status="final",
        vintage="2026-02-01",
        payload="a" * 64,
    )
    home.store.replace(schema.typed(frame), source="pypl")


def ask(port: int, path: str, encoding: str = "identity") -> int:
    """The bytes of an answer, as sent."""
    connection = HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("GET", path, headers={"Accept-Encoding": encoding})
    answer = connection.getresponse()
    size = 0
    while piece := answer.read(1 << 16):
        size += len(piece)
    connection.close()
    return size if answer.status == 200 else -answer.status


def readers(port: int, seconds: float = 6.0) -> tuple[float, float, int]:
    """Median and 95th percentile of the milliseconds of small answers, asked one after another, and their number."""
    took, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        for path in SMALL:
            began = time.perf_counter()
            assert ask(port, path) > 0, path
            took.append((time.perf_counter() - began) * 1e3)
    return median(took), sorted(took)[int(len(took) * 0.95)], len(took)


@contextmanager
def downloading(port: int) -> Iterator[None]:
    """Two large downloads, begun again when they end."""
    stop = threading.Event()

    def again() -> None:
        while not stop.is_set():
            ask(port, LARGE)

    threads = [threading.Thread(target=again) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    yield
    stop.set()
    for thread in threads:
        thread.join()


@contextmanager
def connected(port: int, number: int, request: bytes) -> Iterator[None]:
    """Clients that send this, and then nothing; and take nothing."""
    with ExitStack() as stack:
        for _ in range(number):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            with suppress(OSError):
                connection.sendall(request)
        time.sleep(0.5)
        yield


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home").make()
        fill(home, rows)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        options = ["--home", str(home.path), "--port", str(port), "--workers", "1", "--no-scheduler"]
        words = [sys.executable, "-m", "etl.cli", "serve", *options]
        with subprocess.Popen(words, cwd=CHECKOUT, env=os.environ, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                print(server.stdout.readline(), end="")
                measure(port)
            finally:
                server.terminate()


def measure(port: int) -> None:
    """All figures of one server."""
    large = f"GET {LARGE} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    begun = b"GET / HTTP/1.1\r\nHost:"
    situations: dict[str, Callable[[], AbstractContextManager[object]]] = {
        "nothing else": ExitStack,
        "two large downloads": lambda: downloading(port),
        "two readers that take nothing": lambda: connected(port, 2, large),
        "100 requests that never end": lambda: connected(port, 100, begun),
    }
    readers(port, 2)
    alone = None
    for name, situation in situations.items():
        with situation():
            middle, slow, number = readers(port)
        alone = alone or middle
        print(
            f"{name:<32} median {middle:7.1f} ms, 95 % {slow:7.1f} ms, {number:4} answers, {middle / alone:5.1f} times"
        )
    time.sleep(1)
    plain = None
    for encoding in ("identity", "gzip", "br"):
        began = time.perf_counter()
        size = ask(port, LARGE, encoding)
        took = time.perf_counter() - began
        plain = plain or took
        print(f"{encoding:<32} {size / 1e6:7.1f} MB in {took:5.2f} s, {took / plain:5.2f} times")


if __name__ == "__main__":
    main()
