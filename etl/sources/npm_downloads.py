"""Downloads from npm per calendar month, of the packages that we follow and of the whole registry.

A payload holds the downloads per day of one package in one window, `{start, end, package, downloads: [{day,
downloads}]}`; without `package` it is of the whole registry. One row of the result is the sum of one whole month.
Oddities:

- The counts begin on 2015-01-10, and an answer holds 18 months at most: a longer one is cut without a word. So the
  history is asked for in windows of nine months, from the newest back to the package's first downloads; the newest
  window takes the one before it in (10 to 18 months), so that what is held to be final is at least nine months old.
- Days are listed with 0 before the first publication, and after the last day that was counted.
- npm lost single days, which are 0 for every package: such a month is too low and `partial`. A package with so few
  downloads that a day without any is no wonder is left as it is.
- Some names belonged to other packages before: their months are left out (`from` in the entry).
"""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from etl import schema
from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_FIRST: Final = date(2015, 2, 1)  # the first month that was counted whole
_MONTHS: Final = 9
_COUNTED_AFTER: Final = timedelta(days=2)
_NEVER_ZERO: Final = 50  # downloads on a usual day (the median), from which on a day without any is a lost one
_PACKAGE, _REGISTRY = "npm_downloads", "npm_downloads_registry"


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """The newest window of the registry and of each package; `following` asks for those before it.

    With `since`, only the months from the one before it on are asked for, and nothing until a month has ended.
    """
    until = (today - _COUNTED_AFTER + timedelta(days=1)).replace(day=1)
    start = _newest_window(until)
    if since is not None:
        if _months_on(since, 1) >= until:
            return
        recent = _months_on(since, -1)
        if _is_window(recent):  # one month more, as a window that begins there asks for all that is before it
            recent = _months_on(recent, -1)
        start = max(start, recent)
    for technology, package in _asked(entry).items():
        yield _request(entry, technology, package, start, until)


def following(payload: Payload, entry: Source) -> Iterable[Request]:
    """The window before the answered one, unless the package had no downloads yet when that one began."""
    days = _days(payload, entry)
    first, technology = next(iter(days)), str(payload.request.scope["technology"])
    package = _asked(entry)[technology]
    start = _months_on(first, -_MONTHS)
    began = any(count for day, count in days.items() if day < _months_on(first, 1))
    if began and _is_window(first) and start >= _FIRST and first > _from(entry, package):
        yield _request(entry, technology, package, start, first, before=True)


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows: downloads of each whole month in the window; where there is no download at all, a 0 for its last.

    Raises ParseError when the body is of another package, is no such list, lacks days, or holds no whole month.
    """
    where = f"npm_downloads {payload.request.part}"
    package = _asked(entry)[str(payload.request.scope["technology"])]
    days = _days(payload, entry)
    frame = pd.DataFrame({"day": pd.to_datetime(list(days)), "value": list(days.values())})
    frame["period_start"] = frame["day"].dt.to_period("M").dt.start_time
    months = frame.groupby("period_start", as_index=False).agg(
        value=("value", "sum"), days=("value", "size"), usual=("value", "median"), least=("value", "min")
    )
    whole = (months["days"] == months["period_start"].dt.days_in_month) & (
        months["period_start"] >= pd.Timestamp(_from(entry, package))
    )
    if not whole.any():
        raise ParseError(f"{where}: no whole month among {len(days)} days; has the window been cut?")
    months = months[whole]
    lost = (months["least"] == 0) & (months["usual"] >= _NEVER_ZERO)
    months["status"] = lost.map({True: "partial", False: None}).astype("object")
    counted = months[months["value"] > 0]
    rows = counted if len(counted) else months.tail(1)
    indicator = payload.request.scope["indicator"]
    draft: pd.DataFrame = rows[["period_start", "value", "status"]]
    return draft.assign(name=package, indicator=indicator, frequency="M")


def _days(payload: Payload, entry: Source) -> dict[date, float]:
    """Downloads by day, without a gap. Raises ParseError when the body is none of the documented form."""
    where = f"npm_downloads {payload.request.part}"
    package = _asked(entry)[str(payload.request.scope["technology"])]
    try:
        body: Any = json.loads(payload.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # cut, not UTF-8, or nested without end
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    if not isinstance(body, dict) or not isinstance(body.get("downloads"), list) or not body["downloads"]:
        told = f": {body['error']!r}" if isinstance(body, dict) and "error" in body else ""
        raise ParseError(f"{where}: no object with a list of `downloads`{told}; has the layout changed?")
    if body.get("package") != package:
        raise ParseError(f"{where}: the downloads of `{body.get('package')}`, but `{package}` was asked for.")
    try:
        days = [(date.fromisoformat(record["day"]), _count(record["downloads"])) for record in body["downloads"]]
    except (TypeError, ValueError, KeyError) as error:
        raise ParseError(f"{where}: a day or a count is none ({error}); has the layout changed?") from error
    days.sort()
    first = days[0][0]
    gap = next((day for n, (day, _) in enumerate(days) if day != first + timedelta(days=n)), None)
    if gap is not None:
        raise ParseError(f"{where}: `{gap}` does not follow the day before it; are days missing?")
    return dict(days)


def _count(count: Any) -> float:
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ValueError(f"the count {count!r}")
    return float(count)


def _asked(entry: Source) -> dict[str, str | None]:
    """Technology -> its first package; the whole -> none."""
    packages = {technology: names[0] for technology, names in entry.followed("npm").items()}
    return {schema.WHOLE: None, **packages}


def _from(entry: Source, package: str | None) -> date:
    """The month from which on the name belongs to the technology."""
    since: date = entry.settings["from"].get(package, _FIRST)
    return since


def _request(
    entry: Source, technology: str, package: str | None, start: date, until: date, before: bool = False
) -> Request:
    """The months from `start` until before `until`; one `before` another may be older than the package."""
    window = f"{start}:{until - timedelta(days=1)}"
    return Request(
        f"{entry.settings['base']}/{window}" + (f"/{package}" if package else ""),
        part=f"{package or 'registry'}-{start:%Y-%m}",
        scope={
            "indicator": _PACKAGE if package else _REGISTRY,
            "technology": technology,
            "period_start": ...,
        },
        optional=before,
        immutable=before,
    )


def _newest_window(until: date) -> date:
    """The first month of the newest window: it and the one before are asked for together."""
    months = (until.year - _FIRST.year) * 12 + until.month - _FIRST.month
    return _months_on(_FIRST, max((months - 1) // _MONTHS - 1, 0) * _MONTHS)


def _is_window(day: date) -> bool:
    months = (day.year - _FIRST.year) * 12 + day.month - _FIRST.month
    return day.day == 1 and months % _MONTHS == 0


def _months_on(day: date, months: int) -> date:
    """The first day of the month that is `months` later."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
