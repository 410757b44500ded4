"""One small module per source: what to ask for, how to parse it. Sources never import one another.

Each module has

    requests(entry, since, today) -> Iterable[Request]   # what to ask for; `since` = newest period held, or None
    parse(payload, entry) -> DataFrame                   # pure: bytes in, draft rows (schema.DRAFT_COLUMNS) out

and is found by the id of its catalogue entry: nothing else is edited to add one.
"""

from collections.abc import Iterable
from datetime import date
from importlib import import_module
from typing import Protocol, cast

import pandas as pd

from etl.catalog import Source
from etl.errors import CatalogError
from etl.http import Payload, Request


class Module(Protocol):
    """What a source's module offers."""

    @staticmethod
    def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
        """The addresses to ask."""

    @staticmethod
    def parse(payload: Payload, entry: Source) -> pd.DataFrame:
        """Draft rows of one payload. Raises ParseError."""


def module(entry: Source) -> Module:
    """The module of a source.

    Raises CatalogError when the entry has none.
    """
    name = f"{__name__}.{entry.id}"
    try:
        return cast(Module, import_module(name))
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise CatalogError(
            f"The source `{entry.id}` has an entry but no module: add etl/sources/{entry.id}.py."
        ) from error
