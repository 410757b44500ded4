"""Total stars of repositories on GitHub by month, read from published vector charts.

A payload is one chart; a line is a repository, a point its stars on the first day of a month, which is the state at the
end of the month before: that month is the period. Oddities:

- Points on a straight line between their neighbours were left out: they are interpolated, hence `estimated`.
- A line begins with zeros, before the first star: the leading values below the chart's accuracy are left out.
- Before 2012 a line stands at the first number known (Rails at 9,729 stars, 2008 to 2011): they are left out.
- Some repositories stand in two charts; the entry names charts that do not overlap.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import dropwhile

import pandas as pd

from etl import vector_chart
from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per chart; the charts share out the repositories."""
    for chart in entry.settings["charts"]:
        scope = {"indicator": entry.indicators[0].id, "technology": ...}
        url, published = f"{entry.settings['base']}/{chart}.svg", entry.settings["published"]
        yield Request(url, part=chart, scope=scope, immutable=True, published=published)


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one chart: value = stars at the end of the month, one row per repository and month.

    Raises ParseError when the bytes are no such chart, or one without figures.
    """
    where = f"github_star_charts {payload.request.part}"
    rows = [
        (line.name, month, value)
        for line in vector_chart.read(payload.content, where)
        for month, value in _values(line, entry.settings["accuracy"])
        if month >= entry.settings["first_month"]
    ]
    if not rows:
        raise ParseError(f"{where}: the chart holds no figures; has its scale changed?")
    frame = pd.DataFrame(rows, columns=["name", "period_start", "value"])
    return frame.assign(indicator=payload.request.scope["indicator"], frequency="M", status="estimated")


def _values(line: vector_chart.Line, accuracy: float) -> Iterable[tuple[date, float]]:
    """(month, stars at its end) from the first month on that is above the chart's accuracy."""
    found = []
    for month in line.months():
        before = (month - timedelta(days=1)).replace(day=1)
        value = line.at(month.toordinal())
        if value is not None:
            found.append((before, float(round(value))))
    return dropwhile(lambda row: row[1] < accuracy, found)
