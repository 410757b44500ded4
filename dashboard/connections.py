"""Connections: what stands between slow clients and the few threads that answer.

gunicorn's `gthread` gives a new connection to a thread at once, and lets it wait there for the request and for the
reader as long as either likes: with four idle clients nobody else is served. Here the loop gathers a request first,
head and body, and a thread gets it when it is whole. Who has not sent it in time, takes nothing of the answer, or takes
it drop by drop, is cut off. What stays unread at the end of a connection is let run out by the loop, too.
"""

import errno
import json
import logging
import re
import signal
import socket
import struct
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any, Final

from gunicorn.http import get_parser  # type: ignore[import-untyped]
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from dashboard.limits import LARGEST_BODY, LARGEST_HEAD, LONGEST_LINE

_LEAST_BYTES_A_SECOND: Final = 1_000
_PIECE: Final = 1 << 16
_UNSENT: Final = 1 << 17
"""Bytes that may wait in the system for the reader: beyond them, a reader that takes nothing is noticed."""
_LINGER_SECONDS: Final = 2.0
_LINGER_BYTES: Final = 1 << 20
_END: Final = re.compile(rb"\r?\n\r?\n")
_LENGTH: Final = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,18})[ \t]*\r?$")
_AT_ONCE: Final = re.compile(rb"(?im)^(transfer-encoding|expect):")
"""A body without a length, or one that waits to be called for, is read by the thread."""
_RESET: Final = struct.pack("ii", 1, 0)
_log = logging.getLogger(__name__)


