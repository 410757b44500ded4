"""Payloads as received, kept by hash: everything can be parsed again offline, and asked for again under conditions."""

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import get_ident

from etl.errors import StoreError
from etl.http import Payload, Request


class Archive:
    """Payloads as received, gzipped and named by their SHA-256, so that everything can be parsed again offline."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _file(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.gz"

    def _address(self, url: str) -> Path:
        return self._folder / "urls" / hashlib.sha256(url.encode()).hexdigest()

    def save(self, payload: Payload) -> None:
        """Keep the bytes before anybody parses them. Each file appears whole or not at all.

        Raises StoreError when they cannot be kept.
        """
        about = {
            "sha256": payload.sha256,
            "retrieved_on": payload.retrieved_on.isoformat(),
            "published": payload.published.isoformat() if payload.published else None,
            "validators": dict(payload.validators),
        }
        file = self._file(payload.sha256)
        with _told(self._folder):
            if not file.exists():
                _write(file, gzip.compress(payload.content, 6, mtime=0))
            _write(self._address(payload.request.url), json.dumps(about).encode())

    def forget(self, request: Request) -> None:
        """The answer kept for this address is not to be relied on; its bytes stay.

        Raises StoreError when that cannot be noted.
        """
        with _told(self._folder):
            self._address(request.url).unlink(missing_ok=True)

    def find(self, request: Request) -> Payload | None:
        """The payload last kept for this request's address, or none."""
        try:
            about = json.loads(self._address(request.url).read_bytes())
            sha256, validators = about["sha256"], about["validators"]
            content = gzip.decompress(self._file(sha256).read_bytes())
            published = date.fromisoformat(about["published"]) if about["published"] else None
            retrieved = date.fromisoformat(about["retrieved_on"])
        except (OSError, ValueError, KeyError, TypeError, EOFError, zlib.error):
            return None
        if hashlib.sha256(content).hexdigest() != sha256:
            return None
        return Payload(request, content, sha256, published, retrieved, validators)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"Payloads cannot be kept in {folder} ({error.strerror}): see that it can be written and has space left."
        ) from error


def _write(file: Path, content: bytes) -> None:
    """Two sources may ask for the same address, side by side in one process: each thread has a part of its own."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}-{get_ident()}.part")
    try:
        part.write_bytes(content)
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise
