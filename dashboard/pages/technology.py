"""Technology: everything known of one language, framework, library, database, tool or platform."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components import blocks, chart_card, downloads, known, message, pickers, standing_table
from dashboard.components.attributes import attributes
from dashboard.components.view import Control, View, connect
from dashboard.data import current
from dashboard.pages import Page
from dashboard.views.technology import technology_view

_COMPARED = pickers.controls("technology", "use_case")
_TREND = pickers.controls("technology", "indicator", "region", "as_of", clears={"indicator": ("segment", "value")})
_VALUE = Control("technology-value", ("value",))
CONTROLS = (*_COMPARED, *_TREND, _VALUE)
connect("technology", CONTROLS)

_CARDS = ("trend", "rank", "regions")


def view(query: str, item: str) -> View:
    """Everything on this page, for one technology."""
    answer = technology_view(current(), item, query)
    cards = {name: answer[name] for name in _CARDS if answer[name] is not None}
    chosen = answer["selection"]
    return View(
        page="technology",
        item=item,
        state=answer["state"],
        asked=query,
        query=answer["query"],
        title=f"{answer['name']} - Stacktide",
        controls=CONTROLS,
        carried={"technology": item},
        props={
            "title": {"children": answer["name"]},
            "subtitle": {"children": answer["subtitle"]},
            "message": message.props(answer["message"]),
            "technology-lead": {"children": answer["sentence"]},
            "technology-state": {"children": answer["as_of"], "hidden": answer["as_of"] is None},
            "technology-standing": {"children": _standing(answer)},
            "technology-facts": {"children": known.terms(answer["facts"])},
            "technology-trend": {"hidden": answer["trend"] is None},
            "technology-use-case-field": {"hidden": len(answer["options"]["use_case"]) < 2},
            "technology-value": {"options": answer["options"]["value"], "value": chosen["value"]},
            "technology-people": {"hidden": answer["regions"] is None},
            "technology-more": {"children": _more(answer)},
            "technology-rows": {"children": _rows(answer)},
            **downloads.props("technology-raw", _raw(answer) if answer["raw"]["number"] else None),
            **pickers.props((*_COMPARED, *_TREND), chosen, answer["options"]),
            **chart_card.props(cards),
        },
        lazy=chart_card.lazy(cards),
    )


def _standing(answer: Mapping[str, Any]) -> list[Component]:
    """The table of constructs, with what must be known to read it."""
    name = answer["name"]
    if not answer["standing"]:
        ways = [("What is missing, and why", "#missing"), ("The state of all sources", "/sources")]
        text = "Its facts and names are below. A source that is not in this store yet may count it."
        return [blocks.nothing(f"No figures of {name} in this store", text, ways)]
    kept = [pair for pair in parse_qsl(answer["query"]) if pair[0] not in ("indicator", "region", "value", "segment")]
    table = standing_table.standing_table(
        answer["standing"],
        caption=f"Where {name} stands, worldwide",
        kinds=answer["kinds"],
        field=answer["field"],
        address=lambda indicator: f"?{urlencode([*kept, ('indicator', indicator)])}#trend",
    )
    sources = {row["source"]: row["caveat"] for row in answer["standing"]}
    told = [html.Li([html.Strong(f"{source}: "), caveat]) for source, caveat in sources.items()]
    of = {row["title"]: row["momentum_of"] for row in answer["standing"] if row["momentum"] is not None}
    shares = [html.Li([html.Strong(f"{title}: "), what]) for title, what in of.items()]
    note = html.Details(
        [
            html.Summary("How to read this, and what each source does not say"),
            html.P(
                "Worldwide, the newest finished period of each source; of each construct the most telling one. "
                "Figures of two rows are not comparable: each counts something else. The course is that of up to five "
                "years on a scale of its own, cut at breaks of method."
            ),
            html.P(
                f"Momentum: {answer['method']}. Over three years; over five where figures are yearly. In brackets, as "
                "beside shares of posts and respondents (Wilson), the 95 % interval. The share is:"
            ),
            html.Ul(shares),
            html.P("Known bias:"),
            html.Ul(told),
        ],
        className="folded card-note",
    )
    return [table, note]


def _more(answer: Mapping[str, Any]) -> list[Component]:
    """What does not change with the trend that is looked at."""
    name, item = answer["name"], answer["id"]
    found: list[Component] = []
    if answer["similar"]:
        rivals = ",".join([item, *(each["id"] for each in answer["similar"][:3])])
        chosen = {"use_case": answer["selection"]["use_case"], "technology": rivals, **_day(answer)}
        query = urlencode({key: value for key, value in chosen.items() if value}, safe=",")
        compare = html.A(f"Compare {name} with the first three", href=f"/compare?{query}", className="button")
        links = [
            {"title": each["name"], "href": f"/technology/{each['id']}", "text": each["why"]}
            for each in answer["similar"]
        ]
        found.append(
            blocks.section(
                "Similar technologies",
                blocks.tiles(links),
                html.P(compare),
                intro="Of the same kind, for the same use cases.",
                id="similar",
            )
        )
    if answer["features"]:
        found.append(blocks.section("What it brings itself", known.features(answer["features"])))
    if answer["adopters"]:
        found.append(blocks.section("Publicly known to use it", known.row(answer["adopters"])))
    if answer["names"]:
        intro = "What the sources look for when they count it."
        found.append(blocks.section("Names elsewhere", known.terms(answer["names"]), intro=intro))
    if answer["breaks"]:
        intro = "Changes of method within the span of its figures, newest first."
        found.append(blocks.section("Breaks that concern it", *known.breaks(answer["breaks"]), intro=intro))
    if answer["absent"]:
        lines = html.Details([html.Summary("Which, and why"), *known.absent(answer["absent"])], className="missing")
        intro = f"{answer['carried']} indicators have figures of {name}; these have not."
        found.append(blocks.section("What does not tell of it", lines, intro=intro, id="missing"))
    return found


def _raw(answer: Mapping[str, Any]) -> downloads.Offer:
    """All that the store holds of it, as files."""
    name = answer["name"]
    rows = downloads.Rows(f"All observations of {name}", **answer["raw"], dates=("period_start", "vintage"))
    return downloads.Offer(name=f"stacktide-{answer['id']}", title=f"All observations of {name}", rows=[rows])


def _day(answer: Mapping[str, Any]) -> dict[str, str]:
    """The parameter of the day that is looked at; none for the newest state."""
    day = answer["selection"]["as_of"]
    return {"as_of": day} if day else {}


def _rows(answer: Mapping[str, Any]) -> list[Any]:
    query = urlencode({"technology": answer["id"], **_day(answer)})
    api = html.A("API", href=f"/api/v1/observations?{query}")
    grid = html.A("look at the rows", href=f"/data?{query}")
    return ["All sources, regions and periods, with licences. Also by the ", api, ", or ", grid, "."]


def layout(shown: View) -> Component:
    """The answer and the standing first, facts beside; then one trend in detail, and all the rest."""
    values = html.Div(
        [
            html.Div("Values", id="technology-value-label", className="label"),
            dcc.RadioItems(**shown.of("technology-value"), inline=True, className="segments"),
        ],
        className="field values",
        role="group",
        **attributes(aria_labelledby="technology-value-label"),
    )
    top = html.Div(
        [
            html.Div(
                [
                    html.Div(
                        [pickers.picker(shown, c, label="Compared within") for c in _COMPARED], className="within"
                    ),
                    html.Div(**shown.of("technology-standing")),
                ],
                className="main",
            ),
            html.Section(**shown.of("technology-facts"), className="aside", **attributes(aria_label="Facts")),
        ],
        className="technology-top",
    )
    trend = html.Div(
        blocks.section(
            "Trend in detail",
            html.Div([*(pickers.picker(shown, c) for c in _TREND), values], className="drawing pickers"),
            blocks.cards(
                chart_card.chart_card(shown, "trend", level=3, size="small"),
                chart_card.chart_card(shown, "rank", level=3, size="small"),
            ),
            id="trend",
        ),
        **shown.of("technology-trend"),
    )
    people = html.Div(
        blocks.section("Where its people are", chart_card.chart_card(shown, "regions", level=3, size="small")),
        **shown.of("technology-people"),
    )
    return blocks.page(
        shown,
        html.P(**shown.of("technology-state"), className="subtitle"),
        html.P(**shown.of("technology-lead"), className="lead", **attributes(aria_live="polite")),
        top,
        trend,
        people,
        html.Div(**shown.of("technology-more")),
        blocks.section(
            "Raw data",
            html.P(**shown.of("technology-rows"), className="subtitle"),
            downloads.menu(shown, "technology-raw", "Download all observations", "above"),
            id="raw",
        ),
        above=[
            html.P(html.A("← All technologies", href="/technology", **attributes(data_carry="true")), className="back")
        ],
    )


PAGE = Page(
    path="/technology/<id>",
    name="Technology",
    order=50,
    description="{name}: people, installs, questions, hiring, surveys and code activity over time, with places, "
    "momentum, regions, facts, names and breaks.",
    view=view,
    layout=layout,
    items=lambda catalog: {technology.id: technology.name for technology in catalog.technologies},
    nav="",
)
