"""The view Surveys: what developers say that they use, want, and want to keep, as one survey asked it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, Final

import pandas as pd

from dashboard.analysis.sampled import Sampled, sampled
from dashboard.charts import colours, interval_dots, interval_lines, lines
from dashboard.data import Data, Snapshot
from dashboard.selection.resolving import passing
from dashboard.views import asking, messages, options, readings, sample_words, survey_roles
from dashboard.views.trends import trends_view
from dashboard.views.words import listed, period
from etl.catalog import Indicator, Source

CONSTRUCT: Final = "survey use and sentiment"
MOST_QUESTIONS: Final = 4
"""Panels and cards that still can be looked at beside each other."""
MOST: Final = 20
LINES: Final = 6
"""Lines drawn where the reader named no technologies: more of them cover one another on a small card."""

_FEWEST: Final = 3
_PER: Final = "respondents"


@dataclass(frozen=True)
class Question:
    """One question of a survey: its short `title`, the answers with their intervals, and what Trends says of it."""

    indicator: Indicator
    title: str
    sampled: Sampled
    trends: Mapping[str, Any]

    @property
    def newest(self) -> pd.Timestamp | None:
        """The last year with an answer."""
        there = self.sampled.values.notna().any(axis=1)
        return pd.Timestamp(self.sampled.values.index[there][-1]) if there.any() else None


def surveys_view(data: Data, query: str) -> dict[str, Any]:
    """Everything that the page Surveys shows for a query string; holds no NaN.

    Keys: state, query, selection, options, message, cards (chart answers by name: `surveys-now`, `surveys-1` to
    `surveys-4`, `surveys-role`), shown (names of the cards that have a question), headline, absent (surveys that this
    store does not hold: title, why, remedy).
    """
    asked = asking.asked(data, query)
    snapshot = asked.snapshot
    offered = surveys(snapshot)
    chosen, problem = asking.parameter(query, "source", list(offered), "")
    if problem:
        asked = asked.without(problem)
    found = chosen or _default(asked, offered)
    questions, technologies = _questions(data, asked, offered.get(found, ()))
    cards = {f"surveys-{i}": sample_words.absent("No further question", "") for i in range(1, MOST_QUESTIONS + 1)}
    cards["surveys-now"] = sample_words.absent("What they say now", _nothing(snapshot, found))
    if questions:
        cards["surveys-now"] = _now(snapshot, found, questions, technologies)
        drawn = technologies if asked.selection.technology else technologies[:LINES]
        told = f"; the {len(drawn)} first of the above" if len(drawn) < len(technologies) else ""
        cards |= {f"surveys-{i}": _years(snapshot, each, drawn, told) for i, each in enumerate(questions, 1)}
    cards["surveys-role"] = survey_roles.card(asked, technologies)
    source = snapshot.catalog.source.get(found)
    return {
        "state": snapshot.key,
        "query": asked.query(source=chosen),
        "selection": {
            "use_case": asked.selection.use_case,
            "technology": list(technologies),
            "source": found,
            "as_of": asked.selection.as_of.isoformat() if asked.selection.as_of else None,
        },
        "options": {
            "use_case": options.use_cases(snapshot.catalog),
            "technology": questions[0].trends["options"]["technology"]
            if questions
            else options.technologies(snapshot.catalog, asked.selection),
            "source": [{"value": s, "label": snapshot.catalog.source[s].title} for s in offered],
            "as_of": options.days(data, asked.selection.as_of),
        },
        "message": asked.message(_remark(asked, source, offered.get(found, ()), questions)),
        "cards": cards,
        "shown": ["surveys-now", *(f"surveys-{i}" for i in range(1, len(questions) + 1))],
        "headline": _headline(questions, asking.named(asked, technologies)) if questions else "",
        "absent": _absent(snapshot),
    }


def surveys(snapshot: Snapshot) -> dict[str, list[Indicator]]:
    """Source -> its questions on technologies that have worldwide figures, in the order of the catalogue."""
    held = set(snapshot.indicators())
    found = {
        source.id: [
            i
            for i in source.indicators
            if i.id in held and i.construct == CONSTRUCT and i.is_share and snapshot.technologies(i.id)
        ]
        for source in snapshot.catalog.sources
    }
    return {source: questions for source, questions in found.items() if questions}


def _default(asked: asking.Asked, offered: Mapping[str, Sequence[Indicator]]) -> str:
    """Of the surveys that ask about enough of what was chosen the one with most questions; else the broadest."""
    wanted = asked.selection
    inside = set(wanted.technology) or {t.id for t in passing(asked.snapshot.catalog, wanted)}
    carried = {s: max(len(asked.snapshot.technologies(i.id) & inside) for i in each) for s, each in offered.items()}
    enough = [s for s in offered if carried[s] >= min(_FEWEST, len(inside))]
    if enough:
        return max(enough, key=lambda s: min(len(offered[s]), MOST_QUESTIONS))
    return max(offered, key=lambda s: carried[s], default="")


def _questions(
    data: Data, asked: asking.Asked, indicators: Sequence[Indicator]
) -> tuple[list[Question], tuple[str, ...]]:
    """The questions that have answers on the technologies shown, and these, highest in the first question first."""
    found: list[Question] = []
    technologies: tuple[str, ...] = ()
    titles = short([i.title for i in indicators])
    for indicator, title in zip(indicators, titles, strict=True):
        chosen = replace(asked.selection, indicator=indicator.id, preset=None)
        if technologies:
            chosen = replace(chosen, technology=technologies)
        trends = trends_view(data, chosen)
        f = readings.read(asked.snapshot, indicator.id).figures
        made = sampled(f, trends["selection"]["technology"][:MOST])
        if made.values.notna().to_numpy().any():
            found.append(Question(indicator, title, made, trends))
            technologies = technologies or tuple(str(t) for t in made.values if made.values[t].notna().any())
    if found and found[0].newest is not None:
        newest = found[0].sampled.values.ffill().iloc[-1].sort_values(ascending=False, kind="stable")
        technologies = tuple(t for t in newest.index if t in technologies)
    return found[:MOST_QUESTIONS], technologies


def short(titles: Sequence[str]) -> list[str]:
    """Titles without what they share at their beginning, and without what stands in brackets at their end."""
    bare = [title.split(" (")[0] for title in titles]
    columns = zip(*(each.split() for each in bare), strict=False)
    shared = len(list(takewhile(lambda words: len(set(words)) == 1, columns))) if len(bare) > 1 else 0
    rest = [" ".join(each.split()[shared:]) or each for each in bare]
    return [each[:1].upper() + each[1:] for each in rest]


def _now(snapshot: Snapshot, source: str, questions: Sequence[Question], rows: Sequence[str]) -> dict[str, Any]:
    names = {t: snapshot.catalog.technology[t].name for t in rows}
    styles = colours.styles(snapshot.catalog, rows)
    years = {period(q.newest, q.indicator.frequency) for q in questions if q.newest is not None}
    panels, lacking, columns, told = [], [], [], {t: {"name": names[t]} for t in rows}
    for q in questions:
        assert q.newest is not None
        when = period(q.newest, q.indicator.frequency)
        table = q.sampled.at(q.newest)
        title = q.title if len(years) == 1 else f"{q.title}, {when}"
        panels.append(interval_dots.Panel(title, table, {t: styles[t][0] for t in rows}, q.indicator.unit))
        lacking += [f"{q.title}: no answer on {names[t]} in {when}." for t in rows if t not in table.index]
        columns += _columns(q)
        for t, row in table.iterrows():
            told[str(t)] |= _cells(q, row)
    first = questions[0]
    kept = [t for t in rows if any(t in panel.table.index for panel in panels)]
    units = dict.fromkeys(q.indicator.unit for q in questions)
    wholes = "; ".join(f"{listed(q.title.lower() for q in questions if q.indicator.unit == u)}: {u}" for u in units)
    return {
        **first.trends,
        "title": f"What they say now: {snapshot.catalog.source[source].title}",
        "subtitle": f"{' and '.join(sorted(years))}. {wholes[:1].upper()}{wholes[1:]}",
        "figure": interval_dots.figure(panels, kept, names, _PER),
        "sentence": _headline(questions, names),
        "table": {
            "columns": [{"field": "name", "headerName": "Technology", "type": "text"}, *columns],
            "rows": [told[t] for t in kept],
        },
        "note": _note(first, interval_dots.HOW_TO_READ, lacking),
        "message": None,
    }


def _columns(q: Question) -> list[dict[str, Any]]:
    column = q.indicator.id
    return [
        {"field": column, "headerName": f"{q.title}, %", "type": "number"},
        {"field": f"{column}-interval", "headerName": f"{q.title}, 95 %", "type": "text"},
        {"field": f"{column}-n", "headerName": f"{q.title}, {_PER}", "type": "number"},
    ]


def _cells(q: Question, row: pd.Series) -> dict[str, Any]:
    column = q.indicator.id
    interval = "" if pd.isna(row["low"]) else f"{row['low']:.3g} to {row['high']:.3g}"
    asked = None if pd.isna(row["n"]) else float(row["n"])
    return {column: float(row["value"]), f"{column}-interval": interval, f"{column}-n": asked}


def _years(snapshot: Snapshot, q: Question, drawn: Sequence[str], told: str) -> dict[str, Any]:
    made = q.sampled.only(drawn)
    names = {str(t): snapshot.catalog.technology[str(t)].name for t in made.values}
    f = readings.read(snapshot, q.indicator.id).figures
    facts = lines.Facts(
        names=names,
        styles=colours.styles(snapshot.catalog, names),
        value="share",
        axis_title=q.indicator.unit,
        frequency=q.indicator.frequency,
        breaks=f.breaks,
    )
    return {
        **q.trends,
        "title": f"{q.title}, over the years",
        "subtitle": f"{q.indicator.unit[:1].upper()}{q.indicator.unit[1:]}{told}",
        "figure": interval_lines.figure(made, f.stretch, facts, _PER),
        "sentence": f"{q.indicator.title}: {sample_words.course(made, names, q.indicator.frequency)}",
        "table": sample_words.periods(made, names, _PER),
        "note": _note(q, interval_lines.HOW_TO_READ, []),
        "message": None,
    }


def _note(q: Question, how_to_read: str, more: Sequence[str]) -> dict[str, Any]:
    note = q.trends["note"]
    missing = [*note["missing"], *more]
    if not q.sampled.n.notna().to_numpy().any():
        missing.append("The source does not say how many answered, so there are no intervals.")
    if q.sampled.suppressed:
        missing.append("Answers of fewer than 10 respondents are left out.")
    shown = (
        f"{note['shown']} Intervals of Wilson (1927) at 95 %: chance alone, not who chooses to answer; their number of "
        "respondents differs between technologies where only users are asked."
    )
    return {**note, "how_to_read": how_to_read, "shown": shown, "missing": missing}


def _headline(questions: Sequence[Question], names: Mapping[str, str]) -> str:
    """The first of each question, with interval and year."""
    told = []
    for q in questions:
        assert q.newest is not None
        table = q.sampled.at(q.newest).sort_values("value", ascending=False, kind="stable")
        leads = " leads with" if len(table) > 1 else ""
        told.append(f"{q.title}: {names[str(table.index[0])]}{leads} {sample_words.figure(table.iloc[0])}")
    years = sorted({period(q.newest, q.indicator.frequency) for q in questions if q.newest is not None})
    return f"{' and '.join(years)}, of those shown. {'; '.join(told)}."


def _remark(
    asked: asking.Asked, source: Source | None, indicators: Sequence[Indicator], questions: Sequence[Question]
) -> messages.Message | None:
    if source is None:
        return None
    carried = {t for i in indicators for t in asked.snapshot.technologies(i.id)}
    lacking = [t for t in asked.selection.technology if t not in carried]
    if not lacking and questions:
        return None
    names = listed(asking.named(asked, lacking).values()) or "a technology of this use case"
    text = f"{source.title} does not ask about {names}: choose another survey or use case."
    return {"level": "info" if questions else "warning", "title": "Not asked about", "text": text, "links": []}


def _nothing(snapshot: Snapshot, source: str) -> str:
    if source:
        return f"{snapshot.catalog.source[source].title} asks about no technology of this selection: choose another."
    return "This store holds no survey yet: run `stacktide refresh so_survey_frameworks so_survey_languages`."


def _absent(snapshot: Snapshot) -> list[dict[str, str]]:
    """The surveys of the catalogue without figures in this store, and why they do not come with it."""
    held = {snapshot.catalog.source_of[i].id for i in snapshot.indicators()}
    found = [s for s in snapshot.catalog.sources if any(i.construct == CONSTRUCT for i in s.indicators)]
    return [
        {
            "title": source.title,
            "why": source.withheld or ("" if source.licence.redistribute else source.licence.title),
            "remedy": f"stacktide refresh {source.id}",
        }
        for source in found
        if source.id not in held
    ]
