"""What moved most over the last year: by construct, the shares whose interval leaves out zero, steepest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard.analysis.basis import LANGUAGES_ALONE, OF_LANGUAGES, ORDER, SENTIMENT
from dashboard.analysis.breaks import in_span
from dashboard.analysis.carriers import carriers
from dashboard.analysis.cases import FEWEST_PEOPLE
from dashboard.analysis.figures import Figures
from dashboard.analysis.linked import Within
from dashboard.analysis.momentum import momenta
from dashboard.analysis.share import within
from dashboard.analysis.sparkline import sparklines
from dashboard.charts import colours
from dashboard.data import Snapshot
from dashboard.views import readings
from dashboard.views.kept import once
from dashboard.views.words import period
from etl.catalog import Catalog, Indicator, Kind

YEARS: Final = 1
MOST: Final = 5
SMALL_PERCENT: Final = 1.0
"""Of the largest share: what is smaller doubles and halves by little, and is left out."""
CURRENT_YEARS: Final = 1.5
"""Figures that are older tell nothing of the last year."""
FEWEST_COMPARED: Final = 8
"""Of fewer technologies nothing is the most."""
_PERIODS: Final = {"D": 365, "W": 104, "M": 24, "Q": 12, "Y": 6}
_SPANS: Final = {"D": "1 year", "W": "2 years", "M": "2 years", "Q": "3 years", "Y": "6 years"}
_TRIED: Final = 3

GROUPS: Final[tuple[tuple[str, tuple[Kind, ...]], ...]] = (
    ("Languages", ("language",)),
    ("Frameworks, libraries and tools", ("framework", "library", "tool", "platform", "database")),
)
CONSTRUCTS: Final = ("people", "learning interest", *(c for c in ORDER if c != "people"))


@dataclass(frozen=True)
class Moved:
    """One indicator: `rows` as `components.ranking_table` takes them, steepest first, and who is left out."""

    group: str
    construct: str
    indicator: str
    title: str
    source: str
    period: str
    of: str
    caveat: str
    course: str
    breaks: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    steady: int
    small: int
    untold: int


@dataclass(frozen=True)
class Movers:
    """`silent` are (group, construct, why) for constructs of which nothing can be said."""

    found: tuple[Moved, ...]
    silent: tuple[tuple[str, str, str], ...]


def movers(snapshot: Snapshot) -> Movers:
    """What moved most worldwide, made once per state of the store."""
    return once(snapshot, ("movers",), lambda: _movers(snapshot))


def _movers(snapshot: Snapshot) -> Movers:
    found: list[Moved] = []
    silent: list[tuple[str, str, str]] = []
    for group, kinds in GROUPS:
        members = [t.id for t in snapshot.catalog.technologies if t.kind in kinds]
        allowed = [i.id for i in snapshot.catalog.indicator.values() if _speaks(i, kinds) and i.id not in SENTIMENT]
        table = carriers(snapshot.summary, snapshot.catalog, members)
        for construct in CONSTRUCTS:
            names = table[(table["construct"] == construct) & table["indicator"].isin(allowed)]
            made = _first(snapshot, group, members, names)
            if isinstance(made, Moved):
                found.append(made)
            else:
                silent.append((group, construct, made))
    return Movers(tuple(found), tuple(silent))


def _speaks(indicator: Indicator, kinds: tuple[Kind, ...]) -> bool:
    """Whether an indicator speaks of the use of such technologies; a label tells nothing of that of a language."""
    return indicator.names in OF_LANGUAGES if "language" in kinds else indicator.names != LANGUAGES_ALONE


def _first(snapshot: Snapshot, group: str, members: Sequence[str], names: pd.DataFrame) -> Moved | str:
    """The best carrying indicator of a construct that tells of the last year, or why none does."""
    if names.empty:
        return "no source counts them"
    current = names[names["behind"] <= CURRENT_YEARS]
    if current.empty:
        best = names.iloc[0]
        title = snapshot.catalog.indicator[best["indicator"]].title
        return f"the newest figures, {title}, are of {best['last']:%Y-%m}"
    reasons = []
    for indicator in current["indicator"].head(_TRIED):
        made = _moved(snapshot, group, members, indicator)
        if isinstance(made, Moved):
            return made
        reasons.append(f"{snapshot.catalog.indicator[indicator].title}: {made}")
    return reasons[0]


def _moved(snapshot: Snapshot, group: str, members: Sequence[str], indicator: str) -> Moved | str:
    f = readings.read(snapshot, indicator).figures
    found, of = _shares(snapshot, f, members, group)
    if found is None:
        return "gives no whole to take shares of"
    shares = found.values
    if shares.shape[1] < FEWEST_COMPARED:
        return f"carries {shares.shape[1]} of them: too few to say which moved most"
    filled = shares.dropna(how="all")
    last, when = filled.iloc[-1].dropna(), pd.Timestamp(filled.index[-1])
    enough = last >= SMALL_PERCENT / 100 * last.max()
    if f.indicator.construct == "people" and not f.indicator.is_share:
        enough &= f.values.loc[when, list(last.index)] >= FEWEST_PEOPLE
    large = [str(t) for t in last.index[enough]]
    # the tiers look at the largest share of all, which is among them
    table = momenta(shares[large], found.stretch, f.indicator.frequency, [YEARS], f.indicator.sparse, found.begun)
    known = table[table["slope"].notna()]
    if known.empty:
        return str(table["reason"].iloc[0]) if len(table) else "has no figure now"
    moving = known[known["tier"] != "steady"]
    moving = moving.reindex(moving["slope"].abs().sort_values(ascending=False).index).head(MOST)
    return Moved(
        group=group,
        construct=f.indicator.construct,
        indicator=indicator,
        title=f.indicator.title,
        source=f.source.title,
        period=period(when, f.indicator.frequency),
        of=of,
        caveat=f.source.caveat,
        course=span(f),
        breaks=_breaks(f, when),
        rows=tuple(_rows(moving, found, last, f, snapshot.catalog)),
        steady=int((known["tier"] == "steady").sum()),
        small=len(last) - len(large),
        untold=len(table) - len(known),
    )


def _shares(snapshot: Snapshot, f: Figures, members: Sequence[str], group: str) -> tuple[Within | None, str]:
    """Shares of the source's whole; of labels, which only grow, and where there is no whole, of the group."""
    ours = f.carried(members)
    labels = f.indicator.names == "topic"
    if f.shares is not None and not labels:
        of = f.indicator.unit if f.indicator.is_share else f.indicator.whole_title or "percent"
        return Within(f.shares[ours], f.stretch), of
    found = within(f.values, ours, f.indicator, f"“{group}”")
    return (None, "") if found is None else (readings.within(snapshot, f, ours), found.of)


