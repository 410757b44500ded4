"""What tests of several folders share: the real catalogue, an empty home, a clock that stands still, rows, payloads."""

import hashlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
from hypothesis import settings

from etl import catalog, logs, schema
from etl.home import Home
from etl.http import Payload, Request
from etl.store import Store

ROOT = Path(__file__).resolve().parents[1]

# how long an example takes says more about the machine than about the code; in continuous integration always the same
settings.register_profile("stacktide", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("stacktide")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: no process is left alone with a long one at the end."""
    long = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(autouse=True)
def _forgets_secrets() -> Iterator[None]:
    """What a test has the log hide is hidden in that test only, not in those that happen to follow it."""
    hidden = set(logs._secrets)
    yield
    logs._secrets.clear()
    logs._secrets.update(hidden)


@pytest.fixture(scope="session")
def entries() -> catalog.Catalog:
    """The real catalogue."""
    return catalog.load(ROOT / "data" / "catalog")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A new, empty home."""
    return Home(tmp_path / "home").make()


@pytest.fixture(scope="session")
def upstream() -> Path:
    """The mirror of upstream payloads beside the repository; in continuous integration it must be there."""
    folder = Path(os.environ.get("STACKTIDE_UPSTREAM", ROOT.parent / "shared" / "upstream"))
    if not (folder / "MANIFEST.csv").is_file():
        absent = f"no mirror of upstream payloads at {folder} (STACKTIDE_UPSTREAM names another place)"
        if os.environ.get("CI") == "true":
            pytest.fail(absent)
        pytest.skip(absent)
    return folder


@pytest.fixture(scope="session")
def clock() -> Callable[[], datetime]:
    """A clock that stands at noon of 2026-09-01, later than every recorded payload."""
    return lambda: datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone, as in the run history


@pytest.fixture(scope="session")
def payload() -> Callable[..., Payload]:
    """Make a payload of bytes: `payload(content, part, scope, published=..., today=...)`."""

    def made(
        content: bytes | str,
        part: str = "part",
        scope: dict[str, Any] | None = None,
        published: date | None = None,
        today: date = date(2026, 9, 1),
    ) -> Payload:
        body = content.encode() if isinstance(content, str) else content
        request = Request(f"https://example.org/{part}", part=part, scope=scope or {})
        return Payload(request, body, hashlib.sha256(body).hexdigest(), published, today)

    return made


@pytest.fixture(scope="session")
def observations() -> Callable[..., pd.DataFrame]:
    """Make typed rows: `observations(value=[1, 2], period_start=[...])`; what is not given gets a plain default."""

    def made(**columns: Any) -> pd.DataFrame:
        count = next((len(v) for v in columns.values() if isinstance(v, (list, pd.Index))), 1)
        plain = {
            "source": "pypl",
            "indicator": "pypl_languages",
            "technology": "python",
            "region": schema.WORLD,
            "segment": schema.ALL_SEGMENTS,
            "period_start": "2026-01-01",
            "frequency": "M",
            "value": 10.0,
            "sample_size": None,
            "status": "final",
            "vintage": "2026-02-01",
            "payload": "a" * 64,
        }
        assert set(columns) <= set(plain), set(columns) - set(plain)
        return schema.typed(pd.DataFrame({**plain, **columns}, index=range(count)))

    return made


@pytest.fixture(scope="session")
def committed_at() -> Callable[..., Store]:
    """Make a store on this machine look as if its versions had been committed at other times (UTC).

    `committed_at(store, {0: datetime(...), 1: ...})`; returns the store, opened anew.
    """

    def made(store: Store, times: dict[int, datetime]) -> Store:
        location = Path(store._location)
        for version, at in times.items():
            seconds = at.replace(tzinfo=UTC).timestamp()
            file = location / "_delta_log" / f"{version:020}.json"
            lines = [json.loads(line) for line in file.read_text().splitlines()]
            for line in lines:
                if "commitInfo" in line:
                    line["commitInfo"]["timestamp"] = int(seconds * 1000)
                if "remove" in line:
                    line["remove"]["deletionTimestamp"] = int(seconds * 1000)
                if "add" in line:
                    os.utime(location / line["add"]["path"], (seconds, seconds))
            file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
            os.utime(file, (seconds, seconds))
        return Store(location)

    return made


@pytest.fixture(scope="session")
def pypl_mirror() -> Callable[[Path, float], Path]:
    """Write a mirror of 360 healthy rows of PYPL: five languages in 69 months, which `shift` moves a little.

    The other 15 rows, of one name and month in each of as many files, stay as they are; eight files are not there.
    """

    def made(folder: Path, shift: float = 0.0) -> Path:
        names = "'Java', 'Python', 'Go', 'Rust', 'Zig'"
        lines = [
            f"[new Date({2020 + n // 12},{n % 12},1),{0.2 + shift:.4f},{0.3 - shift:.4f},0.1,{0.05 + n / 1e3:.4f},0.01]"
            for n in range(3, 72)
        ]
        text = (
            f"graphData = [\n['Date', // begin section languages\n{names}\n// end section languages\n],\n"
            "// begin section All\n" + ",\n".join(lines) + "\n// end section All\n        ];\n"
        )
        file = folder / "pypl.github.io" / "PYPL" / "All.js"
        file.parent.mkdir(parents=True, exist_ok=True)
        for index, name in (("DB", "MySQL"), ("IDE", "Eclipse"), ("ODE", "JSFiddle")):
            for country in ("US", "GB", "IN", "DE", "FR"):
                other = folder / "pypl.github.io" / index / f"{country}.js"
                if not other.exists():
                    other.parent.mkdir(exist_ok=True)
                    other.write_text(
                        f"['Date', // begin section languages\n'{name}'\n// end section languages\n],\n"
                        "// begin section All\n[new Date(2025,11,1),1.0]\n// end section All\n        ];\n",
                        encoding="utf-8",
                    )
        part = file.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(file)
        return folder

    return made


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address, without database, of a PostgreSQL server started for these tests; in CI it must be there."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        absent = "no PostgreSQL: install Debian's package `postgresql`"
        if os.environ.get("CI") == "true":
            pytest.fail(absent)
        pytest.skip(absent)
    # the server refuses to be run by root
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = ("postgres" if "postgres" in names else "nobody") if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="stacktide-postgresql-"))
    password = folder / "password"
    password.write_text("not so secret\n")
    if user is not None:
        for path in (folder, password):
            shutil.chown(path, user)
    data, log = folder / "data", folder / "log"
    plain = {"LC_ALL": "C", "PATH": os.environ["PATH"]}
    made = [programs[-1], "-D", data, "-U", "stacktide", "-A", "scram-sha-256", f"--pwfile={password}"]
    subprocess.run(
        [*made, "--encoding=UTF8", "--no-sync"],
        user=user,
        cwd=folder,
        env=plain,
        check=True,
        capture_output=True,
        timeout=60,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [programs[-1].with_name("postgres"), "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", "", "-F"]
    with log.open("wb") as output:
        server = subprocess.Popen(words, user=user, cwd=folder, env=plain, stdout=output, stderr=output)
    address = f"postgresql://stacktide:not%20so%20secret@127.0.0.1:{port}"
    try:
        until = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(f"{address}/postgres").close()
                break
            except psycopg.OperationalError:
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.05)
        yield address
    finally:
        server.send_signal(signal.SIGQUIT)  # waits for nobody, and keeps nothing
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(folder)


@pytest.fixture
def new_postgresql(postgresql: str) -> str:
    """The address of a new, empty database of PostgreSQL."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(f"{postgresql}/postgres", autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return f"{postgresql}/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where an operational state may be made: a file of SQLite, then a new database of PostgreSQL."""
    if request.param == "sqlite":
        return tmp_path / "new" / "state.sqlite"
    address: str = request.getfixturevalue("new_postgresql")
    return address
