"""The bundle: a ZIP with the data and all that explains them as CSV, described by a Frictionless `datapackage.json`."""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any, Final

import pyarrow as pa

from dashboard.export import schemas, text
from dashboard.export.dataset import Column, Dataset

_BEGINNING: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every file: the same bundle is the same bytes."""

_LICENCE_NAME: Final = re.compile(r"[-a-zA-Z0-9._]+", re.ASCII)
_KEYS: Final = {"technologies": "technology", "indicators": "indicator", "sources": "source"}
"""Companion -> the column by which rows refer to it."""


def write(data: Dataset, target: IO[bytes], progress: Callable[[int, int], None] | None = None) -> None:
    """Write the ZIP to a binary file that can be sought in."""
    resources = []
    with zipfile.ZipFile(target, "w") as archive:
        said = _add(archive, "data.csv", _counted(data, progress))
        references = [n for n, column in _KEYS.items() if n in data.companions and column in data.columns]
        table: dict[str, Any] = {"fields": schemas.fields(data.columns), "missingValues": [""]}
        if set(data.key) <= set(data.columns):
            table["primaryKey"] = list(data.key)
        if references:
            table["foreignKeys"] = [
                {"fields": [_KEYS[n]], "reference": {"resource": n, "fields": [_KEYS[n]]}} for n in references
            ]
        resources.append(_resource("data", "The rows of the selection.", said, table))
        for name, companion in data.companions.items():
            said = _add(archive, f"{name}.csv", text.csv(_table(name, companion)))
            table = {"fields": schemas.of_table(companion), "missingValues": [""]}
            if name in _KEYS:
                table["primaryKey"] = [_KEYS[name]]
            resources.append(_resource(name, f"The {name} of the rows.", said, table))
        if data.about.get("bibtex"):
            _add(archive, "CITATION.bib", [str(data.about["bibtex"]).encode()])
        _add(archive, "README.md", [_readme(data).encode()])
        package = json.dumps(_package(data, resources), ensure_ascii=False, allow_nan=False, indent=1)
        _add(archive, "datapackage.json", [f"{package}\n".encode()])


def _table(name: str, companion: pa.Table) -> Dataset:
    return Dataset.of(name, companion, {field.name: Column(field.type, "") for field in companion.schema}, {})


def _counted(data: Dataset, progress: Callable[[int, int], None] | None) -> Iterator[bytes]:
    """The CSV; progress is told in lines, which are rows but for breaks of line within a cell."""
    rows = data.count() if progress else 0
    done = -1
    for part in text.csv(data):
        yield part
        if progress:
            done += part.count(b"\r\n")
            progress(min(max(done, 0), rows), rows)


def _add(archive: zipfile.ZipFile, name: str, parts: Iterable[bytes]) -> dict[str, Any]:
    """Add a file; returns its path, size and hash."""
    entry = zipfile.ZipInfo(name, _BEGINNING)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, whatever this runs on
    entry.external_attr = 0o644 << 16
    digest, size = hashlib.sha256(), 0
    with archive.open(entry, "w", force_zip64=True) as file:
        for part in parts:
            file.write(part)
            digest.update(part)
            size += len(part)
    return {"path": name, "bytes": size, "hash": f"sha256:{digest.hexdigest()}"}


def _resource(name: str, description: str, said: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "description": description,
        **said,
        "profile": "tabular-data-resource",
        "type": "table",
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True},
        "schema": dict(table),
    }


def _package(data: Dataset, resources: list[dict[str, Any]]) -> dict[str, Any]:
    about = data.about
    sources = about.get("sources", [])
    found = {
        "name": re.sub(r"[^a-z0-9._-]", "-", data.name.lower()),
        "title": f"Stacktide: {data.name}",
        "description": about.get("citation"),
        "profile": "tabular-data-package",
        "homepage": about.get("link"),
        "created": f"{about['exported_on']}T00:00:00Z" if "exported_on" in about else None,
        "licenses": _licences(data),
        "sources": [{"title": s["title"], "path": s["homepage"]} for s in sources],
        "resources": resources,
        "stacktide": dict(about),
    }
    return {name: value for name, value in found.items() if value}


def _licences(data: Dataset) -> list[dict[str, str]]:
    """The licences that a data package can name: by an id of plain letters, or by an address."""
    found: dict[str, dict[str, str]] = {}
    for row in data.companions["sources"].to_pylist() if "sources" in data.companions else []:
        name, title, url = row["licence"], row["licence_title"], row["licence_url"]
        named = {"name": name} if name and _LICENCE_NAME.fullmatch(name) else {}
        told = named | ({"path": url} if url else {})
        if told:
            found[name] = told | ({"title": title} if title else {})
    return list(found.values())


def _readme(data: Dataset) -> str:
    about = data.about
    files = [
        "- `data.csv`: the rows; `datapackage.json` describes every column",
        *(f"- `{name}.csv`: the {name} that occur in them" for name in data.companions),
        "- `CITATION.bib`: how to cite this, as BibTeX",
        "- `datapackage.json`: a Frictionless Data Package, with sizes and hashes",
    ]
    days = [name for name, column in data.columns.items() if pa.types.is_date(column.type)]
    read = f'pandas.read_csv("data.csv", keep_default_na=False, na_values=[""], parse_dates={json.dumps(days)})'
    told = [
        f"# {data.name}",
        f"Exported from Stacktide on {about.get('exported_on')}, version {about.get('store_version')} of the store"
        + (f", as of {about['as_of']}" if about.get("as_of") else "")
        + f": {about.get('rows', data.count()):,} rows.",
        f"The selection: <{about.get('link')}>",
        "\n".join(files),
        "The region code of Namibia is `NA`, which pandas takes for a missing value unless told otherwise:",
        f"```python\nimport pandas\n\nrows = {read}\n```",
        "A missing value is a missing row, never a zero.",
        "Rows of one series that differ in `stretch` cannot be compared: a break of method lies between them.",
        "## Sources",
        "\n".join(
            f"- {s['attribution']} ({s['licence']}; retrieved on {s['retrieved_on']})" for s in about.get("sources", [])
        ),
        "## Citation",
        str(about.get("citation", "")),
    ]
    return "\n\n".join(part for part in told if part) + "\n"
