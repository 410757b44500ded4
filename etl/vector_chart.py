"""Reads line charts published as vector graphics (matplotlib's SVG, minified) back into dated points.

A line is a path `line2d_N` of width 1.5, whose commands are `M m L l H h V v`; its name is the text of the same colour,
spelled in glyphs (`#DejaVuSans-66` is the character 0x66). Grey texts label the ticks: dates (`2016`, `2020-10`) on the
x axis, numbers on the y axis, each at the place of its tick; both scales are linear, and y grows downwards. Points that
lie on a straight line between their neighbours were left out by the publisher.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final
from xml.etree import ElementTree as ET

from etl.errors import ParseError

_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_GREY: Final = "#b0b0b0"
_TOKEN: Final = re.compile(r"[MmLlHhVv]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_LARGEST_MISFIT: Final = 0.1  # of a tick, in the chart's units
_SLACK_DAYS: Final = 2  # a place in the chart tells the day only so well


@dataclass(frozen=True)
class Line:
    """One line: its label, and its points as (days since 0001-01-01 as in `date.toordinal`, value), oldest first."""

    name: str
    points: tuple[tuple[float, float], ...]

    def at(self, day: float) -> float | None:
        """The value at a day, on the straight line between the neighbouring points; none beyond the ends."""
        first, last = self.points[0][0], self.points[-1][0]
        if first - _SLACK_DAYS <= day <= last + _SLACK_DAYS:
            day = min(max(day, first), last)
        for (day_0, value_0), (day_1, value_1) in pairwise(self.points):
            if day_0 <= day <= day_1:
                return value_0 + (value_1 - value_0) * ((day - day_0) / (day_1 - day_0) if day_1 > day_0 else 0)
        return None

    def months(self) -> Iterator[date]:
        """The first day of each month that the line may touch, in order."""
        first = date.fromordinal(int(self.points[0][0] - _SLACK_DAYS))
        last = date.fromordinal(int(self.points[-1][0] + _SLACK_DAYS))
        for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
            yield date(month // 12, month % 12 + 1, 1)


def read(content: bytes, where: str) -> list[Line]:
    """The lines of a chart, in the order of their labels. `where` opens the sentence of an error.

    Raises ParseError when the bytes are no such chart: no XML, no ticks, a scale that is not linear, a line without
    label or a label without line.
    """
    try:
        root = ET.fromstring(content.removeprefix(b"\xef\xbb\xbf"))
    except (ET.ParseError, LookupError, ValueError) as error:
        raise ParseError(f"{where}: not a vector chart ({error}); is the file cut?") from error
    if not root.tag.endswith("}svg"):
        raise ParseError(f"{where}: not a vector chart but `{root.tag}`; has the address changed?")
    day_of = _scale(_ticks(root, "xtick_", "x"), where)
    value_of = _scale(_ticks(root, "ytick_", "y"), where)
    labels, paths = _labels(root), _paths(root)
    if not labels or set(labels) != set(paths):
        apart = sorted(set(labels) ^ set(paths))
        what = f"a line and its label part in colour {apart[0]}" if apart else "no labelled lines"
        raise ParseError(f"{where}: {what}; has the layout changed?")
    lines = []
    for colour, name in labels.items():
        points = tuple((day_of(x), value_of(y)) for x, y in _points(paths[colour], f"{where}, {name}"))
        if list(points) != sorted(points, key=lambda point: point[0]):
            raise ParseError(f"{where}: the line of `{name}` goes back in time; is the file damaged?")
        if not points:
            raise ParseError(f"{where}: the line of `{name}` has no points; is the file damaged?")
        lines.append(Line(name, points))
    return lines


def _text(element: ET.Element) -> str:
    """The characters that the glyphs of an element spell."""
    glyphs = (use.get(_HREF, "") for use in element.iter() if use.tag.endswith("}use"))
    return "".join(chr(int(g.rpartition("-")[2], 16)) for g in glyphs if g.startswith("#DejaVuSans"))


def _style(element: ET.Element, key: str) -> str:
    return dict(part.split(":", 1) for part in element.get("style", "").split(";") if ":" in part).get(key, "")


def _ticks(root: ET.Element, prefix: str, axis: str) -> list[tuple[float, float]]:
    """(place on the axis, day or number) of each tick that has a label."""
    found = []
    for tick in root.iter():
        if not tick.get("id", "").startswith(prefix):
            continue
        label = next((_text(e) for e in tick.iter() if e.get("id", "").startswith("text_")), "")
        place = next((e.get(axis) for e in tick.iter() if e.get(axis) and _style(e, "stroke") == _GREY), None)
        number = _day(label) if axis == "x" else _number(label)
        if place is not None and number is not None:
            found.append((float(place), number))
    return found


def _day(label: str) -> float | None:
    match = re.fullmatch(r"(\d{4})(?:-(\d{2}))?", label)
    return float(date(int(match[1]), int(match[2] or 1), 1).toordinal()) if match else None


def _number(label: str) -> float | None:
    return float(label) if re.fullmatch(r"\d+(?:\.\d+)?", label) else None


@dataclass(frozen=True)
class _Scale:
    place: float
    number: float
    per_unit: float

    def __call__(self, place: float) -> float:
        return self.number + (place - self.place) * self.per_unit


def _scale(ticks: Sequence[tuple[float, float]], where: str) -> _Scale:
    """The linear scale through the first and the last tick; the others must agree."""
    if len(ticks) < 2 or ticks[0][0] == ticks[-1][0]:
        raise ParseError(f"{where}: an axis without ticks; has the layout changed?")
    (place, number), (last_place, last_number) = ticks[0], ticks[-1]
    scale = _Scale(place, number, (last_number - number) / (last_place - place))
    if any(abs(scale(p) - n) > _LARGEST_MISFIT * abs(scale.per_unit) for p, n in ticks):
        raise ParseError(f"{where}: an axis is not linear; has the layout changed?")
    return scale


def _labels(root: ET.Element) -> dict[str, str]:
    """Colour -> name, of the texts that are not grey."""
    texts = (e for e in root.iter() if e.get("id", "").startswith("text_"))
    return {_style(e, "fill"): _text(e) for e in texts if _style(e, "fill") != _GREY}


def _paths(root: ET.Element) -> dict[str, str]:
    """Colour -> path, of the lines that carry data."""
    paths = (e for e in root.iter() if e.tag.endswith("}path") and e.get("id", "").startswith("line2d_"))
    return {_style(e, "stroke"): e.get("d", "") for e in paths if _style(e, "stroke-width") == "1.5"}


def _points(path: str, where: str) -> Iterator[tuple[float, float]]:
    """The points of a path of moves and straight lines, in the chart's coordinates."""
    if _TOKEN.sub("", path).strip(" ,"):
        raise ParseError(f"{where}: the path holds more than straight lines; has the layout changed?")
    tokens = iter(_TOKEN.findall(path))
    command, x, y = "", 0.0, 0.0
    for token in tokens:
        if token.isalpha():
            command = token
            continue
        number, start_x, start_y = float(token), x, y
        if command in "Hh":
            x = number + (x if command == "h" else 0)
        elif command in "Vv":
            y = number + (y if command == "v" else 0)
        else:
            second = next(tokens, "")
            if not command or not second or second.isalpha():
                raise ParseError(f"{where}: the path is broken at {token}; is the file damaged?")
            x, y = number + (start_x if command in "ml" else 0), float(second) + (start_y if command in "ml" else 0)
        yield x, y
