"""Files that are made in the background, each by a process of its own, so that its making can be watched and ended.

Everything about a file stands in a folder of the home folder, `files/<id>`: what was asked for, which process makes it,
how far that is, and the file itself. So every process of the server can answer, and a worker's end harms nothing. The
id is a secret, known to who asked. An hour later the folder is removed; so it is when the server starts anew.
"""

import json
import os
import re
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from dashboard import making
from dashboard.making import ID, Progress, Wanted
from etl import locks, work
from etl.errors import LockedError, StacktideError
from etl.home import Home
from etl.runs import process

KEPT_SECONDS: Final = 3_600
MOST_KEPT: Final = 20
MOST_BYTES: Final = 4_000_000_000
"""Of all files together; the oldest give way."""
ASKED_A_MINUTE: Final = 10
"""How often one client may ask for a file."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_WAIT_SECONDS: Final = 5.0
_END_SECONDS: Final = 2.0
_ENDED: Final = "The process that made the file has ended before its time: ask for the file again."

Clock = Callable[[], datetime]
"""The time in UTC, without zone."""


class TooBusyError(StacktideError):
    """No further file can be made now; `status` is that of HTTP, `wait_seconds` when to ask again."""

    def __init__(self, status: int, sentence: str, wait_seconds: int) -> None:
        super().__init__(sentence)
        self.status, self.wait_seconds = status, wait_seconds


@dataclass(frozen=True)
class File:
    """A file that was asked for."""

    id: str
    wanted: Wanted
    progress: Progress = field(default_factory=Progress)

    @property
    def runs(self) -> bool:
        """Whether it is being made."""
        return self.progress.state == "running"


class Files:
    """The files of one home folder; at most `at_once` are made at a time."""

    def __init__(self, home: Home, clock: Clock, at_once: int = 2) -> None:
        self._home, self._clock, self._at_once = home, clock, at_once
        self._folder = home.path / "files"
        self._owner = process(os.getpid()) or ""

    def ask(self, collection: str, file_format: str, query: str, origin: str, rows: int, client: str) -> File:
        """Begin to make a file; `client` is who asks. Raises TooBusyError."""
        with self._alone():
            self._may_ask(client)
            there = self._swept()
            if sum(file.runs for file in there) >= self._at_once:
                raise TooBusyError(
                    503, f"{self._at_once} files are being made already: try again when they are ready.", 15
                )
            wanted = Wanted(collection, file_format, query, origin, rows, self._clock(), self._owner)
            file_id = secrets.token_hex(16)
            place = self._folder / file_id
            place.mkdir(parents=True)
            making.write(place / "wanted.json", asdict(wanted))
            words = [
                "files",
                "make",
                file_id,
                "--home",
                str(self._home.path),
                "--server",
                self._owner.rsplit(" ", 2)[1],
            ]
            child = work.launch(words, alone=True)
            (place / "process").write_text(process(child.pid) or "gone", encoding="utf-8")
        return File(file_id, wanted)

    def find(self, file_id: str) -> File | None:
        """The file of an id, if it is there still."""
        if not ID.fullmatch(file_id):
            return None
        found = self._read(file_id)
        if found is not None and not found.runs and self._is_old(found):
            return None
        return found

    def path(self, file: File, name: str) -> Path | None:
        """Where a finished file lies; none where it has another name."""
        told = file.progress.name
        there = file.progress.state == "done" and name == told and _NAME.fullmatch(told) is not None
        return self._folder / file.id / "made" / told if there else None

    def drop(self, file: File) -> None:
        """Stop making a file, and remove what there is of it."""
        self._end(file.id)
        shutil.rmtree(self._folder / file.id, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what is too old, and what a server left behind that is no more."""
        if self._folder.is_dir():
            with suppress(TooBusyError), self._alone():
                self._swept()

    def _swept(self) -> list[File]:
        """The files that stay, the oldest first: not too old, not too many, not too large together."""
        found = [(name, self._read(name)) for name in self._ids()]
        for name in [name for name, file in found if file is None]:
            self._end(name)
            shutil.rmtree(self._folder / name, ignore_errors=True)
        files = sorted((file for _, file in found if file is not None), key=lambda file: file.wanted.asked)
        stay: list[File] = []
        for file in files:
            if self._is_old(file) or not _lives(file.wanted.owner):
                self.drop(file)
            else:
                stay.append(file)
        size = sum(file.progress.bytes for file in stay)
        for file in [file for file in stay if not file.runs]:
            if len(stay) < MOST_KEPT and size <= MOST_BYTES:
                break
            self.drop(file)
            stay.remove(file)
            size -= file.progress.bytes
        return stay

    def _ids(self) -> list[str]:
        return [path.name for path in self._folder.iterdir() if ID.fullmatch(path.name)]

    def _is_old(self, file: File) -> bool:
        return (self._clock() - file.wanted.asked).total_seconds() > KEPT_SECONDS

    def _read(self, file_id: str) -> File | None:
        place = self._folder / file_id
        try:
            wanted = making.wanted(place)
            # looked at before its progress: a process that has ended since then has told all
            lives = self._maker(file_id) is not None
            progress = making.progress(place)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if progress.state == "running" and not lives:
            progress = Progress("failed", progress.rows_done, said=_ENDED)
        return File(file_id, wanted, progress)

    def _maker(self, file_id: str) -> int | None:
        """The number of the process that makes a file, if it is there still."""
        with suppress(OSError):
            recorded = (self._folder / file_id / "process").read_text(encoding="utf-8")
            if _lives(recorded):
                return int(recorded.rsplit(" ", 2)[1])
        return None

    def _end(self, file_id: str) -> None:
        until = time.monotonic() + _END_SECONDS
        while (pid := self._maker(file_id)) is not None and time.monotonic() < until:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)  # all that it has lies in the folder
            time.sleep(0.02)

    def _may_ask(self, client: str) -> None:
        record, now = self._folder / "asked.json", self._clock().replace(tzinfo=UTC).timestamp()
        past: list[tuple[str, float]] = []
        with suppress(OSError, ValueError, TypeError):
            said = json.loads(record.read_text(encoding="utf-8"))
            past = [(str(of), float(at)) for of, at in said if now - 60 < float(at) <= now]
        own = [at for of, at in past if of == client]
        if len(own) >= ASKED_A_MINUTE:
            wait = max(1, round(min(own) + 60 - now))
            raise TooBusyError(
                429, f"More than {ASKED_A_MINUTE} files were asked for in a minute: wait {wait} s.", wait
            )
        making.write(record, [*past, (client, now)])

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self._folder.mkdir(exist_ok=True)
            with locks.held(self._home.lock("files"), "work on files", self._clock, _WAIT_SECONDS):
                yield
        except (LockedError, OSError):
            raise TooBusyError(503, "No file can be made for the moment: try again in a minute.", 60) from None


def _lives(recorded: str) -> bool:
    """Whether a process is there, as `etl.runs.process` wrote it."""
    parts = recorded.rsplit(" ", 2)
    return len(parts) == 3 and parts[1].isdigit() and process(int(parts[1])) == recorded
