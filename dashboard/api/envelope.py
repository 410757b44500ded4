"""The JSON schemas of what stands around rows: problems, what an answer says of itself, links, and compact series."""

from collections.abc import Sequence
from typing import Any, Final

from dashboard.export import FORMATS
from etl.schema import STATUSES

_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}


def _object(description: str, required: Sequence[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "description": description, "required": list(required), "properties": properties}


def _or_null(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": [kind, "null"], **more}


_PROBLEM: Final = {
    **_object(
        "What went wrong (RFC 9457).",
        ["type", "title", "status", "detail", "errors"],
        type={"type": "string", "format": "uri-reference"},
        title=_TEXT,
        status={"type": "integer", "minimum": 400, "maximum": 599},
        detail={**_TEXT, "description": "One sentence with the fact, the place and the remedy."},
        errors={
            "type": "array",
            "items": _object("One parameter.", ["field", "detail"], field=_TEXT, detail=_TEXT),
        },
    ),
    "examples": [
        {
            "type": "about:blank",
            "title": "A parameter is wrong",
            "status": 400,
            "detail": "There is no technology `pyton`: did you mean `python`?",
            "errors": [{"field": "technology", "detail": "There is no technology `pyton`: did you mean `python`?"}],
        }
    ],
}
_TOLD_SOURCE: Final = _object(
    "A source of the rows.",
    ["id", "title", "publisher", "licence", "attribution"],
    **dict.fromkeys(("id", "title", "publisher", "homepage", "licence", "attribution", "citation", "caveat"), _TEXT),
    licence_url=_or_null("string"),
    retrieved_on=_or_null("string", format="date"),
)
_TOLD_INDICATOR: Final = _object(
    "An indicator of the rows.",
    ["id", "title", "unit"],
    **dict.fromkeys(("id", "title", "unit", "means", "does_not_mean"), _TEXT),
)
_TOLD_BREAK: Final = _object(
    "A break of method within the rows.",
    ["source", "date", "what", "effect"],
    **dict.fromkeys(("source", "what", "evidence"), _TEXT),
    date={"type": "string", "format": "date"},
    until=_or_null("string", format="date"),
    effect={"type": "string", "enum": ["severs", "disturbs"]},
)
_META: Final = _object(
    "What the answer says of itself.",
    ["selection", "link", "store_version", "rows"],
    selection={"type": "object", "description": "What was asked for, with its defaults where a view has some."},
    link={**_TEXT, "format": "uri", "description": "The address of this selection."},
    as_of=_or_null(
        "string", format="date", description="The day whose state of the store this is, if one was asked for."
    ),
    store_version={**_COUNT, "description": "The version of the store."},
    exported_on={"type": "string", "format": "date"},
    rows={**_COUNT, "description": "The number of rows; of all pages together."},
    limit={**_COUNT, "description": "How many rows a page has at most."},
    offset={**_COUNT, "description": "How many rows come before this page."},
    sources={"type": "array", "items": _TOLD_SOURCE},
    indicators={"type": "array", "items": _TOLD_INDICATOR},
    breaks={"type": "array", "items": _TOLD_BREAK},
    citation={**_TEXT, "description": "How to cite this."},
    bibtex={**_TEXT, "description": "The same as BibTeX."},
    note=_TEXT,
    state={**_TEXT, "description": "Of series: what to give as `v`, so that the answer may be kept for ever."},
    unit=_or_null("string", description="Of series: the unit of their values; null where there are none."),
)
_LINKS: Final = {
    "type": "object",
    "description": "This page, those around it (in the same state of the store), and the files of all rows.",
    "required": ["self", "first", *FORMATS],
    "properties": {name: {"type": "string", "format": "uri"} for name in ("self", "first", "prev", "next", *FORMATS)},
    "additionalProperties": False,
}
_SERIES: Final = _object(
    "Series of a view. Values and status stand in the order of the periods; null where there is no observation.",
    ["meta", "periods", "series"],
    meta={"$ref": "#/components/schemas/Meta"},
    periods={"type": "array", "items": {"type": "string", "format": "date"}},
    series={
        "type": "array",
        "items": _object(
            "One technology.",
            ["technology", "name", "values", "status"],
            technology=_TEXT,
            name=_TEXT,
            values={"type": "array", "items": {"type": ["number", "null"]}},
            status={"type": "array", "items": {"enum": [*STATUSES, None]}},
        ),
    },
)

SCHEMAS: Final = {"Problem": _PROBLEM, "Meta": _META, "Links": _LINKS, "Series": _SERIES}
"""Name in the OpenAPI document -> schema."""
