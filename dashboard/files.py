"""Files made in the background, over HTTP: `POST /api/v1/files` begins one, its address tells how far it is.

They are what a large workbook needs, which takes longer than a reader waits for an answer. Everybody may ask for one,
though only from our own page: no other site's page can have its readers' machines at work here.
"""

import logging
import os
import resource
import signal
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import parse_qsl

import flask
from flask import Blueprint, Response
from werkzeug.datastructures import MultiDict

from dashboard import export, limits
from dashboard.api import paging, problems
from dashboard.api.collection import Call
from dashboard.api.paging import ROOT
from dashboard.api.parameters import read
from dashboard.api.problems import Refusal
from dashboard.api.routes import COLLECTIONS, origin
from dashboard.background import KEPT_SECONDS, File, Files, TooBusyError
from dashboard.data import Data, current
from dashboard.export import FORMATS, Dataset
from dashboard.export.writing import check
from dashboard.making import Making
from dashboard.rights import from_our_page, network
from dashboard.selection.filters import WrongParameter, known, shown
from dashboard.selection.url import MOST_PARAMETERS, TOO_MANY_PARAMETERS
from etl import config
from etl.catalog import Catalog
from etl.errors import StacktideError
from etl.home import Home
from etl.runs import process

EXTENSION: Final = "stacktide-files"
PATH: Final = f"{ROOT}/files"
_FIELDS: Final = ("collection", "format", "query")
_LONGEST_SECONDS: Final = 1_800
_LARGEST_FILE: Final = 2_000_000_000
_SWEEP_SECONDS: Final = 300
_LOOK_SECONDS: Final = 1.0
_log = logging.getLogger(__name__)
blueprint = Blueprint("files", __name__, url_prefix=PATH)
problems.handle(blueprint)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def register(server: flask.Flask, home: Home) -> None:
    """Give the Flask app its files. Opens nothing."""
    server.extensions[EXTENSION] = Files(home, _now, config.load().exports_at_once)
    server.register_blueprint(blueprint)


def tidy(home: Home) -> None:
    """Remove what is too old, now and every few minutes as long as this process lives."""
    files = Files(home, _now)

    def again() -> None:
        with suppress(OSError):
            files.sweep()
        timer = threading.Timer(_SWEEP_SECONDS, again)
        timer.daemon = True
        timer.start()

    again()


@blueprint.post("")
def ask() -> Response:
    """Begin to make a file; what is wrong with it is said at once."""
    if not from_our_page(flask.request, behind_proxy=True):
        raise Refusal(403, "Forbidden", "Files are made for the dashboard's own page: ask for the collection's file.")
    collection, file_format, query = _body()
    data, known_as = current(), origin()
    wanted = dataset(data, cast(Home, data.home), collection, query, known_as, _now())
    check(wanted, file_format)
    limits.check(rows := wanted.count())
    client = network(flask.request.remote_addr or "")
    try:
        file = _files().ask(collection, file_format, query, known_as, rows, client)
    except TooBusyError as error:
        title = "Too Many Requests" if error.status == 429 else "Service Unavailable"
        raise Refusal(error.status, title, str(error), {"Retry-After": str(error.wait_seconds)}) from None
    response = _told(file, 202)
    response.headers["Location"] = f"{PATH}/{file.id}"
    return response


@blueprint.get("/<file_id>")
def look(file_id: str) -> Response:
    """How far a file is."""
    return _told(_found(file_id))


