"""State of JavaScript survey: awareness, use, interest and retention of tools by edition; answers to some questions.

One row of the result is one percentage of one tool in one edition (a year). The payloads have three layouts, below a
chain of objects with a single key each:

- `ratios` (since 2023): a list of tools with the ratios of all editions in which they were asked for; fractions, cut
  after two decimals.
- `lines` (2022): the same in percent with one decimal; retention is called satisfaction. A tool that was not asked for
  has no percentage.
- `question`: the answers to a question with several choices, in percent of those who answered it. Its place in the
  object differs by year; the file of 2025 repeats the edition before. What respondents wrote in themselves
  (`written_in` in the entry) was not offered as a choice and is missing.

Positivity is left out: since 2024 its base is everybody, with or without an opinion (the median falls by 21 points).
"""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_RATIOS: Final = {  # our word -> the word of `ratios`, the word of `lines`
    "state_of_js_awareness": ("awareness", "awareness"),
    "state_of_js_usage": ("usage", "usage"),
    "state_of_js_interest": ("interest", "interest"),
    "state_of_js_retention": ("retention", "satisfaction"),
}
_Row = tuple[str, str, int, float, int | None]  # indicator, tool, year, percent, respondents


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per file of the entry; files of past editions never change."""
    for file in entry.settings["files"]:
        scope: dict[str, Any] = {"indicator": ..., "technology": ...}
        if file["layout"] == "question":
            scope = {"indicator": file["indicator"], "period_start": date(file["year"], 1, 1)}
        url = f"{entry.settings['base']}/{file['path']}"
        yield Request(url, part=file["part"], scope=scope, immutable=True, published=file["published"])


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one file: value in percent, one row per tool and edition (and kind of ratio).

    Raises ParseError when the body has not the layout that the entry states, or a percentage is no number.
    """
    where = f"state_of_js {payload.request.part}"
    file = next(f for f in entry.settings["files"] if f["part"] == payload.request.part)
    try:
        node = json.loads(payload.content.decode("utf-8-sig"))
    except ValueError as error:
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    while isinstance(node, dict) and len(node) == 1:
        node = next(iter(node.values()))
    try:
        rows = [row for row in _LAYOUTS[file["layout"]](node, file) if row[1] not in file.get("leave_out", [])]
    except (AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        raise ParseError(f"{where}: not the layout `{file['layout']}` ({what}); has the layout changed?") from error
    if not rows:
        raise ParseError(f"{where}: the file holds no figures; has the layout changed?")
    frame = pd.DataFrame(rows, columns=["indicator", "name", "year", "value", "sample_size"])
    starts = [date(year, 1, 1) for year in frame.pop("year")]
    return frame.assign(
        period_start=starts, frequency="Y", status="final", sample_size=frame["sample_size"].astype("Int64")
    )


def _ratios(tools: list[dict[str, Any]], file: dict[str, Any]) -> Iterator[_Row]:
    for tool in tools:
        for edition in tool["responses"]["allEditions"]:
            for indicator, (word, _) in _RATIOS.items():
                fraction = edition["ratios"][word]
                if fraction is not None:
                    # interest and retention rest on those with an opinion, whose number is not published
                    whole = indicator in ("state_of_js_awareness", "state_of_js_usage")
                    respondents = _respondents(edition["completion"]) if whole else None
                    yield indicator, tool["id"], int(edition["year"]), round(100 * float(fraction), 2), respondents


def _lines(chart: dict[str, Any], file: dict[str, Any]) -> Iterator[_Row]:
    tools = {tool["id"]: tool for tool in chart["items"]}
    for name in file["only"]:
        for indicator, (_, word) in _RATIOS.items():
            for edition in tools[name][word]:
                if edition.get("percentageQuestion") is not None:
                    yield indicator, name, int(edition["year"]), float(edition["percentageQuestion"]), None


def _question(node: dict[str, Any], file: dict[str, Any]) -> Iterator[_Row]:
    edition = node
    if "combined" in node:
        combined = node["combined"]
        editions = combined.get("allEditions") or [{**combined["currentEdition"], "year": file["year"]}]
        edition = {e["year"]: e for e in editions}[file["year"]]
    elif "year" in node:
        edition = {**node["year"]["facets"][0], "completion": node["year"]["completion"]}
    respondents = _respondents(edition["completion"])
    for answer in edition["buckets"]:
        if answer["id"] not in file.get("written_in", []) and answer.get("count", 0) > 0:
            percent = answer["percentageQuestion"] if "percentageQuestion" in answer else answer["percentage_question"]
            yield file["indicator"], answer["id"], file["year"], float(percent), respondents


def _respondents(completion: dict[str, Any]) -> int:
    """Those who answered, who cannot be more than all who took part. Raises ValueError when they are."""
    answered, took_part = int(completion["count"]), int(completion["total"])
    if not 0 < answered <= took_part:
        raise ValueError(f"{answered} respondents of {took_part}")
    return answered


_LAYOUTS: Final[dict[str, Callable[[Any, dict[str, Any]], Iterator[_Row]]]] = {
    "ratios": _ratios,
    "lines": _lines,
    "question": _question,
}
