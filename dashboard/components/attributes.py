"""Attributes of HTML elements whose names are no Python names."""

from typing import Any


def attributes(**named: str) -> dict[str, Any]:
    """`aria_label="x"` as the keyword argument `aria-label` of a component."""
    return {name.replace("_", "-"): value for name, value in named.items()}
