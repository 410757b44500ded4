"""Attacks on a running server: each has a defined outcome, and meanwhile readers get their page.

One server with two processes on a store with 200,000 rows of one source, and with little patience: 3 s instead of 30.
"""

import gzip
import hashlib
import json
import os
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage, HTTPResponse, IncompleteRead
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import pytest

from dashboard.limits import LARGEST_BODY, LONGEST_LINE
from etl.catalog import Catalog
from etl.home import Home

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 3.0
DAYS, COUNTRIES = 1_000, 10
ROWS = 20 * DAYS * COUNTRIES
WORKERS = 2
SOON = 10.0
"""Seconds within which a page must come, on however busy a machine."""
MOST_MEMORY_KB = 900_000
"""Of one process of the server at its highest; four downloads that were held as a whole would need far more."""
COLLECTIONS = (
    "observations",
    "series",
    "technologies",
    "use-cases",
    "indicators",
    "sources",
    "breaks",
    "runs",
    "vintages",
    "rankings",
)
pytestmark = pytest.mark.slow


@dataclass
class Answer:
    """One whole answer."""

    status: int
    headers: HTTPMessage
    body: bytes

    def problem(self) -> dict[str, Any]:
        assert self.headers["Content-Type"] == "application/problem+json", (self.status, self.body[:200])
        found = json.loads(self.body)
        assert found["status"] == self.status
        assert "Traceback" not in found["detail"]
        assert isinstance(found, dict)
        return found


