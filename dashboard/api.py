"""The HTTP API: views as JSON and as files. Errors are JSON too: one sentence that names parameter and remedy.

`GET /api/trends` answers from a small memory of finished answers, which keeps their compressed forms: asking again
is a dictionary look-up. Its parameters, and those of `GET /export.<format>`, are those of the page; `as_of` asks for
the state of an earlier day.
"""

import gzip
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from io import BytesIO
from threading import Lock
from typing import Final

import brotli
from flask import Blueprint, Flask, Response, current_app, request
from flask.blueprints import BlueprintSetupState

from dashboard import export
from dashboard.data import Data, current
from dashboard.selection import Selection, parse, to_query
from dashboard.views import export_view, trends_view
from etl.errors import StacktideError, UsageError

_ANSWERS, _CLOCK = "stacktide-answers", "stacktide-clock"
_ANSWERS_KEPT: Final = 256
_BROTLI_QUALITY: Final = 5  # 4 ms for 100 kB; the highest quality takes 200 ms and saves an eighth
_FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Answer:
    """A finished answer; its compressed forms are made when first asked for, once."""

    body: bytes
    etag: str

    @cached_property
    def br(self) -> bytes:
        """The body, compressed with Brotli."""
        packed: bytes = brotli.compress(self.body, quality=_BROTLI_QUALITY, mode=brotli.MODE_TEXT)
        return packed

    @cached_property
    def gzip(self) -> bytes:
        """The body, compressed with gzip; the same bytes in every process."""
        return gzip.compress(self.body, 6, mtime=0)


class Answers:
    """The newest finished answers, by state of the store and selection."""

    def __init__(self, most: int = _ANSWERS_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, Selection], Answer] = OrderedDict()
        self._lock = Lock()

    def answer(self, data: Data, selection: Selection) -> Answer:
        """The answer to `selection`: a remembered one, or a new one."""
        key = (data.snapshot(selection.as_of).key, selection)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        view = trends_view(data, selection)
        body = json.dumps(view, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        made = Answer(body, _etag(key[0], selection, data))
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made


def _etag(state: str, selection: Selection, data: Data) -> str:
    asked = f"{to_query(selection, data.catalog)}&preset={selection.preset}&{selection}"
    return f"{state}-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"


blueprint = Blueprint("api", __name__)
Clock = Callable[[], datetime]


def register(server: Flask, clock: Clock = lambda: datetime.now(UTC)) -> None:
    """Give the Flask app its API; `clock` says the day that a file is exported on."""
    server.extensions[_CLOCK] = clock
    server.register_blueprint(blueprint)


@blueprint.record
def _prepare(state: BlueprintSetupState) -> None:
    """Each app remembers its own answers: two apps may have different stores of the same version."""
    state.app.extensions[_ANSWERS] = Answers()
    state.app.extensions.setdefault(_CLOCK, lambda: datetime.now(UTC))


@blueprint.get("/api/trends")
def trends() -> Response:
    """The view Trends of a selection, as JSON."""
    data = current()
    answers: Answers = current_app.extensions[_ANSWERS]
    selection = _selection(data)
    return _send(answers.answer(data, selection), data.snapshot(selection.as_of).key)


@blueprint.get("/export.<file_format>")
def exported(file_format: str) -> Response:
    """Exactly the view of a selection, as a file."""
    if file_format not in export.FORMATS:
        raise UsageError(f"There is no format `{file_format}`: choose one of {', '.join(export.FORMATS)}.")
    data = current()
    clock: Clock = current_app.extensions[_CLOCK]
    frame, meta, name = export_view(data, _selection(data), clock().date())
    target = BytesIO()
    export.write(frame, meta, file_format, target)
    response = Response(target.getvalue(), content_type=export.FORMATS[file_format])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{file_format}"'
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.errorhandler(StacktideError)
def failed(error: StacktideError) -> tuple[Response, int]:
    """One sentence: 400 when the call is wrong, 503 when the store cannot answer."""
    response = Response(json.dumps({"error": str(error)}, ensure_ascii=False), content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response, 400 if isinstance(error, UsageError) else 503


def _selection(data: Data) -> Selection:
    return parse(request.args.to_dict(flat=False), data.catalog)


def _send(answer: Answer, state: str) -> Response:
    encodings: dict[str, Callable[[], bytes]] = {"br": lambda: answer.br, "gzip": lambda: answer.gzip}
    best = request.accept_encodings.best_match(["br", "gzip"])
    if best in encodings and request.accept_encodings[best] > 0:
        response = Response(encodings[best](), content_type="application/json")
        response.headers["Content-Encoding"] = best
    else:
        response = Response(answer.body, content_type="application/json")
    response.set_etag(answer.etag, weak=True)
    response.headers["Cache-Control"] = _FOREVER if request.args.get("v") == state else "no-cache"
    response.vary.add("Accept-Encoding")
    response.make_conditional(request)  # in place
    return response
