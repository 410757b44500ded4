"""One source: how it is and why, what went wrong, its schedule in words, unknown names, the facts."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from dashboard.components.sentence import capital, sentence
from dashboard.components.source_table import absent, next_run, pill, scrolling

_FIRST_NAMES: Final = 15

Detail = Mapping[str, Any]


def standing(detail: Detail) -> list[Component]:
    """State, reason and the four figures that an operator looks for."""
    last = (
        [html.Span(detail["last_run"], className="moment"), " ", pill(detail["outcome"], detail["outcome"])]
        if detail["last_run"]
        else absent("never")
    )
    facts = [
        ("Newest period", detail["newest_period"] or absent("none yet")),
        ("Rows", f"{detail['rows']:,}"),
        ("Last run (UTC)", last),
        ("Next run (UTC)", next_run(detail)),
    ]
    return [
        html.P([pill(detail["state"], detail["state_words"]), " ", *sentence(detail["why"])], className="why"),
        html.Dl([html.Div([html.Dt(term), html.Dd(said)]) for term, said in facts], className="figures"),
    ]


def last_error(detail: Detail) -> list[Component]:
    """What went wrong in the newest finished run, in words; nothing where nothing did."""
    error = detail["last_error"]
    if error is None:
        return []
    kept = " The last good figures stay." if error["kept"] and "stay" not in error["error"] else ""
    words: list[Any] = [
        html.Strong(f"The run of {error['on']} UTC: {error['outcome']}"),
        html.P(sentence(error["error"] + kept)),
    ]
    if len(error["parts"]) > 1:
        items = [html.Li([html.Strong(part["part"]), " ", *sentence(part["error"])]) for part in error["parts"]]
        words.append(html.Details([html.Summary(f"The {len(items)} parts that failed"), html.Ol(items)]))
    return [dbc.Alert(words, color="danger" if error["kept"] else "warning", fade=False)]


def schedule(detail: Detail) -> list[Component]:
    """The rule in words, where it comes from, and when it comes next."""
    rule = detail["schedule"]
    by = "the default of its cadence" if rule["origin"] == "default" else "set here or by `stacktide schedule`"
    said: list[Component] = [html.P([html.Strong(capital(rule["words"])), *sentence(f" ({by}).")])]
    if rule["paused"]:
        said.append(html.P("It is paused: nothing is asked until somebody resumes it."))
    elif rule["coming"]:
        first, *rest = rule["coming"]
        then = f", then {' and '.join(rest)}" if rest else ""
        late = " (overdue)" if rule["overdue"] else ""
        said.append(html.P(f"Next: {first}{late}{then} UTC."))
    if rule["scheduler"] is None and rule["coming"]:
        said.append(html.P("No scheduler runs, so that nothing begins by itself.", className="absent"))
    return said


def unknown_names(detail: Detail) -> list[Component]:
    """Published names that nothing in the catalogue covers, the largest first."""
    names, count = detail["unknown_names"], detail["unknown_count"]
    if not names:
        return [html.P("None: every name that it publishes is known, or nothing was refreshed yet.")]
    words = f"{count:,} published names are of nothing that we follow, as of the run of {detail['unknown_on']}."
    first, rest = names[:_FIRST_NAMES], names[_FIRST_NAMES:]
    made: list[Component] = [html.P(words), scrolling(_names(first), "Table of unknown names")]
    if rest:
        left = f", of {count - len(first):,}" if count > len(names) else ""
        summary = html.Summary(f"{len(rest)} more{left}")
        made.append(html.Details([summary, scrolling(_names(rest), "Table of further unknown names")]))
    return made


def _names(names: Sequence[Mapping[str, Any]]) -> Component:
    head = [html.Th("Name", scope="col")]
    head += [html.Th(each, scope="col", className="number") for each in ("Rows", "Largest share of its values")]
    rows = [
        html.Tr(
            [
                html.Th(each["name"], scope="row"),
                html.Td(f"{each['rows']:,}", className="number"),
                html.Td(each["share"], className="number"),
            ]
        )
        for each in names
    ]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="names")


def facts(detail: Detail) -> list[Component]:
    """Who publishes what under which terms, what is known against it, and what it measures."""
    licence = html.A(detail["licence"], href=detail["licence_url"], rel="noopener") if detail["licence_url"] else None
    rows: list[tuple[str, Any]] = [
        ("Known bias", detail["caveat"]),
        ("Publisher", [detail["publisher"], ", ", html.A("its page", href=detail["homepage"], rel="noopener")]),
        ("Licence", [licence or detail["licence"], html.Span(detail["attribution"], className="attribution")]),
        ("Verified", f"{detail['verified_words']}."),
        ("Publishes", f"{detail['cadence']}; stale when its newest period began over {detail['stale_days']} days ago."),
        ("Measures", html.Ul([_indicator(each) for each in detail["indicators"]])),
    ]
    items = [html.Div([html.Dt(term), html.Dd(said)], className="entry") for term, said in rows]
    return [html.H2("About this source"), html.Dl(items, className="facts")]


def _indicator(indicator: Mapping[str, Any]) -> Component:
    link = html.A(indicator["title"], href=f"/trends?indicator={indicator['id']}")
    return html.Li([link, f" ({indicator['construct']})"])


def operations(detail: Detail | None) -> dict[str, Any]:
    """What the browser must know to offer actions: attributes of the element in which `assets/sources.js` puts them."""
    if detail is None:
        return attributes(data_source="")
    rule = detail["schedule"]
    return attributes(
        data_source=detail["source"],
        data_cron=rule["cron"] or "",
        data_hours="" if rule["hours"] is None else f"{rule['hours']:g}",
        data_timezone=rule["timezone"],
        data_paused=str(rule["paused"]).lower(),
        data_origin=rule["origin"],
        data_default=rule["default"] or "",
    )
