"""Streams: long answers on their way out, piece by piece, compressed as they flow.

A stream that fails in the middle breaks the connection off, so that nobody takes a part for the whole.
"""

import errno
import logging
import secrets
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol

import brotli
from isal import isal_zlib
from werkzeug.datastructures import Headers
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Request, Response

from dashboard import packing
from dashboard.api.problems import MEDIA_TYPE, problem
from dashboard.limits import Admission
from etl.errors import StacktideError, UsageError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_BROTLI_QUALITY: Final = 1
_GZIP_LEVEL: Final = 1
_GZIP: Final = 31
"""The window that zlib takes for: 32 kB, with the frame of gzip."""
_PIECE: Final = 1 << 16
"""Bytes that are worth sending."""
_log = logging.getLogger(__name__)


class _Packer(Protocol):
    """Compresses a stream."""

    def pack(self, piece: bytes) -> bytes:
        """What is ready when `piece` has come, too; may be nothing."""
        ...

    def end(self) -> bytes:
        """The rest."""
        ...


class _Brotli:
    def __init__(self) -> None:
        self._compressor = brotli.Compressor(quality=_BROTLI_QUALITY, mode=brotli.MODE_TEXT)

    def pack(self, piece: bytes) -> bytes:
        return bytes(self._compressor.process(piece))

    def end(self) -> bytes:
        return bytes(self._compressor.finish())


class _Gzip:
    def __init__(self) -> None:
        self._compressor = isal_zlib.compressobj(_GZIP_LEVEL, isal_zlib.DEFLATED, _GZIP)

    def pack(self, piece: bytes) -> bytes:
        return bytes(self._compressor.compress(piece))

    def end(self) -> bytes:
        return bytes(self._compressor.flush())


class _Plain:
    def pack(self, piece: bytes) -> bytes:
        return piece

    def end(self) -> bytes:
        return b""


_PACKERS: Final[dict[str, Callable[[], _Packer]]] = {"br": _Brotli, "gzip": _Gzip, "identity": _Plain}


class Stream:
    """The pieces of an answer in one encoding.

    `broken` is called when making a piece fails, `over` once in the end, however it comes: all was sent, the reader has
    gone, or nothing was ever asked for. Closing ends `body`, too.
    """

    def __init__(
        self,
        body: Iterable[bytes],
        encoding: str = "identity",
        broken: Callable[[], None] = lambda: None,
        over: Callable[[], None] = lambda: None,
    ) -> None:
        self._body, self._packer = body, _PACKERS[encoding]()
        self._broken, self._over = broken, over
        self._pieces = self._made()
        self._first = b""
        self._closed = False

    def begin(self) -> None:
        """Make the first piece: what goes wrong until then is raised as it is, and can still be told."""
        self._first = next(self._pieces, b"")

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._first:
            piece, self._first = self._first, b""
            return piece
        try:
            return next(self._pieces)
        except StopIteration:
            raise
        except StacktideError as error:
            self._broken()
            _log.error("an answer was broken off: %s", error)
            raise ConnectionResetError(errno.ECONNRESET, str(error)) from error
        except BaseException:
            self._broken()
            raise

    def close(self) -> None:
        """End it; what the body leaves behind is cleaned up."""
        if self._closed:
            return
        self._closed = True
        try:
            self._pieces.close()
            end = getattr(self._body, "close", None)
            if end is not None:
                end()
        finally:
            self._over()

    def _made(self) -> Generator[bytes, None, None]:
        waiting: list[bytes] = []
        size = 0
        for piece in self._body:
            packed = self._packer.pack(piece)
            waiting.append(packed)
            size += len(packed)
            if size >= _PIECE:
                yield b"".join(waiting)
                waiting, size = [], 0
        waiting.append(self._packer.end())
        rest = b"".join(waiting)
        if rest:
            yield rest


def read_whole(response: Response) -> Response:
    """The same answer, no longer tied to what made it."""
    try:
        body = b"".join(response.response)  # type: ignore[arg-type]  # bytes, as it came from a WSGI application
    finally:
        response.close()
    return Response(body, status=response.status, headers=response.headers)


def streamed(response: Response, request: Request, admission: Admission) -> Response:
    """A long answer, or one of unknown length: passed on piece by piece, if there is a place for it."""
    encoding = packing.encoding(request) if packing.can_be_packed(response) else "identity"
    client = request.environ.get("gunicorn.socket")
    stream = Stream(
        response.response,  # type: ignore[arg-type]  # bytes, as it came from a WSGI application
        encoding,
        broken=getattr(client, "abort", lambda: None),
        over=admission.give_back,
    )
    try:
        if not admission.decided:
            admission.admit()
        stream.begin()
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing was sent yet
        stream.close()
        return _failed(error, request)
    packing.say_packed(response, encoding)
    response.response = stream
    return response


def called(application: Any, environ: "WSGIEnvironment") -> Response:
    """The answer of a WSGI application, nothing of it read yet."""
    head: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        if exc_info:
            raise exc_info[1].with_traceback(exc_info[2])
        head.append((status, headers))
        return None

    body = application(environ, start)
    status, headers = head[-1]
    return Response(body, status=status, headers=Headers(headers))


def _failed(error: Exception, request: Request) -> Response:
    """What is said when not even the first piece of an answer could be made."""
    if isinstance(error, ServiceUnavailable):
        return refused(error)
    if isinstance(error, StacktideError):
        wrong = isinstance(error, UsageError)
        return problem(400, "The request is wrong", str(error)) if wrong else problem(503, "Not now", str(error))
    named = secrets.token_hex(6)
    _log.error("error %s at %s: %s", named, request.path, type(error).__name__, exc_info=error)
    return problem(
        500,
        "Internal error",
        f"This is a fault of the dashboard, not of the request: its log tells more under {named}.",
    )


def refused(error: ServiceUnavailable) -> Response:
    """That there is no place now, and when to ask again."""
    refusal = problem(503, "Service Unavailable", str(error.description))
    refusal.headers.update(error.get_headers())
    refusal.content_type = MEDIA_TYPE
    return refusal