def _breaks(f: Figures, until: pd.Timestamp) -> tuple[str, ...]:
    """The breaks in the span, each in a sentence; those that sever end it."""
    periods = pd.DatetimeIndex(f.values.index)
    span = periods[(periods >= until - pd.DateOffset(years=YEARS)) & (periods <= until)]
    return tuple(f"{b.date}: {b.what}" for b in in_span(f.breaks, span, f.indicator.frequency))


def _rows(moving: pd.DataFrame, shares: Within, last: pd.Series, f: Figures, catalog: Catalog) -> list[dict[str, Any]]:
    styles = colours.styles(catalog, moving["technology"])
    drawn = courses(shares.values[list(moving["technology"])], shares.stretch, f)
    return [
        {
            "id": row["technology"],
            "name": catalog.technology[row["technology"]].name,
            "rank": place,
            "value": float(last[row["technology"]]),
            "momentum": row["slope"],
            "momentum_low": row["low"],
            "momentum_high": row["high"],
            "tier": row["tier"],
            "course": drawn.get(row["technology"], []),
            "colour": styles[row["technology"]][0],
        }
        for place, row in enumerate(moving.to_dict("records"), start=1)
    ]


def span(f: Figures) -> str:
    """How long the small pictures of `courses` reach back."""
    return "Course" if f.indicator.sparse else _SPANS[f.indicator.frequency]


def courses(values: pd.DataFrame, stretches: np.ndarray, f: Figures) -> dict[str, list[float | None]]:
    """Technology -> the last figures of its series for a small picture, with a hole where its line is cut."""
    found: dict[str, list[float | None]] = {}
    drawn = sparklines(values, stretches, _PERIODS[f.indicator.frequency])
    for technology, points in drawn.groupby("technology", sort=False):
        course: list[float | None] = []
        for _, piece in points.groupby("piece"):
            course += [None] if course else []
            course += [float(v) for v in piece["value"]]
        found[str(technology)] = course
    return found
