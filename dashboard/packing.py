"""Packing: which answers are compressed, in which encoding, and what their headers say of it."""

import gzip
from typing import Final

import brotli
from werkzeug.wrappers import Request, Response

_TEXT: Final = ("text/", "application/json", "application/javascript", "application/x-ndjson", "image/svg+xml")
_TEXT_ENDS: Final = ("+json", "+xml")
WORTH_IT: Final = 700
"""Bytes from which on compressing pays."""


def packed(response: Response, request: Request) -> Response:
    """A short answer, compressed where that pays."""
    body = response.get_data()
    if not can_be_packed(response):
        return response
    chosen = encoding(request)
    response.vary.add("Accept-Encoding")
    if chosen != "identity" and len(body) > WORTH_IT:
        response.set_data(compress(body, chosen, brotli_quality=4, gzip_level=5))
        say_packed(response, chosen)
    return response


def as_if_sent(response: Response, request: Request) -> Response:
    """The head of what would be sent; nothing of it is made."""
    if response.headers.get("Content-Length") == "0":  # what has no body here yet
        del response.headers["Content-Length"]
    if can_be_packed(response):
        length = response.headers.get("Content-Length", type=int)
        say_packed(response, encoding(request) if length is None or length > WORTH_IT else "identity")
    return response


def say_packed(response: Response, encoding: str) -> None:
    """Let the headers tell of the encoding that the body has, or will have."""
    if not is_text(response.mimetype):
        return
    response.vary.add("Accept-Encoding")
    if encoding == "identity":
        return
    if response.is_streamed:
        del response.headers["Content-Length"]
    response.content_encoding = encoding
    tag, _ = response.get_etag()
    if tag:  # the same answer in other bytes: the tag stays good for comparing, as a weak one
        response.set_etag(tag, weak=True)


def can_be_packed(response: Response) -> bool:
    """Whether a body is text that nobody compressed yet; a part of one (206) stays as it is."""
    return response.status_code == 200 and is_text(response.mimetype) and "Content-Encoding" not in response.headers


def encoding(request: Request) -> str:
    """The best encoding that the reader takes."""
    return request.accept_encodings.best_match(("br", "gzip"), default="identity")


def is_text(mimetype: str | None) -> bool:
    """Whether compressing pays for such bytes."""
    return (mimetype or "").startswith(_TEXT) or (mimetype or "").endswith(_TEXT_ENDS)


def compress(body: bytes, encoding: str, *, brotli_quality: int, gzip_level: int) -> bytes:
    """All bytes at once, in Brotli or gzip."""
    if encoding == "br":
        return bytes(brotli.compress(body, quality=brotli_quality))
    return gzip.compress(body, gzip_level, mtime=0)
