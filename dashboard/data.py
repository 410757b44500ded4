"""The one place that reads the store for the dashboard, and remembers what it read.

A request takes one `Snapshot` and reads everything from it, so that a refresh that ends meanwhile cannot mix two
states of the store in one answer.
"""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from threading import Lock
from typing import Final, Protocol

import pandas as pd
from duckdb import DuckDBPyConnection
from flask import current_app

from etl import __version__
from etl.catalog import Catalog
from etl.schema import ALL_SEGMENTS, WHOLE, WORLD
from etl.vintages import must_not_be_to_come

EXTENSION: Final = "stacktide"
"""Where the Flask app keeps its `Data`."""

_FRAMES_KEPT: Final = 32  # one is about 1 MB
_VINTAGES_KEPT: Final = 3  # each with as many frames


class Dated(Protocol):
    """What the dashboard needs of a commit; `etl.store.Commit` has it."""

    @property
    def at(self) -> pd.Timestamp:
        """When it was made (UTC, without zone)."""
        ...


class Observations(Protocol):
    """What the dashboard needs of the store; `etl.store.Store` has it."""

    def identity(self) -> str:
        """What no two stores share."""
        ...

    def version(self) -> int:
        """The newest version."""
        ...

    def version_on(self, day: date) -> int:
        """The version that was the newest at the end of a day (UTC)."""
        ...

    def kept(self) -> Sequence["Dated"]:
        """The commits whose states can be read, newest first."""
        ...

    def read(
        self,
        *,
        source: Sequence[str] = (),
        indicator: Sequence[str] = (),
        technology: Sequence[str] = (),
        region: Sequence[str] = (),
        segment: Sequence[str] = (),
        start: date | None = None,
        end: date | None = None,
        version: int | None = None,
    ) -> pd.DataFrame:
        """The observations that pass all filters."""
        ...

    def opened(self, version: int) -> AbstractContextManager[DuckDBPyConnection]:
        """A connection in which `observations` is the table in a version, with bounded memory."""
        ...

    def check(self, version: int) -> None:
        """Raises when a version is not, or no longer, there."""
        ...

    def summary(self, version: int | None = None) -> pd.DataFrame:
        """One row per source, indicator, technology, region and segment."""
        ...


class History(Protocol):
    """What the dashboard needs of the run history; `etl.runs.Runs` has it."""

    def retrieved_on(self, until: date | None = None) -> dict[str, date]:
        """The day on which each source was last fetched with success (and not after `until`), by source."""
        ...


class Installation(Protocol):
    """What the dashboard needs of a home folder; `etl.home.Home` has it."""

    @property
    def store(self) -> Observations:
        """The observations."""
        ...

    @property
    def runs(self) -> History:
        """The run history."""
        ...


class Snapshot:
    """One version of the store, read on demand and kept; every frame that it hands out is shared: never change one."""

    def __init__(self, store: Observations, catalog: Catalog, version: int, retrieved_on: Mapping[str, date]) -> None:
        self.catalog = catalog
        self.version = version
        self.retrieved_on = dict(retrieved_on)
        self._store = store
        self._frame = lru_cache(maxsize=_FRAMES_KEPT)(self._read)
        self._everywhere = lru_cache(maxsize=_FRAMES_KEPT)(self._spread)

    @cached_property
    def key(self) -> str:
        """Changes whenever an answer could: the version, and a digest of store, retrieval days, catalogue and release.

        A browser may keep for ever what an address with this key answered.
        """
        days = sorted((source, day.isoformat()) for source, day in self.retrieved_on.items())
        behind = [self._store.identity(), days, self.catalog.model_dump_json(), __version__]
        return f"{self.version}.{hashlib.sha256(json.dumps(behind).encode()).hexdigest()[:12]}"

    @cached_property
    def summary(self) -> pd.DataFrame:
        """What there is of catalogued indicators and technologies; keys as plain strings."""
        found = self._store.summary(self.version)
        known = found["indicator"].isin(list(self.catalog.indicator))
        known &= found["technology"].isin([*self.catalog.technology, WHOLE])
        keys = ["source", "indicator", "technology", "region", "segment"]
        return found[known].astype(dict.fromkeys(keys, "str")).reset_index(drop=True)

    @cached_property
    def _carried(self) -> dict[str, dict[tuple[str, str], frozenset[str]]]:
        found: dict[str, dict[tuple[str, str], frozenset[str]]] = {}
        for (indicator, region, segment), rows in self.summary.groupby(["indicator", "region", "segment"], sort=False):
            found.setdefault(str(indicator), {})[str(region), str(segment)] = frozenset(rows["technology"])
        return found

    def indicators(self) -> list[str]:
        """The indicators that have figures, in the order of the catalogue."""
        return [indicator for indicator in self.catalog.indicator if indicator in self._carried]

    def places(self, indicator: str) -> dict[tuple[str, str], frozenset[str]]:
        """(region, segment) -> the technologies with figures there (`all` for the whole), of one indicator.

        Where an indicator has both figures of technologies and wholes, places with nothing but a whole are left out.
        """
        places = self._carried.get(indicator, {})
        named = {place: technologies for place, technologies in places.items() if technologies != {WHOLE}}
        return named or places

    def technologies(self, indicator: str, region: str = WORLD, segment: str = ALL_SEGMENTS) -> frozenset[str]:
        """The technologies with figures in one place; empty when there are none."""
        return self._carried.get(indicator, {}).get((region, segment), frozenset())

    def frame(self, indicator: str, region: str = WORLD, segment: str = ALL_SEGMENTS) -> pd.DataFrame:
        """All observations of one indicator in one place: every catalogued technology, and the whole."""
        return self._frame(indicator, region, segment)

    def everywhere(self, indicator: str, technology: str) -> pd.DataFrame:
        """All observations of one technology (`all`: the whole) in one indicator, region by region, of everybody."""
        return self._everywhere(indicator, technology)

    def _spread(self, indicator: str, technology: str) -> pd.DataFrame:
        return self._store.read(
            indicator=[indicator], technology=[technology], segment=[ALL_SEGMENTS], version=self.version
        )

    def opened(self) -> AbstractContextManager[DuckDBPyConnection]:
        """A connection in which `observations` is this version of the table, with bounded memory."""
        return self._store.opened(self.version)

    def _read(self, indicator: str, region: str, segment: str) -> pd.DataFrame:
        rows = self._store.read(indicator=[indicator], region=[region], segment=[segment], version=self.version)
        return rows[rows["technology"].isin([*self.catalog.technology, WHOLE])].reset_index(drop=True)


