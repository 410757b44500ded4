"""Delivery: what lies between the application and the wire.

Component bundles and assets are compressed once (brotli and gzip), kept in memory and sent with an ETag; what has a
fingerprint in its address may be kept by the browser for ever. JSON and HTML are compressed per request, cheaply; what
is long is never held as a whole, but compressed as it flows, and only so many such answers are under way at once.
Every answer gets its security headers here. plotly.js is answered from the partial bundle in `assets/vendor`, where
there is one in the right version.
"""

import hashlib
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import flask
import plotly.offline
from werkzeug.datastructures import Headers
from werkzeug.exceptions import ClientDisconnected, ServiceUnavailable
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import LimitedStream

from dashboard import packing
from dashboard.api.problems import problem
from dashboard.limits import ADMISSION, BUSY, LARGEST_BODY, RETRY_SECONDS, Admission, Places
from dashboard.ops import FRAMED, UNCOUNTED
from dashboard.streams import called, read_whole, refused, streamed
from etl import paths

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

PLOTLY: Final = "/_dash-component-suites/plotly/package_data/plotly.min.js"
PLOTLY_MAPS: Final = "/_dash-component-suites/plotly/package_data/plotly-maps.min.js"
IMMUTABLE: Final = "public, max-age=31536000, immutable"
_FILE: Final = re.compile(r"/api/v1/(?!openapi\.)[^/]*\.[^/]*$")
_HELD: Final = ("/_dash-component-suites/", "/assets/")
_FINGERPRINT: Final = re.compile(r"\.v[\w-]+m[0-9a-fA-F]+\.")
_VERSIONED: Final = re.compile(r"(^|&)[mv]=[\d.]+(&|$)")
_LINKED: Final = re.compile(r'(?:src|href)="(/(?:_dash-component-suites|assets)/[^"]+)"')
_SCRIPT: Final = "text/javascript; charset=utf-8"
_LARGEST_HELD: Final = 8_000_000
"""Bytes of an answer, beyond which it is passed on piece by piece."""


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
            self.packed[encoding] = packing.compress(self.body, encoding, brotli_quality=9, gzip_level=9)
        return self.packed[encoding]


class Delivery:
    """A WSGI application around a Dash application."""

    def __init__(self, site: Site, vendor: Path | None = None, downloads_at_once: int = 2) -> None:
        self._server = site.server
        self._places, self._weighing = Places(downloads_at_once), Places(1)
        self._policy = _policy(site.csp_hashes())
        self._bundles: dict[str, Bundle] = {}
        self._vendor = vendor or paths.assets_dir() / "vendor"
        partial = partial_plotly(self._vendor)
        if partial is not None:
            self._bundles[PLOTLY] = Bundle(partial, _SCRIPT)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        response = _refused(request) or _unmeasured(request) or self._held(request) or self._asked(request)
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
        if request.path == PLOTLY_MAPS and PLOTLY_MAPS not in self._bundles:
            self._bundles[PLOTLY_MAPS] = Bundle(partial_plotly(self._vendor, "geo") or _whole_plotly(), _SCRIPT)
        bundle = self._bundles.get(request.path)
        if bundle is None:
            whole = {**request.environ, "REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": ""}
            answer = Response.from_app(self._server, whole, buffered=True)
            if answer.status_code != 200 or not packing.is_text(answer.mimetype):
                return answer
            bundle = Bundle(answer.get_data(), answer.headers["Content-Type"])
            if len(bundle.body) > _LARGEST_HELD:
                return Response(bundle.body, content_type=bundle.content_type)
            self._bundles[request.path] = bundle
        encoding = packing.encoding(request) if len(bundle.body) > packing.WORTH_IT else "identity"
        response = Response(bundle.encoded(encoding), content_type=bundle.content_type)
        if encoding != "identity":
            response.content_encoding = encoding
        response.headers["Vary"] = "Accept-Encoding"
        fixed = _FINGERPRINT.search(request.path) or _VERSIONED.search(request.query_string.decode("latin-1"))
        response.headers["Cache-Control"] = IMMUTABLE if fixed else "no-cache"
        response.set_etag(f"{bundle.tag}-{encoding}")
        return response.make_conditional(request)

    def _asked(self, request: Request) -> Response:
        """While no place is free, one file at a time is weighed: many at once would keep readers waiting."""
        if not (_FILE.match(request.path) and self._places.full):
            return self._answered(request)
        if not self._weighing.take():
            return refused(ServiceUnavailable(BUSY, retry_after=RETRY_SECONDS))
        try:
            return self._answered(request)
        finally:
            self._weighing.give_back()

    def _answered(self, request: Request) -> Response:
        admission = request.environ[ADMISSION] = Admission(self._places)
        try:
            response = called(self._server, request.environ)
            length = response.headers.get("Content-Length", type=int)
            if request.method == "HEAD":
                whole = packing.as_if_sent(response, request)
            elif response.status_code in (204, 304) or (length is not None and length <= _LARGEST_HELD):
                whole = packing.packed(read_whole(response), request)
            else:
                return streamed(response, request, admission)
        except BaseException:
            admission.give_back()
            raise
        admission.give_back()
        return whole


