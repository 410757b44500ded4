"""The view Hiring: what job posts name, how sure that is, and which way it goes."""

from typing import Any, Final

from dashboard.analysis.momentum import WINDOW_YEARS
from dashboard.analysis.sampled import places
from dashboard.charts import colours
from dashboard.data import Data, Snapshot
from dashboard.views import asking, messages, options, readings, sample_words
from dashboard.views.hiring_answer import (
    CONSTRUCT,
    Answered,
    answer_of,
    chosen_indicator,
    headline,
    mentions,
    newest_shares,
)
from dashboard.views.hiring_cards import HEADINGS, beside, nothing, now, trend
from dashboard.views.words import listed, period
from etl.catalog import Indicator

_COURSE: Final = 36


def hiring_view(data: Data, query: str) -> dict[str, Any]:
    """Everything that the page Hiring shows for a query string; holds no NaN.

    Keys: state, query, selection, options, message, cards (chart answers by name), rows (for the ranking table),
    caption, headline, indicator (title), gone (why no ranking can be shown, or empty).
    """
    asked = asking.asked(data, query)
    snapshot = asked.snapshot
    offered = mentions(snapshot)
    chosen = asked.selection.indicator
    if chosen and chosen not in [i.id for i in offered]:
        title = snapshot.catalog.indicator[chosen].title
        asked = asked.without(f"{title} counts no job posts that name a technology: another is shown.", indicator=None)
    if not offered:
        return _empty(data, asked)
    indicator = chosen_indicator(asked, offered)
    answered = answer_of(data, asked, indicator)
    cards = {
        "hiring-now": now(answered) if answered.technologies else nothing(answered, "Most named in job posts"),
        "hiring-trend": trend(answered) if answered.technologies else nothing(answered, "How often they were named"),
        **beside(data, asked, indicator, offered, answered.technologies),
    }
    return {
        "state": snapshot.key,
        "query": asked.query(),
        "selection": {
            "use_case": asked.selection.use_case,
            "kind": asked.selection.kind,
            "technology": list(answered.technologies),
            "indicator": indicator.id,
            "as_of": asked.selection.as_of.isoformat() if asked.selection.as_of else None,
        },
        "options": {
            "use_case": options.use_cases(snapshot.catalog),
            "kind": options.kinds(),
            "technology": answered.trends["options"]["technology"],
            "indicator": [{"value": i.id, "label": _label(snapshot, i), "group": i.construct} for i in offered],
            "as_of": options.days(data, asked.selection.as_of),
        },
        "message": asked.message(_remark(answered)),
        "cards": cards,
        "rows": _rows(answered) if answered.technologies else [],
        "caption": _caption(answered),
        "headline": headline(answered),
    }


def _label(snapshot: Snapshot, indicator: Indicator) -> str:
    ended = snapshot.catalog.source_of[indicator.id].cadence == "ended"
    return f"{snapshot.catalog.source_of[indicator.id].title}{' (ended)' if ended else ''}"


def _rows(answered: Answered) -> list[dict[str, Any]]:
    """The ranking: place with what the interval leaves open, share, momentum of the months singly, course."""
    table = newest_shares(answered)
    ranks = places(table)
    moved = readings.moved(answered.asked.snapshot, answered.figures.indicator.id)
    styles = colours.styles(answered.asked.snapshot.catalog, answered.technologies)
    rows = [(str(t), row) for t, row in table.iterrows()]
    return [
        {
            "id": t,
            "name": answered.names[t],
            "rank": int(place["rank"]),
            "value": float(row["value"]),
            **sample_words.interval(row),
            **sample_words.momentum(moved, t),
            "course": [None if v != v else float(v) for v in answered.sampled.values[t].tail(_COURSE)],  # noqa: PLR0124 - NaN
            "colour": styles[t][0],
            "remark": sample_words.open_places(place["best"], place["worst"], len(table)),
        }
        for (t, row), place in zip(rows, ranks.to_dict("records"), strict=True)
    ]


def _caption(answered: Answered) -> str:
    if not answered.technologies:
        return ""
    return (
        f"Share of posts, {answered.months}, with its 95 % interval and the places that it leaves open; momentum in "
        f"percentage points a year over {WINDOW_YEARS} years; course over the last {_COURSE} months"
    )


def _remark(answered: Answered) -> messages.Message | None:
    if not answered.technologies:
        found: messages.Message | None = answered.trends["message"]
        return found
    source = answered.figures.source
    carried = answered.asked.snapshot.technologies(answered.figures.indicator.id)
    lacking = [t for t in answered.asked.selection.technology if t not in carried]
    if lacking:
        names = listed(asking.named(answered.asked, lacking).values())
        text = f"{source.title} does not count {names}: choose the other source."
        return {"level": "info", "title": "Not counted here", "text": text, "links": []}
    if source.cadence == "ended":
        text = f"{source.title} ended: its last month is {period(answered.newest, 'M')}."
        return {"level": "info", "title": "No longer published", "text": text, "links": []}
    return None


def _empty(data: Data, asked: asking.Asked) -> dict[str, Any]:
    sources = [s for s in asked.snapshot.catalog.sources if any(i.construct == CONSTRUCT for i in s.indicators)]
    commands = " ".join(s.id for s in sources)
    text = f"This store holds no figures of job posts yet: run `stacktide refresh {commands}`."
    return {
        "state": asked.snapshot.key,
        "query": asked.query(),
        "selection": {"use_case": asked.selection.use_case, "technology": [], "indicator": None, "as_of": None},
        "options": {
            "use_case": options.use_cases(asked.snapshot.catalog),
            "kind": options.kinds(),
            "technology": options.technologies(asked.snapshot.catalog, asked.selection),
            "indicator": [],
            "as_of": options.days(data, asked.selection.as_of),
        },
        "message": asked.message({"level": "warning", "title": "No figures here", "text": text}),
        "cards": {name: sample_words.absent(heading, text) for name, heading in HEADINGS.items()},
        "rows": [],
        "caption": "",
        "headline": "",
    }