class Data:
    """The store of `home`, in the words of `catalog`."""

    def __init__(
        self,
        home: Installation,
        catalog: Catalog,
        recheck_seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        """`recheck_seconds`: for how long the newest state may be taken for the newest, by the seconds of `clock`.

        Looking at the store takes 2 ms, far more than an answer that is finished already. `today` is the day in UTC,
        beyond which there is no state to ask for.
        """
        self._today = today
        self.home = home
        self.catalog = catalog
        self._recheck_seconds = recheck_seconds
        self._clock = clock
        self._last: Snapshot | None = None
        self._looked = -recheck_seconds
        self._vintages: OrderedDict[date, Snapshot] = OrderedDict()
        self._pinned: Snapshot | None = None
        self._lock = Lock()

    def version(self) -> int:
        """The newest version of the store."""
        return self.home.store.version()

    def snapshot(self, as_of: date | None = None) -> Snapshot:
        """The newest state, or the one at the end of the day `as_of` (UTC), with the retrieval days of then.

        It is the same object as long as nothing changed, so that what it read is read once. Names, licences and
        breaks are always those of today's catalogue.

        Raises StoreError when there is no store, UsageError when it has no state of that day
        or the day is to come.
        """
        newest = self._newest()
        if as_of is None:
            return newest
        must_not_be_to_come("`as_of`", as_of, self._today())
        version, retrieved_on = self.home.store.version_on(as_of), self.home.runs.retrieved_on(as_of)
        with self._lock:
            found = [newest, *self._vintages.values()]
            made = next((s for s in found if (s.version, s.retrieved_on) == (version, retrieved_on)), None)
            if made is None:
                made = Snapshot(self.home.store, self.catalog, version, retrieved_on)
            if made is not newest:
                self._vintages[as_of] = made
                self._vintages.move_to_end(as_of)
                while len(self._vintages) > _VINTAGES_KEPT:
                    self._vintages.popitem(last=False)
        return made

    def state(self, version: int) -> Snapshot:
        """One version of the store, with the newest retrieval days.

        Raises NotKeptError when it is no longer kept, UsageError when there is none such yet.
        """
        newest = self._newest()
        if version == newest.version:
            return newest
        found = self._pinned
        if found is None or (found.version, found.retrieved_on) != (version, newest.retrieved_on):
            self.home.store.check(version)
            found = self._pinned = Snapshot(self.home.store, self.catalog, version, newest.retrieved_on)
        return found

    def _newest(self) -> Snapshot:
        now, last = self._clock(), self._last
        if last is not None and now - self._looked < self._recheck_seconds:
            return last
        version, retrieved_on = self.version(), self.home.runs.retrieved_on()
        if last is None or last.version != version or last.retrieved_on != retrieved_on:
            last = self._last = Snapshot(self.home.store, self.catalog, version, retrieved_on)
        self._looked = now
        return last


def current() -> Data:
    """The data of the Flask app that answers the request."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Data)
    return found
