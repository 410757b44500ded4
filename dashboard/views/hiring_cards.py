"""The cards of the page Hiring: who is named most, the course, the other source, how many posts and jobs there are."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from dashboard.analysis.pooled import MONTHS
from dashboard.charts import colours, interval_dots, interval_lines, lines
from dashboard.data import Data
from dashboard.selection import Selection
from dashboard.views import asking, sample_words
from dashboard.views.hiring_answer import CONSTRUCT, MOST, Answered, answer_of, headline, newest_shares
from dashboard.views.trends import trends_view
from dashboard.views.words import listed
from etl.catalog import Indicator

LINES: Final = 6
"""Lines drawn where the reader named no technologies: more of them cover one another on a small card."""
_PER: Final = "posts"
HEADINGS: Final = {
    "hiring-now": "Most named in job posts",
    "hiring-trend": "How often they were named",
    "hiring-other": "The same in another source",
    "hiring-posts": "Posts a month",
    "hiring-jobs": "Jobs at large",
}
"""Every card of the page, with what it is called where it is empty."""


def now(answered: Answered) -> dict[str, Any]:
    """The newest shares, each with its interval."""
    table = newest_shares(answered)
    styles = colours.styles(answered.asked.snapshot.catalog, answered.technologies)
    panel = interval_dots.Panel("", table, {t: styles[t][0] for t in answered.technologies})
    asked = _asked_words(table)
    return {
        **answered.trends,
        "title": "Most named in job posts",
        "subtitle": f"Percent of posts, {answered.months} together{asked}; lines are 95 % intervals",
        "figure": interval_dots.figure([panel], list(table.index), answered.names, _PER),
        "sentence": f"{headline(answered)} {sample_words.ranked(table, answered.names)}",
        "table": sample_words.table(table, answered.names, _PER),
        "note": _note(answered, interval_dots.HOW_TO_READ),
        "message": None,
    }


def trend(answered: Answered) -> dict[str, Any]:
    """The course of the shares, each with its band."""
    catalog = answered.asked.snapshot.catalog
    facts = lines.Facts(
        names=answered.names,
        styles=colours.styles(catalog, answered.technologies),
        value="share",
        axis_title="Percent of posts",
        frequency="M",
        breaks=answered.figures.breaks,
    )
    drawn = answered.technologies
    if not answered.asked.selection.technology:
        drawn = tuple(str(t) for t in newest_shares(answered).index[:LINES])
    made = answered.sampled.only(drawn)
    fewer = f"; the {len(drawn)} named most" if len(drawn) < len(answered.technologies) else ""
    return {
        **answered.trends,
        "title": "How often they were named",
        "subtitle": f"Percent of posts, monthly, each month with the {MONTHS - 1} before it{fewer}",
        "figure": interval_lines.figure(made, answered.figures.stretch, facts, _PER),
        "sentence": sample_words.course(made, answered.names, "M"),
        "table": sample_words.periods(made, answered.names, _PER),
        "note": _note(answered, interval_lines.HOW_TO_READ),
        "message": None,
    }


def nothing(answered: Answered, heading: str) -> dict[str, Any]:
    """A card where the source counts none of the technologies."""
    source = answered.figures.source
    return sample_words.absent(heading, f"{source.title} counts no technology of this selection: choose another.")


def _note(answered: Answered, how_to_read: str) -> dict[str, Any]:
    left_out = answered.sampled.suppressed
    missing = list(answered.trends["note"]["missing"])
    if left_out:
        missing.append(f"{listed(answered.names[t] for t in left_out)}: months of fewer than 10 posts are left out.")
    if len(answered.trends["selection"]["technology"]) > MOST:
        missing.append(f"The first {MOST} technologies are shown; choose fewer to see the others.")
    shown = (
        f"Share of the posts of {MONTHS} neighbouring months taken together, never across a severing break; interval "
        "of Wilson (1927) at 95 %. It tells chance alone, not whom the posts speak for. Files hold the months singly."
    )
    return {**answered.trends["note"], "how_to_read": how_to_read, "shown": shown, "missing": missing}


def _asked_words(table: pd.DataFrame) -> str:
    counted = table["n"].dropna()
    return f", {counted.max():,.0f} posts" if len(counted) else ", number of posts unknown"


def beside(
    data: Data, asked: asking.Asked, chosen: Indicator, offered: Sequence[Indicator], shown: Sequence[str]
) -> dict[str, Any]:
    """The same technologies in the other source, on an axis of its own; how many posts and jobs there are at all."""
    catalog = asked.snapshot.catalog
    sources = {catalog.source_of[i.id].id for i in offered}
    context = {
        i: catalog.source_of[i]
        for i in asked.snapshot.indicators()
        if catalog.indicator[i].construct == CONSTRUCT and catalog.indicator[i].names is None
    }
    own = catalog.source_of[chosen.id]
    posts = next((i for i, source in context.items() if source.id == own.id), None)
    jobs = next((i for i, source in context.items() if source.id not in sources), None)
    return {
        "hiring-other": _other(data, asked, next((i for i in offered if i.id != chosen.id), None), shown),
        "hiring-posts": _plain(
            data, asked, posts, "Posts a month", f"{own.title} does not say how many posts it read."
        ),
        "hiring-jobs": _plain(
            data, asked, jobs, "Jobs at large", "No source of job postings at large is in this store."
        ),
    }


def _other(data: Data, asked: asking.Asked, other: Indicator | None, shown: Sequence[str]) -> dict[str, Any]:
    heading = "The same in another source"
    if other is None or not shown:
        return sample_words.absent(heading, "There is no second source of job posts in this store.")
    named = tuple(shown) if asked.selection.technology else tuple(shown)[:LINES]
    narrowed = replace(asked, selection=replace(asked.selection, technology=named, indicator=other.id))
    carried = asked.snapshot.technologies(other.id)
    source = asked.snapshot.catalog.source_of[other.id]
    lacking = listed(asking.named(asked, [t for t in shown if t not in carried]).values())
    if not carried & set(shown):
        return sample_words.absent(heading, f"{source.title} counts none of these technologies.")
    found = answer_of(data, narrowed, other)
    answer = trend(found)
    return {
        **answer,
        "title": f"{heading}: {source.title}",
        "subtitle": f"{answer['subtitle']}; other words and posts, never to be joined with the above"
        + (f"; does not count {lacking}" if lacking else ""),
    }


def _plain(data: Data, asked: asking.Asked, indicator: str | None, heading: str, absent: str) -> dict[str, Any]:
    """An indicator of the whole alone, as Trends shows it."""
    if indicator is None:
        return sample_words.absent(heading, absent)
    region, segment = next(iter(asked.snapshot.places(indicator)))
    plain = Selection(indicator=indicator, region=region, segment=segment, as_of=asked.selection.as_of)
    return {**trends_view(data, plain), "message": None}
