"""Errors of the API as RFC 9457 has them: `application/problem+json` with the fact, the place and the remedy."""

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from etl.errors import LockedError, NotKeptError, StacktideError, UsageError

MEDIA_TYPE: Final = "application/problem+json"
PREFIX: Final = "/api/"
"""Below this address every answer is made for programs."""
NOWHERE: Final = "stacktide_api_nowhere"
"""The endpoint of addresses below `PREFIX` that nothing else answers."""
_log = logging.getLogger(__name__)


class Refusal(StacktideError):
    """A request that is answered with a problem: its status, a title, and headers such as `Retry-After`."""

    def __init__(self, status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.title, self.headers = status, title, dict(headers or {})


def problem(status: int, title: str, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> Response:
    """One problem as an answer; `errors` are {"field": name of the parameter, "detail": sentence}."""
    told = {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": list(errors)}
    response = Response(json.dumps(told, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def handle(blueprint: Blueprint) -> None:
    """Answer whatever is raised in the views of `blueprint` with a problem, and never with a traceback."""
    blueprint.register_error_handler(StacktideError, _told)
    blueprint.register_error_handler(HTTPException, _refused)
    blueprint.register_error_handler(Exception, _unexpected)


def register(server: Flask) -> None:
    """Answer addresses below `PREFIX` that are no resource, or are asked with a wrong method, with a problem."""
    for rule in (PREFIX, f"{PREFIX}<path:_>"):
        server.add_url_rule(rule, NOWHERE, _nowhere)
    server.register_error_handler(HTTPException, _outside)


def _nowhere(_: str = "") -> Response:
    return problem(
        404,
        "There is no such address",
        f"There is nothing at {shown(request.path)}: /api/v1/docs lists what there is.",
    )


def _told(error: StacktideError) -> Response:
    """A StacktideError is one sentence already: 400 when the call is wrong, 503 when the store cannot answer."""
    if isinstance(error, Refusal):
        response = problem(error.status, error.title, str(error))
        response.headers.update(error.headers)
        return response
    field = getattr(error, "field", None)
    if isinstance(field, str):
        return problem(400, "A parameter is wrong", str(error), [{"field": field, "detail": str(error)}])
    if isinstance(error, UsageError):
        return problem(400, "The request is wrong", str(error))
    if isinstance(error, NotKeptError):
        return problem(410, "No longer kept", f"{error} Begin again without `version`.")
    if isinstance(error, LockedError):
        return problem(409, "Something else is under way", str(error))
    response = problem(503, "The store cannot answer now", str(error))
    response.headers["Retry-After"] = "30"
    return response


def _refused(error: HTTPException) -> Response:
    """An error of HTTP, with its own headers (`Allow`, `Retry-After`)."""
    if error.response is not None and isinstance(error.response, Response):
        return error.response
    status = error.code or 500
    response = problem(status, HTTPStatus(status).phrase, _sentence(error))
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _sentence(error: HTTPException) -> str:
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        return f"{shown(request.path)} cannot be asked with {request.method[:20]}: use {allowed or 'GET'}."
    return error.description or HTTPStatus(error.code or 500).phrase


def _unexpected(error: Exception) -> Response:
    """A fault of ours: told by an id that stands in the log beside all that is known of it."""
    named = secrets.token_hex(6)
    _log.error("API error %s at %s: %s", named, request.path, type(error).__name__, exc_info=error)
    return problem(
        500,
        "Internal error",
        f"This is a fault of the dashboard, not of the request: its log tells more under {named}.",
    )


def _outside(error: HTTPException) -> Response | HTTPException:
    """What is raised before a view is found; of other addresses than the API's, nothing changes."""
    if not request.path.startswith(PREFIX):
        return error
    if isinstance(error, MethodNotAllowed) and _leads_nowhere():
        return _nowhere()
    return _refused(error)


def _leads_nowhere() -> bool:
    """Whether the address is none of the API's, with any method."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return False
    for method in ("GET", "POST"):
        try:
            endpoint, _ = adapter.match(method=method)
        except MethodNotAllowed:
            continue
        except HTTPException:
            return True
        if endpoint != NOWHERE:
            return False
    return True


def shown(text: str) -> str:
    """At most 80 characters of an address, without what no terminal should be sent."""
    plain = "".join(character if character.isprintable() else "?" for character in text)
    return plain if len(plain) <= 80 else f"{plain[:79]}…"
