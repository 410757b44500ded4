"""Observations, and the series of a view: as rows, and compactly for charts."""

from typing import Any, Final, get_args

from dashboard.api.catalogue import key
from dashboard.api.collection import Call, Collection
from dashboard.api.parameters import OBSERVATIONS, SELECTION
from dashboard.export import COLUMNS, SHOWN, Dataset, observations
from dashboard.views import series
from etl.catalog import Construct
from etl.schema import STATUSES, Frequency

_EMPTY: Final = {"technology_name", "kind", "sample_size", "break", "retrieved_on"}
_WORDS: Final = {"status": STATUSES, "frequency": get_args(Frequency), "construct": get_args(Construct)}
_OF_A_DAY: Final = ("exported_on", "citation", "bibtex", "note")


def _observations(call: Call) -> Dataset:
    return observations(call.data, call.chosen, call.now.date(), call.origin)


def _series(call: Call) -> Dataset:
    return series(call.data, call.selection, call.now.date(), call.origin)


def compact(data: Dataset, state: str) -> dict[str, Any]:
    """The series of a view for a chart: periods once, and of each technology its values and their status.

    Where a technology has no observation in a period, value and status are null. Nothing in it depends on the day of
    the request; with `v` and this `state` in its address, it may be kept for ever.
    """
    names = ["period_start", "technology", "technology_name", "shown_value", "shown_unit", "status"]
    rows = [row for batch in data.narrowed(names).batches() for row in batch.to_pylist()]
    periods = sorted({row["period_start"] for row in rows})
    place = {period: position for position, period in enumerate(periods)}
    found: dict[str, dict[str, Any]] = {}
    for technology in data.about["selection"]["technology"]:
        found[technology] = {}
    for row in rows:
        one = found.setdefault(row["technology"], {})
        if not one:
            one |= {"technology": row["technology"], "name": row["technology_name"] or row["technology"]}
            one |= {"values": [None] * len(periods), "status": [None] * len(periods)}
        one["values"][place[row["period_start"]]] = row["shown_value"]
        one["status"][place[row["period_start"]]] = row["status"]
    said = {name: value for name, value in data.about.items() if name not in _OF_A_DAY}
    meta = {**said, "state": state, "unit": rows[0]["shown_unit"] if rows else None}
    return {
        "meta": meta,
        "periods": [period.isoformat() for period in periods],
        "series": [one for one in found.values() if one],
    }


COLLECTIONS: Final = (
    Collection(
        "observations",
        "Observations",
        "One value of one indicator for one technology, in one region, segment and period, from one source, with unit, "
        "licence, attribution and break flags.",
        COLUMNS,
        OBSERVATIONS,
        _observations,
        frozenset(COLUMNS) - _EMPTY,
        key,
        _WORDS,
    ),
    Collection(
        "series",
        "Series",
        "Exactly what a chart shows. As files, row by row with the observations behind; without a suffix, compactly.",
        {**COLUMNS, **SHOWN},
        SELECTION,
        _series,
        frozenset({**COLUMNS, **SHOWN}) - _EMPTY - {"shown_value"},
        key,
        _WORDS,
    ),
)
