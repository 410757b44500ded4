"""Major releases of technologies: dated, each with the page that says so."""

import datetime as dt
from collections import Counter
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from etl.entry import Address, Entry, Slug, Text


def _written(value: Any) -> Any:
    """YAML reads `2019-12-02` as a date where nobody put it in quotes."""
    return value.isoformat() if isinstance(value, dt.date) else value


def _exists(day: str) -> str:
    try:
        dt.date.fromisoformat(day if len(day) > len("2019-12") else f"{day}-01")
    except ValueError:
        raise ValueError("there is no such day; correct it") from None
    return day


_When = Annotated[
    str,
    BeforeValidator(_written),
    StringConstraints(pattern=r"^(19|20)\d\d-\d\d(-\d\d)?$"),
    AfterValidator(_exists),
]
"""A day, or the month where only that is known: `2019-12-02`, `2022-05`."""


class MajorRelease(Entry):
    """One major version, and when it came out."""

    version: Text
    date: _When
    source: Address | None = None
    """The page that says so; none: that of the entry."""


class Releases(Entry):
    """The major releases of one technology, by its own way of counting versions."""

    technology: Slug
    source: Address | None = None
    """The page that dates those releases that name none of their own."""
    releases: Annotated[list[MajorRelease], Field(min_length=1)]

    @model_validator(mode="after")
    def _cited_and_once(self) -> Self:
        for release in self.releases:
            if release.source is None and self.source is None:
                raise ValueError(f"the release `{release.version}` has no `source`: say which page dates it")
        for field in ("version", "date"):
            ((most, number),) = Counter(str(getattr(r, field)) for r in self.releases).most_common(1)
            if number > 1:
                raise ValueError(f"two releases have the {field} `{most}`: keep one")
        return self

    @property
    def dated(self) -> list[tuple[str, str, str]]:
        """Version, date and page of each release, oldest first."""
        found = [(r.version, r.date, r.source or self.source or "") for r in self.releases]
        return sorted(found, key=lambda release: release[1])
