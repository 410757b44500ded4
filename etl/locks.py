"""Locks: one refresh of a source at a time, on this machine and on all that share the home folder.

The operating system holds the lock and lets go of it when its process dies, however it dies: only that decides. Beside
the lock file `x.lock` its holder says in `x.holder` who it is. That is for words alone: it may be missing (the disk is
full), or be left over from a process that was killed, whose number another one may have by now.
"""

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from etl.errors import LockedError
from etl.runs import process

_POLL_SECONDS: Final = 0.1


@contextmanager
def held(file: Path, work: str, clock: Callable[[], datetime], wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock `file` while `work` ("refresh of pypl") is done; `clock` gives UTC without zone.

    Raises LockedError, which says who holds it, where it does not become free within `wait_seconds`; OSError where the
    lock cannot be made.
    """
    lock = FileLock(file, timeout=wait_seconds, poll_interval=_POLL_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        still = f"was still under way after {wait_seconds:g} s" if wait_seconds else "is under way"
        who = holder(file)
        told = f" ({who})" if who else ""
        raise LockedError(f"Another {work} {still}{told}; try again when it has finished.") from None
    try:
        _say(file, clock())
        yield
    finally:
        with suppress(OSError):
            _beside(file).unlink(missing_ok=True)
        lock.release()


def holder(file: Path) -> str | None:
    """Who says that it holds the lock, in words; none where nobody says so, or a process that is no longer there."""
    try:
        said = json.loads(_beside(file).read_bytes())
        recorded, since = str(said["process"]), datetime.fromisoformat(said["since"])
        machine, pid, _ = recorded.rsplit(" ", 2)
        if machine == platform.node() and process(int(pid)) != recorded:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return f"process {pid} on {machine}, since {since:%Y-%m-%d %H:%M:%S} UTC"


def _say(file: Path, since: datetime) -> None:
    """Write who holds the lock, whole or not at all; what an earlier holder left behind goes in any case."""
    beside = _beside(file)
    part = beside.with_suffix(".part")
    with suppress(OSError):
        beside.unlink(missing_ok=True)
        part.write_text(json.dumps({"process": process(os.getpid()), "since": since.isoformat()}), encoding="utf-8")
        part.replace(beside)


def _beside(file: Path) -> Path:
    return file.with_suffix(".holder")
