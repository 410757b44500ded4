"""Limits: how much one request may send and one answer may hold."""

from threading import Lock
from typing import Final

import flask
from werkzeug.exceptions import ServiceUnavailable

from etl import config
from etl.errors import UsageError

LONGEST_LINE: Final = 8_190
"""Bytes of a request's first line, its address among them: the most that gunicorn reads."""
LONGEST_FIELD: Final = 8_190
MOST_FIELDS: Final = 100
LARGEST_HEAD: Final = 64_000
LARGEST_BODY: Final = 64_000
"""Bytes; what the dashboard is sent are short JSON objects."""
SMALL_ROWS: Final = 20_000
"""An answer of at most so many rows takes no place among the large downloads."""
ADMISSION: Final = "stacktide.admission"
"""Where the environment of a request has its `Admission`."""
BUSY: Final = "Other large downloads are under way: try again in a moment, or ask for fewer rows."
RETRY_SECONDS: Final = 15


class TooManyRowsError(UsageError):
    """One answer would have more rows than the setting `export_rows` allows."""


class Places:
    """How many large downloads may be under way at once in this process."""

    def __init__(self, most: int) -> None:
        self._most, self._taken = most, 0
        self._lock = Lock()

    def take(self) -> bool:
        """Take a place, if one is free."""
        with self._lock:
            if self._taken >= self._most:
                return False
            self._taken += 1
            return True

    @property
    def full(self) -> bool:
        """Whether none is free."""
        return self._taken >= self._most

    def give_back(self) -> None:
        """Free a place that was taken."""
        with self._lock:
            self._taken -= 1


class Admission:
    """Whether one request may be answered at length: small answers always, large ones while there is a place."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._has_place = False
        self.decided = False
        """Whether the size of the answer was told, and it may be sent."""

    def admit(self, rows: int | None = None) -> None:
        """Take a place for an answer of so many rows, unless it is small; none: it is not known how many.

        Raises ServiceUnavailable when no place is free.
        """
        is_small = rows is not None and rows <= SMALL_ROWS
        if not is_small and not self._has_place:
            self._has_place = self._places.take()
            if not self._has_place:
                raise ServiceUnavailable(BUSY, retry_after=RETRY_SECONDS)
        self.decided = True

    def give_back(self) -> None:
        """Free the place, if one was taken: the answer was sent, or never will be."""
        if self._has_place:
            self._has_place = False
            self._places.give_back()


def admit(rows: int) -> None:
    """Let the request that is answered have so many rows; called before they are read.

    Raises TooManyRowsError, with the number and the remedy, when they are more than the setting `export_rows`, and
    ServiceUnavailable when as many large downloads are under way as may be at once.
    """
    check(rows)
    admission = flask.request.environ.get(ADMISSION)
    if isinstance(admission, Admission):
        admission.admit(rows)


def check(rows: int) -> None:
    """Raises TooManyRowsError when an answer has more rows than the setting `export_rows` allows."""
    most = config.load().export_rows
    if rows > most:
        raise TooManyRowsError(
            f"The answer would have {rows:,} rows, and at most {most:,} are sent at once: narrow the selection (fewer "
            "indicators, technologies or a shorter time), ask for pages with `limit`, or have the setting export_rows "
            "raised."
        )
