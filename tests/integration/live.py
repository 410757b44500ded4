"""Runs `stacktide` as it is, except that a server on this machine answers for all publishers: `live.py PORT words...`.

The server is asked for `/pypl.github.io/PYPL/All.js` in place of `https://pypl.github.io/PYPL/All.js`, and tried again
without a pause of our own.
"""

import sys
from pathlib import Path
from typing import Any

import requests

from etl import cli, http


class Here(http.Live):
    """Sends every request to this machine."""

    def __init__(self, port: int, **options: Any) -> None:
        self.port = port
        super().__init__(**options)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = (request.url or "").replace("https://", f"http://127.0.0.1:{self.port}/", 1)
        return super().send(request, *args, **kwargs)


def session(port: int) -> http.Session:
    """The live session, whose requests end at `port`."""
    made = http.session()
    made.trust_env = False
    retries = made.get_adapter("https://").max_retries  # type: ignore[attr-defined]
    made.mount("https://", Here(port, max_retries=retries.new(backoff_factor=0, backoff_jitter=0)))
    return made


def command(port: int, *words: str) -> list[str]:
    """The command line that runs `stacktide words...` against `port`."""
    return [sys.executable, str(Path(__file__)), str(port), *words]


def main() -> None:
    port = int(sys.argv[1])
    here = session(port)
    http.session = lambda *_: here  # type: ignore[misc]
    sys.argv = ["stacktide", *sys.argv[2:]]
    cli.main()


if __name__ == "__main__":
    main()
