"""A selection: all filters together. It has a URL form, and one query stands behind chart, table, export and API."""

from dashboard.selection.resolving import Resolved, resolve
from dashboard.selection.rows import observations, query
from dashboard.selection.url import MOST_TECHNOLOGIES, Selection, parse, read, to_query

__all__ = [
    "MOST_TECHNOLOGIES",
    "Resolved",
    "Selection",
    "observations",
    "parse",
    "query",
    "read",
    "resolve",
    "to_query",
]
