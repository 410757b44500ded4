"""A view: what a page and the API answer to a selection, put together from query, analysis, chart and words."""

from dashboard.views.addresses import addressed
from dashboard.views.trends import series, trends_view

__all__ = ["addressed", "series", "trends_view"]
