"""What is known of a file that is made in the background, and what the process tells that makes it."""

import json
import re
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from etl.errors import StacktideError
from etl.home import Home

ID: Final = re.compile(r"[0-9a-f]{32}")
_TOLD_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Wanted:
    """What is asked for: rows of a collection of the API as a file, and when (UTC); `owner` is the server's process."""

    collection: str
    format: str
    query: str
    origin: str
    rows: int
    asked: datetime
    owner: str


@dataclass(frozen=True)
class Progress:
    """How far a file is; `said` is one sentence where it failed."""

    state: Literal["running", "done", "failed"] = "running"
    rows_done: int = 0
    name: str = ""
    bytes: int = 0
    said: str = ""


class Making:
    """A file as the process sees that makes it."""

    def __init__(self, home: Home, file_id: str) -> None:
        self._place = home.path / "files" / file_id
        self._last = 0.0
        if not ID.fullmatch(file_id) or not self._place.is_dir():
            raise StacktideError(f"There is no file {file_id[:40]} to be made.")
        self.wanted = wanted(self._place)

    def folder(self, name: str) -> Path:
        """A folder inside its own, made when it is not there."""
        made = self._place / name
        made.mkdir(exist_ok=True)
        return made

    def tell(self, rows_done: int, _: int) -> None:
        """Let others see how many rows are written."""
        if time.monotonic() - self._last >= _TOLD_SECONDS:
            self._last = time.monotonic()
            self._say(Progress(rows_done=rows_done))

    def done(self, file: Path) -> None:
        """Let others have the file."""
        self._say(Progress("done", self.wanted.rows, file.name, file.stat().st_size))

    def failed(self, why: str) -> None:
        """Let others see why there is no file."""
        self._say(Progress("failed", said=why))

    def _say(self, progress: Progress) -> None:
        with suppress(OSError):  # a full disk: the end of the process then tells the rest
            write(self._place / "progress.json", asdict(progress))


def wanted(place: Path) -> Wanted:
    """What is asked for in a folder. Raises OSError, ValueError, KeyError or TypeError where nothing is told."""
    fields = json.loads((place / "wanted.json").read_text(encoding="utf-8"))
    return Wanted(**{**fields, "asked": datetime.fromisoformat(fields["asked"])})


def progress(place: Path) -> Progress:
    """How far the file of a folder is. Raises as `wanted` does."""
    try:
        return Progress(**json.loads((place / "progress.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Progress()


def write(file: Path, document: object) -> None:
    """Write a JSON document, whole or not at all."""
    part = file.with_suffix(".part")
    part.write_text(json.dumps(document, default=str), encoding="utf-8")
    part.replace(file)
