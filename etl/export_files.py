"""The files of a scheduled export in its folder: dated, whole or not there at all, and only so many of them.

A file is called `<name>-<day>.<ending>`, and `<name>-<day>T<time>Z.<ending>` where the day has one already (UTC). It is
written beside its place as `.stacktide-<name>.part`, forced to the disk and renamed: a reader, and a program that
copies the folder elsewhere, never sees half a file. What a killed run left behind goes at the next one.
"""

import os
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final, TypeVar

from etl.errors import StacktideError, UsageError

Rows = TypeVar("Rows")
_STAMP: Final = r"(\d{4}-\d{2}-\d{2})(?:T(\d{6})Z)?"
_NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
"""A part file is always a new one: nothing that somebody put there is written to, or followed."""


def ready(folder: Path, store: Path | None) -> Path:
    """The folder as an absolute path without links, made where it is missing, and tried by writing to it.

    Raises UsageError when it cannot be used, or lies in the folder of the store, where files are tidied up.
    """
    try:
        found = folder.expanduser().resolve()
        str(found).encode("utf-8")
        if store is not None and found.is_relative_to(store.resolve()):
            raise UsageError(
                f"The folder {found} belongs to the store, which deletes what it does not know: give another."
            )
        found.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=found) as probe:
            probe.write(b"\0")
    except (OSError, RuntimeError) as error:
        raise UsageError(f"The folder {folder} cannot be written ({_why(error)}): give another with --to.") from error
    except ValueError as error:  # a NUL, or bytes that are no text
        raise UsageError("The folder has a name that cannot be kept: give another with --to.") from error
    return found


def write(folder: Path, name: str, ending: str, at: datetime, fill: Callable[[IO[bytes]], Rows]) -> tuple[Path, Rows]:
    """Write a new file of the export `name`, dated `at` (UTC): what `fill` puts into the file that it is given.

    Returns its path and what `fill` returned. Nothing that is there is overwritten. Raises StacktideError when folder
    or disk do not take it; whatever is raised, no file appears.
    """
    part = folder / f".stacktide-{name}.part"
    try:
        if folder.resolve() != folder or not folder.is_dir():
            raise StacktideError(
                f"The folder {folder} is no longer there: make it again, or give another with "
                f"`stacktide exports add {name} ... --replace`."
            )
        part.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(part, _NEW, 0o666), "w+b") as file:
                said = fill(file)
                file.flush()
                os.fsync(file.fileno())
            target = _free(folder, name, ending, at)
            part.rename(target)
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        _force(folder)
    except OSError as error:
        raise StacktideError(
            f"The export {name} cannot be written to {folder} ({_why(error)}): see that the folder can be written and "
            "has space left."
        ) from error
    return target, said


def retain(folder: Path, name: str, ending: str, keep: int) -> list[Path]:
    """Delete all but the newest `keep` files of the export; returns what was deleted.

    Only plain files whose whole name is one that `write` gives are looked at: never those of another export, another
    ending or another program. What cannot be deleted stays until the next time.
    """
    ours = re.compile(rf"{re.escape(name)}-{_STAMP}\.{re.escape(ending)}", re.ASCII)
    dated = []
    with os.scandir(folder) as there:
        for entry in there:
            stamp = ours.fullmatch(entry.name)
            if stamp is not None and entry.is_file(follow_symlinks=False):
                dated.append(((stamp[1], stamp[2] or ""), Path(entry.path)))
    deleted = []
    for _, file in sorted(dated)[:-keep]:
        with suppress(OSError):
            file.unlink()
            deleted.append(file)
    return deleted


def _free(folder: Path, name: str, ending: str, at: datetime) -> Path:
    """The first name that is free, also of links that lead nowhere."""
    target = folder / f"{name}-{at:%Y-%m-%d}.{ending}"
    while os.path.lexists(target):
        target = folder / f"{name}-{at:%Y-%m-%dT%H%M%SZ}.{ending}"
        at += timedelta(seconds=1)
    return target


def _force(folder: Path) -> None:
    """Let the disk keep the new name, too, where the system can be asked for it."""
    if hasattr(os, "O_DIRECTORY"):
        with suppress(OSError):  # not every file system knows this; the file itself is safe
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _why(error: Exception) -> str:
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)
