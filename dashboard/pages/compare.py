"""Compare: two to eight technologies side by side."""

from collections.abc import Mapping
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.analysis.momentum import METHOD
from dashboard.components import blocks, chart_card, compare_tables, message, pickers
from dashboard.components.attributes import attributes
from dashboard.components.view import View, connect
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views.compare import CARDS, compare_view
from dashboard.views.compare_cards import TRENDS

# who changes the use case asks the same question elsewhere: what is compared stays
CONTROLS = pickers.controls("compare", "use_case", "technology", "as_of", clears={"use_case": ()})
connect("compare", CONTROLS)

_PARTS: Final = ("profile", "standing", "trends", "conflict", "facts", "benchmark", "record", "more")
"""Parts of the page that a choice may leave without anything to show."""
_PLACES: Final = (
    "The large figure is the place, below it the percent, then the momentum of that percent in points a year; "
    "in brackets 95 % intervals."
)


def view(query: str) -> View:
    """Everything on this page that depends on the selection."""
    data = current()
    answer = compare_view(data, query)
    cards, names = answer["cards"], answer["names"]
    shown = dict.fromkeys(_PARTS, answer["ready"])
    shown["benchmark"] = bool(cards["benchmark"]["title"])
    props: dict[str, dict[str, Any]] = {
        "title": {"children": answer["title"]},
        "subtitle": {"children": answer["verdict"]},
        "message": message.props(answer["message"]),
        "filters-summary": {"children": _summary(answer)},
        "ways": {"hidden": answer["ready"], "children": [] if answer["ready"] else _ways(answer)},
        **{f"{part}-part": {"hidden": not is_shown} for part, is_shown in shown.items()},
        **{f"{card}-slot": {"hidden": not cards[card]["title"]} for card in TRENDS},
        **_tables(answer, names),
        **pickers.props(CONTROLS, answer["selection"], answer["options"]),
        **chart_card.props(cards),
    }
    return View(
        page="compare",
        state=answer["state"],
        asked=query,
        query=answer["query"],
        title=f"{answer['title']} - Stacktide",
        controls=CONTROLS,
        props=props,
        lazy=chart_card.lazy(cards),
    )


def _summary(answer: Mapping[str, Any]) -> str:
    """What the folded filters say on a narrow screen."""
    number = len(answer["names"])
    return f"{number} technologies" if number != 1 else "1 technology"


def _ways(answer: Mapping[str, Any]) -> list[Component]:
    if not answer["presets"]:
        return [
            blocks.nothing(
                "No ready comparison", "Too few technologies of this use case have figures: choose them by name."
            )
        ]
    return [html.H2("Ready comparisons"), compare_tables.presets(answer["presets"])]


def _tables(answer: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    ids = ("standing", "agreement", "reasons", "pairs", "facts", "facts-remark", "changes", "record", "more")
    if not answer["ready"]:
        return {f"compare-{name}": {"children": []} for name in ids}
    without = answer["without_facts"]
    remark = f"No facts are collected of {', '.join(without)} yet." if without else ""
    found: dict[str, Any] = {
        "standing": compare_tables.standing(answer["standing"], names),
        "agreement": answer["agreement"],
        "reasons": compare_tables.reasons(answer["reasons"]),
        "pairs": compare_tables.agreement(answer["pairs"]),
        "facts": compare_tables.facts(answer["facts"], names),
        "facts-remark": f"From the catalogue; each links the page that shows it. {remark}",
        "changes": [html.Li(each) for each in answer["changes"]],
        "record": answer["record"],
        "more": _more(answer, names),
    }
    return {f"compare-{name}": {"children": children} for name, children in found.items()}


def _more(answer: Mapping[str, Any], names: Mapping[str, str]) -> Component:
    chosen = answer["selection"]["use_case"]
    links = [("Trends of these", "/trends"), *((name, f"/technology/{t}") for t, name in names.items())]
    return blocks.see_also([*links, *([("The use case", f"/use-case/{chosen}")] if chosen else [])])


def layout(shown: View) -> Component:
    """The filters beside the answer: profile, places, trends, sources, facts, speed, record."""

    def part(name: str, *content: Any) -> Component:
        return html.Div(list(content), **shown.of(f"{name}-part"))

    trends = [
        html.Div(chart_card.chart_card(shown, card, level=3, size="small"), **shown.of(f"{card}-slot"))
        for card in TRENDS
    ]
    folded = html.Details(
        [html.Summary("Kendall tau of each pair"), html.Div(**shown.of("compare-pairs"))], className="folded"
    )
    return blocks.page(
        shown,
        html.Section(**shown.of("ways"), className="ways"),
        part("profile", chart_card.chart_card(shown, "profile")),
        part(
            "standing",
            blocks.section(
                "Places, percents, momentum",
                html.Div(**shown.of("compare-standing")),
                html.Details([html.Summary("How momentum is measured"), html.P(f"{METHOD}.")], className="folded"),
                intro=_PLACES,
                id="places",
            ),
        ),
        part(
            "trends",
            blocks.section(
                "Trends side by side",
                blocks.cards(*trends, least=360),
                intro="One chart per construct, with the indicator that carries most of the chosen.",
                id="trends",
            ),
        ),
        part(
            "conflict",
            blocks.section(
                "Where sources disagree, and why",
                html.P(**shown.of("compare-agreement"), className="subtitle"),
                chart_card.chart_card(shown, "conflict", level=3),
                html.Div(**shown.of("compare-reasons")),
                folded,
                id="sources",
            ),
        ),
        part(
            "facts",
            blocks.section(
                "Facts",
                html.P(**shown.of("compare-facts-remark"), className="subtitle"),
                html.Div(**shown.of("compare-facts")),
                id="facts",
            ),
        ),
        part(
            "benchmark",
            blocks.section(
                "Speed",
                chart_card.chart_card(shown, "benchmark", level=3),
                intro="Synthetic, one machine, and nothing about who uses what.",
                id="speed",
            ),
        ),
        part("record", _record(shown)),
        part("more", html.Div(**shown.of("compare-more"))),
        filters=pickers.column(shown, CONTROLS),
    )


def _record(shown: View) -> Component:
    """What would change the answer, and the whole as Markdown."""
    copy = html.Button(
        "Copy as decision record",
        type="button",
        className="button",
        **attributes(data_action="copy-text", data_of="compare-record"),
    )
    save = html.Button(
        "Save as file",
        type="button",
        className="button",
        **attributes(data_action="save-text", data_of="compare-record", data_as="decision-record.md"),
    )
    text = html.Pre(**shown.of("compare-record"), tabIndex="0", className="record-text")
    return blocks.section(
        "Decision record",
        html.H3("What would change the answer"),
        html.Ul(**shown.of("compare-changes"), className="changes"),
        html.Div([copy, save], className="downloads"),
        html.Details([html.Summary("Read it first"), text], className="folded"),
        intro="Question, figures with sources and intervals, limits and this link, as Markdown for your repository.",
        id="record",
    )


PAGE = Page(
    path="/compare",
    name="Compare",
    order=4,
    description="Two to eight technologies side by side: by construct, by source, with facts and benchmarks.",
    view=view,
    layout=layout,
)

assert set(TRENDS) < set(CARDS)
