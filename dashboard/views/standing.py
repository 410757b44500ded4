"""Where a technology stands: by construct, the indicator that tells most of it, its figure, place, and momentum."""

import math
from collections.abc import Sequence
from typing import Any, Final, cast

import numpy as np
import pandas as pd

from dashboard.analysis.basis import ORDER, of_frameworks, of_languages
from dashboard.analysis.carriers import best, carriers
from dashboard.analysis.evidence import Reading
from dashboard.analysis.figures import Figures
from dashboard.analysis.share import has_parts
from dashboard.analysis.wilson import FEWEST_ASKED, wilson
from dashboard.data import Snapshot
from dashboard.views import readings
from dashboard.views.kept import once
from dashboard.views.words import period, plain, plural
from etl.catalog import Technology, UseCase
from etl.schema import ALL_SEGMENTS, WORLD

Row = dict[str, Any]

CONSTRUCTS: Final = (*ORDER, "learning interest", "benchmark speed", "health")
COURSE_YEARS: Final = 5

_OLD_YEARS: Final = 2.0
_STEP: Final = {"D": 30, "W": 4}
"""Periods between two points of a small picture: there is no room for each."""
_NO_SHARE: Final = "no share to take a slope of"
_ALONE: Final = "the source has figures of it alone: nothing to compare with"
_Place = tuple[int, int, bool]


def indicators(snapshot: Snapshot, technology: Technology) -> list[str]:
    """The indicators that tell most of a technology, by construct; of installs that of each registry.

    Languages are judged by sources that count languages, all else by those that count labels, packages and posts,
    as on the ladder of a use case; where neither speaks, by the best that there is.
    """
    chosen = of_languages if technology.kind == "language" else of_frameworks
    here = once(snapshot, ("worldwide",), lambda: _worldwide(snapshot))
    found = chosen(here, snapshot.catalog, [technology.id])
    told = {snapshot.catalog.indicator[i].construct for i in found}
    rest = best(carriers(here, snapshot.catalog, [technology.id]))
    found += [indicator for construct, indicator in rest.items() if construct not in told]
    return sorted(found, key=lambda i: CONSTRUCTS.index(snapshot.catalog.indicator[i].construct))


def _worldwide(snapshot: Snapshot) -> pd.DataFrame:
    """What there is of everybody, worldwide: a fraction of all that there is."""
    found = snapshot.summary
    return found[(found["region"] == WORLD) & (found["segment"] == ALL_SEGMENTS)]


def standing(snapshot: Snapshot, technology: Technology, use_case: UseCase | None) -> list[Row]:
    """One row per construct (and registry), people first; figures are worldwide, of complete periods, of everybody.

    A row: construct, indicator, title, source, unit, period (in words), since_newest (years that the figure is older
    than the newest in the store, from two on), value, is_share, share, share_of, low, high (percent), sample_size, few
    (why a figure is not shown), place (place, of, tied) among those of its kind, place_inside (the same within the use
    case), momentum, momentum_low, momentum_high, tier, years, momentum_of, no_momentum, course, caveat. None: there is
    none.
    """
    catalog = snapshot.catalog
    kind = tuple(t.id for t in catalog.technologies if t.kind == technology.kind)
    inside = tuple(t for t in kind if use_case is not None and use_case.id in catalog.technology[t].use_cases)
    newest = pd.Timestamp(snapshot.summary["last"].max())
    rows = []
    for indicator in indicators(snapshot, technology):
        found = readings.read(snapshot, indicator)
        when = found.now.newest([technology.id])
        if when is not None:  # all of its figures may be of an unfinished period
            rows.append(_row(snapshot, technology, found, (when, newest), (kind, inside), use_case))
    return rows


def _row(
    snapshot: Snapshot,
    technology: Technology,
    found: Reading,
    times: tuple[pd.Timestamp, pd.Timestamp],
    among: tuple[tuple[str, ...], tuple[str, ...]],
    use_case: UseCase | None,
) -> Row:
    f, now, (when, newest), (kind, inside) = found.figures, found.now, times, among
    indicator = f.indicator
    values = pd.Series(now.values.loc[when])
    shares = now.shares
    share = plain(shares.loc[when, technology.id]) if shares is not None else None
    asked = plain(now.samples.loc[when, technology.id])
    small = asked is not None and asked < FEWEST_ASKED
    low, high = _interval(share, asked)
    behind = (newest - when).days / 365.25
    told = indicator.unit if indicator.is_share else indicator.whole_title
    ranked = indicator.construct != "health"
    return {
        "construct": indicator.construct,
        "indicator": indicator.id,
        "title": indicator.title,
        "source": f.source.title,
        "unit": indicator.unit,
        "period": _when(when, indicator.frequency, found.together),
        "since_newest": round(behind, 1) if behind >= _OLD_YEARS else None,
        "value": None if small else plain(values[technology.id]),
        "is_share": indicator.is_share,
        "share": None if small else share,
        "share_of": told if share is not None else None,
        "low": None if small else low,
        "high": None if small else high,
        "sample_size": asked,
        "few": f"fewer than {FEWEST_ASKED} were asked" if small else None,
        "place": _place(values, technology.id, kind, indicator.is_rank) if ranked and not small else None,
        "place_inside": _place(values, technology.id, inside, indicator.is_rank) if ranked and not small else None,
        **_momentum(snapshot, f, technology, inside or kind, use_case),
        "caveat": f.source.caveat,
    }


