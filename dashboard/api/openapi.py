"""The OpenAPI 3.1 document: made from the collections, their parameters and their columns, as they are served."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import pyarrow as pa

from dashboard.api import envelope, file_paths
from dashboard.api.collection import Collection
from dashboard.api.forms import Word
from dashboard.api.paging import ROOT
from dashboard.api.parameters import Parameter
from dashboard.api.problems import MEDIA_TYPE
from dashboard.data import Snapshot
from dashboard.export import FORMATS, Column
from etl import __version__

_ABOUT: Final = """\
Popularity and adoption data of programming languages, frameworks and tools. Each collection is answered as pages of \
JSON, and whole as a file under an address with a suffix. Lists are written with commas or by repeating the \
parameter. Parameters that only the chart of a page knows (value, scale, tab, smooth, base, preset, v) are passed over \
where they mean nothing, so that the query of a page's address can be used as it is. Moments are UTC, percents are 0 \
to 100, and a missing value is a missing row, never a zero. Each answer names its sources, their licences and how to \
cite them."""
_TEXT: Final = {"type": "string"}
_FAILURES: Final = {
    400: "A parameter is wrong; `errors` names it, with the remedy.",
    404: "There is no such collection or format.",
    406: "The header `Accept` asks for a format that there is not.",
    410: "The state of the store that `version` names is no longer kept.",
    503: "The store cannot answer now, or too many large files are sent already: ask again later.",
}


def document(collections: Sequence[Collection], snapshot: Snapshot) -> dict[str, Any]:
    """The description of `collections`, with the ids of the catalogue, and the regions and segments of `snapshot`."""
    schemas: dict[str, Any] = {**envelope.SCHEMAS, "File": file_paths.SCHEMA}
    paths: dict[str, Any] = {}
    for each in collections:
        schemas[_row_name(each)] = _row(each)
        page, file = (each.declared(as_file=as_file) for as_file in (False, True))
        paths[f"{ROOT}/{each.name}"] = {"get": _as_page(each, _parameters(page, snapshot, schemas))}
        paths[f"{ROOT}/{each.name}.{{format}}"] = {"get": _as_file(each, _parameters(file, snapshot, schemas))}
    paths |= file_paths.paths(each.name for each in collections)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Stacktide",
            "version": __version__,
            "summary": "Figures to take with you",
            "description": _ABOUT,
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": each.title, "description": each.description} for each in collections] + [file_paths.TAG],
        "paths": paths,
        "components": {"schemas": schemas, "responses": _failures()},
    }


def _as_page(of: Collection, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    body = {"$ref": "#/components/schemas/Series"} if of.name == "series" else _envelope(of, "meta", "data", "links")
    other: dict[str, Any] = {kind: {} for kind in _kinds() if kind != "application/json"}
    return {
        "operationId": of.name.replace("-", "_"),
        "tags": [of.title],
        "summary": "Compactly, for charts" if of.name == "series" else "A page of rows",
        "description": of.description,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "The rows. Another media type in `Accept` gives them whole, as the suffixes do.",
                "headers": _headers("ETag"),
                "content": {"application/json": {"schema": body}, **other},
            },
            **_other(400, 406, 410, 503),
        },
    }


