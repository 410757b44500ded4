"""The only module that touches the network: one session, polite retries, a mirror for tests."""

import csv
import hashlib
import io
import json
import logging
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import requests
import urllib3
from requests import Session
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.util import Retry

from etl import __version__, deadline
from etl.catalog import Access
from etl.errors import FetchError, NotThere, PausedError, SendError, UsageError
from etl.pace import Pace

__all__ = ["Client", "Live", "Mirror", "Payload", "Request", "Session", "mirror", "post", "session"]

USER_AGENT: Final = f"Stacktide/{__version__} (public dashboard of technology trends)"
_TIMEOUT_SECONDS: Final = (10, 60)
_POST_TIMEOUT_SECONDS: Final = 10
_LONGEST_PAUSE_SECONDS: Final = 60
BUDGET_SECONDS: Final = 1800
"""The time that a run may take, where the source declares no other."""
_MOST_BYTES: Final = 256 * 1024 * 1024
_CHUNK_BYTES: Final = 1024 * 1024
_VALIDATORS: Final = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}

# it writes whole addresses at the level DEBUG, and a token may be part of one
logging.getLogger("urllib3").setLevel(logging.INFO)


@dataclass(frozen=True)
class Request:
    """One address to ask, and which rows its answer accounts for.

    `scope` maps key columns to the one value that all rows of the part have (`{"indicator": "x", "region": "DE"}`):
    when the part succeeds, its rows replace those, and when it fails, those stay. The value `...` (Ellipsis) stands for
    those that the part yields (`{"indicator": "x", "technology": ...}` where files share out the technologies).
    `optional` parts may be missing: they are not yet published. What is `immutable` is asked for once and then read
    from the archive. `published` is the day of publication where the entry knows it. Where the address holds nothing,
    `otherwise` is asked instead.
    """

    url: str
    part: str
    scope: Mapping[str, Any] = field(default_factory=dict)
    optional: bool = False
    immutable: bool = False
    published: date | None = None
    otherwise: "Request | None" = None


@dataclass(frozen=True)
class Payload:
    """The bytes of one answer as received, with the request that they answer.

    `published` is what the publisher says (`Last-Modified`); `retrieved_on` the day on which the answer was given, the
    period of readings such as a number of stars. `validators` are the headers that a conditional request repeats.
    """

    request: Request
    content: bytes
    sha256: str
    published: date | None
    retrieved_on: date
    validators: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    """Bytes received, where `content` was let go of."""

    @property
    def vintage(self) -> date:
        """The day on which the figures were published or, failing that, fetched."""
        return self.request.published or self.published or self.retrieved_on


class Mirror(BaseAdapter):
    """Answers requests from files below `folder`, laid out by URL, instead of from the network.

    The path is the URL without `https://`; in the part before `?` every character other than letters, digits and
    `. _ ~ % + = @ , / -` becomes `_`; a query is appended after `@`, with all but letters, digits and `. _ = -`
    turned into `_`. A URL without a file answers 404. `MANIFEST.csv`, if there, dates the answers (`Date` and
    `Last-Modified`: a mirror holds what was said on that day).
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder.resolve()
        self._dates: dict[str, str] = {}
        manifest = self.folder / "MANIFEST.csv"
        if manifest.is_file():
            with manifest.open(encoding="utf-8", newline="") as lines:
                self._dates = {row.get("path", ""): row.get("upstream_date", "") for row in csv.DictReader(lines)}

    @staticmethod
    def path(url: str) -> str:
        """The file of a URL, relative to the mirror's folder."""
        before, _, query = url.removeprefix("https://").partition("?")
        kept = re.sub(r"[^A-Za-z0-9._~%+=@,/-]", "_", before)
        return f"{kept}@{re.sub(r'[^A-Za-z0-9._=-]', '_', query)}" if query else kept

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Answer from the file, or with 404."""
        path = self.path(request.url or "")
        response = requests.Response()
        response.request, response.url = request, request.url or ""
        content = self._content(path)
        if content is not None:
            response.status_code = 200
            response.raw = urllib3.HTTPResponse(io.BytesIO(content), preload_content=False)
            if self._dates.get(path):
                day = date.fromisoformat(self._dates[path])
                stamp = day.strftime("%a, %d %b %Y 00:00:00 GMT")
                response.headers.update({"Date": stamp, "Last-Modified": stamp})
        else:
            response.status_code, response.reason = 404, "not in the mirror"
            response.raw = urllib3.HTTPResponse(io.BytesIO(), preload_content=False)
        return response

    def _content(self, path: str) -> bytes | None:
        """The file's bytes; none where there is no file below the folder, or its name is too long to be one."""
        try:
            file = (self.folder / path).resolve()
            return file.read_bytes() if file.is_relative_to(self.folder) and file.is_file() else None
        except OSError:
            return None

    def holds(self, url: str) -> bool:
        """Whether there is a file for `url`."""
        return self._content(self.path(url)) is not None

    def close(self) -> None:
        """Nothing is held open."""


