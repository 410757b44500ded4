"""The charts of Compare: the profile by construct, trends side by side, places by source."""

import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd

from dashboard.analysis.benchmark import percentile
from dashboard.charts import colours, dots, places
from dashboard.data import Data, Snapshot
from dashboard.selection import Selection
from dashboard.selection.url import Value
from dashboard.views.compare_evidence import Comparison, Standing
from dashboard.views.files import behind
from dashboard.views.trends import trend_card
from dashboard.views.words import listed, period, significant
from etl.catalog import Indicator, Source

Card = dict[str, Any]
Names = Mapping[str, str]

TRENDS: Final = (
    "people",
    "installs",
    "installs-2",
    "installs-3",
    "questions-asked",
    "hiring",
    "survey-use-and-sentiment",
    "code-activity",
    "learning-interest",
)
"""The cards of trends, one per construct; installs have one per registry."""
EMPTY: Final[Card] = {"figure": {"data": [], "layout": {}}, "sentence": "", "title": "", "subtitle": ""}
"""A card that is hidden."""
_LINE: Final = 19


def profile(found: Comparison, snapshot: Snapshot, names: Names, where: str, as_of: date | None) -> Card:
    """Where each construct puts the chosen among all that are compared."""
    rows = []
    for i, standing in enumerate(found.standings):
        percentiles = percentile(standing.rows["value"], lowest=standing.indicator.is_rank)
        rows += [
            {"row": i, "technology": t, "percentile": percentiles[t], "said": said(standing, t)}
            for t in found.chosen
            if standing.tells(t)
        ]
    frame = pd.DataFrame(rows, columns=["row", "technology", "percentile", "said"])
    labels = [wrapped(_label(s, found)) for s in found.standings]
    table = [
        {
            "evidence": f"{s.indicator.construct}: {s.indicator.title}",
            "period": period(s.period, s.indicator.frequency),
            "of": s.of,
            **{t: int(s.records[t]["place"]) if s.tells(t) else None for t in found.chosen},
        }
        for s in found.standings
    ]
    columns = [
        {"field": "evidence", "headerName": "Evidence", "type": "text"},
        {"field": "period", "headerName": "Period", "type": "text"},
        *({"field": t, "headerName": f"{names[t]}, place", "type": "number"} for t in found.chosen),
        {"field": "of", "headerName": "Of", "type": "number"},
    ]
    missing = [_absent(s, found, names) for s in found.standings]
    missing += [
        f"{snapshot.catalog.indicator[i].title} holds one technology of this comparison alone: it gives no place."
        for i in found.alone
    ]
    note = combined(snapshot, [(s.indicator, s.period) for s in found.standings], "Places by construct")
    note |= {
        "how_to_read": dots.HOW_TO_READ,
        "means": f"The place of each technology among {where}, in the newest complete period of the indicator that "
        "carries most of the chosen; installs stay inside one registry.",
        "does_not_mean": "Rows are not added up: each stands for something else.",
        "unit": "percent of the others that it is ahead of (ties count half)",
        "missing": [each for each in missing if each],
    }
    return {
        "figure": dots.figure(frame, labels, names, colours_of(snapshot, found)),
        "table": {"columns": columns, "rows": table},
        "note": note,
        "sentence": _profile_sentence(found, names),
        "title": "Places by construct",
        "subtitle": f"Percent of the others that each is ahead of, among {where}; 100 is the first",
        "downloads": _behind_places(found, snapshot, as_of),
        "filename": f"stacktide-compare-{'-'.join(found.chosen)}",
        "message": None if len(frame) else _nothing("No indicator places them", "Choose others, or another use case."),
    }


def _behind_places(found: Comparison, snapshot: Snapshot, as_of: date | None) -> dict[str, Any]:
    """The newest figures of all that the chosen are placed among, those of pooled months, too."""
    if not found.standings:
        return {}
    starts = [s.period - pd.DateOffset(months=s.read.together - 1) for s in found.standings]
    return behind(snapshot, [s.indicator.id for s in found.standings], found.comparables, min(starts), as_of)


