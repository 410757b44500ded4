"""ecosyste.ms: how many packages, and how many repositories, depend on the packages that we follow.

A payload is the list of packages of one name in one ecosystem, of which `name`, `registry.default`,
`dependent_packages_count` and `dependent_repos_count` are read. The result is two readings on the day of the answer.
Oddities:

- The list may also hold the package of a second registry of the ecosystem: the default registry counts.
- A package that is not known yet is an empty list.
- The API keeps no history; readings that were not taken cannot be had later.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_COUNTS: Final = {  # field -> what the indicator's id ends in
    "dependent_packages_count": "dependent_packages",
    "dependent_repos_count": "dependent_repositories",
}


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per registry and technology, for its first package; none if today was read already."""
    if since is not None and since >= today:
        return
    for scheme, ecosystem in entry.settings["ecosystems"].items():
        for technology, names in entry.followed(scheme).items():
            yield Request(
                f"{entry.settings['base']}/packages/lookup?{urlencode({'ecosystem': ecosystem, 'name': names[0]})}",
                part=f"{scheme} {names[0]}",
                scope={
                    "indicator": tuple(f"ecosystems_{scheme}_{count}" for count in _COUNTS.values()),
                    "technology": technology,
                    "period_start": ...,
                },
            )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Two draft rows: dependent packages and dependent repositories, on the day of the answer.

    Raises ParseError when the package is not in the list, or a count is none.
    """
    part = payload.request.part
    where, (scheme, _, name) = f"ecosystems {part}", part.partition(" ")
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    if not isinstance(body, list) or not all(isinstance(package, dict) for package in body):
        raise ParseError(f"{where}: no list of packages; has the layout changed?")
    found = [p for p in body if _is(p, name, entry.settings["ecosystems"][scheme])]
    if len(found) != 1:
        raise ParseError(f"{where}: {len(found)} packages of this name among {len(body)}; is it not known, or renamed?")
    rows = []
    for field, count in _COUNTS.items():
        value = found[0].get(field)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ParseError(f"{where}: `{field}` is {value!r}, which is no count; has the layout changed?")
        rows.append({"indicator": f"ecosystems_{scheme}_{count}", "value": float(value)})
    return pd.DataFrame(rows).assign(name=name, period_start=payload.retrieved_on, frequency="D", status="final")


def _is(package: dict[str, Any], name: str, ecosystem: str) -> bool:
    """Whether it is this package (letter case aside) of the ecosystem's default registry."""
    registry, its_name = package.get("registry"), package.get("name")
    return (
        isinstance(its_name, str)
        and its_name.casefold() == name.casefold()
        and package.get("ecosystem") == ecosystem
        and isinstance(registry, dict)
        and registry.get("default") is True
    )