class _PlainConnection(urllib3.connection.HTTPConnection):
    """A connection that is cut at the deadline."""

    def getresponse(self) -> Any:
        """The answer, once its headers have arrived."""
        _note(self)
        return super().getresponse()


class _SafeConnection(urllib3.connection.HTTPSConnection):
    """The same with TLS."""

    def getresponse(self) -> Any:
        """The answer, once its headers have arrived."""
        _note(self)
        return super().getresponse()


def _note(connection: urllib3.connection.HTTPConnection) -> None:
    within = deadline.current()
    if within is not None and connection.sock is not None:
        within.note(connection.sock)


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SafePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SafeConnection


class Live(HTTPAdapter):
    """Answers requests from the network; every connection, a proxy's too, is cut at the deadline."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SafePool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """The pools of connections through a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SafePool}
        return manager


class _Patient(Retry):
    """Retries that wait as long as the publisher asks; where that is too long, its answer is handed on instead."""

    def increment(self, *args: Any, **kwargs: Any) -> Retry:  # type: ignore[override]
        """The retries that are left. Raises MaxRetryError (urllib3) when the pause would be too long, or time is up."""
        response, within = kwargs.get("response"), deadline.current()
        longest = _LONGEST_PAUSE_SECONDS if within is None else min(_LONGEST_PAUSE_SECONDS, within.seconds_left)
        pause = self.get_retry_after(response) if response is not None else None
        if longest <= 0 or (pause is not None and pause > longest):
            raise urllib3.exceptions.MaxRetryError(kwargs["_pool"], "", kwargs.get("error"))
        return super().increment(*args, **kwargs)


def session(mirrored: Path | None = None, contact: str | None = None) -> Session:
    """A session that retries what may pass (429, 5xx, dropped connections), or one that reads from `mirrored`.

    `contact` is told to publishers: an address at which whoever runs this can be reached, as many of them ask for.
    Raises UsageError when `mirrored` is no folder.
    """
    made = Session()
    made.headers["User-Agent"] = f"{USER_AGENT[:-1]}; {contact})" if contact else USER_AGENT
    if mirrored is None:
        again = _Patient(
            total=4,
            backoff_factor=1,
            backoff_jitter=0.5,
            status_forcelist=(429, 500, 502, 503, 504),
            raise_on_status=False,
        )
        made.mount("https://", Live(max_retries=again))
    elif mirrored.is_dir():
        made.mount("https://", Mirror(mirrored))
    else:
        raise UsageError(
            f"There is no mirror folder {mirrored}: give --upstream the folder whose subfolders are named like hosts."
        )
    return made


def mirror(with_session: Session) -> Mirror | None:
    """The mirror that the session reads from, if it does."""
    adapter = with_session.get_adapter("https://")
    return adapter if isinstance(adapter, Mirror) else None


