#!/usr/bin/env python3
"""Regenerate constraints.txt, constraints-npm.txt and package-lock.json: versions and hashes, no addresses.

    make lock                      add what is missing, keep the versions that still fit
    make lock ARGS=--upgrade       take the newest versions that pyproject.toml allows

Indexes are the ones that pip and npm are set up with on this machine; none is written to a file.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = "3.11"
HEADER = """\
# Every package that {what}, pinned by version and by hash, for every platform.
# Made from pyproject.toml: do not edit by hand, run `make lock`.
"""


def pip_setting(name: str) -> str | None:
    """One setting of pip, from its files or the environment."""
    variable = os.environ.get(f"PIP_{name.upper().replace('-', '_')}")
    if variable:
        return variable
    for section in ("install", "global"):
        done = subprocess.run(
            [sys.executable, "-m", "pip", "config", "get", f"{section}.{name}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0 and done.stdout.strip():
            return done.stdout.strip()
    return None


def uv_environment() -> dict[str, str]:
    """The environment in which uv asks the index that pip asks."""
    environment = {**os.environ}
    environment.pop("VIRTUAL_ENV", None)
    index, certificate = pip_setting("index-url"), pip_setting("cert")
    if index:
        environment.setdefault("UV_DEFAULT_INDEX", index)
    if certificate:
        environment.setdefault("SSL_CERT_FILE", certificate)
    return environment


def find_uv(folder: Path) -> str:
    """The uv in PATH, or a newly installed one in the folder."""
    found = shutil.which("uv")
    if found:
        return found
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv>=0.9"], check=True)
    return str(folder / "bin" / "uv")


def compile_pins(uv: str, wanted: list[str], target: Path, what: str, extra: list[str]) -> None:
    """Write one constraints file; versions that it holds already are kept where they fit."""
    print(f"lock: {target.name}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "wanted.in").write_text("\n".join(wanted) + "\n", encoding="utf-8")
        if target.is_file():
            shutil.copyfile(target, folder / "pins.txt")
        subprocess.run(
            [
                uv,
                "pip",
                "compile",
                "--quiet",
                "--universal",
                "--generate-hashes",
                "--no-header",
                "--python-version",
                OLDEST_PYTHON,
                "--no-emit-index-url",
                "--no-config",
                "--output-file",
                "pins.txt",
                *extra,
                "wanted.in",
            ],
            cwd=folder,
            env=uv_environment(),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        pins = (folder / "pins.txt").read_text(encoding="utf-8").replace("# via -r wanted.in", "# via pyproject.toml")
        pins = pins.replace("#   -r wanted.in", "#   pyproject.toml")
    if re.search(r"://|^\s*--(?!hash)", pins, re.MULTILINE):
        raise SystemExit(f"lock: {target.name} would hold an address or an option; nothing was written.")
    target.write_text(HEADER.format(what=what) + pins, encoding="utf-8")


def stripped(lock: dict[str, object]) -> dict[str, object]:
    """A package-lock without addresses; npm verifies by `integrity`."""
    packages = lock.get("packages")
    assert isinstance(packages, dict)
    for path, package in packages.items():
        package.pop("resolved", None)
        package.pop("funding", None)
        if path and not package.get("integrity"):
            raise SystemExit(f"lock: {path} has no hash in package-lock.json.")
    return lock


def lock_npm() -> None:
    """Write package-lock.json."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise SystemExit("lock: npm is needed for package-lock.json, and none was found in PATH.")
    print("lock: package-lock.json")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("package.json", ".npmrc"):
            shutil.copyfile(ROOT / file, folder / file)
        subprocess.run(
            [npm, "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
            cwd=folder,
            env={**os.environ, "PATH": path},
            check=True,
        )
        lock = stripped(json.loads((folder / "package-lock.json").read_text(encoding="utf-8")))
    (ROOT / "package-lock.json").write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Regenerate the three files."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, extras = pyproject["project"], pyproject["project"]["optional-dependencies"]
    with tempfile.TemporaryDirectory() as name:
        uv = find_uv(Path(name) / "uv")
        wanted = [*project["dependencies"], *extras["dev"], *pyproject["build-system"]["requires"]]
        compile_pins(uv, wanted, ROOT / "constraints.txt", "the app, its tests and its build need", sys.argv[1:])
        compile_pins(
            uv, extras["npm"], ROOT / "constraints-npm.txt", "brings npm to a machine that has none", sys.argv[1:]
        )
    lock_npm()
    return 0


if __name__ == "__main__":
    sys.exit(main())
