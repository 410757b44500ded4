"""The addresses of the API: each collection as pages of JSON and as files, its description, and who may read it."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

from flask import Blueprint, Flask, Response, current_app, request
from flask_cors import CORS

from dashboard import limits
from dashboard.api import answers, catalogue, docs, figures, openapi, operations, paging, problems, rankings
from dashboard.api.collection import Call, Collection, digest
from dashboard.api.paging import ROOT
from dashboard.api.parameters import query, read
from dashboard.data import current
from dashboard.export import FORMATS, csvw, stream
from etl import config
from etl.home import Home

COLLECTIONS: Final = {
    c.name: c for c in (*figures.COLLECTIONS, *catalogue.COLLECTIONS, *operations.COLLECTIONS, rankings.COLLECTION)
}
ENDINGS: Final = {each.ending: name for name, each in FORMATS.items()}
"""Ending of an address -> format."""
_METADATA: Final = "csv-metadata.json"
_CSVW: Final = "application/csvm+json"
_JSON: Final = "application/json"
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_STATE: Final = "stacktide-api"

Clock = Callable[[], datetime]
blueprint = Blueprint("api", __name__, url_prefix=ROOT)
problems.handle(blueprint)


class _Installed:
    """What the API of one Flask app remembers: its clock, its settings and its finished answers."""

    def __init__(self, clock: Clock, public_url: str | None, pages: Sequence[tuple[str, str]]) -> None:
        self.clock, self.public_url, self.pages = clock, public_url, pages
        self.answers = answers.Answers()


def register(server: Flask, clock: Clock = lambda: datetime.now(UTC), pages: Sequence[tuple[str, str]] = ()) -> None:
    """Give the Flask app its API; `clock` says the day that a file is exported on.

    `pages` are (address, name) of the dashboard's pages, which the page about the API links to.
    """
    settings = config.load()
    server.extensions[_STATE] = _Installed(clock, settings.public_url, pages)
    server.register_blueprint(blueprint)
    problems.register(server)
    if settings.cors_origins:
        CORS(
            server,
            resources={rf"{ROOT}/(?!files).*": {}},
            origins=settings.cors_origins.split(","),
            methods=["GET", "HEAD", "OPTIONS"],
            allow_headers=["Accept", "If-None-Match"],
            expose_headers=["Content-Disposition", "ETag", "Link", "Retry-After"],
            send_wildcard=True,
            max_age=86_400,
        )
        server.after_request(_varied)


def _varied(response: Response) -> Response:
    """A cache must not give what was answered to one site to another."""
    if request.path.startswith(problems.PREFIX):
        response.vary.add("Origin")
    return response


@blueprint.get("/<name>")
def collection(name: str) -> Response:
    """A collection in the form that the header `Accept` prefers: a page of JSON, unless it names a file."""
    found = _found(name)
    file_format = _accepted()
    response = _file(found, file_format) if file_format else _page(found)
    response.vary.add("Accept")
    return response


@blueprint.get("/<name>.<ending>")
def file(name: str, ending: str) -> Response:
    """A whole collection as a file."""
    found = _found(name)
    if ending not in ENDINGS:
        raise problems.Refusal(
            404,
            "There is no such format",
            f"There is no format `.{problems.shown(ending)}`: choose one of {', '.join(f'.{e}' for e in ENDINGS)}.",
        )
    return _file(found, ENDINGS[ending])


@blueprint.get(f"/<name>.{_METADATA}")
def metadata(name: str) -> Response:
    """What a CSV of a collection holds, in the words of CSV on the Web."""
    found = _found(name)
    call = _call(found, as_file=True)
    data = paging.narrowed(found.rows(call), call.asked)
    body = _encoded(csvw(data, paging.address(call.origin, name, "csv", query(call.asked))))
    return answers.send(answers.Answer(body, answers.tag(body)), _CSVW)


@blueprint.get("/openapi.json")
def description() -> Response:
    """The OpenAPI document; it names the regions and segments of which there are figures."""
    snapshot = current().snapshot()
    tag = answers.tag("openapi", snapshot.key)

    def made() -> answers.Answer:
        return answers.Answer(_encoded(openapi.document(list(COLLECTIONS.values()), snapshot)), tag)

    return answers.not_modified(tag) or answers.send(_installed().answers.answer(tag, made), _JSON)


@blueprint.get("/docs")
def documentation() -> Response:
    """The page that shows the document."""
    return Response(
        docs.page(COLLECTIONS.values(), ENDINGS, _installed().pages), content_type="text/html; charset=utf-8"
    )


def _found(name: str) -> Collection:
    if name not in COLLECTIONS:
        raise problems.Refusal(
            404,
            "There is no such collection",
            f"There is no collection `{problems.shown(name)}`: choose one of {', '.join(COLLECTIONS)}.",
        )
    return COLLECTIONS[name]


def _accepted() -> str | None:
    """The format that `Accept` prefers; none for a page of JSON. Raises Refusal where there is no such format."""
    kinds = {each.media_type.split(";")[0]: name for name, each in FORMATS.items()}
    offered = [_JSON, *(kind for kind in kinds if kind != _JSON)]
    best = request.accept_mimetypes.best_match(offered) if request.accept_mimetypes else _JSON
    if best is None:
        told = ", ".join(f"{kind} (.{FORMATS[name].ending})" for kind, name in kinds.items())
        raise problems.Refusal(406, "No such format", f"`Accept` asks for none of the formats that there are: {told}.")
    return None if best == _JSON else kinds[best]


def _call(of: Collection, *, as_file: bool) -> Call:
    data, now = current(), _installed().clock().replace(tzinfo=None)
    asked = read(request.args, of.declared(as_file=as_file), data.catalog, of.name)
    call = Call(data, cast(Home, data.home), asked, now, origin())
    call.check()
    if of.name in ("series", "rankings"):
        _ = call.selection  # what is wrong in it is told before anything else
    return call


def _page(of: Collection) -> Response:
    call = _call(of, as_file=False)
    whole = None if of.state else of.rows(call)
    state = of.state(call) if of.state else digest(cast(Any, whole))
    compact = of.name == "series"
    # the day stands in what a page says of itself
    tag = answers.tag("page", state, of.name, query(call.asked), call.origin, "" if compact else call.now.date())

    def made() -> answers.Answer:
        data = whole or of.rows(call)
        return answers.Answer(_encoded(figures.compact(data, state) if compact else paging.page(of, call, data)), tag)

    unchanged = answers.not_modified(tag)
    if unchanged is not None:
        return unchanged
    fixed = compact and request.args.get("v") == state
    return answers.send(_installed().answers.answer(tag, made), _JSON, fixed=fixed)


def _file(of: Collection, file_format: str) -> Response:
    call = _call(of, as_file=True)
    made = FORMATS[file_format]
    whole = None if of.state else of.rows(call)
    state = of.state(call) if of.state else digest(cast(Any, whole))
    tag = answers.tag("file", state, of.name, file_format, query(call.asked), call.origin, call.now.date())
    unchanged = answers.not_modified(tag)
    if unchanged is not None:
        return unchanged
    data = paging.narrowed(whole or of.rows(call), call.asked)
    limits.admit(data.count())
    parts = stream(data, file_format, spreadsheet=call.asked.get("spreadsheet") == ["true"])
    response = Response(_Begun(parts) if request.method == "GET" else iter(()), content_type=made.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{data.name}.{made.ending}"'
    if file_format == "csv":
        described = paging.address(call.origin, of.name, _METADATA, query(call.asked))
        response.headers["Link"] = f'<{described}>; rel="describedby"; type="{_CSVW}"'
    return answers.revalidated(response, tag)


class _Begun:
    """Parts of a file of which the first is there already: what goes wrong at the beginning is told as a problem."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._first: bytes | None = next(parts, b"")

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return next(self._parts)

    def close(self) -> None:
        """End the reading, and remove what was in the way."""
        close = getattr(self._parts, "close", None)
        if close is not None:
            close()


def _encoded(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _installed() -> _Installed:
    found = current_app.extensions[_STATE]
    assert isinstance(found, _Installed)
    return found


def origin() -> str:
    """Scheme, host and port under which the reader knows the dashboard."""
    public = _installed().public_url
    if public:
        return public
    if not _HOST.fullmatch(request.host):
        raise problems.Refusal(400, "The request is wrong", "The header `Host` names no host: send its name and port.")
    return f"{request.scheme}://{request.host}"
