"""A home on a file system that fills up: `full_disk.py FOLDER MIRROR`, run as root of a mount namespace of its own.

Prints, as JSON, what each refresh came to with so and so many KB left, and the next one, after there was space again.
"""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from etl import catalog, http, paths
from etl.errors import StoreError
from etl.home import Home
from etl.pipeline import Refresh

LEFT_KB = (0, 48, 56, 60, 64, 4096)


def _fill(ballast: Path, left_kb: int) -> None:
    with ballast.open("wb") as file:
        space = shutil.disk_usage(ballast).free
        os.posix_fallocate(file.fileno(), 0, max(space - left_kb * 1024, 1))


def main() -> None:
    folder, mirror = Path(sys.argv[1]), Path(sys.argv[2])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], check=True)
    entries = catalog.load(paths.data_dir() / "catalog")
    ballast, file, texts = folder / "ballast", mirror / "pypl.github.io/PYPL/All.js", [mirror / "a.js", mirror / "b.js"]

    def refresh() -> dict[str, Any]:
        home = Home(folder / "home").make()  # as a new process would
        job = Refresh(home, entries, http.session(mirror), lambda: datetime.now(UTC).replace(tzinfo=None))
        run = job.one("pypl")
        home.state.close()
        rows = home.store.read(source=["pypl"])
        java = sorted(set(rows[rows["technology"] == "java"]["value"]))
        about = {"outcome": run.outcome, "error": run.error, "failed": [p["error"] for p in run.failed_parts]}
        return about | {"rows": len(rows), "java": java, "version": home.store.version()}

    shutil.copy(texts[0], file)
    told: list[Any] = [{"left_kb": None, "full": refresh(), "after": refresh()}]
    for number, left in enumerate(LEFT_KB, 1):
        shutil.copy(texts[number % 2], file)
        _fill(ballast, left)
        full = refresh()
        command: dict[str, Any] = {}
        if left == 0:
            words = ["refresh", "pypl", "--upstream", str(mirror), "--home", str(folder / "home")]
            done = subprocess.run(
                [sys.executable, "-m", "etl.cli", *words], capture_output=True, text=True, timeout=60, check=False
            )
            command = {"code": done.returncode, "out": done.stdout, "err": done.stderr}
        ballast.unlink()
        told.append({"left_kb": left, "full": full, "command": command, "after": refresh()})
    _fill(ballast, 64)
    refused = _refused(Home(folder / "home"))
    ballast.unlink()
    parts = [str(f) for f in (folder / "home").rglob("*.part")]
    print(json.dumps({"told": told, "refused": refused, "after": refresh(), "parts": parts}))


def _refused(home: Home) -> str:
    """What the store says to more rows than there is space for: they differ so much that they cannot be made small."""
    rows = home.store.read(source=["pypl"])
    many = pd.concat([rows] * 60, ignore_index=True)
    noise = np.random.default_rng(1).random(len(many))
    try:
        home.store.replace(many.assign(value=noise), "pypl")
    except StoreError as error:
        return str(error)
    return "nothing: they were stored"


if __name__ == "__main__":
    main()
