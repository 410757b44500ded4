"""A wheel, installed in a clean environment and started from an empty folder, serves the same dashboard."""

import importlib.metadata
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 90  # seconds; the first start fills the store

pytestmark = pytest.mark.slow


def clean_environment() -> dict[str, str]:
    """The environment without whatever leads Python or the app back to this checkout."""
    lead_back = ("PYTHON", "VIRTUAL_ENV", "STACKTIDE_", "MAKE", "MFLAGS", "PIP_USER", "PIP_TARGET", "PIP_PREFIX")
    return {key: value for key, value in os.environ.items() if not key.startswith(lead_back)}


def call(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def needed(name: str) -> set[str]:
    """The packages that one needs at run time, directly and indirectly, by what the installed ones declare."""
    found: set[str] = set()
    queue = [(name, frozenset[str]())]
    while queue:
        current, extras = queue.pop()
        for line in importlib.metadata.requires(current) or []:
            requirement = Requirement(line)
            if requirement.marker and not any(requirement.marker.evaluate({"extra": e}) for e in (extras or {""})):
                continue
            key = canonicalize_name(requirement.name)
            if key not in found or requirement.extras:
                found.add(key)
                queue.append((key, frozenset(requirement.extras)))
    return found


def pins_of(names: set[str]) -> str:
    """Their entries in constraints.txt, hashes included."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    entries = re.findall(r"^[a-z0-9].*(?:\n[ #].*)*", text, re.MULTILINE)
    kept = [entry for entry in entries if canonicalize_name(re.split(r"[=\[ ]", entry)[0]) in names]
    assert {canonicalize_name(re.split(r"[=\[ ]", entry)[0]) for entry in kept} == names
    return "\n".join(kept) + "\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("stacktide-*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a clean environment that holds the wheel and what it needs, hashes verified."""
    folder = tmp_path_factory.mktemp("clean")
    call(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    interpreter = folder / "venv" / "bin" / "python"
    (folder / "needed.txt").write_text(pins_of(needed("stacktide")), encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", interpreter)
    install = (*pip, "install", "--quiet", "--no-compile", "--no-deps")
    call(*install, "--require-hashes", "--requirement", "needed.txt", cwd=folder)
    call(*install, "--no-index", wheel, cwd=folder)
    call(*pip, "check", cwd=folder)
    return interpreter


@pytest.fixture(scope="module")
def address(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `stacktide serve`, started from an empty folder; stopped afterwards."""
    empty, home = tmp_path_factory.mktemp("empty"), tmp_path_factory.mktemp("home")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    log = home.with_name("serve.log")
    with log.open("w", encoding="utf-8") as output:
        options = ("--host", "127.0.0.1", "--port", str(port), "--home", str(home / "store"))
        server = subprocess.Popen(
            [python.with_name("stacktide"), "serve", *options],
            cwd=empty,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + STARTS_WITHIN
        while True:
            assert server.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < until, f"no answer within {STARTS_WITHIN} s\n{log.read_text(encoding='utf-8')}"
            if base in log.read_text(encoding="utf-8"):  # another process may answer before the first one prints it
                break
            time.sleep(0.1)
        yield base
        assert list(empty.iterdir()) == [], "the server leaves files in the folder that it is started from"
    finally:
        if server.poll() is None:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def get(url: str) -> tuple[int, str, bytes]:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.status, answer.headers.get_content_type(), answer.read()


def test_the_wheel_holds_catalogue_figures_and_assets(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder in ("data/catalog", "data/embedded", "assets"):
        here = {
            path.relative_to(ROOT).as_posix()
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and not {"__pycache__", ".DS_Store"} & set(path.parts)
        }
        assert here, f"{folder} is empty"
        assert {f"etl/_shipped/{name}" for name in here} <= names
    assert {"etl/py.typed", "dashboard/py.typed"} <= names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "scripts/"))]


def test_the_modules_come_from_the_wheel(python: Path, tmp_path: Path) -> None:
    program = "import etl, dashboard; from etl import paths; print(etl.__file__, dashboard.__file__, sep='\\n')"
    program += "; print(paths.data_dir(), paths.assets_dir(), sep='\\n')"
    lines = call(python, "-c", program, cwd=tmp_path).splitlines()
    assert len(lines) == 4
    site_packages = python.parents[1] / "lib"
    assert all(Path(line).is_relative_to(site_packages) for line in lines), lines


def test_the_command_runs_without_the_checkout(python: Path, tmp_path: Path) -> None:
    output = call(python.with_name("stacktide"), "technologies", "--json", "--home", tmp_path / "home", cwd=tmp_path)
    technologies = json.loads(output)["technologies"]
    assert "python" in {technology["id"] for technology in technologies}


def test_the_page_and_its_style_sheets_are_served(address: str) -> None:
    status, kind, page = get(f"{address}/")
    assert (status, kind) == (200, "text/html")
    sheets = re.findall(rb'<link[^>]+href="([^"]+\.css[^"]*)"', page)
    assert sheets
    for sheet in sheets:
        assert sheet.startswith(b"/"), "nothing may come from another machine"
        status, kind, body = get(address + sheet.decode())
        assert (status, kind) == (200, "text/css")
        assert body
    assert [sheet for sheet in sheets if b"assets/" in sheet], "none of our own style sheets"


def test_the_api_answers_with_series(address: str) -> None:
    status, kind, body = get(f"{address}/api/v1/series")
    assert (status, kind) == (200, "application/json")
    answer = json.loads(body)
    assert len(answer["series"]) > 0
    assert all(len(each["values"]) == len(answer["periods"]) > 0 for each in answer["series"])
