"""How the columns of observations are called on the screen, how their values are written, and which are shown first."""

from dataclasses import dataclass
from typing import Final, Literal

from dashboard.export import COLUMNS

Form = Literal[
    "technology",
    "name",
    "region",
    "segment",
    "source",
    "period",
    "day",
    "number",
    "frequency",
    "status",
    "text",
]
"""How a value is written; `name` is the id of an indicator, told by its title."""


@dataclass(frozen=True)
class Shown:
    """Heading, form, and width on the screen in pixels; `filtered` is the parameter that the column is narrowed by."""

    heading: str
    form: Form
    width: int
    filtered: str = ""


SHOWN: Final[dict[str, Shown]] = {
    "technology_name": Shown("Technology", "technology", 128, "technology"),
    "indicator": Shown("Indicator", "name", 172, "indicator"),
    "region": Shown("Region", "region", 90, "region"),
    "period_start": Shown("Period", "period", 112, "from"),
    "value": Shown("Value", "number", 124),
    "unit": Shown("Unit", "text", 112),
    "status": Shown("Status", "status", 96, "status"),
    "source": Shown("Source", "source", 150, "source"),
    "segment": Shown("Segment", "segment", 108, "segment"),
    "frequency": Shown("Frequency", "frequency", 105),
    "sample_size": Shown("Sample size", "number", 120),
    "kind": Shown("Kind", "text", 110, "kind"),
    "construct": Shown("Construct", "text", 130),
    "stretch": Shown("Stretch", "number", 95),
    "break": Shown("Break of method", "day", 140),
    "vintage": Shown("Published", "day", 120),
    "retrieved_on": Shown("Retrieved", "day", 120),
    "technology": Shown("Technology id", "text", 130),
    "licence": Shown("Licence", "text", 220),
    "attribution": Shown("Attribution", "text", 220),
    "payload": Shown("Payload", "text", 220),
}
"""Column of the API -> how it is shown, in the order in which they are offered."""

FIRST: Final = (
    "technology_name",
    "indicator",
    "region",
    "period_start",
    "value",
    "unit",
    "status",
    "source",
    "segment",
)
"""The columns of a reader who chose none."""
NARROW: Final = ("technology_name", "period_start", "value", "unit", "indicator")
"""The same on a telephone."""
NEWEST_FIRST: Final = ("-period_start",)
BEHIND: Final = ("technology", "source", "frequency")
"""Columns that others need for being written: links, and how long a period is."""

STATUSES: Final = {
    "final": "Final",
    "provisional": "Provisional",
    "partial": "Partial",
    "estimated": "Estimated",
}
DAYS: Final = tuple(name for name, column in COLUMNS.items() if str(column.type) == "date32[day]")
"""Columns that hold days."""