@dataclass
class Server:
    """The server under attack."""

    port: int
    pid: int
    home: Home
    version: int = 0

    def connect(self, receive: int | None = None) -> socket.socket:
        made = socket.socket()
        if receive is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        made.settimeout(30)
        made.connect(("127.0.0.1", self.port))
        return made

    def asked(self, path: str) -> HTTPResponse:
        """An answer of which only the head was read."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        return connection.getresponse()

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def sent(self, request: bytes) -> bytes:
        """All that comes back for some bytes, until the server closes or nothing more comes."""
        found = b""
        with self.connect() as connection:
            connection.settimeout(2 * PATIENCE + 5)
            with suppress(OSError):  # it has answered, and closes
                connection.sendall(request)
            with suppress(OSError):
                while piece := connection.recv(65536):
                    found += piece
        return found

    def page_comes(self) -> float:
        """Seconds until a reader has the page and the figures of a chart."""
        began = time.monotonic()
        assert self.ask("/").status == 200
        chart = self.ask("/api/v1/series")
        assert (chart.status, len(json.loads(chart.body)["series"]) > 0) == (200, True)
        took = time.monotonic() - began
        assert took < SOON
        return took

    def processes(self) -> list[int]:
        """The processes that answer."""
        found = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(pid) for pid in found]

    def highest_memory_kb(self) -> int:
        told = [Path(f"/proc/{pid}/status").read_text() for pid in self.processes()]
        return max(int(match[1]) for text in told if (match := re.search(r"VmHWM:\s+(\d+) kB", text)))


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, entries: Catalog, observations: Callable[..., pd.DataFrame]
) -> Iterator[Server]:
    home = Home(tmp_path_factory.mktemp("attacks") / "home").make()
    technologies = list(entries.technology)[:20]
    countries = ["WLD", "DE", "FR", "US", "IN", "BR", "JP", "GB", "IT", "ES"]
    days = pd.date_range("2020-01-01", periods=DAYS).astype(str)
    keys = pd.DataFrame(product(technologies, countries, days), columns=["technology", "region", "period_start"])
    values = {name: keys[name].tolist() for name in keys}
    home.store.replace(observations(**values, value=[float(n % 1000) for n in range(ROWS)]), source="pypl")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = ["--home", str(home.path), "--port", str(port), "--workers", str(WORKERS), "--no-scheduler"]
    with subprocess.Popen(
        [sys.executable, "-m", "etl.cli", "serve", *options],
        cwd=ROOT,
        env={**os.environ, "STACKTIDE_PATIENCE_SECONDS": f"{PATIENCE:g}", "STACKTIDE_LOG_LEVEL": "ERROR"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"Stacktide is at http://127.0.0.1:{port}\n"
            yield Server(port, process.pid, home, home.store.version())
        finally:
            process.terminate()
    assert process.returncode == 0


@pytest.fixture(autouse=True)
def unharmed(server: Server) -> Iterator[None]:
    """After each attack the same processes answer as before, and the store is as it was."""
    processes = server.processes()
    assert len(processes) >= WORKERS
    yield
    assert server.processes() == processes
    server.page_comes()
    there = json.loads(server.ask("/api/v1/observations?source=pypl&limit=1").body)["meta"]
    assert (there["rows"], there["store_version"]) == (ROWS, server.version)


# ---- what is asked for -----------------------------------------------------------------------------------------------

TRICKS = (
    "../../../../etc/passwd",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "..%5c..%5cwindows%5cwin.ini",
    "C:%5cwindows%5cwin.ini",
    "observations.csv%00.html",
    "%00",
    "observations.csv/..%2f..%2fpyproject.toml",
    "NUL.csv",
    "%c0%ae%c0%ae%c0%afetc%c0%afpasswd",
)


@pytest.mark.parametrize("below", ["/", "/api/v1/", "/api/v1/files/", "/assets/", "/_dash-component-suites/", "/view/"])
def test_no_address_leads_to_other_files(below: str, server: Server) -> None:
    for trick in TRICKS:
        answer = server.sent(f"GET {below}{trick} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        status = int(answer.split(b" ", 2)[1])
        assert status in (400, 404), (below, trick, status)
        assert b"root:" not in answer
        assert b"[project]" not in answer


def test_nothing_gets_into_a_header(server: Server) -> None:
    evil = quote('"; filename="x.exe"\r\nX-Evil: 1\r\n\r\n<script>')
    for name in ("technology", "indicator", "region", "segment", "from", "fields", "sort", "nothing"):
        for ending in ("", ".csv", ".xlsx", ".csv-metadata.json"):
            answer = server.ask(f"/api/v1/observations{ending}?{name}={evil}")
            assert answer.status == 400
            assert "X-Evil" not in answer.headers
            assert "Content-Disposition" not in answer.headers
    for ending in ("csv", "json", "ndjson", "parquet", "xlsx", "zip"):
        answer = server.ask(f"/api/v1/observations.{ending}?technology=python&limit=1")
        assert re.fullmatch(
            rf'attachment; filename="[A-Za-z0-9][A-Za-z0-9._-]*\.{ending}"', answer.headers["Content-Disposition"]
        )
    split = server.sent(b"GET / HTTP/1.1\r\nHost: a\r\nReferer: http://a/%0d%0aX-Evil:1\r\nConnection: close\r\n\r\n")
    assert b"\r\nX-Evil" not in split


INJECTIONS = (
    "' or '1'='1",
    "python'; drop table observations; --",
    "python' union select * from read_csv('/etc/passwd') --",
    '" or 1=1 --',
    "1; attach 'x.db'; copy observations to 'x'",
    "%",
    "\\",
    "python\x00java",
    "{{7*7}}${7*7}",
    "=cmd|' /C calc'!A0",
)


FILTERS = (
    *("indicator", "technology", "use_case", "kind", "source", "region", "segment", "from", "to", "as_of", "version"),
    *("outcome", "period", "fields", "sort", "limit", "offset", "value", "base"),
)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_no_filter_is_a_statement(collection: str, server: Server) -> None:
    for name, text in product(FILTERS, INJECTIONS):
        answer = server.ask(f"/api/v1/{collection}?{name}={quote(text)}")
        if answer.status == 200:  # a parameter of pages, which the collection passes over
            assert name in ("value", "base"), (name, text)
            assert collection not in ("series", "rankings")
        else:
            assert answer.status == 400, (name, text, answer.body[:200])
            assert answer.problem()["errors"][0]["field"] == name
            assert b"root:" not in answer.body


def test_ten_thousand_technologies_are_too_many(server: Server, entries: Catalog) -> None:
    ids = list(entries.technology)
    sane = server.ask(f"/api/v1/observations?technology={','.join(ids[:60])}&limit=1")
    assert sane.status == 200
    many = server.ask(f"/api/v1/observations?technology={','.join(ids[n % len(ids)] for n in range(10_000))}")
    assert many.status == 414
    assert f"{LONGEST_LINE:,} bytes" in many.problem()["detail"]
    short = server.ask(f"/api/v1/observations?technology={','.join(f'x{n}' for n in range(1_200))}")
    assert short.status == 400
    assert short.problem()["errors"][0]["field"] == "technology"


DAYS_OFF = (
    *("0000-00-00", "0000-01-01", "9999-12-31", "2026-02-30", "2026-13-01", "99999999999-01-01", "-1", "now", "2026"),
    *("1e9", "2026-01-01T00:00:00", "２０２６-01-01", "\x00", "2026-01-01,2026-01-02", "NaN"),
)


@pytest.mark.parametrize("day", DAYS_OFF)
def test_absurd_dates_are_named(day: str, server: Server) -> None:
    for name in ("from", "to", "as_of"):
        for address in ("/api/v1/observations", "/api/v1/observations.csv", "/api/v1/series"):
            answer = server.ask(f"{address}?{name}={quote(day)}")
            assert answer.status == 400, (address, name)
            assert answer.problem()["errors"][0]["field"] == name


def test_unknown_columns_and_numbers_are_named(server: Server) -> None:
    for name, text in [
        ("fields", "secret"),
        ("sort", "-secret"),
        ("sort", "--value"),
        ("limit", "-1"),
        ("limit", "0"),
        ("limit", "9" * 400),
        ("limit", "1e3"),
        ("offset", "-1"),
        ("offset", "9" * 30),
        ("version", "99999"),
        ("version", "-1"),
    ]:
        for address in ("/api/v1/observations", "/api/v1/observations.parquet"):
            answer = server.ask(f"{address}?{name}={quote(text)}")
            assert answer.status in (400, 410), (address, name, text)
            assert name == "version" or answer.problem()["errors"][0]["field"] == name


# ---- what is sent ----------------------------------------------------------------------------------------------------

POSTED = ("/api/v1/files", "/admin/refresh", "/_dash-update-component", "/")


def test_bombs_and_huge_bodies_are_not_read(server: Server) -> None:
    bomb = gzip.compress(b"[" * 50_000_000)
    assert len(bomb) < LARGEST_BODY
    for path in POSTED:
        packed = server.ask(path, "POST", bomb, Content_Encoding="gzip", Content_Type="application/json")
        assert packed.status == 415, path
        assert "Content-Encoding" in packed.problem()["detail"]
        # the size is said, and nothing of it is sent: the answer does not wait for it
        began = time.monotonic()
        said = server.sent(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n".encode())
        assert said.startswith(b"HTTP/1.1 413 "), path
        assert b"application/problem+json" in said
        assert time.monotonic() - began < PATIENCE + SOON
    assert server.highest_memory_kb() < MOST_MEMORY_KB


def test_a_body_without_a_length_is_bounded_too(server: Server) -> None:
    piece = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
    for path in POSTED[:2]:
        head = f"POST {path} HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nContent-Type: application/json\r\n"
        said = server.sent(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + piece * 40)
        assert said.startswith(b"HTTP/1.1 413 "), (path, said[:200])
        assert b"application/problem+json" in said
        assert said.count(b"HTTP/1.1") == 1


def test_huge_heads_are_refused(server: Server) -> None:
    lines = [
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 500 + b"\r\n", b"431"),
        (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200_000, b"431"),
        (b"x" * 1_000_000, b"414"),
    ]
    for request, status in lines:
        said = server.sent(request)
        assert said == b"" or said.split(b" ", 2)[1] == status, (said[:80], status)
    assert server.sent(lines[0][0]).startswith(b"HTTP/1.1 431 ")


SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 0",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5, 5",
        b"Content-Length: +5",
        b"Content-Length: 0x5",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding : chunked",
        b"Transfer-Encoding:\x0bchunked",
        b"X: 1\nTransfer-Encoding: chunked",
        b" Transfer-Encoding: chunked",
    ],
)
def test_no_request_hides_in_another(fields: bytes, server: Server) -> None:
    said = server.sent(b"POST / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n\r\n0\r\n\r\n" + SMUGGLED)
    answers = re.findall(rb"HTTP/1\.1 (\d{3}) ", said)
    assert len(answers) == 1
    assert answers[0] in (b"400", b"501")
    assert b'"version"' not in said


# ---- how slowly ------------------------------------------------------------------------------------------------------


def test_whoever_sends_slowly_delays_nobody(server: Server) -> None:
    idle = [server.connect() for _ in range(40)]
    heads = [server.connect() for _ in range(40)]
    bodies = [server.connect() for _ in range(40)]
    for connection in heads:
        connection.sendall(b"GET / HTTP/1.1\r\nHost:")
    for connection in bodies:
        connection.sendall(b"POST /api/v1/files HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE + 1.5:  # now and then a byte, and it is no use
        for connection in heads:
            with suppress(OSError):
                connection.send(b"x")
        server.page_comes()
    for connection in (*idle, *heads, *bodies):
        connection.settimeout(SOON)
        with suppress(ConnectionResetError):
            assert connection.recv(1000) == b""
        connection.close()


def broken_off(connection: socket.socket, seconds: float) -> bool:
    """Whether the server breaks the connection off within some seconds; nothing is read meanwhile."""
    looks = select.poll()
    looks.register(connection, select.POLLERR | select.POLLHUP)
    return bool(looks.poll(seconds * 1_000))


def test_whoever_takes_nothing_is_cut_off(server: Server) -> None:
    """Their places are free again then, and until then readers get what they want."""
    stalled = [server.connect(4096) for _ in range(6)]
    for connection in stalled:
        connection.sendall(b"GET /api/v1/observations.csv?source=pypl HTTP/1.1\r\nHost: a\r\n\r\n")
    begun = [connection.recv(12, socket.MSG_PEEK) for connection in stalled]
    server.page_comes()
    assert sorted(set(begun)) in ([b"HTTP/1.1 200"], [b"HTTP/1.1 200", b"HTTP/1.1 503"])
    assert begun.count(b"HTTP/1.1 200") <= 2 * WORKERS
    for connection, head in zip(stalled, begun, strict=True):
        assert head == b"HTTP/1.1 503" or broken_off(connection, PATIENCE + SOON)
        connection.close()
    until = time.monotonic() + SOON
    while (
        answer := server.ask("/api/v1/observations.csv?source=pypl&fields=value")
    ).status == 503 and time.monotonic() < until:
        time.sleep(0.2)
    assert answer.status == 200
    assert answer.body.count(b"\r\n") == ROWS + 1


def test_whoever_takes_it_drop_by_drop_is_cut_off(server: Server) -> None:
    with server.connect(4096) as dripping:
        dripping.sendall(b"GET /api/v1/observations.csv?source=pypl HTTP/1.1\r\nHost: a\r\n\r\n")
        until, was_reset = time.monotonic() + 10 * PATIENCE, False
        try:
            while time.monotonic() < until and dripping.recv(100):
                time.sleep(0.25)
        except ConnectionResetError:
            was_reset = True
        assert was_reset


# ---- how much at once ------------------------------------------------------------------------------------------------


def whole_or_refused(server: Server, path: str) -> tuple[int, str]:
    try:
        answer = server.ask(path)
    except IncompleteRead:
        return 0, "cut off"
    if answer.status == 503:
        assert int(answer.headers["Retry-After"]) > 0
        answer.problem()
        return 503, ""
    return answer.status, hashlib.sha256(answer.body).hexdigest()


def test_fifty_large_exports_at_once(server: Server) -> None:
    path = "/api/v1/observations.csv?source=pypl"
    right = whole_or_refused(server, path)
    assert right[0] == 200
    with ThreadPoolExecutor(50) as pool:
        asked = [pool.submit(whole_or_refused, server, path) for _ in range(50)]
        pages = [server.page_comes() for _ in range(3)]
        outcomes = [each.result() for each in asked]
    assert set(outcomes) <= {right, (503, "")}
    assert outcomes.count(right) >= WORKERS
    assert max(pages) < SOON
    assert server.highest_memory_kb() < MOST_MEMORY_KB


def test_many_files_at_once(server: Server) -> None:
    wanted = json.dumps({"collection": "observations", "format": "xlsx", "query": "source=pypl"}).encode()
    headers = {"Content_Type": "application/json", "Origin": f"http://127.0.0.1:{server.port}"}
    with ThreadPoolExecutor(10) as pool:
        asked = [pool.submit(server.ask, "/api/v1/files", "POST", wanted, **headers) for _ in range(30)]
        answers = [each.result() for each in asked]
    begun = [json.loads(answer.body)["id"] for answer in answers if answer.status == 202]
    assert len(begun) == len(set(begun)) == 2
    refused = [answer for answer in answers if answer.status != 202]
    assert {answer.status for answer in refused} == {503, 429}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    server.page_comes()
    for file_id in begun:
        assert server.ask(f"/api/v1/files/{file_id}", "DELETE", **headers).status == 204
    assert [path for path in (server.home.path / "files").iterdir() if path.is_dir()] == []
