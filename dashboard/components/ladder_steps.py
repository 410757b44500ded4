"""The steps of a use-case ladder on the page: languages, their frameworks, registries, and what was left out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.components import figures
from dashboard.components.attributes import attributes
from dashboard.components.ladder_table import ladder_table, told

_OPEN: Final = 4
"""Languages whose frameworks are shown at once."""


def languages(answer: Mapping[str, Any]) -> list[Component]:
    """Step 1: the languages through their frameworks; with all their uses where nothing compares them that way."""
    compared, large = answer["languages"], answer["at_large"]
    shown: list[Component] = [html.P(remark, className="subtitle") for remark in answer["remarks"]]
    if compared["rows"]:
        shown.append(ladder_table(compared, caption="Languages, through their frameworks", first="Language"))
        shown.append(told(compared["columns"]))
    if large["rows"]:
        table = ladder_table(large, caption="Languages, with all that they are used for", first="Language")
        summary = html.Summary("The same use case's languages, with all that they are used for")
        inner = [table, told(large["columns"])]
        shown += [html.Details([summary, *inner], className="folded")] if compared["rows"] else inner
    if not (compared["rows"] or large["rows"]):
        shown.append(html.P("No source compares languages here.", className="absent"))
    return [*shown, *_registries(answer["registries"])]


def _registries(found: Sequence[Mapping[str, Any]]) -> list[Component]:
    if not found:
        return []
    items = []
    for each in found:
        parts: list[Any] = []
        for part in each["parts"]:
            parts += [", " if parts else "", f"{part['name']} ", figures.number(part["share"], 2, "%")]
            parts.append(f" through {part['count']} {'technology' if part['count'] == 1 else 'technologies'}")
        items.append(html.Li([html.Strong(each["title"]), f" ({each['period']}): ", *parts, ". ", _percent(each)]))
    return [
        html.Details(
            [html.Summary("Installs: each registry by itself"), html.Ul(items)],
            className="folded registries",
        )
    ]


def _percent(each: Mapping[str, Any]) -> str:
    return f"{each['means'][:1].upper()}{each['means'][1:]}."


def frameworks(rungs: Sequence[Mapping[str, Any]]) -> list[Component]:
    """Step 2: one table per language and kind; from the fifth language on behind one heading."""
    if not rungs:
        return [html.P("The catalogue has no frameworks or libraries of this use case.", className="absent")]
    order = list(dict.fromkeys(rung["language_id"] for rung in rungs))
    first = [_rung(rung) for rung in rungs if rung["language_id"] in order[:_OPEN]]
    rest = [rung for rung in rungs if rung["language_id"] not in order[:_OPEN]]
    if not rest:
        return first
    names = ", ".join(dict.fromkeys(rung["language"] for rung in rest))
    more = html.Details([html.Summary(f"Further languages: {names}"), *(_rung(rung) for rung in rest)])
    return [*first, html.Div(more, className="further")]


def _rung(rung: Mapping[str, Any]) -> Component:
    plural = "libraries" if rung["kind"] == "library" else "frameworks"
    number = rung["comparables"]
    title = f"{rung['language']}: {number} {rung['kind'] if number == 1 else plural}"
    matrix = rung["matrix"]
    if number == 1 and matrix["rows"]:
        (row,) = matrix["rows"]
        link = html.A(row["name"], href=f"/technology/{row['id']}", **attributes(data_carry="true"))
        alone = html.P([link, f", alone: nothing to compare it with; {_sources(len(matrix['columns']))} of it."])
        return html.Section([html.H3(title), alone], className="rung")
    shown: list[Component] = (
        [ladder_table(matrix, caption=f"{title}, compared", first=rung["kind"].capitalize())] if matrix["rows"] else []
    )
    said = []
    if rung["more"]:
        said.append(f"Further down: {', '.join(rung['more'])}.")
    if rung["without"]:
        said.append(f"Without figures here: {', '.join(rung['without'])}.")
    notes = [html.P(" ".join(said), className="by")] if said else []
    return html.Section([html.H3(title), *shown, *notes], className="rung")


def _sources(number: int) -> str:
    return "one source has figures" if number == 1 else f"{number} sources have figures"


def left_out(left: Mapping[str, Any]) -> list[Component]:
    """What the ladder does not stand on, each with its reason."""
    blocks = []
    for title, pairs in (("Sources", left["indicators"]), ("Technologies", left["technologies"])):
        if pairs:
            items = [html.Li([html.Strong(name), f": {why}"]) for name, why in pairs]
            blocks += [html.H3(title), html.Ul(items)]
    return blocks or [html.P("Nothing.", className="absent")]
