"""The cards of the page Speed: speed against use, and the rounds; the same in words."""

from dataclasses import replace
from typing import Any, Final

import pandas as pd

from dashboard.charts import colours, speed_and_use
from dashboard.data import Data
from dashboard.views import sample_words
from dashboard.views.speed_answer import FEWEST, Answered
from dashboard.views.trends import trends_view
from dashboard.views.words import listed, period, significant

_ROUNDS: Final = 8
HEADING: Final = "Fast and used"


def against(data: Data, answered: Answered) -> dict[str, Any]:
    """Speed to the right, use upwards."""
    points, speed, use = answered.points, answered.speed, answered.use
    if use is None or answered.when is None or points.empty:
        text = f"No indicator tells the use of {FEWEST} of these technologies: choose another use case."
        return sample_words.absent(HEADING, text)
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
        "title": f"{HEADING}: {speed.title.split(',')[0].lower()} and {use.construct}",
        "subtitle": (
            f"Right: percentile among {round_['variants']:,.0f} variants, {when}. "
            f"Up: {answered.whole}, {period(answered.when, use.frequency)}"
            + (", logarithmic" if speed_and_use.is_log(points["use"]) else "")
        ),
        "figure": speed_and_use.figure(points, answered.median, facts),
        "sentence": headline(answered),
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


def _lacking(answered: Answered) -> list[str]:
    names = answered.names
    lacking = [names[t] for t in answered.measured if t not in answered.points.index]
    if not lacking or answered.use is None:
        return []
    return [f"Measured, but without a figure of use in {answered.use.title}: {listed(lacking, most=60)}."]


def _table(answered: Answered) -> dict[str, list[dict[str, Any]]]:
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


def rounds(data: Data, answered: Answered) -> dict[str, Any]:
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


def quadrants(answered: Answered) -> list[dict[str, Any]]:
    """The four corners in words; nothing where nothing is compared."""
    points, median = answered.points, answered.median
    if points.empty or median is None:
        return []
    fast, used = points["percentile"] >= speed_and_use.FAST, points["use"] >= median
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


def _figures(answered: Answered, technology: str) -> str:
    row = answered.points.loc[[technology]].to_dict("records")[0]
    use = f"{significant(float(row['use']), 2)} %" if answered.is_share else f"{row['use']:,.0f} {answered.whole}"
    return f"faster than {row['percentile']:.0f} %; {use}"


def headline(answered: Answered) -> str:
    """The answer in one sentence."""
    points = answered.points
    if points.empty:
        return ""
    corners, everybody = quadrants(answered), len(answered.field)
    if not corners:
        return f"Fewer than {FEWEST} technologies have both figures: too few to tell who is fast and used."
    if len(points) < FEWEST:
        told = "; ".join(
            f"{each['name']} ({each['figures']}) is {corner['title'][:1].lower()}{corner['title'][1:]}"
            for corner in corners
            for each in corner["technologies"]
        )
        return f"Among all {everybody} technologies with both figures: {told}."
    among = f"Of {len(points)} technologies with both figures"
    halves = "the half used more" + (f" of all {everybody}" if everybody > len(points) else "")
    first = corners[0]["technologies"]
    if not first:
        return f"{among}, none is both in the faster half and in {halves}."
    told = listed(f"{each['name']} ({each['figures']})" for each in first)
    return f"{among}, in the faster half and in {halves}: {told}."
