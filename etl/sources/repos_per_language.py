"""Repositories per language on GitHub, as its search counts them; a few days between 2019 and 2024.

A payload is an object {language: number of repositories} of one day; one row of the result is one of its entries, under
the month that holds the day. Oddities:

- A name that GitHub does not know makes the search ignore the filter, so that it counts everything (`JSX`, 54 million,
  in 2021): a count above the sum of the entry's `largest` languages is left out, and stays out of the whole.
- Zero is a name without an answer: missing.
"""

import json
from collections.abc import Iterable
from datetime import date

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per day of the entry; the files of a commit never change."""
    for snapshot in entry.settings["snapshots"]:
        yield Request(
            f"{entry.settings['base']}/{snapshot['commit']}/{entry.settings['file']}",
            part=f"{snapshot['day']}",
            scope={"indicator": entry.indicators[0].id, "period_start": snapshot["day"].replace(day=1)},
            immutable=True,
            published=snapshot["day"],
        )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one day: value = repositories, one row per language.

    Raises ParseError when the body is no object of whole numbers, or lacks one of the largest languages.
    """
    where = f"repos_per_language {payload.request.part}"
    try:
        counts = json.loads(payload.content.decode("utf-8-sig"))
    except ValueError as error:
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    if not isinstance(counts, dict) or not counts:
        raise ParseError(f"{where}: no object of languages; has the layout changed?")
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise ParseError(f"{where}: `{name}` has `{count}` repositories, which is no count; is the file damaged?")
    missing = [name for name in entry.settings["largest"] if not counts.get(name)]
    if missing:
        raise ParseError(f"{where}: `{missing[0]}` has no repositories; the search failed, wait for another day.")
    most = sum(counts[name] for name in entry.settings["largest"])
    rows = [(name, float(count)) for name, count in counts.items() if 0 < count <= most]
    frame = pd.DataFrame(rows, columns=["name", "value"])
    return frame.assign(frequency="M", status="final", **payload.request.scope)
