"""The time that one request may take, whatever the publisher does: one who sends a byte a minute never times out."""

import socket
import time
from contextlib import suppress
from contextvars import ContextVar
from threading import Lock, Timer
from types import TracebackType
from typing import Self


class Deadline:
    """Within `with Deadline(seconds):`, the connections that this thread notes are cut when the time is up."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._timer = Timer(max(seconds, 0), self._cut)
        self._timer.daemon = True
        self._connections: list[socket.socket] = []
        self._lock = Lock()
        self._is_cut = False

    def __enter__(self) -> Self:
        self._outer = _current.set(self)
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            self._connections.clear()  # they may serve another request from now on
        _current.reset(self._outer)

    @property
    def seconds_left(self) -> float:
        """Below 0 when the time is up."""
        return self._until - time.monotonic()

    @property
    def passed(self) -> bool:
        """Whether the time is up, and what was read may be cut."""
        return self._is_cut or self.seconds_left <= 0

    def note(self, connection: socket.socket) -> None:
        """Cut this connection, too, when the time is up."""
        with self._lock:
            self._connections.append(connection)
        if self.passed:
            self._cut()

    def _cut(self) -> None:
        """Whoever reads from the connections finds that they have ended."""
        with self._lock:
            self._is_cut = True
            for connection in self._connections:
                with suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)  # that of TLS may not be called by two threads


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def current() -> Deadline | None:
    """The deadline that this thread works under, if any."""
    return _current.get()
