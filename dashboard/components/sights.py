"""What is seen of each technology, and what is not: one row per technology."""

from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.components import figures
from dashboard.components.attributes import attributes


class Sight(Protocol):
    """The newest figure of one construct."""

    @property
    def construct(self) -> str:
        """What it stands for."""
        ...

    @property
    def indicator(self) -> str:
        """The id of the indicator."""
        ...

    @property
    def title(self) -> str:
        """The title of the indicator."""
        ...

    @property
    def value(self) -> float:
        """The figure."""
        ...

    @property
    def unit(self) -> str:
        """Its unit."""
        ...

    @property
    def period(self) -> str:
        """Its period, in words."""
        ...

    @property
    def old(self) -> bool:
        """Whether it speaks of years ago."""
        ...


class Seen(Protocol):
    """One technology."""

    @property
    def technology(self) -> str:
        """Its id."""
        ...

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def sights(self) -> Sequence[Sight]:
        """What is seen."""
        ...

    @property
    def unseen(self) -> Sequence[str]:
        """What is not, in whole sentences."""
        ...


def sights(rows: Sequence[Seen], caption: str) -> Component:
    """The table; each figure leads to its trend."""
    head = [html.Th(words, scope="col") for words in ("Technology", "Newest figures", "What they do not show")]
    body = [
        html.Tr(
            [
                html.Th(
                    html.A(row.name, href=f"/technology/{row.technology}", **attributes(data_carry="true")), scope="row"
                ),
                html.Td(_seen(row)),
                html.Td([html.P(each) for each in row.unseen] or html.Span("–", className="absent")),
            ],
            key=row.technology,
        )
        for row in rows
    ]
    table = html.Table(
        [html.Caption(caption, className="visually-hidden"), html.Thead(html.Tr(head)), html.Tbody(body)],
        className="sights",
    )
    return html.Div(table, className="scrolling", tabIndex="0", role="region", **attributes(aria_label=caption))


def _seen(row: Seen) -> Any:
    if not row.sights:
        return html.Span("No figures in this store", className="absent")
    return html.Ul([_sight(row.technology, sight) for sight in row.sights])


def _sight(technology: str, sight: Sight) -> Component:
    query = urlencode({"technology": technology, "indicator": sight.indicator})
    digits = 3 if sight.unit == "%" else None
    return html.Li(
        [
            html.A(sight.title, href=f"/trends?{query}"),
            html.Span(
                [figures.number(sight.value, digits, sight.unit), f", {sight.period}"],
                className="by old" if sight.old else "by",
            ),
        ]
    )