def said(standing: Standing, technology: str) -> str:
    """One figure in words: place, percent with its interval, period."""
    row = standing.records[technology]
    text = f"{standing.indicator.title}<br>place {int(row['place'])} of {standing.of}"
    text += ", shared" if row["tied"] else ""
    percent = row["share" if standing.published else "share_within"]
    if pd.notna(percent):
        text += f"<br>{significant(float(percent), 3)} %"
        if pd.notna(row["low"]) and standing.published:
            text += f" ({significant(row['low'], 3)} to {significant(row['high'], 3)})"
    return f"{text}<br>{period(standing.period, standing.indicator.frequency)}"


def trends(data: Data, found: Comparison, selection: Selection) -> dict[str, Card]:
    """The course of the chosen in the indicator of each construct; a card without an indicator is hidden."""
    snapshot = data.snapshot(selection.as_of)
    indicators = [*(s.indicator.id for s in found.standings), *found.alone]
    cards: dict[str, Card] = dict.fromkeys(TRENDS, EMPTY)
    free = list(TRENDS)
    for name in indicators:
        indicator = snapshot.catalog.indicator[name]
        slug = indicator.construct.replace(" ", "-")
        slot = next((each for each in free if each == slug or each.startswith(f"{slug}-")), None)
        if slot is None:
            continue
        free.remove(slot)
        # as share of all accounts, whose number only grows, nearly everything falls
        value: Value | None = "absolute" if indicator.construct == "people" else None
        answer = trend_card(
            data, Selection(technology=found.chosen, indicator=name, value=value, as_of=selection.as_of)
        )
        construct = indicator.construct[:1].upper() + indicator.construct[1:]
        cards[slot] = {**answer, "title": construct, "subtitle": f"{answer['title']}. {answer['subtitle']}"}
    return cards


def conflict(found: Comparison, snapshot: Snapshot, names: Names, agreement: str, as_of: date | None) -> Card:
    """The places that each source gives the chosen among themselves."""
    ranks = found.conflict.ranks
    ranks = ranks[ranks["among"] > 1]
    indicators = list(dict.fromkeys(ranks["indicator"]))
    catalog = snapshot.catalog
    frame = ranks.assign(row=ranks["indicator"].map({name: i for i, name in enumerate(indicators)}))
    frame = frame.rename(columns={"place": "place_all", "of": "of_all"})
    frame = frame.rename(columns={"place_among": "place", "among": "of"})
    whens = [period(at, catalog.indicator[i].frequency) for at, i in _periods(frame)]
    frame["said"] = [
        f"{catalog.indicator[i].title}<br>place {p} of {n} here, {q} of {m} of all<br>{when}"
        for i, p, n, q, m, when in zip(
            frame["indicator"], frame["place"], frame["of"], frame["place_all"], frame["of_all"], whens, strict=True
        )
    ]
    labels = [wrapped(f"{catalog.indicator[i].construct}: {catalog.source_of[i].title}") for i in indicators]
    orders = [_order(frame[frame["indicator"] == i], names) for i in indicators]
    titles = [catalog.indicator[i].title for i in indicators]
    rows = [
        {
            "evidence": f"{catalog.indicator[str(i)].construct}: {catalog.indicator[str(i)].title}",
            **{str(t): int(p) for t, p in zip(ours["technology"], ours["place"], strict=True)},
        }
        for i, ours in frame.groupby("indicator", sort=False)
    ]
    columns = [{"field": "evidence", "headerName": "Source", "type": "text"}]
    columns += [{"field": t, "headerName": f"{names[t]}, place", "type": "number"} for t in found.chosen]
    newest = {i: at for at, i in _periods(frame)}
    note = combined(snapshot, [(catalog.indicator[i], newest[i]) for i in indicators], "Places by source")
    note |= {
        "how_to_read": places.HOW_TO_READ,
        "means": "The order of the chosen in the newest figures of each source; up to two sources per construct.",
        "unit": "place among the chosen that the source carries",
    }
    silent = (
        None
        if len(indicators) > 1
        else _nothing("Too few sources", "Fewer than two sources hold two of them: nothing can disagree.")
    )
    return {
        "figure": places.figure(frame, labels, names, _styles(snapshot, found)) if silent is None else EMPTY["figure"],
        "table": {"columns": columns, "rows": rows},
        "note": note,
        "sentence": f"{agreement} {' '.join(f'{t}: {o}.' for t, o in zip(titles, orders, strict=True))}",
        "title": "The order that each source gives",
        "subtitle": "Place among the chosen, newest figures of each source; the first at the left",
        "downloads": behind(snapshot, indicators, found.chosen, min(newest.values()), as_of) if newest else {},
        "filename": f"stacktide-compare-places-{'-'.join(found.chosen)}",
        "message": silent,
    }


