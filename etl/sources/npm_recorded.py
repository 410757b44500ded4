"""Recorded npm downloads: electron per day since 2016, and five packages per week since 2025.

Two kinds of payload. Electron: a body of the npm API, `{downloads: [{day, downloads}], start, end, package}`, of up
to 18 months; one row of the result is one day. The others: `{package, timestamps, downloads: {version: [n, ...]}}`,
the downloads of the seven days before each time stamp per version; one row of the result is one week of all versions.
Oddities:

- The eight bodies of electron overlap. The later one counts, so each speaks for the days from its own first to the
  first of the next (`from` and `until` in the entry).
- A day of 0 downloads was lost by npm, or not yet counted at the end of a body: it is missing. So are the `lost_days`
  of the entry, on which npm counted next to nothing.
- Names of versions that are none (`19.2.4.tgz?cache=...`) are failed look-ups and left out; they hold next to nothing.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_VERSION: Final = re.compile(r"\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?")
_LEFT_OUT_AT_MOST: Final = 0.001  # of all downloads
_DAILY, _WEEKLY = "npm_recorded_daily", "npm_recorded_weekly"


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per recorded body of electron, by commit, and one per package with weekly figures."""
    for window in entry.settings["electron"]:
        days = tuple(window["from"] + timedelta(days=n) for n in range((window["until"] - window["from"]).days))
        yield Request(
            f"{entry.settings['electron_base']}/{window['commit']}/data/electron.json",
            part=f"electron-{window['from']}",
            scope={"indicator": _DAILY, "period_start": days},
            immutable=True,
            published=window["published"],
        )
    for package, technology in entry.settings["weekly"].items():
        url = f"{entry.settings['weekly_base']}/{package}.json"
        yield Request(url, part=package, scope={"indicator": _WEEKLY, "technology": technology})


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one body: downloads per day, or per week with all versions added up.

    Raises ParseError when the body is none of the two, is of another package, or a count or time is none.
    """
    part = payload.request.part
    where = f"npm_recorded {part}"
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    if not isinstance(body, dict) or not body.get("downloads"):
        raise ParseError(f"{where}: no object with `downloads`; has the layout changed?")
    daily = payload.request.scope["indicator"] == _DAILY
    package = "electron" if daily else part
    if body.get("package") != package:
        raise ParseError(f"{where}: the downloads of `{body.get('package')}`; the recorder has mixed up the files.")
    try:
        rows = _days(body, entry, part) if daily else _weeks(body)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ParseError(f"{where}: a day, week or count is none ({error}); has the layout changed?") from error
    if not rows:
        raise ParseError(f"{where}: not one period with downloads; is it the right file?")
    frame = pd.DataFrame(rows, columns=["period_start", "value"])
    indicator, frequency = payload.request.scope["indicator"], "D" if daily else "W"
    return frame.assign(name=package, indicator=indicator, frequency=frequency)


def _days(body: dict[str, Any], entry: Source, part: str) -> list[tuple[date, float]]:
    window = {f"electron-{w['from']}": w for w in entry.settings["electron"]}[part]
    counts = [(date.fromisoformat(record["day"]), _count(record["downloads"])) for record in body["downloads"]]
    lost = entry.settings["lost_days"]
    return [(day, n) for day, n in counts if n and window["from"] <= day < window["until"] and day not in lost]


def _weeks(body: dict[str, Any]) -> list[tuple[date, float]]:
    stamps = body["timestamps"]
    totals, left_out = [0.0] * len(stamps), 0.0
    for version, counts in body["downloads"].items():
        if len(counts) != len(stamps):
            raise ValueError(f"{len(counts)} counts of `{version}` for {len(stamps)} weeks")
        if _VERSION.fullmatch(version):
            totals = [total + _count(count) for total, count in zip(totals, counts, strict=True)]
        else:
            left_out += sum(map(_count, counts))
    if left_out > _LEFT_OUT_AT_MOST * (sum(totals) + left_out):
        raise ValueError(f"{left_out:.0f} downloads of names that are no versions")
    days = [datetime.fromtimestamp(stamp / 1000, UTC).date() - timedelta(days=7) for stamp in stamps]
    return [(day, total) for day, total in zip(days, totals, strict=True) if total]


def _count(count: Any) -> float:
    if not isinstance(count, int) or count < 0:
        raise ValueError(f"the count {count!r}")
    return float(count)
