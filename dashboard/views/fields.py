"""Fields: how the use cases are grouped where all of them stand on one page."""

from collections.abc import Sequence
from typing import Final

from etl.catalog import Catalog, UseCase

FIELDS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    (
        "web",
        "Web and services",
        (
            "web-backend",
            "browser-frontend",
            "full-stack",
            "rest-api",
            "micro",
            "async",
            "realtime",
            "graphql-api",
            "microservices",
            "task-queue",
            "cms-ecommerce",
        ),
    ),
    ("screens", "Apps with screens", ("desktop-gui", "mobile", "dashboards", "games", "python-in-browser")),
    (
        "data",
        "Data and AI",
        (
            "machine-learning",
            "data-analysis",
            "data-visualisation",
            "data-engineering",
            "database-access",
            "databases",
        ),
    ),
    ("purpose", "By purpose", ("mvp", "enterprise", "automation", "teaching")),
    ("machine", "Close to the machine", ("systems", "embedded-iot", "performance")),
    (
        "operation",
        "Building and running",
        ("testing", "devops", "deployment", "cloud", "environments", "editors"),
    ),
)
"""(id, title, use cases with the most asked for first) of each field."""
_REST: Final = ("rest", "More")


def fields(catalog: Catalog) -> list[tuple[str, str, Sequence[UseCase]]]:
    """(id, title, use cases) of each field; those that stand in none come last, under a title of their own."""
    named = {use_case for _, _, members in FIELDS for use_case in members}
    rest = tuple(use_case.id for use_case in catalog.use_cases if use_case.id not in named)
    found = [
        (field, title, [catalog.use_case[u] for u in members if u in catalog.use_case])
        for field, title, members in (*FIELDS, (*_REST, rest))
    ]
    return [(field, title, members) for field, title, members in found if members]
