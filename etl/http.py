"""The only module that touches the network: one session, polite retries, a mirror for tests, payloads kept by hash."""

import csv
import gzip
import hashlib
import io
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import requests
from requests import Session
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.util import Retry

from etl import __version__
from etl.errors import FetchError, NotThere, UsageError

__all__ = ["Archive", "Mirror", "Payload", "Request", "Session", "fetch", "reads_mirror", "session"]

USER_AGENT: Final = f"Stacktide/{__version__} (public dashboard of technology trends)"
_TIMEOUT_SECONDS: Final = (10, 60)
_MOST_BYTES: Final = 256 * 1024 * 1024
_CHUNK_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class Request:
    """One address to ask, and which rows its answer accounts for.

    `scope` maps key columns to the one value that all rows of the part have (`{"indicator": "x", "region": "DE"}`):
    when the part succeeds, its rows replace those, and when it fails, those stay. The value `...` (Ellipsis) stands for
    those that the part yields (`{"indicator": "x", "technology": ...}` where files share out the technologies).
    `optional` parts may be missing: they are not yet published. `published` is the day of publication where the entry
    knows it.
    """

    url: str
    part: str
    scope: Mapping[str, Any] = field(default_factory=dict)
    optional: bool = False
    immutable: bool = False
    published: date | None = None


@dataclass(frozen=True)
class Payload:
    """The bytes of one answer as received, with the request that they answer."""

    request: Request
    content: bytes
    sha256: str
    published: date | None
    retrieved_on: date

    @property
    def vintage(self) -> date:
        """The day on which the figures were published or, failing that, fetched."""
        return self.request.published or self.published or self.retrieved_on


class Mirror(BaseAdapter):
    """Answers requests from files below `folder`, laid out by URL, instead of from the network.

    The path is the URL without `https://`; in the part before `?` every character other than letters, digits and
    `. _ ~ % + = @ , / -` becomes `_`; a query is appended after `@`, with all but letters, digits and `. _ = -`
    turned into `_`. A URL without a file answers 404. `MANIFEST.csv`, if there, dates the answers (`Last-Modified`).
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder.resolve()
        self._dates: dict[str, str] = {}
        manifest = self._folder / "MANIFEST.csv"
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
            response.raw = io.BytesIO(content)
            if self._dates.get(path):
                day = date.fromisoformat(self._dates[path])
                response.headers["Last-Modified"] = day.strftime("%a, %d %b %Y 00:00:00 GMT")
        else:
            response.status_code, response.reason = 404, "not in the mirror"
            response.raw = io.BytesIO()
        return response

    def _content(self, path: str) -> bytes | None:
        """The file's bytes; none where there is no file below the folder, or its name is too long to be one."""
        try:
            file = (self._folder / path).resolve()
            return file.read_bytes() if file.is_relative_to(self._folder) and file.is_file() else None
        except OSError:
            return None

    def close(self) -> None:
        """Nothing is held open."""


def session(mirror: Path | None = None) -> Session:
    """A session that retries what may pass (429, 5xx, dropped connections), or one that reads from `mirror`.

    Raises UsageError when `mirror` is no folder.
    """
    made = Session()
    made.headers["User-Agent"] = USER_AGENT
    if mirror is None:
        again = Retry(
            total=4,
            backoff_factor=1,
            backoff_jitter=0.5,
            status_forcelist=(429, 500, 502, 503, 504),
            raise_on_status=False,
        )
        made.mount("https://", HTTPAdapter(max_retries=again))
    elif mirror.is_dir():
        made.mount("https://", Mirror(mirror))
    else:
        raise UsageError(
            f"There is no mirror folder {mirror}: give --upstream the folder whose subfolders are named like hosts."
        )
    return made


def reads_mirror(with_session: Session) -> bool:
    """Whether the session answers from local files."""
    return isinstance(with_session.get_adapter("https://"), Mirror)


def fetch(with_session: Session, request: Request, today: date) -> Payload:
    """Ask for one request's bytes.

    Raises NotThere for 404 and 410, FetchError for every other failure.
    """
    try:
        with with_session.get(request.url, timeout=_TIMEOUT_SECONDS, stream=True) as answer:
            if answer.status_code in (404, 410):
                raise NotThere(
                    f"{request.url} is {answer.reason if answer.reason == 'not in the mirror' else 'not there (404)'}."
                )
            if answer.status_code != 200:
                raise FetchError(f"{request.url} answered {answer.status_code}; try again later.")
            content = bytearray()
            for chunk in answer.iter_content(_CHUNK_BYTES):
                content += chunk
                if len(content) > _MOST_BYTES:
                    raise FetchError(
                        f"{request.url} sends more than {_MOST_BYTES // 1024**2} MB; that cannot be right."
                    )
            stamp = answer.headers.get("Last-Modified")
    except requests.RequestException as error:
        raise FetchError(
            f"{request.url} could not be read ({type(error).__name__}); check the connection and try again."
        ) from error
    body = bytes(content)
    return Payload(request, body, hashlib.sha256(body).hexdigest(), _day(stamp), today)


def _day(stamp: str | None) -> date | None:
    try:
        return parsedate_to_datetime(stamp).date() if stamp else None
    except ValueError:  # a header that is no date dates nothing
        return None


class Archive:
    """Payloads as received, gzipped and named by their SHA-256, so that everything can be parsed again offline."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _file(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.gz"

    def _address(self, url: str) -> Path:
        return self._folder / "urls" / hashlib.sha256(url.encode()).hexdigest()

    def save(self, payload: Payload) -> None:
        """Keep the bytes before anybody parses them. Each file appears whole or not at all."""
        file = self._file(payload.sha256)
        if not file.exists():
            _write(file, gzip.compress(payload.content, 6, mtime=0))
        published = payload.published.isoformat() if payload.published else ""
        _write(self._address(payload.request.url), f"{payload.sha256} {payload.retrieved_on} {published}".encode())

    def find(self, request: Request) -> Payload | None:
        """The payload last kept for this request's address, or none."""
        try:
            sha256, retrieved_on, published = self._address(request.url).read_text().split(" ")
            content = gzip.decompress(self._file(sha256).read_bytes())
            day = date.fromisoformat(published) if published else None
            retrieved = date.fromisoformat(retrieved_on)
        except (OSError, ValueError, EOFError, zlib.error):
            return None
        if hashlib.sha256(content).hexdigest() != sha256:
            return None
        return Payload(request, content, sha256, day, retrieved)


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(file)
