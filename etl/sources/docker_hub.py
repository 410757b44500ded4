"""Pulls and stars of images on Docker Hub, read on one day.

A payload is one repository, `{namespace, name, pull_count, star_count, last_updated, ...}`; official images have the
namespace `library`. One row of the result is one such reading on the day of the answer, under `namespace/name`.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_BASE: Final = "https://hub.docker.com/v2/repositories"
_FIGURES: Final = {"pull_count": "docker_hub_pulls", "star_count": "docker_hub_stars"}  # field -> indicator


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per technology, for the first of its images."""
    for technology, names in entry.followed("docker").items():
        scope = {"technology": technology, "period_start": ...}
        yield Request(f"{_BASE}/{names[0]}", part=names[0], scope=scope)


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Two draft rows: the pulls and the stars of the image, as read on the day.

    Raises ParseError when the body is no repository, is of another one, or a count is none.
    """
    part = payload.request.part
    where = f"docker_hub {part}"
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the answer cut?") from error
    if not isinstance(body, dict) or not {"namespace", "name"} <= set(body):
        raise ParseError(f"{where}: no repository with `namespace` and `name`; has the API changed?")
    name = f"{body['namespace']}/{body['name']}"
    if name.casefold() != part.casefold():
        raise ParseError(f"{where}: the figures of `{name}`; another image was answered.")
    for field in _FIGURES:
        count = body.get(field)
        if type(count) is not int or count < 0:
            raise ParseError(f"{where}: `{field}` is {count!r}, which is no count; has the API changed?")
    rows = [{"indicator": indicator, "value": float(body[field])} for field, indicator in _FIGURES.items()]
    return pd.DataFrame(rows).assign(name=part, period_start=payload.retrieved_on, frequency="D", status="final")
