"""What the examples of the methods are computed from: of the indicators with figures, those that show each best."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import pandas as pd

from dashboard.analysis.basis import ORDER, of_frameworks
from dashboard.analysis.figures import Figures
from dashboard.analysis.ladder import KINDS, home_language
from dashboard.data import Snapshot
from dashboard.views import readings
from etl.catalog import Indicator

_CONSTRUCTS: Final = (*ORDER, "learning interest")
_FEWEST: Final = 3


def found(snapshot: Snapshot, fits: Callable[[Indicator], bool], works: Callable[[Figures], bool]) -> Figures | None:
    """The figures of the first indicator, people first, of which both are true; `works` reads it."""
    return next((f for f in every(snapshot, fits) if works(f)), None)


def every(snapshot: Snapshot, fits: Callable[[Indicator], bool]) -> Iterator[Figures]:
    """The figures of all indicators of which `fits` is true, people first; each is read when its turn comes."""
    known = [snapshot.catalog.indicator[i] for i in snapshot.indicators()]
    by_construct = [i for construct in _CONSTRUCTS for i in known if i.construct == construct]
    for indicator in by_construct:
        if fits(indicator):
            yield readings.read(snapshot, indicator.id).figures


def regular(indicator: Indicator) -> bool:
    """Whether it comes month by month or quarter by quarter and has shares."""
    return indicator.frequency in ("M", "Q") and not indicator.sparse and (indicator.is_share or bool(indicator.whole))


def counted(indicator: Indicator) -> bool:
    """Whether it counts, beside a whole to take shares of."""
    return regular(indicator) and not indicator.is_share


def enough(f: Figures) -> bool:
    """Whether three technologies have a share in the newest period."""
    return len(top(f)) >= _FEWEST


def newest(f: Figures) -> pd.Timestamp:
    """The newest period with shares; there must be one."""
    assert f.shares is not None
    return pd.Timestamp(f.shares.dropna(how="all").index[-1])


def top(f: Figures, most: int = _FEWEST) -> pd.Series:
    """Technology -> share in the newest period with shares, largest first."""
    shares = f.shares
    if shares is None:
        return pd.Series(dtype="float64")
    filled = shares.dropna(how="all")
    if filled.empty:
        return pd.Series(dtype="float64")
    return pd.Series(filled.iloc[-1].dropna().sort_values(ascending=False, kind="stable").head(most))


def use_case(snapshot: Snapshot) -> tuple[str, str, Mapping[str, list[str]]] | None:
    """The first use case whose languages can be compared: its id, the indicator, its technologies by language."""
    catalog = snapshot.catalog
    for case in catalog.use_cases:
        groups: dict[str, list[str]] = {}
        for t in catalog.technologies:
            language = home_language(t, catalog) if case.id in t.use_cases and t.kind in KINDS else None
            if language is not None:
                groups.setdefault(language, []).append(t.id)
        ours = [t for members in groups.values() for t in members]
        for indicator in of_frameworks(snapshot.summary, catalog, ours):
            now = readings.read(snapshot, indicator).now
            if catalog.indicator[indicator].construct != "installs" and len(now.latest(ours)) >= _FEWEST:
                return case.id, indicator, groups
    return None
