"""The view Hiring: what job posts name, how sure that is, and which way it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from dashboard.analysis.figures import Figures
from dashboard.analysis.momentum import WINDOW_YEARS
from dashboard.analysis.pooled import MONTHS
from dashboard.analysis.sampled import Sampled, places, sampled
from dashboard.charts import colours, interval_dots, interval_lines, lines
from dashboard.data import Data, Snapshot
from dashboard.selection import Selection
from dashboard.selection.resolving import passing
from dashboard.selection.url import Value
from dashboard.views import asking, messages, options, readings, sample_words
from dashboard.views.trends import trends_view
from dashboard.views.words import listed, period
from etl.catalog import Indicator
from etl.schema import WHOLE

CONSTRUCT: Final = "hiring"
MOST: Final = 20
"""Rows that still can be read beside each other."""
LINES: Final = 6
"""Lines drawn where the reader named no technologies: more of them cover one another on a small card."""

_FEWEST: Final = 3
_COURSE: Final = 36
_PER: Final = "posts"
_HEADINGS: Final = {
    "hiring-now": "Most named in job posts",
    "hiring-trend": "How often they were named",
    "hiring-other": "The same in another source",
    "hiring-posts": "Posts a month",
    "hiring-jobs": "Jobs at large",
}
"""Every card of the page, with what it is called where it is empty."""


@dataclass(frozen=True)
class _Answered:
    """One indicator with the technologies shown, their pooled shares, and what Trends says of the same."""

    asked: asking.Asked
    figures: Figures
    technologies: tuple[str, ...]
    sampled: Sampled
    trends: Mapping[str, Any]

    @property
    def newest(self) -> pd.Timestamp:
        """The last period of which there is a share."""
        there = self.sampled.values.notna().any(axis=1)
        return pd.Timestamp(self.sampled.values.index[there][-1])

    @property
    def months(self) -> str:
        """The months that the newest share rests on."""
        first = self.newest - pd.DateOffset(months=MONTHS - 1)
        return f"{period(first, 'M')} to {period(self.newest, 'M')}"

    @property
    def names(self) -> Mapping[str, str]:
        """Technology -> its name."""
        return asking.named(self.asked, self.technologies)


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
    indicator = _chosen(asked, offered)
    answered = _answered(data, asked, indicator)
    cards = {
        "hiring-now": _now(answered) if answered.technologies else _nothing(answered, "Most named in job posts"),
        "hiring-trend": _trend(answered) if answered.technologies else _nothing(answered, "How often they were named"),
        **_beside(data, asked, indicator, offered, answered.technologies),
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
        "headline": _headline(answered),
    }


def mentions(snapshot: Snapshot) -> list[Indicator]:
    """The hiring indicators that name technologies: those still published first, then by their newest figures."""
    catalog = snapshot.catalog
    there = [catalog.indicator[i] for i in snapshot.indicators() if catalog.indicator[i].construct == CONSTRUCT]
    newest = snapshot.summary.groupby("indicator")["last"].max()
    found = [i for i in there if i.names is not None and (i.is_share or i.whole)]
    return sorted(found, key=lambda i: (catalog.source_of[i.id].cadence == "ended", -newest[i.id].value))


def _chosen(asked: asking.Asked, offered: Sequence[Indicator]) -> Indicator:
    """The one asked for, else the first that carries enough of what was chosen, else the one that carries most."""
    wanted = asked.selection
    if wanted.indicator:
        return asked.snapshot.catalog.indicator[wanted.indicator]
    inside = set(wanted.technology) or {t.id for t in passing(asked.snapshot.catalog, wanted)}
    carried = {i.id: len(asked.snapshot.technologies(i.id) & inside) for i in offered}
    enough = min(_FEWEST, len(inside))
    return next((i for i in offered if carried[i.id] >= enough), max(offered, key=lambda i: carried[i.id]))


def _answered(data: Data, asked: asking.Asked, indicator: Indicator) -> _Answered:
    snapshot = asked.snapshot
    trends = trends_view(data, _selection(asked, indicator.id))
    f = readings.read(snapshot, indicator.id).figures
    shown = [t for t in trends["selection"]["technology"] if t in f.values][:MOST]
    made = sampled(f, shown, MONTHS, _posts(snapshot, f))
    told = [str(t) for t in made.values if made.values[t].notna().any()]
    return _Answered(asked, f, tuple(told), made, trends)


def _selection(asked: asking.Asked, indicator: str) -> Selection:
    value: Value | None = "share" if asked.snapshot.catalog.indicator[indicator].whole else None
    return replace(asked.selection, indicator=indicator, value=value, preset=None)


def _posts(snapshot: Snapshot, f: Figures) -> pd.Series | None:
    """How many posts were read, by period, where the source publishes it as an indicator beside its shares."""
    beside = next((i for i in f.source.indicators if i.construct == CONSTRUCT and i.names is None), None)
    if beside is None or f.samples.notna().to_numpy().any():
        return None
    rows = snapshot.frame(beside.id)
    rows = rows[(rows["technology"].astype("str") == WHOLE) & (rows["status"].astype("str") != "partial")]
    return pd.Series(rows["value"].to_numpy(), index=pd.DatetimeIndex(rows["period_start"]))


def _label(snapshot: Snapshot, indicator: Indicator) -> str:
    ended = snapshot.catalog.source_of[indicator.id].cadence == "ended"
    return f"{snapshot.catalog.source_of[indicator.id].title}{' (ended)' if ended else ''}"


def _table(answered: _Answered) -> pd.DataFrame:
    """The newest shares, highest first; ties in the order of the catalogue."""
    return answered.sampled.at(answered.newest).sort_values("value", ascending=False, kind="stable")


def _now(answered: _Answered) -> dict[str, Any]:
    table = _table(answered)
    styles = colours.styles(answered.asked.snapshot.catalog, answered.technologies)
    panel = interval_dots.Panel("", table, {t: styles[t][0] for t in answered.technologies})
    asked = _asked_words(table)
    return {
        **answered.trends,
        "title": "Most named in job posts",
        "subtitle": f"Percent of posts, {answered.months} together{asked}; lines are 95 % intervals",
        "figure": interval_dots.figure([panel], list(table.index), answered.names, _PER),
        "sentence": f"{_headline(answered)} {sample_words.ranked(table, answered.names)}",
        "table": sample_words.table(table, answered.names, _PER),
        "note": _note(answered, interval_dots.HOW_TO_READ),
        "message": None,
    }


def _trend(answered: _Answered) -> dict[str, Any]:
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
        drawn = tuple(str(t) for t in _table(answered).index[:LINES])
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


def _nothing(answered: _Answered, heading: str) -> dict[str, Any]:
    source = answered.figures.source
    return sample_words.absent(heading, f"{source.title} counts no technology of this selection: choose another.")


def _note(answered: _Answered, how_to_read: str) -> dict[str, Any]:
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


def _rows(answered: _Answered) -> list[dict[str, Any]]:
    """The ranking: place with what the interval leaves open, share, momentum of the months singly, course."""
    table = _table(answered)
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


def _caption(answered: _Answered) -> str:
    if not answered.technologies:
        return ""
    return (
        f"Share of posts, {answered.months}, with its 95 % interval and the places that it leaves open; momentum in "
        f"percentage points a year over {WINDOW_YEARS} years; course over the last {_COURSE} months"
    )


def _asked_words(table: pd.DataFrame) -> str:
    counted = table["n"].dropna()
    return f", {counted.max():,.0f} posts" if len(counted) else ", number of posts unknown"


def _headline(answered: _Answered) -> str:
    """The answer in one sentence."""
    if not answered.technologies:
        return ""
    table = _table(answered)
    first = str(table.index[0])
    ranks = places(table)
    most = "most, " if len(table) > 1 else ""
    return (
        f"{answered.names[first]} is named {most}in {sample_words.figure(table.iloc[0])} of the posts of "
        f"{answered.months}{sample_words.shared_first(table, ranks, answered.names)}."
    )


def _remark(answered: _Answered) -> messages.Message | None:
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


def _beside(
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
    found = _answered(data, narrowed, other)
    answer = _trend(found)
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
        "cards": {name: sample_words.absent(heading, text) for name, heading in _HEADINGS.items()},
        "rows": [],
        "caption": "",
        "headline": "",
    }
