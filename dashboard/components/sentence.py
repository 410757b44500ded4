"""A sentence with code in it, as errors and hints write it."""

from typing import Any

from dash import html


def sentence(text: str) -> list[Any]:
    """The text, with what stands between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # an odd backtick is one that is meant
        return [text]
    return [html.Code(part) if position % 2 else part for position, part in enumerate(parts) if part]
