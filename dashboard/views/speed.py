"""The view Speed: what is fast in a benchmark, and used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from dashboard.analysis.benchmark import newest_round
from dashboard.analysis.carriers import carriers
from dashboard.charts import colours, speed_and_use
from dashboard.data import Data, Snapshot
from dashboard.selection.resolving import passing
from dashboard.views import asking, messages, options, readings, sample_words
from dashboard.views.trends import trends_view
from dashboard.views.words import listed, period, significant
from etl.catalog import Indicator
from etl.schema import ALL_SEGMENTS, WORLD

CONSTRUCT: Final = "benchmark speed"
USE: Final = ("people", "installs", "code activity")
"""What counts as use, best first: people are counted across registries."""
FEWEST: Final = 3
"""Technologies with both figures that make a comparison."""

_ROUNDS: Final = 8
_PERCENTILE: Final = "percentile"
_HEADING: Final = "Fast and used"


@dataclass(frozen=True)
class _Answered:
    """`points` has columns percentile, variants, behind, round and use by technology, most used first."""

    asked: asking.Asked
    speed: Indicator
    test: str
    use: Indicator | None
    points: pd.DataFrame
    measured: tuple[str, ...]
    when: pd.Timestamp | None

    @property
    def names(self) -> Mapping[str, str]:
        """Technology -> its name."""
        return asking.named(self.asked, self.measured)

    @property
    def median(self) -> float:
        """What splits those used more from those used less."""
        return float(self.points["use"].median())

    @property
    def is_share(self) -> bool:
        """Whether use is told in percent of a whole; people are counted."""
        return self.use is not None and _as_share(self.use)

    @property
    def whole(self) -> str:
        """The unit in which use is told."""
        if self.use is None:
            return ""
        return self.use.whole_title if self.is_share and self.use.whole_title else self.use.unit


def speed_view(data: Data, query: str) -> dict[str, Any]:
    """Everything that the page Speed shows for a query string; holds no NaN.

    Keys: state, query, selection, options, message, cards (`speed-use`, `speed-rounds`), quadrants (words and the
    technologies in them, most used first), headline, counted (what the tests differ in).
    """
    asked = asking.asked(data, query)
    snapshot = asked.snapshot
    offered = percentiles(snapshot)
    if not offered:
        return _empty(data, asked)
    speed, problem = asking.parameter(query, "speed", list(offered), next(iter(offered)))
    asked = asked.without(problem) if problem else asked
    test, problem = asking.parameter(query, "test", _tests(snapshot, speed), ALL_SEGMENTS)
    asked = asked.without(problem) if problem else asked
    answered, uses, problem = _answered(asked, offered[speed], test)
    asked = asked.without(problem, indicator=None) if problem else asked
    answered = replace(answered, asked=asked)
    return {
        "state": snapshot.key,
        "query": asked.query(
            speed=speed if speed != next(iter(offered)) else "",
            test=test.replace(" ", "+") if test != ALL_SEGMENTS else "",
        ),
        "selection": {
            "use_case": asked.selection.use_case,
            "technology": list(asked.selection.technology),
            "indicator": answered.use.id if answered.use else None,
            "as_of": asked.selection.as_of.isoformat() if asked.selection.as_of else None,
            "speed": speed,
            "test": test,
        },
        "options": {
            "use_case": options.use_cases(snapshot.catalog),
            "technology": _technologies(asked, speed),
            "indicator": uses,
            "as_of": options.days(data, asked.selection.as_of),
            "speed": [{"value": i.id, "label": i.title.split(",")[0]} for i in offered.values()],
            "test": _test_options(snapshot, speed),
        },
        "counted": _counted(snapshot, speed),
        "message": asked.message(_remark(answered)),
        "cards": {"speed-use": _against(data, answered), "speed-rounds": _rounds(data, answered)},
        "quadrants": _quadrants(answered),
        "headline": _headline(answered),
    }


def percentiles(snapshot: Snapshot) -> dict[str, Indicator]:
    """The indicators that tell a place among all variants of a round, by id."""
    every = snapshot.catalog.indicator
    found = [
        every[i] for i in snapshot.indicators() if every[i].construct == CONSTRUCT and every[i].unit == _PERCENTILE
    ]
    return {i.id: i for i in found}


def _tests(snapshot: Snapshot, speed: str) -> list[str]:
    """The tests of a benchmark: all together first, then by their number."""
    found = {segment for region, segment in snapshot.places(speed) if region == WORLD}
    return sorted(found, key=lambda s: (s != ALL_SEGMENTS, len(s), s))


def _test_options(snapshot: Snapshot, speed: str) -> list[dict[str, str]]:
    """The tests without the word that they share: the heading says it."""
    source, counted = snapshot.catalog.source_of[speed], _counted(snapshot, speed)
    return [
        {
            "value": t,
            "label": "All" if t == ALL_SEGMENTS else source.segment_title(t).removesuffix(counted).strip(),
        }
        for t in _tests(snapshot, speed)
    ]


def _counted(snapshot: Snapshot, speed: str) -> str:
    """The last word of every test, where all have the same: `connections`."""
    source = snapshot.catalog.source_of[speed]
    words = {source.segment_title(t).split()[-1] for t in _tests(snapshot, speed) if t != ALL_SEGMENTS}
    return next(iter(words)) if len(words) == 1 else ""


def _measured(asked: asking.Asked, speed: str, test: str) -> list[str]:
    """The technologies of the filter (or those named) that the benchmark has, in the order of the catalogue."""
    there = asked.snapshot.technologies(speed, WORLD, test)
    named = set(asked.selection.technology)
    inside = [t.id for t in passing(asked.snapshot.catalog, replace(asked.selection, technology=())) if t.id in there]
    return [t.id for t in asked.snapshot.catalog.technologies if t.id in named & there] if named else inside


def _answered(asked: asking.Asked, speed: Indicator, test: str) -> tuple[_Answered, list[dict[str, Any]], str]:
    """The figures, the indicators of use that can be chosen, and what is wrong with the one asked for."""
    snapshot = asked.snapshot
    measured = _measured(asked, speed.id, test)
    table = carriers(snapshot.summary, snapshot.catalog, measured)
    table = table[table["construct"].isin(USE) & (table["carried"] >= min(FEWEST, len(measured)))]
    table = table.assign(order=table["construct"].map(USE.index)).sort_values(
        ["order", "weight"], ascending=[True, False]
    )
    ids = [str(i) for i in table["indicator"]]
    carried = dict(zip(ids, table["carried"], strict=True))
    every = snapshot.catalog.indicator
    offered = [
        {"value": i, "label": f"{every[i].title} ({carried[i]} of {len(measured)})", "group": every[i].construct}
        for i in ids
    ]
    chosen, problem = asked.selection.indicator, ""
    if chosen and chosen not in ids:
        problem = f"{every[chosen].title} does not tell the use of enough of these technologies: another is shown."
        chosen = None
    use = every[chosen or ids[0]] if ids else None
    points, when = _points(snapshot, speed, test, use, measured)
    return _Answered(asked, speed, test, use, points, tuple(measured), when), offered, problem


def _points(
    snapshot: Snapshot, speed: Indicator, test: str, use: Indicator | None, measured: Sequence[str]
) -> tuple[pd.DataFrame, pd.Timestamp | None]:
    rows = snapshot.frame(speed.id, WORLD, test)
    rows = rows[rows["status"].astype("str") != "partial"]
    rounds = newest_round(rows, list(measured)).set_index("technology")
    found = rounds.rename(columns={"period_start": "round"})[["percentile", "variants", "behind", "round"]]
    if use is None:
        return found.assign(use=float("nan")).iloc[:0], None
    f = readings.read(snapshot, use.id).figures
    values = f.shares if _as_share(use) and f.shares is not None else f.values
    when = f.newest(list(measured))
    if when is None:
        return found.assign(use=float("nan")).iloc[:0], None
    points = found.assign(use=pd.Series(values.loc[when]).reindex(found.index)).dropna(subset=["use", "percentile"])
    return points.sort_values("use", ascending=False, kind="stable"), when


def _as_share(use: Indicator) -> bool:
    """Counts of people can be compared as they are; all else is told in percent where there is a whole."""
    return use.is_share or (use.whole is not None and use.construct != "people")


def _against(data: Data, answered: _Answered) -> dict[str, Any]:
    points, speed, use = answered.points, answered.speed, answered.use
    if use is None or answered.when is None or points.empty:
        text = f"No indicator tells the use of {FEWEST} of these technologies: choose another use case."
        return sample_words.absent(_HEADING, text)
    snapshot = answered.asked.snapshot
    styles = colours.styles(snapshot.catalog, points.index)
    old = {str(t): f"round of {period(row['round'], speed.frequency)}" for t, row in points.iterrows() if row["behind"]}
    facts = speed_and_use.Facts(
        answered.names, {t: styles[t][0] for t in points.index}, " %" if answered.is_share else "", old
    )
    round_ = points.sort_values("round").iloc[-1]
    when = period(round_["round"], speed.frequency)
    use_source = snapshot.catalog.source_of[use.id]
    chosen = replace(answered.asked.selection, indicator=speed.id, segment=answered.test, preset=None)
    trends = trends_view(data, replace(chosen, technology=tuple(points.index)))
    return {
        **trends,
        "title": f"{_HEADING}: {speed.title.split(',')[0].lower()} and {use.construct}",
        "subtitle": (
            f"Right: percentile among {round_['variants']:,.0f} variants, {when}. "
            f"Up: {answered.whole}, {period(answered.when, use.frequency)}"
            + (", logarithmic" if speed_and_use.is_log(points["use"]) else "")
        ),
        "figure": speed_and_use.figure(points, answered.median, facts),
        "sentence": _headline(answered),
        "table": _table(answered),
        "note": {
            **trends["note"],
            "how_to_read": speed_and_use.HOW_TO_READ,
            "source": f"{trends['note']['source']}; use: {use_source.title}",
            "last_period": f"speed {when}, use {period(answered.when, use.frequency)}",
            "caveat": f"Speed: {trends['note']['caveat']} Use: {use_source.caveat}",
            "shown": f"Speed: {speed.means} Use: {use.means} Neither says that one causes the other.",
            "unit": f"percentile; {answered.whole}",
            "attribution": f"{trends['note']['attribution']}; {use_source.attribution} ({use_source.licence.title})",
            "missing": [*trends["note"]["missing"], *_lacking(answered)],
        },
        "message": None,
    }


def _lacking(answered: _Answered) -> list[str]:
    names = answered.names
    lacking = [names[t] for t in answered.measured if t not in answered.points.index]
    if not lacking or answered.use is None:
        return []
    return [f"Measured, but without a figure of use in {answered.use.title}: {listed(lacking, most=60)}."]


def _table(answered: _Answered) -> dict[str, list[dict[str, Any]]]:
    columns = [
        {"field": "name", "headerName": "Technology", "type": "text"},
        {"field": "percentile", "headerName": "Faster than, %", "type": "number"},
        {"field": "round", "headerName": "Round", "type": "text"},
        {"field": "variants", "headerName": "Variants in it", "type": "number"},
        {"field": "use", "headerName": answered.whole[:1].upper() + answered.whole[1:], "type": "number"},
    ]
    rows = [
        {
            "name": answered.names[str(t)],
            "percentile": float(row["percentile"]),
            "round": period(row["round"], answered.speed.frequency),
            "variants": None if pd.isna(row["variants"]) else float(row["variants"]),
            "use": float(row["use"]),
        }
        for t, row in answered.points.iterrows()
    ]
    return {"columns": columns, "rows": rows}


def _rounds(data: Data, answered: _Answered) -> dict[str, Any]:
    """The percentiles of every round, of those named or the most used."""
    shown = tuple(answered.points.index[:_ROUNDS]) or answered.measured[:_ROUNDS]
    if not shown:
        return sample_words.absent("Over the rounds", "The benchmark measures no technology of this selection.")
    chosen = replace(answered.asked.selection, indicator=answered.speed.id, segment=answered.test, technology=shown)
    answer = trends_view(data, replace(chosen, use_case=None, kind=None, preset=None))
    return {
        **answer,
        "title": f"Over the rounds: {answered.speed.title.split(',')[0].lower()}",
        "subtitle": "Percentile among the variants of each round; 100 is the best. Marks: another machine or tool",
        "message": None,
    }


def _quadrants(answered: _Answered) -> list[dict[str, Any]]:
    """The four corners in words; nothing where nothing is compared."""
    points = answered.points
    if points.empty:
        return []
    fast, used = points["percentile"] >= speed_and_use.FAST, points["use"] >= answered.median
    return [
        {
            "title": words,
            "technologies": [
                {"id": str(t), "name": answered.names[str(t)], "figures": _figures(answered, str(t))}
                for t in points.index[(fast == is_fast) & (used == is_used)]
            ],
        }
        for words, is_fast, is_used in speed_and_use.QUADRANTS
    ]


def _figures(answered: _Answered, technology: str) -> str:
    row = answered.points.loc[[technology]].to_dict("records")[0]
    use = f"{significant(float(row['use']), 2)} %" if answered.is_share else f"{row['use']:,.0f} {answered.whole}"
    return f"faster than {row['percentile']:.0f} %; {use}"


def _headline(answered: _Answered) -> str:
    """The answer in one sentence."""
    points = answered.points
    if points.empty:
        return ""
    first = _quadrants(answered)[0]["technologies"]
    among = f"Of {len(points)} technologies with both figures"
    if not first:
        return f"{among}, none is both in the faster half and in the half used more."
    told = listed(f"{each['name']} ({each['figures']})" for each in first)
    return f"{among}, in the faster half and in the half used more: {told}."


def _technologies(asked: asking.Asked, speed: str) -> list[dict[str, Any]]:
    there = asked.snapshot.technologies(speed)
    found = options.technologies(asked.snapshot.catalog, asked.selection)
    named = set(asked.selection.technology)
    return [each for each in found if each["value"] in there or each["value"] in named]


def _remark(answered: _Answered) -> messages.Message | None:
    asked = answered.asked
    source = asked.snapshot.catalog.source_of[answered.speed.id].title
    lacking = [t for t in asked.selection.technology if t not in answered.measured]
    if not answered.measured:
        what = "these technologies" if lacking else "a technology of this use case"
        text = f"{source} does not measure {what}: it measures web back ends; choose such a use case."
        return {"level": "warning", "title": "Not measured", "text": text, "links": []}
    if lacking:
        text = f"{source} does not measure {listed(asking.named(asked, lacking).values())}."
        return {"level": "info", "title": "Not measured", "text": text, "links": []}
    return None


def _empty(data: Data, asked: asking.Asked) -> dict[str, Any]:
    sources = [s.id for s in asked.snapshot.catalog.sources if any(i.construct == CONSTRUCT for i in s.indicators)]
    text = f"This store holds no benchmark yet: run `stacktide refresh {' '.join(sources)}`."
    chosen = asked.selection
    return {
        "state": asked.snapshot.key,
        "query": asked.query(),
        "selection": {
            "use_case": chosen.use_case,
            "technology": list(chosen.technology),
            "indicator": None,
            "as_of": chosen.as_of.isoformat() if chosen.as_of else None,
            "speed": None,
            "test": ALL_SEGMENTS,
        },
        "options": {
            "use_case": options.use_cases(asked.snapshot.catalog),
            "technology": options.technologies(asked.snapshot.catalog, chosen),
            "indicator": [],
            "as_of": options.days(data, chosen.as_of),
            "speed": [],
            "test": [],
        },
        "message": asked.message({"level": "warning", "title": "No figures here", "text": text, "links": []}),
        "cards": {
            "speed-use": sample_words.absent(_HEADING, text),
            "speed-rounds": sample_words.absent("Over the rounds", text),
        },
        "counted": "",
        "quadrants": [],
        "headline": "",
    }
