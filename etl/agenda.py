"""What one run asks a source for: what is newer than the figures held, and what earlier runs did not get."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from etl import sources
from etl.catalog import Source
from etl.http import Request


@dataclass(frozen=True)
class Origin:
    """How a part is asked for: the part that a run begins with to come to it, and the newest period held then."""

    part: str
    since: date | None = None


Ask = tuple[Request, Origin]


def asks(
    entry: Source, today: date, since: date | None, again: Collection[Origin] = (), held_until: date | None = None
) -> list[Ask]:
    """What is newer than `since` (none: everything), after what failed before (`again`); each part once.

    What failed is asked for as it was then, so that nothing it lacks is left out. Where it is no longer asked for under
    its name, what it lacks is unknown: then everything is asked for. A source that asks for so many periods at a time
    is then asked for slice after slice of those held, until `held_until`.
    """
    if since is None:
        return _slices(entry, today, held_until)
    found: list[Ask] = []
    taken: set[Any] = set()
    # what was asked for with the least at hand comes first: it holds what others of the same series ask for
    for before in sorted({origin.since for origin in again}, key=lambda day: day or date.min):
        parts = {origin.part for origin in again if origin.since == before}
        every = _requested(entry, before, today)
        failed = [request for request, _ in every if request.part in parts]
        if len(failed) < len(parts):
            return _slices(entry, today, held_until)
        series = {_series(request) for request in failed}
        found += _untaken((ask for ask in every if ask[0].part in parts or _series(ask[0]) in series), taken)
    return found + _untaken(_requested(entry, since, today), taken)


def _requested(entry: Source, since: date | None, today: date) -> list[Ask]:
    found = sources.module(entry).requests(entry, since, today)
    return [(request, Origin(request.part, since)) for request in found]


def _slices(entry: Source, today: date, until: date | None) -> list[Ask]:
    found = more = _requested(entry, None, today)
    asked = {request.url for request, _ in found}
    while until is not None and (newest := _newest(more)) is not None and newest < until:
        more = [(request, origin) for request, origin in _requested(entry, newest, today) if request.url not in asked]
        asked |= {request.url for request, _ in more}
        found = found + more
    return found


def _untaken(wanted: Iterable[Ask], taken: set[Any]) -> list[Ask]:
    """Those of which neither address, nor part, nor series is `taken`, as from now on they are."""
    found = [(r, origin) for r, origin in wanted if taken.isdisjoint((r.url, r.part, _series(r)))]
    taken.update(mark for request, _ in found for mark in (request.url, request.part, _series(request)))
    return found


def _series(request: Request) -> Any:
    """Which series a request with open periods is about: two such requests overlap. Else the part, which is its own."""
    others = {column: value for column, value in request.scope.items() if column != "period_start"}
    is_open = request.scope.get("period_start") is ... and bool(others) and ... not in others.values()
    return frozenset(others.items()) if is_open else request.part


def _newest(found: Iterable[Ask]) -> date | None:
    """The newest period that is named in what is asked for; none where it is not known beforehand."""
    periods = [request.scope.get("period_start") for request, _ in found]
    return max((period for period in periods if isinstance(period, date)), default=None)