def _periods(frame: pd.DataFrame) -> list[tuple[pd.Timestamp, str]]:
    return list(zip(frame["period_start"], frame["indicator"], strict=True))


def _order(ours: pd.DataFrame, names: Names) -> str:
    return ", ".join(f"{int(p)} {names[t]}" for p, t in sorted(zip(ours["place"], ours["technology"], strict=True)))


def _label(standing: Standing, found: Comparison) -> str:
    construct = standing.indicator.construct
    several = sum(s.indicator.construct == construct for s in found.standings) > 1
    words = construct[:1].upper() + construct[1:]
    return f"{words}: {standing.read.figures.source.title}" if several else words


def wrapped(text: str) -> str:
    """A label in at most three short lines."""
    lines = textwrap.wrap(text[:1].upper() + text[1:], _LINE, max_lines=3, placeholder="…")
    return "<br>".join(lines)


def _absent(standing: Standing, found: Comparison, names: Names) -> str:
    rows = standing.rows
    without = [names[t] for t in found.chosen if t not in rows.index]
    small = [names[t] for t in found.chosen if t in rows.index and rows["small"][t]]
    told = f"{standing.indicator.title} has no newest figure of {listed(without)}." if without else ""
    return f"{told} {listed(small)}: fewer than 10 were asked, so nothing is shown.".strip() if small else told


def _profile_sentence(found: Comparison, names: Names) -> str:
    told = []
    for s in found.standings:
        ours = sorted((int(s.rows["place"][t]), names[t]) for t in found.chosen if s.tells(t))
        if ours:
            told.append(f"{s.indicator.construct}: {', '.join(f'{name} {place}' for place, name in ours)} of {s.of}")
    return f"Places by construct. {'; '.join(told)}." if told else "Places by construct: nothing to show."


def combined(snapshot: Snapshot, used: Sequence[tuple[Indicator, Any]], title: str) -> dict[str, Any]:
    """The note of a chart that stands on several indicators: sources, periods, licences; bias cards stand beside it."""
    sources = list({(s := snapshot.catalog.source_of[i.id]).id: s for i, _ in used}.values())
    ends = sorted(used, key=lambda pair: pair[1])
    spans = list(dict.fromkeys(period(at, i.frequency) for i, at in (ends[:1] + ends[-1:])))
    days = sorted(snapshot.retrieved_on[s.id] for s in sources if s.id in snapshot.retrieved_on)
    return {
        "indicator": title,
        "source": ", ".join(s.title for s in sources) or None,
        "last_period": " to ".join(spans) or None,
        "retrieved_on": " to ".join(dict.fromkeys(day.isoformat() for day in (days[:1] + days[-1:]))) or None,
        "licence": _licence(sources),
        "caveat": " ".join(f"{s.title} ({s.licence.title}): {s.caveat}" for s in sources),
    }


def _licence(sources: Sequence[Source]) -> dict[str, Any] | None:
    """The licence of one source; of several, where theirs are named."""
    if len(sources) == 1:
        return {"title": sources[0].licence.title, "url": sources[0].licence.url}
    return {"title": "the licence of each stands beside its bias"} if sources else None


def colours_of(snapshot: Snapshot, found: Comparison) -> dict[str, str]:
    """Technology -> its colour."""
    return {t: colour for t, (colour, _) in _styles(snapshot, found).items()}


def _styles(snapshot: Snapshot, found: Comparison) -> dict[str, tuple[str, str]]:
    return colours.styles(snapshot.catalog, found.chosen)


def _nothing(title: str, text: str) -> dict[str, Any]:
    return {"level": "info", "title": title, "text": text}
