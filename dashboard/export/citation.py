"""How to cite an export: a sentence, and BibTeX with one entry for each source and one for Stacktide."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from etl import __version__
from etl.catalog import Source

_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_UNSAFE: Final = {"\\": "%5C", "{": "%7B", "}": "%7D", " ": "%20"}


@dataclass(frozen=True)
class Cited:
    """What is cited: sources with their days of retrieval, and the state of the store."""

    sources: Sequence[Source]
    retrieved_on: Mapping[str, date]
    store_version: int
    as_of: date | None
    exported_on: date
    link: str


def text(cited: Cited) -> str:
    """The citation in words: every source as it wants to be cited, then Stacktide."""
    told = []
    for source in cited.sources:
        day = cited.retrieved_on.get(source.id)
        told.append(f"{source.citation.rstrip('.')}{f', retrieved on {day}' if day else ''}.")
    state = f"store version {cited.store_version}{f', as of {cited.as_of}' if cited.as_of else ''}"
    return " ".join([*told, f"Compiled by Stacktide ({state}), exported on {cited.exported_on}: {cited.link}"])


def bibtex(cited: Cited) -> str:
    """The citation as BibTeX: `@misc` entries, which BibTeX and biblatex both know."""
    return "\n".join([*(_source(source, cited.retrieved_on.get(source.id)) for source in cited.sources), _ours(cited)])


def escaped(words: str) -> str:
    """Text in which every character that TeX would take for a command stands for itself."""
    return "".join(_SPECIAL.get(each, each) for each in re.sub(r"\s+", " ", words).strip())


def _source(source: Source, day: date | None) -> str:
    said = f"{source.citation} Licence: {source.licence.title}"
    fields = {
        "title": escaped(source.title),
        "author": f"{{{escaped(source.publisher)}}}",
        "year": str(day.year) if day else None,
        "url": _address(source.homepage),
        "urldate": day.isoformat() if day else None,
        "note": escaped(said),
    }
    return _entry(f"stacktide-{source.id}", fields)


def _ours(cited: Cited) -> str:
    state = f"Store version {cited.store_version}{f', as of {cited.as_of}' if cited.as_of else ''}"
    fields = {
        "title": "Stacktide: how programming languages, frameworks and tools rise and fall",
        "author": "{The Stacktide developers}",
        "year": str(cited.exported_on.year),
        "version": __version__,
        "url": _address(cited.link),
        "urldate": cited.exported_on.isoformat(),
        "note": state,
    }
    return _entry("stacktide", fields)


def _entry(key: str, fields: Mapping[str, str | None]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{key},", *lines, "}", ""])


def _address(url: str) -> str:
    return "".join(_UNSAFE.get(each, each) for each in url)
