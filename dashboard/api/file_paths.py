"""Files made in the background, as OpenAPI describes them: to ask for one, to watch it, to fetch it, to end it."""

from collections.abc import Iterable
from typing import Any, Final

from dashboard.api.paging import ROOT
from dashboard.api.problems import MEDIA_TYPE
from dashboard.export import FORMATS

_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_TAG: Final = "Files"
_OWN_PAGE: Final = "Only the dashboard's own page may ask: other sites' pages are refused."
_FAILURES: Final = {
    400: "What is asked for is wrong, or has too many rows; the problem says how.",
    403: _OWN_PAGE,
    404: "There is no such file, or no longer.",
    413: "The body is too large.",
    415: "The body is no JSON, or compressed.",
    429: "Too many files were asked for in a minute; `Retry-After` says when to ask again.",
    503: "As many files as may be at once are being made; `Retry-After` says when to ask again.",
}
_ID: Final = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The id that the answer to the request for the file has.",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
_NAME: Final = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "The name of the file, as the end of `link` has it.",
    "schema": _TEXT,
}
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "How far a file is.",
    "required": ["id", "state", "rows_done", "rows", "link", "bytes", "error", "expires"],
    "properties": {
        "id": _ID["schema"],
        "state": {"type": "string", "enum": ["running", "done", "failed"]},
        "rows_done": {**_COUNT, "description": "Rows that are written."},
        "rows": {**_COUNT, "description": "Rows that it will have."},
        "link": {"type": ["string", "null"], "description": "Where the file is, once it is done."},
        "bytes": {"type": ["integer", "null"], "description": "Its size, once it is done.", "minimum": 1},
        "error": {"type": ["string", "null"], "description": "Why it could not be made: one sentence."},
        "expires": {"type": "string", "format": "date-time", "description": "When it is removed, UTC."},
    },
    "additionalProperties": False,
}
"""What the answers hold that speak of one file."""


def paths(collections: Iterable[str]) -> dict[str, Any]:
    """The addresses of files of these collections, with what each takes and answers."""
    told = {"application/json": {"schema": {"$ref": "#/components/schemas/File"}}}
    location = {"Location": {"description": "The address that tells how far it is.", "schema": _TEXT}}
    begun = {"description": "The file is being made.", "headers": location, "content": told}
    file = {"description": "The file.", "content": {each.media_type.split(";")[0]: {} for each in FORMATS.values()}}
    return {
        f"{ROOT}/files": {
            "post": {
                **_operation("ask_for_a_file", "Have a file made in the background", {"202": begun}, 400, 403),
                "description": f"For large workbooks, which take longer than a reader waits. {_OWN_PAGE}",
                "requestBody": {"required": True, "content": {"application/json": {"schema": _wanted(collections)}}},
            }
        },
        f"{ROOT}/files/{{id}}": {
            "parameters": [_ID],
            "get": _operation(
                "look_at_a_file", "How far a file is", {"200": {"description": "So far.", "content": told}}
            ),
            "delete": _operation(
                "end_a_file", "Stop making a file, and remove it", {"204": {"description": "Done."}}, 403
            ),
        },
        f"{ROOT}/files/{{id}}/{{name}}": {
            "parameters": [_ID, _NAME],
            "get": _operation("fetch_a_file", "The file itself", {"200": file}),
        },
    }


def _wanted(collections: Iterable[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["collection", "format"],
        "properties": {
            "collection": {"type": "string", "enum": list(collections)},
            "format": {"type": "string", "enum": list(FORMATS)},
            "query": {**_TEXT, "description": "The query of the collection's address.", "default": ""},
        },
        "additionalProperties": False,
    }


def _operation(name: str, summary: str, answers: dict[str, Any], *failures: int) -> dict[str, Any]:
    """An operation; one that takes a body (400) has its failures, one that has an id is told of missing files."""
    statuses = (*failures, 413, 415, 429, 503) if 400 in failures else (*failures, 404)
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    problems = {str(status): {"description": _FAILURES[status], "content": content} for status in sorted(statuses)}
    return {"operationId": name, "tags": [_TAG], "summary": summary, "responses": {**answers, **problems}}


TAG: Final = {"name": _TAG, "description": "Large files, made in the background and kept for an hour."}
"""How the document introduces them."""