def _refused(request: Request) -> Response | None:
    """What is not read at all: bodies that are too large, or compressed, and so of any size."""
    packed = request.headers.get("Content-Encoding", "identity").strip().casefold()
    if packed not in ("", "identity"):
        refusal = problem(
            415,
            "Unsupported Media Type",
            "Compressed requests are not read: send the body as it is, without Content-Encoding.",
        )
        refusal.headers["Accept-Encoding"] = "identity"
        return refusal
    return _too_large() if (request.content_length or 0) > LARGEST_BODY else None


def _unmeasured(request: Request) -> Response | None:
    """Take a body that does not say how long it is, and give it a length; what is beyond the limit is not read."""
    environ = request.environ
    if "HTTP_TRANSFER_ENCODING" not in environ or not environ.get("wsgi.input_terminated"):
        return None
    try:
        body = LimitedStream(environ["wsgi.input"], LARGEST_BODY + 1, is_max=True).read()
    except ClientDisconnected:
        return problem(400, "Bad Request", "The body of the request is broken off or malformed: send it as a whole.")
    if len(body) > LARGEST_BODY:
        return _too_large()
    del environ["HTTP_TRANSFER_ENCODING"]
    environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    return None


def _too_large() -> Response:
    return problem(413, "Content Too Large", f"A request has at most {LARGEST_BODY:,} bytes: send less.")


def partial_plotly(vendor: Path, which: str = "basic") -> bytes | None:
    """A partial bundle of plotly.js in `vendor`, if it has the version that the Python package asks for.

    `basic` draws lines, bars and points, `geo` lines, points and maps.
    """
    wanted = str(plotly.offline.get_plotlyjs_version())
    file = vendor / f"plotly-{which}.min.js"
    if not file.is_file():
        log.warning("There is no partial bundle %s of plotly.js in %s: serving the full one.", which, vendor)
        return None
    body = file.read_bytes()
    found = re.search(rf"plotly\.js \({which} - minified\) v([\d.]+\d)".encode(), body[:400])
    version = found.group(1).decode() if found else "unknown"
    if version != wanted:
        log.warning("The partial bundle of plotly.js is of version %s, not %s: serving the full one.", version, wanted)
        return None
    return body


def _whole_plotly() -> bytes:
    """The full bundle, which the Python package brings along."""
    return str(plotly.offline.get_plotlyjs()).encode()


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
        if headers.get("X-Frame-Options") == FRAMED:  # a chart to embed
            del headers["X-Frame-Options"]
            policy = policy.replace("frame-ancestors 'self'", "frame-ancestors *")
        else:
            headers["X-Frame-Options"] = "SAMEORIGIN"
        headers["Content-Security-Policy"] = policy
        headers.setdefault("Cache-Control", "no-cache")
