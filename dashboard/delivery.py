"""Delivery: what lies between the application and the wire.

Component bundles and assets are compressed once (brotli and gzip), kept in memory and sent with an ETag; what has a
fingerprint in its address may be kept by the browser for ever. JSON and HTML are compressed per request, cheaply.
Every answer gets its security headers here. plotly.js is answered from the partial bundle in `assets/vendor`, where
there is one in the right version.
"""

import gzip
import hashlib
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import brotli
import flask
import plotly.offline
from werkzeug.datastructures import Headers
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from dashboard.ops import UNCOUNTED
from etl import paths

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

PLOTLY: Final = "/_dash-component-suites/plotly/package_data/plotly.min.js"
IMMUTABLE: Final = "public, max-age=31536000, immutable"
_HELD: Final = ("/_dash-component-suites/", "/assets/")
_FINGERPRINT: Final = re.compile(r"\.v[\w-]+m[0-9a-fA-F]+\.")
_VERSIONED: Final = re.compile(r"(^|&)[mv]=[\d.]+(&|$)")
_LINKED: Final = re.compile(r'(?:src|href)="(/(?:_dash-component-suites|assets)/[^"]+)"')
_TEXT: Final = ("text/", "application/json", "application/javascript", "image/svg+xml")
_WORTH_IT: Final = 700
"""Bytes from which on compressing pays."""
_LARGEST_HELD: Final = 8_000_000
"""Source maps and their like are passed through."""


class Site(Protocol):
    """A Dash application, as far as delivery goes."""

    server: flask.Flask

    def csp_hashes(self) -> Iterable[str]:
        """The hashes of its inline scripts."""


@dataclass(frozen=True)
class Bundle:
    """The bytes of one address, compressed when first asked for in an encoding."""

    body: bytes
    content_type: str
    packed: dict[str, bytes] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """A name for these bytes."""
        return hashlib.sha256(self.body).hexdigest()[:20]

    def encoded(self, encoding: str) -> bytes:
        """The bytes in one encoding, at the best setting that does not delay a start."""
        if encoding == "identity":
            return self.body
        if encoding not in self.packed:
            self.packed[encoding] = _compress(self.body, encoding, brotli_quality=9, gzip_level=9)
        return self.packed[encoding]


class Delivery:
    """A WSGI application around a Dash application."""

    def __init__(self, site: Site, vendor: Path | None = None) -> None:
        self._server = site.server
        self._policy = _policy(site.csp_hashes())
        self._bundles: dict[str, Bundle] = {}
        partial = partial_plotly(vendor or paths.assets_dir() / "vendor")
        if partial is not None:
            self._bundles[PLOTLY] = Bundle(partial, "text/javascript; charset=utf-8")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        response = self._held(request) or self._asked(request)
        _secure(response.headers, response.mimetype, self._policy)
        return response(environ, start_response)

    def warm(self) -> "Delivery":
        """Ask for the document and every bundle once, in both encodings, before the first reader does.

        Until a process has answered one document, its threads can answer 500 to the request of a bundle
        (plotly/dash #3971). Touches no store: may run before a fork, and is then shared.
        """
        client, ours = Client(self), {UNCOUNTED: True}
        document = client.get("/", environ_overrides=ours).get_data(as_text=True)
        for address in _LINKED.findall(document):
            for encoding in ("br", "gzip"):
                client.get(address, headers={"Accept-Encoding": encoding}, environ_overrides=ours).close()
        return self

    def warm_views(self) -> None:
        """Ask for the layout once, so that the store is open before the first reader asks."""
        client = Client(self)
        for address in ("/_dash-layout", "/_dash-dependencies"):
            client.get(address, environ_overrides={UNCOUNTED: True}).close()

    def _held(self, request: Request) -> Response | None:
        if request.method not in ("GET", "HEAD") or not request.path.startswith(_HELD):
            return None
        bundle = self._bundles.get(request.path)
        if bundle is None:
            whole = {**request.environ, "REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": ""}
            answer = Response.from_app(self._server, whole, buffered=True)
            if answer.status_code != 200 or not _is_text(answer.mimetype):
                return answer
            bundle = Bundle(answer.get_data(), answer.headers["Content-Type"])
            if len(bundle.body) > _LARGEST_HELD:
                return Response(bundle.body, content_type=bundle.content_type)
            self._bundles[request.path] = bundle
        encoding = _encoding(request) if len(bundle.body) > _WORTH_IT else "identity"
        response = Response(bundle.encoded(encoding), content_type=bundle.content_type)
        if encoding != "identity":
            response.content_encoding = encoding
        response.headers["Vary"] = "Accept-Encoding"
        fixed = _FINGERPRINT.search(request.path) or _VERSIONED.search(request.query_string.decode("latin-1"))
        response.headers["Cache-Control"] = IMMUTABLE if fixed else "no-cache"
        response.set_etag(f"{bundle.tag}-{encoding}")
        return response.make_conditional(request)

    def _asked(self, request: Request) -> Response:
        response = Response.from_app(self._server, request.environ, buffered=True)
        if response.status_code != 200 or "Content-Encoding" in response.headers:
            return response
        encoding = _encoding(request)
        if not _is_text(response.mimetype):
            return response
        response.vary.add("Accept-Encoding")
        body = response.get_data()
        if encoding == "identity" or len(body) <= _WORTH_IT:
            return response
        response.set_data(_compress(body, encoding, brotli_quality=4, gzip_level=5))
        response.content_encoding = encoding
        tag, _ = response.get_etag()
        if tag:  # the same answer in other bytes: the tag stays good for comparing, as a weak one
            response.set_etag(tag, weak=True)
        return response


def partial_plotly(vendor: Path) -> bytes | None:
    """The partial bundle of plotly.js in `vendor`, if it has the version that the Python package asks for."""
    wanted = str(plotly.offline.get_plotlyjs_version())
    file = vendor / "plotly-basic.min.js"
    if not file.is_file():
        log.warning("There is no partial bundle of plotly.js in %s: serving the full one.", vendor)
        return None
    body = file.read_bytes()
    found = re.search(rb"plotly\.js \(basic - minified\) v([\d.]+\d)", body[:400])
    version = found.group(1).decode() if found else "unknown"
    if version != wanted:
        log.warning("The partial bundle of plotly.js is of version %s, not %s: serving the full one.", version, wanted)
        return None
    return body


def _policy(hashes: Iterable[str]) -> str:
    """What a page may load: nothing from elsewhere. Plotly, AG Grid and React set styles from scripts."""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join(hashes)}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def _secure(headers: Headers, mimetype: str | None, policy: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    # the layout is asked for in a request of its own, which must know the address of its page
    headers["Referrer-Policy"] = "same-origin"
    if mimetype == "text/html":
        headers["Content-Security-Policy"] = policy
        headers["X-Frame-Options"] = "SAMEORIGIN"
        headers.setdefault("Cache-Control", "no-cache")


def _encoding(request: Request) -> str:
    return request.accept_encodings.best_match(("br", "gzip"), default="identity")


def _is_text(mimetype: str | None) -> bool:
    return (mimetype or "").startswith(_TEXT)


def _compress(body: bytes, encoding: str, *, brotli_quality: int, gzip_level: int) -> bytes:
    if encoding == "br":
        return bytes(brotli.compress(body, quality=brotli_quality))
    return gzip.compress(body, gzip_level, mtime=0)