class Client(socket.socket):
    """The connection to one client, which is waited for `patience` seconds and no longer."""

    def __init__(self, accepted: socket.socket, patience: float) -> None:
        super().__init__(fileno=accepted.detach())
        self.aborted = False
        self._patience = patience
        self._head_end: int | None = None
        self._gathered = bytearray()
        self._read_until = 0.0
        self._taken, self._waited = 0, 0.0
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            with suppress(OSError):
                self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT)

    def gather(self) -> bool:
        """Take what has arrived of a request, without waiting; whether a thread should have it now."""
        while (piece := self.take()) is not None:
            self._gathered += piece
            if not piece or self._is_whole():
                return True
        return self._is_whole()

    def begin(self, already: bytes = b"") -> None:
        """Await the next request, of which some bytes may be here already."""
        self._gathered, self._head_end = bytearray(already), None

    def gathered(self) -> bytes:
        """What has arrived; what is missing of a body must arrive before patience ends."""
        self._read_until = time.monotonic() + self._patience
        self._taken, self._waited = 0, 0.0
        return bytes(self._gathered)

    def take(self) -> bytes | None:
        """What has arrived, empty at the end of the connection; none if nothing has. Does not wait."""
        self.setblocking(False)
        try:
            return super().recv(_PIECE)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Wait for more of a body, within what is left of patience. Overrides the socket's."""
        left = self._read_until - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            self.settimeout(left)
            return super().recv(size, flags)
        except TimeoutError:
            raise TimeoutError(errno.ECONNRESET, "the request did not arrive in time") from None

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all, as long as the reader takes some. Overrides the socket's.

        Only the time that the reader lets us wait counts, not that in which the next piece is made. Raises
        ConnectionResetError when the reader is cut off.
        """
        rest = memoryview(data).cast("B")
        self.settimeout(self._patience)
        while rest:
            began = time.monotonic()
            try:
                sent = self.send(rest[:_PIECE], flags)
            except TimeoutError:
                raise self._cut(f"took nothing for {self._patience:g} s") from None
            rest = rest[sent:]
            self._taken += sent
            self._waited += time.monotonic() - began
            if self._waited >= 2 * self._patience:
                if self._taken < self._waited * _LEAST_BYTES_A_SECOND:
                    raise self._cut(f"took {self._taken:,} bytes in {self._waited:.0f} s")
                self._taken, self._waited = 0, 0.0

    def abort(self) -> None:
        """End the connection in a way that no client can take for the end of an answer."""
        self.aborted = True
        with suppress(OSError):
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def shutdown(self, how: int) -> None:
        """Say that nothing more comes; not of an answer that was broken off. Overrides the socket's."""
        if self.aborted:
            raise OSError(errno.ENOTCONN, "the connection was broken off")
        super().shutdown(how)

    def _cut(self, why: str) -> ConnectionResetError:
        self.abort()
        _log.info("a reader was cut off: it %s", why)
        return ConnectionResetError(errno.ECONNRESET, f"the reader {why}")

    def _is_whole(self) -> bool:
        """Whether the head is here, and as much of a body as is gathered: larger ones are refused unread."""
        if self._head_end is None:
            found = _END.search(self._gathered, max(0, len(self._gathered) - _PIECE - 3))
            if found is None:
                return len(self._gathered) > LARGEST_HEAD
            head = bytes(self._gathered[: found.end()])
            lengths = [] if _AT_ONCE.search(head) else _LENGTH.findall(head)
            body = int(lengths[0]) if len(lengths) == 1 else 0
            self._head_end = found.end() + (body if body <= LARGEST_BODY else 0)
        return len(self._gathered) >= self._head_end


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker with threads, each of which gets requests that are here already."""

    patience = 30.0

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._leaving: deque[TConn] = deque()

    def enqueue_req(self, conn: TConn) -> None:
        """Await a request on a connection: a new one, or one that is kept. Overrides gunicorn's, in its loop."""
        if conn.parser is None:
            conn.sock = Client(conn.sock, self.patience)
            conn.parser = get_parser(self.cfg, conn.sock, conn.client)
        conn.sock.begin(conn.parser.unreader.take_buffered())
        if conn.sock.gather():
            self._answer(conn)
            return
        conn.timeout = time.monotonic() + self.patience
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_pending_socket_readable(self, conn: TConn, client: Client) -> None:
        """Take what has arrived. Overrides gunicorn's."""
        if client.gather():
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            self._answer(conn)

    def _answer(self, conn: TConn) -> None:
        conn.parser.unreader.unread(conn.sock.gathered())
        conn.data_ready = True
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Keep the connection, or let it run out. Overrides gunicorn's, which waits for the client in its loop."""
        if not fs.cancelled() and fs.exception() is None and fs.result():
            super().finish_request(conn, fs)
            return
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        conn.timeout, conn.unread = time.monotonic() + _LINGER_SECONDS, 0
        self._leaving.append(conn)
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, EVENT_READ, partial(self._run_out, conn))

    def _run_out(self, conn: TConn, client: Client) -> None:
        """Let go of what the client still sends: closing at once would take away the answer that it reads."""
        piece = client.take()
        conn.unread += len(piece or b"")
        if piece == b"" or conn.unread > _LINGER_BYTES:
            self._leaving.remove(conn)
            self.poller.unregister(client)
            self._close(conn)

    def murder_pending(self) -> None:
        """Close what has waited too long. Overrides gunicorn's."""
        if not self.alive:  # no request is under way there
            for conn in self.pending_conns:
                conn.timeout = 0.0
        super().murder_pending()
        while self._leaving and self._leaving[0].timeout <= time.monotonic():
            conn = self._leaving.popleft()
            self.poller.unregister(conn.sock)
            self._close(conn)

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Stop at once, and heed no second signal: it would break into the end. Overrides gunicorn's."""
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)  # SIG_IGN would be remarked on where one has come
        super().handle_quit(sig, frame)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Say what is too long, as the API says it. Overrides gunicorn's."""
        if isinstance(exc, LimitRequestLine):
            _refuse(
                client,
                414,
                "URI Too Long",
                f"The address has more than {LONGEST_LINE:,} bytes: name fewer technologies, or ask by use case.",
            )
        elif isinstance(exc, LimitRequestHeaders):
            _refuse(
                client,
                431,
                "Request Header Fields Too Large",
                f"The head of the request is larger than is read ({LARGEST_HEAD:,} bytes): send fewer fields.",
            )
        else:
            super().handle_error(req, client, addr, exc)


def worker(patience_seconds: float) -> type[Worker]:
    """The worker that waits for a client so long."""
    return type("Worker", (Worker,), {"patience": patience_seconds})


def _refuse(client: socket.socket, status: int, title: str, detail: str) -> None:
    told = {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": []}
    body = json.dumps(told).encode()
    head = f"HTTP/1.1 {status} {title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
    with suppress(OSError):
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
