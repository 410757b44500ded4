"""What Compare says in sentences: who comes first where, how far sources agree, what would change the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from dashboard.analysis.conflict import independent
from dashboard.data import Snapshot
from dashboard.views import readings
from dashboard.views.compare_evidence import Comparison, Standing
from dashboard.views.words import REGISTRIES, listed, period, significant, years
from etl.catalog import Indicator

Names = Mapping[str, str]

_OLD_DAYS: Final = 550
_AGREE: Final = 0.7
_WEAK: Final = 0.4


@dataclass(frozen=True)
class Lead:
    """Who comes first in one indicator: the chosen that have figures, best first; several `first` where they tie."""

    standing: Standing
    first: tuple[str, ...]
    order: tuple[str, ...]


def leads(found: Comparison) -> list[Lead]:
    """The first of the chosen in every indicator that holds at least two of them."""
    made = []
    for standing in found.shared():
        places = standing.rows["place"].reindex([t for t in found.chosen if standing.tells(t)])
        order = places.sort_values(kind="stable")
        first = tuple(str(t) for t in order.index[order == order.iloc[0]])
        made.append(Lead(standing, first, tuple(str(t) for t in order.index)))
    return made


def question(names: Sequence[str], use_case: str | None) -> str:
    """`Django, Flask or FastAPI for Web back end?`"""
    head = f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0] if names else "Which technologies"
    return f"{head} for {use_case}?" if use_case else f"{head}?"


def verdict(found: Comparison, names: Names) -> str:
    """Who comes first in how many indicators, with their constructs."""
    made = leads(found)
    if not made:
        return "No indicator holds two of them: there is nothing to compare."
    wins = {t: [_construct(lead) for lead in made if t in lead.first] for t in found.chosen}
    order = sorted((t for t in found.chosen if wins[t]), key=lambda t: -len(wins[t]))
    if len(order) == 1:
        all_of = "the one indicator" if len(made) == 1 else f"all {len(made)} indicators"
        return f"{names[order[0]]} comes first in {all_of} that hold{'s' if len(made) == 1 else ''} two of them."
    told = [
        f"{names[t]} {'comes first in ' if i == 0 else 'in '}{len(wins[t])}"
        f"{f' of {len(made)} indicators' if i == 0 else ''} ({listed(wins[t])})"
        for i, t in enumerate(order)
    ]
    shared = any(len(lead.first) > 1 for lead in made)
    return f"{'; '.join(told)}{'; shared first places count for each' if shared else ''}."


def _construct(lead: Lead) -> str:
    """Installs are those of one registry, and tell nothing of another's."""
    indicator = lead.standing.indicator
    registry = _registry(indicator)
    return f"{indicator.construct} from {registry}" if registry else indicator.construct


def _registry(indicator: Indicator) -> str | None:
    return REGISTRIES[indicator.names] if indicator.construct == "installs" and indicator.names else None


def agreement(found: Comparison, snapshot: Snapshot) -> str:
    """How far the sources agree, by their pairs; two counts of the same thing agree of themselves, and tell nothing."""
    known = independent(found.conflict.pairs)
    if known.empty:
        return (
            "No two sources of different origin hold five of the technologies that are compared: their agreement "
            "cannot be told."
        )
    median = float(known["tau"].median())
    word = "agree well" if median >= _AGREE else "agree in part" if median >= _WEAK else "hardly agree"
    worst = known.iloc[0]
    titles = [snapshot.catalog.indicator[str(worst[side])].title for side in ("first", "second")]
    pairs = "one pair" if len(known) == 1 else f"{len(known)} pairs"
    apart = f", figures {years(worst['years_apart'])} apart" if worst["years_apart"] >= 1 else ""
    return (
        f"Sources {word}: Kendall tau {significant(median, 2)} in the middle of {pairs} of different origin "
        f"(1: the same order, 0: none, -1: reversed). Furthest apart are {titles[0]} and {titles[1]}: "
        f"{significant(float(worst['tau']), 2)} over {int(worst['n'])} technologies{apart}."
    )


