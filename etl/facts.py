"""What people compare frameworks by: facts that no time series tells, each with the page that shows it."""

from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from etl.entry import Entry, Slug, Text

Style = Literal[
    "full-stack",
    "micro",
    "asynchronous",
    "api",
    "content management",
    "component",
    "meta",
    "data app",
    "desktop",
    "mobile",
]
Feature = Literal["orm", "templates", "admin", "async", "websocket", "openapi"]
Page = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
Day = Annotated[str, StringConstraints(pattern=r"^(19|20)\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")]
"""A day, or as much of it as is known: `2005-07-21`, `2005-07`, `2005`."""


class BuiltIn(Entry):
    """Whether a framework brings a feature itself; an extension of others does not count."""

    built_in: Literal["yes", "no", "partly"]
    source: Page
    note: Text | None = None


class Adopter(Entry):
    """An organisation or site that is publicly known to use the framework."""

    name: Text
    source: Page


class Facts(Entry):
    """The facts of one framework. A feature that is absent is not known, or makes no sense for its kind."""

    technology: Slug
    style: Style
    language: Slug
    """The language that people write in it."""
    first_release: Day | None = None
    first_release_source: Page | None = None
    licence: Text | None = None
    """SPDX expression; none where no identifier fits: then the source alone tells."""
    licence_source: Page | None = None
    features: dict[Feature, BuiltIn] = {}
    adopters: list[Adopter] = []

    @model_validator(mode="after")
    def _cited(self) -> Self:
        for fact in ("first_release", "licence"):
            if getattr(self, fact) is not None and getattr(self, f"{fact}_source") is None:
                raise ValueError(f"`{fact}` has no `{fact}_source`: say which page shows it")
        return self
