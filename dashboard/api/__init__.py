"""The HTTP API below /api/v1/: collections of rows as pages of JSON and as files, described by an OpenAPI document."""

from dashboard.api.routes import register

__all__ = ["register"]
