"""The Dash application: pages, their views, the public API and the page around it all."""

import hashlib
import json
from functools import lru_cache
from html import escape
from typing import Final
from urllib.parse import urlencode, urlsplit

import flask
import plotly.offline
from dash import Dash, html
from dash.development.base_component import Component
from dash.exceptions import DependencyException
from flask import Response
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from dashboard import admin, api, files, ops
from dashboard.api.answers import Answer, send
from dashboard.charts import choropleth
from dashboard.components import shell
from dashboard.components.view import register, version
from dashboard.data import EXTENSION, Data, current
from dashboard.document import Failed, Screens
from dashboard.ops import FRAMED, UNCOUNTED
from dashboard.pages import discover
from etl import paths
from etl.catalog import Catalog
from etl.errors import StacktideError
from etl.home import Home

VIEWS: Final = "/view/"
"""Where the browser asks for the views of pages."""
LAYOUT: Final = "/_dash-layout"
MAPS: Final = "plotly-maps.min.js"
"""The bundle of plotly.js that draws maps; `dashboard.delivery` answers it."""
_ANSWERS_KEPT: Final = 128
_LAZY: Final = ("dash/dcc/async-graph.js", "dash/dcc/async-dropdown.js", "dash/dcc/async-slider.js")
"""Parts of Dash that every page with a chart needs, but that Dash asks for only when it meets the component."""
_DOCUMENT: Final = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
{%favicon%}
{%css%}
PRELOADS
</head>
<body>
{%app_entry%}
{%config%}
{%scripts%}
{%renderer%}
</body>
</html>"""


class Site(Dash):
    """Dash with a document of our own: a title per page, and the page itself in the first HTML."""

    screens: Screens

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]  # Dash calls it with names only
        """The HTML of one page. Overrides Dash's hook."""
        first, head = "", ("Stacktide", shell.TAGLINE, "")
        lazy: tuple[str, ...] = _LAZY
        if UNCOUNTED not in flask.request.environ:  # the server warms up before it may open the store
            try:
                screen, first, lazy = self.screens.html(flask.request.path, flask.request.query_string.decode())
                head = screen.title, screen.description, screen.canonical
                flask.g.screen = screen
            except StacktideError:  # no store: the layout, which comes next, says so
                lazy = ()
        parts["title"] = escape(head[0])
        parts["metas"] += f'\n<meta name="description" content="{escape(head[1], quote=True)}">'
        parts["metas"] += f'\n<link rel="canonical" href="{escape(head[2], quote=True)}">' if head[2] else ""
        parts["favicon"] = f'<link rel="icon" type="image/svg+xml" href="{self.get_asset_url("favicon.svg")}">'
        parts["css"] += _preloaded('as="script"', *(f"_dash-component-suites/{path}" for path in lazy))
        place = self.screens.locate(flask.request.path)
        if place.page is not None and place.page.maps and choropleth.outlines():
            parts["scripts"] = parts["scripts"].replace(_plotly(), _plotly(MAPS))
        # React empties its own element when it starts: what is seen meanwhile stands beside it (assets/view_first.js)
        parts["app_entry"] = f'<div id="react-entry-point"></div>\n<div id="first" aria-busy="true">{first}</div>'
        return str(super().interpolate_index(**parts))  # type: ignore[no-untyped-call]


def create_app(home: Home, catalog: Catalog, bound: str | None = None) -> Dash:
    """The application on one home folder. Opens nothing: the store is first read when the first view is asked for.

    `bound` is the address that the server listens on; what only this machine may do, it may only where that is told.
    """
    assets = paths.assets_dir()
    app = Site(
        "dashboard",
        assets_folder=str(assets.resolve()),
        assets_ignore=r"^(boot\.js|api_docs\.(js|css))$",
        assets_path_ignore=["vendor"],
        external_scripts=[{"src": _plotly()}],
        suppress_callback_exceptions=True,
        update_title="",
        title="Stacktide",
        index_string=_DOCUMENT.replace("PRELOADS", _preloads(assets.resolve().joinpath("boot.js").stat().st_mtime)),
    )
    screens = app.screens = Screens(discover(), catalog)
    server: flask.Flask = app.server
    server.extensions[EXTENSION] = Data(home, catalog)
    register(app)
    api.register(server, pages=[(page.root, page.label) for page in screens.pages if page.label])
    ops.register(server, home, catalog)
    admin.register(server, home, catalog, bound)
    files.register(server, home)
    app.layout = lambda: _layout(screens)
    _add_routes(server, screens)
    server.register_error_handler(DependencyException, lambda _: NotFound())  # Dash itself answers 500
    _send_on(server, screens)
    _say_status(server)
    return app


