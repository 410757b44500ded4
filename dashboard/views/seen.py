"""What the sources see of one technology, construct by construct, and what none of them sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from dashboard.data import Snapshot
from dashboard.views.words import REGISTRIES, listed, period
from etl.catalog import Catalog, Technology
from etl.schema import ALL_SEGMENTS, WORLD

BLIND: Final = {
    "pyodide": "Its package on PyPI is for editors and tests; browsers do not load it from there.",
    "brython": "Pages load it as a file; its packages are fetched by those who host it themselves.",
    "transcrypt": "Only the compiler is installed; the pages that it makes carry no trace that is counted.",
    "tkinter": "It comes with Python, so no registry counts it.",
    "pyqt": "On Linux it mostly comes with the distribution.",
    "pyside": "On Linux it often comes with the distribution.",
    "wxpython": "On Linux it mostly comes from the distribution or from its own site, not from PyPI.",
    "kivy": "Programs for telephones are built with it; who installs those is not counted.",
    "toga": "Briefcase, which packs programs of any kit, is counted with it.",
    "plotly": "It counts as a chart library in notebooks, too, not only in data apps.",
    "bokeh": "It counts as a chart library in notebooks, too, not only in data apps.",
    "shiny": "Its package on PyPI is the edition for Python; the one for R is not in these figures.",
    "anvil": "It is used on its maker's servers; the package only connects programs to them.",
}
"""Technology -> what its figures miss or hold besides, where the catalogue's entry does not tell."""

_PLACES: Final = {
    **{scheme: REGISTRIES[scheme] for scheme in ("pypi", "npm", "crates", "homebrew", "docker")},
    "github": "GitHub",
    "topic": "GitHub's topics",
    "stackoverflow": "Stack Overflow",
    "wikipedia": "Wikipedia",
    "pypl": "PYPL",
    "hiring": "job posts",
}
"""Scheme of names -> where such a name is one."""

_NO_USE: Final = ("health", "benchmark speed")  # they say nothing of who uses what
_OLD_YEARS: Final = 2.0
_DAYS_PER_YEAR: Final = 365.25


@dataclass(frozen=True)
class Sight:
    """The newest figure that one construct has of a technology; `old` where it lies years behind the newest of all."""

    construct: str
    indicator: str
    title: str
    value: float
    unit: str
    period: str
    old: bool


@dataclass(frozen=True)
class Seen:
    """`unseen` holds whole sentences."""

    technology: str
    name: str
    sights: tuple[Sight, ...]
    unseen: tuple[str, ...]


def seen(snapshot: Snapshot, technology: Technology, scheme: str = "") -> Seen:
    """The newest figure of each construct on `technology`, worldwide; with `scheme`, of names in that scheme alone."""
    catalog, summary = snapshot.catalog, snapshot.summary
    here = (summary["region"] == WORLD) & (summary["segment"] == ALL_SEGMENTS)
    ours = summary[here & (summary["technology"] == technology.id)]
    if scheme:
        ours = ours[[catalog.indicator[i].names == scheme for i in ours["indicator"]]]
    order = {indicator: place for place, indicator in enumerate(catalog.indicator)}
    best: dict[str, Mapping[Any, Any]] = {}
    for row in sorted(ours.to_dict("records"), key=lambda row: (*_rank(catalog, row), order[row["indicator"]])):
        construct = catalog.indicator[row["indicator"]].construct
        if construct not in _NO_USE:
            best.setdefault(construct, row)
    newest = summary["last"].max()
    return Seen(
        technology=technology.id,
        name=technology.name,
        sights=tuple(_sight(catalog, row, newest) for row in best.values()),
        unseen=tuple(_unseen(snapshot, technology)),
    )


def _rank(catalog: Catalog, row: Mapping[Any, Any]) -> tuple[float, bool, bool]:
    """Newest first (to the year), then what is measured regularly, then shares."""
    indicator = catalog.indicator[row["indicator"]]
    return -pd.Timestamp(row["last"]).year, indicator.sparse, not indicator.is_share


def _sight(catalog: Catalog, row: Mapping[Any, Any], newest: pd.Timestamp) -> Sight:
    indicator = catalog.indicator[row["indicator"]]
    last = pd.Timestamp(row["last"])
    return Sight(
        construct=indicator.construct,
        indicator=indicator.id,
        title=indicator.title,
        value=float(row["last_value"]),
        unit="%" if indicator.is_share else indicator.unit,
        period=period(last, indicator.frequency),
        old=(newest - last).days > _OLD_YEARS * _DAYS_PER_YEAR,
    )


def _unseen(snapshot: Snapshot, technology: Technology) -> list[str]:
    told = [technology.reason] if technology.reason else []
    told += [BLIND[technology.id]] if technology.id in BLIND else []
    indicators = snapshot.catalog.indicator.values()
    held = {i.names for i in indicators if any(technology.id in found for found in snapshot.places(i.id).values())}
    silent = [where for scheme, where in _PLACES.items() if scheme in technology.names and scheme not in held]
    if silent:
        told.append(f"It has a name on {listed(silent)}, but no figures from there are in this store.")
    return told
