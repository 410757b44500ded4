"""What an example of a method is, and the words around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from dashboard.analysis.figures import Figures
from dashboard.data import Snapshot
from dashboard.views.words import period


@dataclass(frozen=True)
class Example:
    """A small table: `columns` are (heading, significant digits; None for words), `rows` as many cells each.

    `of` says what the figures are, `links` lead to where they are shown: (words, address).
    """

    of: str
    columns: tuple[tuple[str, int | None], ...]
    rows: tuple[tuple[Any, ...], ...]
    links: tuple[tuple[str, str], ...] = ()
    said: str = ""


def name(snapshot: Snapshot, technology: Any) -> str:
    """The name of a technology."""
    return snapshot.catalog.technology[str(technology)].name


def of(f: Figures, when: pd.Timestamp | None = None) -> str:
    """Indicator, source and period."""
    told = f", {period(when, f.indicator.frequency)}" if when is not None else ""
    return f"{f.indicator.title} ({f.source.title}){told}"


def trend(f: Figures, technologies: Sequence[Any], value: str) -> tuple[tuple[str, str], ...]:
    """The link to the same figures in Trends."""
    asked = {"technology": ",".join(map(str, technologies)), "indicator": f.indicator.id, "value": value}
    return (("See it in Trends", f"/trends?{urlencode(asked, safe=',')}"),)
