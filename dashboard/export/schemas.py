"""Table schemas: the columns of a data set in the words of Frictionless Data Package and of CSV on the Web."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from dashboard.export.dataset import Column, Dataset


def csvw(data: Dataset, url: str) -> dict[str, Any]:
    """The metadata document (W3C, CSV on the Web) for the CSV of `data` at `url`."""
    about = data.about
    columns = []
    for name, column in data.columns.items():
        said: dict[str, Any] = {"name": name, "titles": name, "datatype": _csvw_type(column.type)}
        said["dc:description"] = column.description
        if column.unit:
            said["schema:unitText"] = column.unit
        if _csvw_type(column.type) == "string" and pa.types.is_list(column.type):
            said["separator"] = ";"
        columns.append(said)
    found: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": url,
        "dialect": {"encoding": "utf-8", "header": True, "lineTerminators": ["\r\n"], "doubleQuote": True},
        "tableSchema": {"columns": columns},
    }
    key = [name for name in data.key if name in data.columns]
    if key and len(key) == len(data.key):
        found["tableSchema"]["primaryKey"] = key
    said_of = {"dc:title": data.name, "dc:bibliographicCitation": about.get("citation"), "dc:source": about.get("link")}
    licences = {s["licence_url"] for s in about.get("sources", []) if s.get("licence_url")}
    if len(licences) == 1:
        said_of["dc:license"] = {"@id": licences.pop()}
    return found | {name: value for name, value in said_of.items() if value}


def fields(columns: Mapping[str, Column]) -> list[dict[str, Any]]:
    """The fields of a Frictionless table schema."""
    found = []
    for name, column in columns.items():
        said: dict[str, Any] = {"name": name, "description": column.description, **_field(column.type)}
        found.append(said | ({"unit": column.unit} if column.unit else {}))
    return found


def of_table(table: pa.Table) -> list[dict[str, Any]]:
    """The fields of a Frictionless table schema, without descriptions."""
    return [{"name": field.name, **_field(field.type)} for field in table.schema]


def _field(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_integer(kind):
        return {"type": "integer"}
    if pa.types.is_floating(kind):
        return {"type": "number"}
    if pa.types.is_boolean(kind):
        return {"type": "boolean"}
    if pa.types.is_date(kind):
        return {"type": "date"}
    return {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%SZ"} if pa.types.is_timestamp(kind) else {"type": "string"}


def _csvw_type(kind: pa.DataType) -> str:
    names = {"integer": "long", "number": "double", "datetime": "dateTime"}
    found: str = _field(kind)["type"]
    return names.get(found, found)
