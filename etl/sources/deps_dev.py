"""deps.dev: how many packages depend on the newest release of a package, and how many versions it has.

Two kinds of payload. A package: `{packageKey: {system, name}, versions: [{versionKey: {..., version}, isDefault}]}`;
the result is the number of its versions, and its default version leads to the second kind, the dependents of that
version: `{dependentCount, directDependentCount, indirectDependentCount}`. All are readings on the day of the answer.
Oddities:

- Names are made canonical: `_` and `.` become `-` on PyPI.
- Dependents are counted for one version, so they fall with each release and grow until the next; they are there for
  npm, PyPI, Cargo, Maven and Go only, and for a version only when its graph has been computed (404 before).
- A package is dependent directly and indirectly at once, so the two may add up to more than all dependents.
- The API keeps no history; readings that were not taken cannot be had later.
"""

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any, Final
from urllib.parse import quote

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_COUNTS: Final = {  # field -> what the indicator's id ends in
    "dependentCount": "dependents",
    "directDependentCount": "direct_dependents",
}


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per registry and technology, for its first package; none if today was read already."""
    if since is not None and since >= today:
        return
    for scheme, system in entry.settings["systems"].items():
        for technology, names in entry.followed(scheme).items():
            yield Request(
                f"{entry.settings['base']}/v3/systems/{system}/packages/{quote(names[0], safe='')}",
                part=f"{scheme} {names[0]}",
                scope={"indicator": f"deps_dev_{scheme}_versions", "technology": technology, "period_start": ...},
            )


def following(payload: Payload, entry: Source) -> Iterable[Request]:
    """From a package to the dependents of its default version; nothing where no version is the default one."""
    scheme, name, version = _part(payload)
    if version:
        return
    system = entry.settings["systems"][scheme]
    for listed in json.loads(payload.content.decode("utf-8-sig"))["versions"]:
        if listed.get("isDefault") is True:
            default = listed["versionKey"]["version"]
            package = f"{entry.settings['base']}/v3alpha/systems/{system}/packages/{quote(name, safe='')}"
            yield Request(
                f"{package}/versions/{quote(default, safe='')}:dependents",
                part=f"{scheme} {name} {default}",
                scope={
                    "indicator": tuple(f"deps_dev_{scheme}_{count}" for count in _COUNTS.values()),
                    "technology": payload.request.scope["technology"],
                    "period_start": ...,
                },
                optional=True,
            )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one payload: the versions of a package, or the dependents of its default version.

    Raises ParseError when it is of another package, more than one version is the default one, or a count is none.
    """
    scheme, name, version = _part(payload)
    where = f"deps_dev {payload.request.part}"
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    if not isinstance(body, dict):
        raise ParseError(f"{where}: no object; has the layout changed?")
    figures = _dependents(body, where) if version else {"versions": _versions(body, name, where)}
    rows = [{"indicator": f"deps_dev_{scheme}_{count}", "value": float(value)} for count, value in figures.items()]
    return pd.DataFrame(rows).assign(name=name, period_start=payload.retrieved_on, frequency="D", status="final")


def _part(payload: Payload) -> tuple[str, str, str]:
    """Scheme, package and, of dependents, version."""
    scheme, name, *version = payload.request.part.split(" ")
    return scheme, name, version[0] if version else ""


def _versions(body: dict[str, Any], name: str, where: str) -> int:
    """How many versions the package has."""
    key, versions = body.get("packageKey"), body.get("versions")
    its_name = key.get("name") if isinstance(key, dict) else None
    if not isinstance(its_name, str) or _canonical(its_name) != _canonical(name):
        raise ParseError(f"{where}: the versions of `{its_name}`, but `{name}` was asked for.")
    if not isinstance(versions, list) or not versions:
        raise ParseError(f"{where}: no list of versions; has the layout changed?")
    numbers = [v["versionKey"].get("version") for v in versions if isinstance(v, dict) and _has_key(v)]
    if len(numbers) < len(versions) or not all(isinstance(number, str) and number for number in numbers):
        raise ParseError(f"{where}: a version without its number; has the layout changed?")
    defaults = sum(v.get("isDefault") is True for v in versions)
    if defaults > 1:
        raise ParseError(f"{where}: {defaults} versions are the default one; which are the dependents to be of?")
    return len(versions)


def _has_key(version: dict[str, Any]) -> bool:
    return isinstance(version.get("versionKey"), dict)


def _dependents(body: dict[str, Any], where: str) -> dict[str, int]:
    """All and direct dependents."""
    for field in (*_COUNTS, "indirectDependentCount"):
        value = body.get(field)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ParseError(f"{where}: `{field}` is {value!r}, which is no count; has the layout changed?")
    every, direct, indirect = (body[f] for f in ("dependentCount", "directDependentCount", "indirectDependentCount"))
    if not max(direct, indirect) <= every <= direct + indirect:
        raise ParseError(
            f"{where}: {every} dependents, but {direct} direct and {indirect} indirect ones; has a meaning changed?"
        )
    return {count: body[field] for field, count in _COUNTS.items()}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()
