"""Which observations the page Data is asked for: the filter of the API, read with patience, columns and order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from urllib.parse import quote

import pandas as pd

from dashboard.data import Data, Snapshot
from dashboard.export import COLUMNS
from dashboard.selection.filters import (
    PARAMETERS,
    Filter,
    WrongParameter,
    filter_query,
    known,
    parameters,
    read_filter,
)
from dashboard.views.observation_columns import FIRST, NEWEST_FIRST
from etl.catalog import Catalog
from etl.errors import UsageError

_READ: Final = tuple(name for name in PARAMETERS if name != "version")
_LABELS: Final = {
    "indicator": "the indicators",
    "technology": "the technologies",
    "use_case": "the use case",
    "kind": "the kind",
    "source": "the sources",
    "region": "the regions",
    "segment": "the segments",
    "status": "the status",
}
"""Field of a filter, as it is called when it can be dropped."""


@dataclass(frozen=True)
class Asked:
    """What was asked, the state that answers it, and one sentence for each thing that cannot be had."""

    chosen: Filter
    snapshot: Snapshot
    columns: tuple[str, ...]
    order: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def query(self) -> str:
        """The canonical query of the page: columns and order are left out where they are the first ones."""
        own = {
            "fields": self.columns if self.columns != FIRST else (),
            "sort": self.order if self.order != NEWEST_FIRST else (),
        }
        return _joined(filter_query(self.chosen), own)

    @property
    def rows_query(self) -> str:
        """What gives the same rows in the same order from the API, with all columns."""
        return _joined(filter_query(self.chosen), {"sort": self.order})

    @property
    def file_query(self) -> str:
        """What gives exactly what is shown from the API."""
        return _joined(filter_query(self.chosen), {"fields": self.columns, "sort": self.order})


def asked(data: Data, query: str) -> Asked:
    """What a query string asks for; what is wrong counts as not given, and what is unknown is passed over."""
    given = parameters(query)
    chosen, problems = _filter({n: v for n, v in given.items() if n in _READ}, data.catalog)
    try:
        snapshot = data.snapshot(chosen.as_of)
    except UsageError as error:
        chosen, snapshot = replace(chosen, as_of=None), data.snapshot()
        problems.append(str(error))
    regions, wrong_regions = _only("region", chosen.region, sorted(snapshot.summary["region"].unique()))
    segments, wrong_segments = _only("segment", chosen.segment, sorted(snapshot.summary["segment"].unique()))
    chosen = replace(chosen, region=regions, segment=segments)
    columns, wrong = _only("fields", given.get("fields", ()), list(COLUMNS), "column")
    order, unsorted = _only("sort", given.get("sort", ()), [*COLUMNS, *(f"-{name}" for name in COLUMNS)], "column")
    return Asked(
        chosen,
        snapshot,
        columns or FIRST,
        order or NEWEST_FIRST,
        (*problems, *wrong_regions, *wrong_segments, *wrong, *unsorted),
    )


def _joined(query: str, more: Mapping[str, Sequence[str]]) -> str:
    own = [f"{name}={quote(','.join(values), safe=',')}" for name, values in more.items() if values]
    return "&".join(each for each in (query, *own) if each)


def _filter(given: dict[str, list[str]], catalog: Catalog) -> tuple[Filter, list[str]]:
    """The filter of what can be read, and what is wrong with the rest: of several values, those that are right stay."""
    problems: list[str] = []
    while True:
        try:
            return read_filter(given, catalog), problems
        except WrongParameter as error:
            problems.append(str(error))
            values = given.pop(error.field)
            kept = [value for value in values if len(values) > 1 and _reads(error.field, value, catalog)]
            if kept and error.field not in ("from", "to", "as_of"):
                given = {**given, error.field: kept}


def _reads(name: str, value: str, catalog: Catalog) -> bool:
    try:
        return bool(read_filter({name: [value]}, catalog))
    except WrongParameter:
        return False


def _only(name: str, values: Sequence[str], there: Sequence[str], what: str = "") -> tuple[tuple[str, ...], list[str]]:
    """Those of `values` that are there, and a sentence on the first that is not."""
    kept = tuple(value for value in values if value in there)
    try:
        known(name, what or name, values, there)
    except WrongParameter as error:
        return kept, [str(error)]
    return kept, []


def ways_on(wanted: Asked) -> list[dict[str, str]]:
    """Where nothing passes: which one part of the filter is to be dropped for something to pass, as links."""
    chosen = wanted.chosen
    parts: dict[str, dict[str, Any]] = {n: {n: ()} for n in _LABELS if getattr(chosen, n)}
    labels = dict(_LABELS)
    if chosen.start or chosen.end:
        parts["time"], labels["time"] = {"start": None, "end": None}, "the time range"
    found = []
    for name, changes in parts.items():
        other = replace(wanted, chosen=replace(chosen, **changes))
        if not _passing(other.chosen, wanted.snapshot).empty:
            found.append({"label": f"Without {labels[name]}", "href": f"?{other.query}"})
    return found or [{"label": "Without any filter", "href": f"?{replace(wanted, chosen=Filter()).query}"}]


def _passing(chosen: Filter, snapshot: Snapshot) -> pd.DataFrame:
    """The series (rows of the summary) that have figures in the filter; a status is not known of a series."""
    series = snapshot.summary
    wanted: dict[str, Any] = {f.name: getattr(chosen, f.name) for f in fields(chosen)}
    wanted["technology"] = chosen.technologies(snapshot.catalog)
    if chosen.status:
        return series.iloc[:0]
    for name in ("indicator", "source", "region", "segment"):
        if wanted[name]:
            series = series[series[name].isin(wanted[name])]
    if wanted["technology"] is not None:
        series = series[series["technology"].isin(wanted["technology"])]
    if chosen.start:
        series = series[series["last"] >= pd.Timestamp(chosen.start)]
    if chosen.end:
        series = series[series["first"] <= pd.Timestamp(chosen.end)]
    return series
