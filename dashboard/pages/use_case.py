"""Use case: from the use case to its languages to their frameworks, by every source that compares them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.components import blocks, chart_card, figures, ladder_steps, message, pickers, ranking_table
from dashboard.components.view import View, connect
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views.use_case import use_case_view

CONTROLS = pickers.controls("use-case", "indicator", "as_of", clears={"indicator": ()})
connect("use-case", CONTROLS)


def view(query: str, item: str) -> View:
    """Everything on the page of one use case."""
    answer = use_case_view(current(), query, item)
    cards = {"trend": answer["trend"]} if answer["trend"] else {}
    props: dict[str, dict[str, Any]] = {
        "title": {"children": answer["title"]},
        "subtitle": {"children": answer["definition"]},
        "message": message.props(answer["message"]),
        "use-case-answer": {"children": answer["sentence"]},
        "use-case-jump": {"children": _jump(answer, item)},
        "use-case-languages": {"children": ladder_steps.languages(answer)},
        "use-case-frameworks": {"children": ladder_steps.frameworks(answer["frameworks"])},
        "use-case-ranking": {"children": _ranking(answer)},
        "use-case-conflict": {"children": _conflict(answer["conflict"])},
        "use-case-left-out": {"children": ladder_steps.left_out(answer["left_out"])},
        "use-case-near": {"children": _near(answer)},
        "use-case-trend": {"hidden": not cards},
        **pickers.props(CONTROLS, answer["selection"], answer["options"]),
        **chart_card.props(cards),
    }
    return View(
        page="use-case",
        item=item,
        state=answer["state"],
        asked=query,
        query=answer["query"],
        title=f"{answer['title']} - Stacktide",
        controls=CONTROLS,
        carried={"use_case": item},
        props=props,
        lazy=chart_card.lazy(cards),
    )


def _jump(answer: Mapping[str, Any], item: str) -> list[Component]:
    """Ways on: the leading three compared, their trends, then the parts of this page."""
    as_of = {"as_of": answer["selection"]["as_of"]} if answer["selection"]["as_of"] else {}
    names = [name for _, name in answer["top"]]
    links: list[Component] = []
    if len(names) > 1:
        chosen = {"use_case": item, "technology": ",".join(t for t, _ in answer["top"]), **as_of}
        compare = f"/compare?{urlencode(chosen, safe=',')}"
        links.append(html.A(f"Compare {', '.join(names[:-1])} and {names[-1]}", href=compare, className="button"))
    if answer["selection"]["indicator"]:
        asked = {"use_case": item, "indicator": answer["selection"]["indicator"], **as_of}
        links.append(html.A("Trends of all of them", href=f"/trends?{urlencode(asked)}", className="button"))
    return links


def _ranking(answer: Mapping[str, Any]) -> list[Component]:
    ranked = answer["ranking"]
    if ranked is None:
        links = [(title, href) for title, href in answer["near"][:3]]
        text = "No source has figures of two of its technologies. Use cases near by have more:"
        return [blocks.nothing("Nothing to rank", text, links)]
    caption = f"{answer['title']}: {ranked['construct']}, {ranked['source']}, {ranked['period']}"
    over = f" Momentum over {ranked['years']} years, in percentage points a year, with its 95 % interval."
    said: list[Any] = [f"{ranked['source']}, {ranked['period']}: {ranked['means']}."]
    if ranked["sample_size"]:
        said += [" n = ", figures.number(ranked["sample_size"]), "."]
    said.append(f" No momentum: {ranked['no_momentum']}." if ranked["no_momentum"] else over if ranked["years"] else "")
    notes = []
    if ranked["few"]:
        notes.append(f"Too few to show (under 10 asked, or under 100 people): {', '.join(ranked['few'])}.")
    if ranked["without"]:
        notes.append(f"Without figures in this source: {', '.join(ranked['without'])}.")
    table = ranking_table.ranking_table(
        ranked["rows"], caption=caption, value=ranked["value"], digits=3, course=ranked["course"]
    )
    return [
        html.P(said, className="subtitle"),
        table,
        html.Div([html.P(f"Known bias: {ranked['caveat']}"), *(html.P(each) for each in notes)], className="by"),
    ]


def _conflict(conflict: Mapping[str, Any]) -> list[Any]:
    shown: list[Any] = [html.Strong("Do the sources agree? "), conflict["text"]]
    if conflict.get("why"):
        shown.append(html.Span(f" Why they may differ: {conflict['why']}", className="by"))
    return shown


def _near(answer: Mapping[str, Any]) -> list[Component]:
    return [blocks.see_also([*answer["near"], ("All use cases", "/use-case")], title="Other use cases")]


def layout(shown: View) -> Component:
    """The answer, the ranking, the two steps of the ladder, where sources differ, what was left out."""
    indicator, as_of = CONTROLS
    pick = html.Div(
        [pickers.picker(shown, indicator, label="Evidence"), pickers.picker(shown, as_of)], className="drawing pickers"
    )
    card = html.Div(chart_card.chart_card(shown, "trend", level=3, size="small"), **shown.of("use-case-trend"))
    ranked = html.Div([html.Div(**shown.of("use-case-ranking")), card], className="ranked")
    return blocks.page(
        shown,
        html.Div(
            [html.P(**shown.of("use-case-answer"), className="answer"), html.P(**shown.of("use-case-jump"))],
            className="use-case-head",
        ),
        blocks.section("Ranking", pick, ranked, id="ranking"),
        html.P(**shown.of("use-case-conflict"), className="conflict"),
        blocks.section(
            "Step 1: languages, through their frameworks", html.Div(**shown.of("use-case-languages")), id="languages"
        ),
        blocks.section(
            "Step 2: frameworks within each language", html.Div(**shown.of("use-case-frameworks")), id="frameworks"
        ),
        blocks.section("What was left out, and why", html.Div(**shown.of("use-case-left-out")), id="left-out"),
        html.Div(**shown.of("use-case-near")),
    )


PAGE = Page(
    path="/use-case/<id>",
    name="Use case",
    order=45,
    description="{name}: which languages and frameworks lead, by every source that compares them.",
    view=view,
    layout=layout,
    wide=True,
    items=lambda catalog: {use_case.id: use_case.title for use_case in catalog.use_cases},
    nav="",
)
