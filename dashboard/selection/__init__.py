"""A selection: all filters together. It has a URL form, and one query stands behind chart, table, export and API."""

from dashboard.selection.filters import Filter, WrongParameter, filter_query, read_filter
from dashboard.selection.resolving import Resolved, resolve
from dashboard.selection.rows import observations
from dashboard.selection.url import MOST_TECHNOLOGIES, Selection, parse, read, to_query

__all__ = [
    "MOST_TECHNOLOGIES",
    "Filter",
    "Resolved",
    "Selection",
    "WrongParameter",
    "filter_query",
    "observations",
    "parse",
    "read",
    "read_filter",
    "resolve",
    "to_query",
]
