"""Downloads from RubyGems so far: of the gems that we follow, and of all gems together.

A payload is what is known of one gem, of which `name` and `downloads` are read, or `{total}` of all gems. One row of
the result is one reading of the total so far, on the day of the answer. Oddity: the API keeps no history; readings that
were not taken cannot be had later.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd

from etl import schema
from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_GEM, _ALL = "rubygems_total", "rubygems_total_all"


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request for all gems together, and one per technology, for its first gem; none if today was read already."""
    if since is not None and since >= today:
        return
    base = entry.settings["base"]
    yield Request(
        f"{base}/downloads.json",
        part="all gems",
        scope={"indicator": _ALL, "technology": schema.WHOLE, "period_start": ...},
    )
    for technology, names in entry.followed("rubygems").items():
        yield Request(
            f"{base}/gems/{names[0]}.json",
            part=names[0],
            scope={"indicator": _GEM, "technology": technology, "period_start": ...},
        )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """One draft row: the total so far, on the day of the answer.

    Raises ParseError when the body is of another gem, or holds no total.
    """
    where = f"rubygems {payload.request.part}"
    technology = str(payload.request.scope["technology"])
    gem = None if technology == schema.WHOLE else entry.followed("rubygems")[technology][0]
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    if not isinstance(body, dict):
        raise ParseError(f"{where}: no object; has the layout changed?")
    if gem is not None and body.get("name") != gem:
        raise ParseError(f"{where}: the figures of `{body.get('name')}`, but `{gem}` was asked for.")
    field = "total" if gem is None else "downloads"
    total = body.get(field)
    if isinstance(total, bool) or not isinstance(total, int) or total <= 0:
        raise ParseError(f"{where}: `{field}` is {total!r}, which is no total of downloads; has the layout changed?")
    row = {
        "indicator": _ALL if gem is None else _GEM,
        "name": gem,
        "period_start": payload.retrieved_on,
        "frequency": "D",
        "value": float(total),
        "status": "final",
    }
    return pd.DataFrame([row])