@blueprint.get("/<file_id>/<name>")
def fetch(file_id: str, name: str) -> Response:
    """The file itself."""
    file = _found(file_id)
    path = _files().path(file, name)
    if path is None or not path.is_file():
        raise Refusal(
            404, "There is no such file", f"{PATH}/{file.id} tells whether the file is ready, and its address."
        )
    media_type = FORMATS[file.wanted.format].media_type
    response = flask.send_file(path, media_type, as_attachment=True, download_name=path.name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.delete("/<file_id>")
def cancel(file_id: str) -> Response:
    """Stop making a file, and remove it."""
    if not from_our_page(flask.request, behind_proxy=True):
        raise Refusal(403, "Forbidden", "Files are removed from the dashboard's own page only, or in an hour.")
    _files().drop(_found(file_id))
    return Response(status=204)


def dataset(data: Data, home: Home, collection: str, query: str, origin: str, now: datetime) -> Dataset:
    """The rows that the address of a collection's file has. Raises WrongParameter and what the store raises."""
    of = COLLECTIONS[collection]
    try:
        pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise WrongParameter("query", TOO_MANY_PARAMETERS) from None
    given = MultiDict(pairs)
    asked = read(given, of.declared(as_file=True), data.catalog, collection)
    return paging.narrowed(of.rows(Call(data, home, asked, now, origin)), asked)


def make(home: Home, catalog: Catalog, file_id: str, server: int | None) -> None:
    """Make a file that was asked for, in this process; it ends when the process `server` does.

    Raises StacktideError when it cannot be made; who asked for it is told, too.
    """
    making = Making(home, file_id)
    _be_modest(server)
    tempfile.tempdir = str(making.folder("parts"))  # all that is left behind goes with the file
    wanted = making.wanted
    try:
        found = dataset(Data(home, catalog), home, wanted.collection, wanted.query, wanted.origin, wanted.asked)
        target = making.folder("made") / f"{found.name}.{FORMATS[wanted.format].ending}"
        spreadsheet = "spreadsheet=true" in wanted.query.split("&")
        export.write(found, wanted.format, target, spreadsheet=spreadsheet, progress=making.tell)
        making.done(target)
    except StacktideError as error:
        making.failed(str(error))
        raise
    except OSError as error:
        said = f"The file could not be written ({error.strerror or error}): ask for fewer rows, or try again later."
        making.failed(said)
        raise StacktideError(said) from error
    except BaseException:
        making.failed("The file could not be made, which is a fault of the dashboard: its log tells more.")
        raise


def _be_modest(server: int | None) -> None:
    """Give way to the server, end with it, and write no more than a file may have."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    signal.alarm(_LONGEST_SECONDS)
    if server is not None:
        threading.Thread(target=_end_with, args=(server,), daemon=True).start()


def _end_with(server: int) -> None:
    whole = process(server)
    pause = threading.Event()
    while whole is not None and process(server) == whole:
        pause.wait(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def _body() -> tuple[str, str, str]:
    request = flask.request
    if request.mimetype != "application/json":
        raise Refusal(
            415, "Unsupported Media Type", "A file is asked for in JSON: set the content type application/json."
        )
    try:
        found = request.get_json(silent=True)
    except RecursionError:
        found = None
    if not isinstance(found, Mapping):
        raise Refusal(
            400, "The request is wrong", "A file is asked for by a JSON object: collection, format and query."
        )
    for name in found:
        if name not in _FIELDS:
            raise WrongParameter(shown(name), f"A file has only {', '.join(_FIELDS)}: leave the rest out.")
    for name in _FIELDS:
        if not isinstance(found.get(name, "" if name == "query" else None), str):
            raise WrongParameter(name, f"`{name}` must be a text.")
    known("collection", "collection", [found["collection"]], COLLECTIONS)
    known("format", "format", [found["format"]], FORMATS)
    return found["collection"], found["format"], found.get("query", "")


def _found(file_id: str) -> File:
    file = _files().find(file_id)
    if file is None:
        raise Refusal(
            404,
            "There is no such file",
            f"There is no such file, or no longer: they are kept for {KEPT_SECONDS // 60} minutes.",
        )
    return file


def _told(file: File, status: int = 200) -> Response:
    told: dict[str, Any] = {
        "id": file.id,
        "state": file.progress.state,
        "rows_done": file.progress.rows_done,
        "rows": file.wanted.rows,
        "link": f"{PATH}/{file.id}/{file.progress.name}" if file.progress.state == "done" else None,
        "bytes": file.progress.bytes or None,
        "error": file.progress.said or None,
        "expires": f"{file.wanted.asked + timedelta(seconds=KEPT_SECONDS):%Y-%m-%dT%H:%M:%SZ}",
    }
    response = flask.jsonify(told)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _files() -> Files:
    found = flask.current_app.extensions[EXTENSION]
    assert isinstance(found, Files)
    return found
