"""A view: what a page and the API answer to a selection, put together from query, analysis, chart and words."""

from dashboard.views.trends import export_view, trends_view

__all__ = ["export_view", "trends_view"]
