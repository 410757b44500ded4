"""The scheduled exports as the page Sources lists them: without their folders, which are the operator's business."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from dashboard.export import FORMATS
from dashboard.selection.filters import parameters
from dashboard.views.words import listed
from etl import exporting
from etl.exporting import Standing, newest_file
from etl.home import Home
from etl.logs import masked


def exports_view(home: Home, now: datetime) -> list[dict[str, Any]]:
    """A row per export, by name, as JSON types; times are UTC. Raises StoreError when the state cannot be read."""
    return [_row(found) for found in exporting.survey(home, now)]


def _row(found: Standing) -> dict[str, Any]:
    export, newest, written = found.export, found.runs.newest, found.runs.written
    known = FORMATS.get(export.format)
    return {
        "name": export.name,
        "what": what(export.selection),
        "link": link(export.selection),
        "format": known.title if known else export.format,
        "when": export.words,
        "paused": export.paused,
        "next_run": _minute(found.next_run),
        "state": found.state,
        "last_run": _minute(newest.started) if newest else None,
        "outcome": newest.outcome if newest else None,
        "file": newest_file(written),
        "rows": written.rows if written else None,
        "error": masked(found.error.replace(export.folder, "…")) if found.error else None,
    }


def asked(selection: str) -> dict[str, list[str]]:
    """The parameters of a selection that was found to be right, and their values."""
    return parameters(_query(selection))


def what(selection: str) -> str:
    """A selection in words: `indicator top_pypi_downloads; technology django and flask`."""
    told = [f"{name.replace('_', ' ')} {listed(values)}" for name, values in asked(selection).items()]
    return "; ".join(told) or "everything"


def link(selection: str) -> str | None:
    """The address on this server of a selection that was given as an address; none of a bare query."""
    path, query = urlsplit(selection).path or "/", _query(selection)
    if not _is_address(selection) or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    return f"{path}?{query}" if query else path


def _is_address(selection: str) -> bool:
    return "://" in selection or selection.startswith("/")


def _query(selection: str) -> str:
    return urlsplit(selection).query if _is_address(selection) else selection.removeprefix("?")


def _minute(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%d %H:%M}" if moment is not None else None
