"""The note under a chart: what the figures are, where they come from, what they do not say."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.components import figures

Note = Mapping[str, Any]

_HEADINGS: Final = {2: html.H2, 3: html.H3, 4: html.H4}


def children(note: Note | None, *, level: int = 2) -> list[Component]:
    """The note as a definition list, most asked first; rows without content are left out.

    Keys of a note, all optional but `indicator`: how_to_read, means, does_not_mean, caveat, shown, unit, source,
    publisher, homepage, last_period, retrieved_on, verified, licence {title, url}, attribution, breaks, releases,
    missing.
    """
    if note is None:
        return []
    rows = [
        ("How to read", note.get("how_to_read")),
        ("It means", note.get("means")),
        ("It does not mean", note.get("does_not_mean")),
        ("Known bias", note.get("caveat")),
        ("Values", note.get("shown")),
        ("Unit", note.get("unit")),
        ("Source", _source(note)),
        ("Last period", note.get("last_period")),
        ("Retrieved on", _days(note.get("retrieved_on"))),
        ("Verified", note.get("verified")),
        ("Licence", _licence(note)),
    ]
    items = [html.Div([html.Dt(term), html.Dd(said)], className="entry") for term, said in rows if said]
    return [
        _HEADINGS[level](f"About these figures: {note['indicator']}"),
        html.Dl(items, className="facts"),
        *_breaks(note.get("breaks") or (), level + 1),
        *_releases(note.get("releases") or (), level + 1),
        *_missing(note.get("missing") or (), level + 1),
    ]


def folded(note: Note | None) -> list[Component]:
    """The note under one of several charts: source, last period and licence in one line, the rest on demand."""
    if note is None:
        return []
    return [html.Details([html.Summary(line(note)), html.Div(children(note, level=3))], className="folded")]


def line(note: Note) -> list[Any]:
    """Source, publisher, last period, day of retrieval and licence, as one line."""
    source, publisher = note.get("source"), note.get("publisher")
    named = [str(source)] if source else []
    named += [str(publisher)] if publisher and publisher not in (source or "") else []
    told: list[Any] = [f"Source: {', '.join(named)}" if named else str(note["indicator"])]
    if note.get("last_period"):
        told.append(f"; last period {note['last_period']}")
    if note.get("retrieved_on"):
        told += ["; retrieved on ", *_days(note["retrieved_on"])]
    if note.get("licence"):
        told.append(f"; {note['licence']['title']}")
    return told


def _days(told: str | None) -> list[Any]:
    """`2026-08-01`, or the first and the last of several (`2026-08-01 to 2026-08-09`), each as a day."""
    found: list[Any] = []
    for each in told.split(" to ") if told else ():
        found += [" to " if found else "", figures.day(date.fromisoformat(each))]
    return found


def _link(text: str, url: str | None) -> Any:
    return html.A(text, href=url, rel="noopener") if url else text


def _source(note: Note) -> list[Any] | None:
    if not note.get("source"):
        return None
    publisher = note.get("publisher")
    by = f", {publisher}" if publisher and publisher not in note["source"] else ""
    return [_link(note["source"], note.get("homepage")), by]


def _licence(note: Note) -> list[Any] | None:
    licence = note.get("licence")
    if not licence:
        return None
    said: list[Any] = [_link(licence["title"], licence.get("url"))]
    if note.get("attribution"):
        said.append(html.Span(note["attribution"], className="attribution"))
    return said


def _breaks(breaks: Sequence[Mapping[str, Any]], level: int) -> list[Component]:
    """The breaks in the span, numbered like the marks in the chart."""
    if not breaks:
        return []
    items = [
        html.Li(
            [
                html.Strong(str(each["date"])),
                " ",
                each["what"],
                *_evidence(str(each.get("evidence") or "")),
                " Lines are cut here." if each.get("effect") == "severs" else "",
            ]
        )
        for each in breaks
    ]
    return [_HEADINGS[level]("Breaks in this span"), html.Ol(items, className="breaks")]


def _releases(releases: Sequence[Mapping[str, Any]], level: int) -> list[Component]:
    """The releases that are marked, each with the page that dates it."""
    if not releases:
        return []
    items = [
        html.Li(
            [
                html.Strong(each["when"]),
                " ",
                html.A(each["title"], href=each["source"], rel="noopener"),
                ", first release" if each["first"] else "",
            ]
        )
        for each in releases
    ]
    return [_HEADINGS[level]("Releases marked in this span"), html.Ul(items, className="releases")]


def _evidence(evidence: str) -> list[Any]:
    if evidence.startswith("https://"):
        return [" (", html.A("evidence", href=evidence, rel="noopener"), ")."]
    return [f" Evidence: {evidence}"] if evidence else []


def _missing(missing: Sequence[str], level: int) -> list[Component]:
    if not missing:
        return []
    return [_HEADINGS[level]("What is missing"), html.Ul([html.Li(each) for each in missing], className="missing")]
