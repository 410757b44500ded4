"""Actions over HTTP: refresh a source now, cancel that, change its schedule; signing in; and how far refreshes are.

Every action is `POST /admin/<action>` with a JSON object; `dashboard.rights` says who may. `GET /admin/session` tells
the page what its reader may do, `GET /api/refreshes` tells everybody what is under way.
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import flask
from flask import Response
from werkzeug.exceptions import RequestEntityTooLarge

from dashboard.rights import COOKIE, SESSION_SECONDS, Clock, Guard, Refused, cookie_is_secure
from dashboard.views.sources import sources_view
from etl import catalog as words_of_catalog
from etl import config, health, locks, work
from etl.catalog import Catalog
from etl.errors import LockedError, StacktideError, UsageError
from etl.home import Home
from etl.logs import masked
from etl.schedule import Schedule, Schedules

EXTENSION: Final = "stacktide-admin"
PATH: Final = "/admin"
_LARGEST_BODY: Final = 10_000
_BEGIN_SECONDS: Final = 5.0
_Body = Mapping[str, Any]
_log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


class Operations:
    """What can be seen of one home folder, and done to it. `upstream` is a mirror that refreshes read from."""

    def __init__(self, home: Home, catalog: Catalog, clock: Clock = _now, upstream: Path | None = None) -> None:
        self._home, self._catalog, self._clock, self._upstream = home, catalog, clock, upstream
        self._held: tuple[tuple[str, int], Mapping[str, tuple[int, date]]] | None = None

    def view(self, query: str) -> dict[str, Any]:
        """The view Sources; see `sources_view`."""
        return sources_view(self._home, self._catalog, self._clock(), query, self._figures())

    def _figures(self) -> Mapping[str, tuple[int, date]]:
        """What the store holds of each source, read once per version: with many sources that takes a while."""
        store = self._home.store
        if not store.exists():
            return {}
        key = (store.identity(), store.version())
        if self._held is None or self._held[0] != key:
            self._held = (key, health.figures_held(self._home))
        return self._held[1]

    def under_way(self) -> dict[str, Any]:
        """Which refreshes run, how far each is, and the newest run of all: when it changes, so does the page."""
        newest = next(iter(self._home.runs.list(limit=1)), None)
        return {
            "refreshes": [
                {
                    "source": state.source,
                    "trigger": state.trigger,
                    "started": f"{state.started:%Y-%m-%dT%H:%M:%SZ}",
                    "seconds": max(0, round((self._clock() - state.started).total_seconds())),
                    "part": state.part,
                    "number": state.number,
                    "total": state.total,
                }
                for state in work.under_way(self._home).values()
            ],
            "newest_run": newest and {"id": newest["id"], "source": newest["source"], "outcome": newest["outcome"]},
        }

    def act(self, action: str, body: _Body) -> dict[str, Any]:
        """Carry out an action on the source that the body names; raises StacktideError, a sentence, when it cannot."""
        source = _text(body, "source")
        if source not in self._catalog.source:
            raise UsageError(words_of_catalog.unknown("source", source, self._catalog.source, "the page has them all"))
        return ACTIONS[action](self, source, body)

    def refresh(self, source: str, _: _Body) -> dict[str, Any]:
        """Start a refresh in a process of its own; raises LockedError when one is under way."""
        with locks.held(self._home.lock("begin"), "start of a refresh", self._clock, _BEGIN_SECONDS):
            state = work.under_way(self._home).get(source)
            if state is not None:
                who: str | None = f"{state.trigger}, since {state.started:%H:%M:%S} UTC"
            else:
                who = locks.holder(self._home.lock(source))
            if who is not None:
                raise LockedError(f"A refresh of {source} is under way already ({who}): wait for it, or cancel it.")
            process = work.start(self._home, source, "manual", self._upstream)
            work.announce(self._home, source, "manual", self._clock(), process.pid)
        return {"said": f"The refresh of {source} begins."}

    def cancel(self, source: str, _: _Body) -> dict[str, Any]:
        """End the refresh that is under way; the last good state stays."""
        work.cancel(self._home, source)
        return {"said": f"The refresh of {source} was cancelled; the last good state stays."}

    def set(self, source: str, body: _Body) -> dict[str, Any]:
        """Refresh by cron text in a time zone."""
        return _said(self._schedules().set(source, _text(body, "cron"), _text(body, "timezone")))

    def every(self, source: str, body: _Body) -> dict[str, Any]:
        """Refresh every so many hours."""
        hours = body.get("hours")
        if not isinstance(hours, int | float) or isinstance(hours, bool):
            raise UsageError("The number of hours is missing: give 1 to 8784.")
        return _said(self._schedules().every(source, hours))

    def pause(self, source: str, _: _Body) -> dict[str, Any]:
        """Leave a source as it is."""
        return _said(self._schedules().pause(source))

    def resume(self, source: str, _: _Body) -> dict[str, Any]:
        """Go on with a paused source."""
        return _said(self._schedules().resume(source))

    def clear(self, source: str, _: _Body) -> dict[str, Any]:
        """Go back to the default of the source's cadence."""
        return _said(self._schedules().clear(source))

    def _schedules(self) -> Schedules:
        return Schedules(self._home.state, self._catalog, self._clock)