def changes(found: Comparison, names: Names, snapshot: Snapshot) -> list[str]:
    """What would change the answer, one sentence each: close calls, old figures, what no source holds."""
    made = leads(found)
    told = [*_margin(made, found, names)]
    for lead in made:
        told += _close(lead, names)
    newest = pd.Timestamp(snapshot.summary["last"].max())
    for lead in made:
        standing = lead.standing
        if (newest - standing.period).days > _OLD_DAYS:
            when = period(standing.period, standing.indicator.frequency)
            ended = standing.read.figures.source.cadence == "ended"
            told.append(
                f"{_title(standing)}: the newest figures are of {when}"
                f"{', and the source has ended' if ended else ''}; newer ones could say otherwise."
            )
    return told + [_without(t, found, names[t], snapshot) for t in found.chosen if _lacking(t, found)]


def _lacking(technology: str, found: Comparison) -> list[Standing]:
    return [s for s in found.shared() if technology not in s.rows.index]


def _without(technology: str, found: Comparison, name: str, snapshot: Snapshot) -> str:
    """Which indicators place others and not this one; a registry that counts it, and none of the others, is named."""
    titles = listed(s.indicator.title for s in _lacking(technology, found))
    told = f"{name} is not in the newest figures of {titles}: that is no place, not the last one."
    possible = dict.fromkeys([*(s.indicator.id for s in found.standings), *found.alone])
    registries = [
        registry
        for i in possible
        if (registry := _registry(snapshot.catalog.indicator[i]))
        and list(readings.read(snapshot, i).now.latest(found.chosen).index) == [technology]
    ]
    if not registries:
        return told
    count = "counts" if len(registries) == 1 else "count"
    return f"{told} Of those compared, {listed(registries)} {count} {name} alone."


def _title(standing: Standing) -> str:
    return f"{standing.indicator.construct.capitalize()} ({standing.indicator.title})"


def _margin(made: Sequence[Lead], found: Comparison, names: Names) -> list[str]:
    wins = {t: sum(t in lead.first for lead in made) for t in found.chosen}
    order = sorted(found.chosen, key=lambda t: -wins[t])
    if len(order) < 2 or not wins[order[0]]:
        return []
    apart = wins[order[0]] - wins[order[1]]
    if apart == 0:
        tied = [names[t] for t in order if wins[t] == wins[order[0]]]
        return [f"{listed(tied)} come first equally often: which construct matters to you decides."]
    need = apart // 2 + 1
    indicators = "one indicator" if need == 1 else f"{need} indicators"
    first, second = names[order[0]], names[order[1]]
    return [f"If {indicators} in which {first} comes first had {second} first, {second} would come first more often."]


def _close(lead: Lead, names: Names) -> list[str]:
    """Two at the top whose order chance or the present course could turn."""
    standing, rows = lead.standing, lead.standing.rows
    if len(lead.first) > 1:
        return [f"{_title(standing)}: {listed(names[t] for t in lead.first)} share the place."]
    one, two = lead.order[0], lead.order[1]
    told = []
    if pd.notna(rows["low"][one]) and pd.notna(rows["high"][two]) and rows["low"][one] <= rows["high"][two]:
        told.append(
            f"{_title(standing)}: the 95 % intervals of {names[one]} ({_between(rows, one)} %) and {names[two]} "
            f"({_between(rows, two)} %) overlap; chance alone may order them."
        )
    gains = rows["momentum_low"][two] > rows["momentum_high"][one]
    if bool(gains):
        until = period(standing.period, standing.indicator.frequency)
        told.append(
            f"{_title(standing)}: {names[two]} gained on {names[one]} until {until}, "
            "beyond the intervals of their slopes."
        )
    return told


def _between(rows: pd.DataFrame, technology: str) -> str:
    return f"{significant(rows['low'][technology], 3)} to {significant(rows['high'][technology], 3)}"