def _plotly(bundle: str = "plotly.min.js") -> str:
    """The address of plotly.js, with its version, so that a browser may keep it."""
    return f"/_dash-component-suites/plotly/package_data/{bundle}?v={plotly.offline.get_plotlyjs_version()}"


def _preloads(boot: float) -> str:
    """The theme before the first paint; then what the browser would otherwise learn of late."""
    boot_first = f'<script src="/assets/boot.js?m={boot}"></script>'
    return boot_first + _preloaded('as="fetch" crossorigin="anonymous"', "_dash-layout", "_dash-dependencies")


def _preloaded(how: str, *paths: str) -> str:
    """What the browser is to ask for at once; of what it does not use then, it complains."""
    return "".join(f'\n<link rel="preload" {how} href="/{path}">' for path in paths)


def _layout(screens: Screens) -> Component:
    """The layout of the page that asks, with the selection of its address.

    Dash asks for the layout in a request of its own, whose referrer is the page's address. Where a browser hides
    it, the default view is sent, and `assets/view.js` then asks for the right one.
    """
    if flask.request.path != LAYOUT:  # Dash validates the layout while it sets up; that must not open the store
        return html.Div()
    asking = urlsplit(flask.request.referrer or "")
    return screens.screen(asking.path or "/", asking.query).sent()


def _add_routes(server: flask.Flask, screens: Screens) -> None:
    by_id = {page.id: page for page in screens.pages}

    @lru_cache(maxsize=_ANSWERS_KEPT)
    def finished(page_id: str, item: str, query: str, state: str) -> Answer:
        """The view of one state of the store; the compressed forms are made once, too."""
        body = screens.view(by_id[page_id], query, item)[0].to_json()
        return Answer(body, _tag(state.encode() + body))

    def view(page_id: str, item: str = "") -> Response:
        """A view as JSON; for ever the same where the address names its version."""
        page = by_id.get(page_id)
        if page is None or not page.has(screens.catalog, item):
            raise NotFound
        asked = [(name, value) for name, value in flask.request.args.items(multi=True) if name != "v"]
        query = urlencode(asked, safe=",")
        try:
            if page.live:
                return send(Answer(body := screens.view(page, query)[0].to_json(), _tag(body)))
            state = current().snapshot().key
            answer = finished(page_id, item, query, state)
        except Failed as error:
            return Response(json.dumps({"error": str(error)}), status=500, mimetype="application/json")
        except StacktideError as error:
            return Response(json.dumps({"error": str(error)}), status=503, mimetype="application/json")
        return send(answer, fixed=flask.request.args.get("v") == version(state))

    server.add_url_rule(f"{VIEWS}<page_id>", "stacktide_view", view)
    server.add_url_rule(f"{VIEWS}<page_id>/<item>", "stacktide_view_of", view)


def _tag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]


def _is_document() -> bool:
    return flask.request.endpoint in ("/", "/<path:path>")


def _send_on(server: flask.Flask, screens: Screens) -> None:
    """An address that was spelled otherwise, or has moved, leads to the one that is right."""

    def elsewhere() -> WerkzeugResponse | None:
        if not _is_document() or flask.request.method not in ("GET", "HEAD"):
            return None
        target = screens.moved(flask.request.path, flask.request.query_string.decode())
        return flask.redirect(target, 302) if target else None

    server.before_request(elsewhere)


def _say_status(server: flask.Flask) -> None:
    """Dash answers 200 to every address; one that is no page says 404, and still shows a page with the way back."""

    def status(response: Response) -> Response:
        screen = flask.g.get("screen")
        if _is_document() and screen is not None and response.status_code == 200:
            response.status_code = screen.status
            if screen.embedded:
                response.headers["X-Frame-Options"] = FRAMED
        return response

    server.after_request(status)
