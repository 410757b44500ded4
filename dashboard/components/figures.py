"""Numbers, days and periods in text, which `assets/view_locale.js` writes in the reader's own way."""

from datetime import date
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes


def number(
    value: float | None, digits: int | None = None, unit: str = "", *, signed: bool = False, even: bool = False
) -> Component:
    """A number with so many significant digits (all, without), and its unit; a dash where there is none.

    `even` keeps the zeros at its end, for a column in which all are as exact.
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return html.Span("–", className="absent", **attributes(aria_label="no figure"))
    form = f"{'#' if even else ''}.{digits}g"
    exact = f"{Decimal(format(value, form)) if digits else Decimal(repr(float(value))):f}".removesuffix(".")
    if "." in exact and not even:
        exact = exact.rstrip("0").rstrip(".")
    named = {"data_number": exact, **({"data_digits": str(digits)} if digits else {})}
    if signed:
        named["data_sign"] = "true"
    if even:
        named["data_even"] = "true"
    whole, _, rest = exact.partition(".")
    words = f"{'+' if signed and value > 0 else ''}{int(whole):,}{'.' + rest if rest else ''}"
    if exact.startswith("-0"):
        words = f"-{words}"
    figure = html.Span(words, **attributes(**named))
    return html.Span([figure, f" {unit}"], className="figure") if unit else figure


def day(when: date | None) -> Component:
    """A day; ISO 8601 in the HTML."""
    if when is None:
        return html.Span("–", className="absent")
    return html.Time(f"{when:%Y-%m-%d}", dateTime=f"{when:%Y-%m-%d}", **attributes(data_date=f"{when:%Y-%m-%d}"))


def period(start: date, frequency: str) -> Component:
    """A period: `Jun 2026`, `2025 Q2`, `2025`, or the first day of a week or day."""
    if frequency == "M":
        return html.Time(f"{start:%b %Y}", dateTime=f"{start:%Y-%m}", **attributes(data_date=f"{start:%Y-%m}"))
    if frequency == "Q":
        return html.Span(f"{start.year} Q{(start.month + 2) // 3}")
    return html.Span(f"{start.year}") if frequency == "Y" else day(start)


def interval(low: float | None, high: float | None, digits: int = 2, unit: str = "") -> list[Any]:
    """`0.4 to 1.2 points`."""
    if low is None or high is None:
        return [number(None)]
    return [number(low, digits), " to ", number(high, digits, unit)]
