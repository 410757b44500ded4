"""Questions per day on Stack Overflow, by tag and month, read from published vector charts.

A payload is one chart; a line is a tag, a point the mean number of questions per day of a month, at the month's middle.
Oddities:

- Points on a straight line between their neighbours were left out: they are interpolated, hence `estimated`.
- The first month (2008-09) is not whole and stands off its middle: it is left out.
- A line begins with zeros years before its tag existed: the leading values below the chart's accuracy are left out.
- The line `total` holds the questions of all tags; it becomes the whole.
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
    """One request per chart; the charts share out the tags."""
    for chart in entry.settings["charts"]:
        scope = {"indicator": entry.indicators[0].id, "technology": ...}
        url, published = f"{entry.settings['base']}/{chart}.svg", entry.settings["published"]
        yield Request(url, part=chart, scope=scope, immutable=True, published=published)


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one chart: value = questions per day, one row per tag (none: all questions) and month.

    Raises ParseError when the bytes are no such chart, or one without figures.
    """
    where, whole = f"so_question_charts {payload.request.part}", entry.settings["whole"]
    rows = [
        (None if line.name == whole else line.name, month, value)
        for line in vector_chart.read(payload.content, where)
        for month, value in _values(line, entry.settings["accuracy"])
    ]
    if not rows:
        raise ParseError(f"{where}: the chart holds no figures; has its scale changed?")
    frame = pd.DataFrame(rows, columns=["name", "period_start", "value"])
    return frame.assign(indicator=payload.request.scope["indicator"], frequency="M", status="estimated")


def _values(line: vector_chart.Line, accuracy: float) -> Iterable[tuple[date, float]]:
    """(month, questions per day) from the first month on that is above the chart's accuracy."""
    found = []
    for month in line.months():
        following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
        value = line.at((month.toordinal() + following.toordinal()) / 2)
        if value is not None:
            found.append((month, max(0.0, round(value, 2))))
    return dropwhile(lambda row: row[1] < accuracy, found)
