"""The Dash application: pages, their views, the public API and the page around it all."""

import hashlib
import json
from collections.abc import Sequence
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

from dashboard import admin, api, files, ops
from dashboard.api.answers import Answer, send
from dashboard.api.problems import PREFIX as API
from dashboard.components import shell
from dashboard.components.view import version
from dashboard.data import EXTENSION, Data, current
from dashboard.pages import Page, discover
from etl import paths
from etl.catalog import Catalog
from etl.errors import StacktideError
from etl.home import Home

VIEWS: Final = "/view/"
"""Where the browser asks for the views of pages."""
LAYOUT: Final = "/_dash-layout"
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
    """Dash with a document of our own: a title per page, and a skeleton in the first HTML."""

    pages: Sequence[Page] = ()

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]  # Dash calls it with names only
        """The HTML of one page. Overrides Dash's hook."""
        page = next((page for page in self.pages if page.path == flask.request.path), None)
        parts["title"] = escape(f"{page.name} - Stacktide" if page else "Stacktide")
        described = escape(page.description if page else shell.TAGLINE, quote=True)
        parts["metas"] += f'\n<meta name="description" content="{described}">'
        parts["favicon"] = f'<link rel="icon" type="image/svg+xml" href="{self.get_asset_url("favicon.svg")}">'
        if page is not None and not page.wide:
            parts["css"] += _preloaded('as="script"', *(f"_dash-component-suites/{path}" for path in _LAZY))
        parts["app_entry"] = f'<div id="react-entry-point">{shell.skeleton(wide=page is not None and page.wide)}</div>'
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
    app.pages = discover()
    server: flask.Flask = app.server
    server.extensions[EXTENSION] = Data(home, catalog)
    api.register(server, pages=[(page.path, page.name) for page in app.pages])
    ops.register(server, home, catalog)
    admin.register(server, home, catalog, bound)
    files.register(server, home)
    app.layout = lambda: _layout(app.pages, catalog)
    _add_routes(server, app.pages)
    server.register_error_handler(DependencyException, lambda _: NotFound())  # Dash itself answers 500
    _unknown_paths_are_404(server, {page.path for page in app.pages})
    return app


def _plotly() -> str:
    """The address of plotly.js, with its version, so that a browser may keep it."""
    return f"/_dash-component-suites/plotly/package_data/plotly.min.js?v={plotly.offline.get_plotlyjs_version()}"


def _preloads(boot: float) -> str:
    """The theme before the first paint; then what the browser would otherwise learn of late."""
    boot_first = f'<script src="/assets/boot.js?m={boot}"></script>'
    return boot_first + _preloaded('as="fetch" crossorigin="anonymous"', "_dash-layout", "_dash-dependencies")


def _preloaded(how: str, *paths: str) -> str:
    """What the browser is to ask for at once; of what it does not use then, it complains."""
    return "".join(f'\n<link rel="preload" {how} href="/{path}">' for path in paths)


def _layout(pages: Sequence[Page], catalog: Catalog) -> Component:
    """The layout of the page that asks, with the selection of its address.

    Dash asks for the layout in a request of its own, whose referrer is the page's address. Where a browser hides
    it, the default view is sent, and `assets/view.js` then asks for the right one.
    """
    links = [(page.path, page.name) for page in pages]
    if flask.request.path != LAYOUT:  # Dash validates the layout while it sets up; that must not open the store
        return html.Div()
    asking = urlsplit(flask.request.referrer or "")
    path = asking.path or "/"
    page = next((page for page in pages if page.path == path), None)
    try:
        content = page.layout(page.view(asking.query)) if page else shell.not_found(links)
    except StacktideError as error:
        content = shell.broken(str(error))
    return shell.shell(content, links, path, catalog)


def _add_routes(server: flask.Flask, pages: Sequence[Page]) -> None:
    by_id = {page.id: page for page in pages}

    @lru_cache(maxsize=_ANSWERS_KEPT)
    def finished(page_id: str, state: str, query: str) -> Answer:
        """The view of one state of the store; the compressed forms are made once, too."""
        body = by_id[page_id].view(query).to_json()
        return Answer(body, _tag(state.encode() + body))

    def view(page_id: str) -> Response:
        """A view as JSON; for ever the same where the address names its version."""
        if page_id not in by_id:
            raise NotFound
        asked = [(name, value) for name, value in flask.request.args.items(multi=True) if name != "v"]
        query = urlencode(asked, safe=",")
        try:
            if by_id[page_id].live:
                return send(Answer(body := by_id[page_id].view(query).to_json(), _tag(body)))
            snapshot = current().snapshot()
            answer = finished(page_id, snapshot.key, query)
        except StacktideError as error:
            return Response(json.dumps({"error": str(error)}), status=503, mimetype="application/json")
        return send(answer, fixed=flask.request.args.get("v") == version(snapshot.key))

    server.add_url_rule(f"{VIEWS}<page_id>", "stacktide_view", view)


def _tag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]


def _unknown_paths_are_404(server: flask.Flask, known: set[str]) -> None:
    """Dash answers 200 to every address; one that is no page says 404, and still shows a page with the way back.

    The API, which is for programs, answers for itself.
    """

    def status(response: Response) -> Response:
        is_page = flask.request.endpoint == "/<path:path>" or (
            response.mimetype == "text/html" and not flask.request.path.startswith(API)
        )
        if is_page and response.status_code == 200 and flask.request.path not in known:
            response.status_code = 404
        return response

    server.after_request(status)
