"""A page with everything that pages are made of, for the walks in test_parts.py: one per technology."""

from dataclasses import replace
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components import blocks, chart_card, message, pickers, ranking_table
from dashboard.components.view import View, connect
from dashboard.data import current
from dashboard.pages import Page
from dashboard.selection import read, to_query
from dashboard.views import options, trends_view

CONTROLS = pickers.controls("example", "use_case", "technology", "region", "as_of")
connect("example", CONTROLS)


def view(query: str, item: str) -> View:
    """Two charts and a ranking; `fail=1` in the query is a mistake in the code."""
    data = current()
    selection, problems = read(query, data.catalog)
    snapshot = data.snapshot()
    if "fail=1" in query:
        raise ZeroDivisionError(query)
    chosen = selection.technology or tuple(dict.fromkeys((item, "rust", "java")))
    cards: dict[str, Any] = {
        "share": trends_view(data, replace(selection, technology=chosen)),
        "rank": trends_view(data, replace(selection, technology=chosen, value="rank")),
        "empty": trends_view(data, replace(selection, technology=("ada",), indicator="pypi_downloads")),
    }
    lines = cards["share"]["figure"]["data"]
    finished = [line for line in lines if line.get("showlegend") is not False]
    rows = [
        {
            "id": line["legendgroup"],
            "name": line["name"],
            "rank": i + 1,
            "value": line["y"][-1],
            "low": line["y"][-1] - 1,
            "high": line["y"][-1] + 1,
            "momentum": 0.5 - i,
            "tier": ("rising", "steady", "fading")[min(i, 2)],
            "course": line["y"][-40:],
        }
        for i, line in enumerate(finished)
    ]
    picked = {"use_case": selection.use_case, "technology": list(chosen), "region": selection.region, "as_of": None}
    offered = {
        "use_case": options.use_cases(data.catalog),
        "technology": options.technologies(data.catalog, selection),
        "region": [{"value": "WLD", "label": "World"}],
        "as_of": options.days(data),
    }
    return View(
        page="example",
        item=item,
        state=snapshot.key,
        asked=query,
        query=to_query(selection, data.catalog),
        title=f"{data.catalog.technology[item].name} - Stacktide",
        controls=CONTROLS,
        carried={"technology": item},
        props={
            "title": {"children": data.catalog.technology[item].name},
            "subtitle": {"children": "Everything on one page"},
            "message": message.props({"level": "error", "title": "Hm", "text": problems[0]} if problems else None),
            "ranking": {"children": ranking_table.ranking_table(rows, caption="Languages by share")},
            **pickers.props(CONTROLS, picked, offered),
            **chart_card.props(cards),
        },
        lazy=chart_card.lazy(cards),
    )


def layout(shown: View) -> Component:
    """Filters beside two small cards, a wide one, and the ranking."""
    return blocks.page(
        shown,
        blocks.cards(
            chart_card.chart_card(shown, "share", size="small"), chart_card.chart_card(shown, "rank", size="small")
        ),
        chart_card.chart_card(shown, "empty"),
        blocks.section("Ranking", html.Div(**shown.of("ranking"))),
        blocks.section("Facts", blocks.facts([("Kind", "Language"), ("Licence", "")])),
        blocks.tiles([{"title": "Web back end", "href": "/use-case/web-backend", "text": "Servers."}]),
        blocks.see_also([("Trends", "/trends")]),
        filters=pickers.column(shown, CONTROLS, presets=[("Python and Go", "?technology=python,go")]),
    )


PAGE = Page(
    path="/example/<id>",
    name="Example",
    order=99,
    description="All of {name}.",
    view=view,
    layout=layout,
    items=lambda catalog: {technology.id: technology.name for technology in catalog.technologies},
    nav="Examples",
)
