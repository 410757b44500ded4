"""Downloads from Packagist: the mean per day in each month, of the packages that we follow.

A payload holds one package, `{labels: [YYYY-MM, ...], values: {major version: [n, ...]}, average: "monthly"}`, with one
number per label, the mean per day in that month rounded up. One row of the result is one month, all major versions
added up. Oddities:

- The package is not named in the body.
- The last month goes up to two days before the answer: it is partial, though its mean compares with the others.
- Months are listed with 0 before the package's first download, and left out.
- Major versions that count from 0 on without a gap arrive as a list of lists.
"""

import json
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per technology, for its first package; each answer holds the whole history."""
    for technology, names in entry.followed("packagist").items():
        yield Request(
            f"{entry.settings['base']}/{names[0]}/stats/major/all.json?{entry.settings['query']}",
            part=names[0],
            scope={"indicator": "packagist_downloads", "technology": technology},
        )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows: mean downloads per day in each month since the first with any.

    Raises ParseError when the body is no such table, a month is missing, or a number is no count.
    """
    where = f"packagist {payload.request.part}"
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    if not isinstance(body, dict) or body.get("average") != "monthly":
        told = f": {body['message']!r}" if isinstance(body, dict) and "message" in body else ""
        raise ParseError(f"{where}: no object with monthly averages{told}; has the layout changed?")
    labels, values = body.get("labels"), body.get("values")
    versions = list(values.values()) if isinstance(values, dict) else values
    if not isinstance(labels, list) or not isinstance(versions, list) or not labels or not versions:
        raise ParseError(f"{where}: no `labels` with `values` of each major version; has the layout changed?")
    try:
        months = [date.fromisoformat(f"{label}-01") for label in labels]
        totals = [sum(_count(n) for n in numbers) for numbers in zip(*versions, strict=True)]
    except (TypeError, ValueError) as error:
        raise ParseError(f"{where}: a month or a number is none ({error}); has the layout changed?") from error
    if len(totals) != len(months):
        raise ParseError(f"{where}: {len(totals)} numbers for {len(months)} months; is the file damaged?")
    months, totals = (list(column) for column in zip(*sorted(zip(months, totals, strict=True)), strict=True))
    gap = next((b for a, b in pairwise(months) if (b.year - a.year) * 12 + b.month - a.month != 1), None)
    if gap is not None:
        raise ParseError(f"{where}: {gap:%Y-%m} does not follow the month before it; is the file damaged?")
    first = next((n for n, total in enumerate(totals) if total), None)
    if first is None:
        raise ParseError(f"{where}: not one month with downloads; is it the right package?")
    frame = pd.DataFrame({"period_start": months[first:], "value": totals[first:], "status": None}, dtype="object")
    frame.loc[frame.index[-1], "status"] = "partial"
    names = entry.followed("packagist")[str(payload.request.scope["technology"])]
    return frame.assign(
        value=frame["value"].astype("float64"), name=names[0], indicator="packagist_downloads", frequency="M"
    )


def _count(number: Any) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float) or number < 0 or number % 1 != 0:
        raise ValueError(f"the number {number!r}")
    return float(number)
