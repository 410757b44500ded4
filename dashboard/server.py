"""Serving: gunicorn, started from Python. Imports are shared; the store is opened in each worker, after the fork."""

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from dashboard import files, ops
from dashboard.app import create_app
from dashboard.connections import worker
from dashboard.delivery import Delivery
from dashboard.limits import LONGEST_FIELD, LONGEST_LINE, MOST_FIELDS
from etl import config, embed, paths, work
from etl.catalog import Catalog
from etl.errors import StacktideError
from etl.home import Home

_READERS = 2
"""Threads of each process that no large download takes."""
_STOP_SECONDS = 6


class _Log(Logger):  # type: ignore[misc]
    """What gunicorn has to say, in the form and from the level of our own log."""

    def setup(self, cfg: Any) -> None:
        """Hand everything on. Overrides gunicorn's hook."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.NOTSET)


class _Server(BaseApplication):  # type: ignore[misc]
    """A gunicorn server around one WSGI application."""

    def __init__(self, application: Callable[..., Any], settings: dict[str, Any]) -> None:
        self._application = application
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        return self._application


@ops.shared_counts()
def serve(
    home: Home, catalog: Catalog, host: str = "127.0.0.1", port: int = 8050, workers: int = 2, scheduler: bool = False
) -> None:
    """Serve the dashboard until interrupted; prints its address once it answers.

    With `scheduler`, a process beside it refreshes sources when they are due, and ends with it. Where another one does
    that already, the server says so and goes on without.

    An empty store is filled with the embedded data first. That happens in the workers, as everything that touches
    the store: Delta Lake's runtime does not survive a fork, so the calling process must not have opened it.

    Raises StacktideError when the port is taken or the store cannot be opened.
    """
    limits = config.load()
    listener = _listen(host, port)
    app = create_app(home, catalog, listener.getsockname()[0])
    delivery = Delivery(app, downloads_at_once=limits.exports_at_once).warm()
    parent = os.getpid()
    reasons, report = os.pipe()
    os.set_blocking(reasons, False)

    def begin(process: Any) -> None:
        try:
            embed.first_start(home, catalog, paths.data_dir() / "embedded", _now())
            home.store.version()
            delivery.warm_views()
            files.tidy(home)
        except StacktideError as error:
            os.write(report, f"{error}\n".encode())
            os.kill(os.getppid(), signal.SIGTERM)
            signal.pause()  # until gunicorn stops this worker as all others
            return
        if process.age == 1:
            print(f"Stacktide is at {_address(host, port)}", flush=True)

    settings = {
        "bind": f"fd://{listener.fileno()}",
        "workers": workers,
        "worker_class": worker(limits.patience_seconds),
        "threads": limits.exports_at_once + _READERS,
        "limit_request_line": LONGEST_LINE,
        "limit_request_fields": MOST_FIELDS,
        "limit_request_field_size": LONGEST_FIELD,
        "preload_app": True,
        "timeout": 120,
        "graceful_timeout": 5,
        "keepalive": 30,
        "control_socket_disable": True,
        "worker_tmp_dir": ops.memory(),  # the heartbeat files: on a slow disk a worker would seem dead
        "logger_class": _Log,
        "post_worker_init": begin,
        "worker_exit": _leave,
        "child_exit": lambda server, worker: ops.forget_process(worker.pid),
    }
    beside = _scheduler(home) if scheduler else None
    try:
        _Server(delivery, settings).run()
    except SystemExit as stop:
        reason = _first_line(reasons) if os.getpid() == parent else ""  # a worker's end passes here, too
        if reason:
            raise StacktideError(reason) from None
        if stop.code:
            raise
    finally:
        if beside is not None and os.getpid() == parent:
            _end(beside)


def _scheduler(home: Home) -> "subprocess.Popen[bytes]":
    """The scheduler, in a process that begins anew: nothing of ours is carried over a fork."""
    return work.launch(["schedule", "run", "--home", str(home.path), "--parent", str(os.getpid())])


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _leave(server: Any, worker: Any) -> None:
    """End a worker at once when its work is over.

    A second signal would break into the clean-up of the interpreter, and native libraries remark on what it leaves.
    """
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # SIG_IGN would be remarked on where one has come
    ended = sys.exc_info()[1]
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit((ended.code or 0) if isinstance(ended, SystemExit) and not isinstance(ended.code, str) else 1)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _first_line(pipe: int) -> str:
    try:
        return os.read(pipe, 4096).decode().partition("\n")[0]
    except BlockingIOError:
        return ""


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise StacktideError(f"Port {port} on {host} cannot be used ({reason}): choose another with --port.") from error
    return listener


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"
