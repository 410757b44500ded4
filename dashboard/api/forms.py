"""The forms of a parameter's value: each checks a text, and says of itself what OpenAPI wants to know."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol

from dashboard.selection.filters import MOST_VALUES, WrongParameter, day, known, matching, shown
from etl.catalog import Catalog

_LONGEST: Final = 40_000
"""Characters of one parameter; the server's own limit of an address is below that."""
_DAY: Final = r"^(19|20|21)\d{2}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"


class Form(Protocol):
    """What a value may look like."""

    @property
    def many(self) -> bool:
        """Whether there may be several values: a comma list, or the parameter repeated."""
        ...

    def schema(self, catalog: Catalog) -> dict[str, Any]:
        """The JSON schema of one value."""
        ...

    def check(self, name: str, text: str, catalog: Catalog) -> Any:
        """The value of a text. Raises WrongParameter."""
        ...


@dataclass(frozen=True)
class Word:
    """One of the words that `there` gives; `what` they are, in the singular.

    With `named`, other texts pass, too: a technology may be called by its name, which is looked up later.
    """

    what: str
    there: Callable[[Catalog], Collection[str]]
    many: bool = False
    named: bool = False
    component: str = ""
    """Under which name OpenAPI keeps the list of words, where several parameters share it."""

    def schema(self, catalog: Catalog) -> dict[str, Any]:
        """The words."""
        if self.component:
            return {"$ref": f"#/components/schemas/{self.component}"}
        return {"type": "string", "enum": list(self.there(catalog))}

    def check(self, name: str, text: str, catalog: Catalog) -> str:
        """The word itself."""
        return text if self.named else known(name, self.what, [text], self.there(catalog))[0]


@dataclass(frozen=True)
class Text:
    """A text of a certain pattern, which `meaning` puts in words."""

    pattern: str
    meaning: str
    many: bool = False

    def schema(self, _: Catalog) -> dict[str, Any]:
        """The pattern."""
        return {"type": "string", "pattern": self.pattern}

    def check(self, name: str, text: str, _: Catalog) -> str:
        """The text itself."""
        return matching(name, text, self.pattern, self.meaning)


@dataclass(frozen=True)
class Day:
    """A date."""

    many: bool = False

    def schema(self, _: Catalog) -> dict[str, Any]:
        """ISO 8601, within three centuries."""
        return {"type": "string", "format": "date", "pattern": _DAY}

    def check(self, name: str, text: str, _: Catalog) -> date:
        """The date."""
        return day(name, text)


@dataclass(frozen=True)
class Whole:
    """A whole number between two bounds, both inclusive, or 0 where that is allowed beside them."""

    least: int
    most: int
    default: int | None = None
    or_zero: bool = False
    many: bool = False

    def schema(self, _: Catalog) -> dict[str, Any]:
        """The bounds."""
        told: dict[str, Any] = {"minimum": self.least, "maximum": self.most}
        if self.or_zero:
            told = {"anyOf": [{"enum": [0]}, told]}
        return {"type": "integer", **told, **({} if self.default is None else {"default": self.default})}

    def check(self, name: str, text: str, _: Catalog) -> int:
        """The number."""
        number = int(text) if re.fullmatch(r"\d{1,18}", text, re.ASCII) else -1
        if not self.least <= number <= self.most and not (self.or_zero and number == 0):
            also = "0 or " if self.or_zero else ""
            bounds = f"{also}a whole number from {self.least:,} to {self.most:,}"
            raise WrongParameter(name, f"`{name}` is `{shown(text)}`: it must be {bounds}.")
        return number


def texts(form: Form, name: str, given: Sequence[str]) -> list[str]:
    """The texts of one parameter as it was given, each once.

    Raises WrongParameter for what nobody means: none, too long, too many, or with control characters.
    """
    remedy = "give fewer, or filter by use case and kind" if form.many else "give a shorter one"
    length = sum(len(text) for text in given)
    if length > _LONGEST:
        raise WrongParameter(
            name, f"`{name}` has {length:,} characters, and {_LONGEST:,} are allowed at most: {remedy}."
        )
    if not all(text.isprintable() for text in given):
        raise WrongParameter(name, f"`{name}` holds a character that cannot be printed: leave it out.")
    parts = [part.strip() for text in given for part in (text.split(",") if form.many else [text])]
    found = list(dict.fromkeys(part for part in parts if part))
    if given and not found:
        raise WrongParameter(name, f"`{name}` is empty: give a value, or leave it out.")
    if len(found) > MOST_VALUES:
        raise WrongParameter(
            name, f"`{name}` has {len(found):,} values, and {MOST_VALUES:,} are allowed at most: {remedy}."
        )
    if len(given) > 1 and not form.many:
        raise WrongParameter(name, f"`{name}` is given {len(given)} times: give it once.")
    return found