class Client:
    """Asks one publisher within its terms: paced, with its token, and within the time budget of one run."""

    def __init__(
        self,
        with_session: Session,
        access: Access | None,
        pace: Pace | None,
        today: date,
        seconds: float | None = None,
    ) -> None:
        """`access` and `pace` are the terms of the source; a mirror needs neither. `seconds` are left to the run."""
        self._session = with_session
        self._mirrored = mirror(with_session) is not None
        self._access, self._pace, self._today = access, pace, today
        budget = access.seconds if access is not None else BUDGET_SECONDS
        self._until = time.monotonic() + (budget if seconds is None else seconds)
        self._not_before = 0.0

    def fetch(self, request: Request, known: Payload | None = None) -> Payload:
        """The answer to one request; where `known` is still current (304), it is the answer.

        Raises NotThere for 404 and 410, PausedError where nothing more may be asked for now, FetchError for every other
        failure.
        """
        self._wait()
        headers = self._headers(request.url, known)
        asked: dict[str, Any] = {"headers": headers, "timeout": _TIMEOUT_SECONDS, "stream": True}
        within = deadline.Deadline(self._until - time.monotonic())
        try:
            with within, self._session.get(request.url, **asked) as answer:
                retrieved_on = _day(answer.headers.get("Date")) if self._mirrored else None
                if answer.status_code == 304 and known is not None:
                    return replace(known, request=request, retrieved_on=retrieved_on or self._today)
                _refuse(request.url, answer)
                body = b"".join(self._chunks(request.url, answer))
            if within.passed:
                raise _too_slow(request.url)  # what was cut may look whole
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if within.passed:
                raise _too_slow(request.url) from error
            raise FetchError(
                f"{request.url} could not be read ({type(error).__name__}); check the connection and try again."
            ) from error
        self._heed(body)
        validators = {name: answer.headers[name] for name in _VALIDATORS if name in answer.headers}
        published = _day(answer.headers.get("Last-Modified"))
        digest = hashlib.sha256(body).hexdigest()
        return Payload(request, body, digest, published, retrieved_on or self._today, validators)

    def _wait(self) -> None:
        if self._mirrored:
            return
        pause = self._not_before - time.monotonic()
        if pause > 0:
            if time.monotonic() + pause > self._until:
                raise PausedError(f"The publisher asks for a pause of {pause:.0f} s; the next run goes on from here.")
            time.sleep(pause)
        if self._pace is not None:
            self._pace.wait(self._until - time.monotonic())

    def _headers(self, url: str, known: Payload | None) -> dict[str, str]:
        headers = {}
        if known is not None and known.request.url == url:
            headers = {_VALIDATORS[name]: value for name, value in known.validators.items() if name in _VALIDATORS}
        if self._access is not None:
            headers |= self._access.headers
            token = self._access.token
            if token is not None and (secret := os.environ.get(token.variable, "").strip()):
                headers[token.header] = f"{token.prefix}{secret}"
        return headers

    def _chunks(self, url: str, answer: requests.Response) -> Iterator[bytes]:
        """The body as it arrives: a body that never ends, in size or in time, is given up."""
        size = 0
        while chunk := answer.raw.read1(_CHUNK_BYTES, decode_content=True):
            size += len(chunk)
            if size > _MOST_BYTES:
                raise FetchError(f"{url} sends more than {_MOST_BYTES // 1024**2} MB; that cannot be right.")
            if time.monotonic() > self._until:
                raise _too_slow(url)
            yield chunk

    def _heed(self, body: bytes) -> None:
        """A field of the answer may ask for a pause before the next request."""
        if self._access is None or self._access.pause_field is None:
            return
        try:
            pause = json.loads(body).get(self._access.pause_field)
        except (ValueError, AttributeError, RecursionError):
            return  # `parse` will say what is wrong with it
        if isinstance(pause, int | float):
            self._not_before = time.monotonic() + pause


def _too_slow(url: str) -> PausedError:
    return PausedError(f"{url} is too slow: the time budget of one run is spent; try again later.")


def post(url: str, document: Mapping[str, Any]) -> None:
    """Send a JSON document to a webhook, once.

    Raises SendError, which does not repeat the address (it may be the secret), unless the answer is 200 to 299 and
    comes within ten seconds.
    """
    try:
        with deadline.Deadline(_POST_TIMEOUT_SECONDS), Session() as made:
            for scheme in ("http://", "https://"):
                made.mount(scheme, Live())
            made.headers["User-Agent"] = USER_AGENT
            options: dict[str, Any] = {"timeout": _POST_TIMEOUT_SECONDS, "stream": True, "allow_redirects": False}
            with made.post(url, json=document, **options) as answer:
                status = answer.status_code
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        raise SendError(f"The webhook could not be reached ({type(error).__name__}): check `webhook_url`.") from None
    if not 200 <= status < 300:
        raise SendError(f"The webhook answered {status}: check `webhook_url`.")


def _refuse(url: str, answer: requests.Response) -> None:
    """Raise what an answer other than 200 means."""
    status = answer.status_code
    if status in (404, 410):
        raise NotThere(f"{url} is {answer.reason if answer.reason == 'not in the mirror' else 'not there (404)'}.")
    if status in (403, 429, 503):
        pause = answer.headers.get("Retry-After")
        if pause is not None or answer.headers.get("X-RateLimit-Remaining") == "0":
            asked = f" and asks for a pause ({pause} s)" if pause and pause.isdigit() else ""
            raise PausedError(f"{url} answered {status}{asked}: nothing more is asked of it now; try again later.")
    if status in (401, 403):
        raise FetchError(f"{url} answered {status}; if a token is set for this source, check that it is valid.")
    if status != 200:
        raise FetchError(f"{url} answered {status}; try again later.")


def _day(stamp: str | None) -> date | None:
    try:
        return parsedate_to_datetime(stamp).date() if stamp else None
    except ValueError:  # a header that is no date dates nothing
        return None