def _when(when: pd.Timestamp, frequency: str, together: int) -> str:
    last = period(when, frequency)
    return last if together == 1 else f"{together} months to {last}"


def _interval(share: float | None, asked: float | None) -> tuple[float | None, float | None]:
    """The Wilson interval of a share of `asked` posts or respondents."""
    if share is None or asked is None:
        return None, None
    found = wilson(pd.Series([share]), pd.Series([asked])).iloc[0]
    return plain(found["low"]), plain(found["high"])


def _place(values: pd.Series, technology: str, among: Sequence[str], lowest: bool) -> _Place | None:
    """The place among those that have a figure in the same period; none where it is alone."""
    field = values.reindex([t for t in among if t in values.index]).dropna()
    if technology not in field.index or len(field) < 2:
        return None
    mine = field[technology]
    better = int((field < mine).sum() if lowest else (field > mine).sum())
    return better + 1, len(field), bool((field == mine).sum() > 1)


def _momentum(
    snapshot: Snapshot, f: Figures, technology: Technology, comparables: tuple[str, ...], use_case: UseCase | None
) -> Row:
    """The momentum of the source's share; where accounts or labels only grow, of the share among comparables."""
    labels = f.indicator.names == "topic"  # of all accounts, which only grow, nearly every label falls
    inside = technology.kind != "language" and (labels or f.shares is None)
    members = comparables if inside else ()
    shares, stretch, reason, of = f.shares, f.stretch, None, ""
    if not has_parts(f.indicator):
        reason, shares = "", None
    elif inside:
        inner = readings.within(snapshot, f, members)
        shares, stretch = inner.values, inner.stretch
        reason = _ALONE if len(shares.columns) < 2 else None
        of = f"of all counted for the {len(shares.columns)} {field_words(technology, use_case)} with figures"
    elif shares is None:
        reason = _NO_SHARE
    else:
        of = f.indicator.unit if f.indicator.is_share else cast(str, f.indicator.whole_title)
    drawn = shares if shares is not None and reason is None else f.values
    row: Row = {"course": _course(f, drawn[technology.id], stretch), "years": readings.window(f), "momentum_of": of}
    untold = dict.fromkeys(("momentum", "momentum_low", "momentum_high", "tier"))
    if reason is not None:
        return {**row, **untold, "no_momentum": reason}
    table = readings.moved(snapshot, f.indicator.id, members)
    if technology.id not in table.index:
        return {**row, **untold, "no_momentum": _NO_SHARE}
    one = table.loc[technology.id]
    return {
        **row,
        "momentum": plain(one["slope"]),
        "momentum_low": plain(one["low"]),
        "momentum_high": plain(one["high"]),
        "tier": one["tier"],
        "no_momentum": one["reason"],
    }


def _course(f: Figures, values: pd.Series, stretches: np.ndarray) -> list[float | None]:
    """The last years of a series, with a hole at each severing break."""
    filled = np.flatnonzero(values.notna().to_numpy())
    if not len(filled):
        return []
    last = int(filled[-1])
    first = int(values.index.searchsorted(values.index[last] - pd.DateOffset(years=COURSE_YEARS)))
    kept: list[float | None] = []
    stretch = None
    for i in range(last, first - 1, -_STEP.get(f.indicator.frequency, 1)):
        if stretch is not None and stretches[i] != stretch:
            kept.append(None)
        stretch = stretches[i]
        kept.append(None if math.isnan(values.iloc[i]) else float(values.iloc[i]))
    return kept[::-1]


def field_words(technology: Technology, use_case: UseCase | None) -> str:
    """What a technology is compared with: `frameworks for Web back end`, `databases`."""
    kinds = plural(technology.kind)
    inside = use_case is not None and use_case.title.casefold() != kinds
    return f"{kinds} for {use_case.title}" if use_case is not None and inside else kinds
