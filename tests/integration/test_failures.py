"""Whatever fails, the last good state stays: of a part, of a source, of the store; and the next refresh mends it.

A server on this machine plays the publisher, `live.py` lets the real command line ask it; disks fill up for real.
"""

import errno
import importlib.util
import json
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from filelock import FileLock

from etl import http, locks, schema
from etl.catalog import Access, Catalog
from etl.home import Home
from etl.pipeline import Refresh
from etl.runs import Run, process

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORLD, AMERICA = "/pypl.github.io/PYPL/All.js", "/pypl.github.io/PYPL/US.js"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
_BEGIN = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


def _beside(name: str) -> ModuleType:
    """The module in a file beside this one, which is also run as a process of its own."""
    spec = importlib.util.spec_from_file_location(f"stacktide_tests_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


live, reader = _beside("live"), _beside("reader")


class Publisher:
    """A server that has `bodies`, path by path, and may have a trouble with some: then that answers."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.troubles: dict[str, Answer] = {}
        self.asked: list[tuple[str, float]] = []
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                publisher.asked.append((self.path, time.monotonic()))
                body = publisher.bodies.get(self.path)
                with suppress(OSError):  # the reader has gone, as it may
                    if body is None:
                        _say(self, 404)
                    else:
                        publisher.troubles.get(self.path, _whole)(self, body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self.server.server_address[1])
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def times(self, path: str) -> list[float]:
        return [at for asked, at in self.asked if asked == path]


def _say(
    handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str] | None = None, body: bytes = b""
) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def _whole(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    _say(handler, 200, body=body)


def _status(status: int, **headers: str) -> Answer:
    return lambda handler, _: _say(handler, status, {name.replace("_", "-"): value for name, value in headers.items()})


def _ended(handler: BaseHTTPRequestHandler, reset: bool) -> None:
    """End the connection: as one that was closed, or as one that broke."""
    handler.wfile.flush()
    if reset:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    else:
        handler.connection.shutdown(socket.SHUT_RDWR)
    handler.connection.close()
    handler.close_connection = True


def _dropped(reset: bool) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        _say(handler, 200, {"Content-Length": str(len(body))}, body[: len(body) // 2])
        _ended(handler, reset)

    return answer


def _dropped_in_chunks(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    half = body[: len(body) // 2]
    handler.wfile.write(b"%x\r\n%s\r\n" % (len(half), half))
    _ended(handler, reset=False)


def _cut_without_length(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Nothing but its content tells that this is not the whole."""
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    _ended(handler, reset=False)


def _never_answered(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    _ended(handler, reset=True)


def _drip(beginning: bytes, drop: bytes) -> Answer:
    """Twenty drops a second, endlessly: no single read ever times out."""

    def answer(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + beginning)
        for _ in range(1200):
            handler.wfile.write(drop)
            handler.wfile.flush()
            time.sleep(0.05)

    return answer


TROUBLES: dict[str, tuple[Answer, str]] = {
    "closed in mid-body": (_dropped(reset=False), r"could not be read \(ProtocolError\)"),
    "broken in mid-body": (_dropped(reset=True), r"could not be read \(ProtocolError\)"),
    "closed between chunks": (_dropped_in_chunks, r"could not be read \(ProtocolError\)"),
    "cut without anybody noticing": (_cut_without_length, r"is the file cut\?"),
    "broken before the answer": (_never_answered, r"could not be read \(ConnectionError\)"),
    "500": (_status(500), "answered 500; try again later"),
    "429 for a day": (_status(429, Retry_After="86400"), r"answered 429 and asks for a pause \(86400 s\)"),
    "429 until a far day": (_status(429, Retry_After="Fri, 31 Dec 2100 23:59:59 GMT"), "answered 429: nothing more"),
    "a byte now and then": (_drip(b"Content-Length: 1000000\r\n\r\n", b" "), "is too slow: the time budget"),
    "a header now and then": (_drip(b"", b"X-More: 1\r\n"), "is too slow: the time budget"),
    "nothing but the gzip header's name": (
        _drip(b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\xff", b"n"),
        "is too slow: the time budget",
    ),
    "an empty answer": (_status(200), r"no names between the comments"),
}


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    found = Publisher()
    found.thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    found.thread.join(5)


@pytest.fixture(scope="session")
def text(pypl_mirror: Callable[[Path, float], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    """What the publisher says when all shares are moved by `shift`."""
    folder = tmp_path_factory.mktemp("texts")
    return lambda shift=0.0: (pypl_mirror(folder, shift) / WORLD[1:]).read_bytes()


@pytest.fixture(scope="session")
def bodies(pypl_mirror: Callable[[Path, float], Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """All 360 rows that the publisher has, path by path."""
    folder = pypl_mirror(tmp_path_factory.mktemp("bodies"), 0.0)
    return {f"/{file.relative_to(folder)}": file.read_bytes() for file in folder.rglob("*.js")}


@pytest.fixture(scope="session")
def small(entries: Catalog) -> Catalog:
    """PYPL with two parts, the world and the United States."""
    entry = entries.source["pypl"]
    settings = {**entry.settings, "indexes": {"PYPL": "pypl_languages"}, "countries": {"All": "WLD", "US": "US"}}
    return _with(entries, settings=settings)


def _with(entries: Catalog, **changes: Any) -> Catalog:
    """The catalogue with nothing but PYPL, and that changed."""
    return Catalog(
        technologies=entries.technologies,
        use_cases=entries.use_cases,
        sources=[entries.source["pypl"].model_copy(update=changes)],
        shared_breaks=entries.shared_breaks,
    )


@pytest.fixture(scope="session")
def filled(small: Catalog, text: Callable[..., bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one good run of both parts; to be copied."""
    mirror = tmp_path_factory.mktemp("mirror")
    for path in (WORLD, AMERICA):
        (mirror / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (mirror / path[1:]).write_bytes(text())
    home = Home(tmp_path_factory.mktemp("homes") / "filled").make()
    run = Refresh(home, small, http.session(mirror), lambda: _BEGIN).one("pypl")
    assert (run.outcome, run.rows_added) == ("updated", 690)
    home.state.close()
    return home.path


def _rows(home: Home, region: str | None = None) -> pd.DataFrame:
    rows = home.store.read(source=["pypl"], region=[region] if region else [])
    return rows.astype(dict.fromkeys(schema.CATEGORIES, "str"))


def _one_sentence(error: str | None) -> None:
    assert error
    assert error.endswith((".", "?"))
    assert "\n" not in error
    assert "Traceback" not in error
    assert "report it" not in error, error


@pytest.mark.parametrize("trouble", TROUBLES)
def test_publisher_in_trouble(
    publisher: Publisher, small: Catalog, filled: Path, text: Callable[..., bytes], tmp_path: Path, trouble: str
) -> None:
    home = Home(shutil.copytree(filled, tmp_path / "home"))
    answer, told = TROUBLES[trouble]
    days, slow = iter(range(1, 10)), "slow" in told

    def refresh(seconds: float = 60) -> Run:
        day = _BEGIN + timedelta(days=next(days))  # what was given today is not asked for again
        access = Access(documented="https://pypl.github.io", per_second=1000, seconds=seconds)
        run = Refresh(home, _with(small, access=access), live.session(publisher.port), lambda: day).one("pypl")
        recorded = home.runs.get(run.id or 0)
        assert recorded is not None
        assert (recorded["outcome"], recorded["error"]) == (run.outcome, run.error)
        return run

    good, version = _rows(home), home.store.version()

    # one part: its rows stay, the other's are the new ones
    publisher.bodies = {WORLD: text(0.01), AMERICA: text(0.01)}
    publisher.troubles = {AMERICA: answer}
    began = time.monotonic()
    run = refresh(1 if slow else 60)
    assert time.monotonic() - began < 15
    assert run.outcome == "partial"
    _one_sentence(run.error)
    assert "pypl: 1 of 2 parts failed (PYPL/US); its last good rows stay" in str(run.error)
    assert re.search(told, str(run.error))
    unharmed = good[good["region"] == "US"].reset_index(drop=True)
    pd.testing.assert_frame_equal(_rows(home, "US"), unharmed)
    assert reader.shift(_rows(home, "WLD")) == 1
    assert home.store.version() == version + 1

    # all parts: all rows stay, and the store is not even touched
    good = _rows(home)
    publisher.bodies = {WORLD: text(0.02), AMERICA: text(0.02)}
    publisher.troubles = {WORLD: answer, AMERICA: answer}
    run = refresh(0.5 if slow else 60)
    assert run.outcome in {"failed", "refused"}
    _one_sentence(run.error)
    pd.testing.assert_frame_equal(_rows(home), good)
    assert home.store.version() == version + 1

    publisher.troubles = {}
    assert refresh().outcome == "updated"
    assert [reader.shift(_rows(home, region)) for region in ("US", "WLD")] == [2, 2]


def test_short_pause_is_kept(publisher: Publisher, small: Catalog, home: Home, text: Callable[..., bytes]) -> None:
    def busy(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        once = len(publisher.times(WORLD)) == 1
        _say(handler, 429, {"Retry-After": "1"}) if once else _whole(handler, body)

    publisher.bodies, publisher.troubles = {WORLD: text(), AMERICA: text()}, {WORLD: busy}
    run = Refresh(home, small, live.session(publisher.port), lambda: _BEGIN).one("pypl")
    assert (run.outcome, run.rows_added) == ("updated", 690)
    first, second = publisher.times(WORLD)
    assert second - first >= 1


class Held:
    """Answers that wait until they may go on."""

    def __init__(self) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()

    def __call__(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.asked.set()
        self.go_on.wait(60)
        _whole(handler, body)


@pytest.fixture
def start(publisher: Publisher, home: Home) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `stacktide refresh pypl --json` against the publisher; what is left of it is killed in the end."""
    with ExitStack() as stack:

        def run(*options: str) -> subprocess.Popen[str]:
            words = ["refresh", "pypl", "--home", str(home.path), "--json", *options]
            command = live.command(publisher.port, *words)
            pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
            started = stack.enter_context(subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, **pipes))
            stack.callback(started.kill)
            return started

        yield run


def _wait_for(held: Held, process: subprocess.Popen[str]) -> None:
    """Return when the process has asked, so that it is in the middle of its run."""
    while not held.asked.wait(0.1):
        assert process.poll() is None, process.communicate()[1]


def _ended_with(process: subprocess.Popen[str], code: int) -> dict[str, Any]:
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (code, ""), err
    (run,) = json.loads(out)["runs"]
    return dict(run)


@pytest.mark.slow
def test_two_refreshes_of_one_source(
    publisher: Publisher, home: Home, bodies: dict[str, bytes], start: Callable[..., subprocess.Popen[str]]
) -> None:
    held = Held()
    publisher.bodies, publisher.troubles = dict(bodies), {WORLD: held}
    first = start()
    _wait_for(held, first)
    second, third = start(), start("--wait", "60")
    told = _ended_with(second, 1)
    who = f"process {first.pid} on {socket.gethostname()}, since "
    assert told["outcome"] == "failed"
    assert told["error"].startswith(f"Another refresh of pypl is under way ({who}20")
    assert told["error"].endswith(" UTC); try again when it has finished.")
    assert told["id"] is None, "it is no run: the source was not even looked at"
    with pytest.raises(subprocess.TimeoutExpired):
        third.wait(1)
    held.go_on.set()
    one, three = _ended_with(first, 0), _ended_with(third, 0)
    assert (one["rows_added"], three["rows"], three["rows_added"]) == (360, 360, 0), (
        "it began after the first had ended"
    )
    assert three["started"] >= one["finished"]
    assert three["store_version"] == one["store_version"] == 0
    assert not list((home.path / "locks").glob("*.holder"))


@pytest.mark.slow
def test_lock_of_a_killed_owner_is_taken_over(
    publisher: Publisher, home: Home, bodies: dict[str, bytes], start: Callable[..., subprocess.Popen[str]]
) -> None:
    held = Held()
    publisher.bodies, publisher.troubles = dict(bodies), {WORLD: held}
    owner = start()
    _wait_for(held, owner)
    waiting = start("--wait", "60")
    said = home.lock("pypl").with_suffix(".holder").read_bytes()
    assert str(owner.pid) in str(locks.holder(home.lock("pypl")))
    publisher.troubles = {}
    owner.send_signal(signal.SIGKILL)
    owner.communicate(timeout=10)
    held.go_on.set()
    assert _ended_with(waiting, 0)["rows_added"] == 360
    newest, before = home.runs.list("pypl")
    assert (newest["outcome"], before["outcome"]) == ("partial", "interrupted")

    # what the killed one said of itself is not believed, whoever has the lock, or its number, by now
    home.lock("pypl").with_suffix(".holder").write_bytes(said)
    assert locks.holder(home.lock("pypl")) is None
    mine = str(process(os.getpid()))
    earlier = json.dumps({"process": f"{mine.rsplit(' ', 1)[0]} 1", "since": "2026-09-01T12:00:00"})
    home.lock("pypl").with_suffix(".holder").write_text(earlier)
    assert locks.holder(home.lock("pypl")) is None
    with locks.held(home.lock("pypl"), "refresh of pypl", lambda: _BEGIN):
        assert f"process {os.getpid()} on" in str(locks.holder(home.lock("pypl")))


def test_waiting_has_an_end(small: Catalog, home: Home, publisher: Publisher) -> None:
    job = Refresh(home, small, live.session(publisher.port), lambda: _BEGIN, wait_seconds=0.1)
    with locks.held(home.lock("pypl"), "refresh of pypl", lambda: _BEGIN):
        run = job.one("pypl")
    who = f"process {os.getpid()} on {socket.gethostname()}, since 2026-09-01 12:00:00 UTC"
    assert (
        run.error == f"Another refresh of pypl was still under way after 0.1 s ({who}); try again when it has finished."
    )
    for content in (None, b"", b"[]", b'{"process": 1}', b'{"process": "x", "since": "then"}', b"\xff"):
        if content is not None:
            home.lock("pypl").with_suffix(".holder").write_bytes(content)
        with FileLock(home.lock("pypl"), thread_local=False):
            run = job.one("pypl")
        assert run.error == "Another refresh of pypl was still under way after 0.1 s; try again when it has finished."


@pytest.mark.slow
def test_twenty_readers_while_a_source_is_refreshed(
    entries: Catalog,
    home: Home,
    tmp_path: Path,
    pypl_mirror: Callable[[Path, float], Path],
    observations: Callable[..., pd.DataFrame],
) -> None:
    mirror, shifts = tmp_path / "mirror", [round(n / 1000, 4) for n in range(1, 6)]
    days = pd.date_range("2020-01-06", periods=reader.OTHER_ROWS, freq="W-MON")
    other = observations(
        source="languish", indicator="languish_questions", frequency="W", period_start=days, technology="python"
    )

    def refresh(shift: float) -> None:
        run = Refresh(home, entries, http.session(pypl_mirror(mirror, shift)), lambda: _BEGIN).one("pypl")
        assert run.rows == reader.ROWS, run.error

    refresh(0.0)
    home.store.replace(other, "languish")
    first = home.store.version()
    stop = threading.Event()
    command = [sys.executable, str(HERE / "reader.py"), str(home.path), "5"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with ExitStack() as stack:
        processes = []
        for _ in range(2):
            started = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, text=True, **pipes)
            processes.append(stack.enter_context(started))
            stack.callback(started.kill)
        for started in processes:
            assert started.stdout is not None
            assert started.stdout.readline() == "reading\n"
        with ThreadPoolExecutor(10) as pool:
            try:
                threads = [pool.submit(reader.read, home, entries, number, stop) for number in range(10)]
                for shift in shifts:
                    refresh(shift)
            finally:
                stop.set()
            seen = [thread.result().shifts for thread in threads]
        for started in processes:
            out, err = started.communicate("stop\n", timeout=60)
            assert (started.returncode, err) == (0, "")
            seen += json.loads(out)
    assert len(seen) == 20
    possible = [round(100 * shift, 6) for shift in [0.0, *shifts]]
    for one in seen:
        assert one == sorted(one), "a reader saw an older version after a newer one"
        assert set(one) <= set(possible)
        assert one[-1] == possible[-1], "what is committed is seen"
    assert len({shift for one in seen for shift in one}) >= 4, "the readers hardly read while the source was refreshed"
    assert home.store.version() == first + len(shifts)
    for version, shift in enumerate(possible[1:], first + 1):
        assert reader.shift(home.store.read(source=["pypl"], version=version)) == shift
        assert len(home.store.read(version=version)) == reader.ROWS + reader.OTHER_ROWS


# Runs a program whose files may not grow beyond a limit: what is written first is what the system refuses first.
LIMITED = """
import resource, runpy, sys
limit, name, sys.argv = int(sys.argv[1]), sys.argv[2], sys.argv[2:]
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
runpy.run_module(name, run_name="__main__", alter_sys=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs limits of the file size")
def test_files_that_may_not_grow(home: Home, tmp_path: Path, pypl_mirror: Callable[[Path, float], Path]) -> None:
    """Needs no privilege, so it runs everywhere; what a full disk does besides is the next test's."""
    mirror = tmp_path / "mirror"

    def refresh(limit: int) -> subprocess.CompletedProcess[str]:
        words = ["etl.cli", "refresh", "pypl", "--upstream", str(mirror), "--home", str(home.path)]
        command = [sys.executable, "-c", LIMITED, str(limit), *words]
        return subprocess.run(
            command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False
        )

    pypl_mirror(mirror, 0.0)
    assert refresh(10**9).returncode == 0
    good, version = _rows(home), home.store.version()
    file = pypl_mirror(mirror, 0.01) / WORLD[1:]
    file.write_bytes(file.read_bytes() + b"\n// " + os.urandom(200_000).hex().encode())  # its gzip does not fit
    for limit, told in ((2_000, "The operational state"), (100_000, "Payloads cannot be kept")):
        done = refresh(limit)
        lines = [line for line in done.stdout.splitlines() if line]
        assert (done.returncode, len(lines)) == (1, 1), done.stdout + done.stderr
        assert lines[0].startswith(f"pypl: failed. {told}")
        _one_sentence(lines[0])
        assert "Traceback" not in done.stderr
        pd.testing.assert_frame_equal(_rows(home), good)
        assert home.store.version() == version
    assert not list(home.path.rglob("*.part"))
    assert refresh(10**9).returncode == 0
    assert reader.shift(_rows(home)) == 1
    outcomes = [run["outcome"] for run in home.runs.list("pypl")]
    assert outcomes == ["partial", "failed", "partial"], "the one that could not be recorded is no run"


def _namespace() -> list[str] | None:
    """How to get a mount namespace of one's own here, if that is permitted."""
    for words in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        if shutil.which(words[0]):
            tried = [*words, "mount", "-t", "tmpfs", "tmpfs", tempfile.gettempdir()]
            if subprocess.run(tried, capture_output=True, check=False).returncode == 0:
                return words
    return None


def test_requests_that_cannot_be_counted(publisher: Publisher, small: Catalog, home: Home) -> None:
    access = Access(documented="https://pypl.github.io", per_second=1000)
    job = Refresh(home, _with(small, access=access), live.session(publisher.port), lambda: _BEGIN)
    file, remedy = home.pace("pypl"), "see that it can be written and has space left."
    refused = f"[Errno {errno.EEXIST}] {os.strerror(errno.EEXIST)}: '{file.parent}'"
    file.parent.write_text("no folder")
    assert job.one("pypl").error == f"Requests of pypl cannot be counted in {file} ({refused}): {remedy}"
    file.parent.unlink()
    file.parent.mkdir()
    file.write_bytes(b"no database" * 100)
    assert job.one("pypl").error == f"Requests of pypl cannot be counted in {file} (file is not a database): {remedy}"
    assert [run["outcome"] for run in home.runs.list("pypl")] == ["failed", "failed"]
    assert publisher.asked == []


@pytest.mark.slow
def test_disk_full(tmp_path: Path, pypl_mirror: Callable[[Path, float], Path]) -> None:
    namespace = _namespace()
    if namespace is None:
        pytest.skip("no file system may be mounted here, not even in a namespace of its own")
    mirror, folder = tmp_path / "mirror", tmp_path / "disk"
    folder.mkdir()
    for name, shift in (("a.js", 0.0), ("b.js", 0.01)):
        shutil.copy(pypl_mirror(mirror, shift) / WORLD[1:], mirror / name)
    command = [*namespace, sys.executable, str(HERE / "full_disk.py"), str(folder), str(mirror)]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    first, *told = report["told"]
    assert (first["full"]["rows"], first["full"]["java"], first["after"]["outcome"]) == (360, [20], "partial")
    before, places = first["after"], set()
    for number, found in enumerate(told, 1):
        full, after, new = found["full"], found["after"], [20 + number % 2]
        assert full["rows"] == after["rows"] == 360
        assert after["java"] == new, f"with space again after {found['left_kb']} KB"
        if full["outcome"] == "failed":
            _one_sentence(full["error"])
            stored = "could not be recorded" in full["error"]
            assert full["java"] == (new if stored else before["java"])
            assert full["version"] == before["version"] + stored
            places.add(full["error"].split(" cannot ")[0].split(" ")[0] + (" end" if stored else ""))
        else:
            assert (full["outcome"], full["java"]) == ("partial", new)
        assert after["version"] == before["version"] + 1
        before = after
    assert told[0]["full"]["outcome"] == "failed"
    assert told[-1]["full"]["outcome"] == "partial"
    assert len(places) >= 2, f"the disk was full at the same step each time: {places}"
    assert report["parts"] == []
    store = folder / "home" / "store" / "observations"
    reason = "No space left on device; the last state stays."
    assert report["refused"] == f"The store at {store} cannot be written: {reason}"
    assert report["after"] == {**before, "outcome": "partial"}
    printed = told[0]["command"]
    assert (printed["code"], printed["err"], printed["out"].count("\n")) == (1, "", 1), printed
    _one_sentence(printed["out"].rstrip("\n"))
