"""Where the authored and embedded data lie: in the checkout, or inside the installed package."""

from pathlib import Path

import platformdirs


def _shipped(name: str, inside: str) -> Path:
    packaged = Path(__file__).resolve().parent / inside / name
    return packaged if packaged.is_dir() else Path(__file__).resolve().parent.parent / name


def data_dir() -> Path:
    """The folder with `catalog/` and `embedded/`."""
    return _shipped("data", "_shipped")


def assets_dir() -> Path:
    """The folder with style sheets, icons and clientside functions."""
    return _shipped("assets", "_shipped")


def default_home() -> Path:
    """The folder of this user's store, payloads and run history, by the platform's convention."""
    return Path(platformdirs.user_data_dir("stacktide", appauthor=False))
