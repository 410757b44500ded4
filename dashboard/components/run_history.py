"""The history of one source's runs: a bar per run, and the table that says the same and more."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from dashboard.components.sentence import sentence
from dashboard.components.source_table import pill, scrolling

BARS: Final = 40
_FIRST: Final = 10
_LOWEST_PERCENT: Final = 8


def history(runs: Sequence[Mapping[str, Any]], source: str) -> list[Component]:
    """Bars and table of `runs`, newest first."""
    if not runs:
        told = f"It was never refreshed: press Refresh now, or run `stacktide refresh {source}`."
        return [html.P(sentence(told))]
    first, rest = runs[:_FIRST], runs[_FIRST:]
    made = [_bars(runs[:BARS][::-1]), scrolling(_table(first), "Table of runs")]
    if rest:
        summary = html.Summary("1 older run" if len(rest) == 1 else f"{len(rest)} older runs")
        made.append(html.Details([summary, scrolling(_table(rest), "Table of older runs")]))
    hint = f"Times are UTC. `stacktide runs show {runs[0]['id']}` tells all about a run."
    return [*made, html.P(sentence(hint), className="hint")]


def _bars(runs: Sequence[Mapping[str, Any]]) -> Component:
    """A bar per run, oldest first; its height is the duration, logarithmic, as one run may take 1000 times another."""
    longest = max((run["seconds"] or 0 for run in runs), default=0)
    took = next((run["took"] for run in runs if run["seconds"] == longest and run["took"]), None)
    outcomes = Counter(run["outcome"] for run in runs)
    said = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
    number = "1 run" if len(runs) == 1 else f"{len(runs)} runs, oldest first"
    scale = f"; the higher the bar, the longer it took (at most {took}, logarithmic)" if took else ""
    words = f"{number}: {said}{scale}."
    bars = [
        html.Span(
            style={"height": f"{_height(run['seconds'], longest):.0f}%"},
            className=f"bar-run is-{run['outcome']}",
            title=f"{run['started']} UTC: {run['outcome']}{', ' + run['took'] if run['took'] else ''}",
        )
        for run in runs
    ]
    ends = [html.Span(runs[0]["started"][:10]), html.Span(runs[-1]["started"][:10] if len(runs) > 1 else "")]
    drawing = html.Div(bars, className="bars", role="img", **attributes(aria_label=words))
    legend = [pill(outcome, outcome) for outcome in outcomes]
    return html.Figure(
        [
            html.Div([drawing, html.Div(ends, className="ends")], className="plot"),
            html.Figcaption([html.Span(legend, className="pills"), words]),
        ],
        className="timeline",
    )


def _height(seconds: float | None, longest: float) -> float:
    if not seconds or not longest:
        return _LOWEST_PERCENT
    return _LOWEST_PERCENT + (100 - _LOWEST_PERCENT) * math.log1p(seconds * 10) / math.log1p(longest * 10)


def _table(runs: Sequence[Mapping[str, Any]]) -> Component:
    numbers = ("Took", "Added", "Changed", "Removed", "Requests", "Received")
    head = ["Started", "Outcome", *numbers, "Trigger", "Run", "What was wrong"]
    return html.Table(
        [
            html.Caption("Runs of this source, newest first.", className="visually-hidden"),
            html.Thead(
                html.Tr([html.Th(name, scope="col", className="number" if name in numbers else "") for name in head])
            ),
            html.Tbody([_row(run) for run in runs]),
        ],
        className="runs",
    )


def _row(run: Mapping[str, Any]) -> Component:
    numbers = [run["took"] or "", *(f"{run[name]:,}" for name in ("rows_added", "rows_changed", "rows_removed"))]
    numbers += [f"{run['requests']:,}", run["size"]]
    return html.Tr(
        [
            html.Th(run["started"], scope="row"),
            html.Td(pill(run["outcome"], run["outcome"])),
            *(html.Td(number, className="number") for number in numbers),
            html.Td(run["trigger"]),
            html.Td(str(run["id"])),
            html.Td(html.Div(run["error"] or "", title=run["error"] or "", className="clamped"), className="caveat"),
        ],
        key=str(run["id"]),
    )
