"""Sentences: with code in them, as errors and hints write it, and with a capital first."""

from typing import Any

from dash import html


def sentence(text: str) -> list[Any]:
    """The text, with what stands between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # an odd backtick is one that is meant
        return [text]
    return [html.Code(part) if position % 2 else part for position, part in enumerate(parts) if part]


def capital(text: str) -> str:
    """The text with its first letter in upper case, all others as they are."""
    return text[:1].upper() + text[1:]
