"""Sources: how fresh each one is, what its runs did, when it is asked next; and, for who may, acting on that."""

from collections.abc import Callable, Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.admin import current
from dashboard.components import downloads, export_list, message, run_history, source_detail, source_table
from dashboard.components.attributes import attributes
from dashboard.components.view import View, connect
from dashboard.pages import Page

_LIST, _RUNS = "sources-downloads", "runs-downloads"
_SOURCE_DATES = ("first_period", "last_period", "retrieved_on", "last_run", "next_run")
_RUN_DATES = ("started", "finished")

connect("sources", ())


def view(query: str) -> View:
    """Everything on this page that depends on the address and on the state of the sources."""
    answer = current().view(query)
    detail = answer["detail"]
    title = detail["title"] if detail else "Sources"
    props: dict[str, dict[str, Any]] = {
        "sources-back": {"hidden": detail is None, "children": _back(answer)},
        "title": {"children": title},
        "sources-overall": {"children": _overall(answer) if detail is None else [detail["publisher"]]},
        "message": message.props(_problems(answer)),
        "sources-table": {"children": source_table.table(answer) if detail is None else [], "hidden": bool(detail)},
        "source-operations": source_detail.operations(detail),
        "sources-exports": {
            "children": [] if detail else export_list.section(answer["exports"]),
            "hidden": bool(detail),
        },
        "source-detail": {"hidden": detail is None},
        **{name: {"children": made(detail) if detail else []} for name, made in _PARTS.items()},
        **downloads.props(_LIST, _sources_offer(answer) if detail is None else None),
        **downloads.props(_RUNS, _runs_offer(detail) if detail and detail["runs"] else None),
    }
    name = f"{title} - Stacktide"
    return View(page="sources", state="live", asked=query, query=answer["query"], title=name, props=props)


_PARTS: Mapping[str, Callable[[Mapping[str, Any]], list[Component]]] = {
    "source-standing": source_detail.standing,
    "source-error": source_detail.last_error,
    "source-history": lambda detail: run_history.history(detail["runs"], detail["source"]),
    "source-schedule": source_detail.schedule,
    "source-unknown": source_detail.unknown_names,
    "source-facts": source_detail.facts,
}
"""The places of the detail, and what fills each."""


def _sources_offer(answer: Mapping[str, Any]) -> downloads.Offer:
    return downloads.Offer(
        name="stacktide-sources",
        title="Sources",
        subtitle=answer["overall"],
        source="Compiled by Stacktide",
        table="sources-table",
        rows=[downloads.Rows("All sources", "sources", number=len(answer["rows"]), dates=_SOURCE_DATES)],
    )


def _runs_offer(detail: Mapping[str, Any]) -> downloads.Offer:
    return downloads.Offer(
        name=f"stacktide-runs-{detail['source']}",
        title=f"Runs of {detail['title']}",
        subtitle="Times are UTC",
        source="Compiled by Stacktide",
        table="source-history",
        rows=[downloads.Rows("Runs of this source", "runs", f"source={detail['source']}", dates=_RUN_DATES)],
    )


def _back(answer: Mapping[str, Any]) -> list[Component]:
    return [html.A("← All sources", href=f"?{answer['back']}", **attributes(data_view="true"))]


def _overall(answer: Mapping[str, Any]) -> list[Any]:
    by = answer["scheduler"]
    runs = " The scheduler runs." if by else " No scheduler runs: nothing is refreshed by itself."
    return [f"{answer['overall']}{runs}"]


def _problems(answer: Mapping[str, Any]) -> dict[str, Any] | None:
    if not answer["problems"]:
        return None
    return {
        "level": "error",
        "title": "Part of the address could not be read",
        "text": " ".join(answer["problems"]),
        "links": [],
    }


def layout(shown: View) -> Component:
    """The page: one line, then the table, or one source in detail. Elements without content belong to the browser."""
    head = html.Div(
        [
            html.P(**shown.of("sources-back"), className="back"),
            html.H1(**shown.of("title"), tabIndex="-1"),
            html.P(**shown.of("sources-overall"), className="subtitle"),
            html.Div(id="sources-account", className="account"),
        ],
        className="head",
    )
    detail = html.Div(
        [
            html.Section(**shown.of("source-standing"), className="card", **attributes(aria_label="State")),
            html.Div(id="source-refresh", className="refresh"),
            html.Div(**shown.of("source-error"), className="message"),
            _section(
                "Runs",
                downloads.menu(shown, _RUNS, "Download these runs", "above"),
                html.Div(**shown.of("source-history")),
            ),
            _section(
                "Schedule",
                html.Div(**shown.of("source-schedule"), className="rule"),
                html.Div(**shown.of("source-operations"), className="operations"),
            ),
            _section("Unknown names", html.Div(**shown.of("source-unknown"))),
            html.Section(**shown.of("source-facts"), className="note"),
        ],
        **shown.of("source-detail"),
    )
    results = html.Section(
        [
            message.unanswered(),
            html.Div(**shown.of("message"), role="status", **attributes(aria_live="polite")),
            html.P(id="sources-said", className="visually-hidden", role="status", **attributes(aria_live="polite")),
            downloads.menu(shown, _LIST, "Download this table", "above"),
            html.Div(**shown.of("sources-table")),
            html.Section(**shown.of("sources-exports"), className="part"),
            detail,
        ],
        className="results",
        id="results",
    )
    return html.Div([head, results, shown.store()], className="page wide")


def _section(title: str, *content: Component) -> Component:
    return html.Section([html.H2(title), *content], className="part")


PAGE = Page(
    path="/sources",
    name="Sources",
    order=90,
    description="How fresh every source is, what its last runs did, when it is refreshed next, its licence and bias.",
    view=view,
    layout=layout,
    live=True,
    wide=True,
)
