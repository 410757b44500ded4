"""Puts data and assets into the wheel, third-party JavaScript and CSS included."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = ("data/catalog", "data/embedded", "assets")


class ShippedFiles(BuildHookInterface):  # type: ignore[type-arg]
    """Fetches what is missing in `assets/vendor/`, then adds data and assets to the wheel.

    An editable install reads both from the checkout and gets neither. A build without npm, or without a way to
    the packages, gives a wheel that runs on the bundle of the Python package.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before each target is built."""
        if version == "editable":
            return
        root = Path(self.root)
        done = subprocess.run(
            [sys.executable, str(root / "scripts" / "vendor.py")], capture_output=True, text=True, check=False
        )
        self.app.display_info((done.stdout + done.stderr).strip())
        if self.target_name == "wheel":
            for folder in SHIPPED:
                if (root / folder).is_dir():
                    build_data["force_include"][folder] = f"etl/_shipped/{folder}"
