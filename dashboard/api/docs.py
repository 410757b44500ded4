"""The page about the API: Swagger UI from our own assets, or a plain list where that could not be fetched."""

from collections.abc import Collection as Sized
from collections.abc import Iterable
from html import escape
from pathlib import Path

from dashboard.api.collection import Collection
from dashboard.api.paging import ROOT
from dashboard.api.parameters import Parameter
from etl import paths

ADDRESS = f"{ROOT}/docs"
_SCRIPTS = ("vendor/swagger-ui-bundle.js", "api_docs.js")
_STYLES = ("style.css", "vendor/swagger-ui.css", "api_docs.css")


def page(collections: Iterable[Collection], endings: Sized[str], pages: Iterable[tuple[str, str]]) -> str:
    """The page as HTML: the plain list, which Swagger UI replaces where it is there and scripts run.

    `pages` are (address, name) of the dashboard's pages.
    """
    folder = paths.assets_dir()
    rich = all((folder / name).is_file() for name in (*_SCRIPTS, *_STYLES))
    styles = [name for name in _STYLES if rich or not name.startswith("vendor/")]
    links = "".join(f'<link rel="stylesheet" href="{_address(folder, name)}">' for name in styles)
    scripts = "".join(f'<script defer src="{_address(folder, name)}"></script>' for name in _SCRIPTS if rich)
    nav = "".join(f'<a class="nav-link" href="{escape(at)}">{escape(name)}</a>' for at, name in pages)
    lists = "".join(_section(each, endings) for each in collections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="The HTTP API of Stacktide: its collections, parameters and files">
<title>API - Stacktide</title>
<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
<script src="{_address(folder, "boot.js")}"></script>
{links}{scripts}
</head>
<body class="api-docs">
<a class="skip" href="#content">Skip to content</a>
<header class="top"><div class="bar"><a class="brand" href="/"><span class="mark" aria-hidden="true"></span>
<span>Stacktide</span></a><nav class="nav" aria-label="Pages">{nav}</nav></div></header>
<main id="content" tabindex="-1">
<div class="about"><h1>API</h1>
<p>Everything that the pages show can be read by programs: as pages of JSON, and whole as a file. The document for
machines is <a href="{ROOT}/openapi.json">openapi.json</a> (OpenAPI 3.1).</p></div>
<div id="api" data-document="{ROOT}/openapi.json">{lists}</div>
</main>
</body>
</html>
"""


def _section(of: Collection, endings: Sized[str]) -> str:
    files = ", ".join(f'<a href="{ROOT}/{of.name}.{ending}">.{ending}</a>' for ending in endings)
    page_only = {parameter.name for parameter in of.declared(as_file=False)}
    every = [*of.declared(as_file=False), *(p for p in of.declared(as_file=True) if p.name not in page_only)]
    terms = "".join(_term(parameter) for parameter in every)
    return (
        f'<section class="plain"><h2><a href="{ROOT}/{of.name}">{ROOT}/{of.name}</a></h2>'
        f"<p>{escape(of.description)} As a file: {files}.</p><dl>{terms}</dl></section>"
    )


def _term(parameter: Parameter) -> str:
    return f"<dt><code>{escape(parameter.name)}</code></dt><dd>{escape(parameter.description)}</dd>"


def _address(folder: Path, name: str) -> str:
    """The address of an asset, with the time of its last change, so that a browser may keep it."""
    return f"/assets/{name}?m={(folder / name).stat().st_mtime}"
