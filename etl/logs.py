"""Logs on standard error: lines for people, or one JSON object a line; with run and source, without secrets."""

import json
import logging
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from threading import Lock
from typing import Final
from urllib.parse import quote, quote_plus, urlsplit

from pydantic import SecretStr

from etl.catalog import Catalog
from etl.config import Settings

_SHORTEST_SECRET: Final = 4
"""Characters; hiding anything shorter would blot out ordinary words and still hide nothing."""
_HIDDEN: Final = "***"
_CHATTY: Final = ("alembic", "apscheduler", "distributed")
"""Libraries that say at INFO what only their developers want to know."""

_run: ContextVar[int | None] = ContextVar("run", default=None)
_source: ContextVar[str | None] = ContextVar("source", default=None)
_secrets: set[str] = set()
_lock: Final = Lock()


def configure(settings: Settings) -> None:
    """Send the log to standard error in the form and from the level that the settings ask for; may be called again.

    The secrets among the settings are hidden from then on.
    """
    hide(_parts(value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)))
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, _StandardError)]:
        root.removeHandler(old)
    handler = _StandardError(settings.log_level)
    handler.setFormatter(_Json() if settings.log_format == "json" else _Text())
    root.addHandler(handler)
    root.setLevel(min(root.level or handler.level, handler.level))
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def hide(secrets: Iterable[str]) -> None:
    """Never write these again, neither as they are nor as parts of an address, of Python or of JSON."""
    quoted = (
        lambda s: s,
        lambda s: quote(s, safe=""),
        quote_plus,
        lambda s: repr(s)[1:-1],
        lambda s: json.dumps(s)[1:-1],
    )
    spelled = {spell(secret) for secret in secrets for spell in quoted}
    with _lock:
        _secrets.update(form for form in spelled if len(form) >= _SHORTEST_SECRET)


def hide_tokens(catalog: Catalog) -> None:
    """Never write the tokens of publishers, which are taken from the variables that the catalogue names."""
    named = {s.access.token.variable for s in catalog.sources if s.access is not None and s.access.token is not None}
    hide(os.environ[variable].strip() for variable in named if variable in os.environ)


def masked(text: str) -> str:
    """The text with `***` in place of every secret that is known."""
    with _lock:
        longest_first = sorted(_secrets, key=len, reverse=True)
    for secret in longest_first:
        text = text.replace(secret, _HIDDEN)
    return text


@contextmanager
def about(run: int | None, source: str) -> Iterator[None]:
    """What is logged inside, in this thread, is about this run of this source."""
    of_run, of_source = _run.set(run), _source.set(source)
    try:
        yield
    finally:
        _run.reset(of_run)
        _source.reset(of_source)


def _parts(secrets: Iterable[str]) -> Iterator[str]:
    """The secrets, and what is secret in those that are addresses: password, path and query."""
    for secret in secrets:
        yield secret
        try:
            address = urlsplit(secret)
            inner = [address.password, address.query] if address.scheme and address.netloc else []
        except ValueError:
            continue
        yield from (part for part in inner if part)
        if inner and address.scheme in ("http", "https") and len(address.path) > 1:
            yield address.path


class _StandardError(logging.Handler):
    """Writes to whatever standard error is at the moment, a record in one piece."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 - what cannot be logged must not stop what it is about
            self.handleError(record)


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON: time, level, logger, message; run, source and exception where there are any."""
        told = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
            "run": _run.get(),
            "source": _source.get(),
            "exception": masked(_exception(record)) or None,
        }
        return json.dumps({name: value for name, value in told.items() if value is not None})


class _Text(logging.Formatter):
    """A line for people, and the traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        where = " ".join(
            part for part in (_source.get(), f"run {_run.get()}" if _run.get() is not None else None) if part
        )
        name = f"{record.name} ({where})" if where else record.name
        lines = [f"{_time(record)} {record.levelname} {name}: {record.getMessage()}", _exception(record)]
        return masked("\n".join(line for line in lines if line))


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _exception(record: logging.LogRecord) -> str:
    if not record.exc_info or record.exc_info[0] is None:
        return ""
    return "".join(traceback.format_exception(*record.exc_info)).rstrip()
