"""How often a publisher may be asked: limits per second and per day, kept in a file, so that they hold across runs."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pyrate_limiter import Duration, Limiter, Rate, RateItem, SingleBucketFactory, SQLiteBucket

from etl.catalog import Source
from etl.errors import PausedError, StoreError

_SECOND: Final = int(Duration.SECOND)
_DAY: Final = int(Duration.DAY)


class Pace:
    """The declared limits of one source; `wait` returns when the next request may go out."""

    def __init__(self, entry: Source, file: Path | None = None) -> None:
        """Count in the SQLite `file`, or only in this process where there is none.

        Raises StoreError when the file cannot be written.
        """
        self._entry, self._file = entry, file
        self._bucket: SQLiteBucket | None = None
        if entry.access is None:
            return
        rates = [Rate(1, round(_SECOND / entry.access.per_second))]
        if entry.access.per_day is not None:
            rates.append(Rate(entry.access.per_day, _DAY))
        with self._told():
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
            self._bucket = SQLiteBucket.init_from_file(rates, db_path=str(file) if file else None, table=entry.id)
            # here, as the limiter's own thread could tell nobody of a full disk
            self._bucket.leak(self._bucket.now())  # type: ignore[no-untyped-call]
        self._limiter = Limiter(SingleBucketFactory(self._bucket, schedule_leak=False))

    def wait(self, most_seconds: float) -> None:
        """Return when a request may go out.

        Raises PausedError when that is later than in `most_seconds`: the limit of the day, or the time budget.
        StoreError, when the request cannot be counted.
        """
        if self._bucket is None:
            if most_seconds <= 0:
                raise PausedError(self._spent())
            return
        until = time.monotonic() + most_seconds
        while not self._counted():
            pause = int(self._bucket.waiting(RateItem(self._entry.id, self._bucket.now()))) / 1000  # type: ignore[no-untyped-call, arg-type]
            if time.monotonic() + pause >= until:
                raise PausedError(self._spent(pause))
            time.sleep(max(pause, 0.005))
        if time.monotonic() >= until:
            raise PausedError(self._spent())

    def _counted(self) -> bool:
        with self._told():
            return bool(self._limiter.try_acquire(self._entry.id, blocking=False))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"Requests of {self._entry.id} cannot be counted in {self._file} ({error}): see that it can be written "
                "and has space left."
            ) from error

    def _spent(self, pause: float = 0) -> str:
        access = self._entry.access
        if access is not None and access.per_day is not None and pause > access.seconds:
            return (
                f"{self._entry.id}: the limit of {access.per_day:,} requests a day is reached; "
                "a run tomorrow goes on from here."
            )
        return f"{self._entry.id}: the time budget of one run is spent; the next run goes on from here."

    def close(self) -> None:
        """Let go of the file."""
        if self._bucket is not None:
            self._limiter.close()