ACTIONS: Final[Mapping[str, Callable[[Operations, str, _Body], dict[str, Any]]]] = {
    "refresh": Operations.refresh,
    "cancel": Operations.cancel,
    "set": Operations.set,
    "every": Operations.every,
    "pause": Operations.pause,
    "resume": Operations.resume,
    "clear": Operations.clear,
}


def register(
    server: flask.Flask,
    home: Home,
    catalog: Catalog,
    bound: str | None = None,
    clock: Clock = _now,
    upstream: Path | None = None,
) -> None:
    """Give the Flask app its actions; `bound` is the address that it listens on. Opens nothing.

    Raises UsageError when the configuration is wrong.
    """
    token = config.load().admin_token
    guard = Guard(home, token.get_secret_value() if token else None, bound, clock)
    operations = server.extensions[EXTENSION] = Operations(home, catalog, clock, upstream)

    def session() -> Response:
        """What the asker may do."""
        rights = guard.rights(flask.request)
        return _answer({"way": rights.way, "csrf": rights.csrf})

    def refreshes() -> Response:
        """What is under way."""
        return _told(lambda: _answer(operations.under_way()))

    def act(action: str) -> Response:
        """Carry out an action, or sign in or out."""
        return _told(lambda: _acted(guard, operations, action))

    server.add_url_rule(f"{PATH}/session", "stacktide_session", session)
    server.add_url_rule("/api/refreshes", "stacktide_refreshes", refreshes)
    every_method = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    server.add_url_rule(f"{PATH}/<action>", "stacktide_action", act, methods=every_method)


def _told(answer: Callable[[], Response]) -> Response:
    """The answer, or one sentence and a status where there is none."""
    try:
        return answer()
    except Refused as error:
        response = _answer({"error": str(error)}, error.status)
        if error.wait_seconds is not None:
            response.headers["Retry-After"] = str(error.wait_seconds)
        if error.status == 405:
            response.headers["Allow"] = "POST"
        return response
    except StacktideError as error:
        status = 400 if isinstance(error, UsageError) else 409 if isinstance(error, LockedError) else 503
        return _answer({"error": masked(str(error))}, status)


def _acted(guard: Guard, operations: Operations, action: str) -> Response:
    if action not in (*ACTIONS, "sign-in", "sign-out"):
        raise Refused(404, f"There is no action `{action}`.")
    if flask.request.method != "POST":
        raise Refused(405, "Actions are carried out by POST only.")
    if action == "sign-in":
        return _signed_in(guard)
    guard.check(flask.request)
    body = _body()
    if action == "sign-out":
        response = _answer({"said": "Signed out."})
        response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="Strict")
        return response
    said = operations.act(action, body)
    _log.info("%s of %s, asked for by %s", action, body["source"], flask.request.remote_addr)
    return _answer(said)


def current() -> Operations:
    """The operations of the Flask app that answers the request."""
    found = flask.current_app.extensions[EXTENSION]
    assert isinstance(found, Operations)
    return found


def _signed_in(guard: Guard) -> Response:
    given = _body().get("token")
    value = guard.sign_in(flask.request, given if isinstance(given, str) else "")
    response = _answer({"said": "Signed in."})
    response.set_cookie(
        COOKIE,
        value,
        max_age=SESSION_SECONDS,
        path=PATH,
        secure=cookie_is_secure(flask.request),
        httponly=True,
        samesite="Strict",
    )
    return response


def _body() -> _Body:
    """The JSON object that was sent; other content types are refused, as other sites' forms can send those."""
    request = flask.request
    if request.mimetype != "application/json":
        raise Refused(415, "An action is sent as JSON: set the content type application/json.")
    request.max_content_length = _LARGEST_BODY
    try:
        found = request.get_json(silent=True)
    except RequestEntityTooLarge:
        raise Refused(413, f"An action has at most {_LARGEST_BODY} bytes.") from None
    except RecursionError:  # thousands of brackets
        found = None
    if not isinstance(found, dict):
        raise Refused(400, "An action is sent as a JSON object.")
    return found


def _text(body: _Body, name: str) -> str:
    found = body.get(name)
    if not isinstance(found, str) or not found.strip():
        raise UsageError(f"The field {name} is missing: fill it in.")
    return found.strip()


def _said(schedule: Schedule) -> dict[str, Any]:
    paused = " It is paused." if schedule.paused else ""
    return {"said": f"Saved: {schedule.words}.{paused}"}


def _answer(document: Mapping[str, object], status: int = 200) -> Response:
    response = Response(json.dumps(document, ensure_ascii=False), status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
