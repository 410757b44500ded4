"""A refresh in a process of its own: started, watched and cancelled from elsewhere (scheduler, dashboard).

A process per refresh gives its memory back when it ends, takes nobody along when it crashes, and can be ended at any
moment, as the last good state stays whatever happens.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import etl
from etl.errors import UsageError
from etl.home import Home
from etl.runs import Trigger, process

Tell = Callable[[str, str, int, int], None]
"""Called before each request with source, part, its number from 1, and the number of all parts."""

_SET_PARENT_DEATH_SIGNAL: Final = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""
_LOOK_SECONDS: Final = 1.0
_TELL_SECONDS: Final = 0.2


@dataclass(frozen=True)
class UnderWay:
    """A refresh that runs now: its source, who started it and when (UTC without zone), and how far it has come.

    `process` is what runs it, as `etl.runs.process` writes it. `total` may grow; 0: not known yet.
    """

    source: str
    trigger: Trigger
    started: datetime
    process: str
    part: str = ""
    number: int = 0
    total: int = 0


def start(
    home: Home, source: str, trigger: Trigger, upstream: Path | None = None, parent: int | None = None
) -> "subprocess.Popen[bytes]":
    """Refresh a source in a new process; with `parent`, it ends when the process of that number ends.

    Its exit code is 0 after a good run, 1 after any other; the run history tells the rest. Without a parent it is
    independent of the caller, and a thread waits for it.
    """
    words = ["schedule", "work", source, "--home", str(home.path), "--trigger", trigger]
    words += ["--upstream", str(upstream)] if upstream is not None else []
    words += ["--parent", str(parent)] if parent is not None else []
    return launch(words, alone=parent is None)


def announce(home: Home, source: str, trigger: Trigger, started: datetime, pid: int) -> None:
    """Let others see a refresh that was just started in the process `pid`, which takes a while to say so itself."""
    file = _file(home, source)
    file.parent.mkdir(exist_ok=True)
    _write(file, UnderWay(source, trigger, started, process(pid) or ""))


def launch(words: list[str], alone: bool = False) -> "subprocess.Popen[bytes]":
    """Start `stacktide` with these words: this very program, whatever lies in the working folder.

    Signals to our group do not reach it, as it has a session of its own; what is left `alone` a thread waits for.
    """
    root = str(Path(etl.__file__).resolve().parents[1])
    known = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "etl.cli", *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(known)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    if alone:
        threading.Thread(target=process.wait, daemon=True).start()  # no zombie is left
    return process


def follow(parent: int) -> None:
    """Send this process SIGTERM as soon as its parent, the process of this number, has ended."""
    noticed = False
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            noticed = ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM) == 0
    if os.getppid() != parent:  # it ended before we began
        os.kill(os.getpid(), signal.SIGTERM)
    if not noticed:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def told(home: Home, source: str, trigger: Trigger, started: datetime) -> Iterator[Tell]:
    """Let others see how far this process has come with a source: yields what is called before each request."""
    file = _file(home, source)
    file.parent.mkdir(exist_ok=True)
    state = UnderWay(source, trigger, started, process(os.getpid()) or "")
    last = 0.0

    def tell(source: str, part: str, number: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _TELL_SECONDS or number == total:
            last = time.monotonic()
            _write(file, replace(state, part=part, number=number, total=total))

    _write(file, state)
    try:
        yield tell
    finally:
        file.unlink(missing_ok=True)


def under_way(home: Home) -> Mapping[str, UnderWay]:
    """The refreshes that run on this machine in processes of their own, by source."""
    found = {}
    for file in sorted((home.path / "progress").glob("*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):  # it has just ended
            fields = json.loads(file.read_text(encoding="utf-8"))
            state = UnderWay(**{**fields, "started": datetime.fromisoformat(fields["started"])})
            if _pid(state) is not None:
                found[state.source] = state
    return found


def cancel(home: Home, source: str) -> UnderWay:
    """End the refresh of a source that runs in a process of its own; the last good state stays.

    The run ends as interrupted. Raises UsageError when none runs on this machine.
    """
    state = under_way(home).get(source)
    pid = _pid(state) if state is not None else None
    if state is None or pid is None:
        raise UsageError(f"No refresh of {source} that can be cancelled is under way on this machine.")
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    return state


def _pid(state: UnderWay) -> int | None:
    """The number of the process, if it is still there."""
    pid = int(state.process.rsplit(" ", 2)[1])
    return pid if process(pid) == state.process else None


def _file(home: Home, source: str) -> Path:
    return home.path / "progress" / f"{source}.json"


def _write(file: Path, state: UnderWay) -> None:
    part = file.with_suffix(".part")
    with suppress(OSError):  # a full disk must not end the refresh here
        part.write_text(json.dumps(asdict(state), default=str), encoding="utf-8")
        part.replace(file)