def _as_file(of: Collection, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    endings = [each.ending for each in FORMATS.values()]
    suffix = {"name": "format", "in": "path", "required": True, "schema": {"type": "string", "enum": endings}}
    content: dict[str, Any] = {kind: {} for kind in _kinds()}
    content["application/json"] = {"schema": _envelope(of, "meta", "data")}
    return {
        "operationId": f"{of.name.replace('-', '_')}_file",
        "tags": [of.title],
        "summary": "All rows as a file",
        "description": f"{of.description} A CSV is described by the document at `{of.name}.csv-metadata.json`.",
        "parameters": [{**suffix, "description": "The format."}, *parameters],
        "responses": {
            "200": {
                "description": "The file, under a name that says what it holds.",
                "headers": _headers("ETag", "Content-Disposition", "Link"),
                "content": content,
            },
            **_other(400, 404, 410, 503),
        },
    }


def _kinds() -> list[str]:
    return [each.media_type.split(";")[0] for each in FORMATS.values()]


def _envelope(of: Collection, *parts: str) -> dict[str, Any]:
    rows = {"type": "array", "items": {"$ref": f"#/components/schemas/{_row_name(of)}"}}
    every = {
        "meta": {"$ref": "#/components/schemas/Meta"},
        "data": rows,
        "links": {"$ref": "#/components/schemas/Links"},
    }
    return {"type": "object", "required": list(parts), "properties": {part: every[part] for part in parts}}


def _row_name(of: Collection) -> str:
    return "".join(word.capitalize() for word in of.name.split("-")) + "Row"


def _row(of: Collection) -> dict[str, Any]:
    properties = {
        name: _column(column, filled=name in of.filled, words=of.words.get(name)) for name, column in of.columns.items()
    }
    return {
        "type": "object",
        "description": f"{of.description} Where `fields` is given, only those.",
        "properties": properties,
        "additionalProperties": False,
    }


def _column(column: Column, *, filled: bool, words: Sequence[str] | None) -> dict[str, Any]:
    kind = column.type
    told: dict[str, Any] = {"type": "string"}
    if pa.types.is_integer(kind):
        told = {"type": "integer"}
    elif pa.types.is_floating(kind):
        told = {"type": "number"}
    elif pa.types.is_boolean(kind):
        told = {"type": "boolean"}
    elif pa.types.is_date(kind):
        told = {"type": "string", "format": "date"}
    elif pa.types.is_timestamp(kind):
        told = {"type": "string", "format": "date-time"}
    elif pa.types.is_list(kind):
        told = {"type": "array", "items": _TEXT}
    if words is not None:
        told["enum"] = [*words] if filled else [*words, None]
    if not filled:
        told["type"] = [told["type"], "null"]
    unit = f" Unit: {column.unit}." if column.unit else ""
    return {**told, "description": f"{column.description}{unit}"}


def _parameters(declared: Sequence[Parameter], snapshot: Snapshot, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    places = {"region": "RegionId", "segment": "SegmentId"}
    found = []
    for parameter in declared:
        form = parameter.form
        value = form.schema(snapshot.catalog)
        if parameter.name in places and len(snapshot.summary):
            component = places[parameter.name]
            schemas[component] = {"type": "string", "enum": sorted(snapshot.summary[parameter.name].unique())}
            value = {"$ref": f"#/components/schemas/{component}"}
        elif isinstance(form, Word) and form.component:
            schemas[form.component] = {"type": "string", "enum": list(form.there(snapshot.catalog))}
        told: dict[str, Any] = {"name": parameter.name, "in": "query", "description": parameter.description}
        if form.many:
            told |= {"schema": {"type": "array", "items": value, "minItems": 1}, "style": "form", "explode": False}
        else:
            told["schema"] = value
        found.append(told if parameter.example is None else {**told, "example": parameter.example})
    return found


def _headers(*names: str) -> dict[str, Any]:
    told = {
        "ETag": "Names state and request: send it as `If-None-Match`, and 304 says that nothing changed.",
        "Content-Disposition": "The name of the file.",
        "Link": "Of a CSV: where its metadata are (CSV on the Web).",
    }
    return {name: {"description": told[name], "schema": _TEXT} for name in names}


def _other(*statuses: int) -> dict[str, Any]:
    failures = {str(status): {"$ref": f"#/components/responses/{_failure_name(status)}"} for status in statuses}
    return {"304": {"description": "Nothing changed since the answer with this ETag."}, **failures}


def _failures() -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {_failure_name(s): {"description": told, "content": content} for s, told in _FAILURES.items()}


def _failure_name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "")
