"""Damage to the bytes of a payload, whatever its format: what a publisher may send one day in place of a good file.

`FAULTS` maps the name of a fault to a function from good bytes to variants, pairs of (what was done, damaged bytes);
there is none where the payload holds nothing that the fault could touch. The format is read from the bytes. A payload
is a table (comma-separated values, or the lines `[new Date(2026,6,1),0.1,...]` of a script), a tree (JSON, JSON per
line, an assignment of a script) or a vector chart; gzip and ZIP wrap one of them, and are wrapped again.

The keys of an object of a tree are its columns, unless one of them is no identifier (`Visual Basic .NET`, `2025`,
`19.2.4`): then they are names, a row each.
"""

import copy
import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET

Variant = tuple[str, bytes]

HTML: Final = b"<!DOCTYPE html>\n<html><head><title>Back soon</title></head><body>We are updating.</body></html>\n"
MARK: Final = b"\xef\xbb\xbf"
_NEW, _RENAMED = "newcomer", "renamed"
_E_ACUTE: Final = "\ue0e9"  # stands for the byte 0xE9 until the text is encoded
_AGAIN: Final = "\ue000"  # marks a key that stands in an object once more
_YEAR, _SECONDS = 2099, 4_070_908_800  # 2099-01-01

_KEY: Final = re.compile(r"[@_a-z][\w-]*")
_NUMBER: Final = re.compile(r"-?(?:\d+(?:,\d{3})*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_TIME: Final = re.compile(r"(?:year|quarter|months?|date|time|stamps?|_at|created|updated)$", re.IGNORECASE)
_ID: Final = re.compile(r"(?:^id|_id|Id|ID)$")
_DATES: Final = (  # (before the year, the year, after it)
    re.compile(r"()((?:19|20)\d\d)([-/.]\d\d.*|-?Q[1-4])"),
    re.compile(r"(\s*\d{1,2}[-/.]\d{1,2}[-/.])((?:19|20)\d\d)(\s*)"),
    re.compile(r"(new Date\()(\d{4})(,.*)"),
    re.compile(r"([A-Z][a-z]{2})(\d\d)()"),
)
_ROW: Final = re.compile(r"\[\s*(new Date\([^)]*\))\s*,([^\]]*)\]")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_$][\w$]*(?=\s*:)|(?<![\w.])\.\d+')
_XLINK: Final = "{http://www.w3.org/1999/xlink}href"
_GLYPH: Final = "#DejaVuSans-"


def _newest(dates: Iterable[str]) -> str:
    return max(dates, key=lambda text: (_year(text) or 0, text))


def _year(text: str, name: str = "") -> int | None:
    """The year of a date in any of the ways of writing it; a year alone or a number is one only if its name says so."""
    for pattern in _DATES:
        if found := pattern.fullmatch(text):
            return int(found[2]) + (2000 if len(found[2]) == 2 else 0)
    if re.search(r"year", name, re.IGNORECASE) and re.fullmatch(r"(?:19|20)\d\d", text):
        return int(text)
    if _TIME.search(name) and (found := re.fullmatch(r"((?:19|20)\d\d)(?:\d\d){1,3}", text)):
        return int(found[1])
    if re.search(rf"{_TIME.pattern}|week$|day$", name, re.IGNORECASE) and re.fullmatch(r"1\d{9}(\d{3})?", text):
        return 1970 + int(text[:10]) // 31_556_952
    return None


def _in_2099(text: str) -> str:
    for pattern in _DATES:
        if found := pattern.fullmatch(text):
            return f"{found[1]}{str(_YEAR)[-len(found[2]) :]}{found[3]}"
    if re.fullmatch(r"1\d{9}(\d{3})?", text):
        return str(_SECONDS) + "000" * (len(text) == 13)
    return f"{_YEAR}{text[4:]}"


def _thousandfold(text: str) -> str:
    """A number as text, times 1,000."""
    plain = text.strip().replace(",", "")
    number = round(1000 * float(plain), 6)
    return text.replace(text.strip(), str(int(number)) if re.fullmatch(r"-?\d+", plain) else repr(number))


def _is_figure(name: str, values: list[str]) -> bool:
    numbers = [bool(_NUMBER.fullmatch(value.strip())) and not _year(value, name) for value in values]
    return any(numbers) and 2 * sum(numbers) >= len(numbers) and not _TIME.search(name) and not _ID.search(name)


def _encoded(text: str) -> bytes:
    return text.encode().replace(_E_ACUTE.encode(), b"\xe9")


@dataclass(frozen=True)
class Table:
    """Rows of cells below a line of names."""

    header: list[str]
    rows: list[list[str]]
    write: Callable[[list[str], list[list[str]]], bytes]
    end: int
    """Where in the text the last record ends."""
    dated: bool = False
    """Whether the first cell of a row must be its date, and all others numbers."""

    def renamed(self) -> Iterator[Variant]:
        for n, name in enumerate(self.header):
            header = [_RENAMED if m == n else other for m, other in enumerate(self.header)]
            yield f"column `{name}`", self.write(header, self.rows)

    def with_new_column(self) -> Iterator[Variant]:
        if not self.dated:
            yield "words at the end", self.write([*self.header, _NEW], [[*row, "words"] for row in self.rows])
        header, rows = copy.deepcopy((self.header, self.rows))
        for cells, cell in zip([header, *rows], [_NEW, *["0"] * len(rows)], strict=True):
            cells.insert(int(self.dated), cell)
        yield "numbers at the front", self.write(header, rows)

    def thousandfold(self) -> Iterator[Variant]:
        for n, name in enumerate(self.header):
            if _is_figure(name, [row[n] for row in self.rows if len(row) > n]):
                rows = copy.deepcopy(self.rows)
                for row in rows:
                    if len(row) > n and _NUMBER.fullmatch(row[n].strip()):
                        row[n] = _thousandfold(row[n])
                yield f"column `{name}`", self.write(self.header, rows)

    def repeated(self, times: int) -> Iterator[Variant]:
        yield f"{times} times", self.write(self.header, [row for row in self.rows for _ in range(times)])

    def backwards(self) -> Iterator[Variant]:
        if len(self.rows) > 1:
            yield "last row first", self.write(self.header, self.rows[::-1])

    def in_the_future(self) -> Iterator[Variant]:
        for n, name in enumerate(self.header):
            dates = {row[n] for row in self.rows if len(row) > n and _year(row[n], name)}
            for told, moved in (("newest", {_newest(dates)}), ("all", dates)) if dates else ():
                rows = [[_in_2099(c) if m == n and c in moved else c for m, c in enumerate(row)] for row in self.rows]
                yield f"{told} of `{name}`", self.write(self.header, rows)
        dates = {name for name in self.header if _year(name)}
        if dates:
            header = [_in_2099(name) if name == _newest(dates) else name for name in self.header]
            yield "newest column", self.write(header, self.rows)

    def with_a_letter(self) -> Iterator[Variant]:
        words = [n for n, cell in enumerate(self.rows[0]) if re.search("[A-Za-z]", cell) and not _year(cell)]
        for n in words[:1]:
            yield "in a cell", self.write(self.header, [[*r[:n], r[n] + _E_ACUTE, *r[n + 1 :]] for r in self.rows])
        yield "in a new column", self.write([*self.header, _NEW + _E_ACUTE], [[*row, "0"] for row in self.rows])


@dataclass(frozen=True)
class Tree:
    """Objects, lists and values."""

    root: Any
    write: Callable[[Any], bytes]
    end: int
    """Where in the text the last record ends."""

    def renamed(self) -> Iterator[Variant]:
        for path, keyed in self._paths().items():
            if keyed:
                root = copy.deepcopy(self.root)
                for _, parent, key in _at(root, path):
                    if isinstance(parent, dict):
                        _rename(parent, key, f"{key} {_RENAMED}" if path[-1] == "*" else _RENAMED)
                yield f"key `{_told(path)}`", self.write(root)

    def with_new_column(self) -> Iterator[Variant]:
        def added(node: Any, within: bool) -> Any:
            if isinstance(node, list):
                return [added(child, True) for child in node]
            if not isinstance(node, dict):
                return node
            inner = {key: added(child, False) for key, child in node.items()}
            return {_NEW: "words", **inner, f"{_NEW}_2": 7} if within and not _is_mapping(node) else inner

        if (root := added(self.root, False)) != self.root:
            yield "in each record", self.write(root)
        chain = isinstance(self.root, dict) and [type(v) for v in self.root.values()] == [dict]  # has no columns itself
        if isinstance(self.root, dict) and not chain and not _is_mapping(self.root):
            yield "in the outer object", self.write({_NEW: "words", **self.root, f"{_NEW}_2": 7})

    def thousandfold(self) -> Iterator[Variant]:
        for path in self._paths():
            places = [(parent, key) for _, parent, key in _at(self.root, path)]
            values = [parent[key] for parent, key in places if isinstance(parent[key], str | int | float)]
            name = _name(path)
            if any(isinstance(value, bool) for value in values) or not _is_figure(name, [str(v) for v in values]):
                continue
            root = copy.deepcopy(self.root)
            for _, parent, key in _at(root, path):
                value = parent[key]
                if isinstance(value, int | float):
                    parent[key] = round(1000 * value, 6) if isinstance(value, float) else 1000 * value
                elif isinstance(value, str) and _NUMBER.fullmatch(value):
                    parent[key] = _thousandfold(value)
            yield f"key `{_told(path)}`", self.write(root)

    def repeated(self, times: int) -> Iterator[Variant]:
        def of_list(rows: list[Any]) -> list[Any]:
            return [row for row in rows for _ in range(times)]

        def of_mapping(rows: dict[str, Any]) -> dict[str, Any]:
            return {key + _AGAIN * n: value for key, value in rows.items() for n in range(times)}

        yield from self._rows_changed(f"{times} times", of_list, of_mapping)

    def backwards(self) -> Iterator[Variant]:
        yield from self._rows_changed("last first", lambda rows: rows[::-1], lambda rows: dict(reversed(rows.items())))

    def in_the_future(self) -> Iterator[Variant]:
        for path, keyed in self._paths().items():
            name = _name(path)
            values = [parent[key] for _, parent, key in _at(self.root, path)]
            dates = {str(v) for v in values if isinstance(v, str | int) and _year(str(v), name)}
            for told, moved in (("newest", {_newest(dates)}), ("all", dates)) if dates else ():
                root = copy.deepcopy(self.root)
                for _, parent, key in _at(root, path):
                    if str(parent[key]) in moved:
                        parent[key] = type(parent[key])(_in_2099(str(parent[key])))
                yield f"{told} of `{_told(path)}`", self.write(root)
            keys = {key for _, _, key in _at(self.root, path)} if keyed and path[-1] == "*" else set()
            if keys and all(_year(key, "year") for key in keys):
                root = copy.deepcopy(self.root)
                for _, parent, key in list(_at(root, path)):
                    if key == _newest(keys):
                        _rename(parent, key, _in_2099(key))
                yield f"newest key of `{_told(path)}`", self.write(root)

    def with_a_letter(self) -> Iterator[Variant]:
        for path in self._paths():
            words = [p[k] for _, p, k in _at(self.root, path) if isinstance(p[k], str) and re.search("[A-Za-z]", p[k])]
            if words and not any(map(_year, words)):
                root = copy.deepcopy(self.root)
                for _, parent, key in _at(root, path):
                    parent[key] = f"{parent[key]}{_E_ACUTE}" if isinstance(parent[key], str) else parent[key]
                yield f"in `{_told(path)}`", self.write(root)
                break
        if isinstance(self.root, dict):
            yield "in a new key", self.write({**self.root, _NEW + _E_ACUTE: None})

    def _paths(self) -> dict[tuple[str, ...], bool]:
        """The ways to all places, and whether they end with a key."""
        return {path: isinstance(parent, dict) for path, parent, _ in _places(self.root)}

    def _rows_changed(
        self, told: str, of_list: Callable[[list[Any]], list[Any]], of_mapping: Callable[[dict[str, Any]], Any]
    ) -> Iterator[Variant]:
        """Changes the outermost lists of records or, where there are none, arrays of one length, or else the names."""

        def is_array(node: Any) -> bool:
            return isinstance(node, list) and len(node) > 1 and not any(isinstance(v, dict | list) for v in node)

        def is_records(node: Any) -> bool:
            return isinstance(node, list) and bool(node) and all(isinstance(v, dict | list) for v in node)

        arrays = list(_outermost(self.root, is_array))
        parallel = len(arrays) > 1 and len({len(array) for array in arrays}) == 1
        for fits, change in (
            (is_records, of_list),
            (is_array if parallel else lambda node: False, of_list),
            (lambda node: isinstance(node, dict) and _is_mapping(node), of_mapping),
        ):
            if any(_outermost(self.root, fits)):
                yield told, self.write(_changed(self.root, fits, change))
                return


_Place = tuple[tuple[str, ...], Any, Any]


def _is_mapping(node: dict[str, Any]) -> bool:
    return any(not _KEY.fullmatch(key) for key in node)


def _places(node: Any, path: tuple[str, ...] = ()) -> Iterator[_Place]:
    """(path, container, key or index) of everything in the tree; `*` in a path is a name, `[]` an element."""
    if isinstance(node, dict):
        mapping = _is_mapping(node)
        for key in list(node):
            way = (*path, "*" if mapping else key)
            yield way, node, key
            yield from _places(node.get(key), way)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield (*path, "[]"), node, index
            yield from _places(child, (*path, "[]"))


def _at(root: Any, path: tuple[str, ...]) -> list[_Place]:
    return [place for place in _places(root) if place[0] == path]


def _name(path: tuple[str, ...]) -> str:
    """The key under which a value or a list of values stands; none for a value that stands under a name."""
    key = path[-1] if path[-1] != "[]" or len(path) == 1 else path[-2]
    return "" if key in ("*", "[]") else key


def _told(path: tuple[str, ...]) -> str:
    return ".".join(path)


def _rename(parent: dict[str, Any], old: str, new: str) -> None:
    items = [(new if key == old else key, value) for key, value in parent.items()]
    parent.clear()
    parent.update(items)


def _outermost(node: Any, fits: Callable[[Any], bool]) -> Iterator[Any]:
    if fits(node):
        yield node
    elif isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from _outermost(child, fits)


def _changed(node: Any, fits: Callable[[Any], bool], change: Callable[[Any], Any]) -> Any:
    if fits(node):
        return change(node)
    if isinstance(node, dict):
        return {key: _changed(child, fits, change) for key, child in node.items()}
    return [_changed(child, fits, change) for child in node] if isinstance(node, list) else node


@dataclass(frozen=True)
class Chart:
    """Lines in colours, each with a label in its colour, spelled in glyphs."""

    root: ET.Element
    end: int
    """Where in the text the last line ends."""

    def write(self, root: ET.Element) -> bytes:
        return _encoded(ET.tostring(root, encoding="unicode"))

    def renamed(self) -> Iterator[Variant]:
        for n in range(len(_labels(self.root))):
            root = copy.deepcopy(self.root)
            _respell(_labels(root)[n])
            yield f"line {n + 1}", self.write(root)

    def with_new_column(self) -> Iterator[Variant]:
        root = copy.deepcopy(self.root)
        label = _labels(root)[0]
        colour = _style(label)["fill"]
        line = next(path for path in _lines(root) if _style(path)["stroke"] == colour)
        for element in (label, line):
            added = copy.deepcopy(element)
            added.set("style", added.get("style", "").replace(colour, "#123456"))
            if element is label:
                _respell(added)
            _parent(root, element).append(added)
        yield "another line", self.write(root)

    def thousandfold(self) -> Iterator[Variant]:
        root = copy.deepcopy(self.root)
        for label in _ticks(root, "ytick_"):
            if [use.get(_XLINK) for use in _glyphs(label)] != [f"{_GLYPH}30"]:
                for _ in range(3):
                    ET.SubElement(label, _glyphs(label)[0].tag, {_XLINK: f"{_GLYPH}30"})
        yield "the scale", self.write(root)

    def repeated(self, times: int) -> Iterator[Variant]:
        root = copy.deepcopy(self.root)
        for element in (*_labels(root), *_lines(root)):
            _parent(root, element).extend(copy.deepcopy(element) for _ in range(times - 1))
        yield f"{times} times", self.write(root)

    def backwards(self) -> Iterator[Variant]:
        root = copy.deepcopy(self.root)
        drawn = [*_labels(root), *_lines(root)]
        parents = [_parent(root, element) for element in drawn]
        for parent, element in zip(parents, drawn, strict=True):
            parent.remove(element)
        for parent, element in reversed(list(zip(parents, drawn, strict=True))):
            parent.append(element)
        yield "last line first", self.write(root)

    def in_the_future(self) -> Iterator[Variant]:
        for told in ("newest tick", "all ticks"):
            root = copy.deepcopy(self.root)
            ticks = [_glyphs(label)[:4] for label in _ticks(root, "xtick_")]
            years = [int("".join(chr(int(use.get(_XLINK, "")[-2:], 16)) for use in tick)) for tick in ticks]
            for tick, year in zip(ticks, years, strict=True):
                if told == "all ticks" or year == max(years):
                    for use, digit in zip(tick, str(year + _YEAR - max(years)), strict=True):
                        use.set(_XLINK, f"{_GLYPH}{ord(digit):x}")
            yield told, self.write(root)

    def with_a_letter(self) -> Iterator[Variant]:
        root = copy.deepcopy(self.root)
        ET.SubElement(root, "title").text = _E_ACUTE
        yield "in a title", self.write(root)


def _style(element: ET.Element) -> dict[str, str]:
    return dict(part.split(":", 1) for part in element.get("style", "").split(";") if ":" in part)


def _lines(root: ET.Element) -> list[ET.Element]:
    return [e for e in root.iter() if e.tag.endswith("}path") and _style(e).get("stroke-width") == "1.5"]


def _labels(root: ET.Element) -> list[ET.Element]:
    colours = {_style(line)["stroke"] for line in _lines(root)}
    return [e for e in root.iter() if e.get("id", "").startswith("text_") and _style(e).get("fill") in colours]


def _ticks(root: ET.Element, prefix: str) -> list[ET.Element]:
    ticks = [e for e in root.iter() if e.get("id", "").startswith(prefix)]
    return [e for tick in ticks for e in tick.iter() if e.get("id", "").startswith("text_")]


def _glyphs(label: ET.Element) -> list[ET.Element]:
    return [e for e in label.iter() if e.tag.endswith("}use")]


def _respell(label: ET.Element) -> None:
    _glyphs(label)[0].set(_XLINK, f"{_GLYPH}7a")


def _parent(root: ET.Element, child: ET.Element) -> ET.Element:
    return next(element for element in root.iter() if child in list(element))


def _read(content: bytes) -> Table | Tree | Chart:
    text = content.removeprefix(MARK).decode()
    if text.lstrip().startswith(("<svg", "<?xml")):
        return _chart(text)
    end = len(text.rstrip("]}); \r\n"))
    try:
        return Tree(json.loads(text), _dumped, end)
    except ValueError:
        pass
    if text.startswith("{"):
        lines = [json.loads(line) for line in text.splitlines() if line.strip()]
        return Tree(lines, lambda root: b"".join(_dumped(record) + b"\n" for record in root), end)
    if _ROW.search(text):
        return _script(text)
    if found := re.match(r"\s*(?:(?:var|let|const)\s+)?\w+\s*=", text):
        literal = text[found.end() :].strip()
        root = json.loads(_TOKEN.sub(lambda t: _as_json(t[0]), literal.removesuffix(";")))
        semicolon = b";" if literal.endswith(";") else b""
        return Tree(root, lambda root: found[0].encode() + _dumped(root) + semicolon, end)
    return _delimited(text)


def _dumped(root: Any) -> bytes:
    return _encoded(json.dumps(root, ensure_ascii=False).replace(_AGAIN, ""))


def _as_json(token: str) -> str:
    return token if token[0] == '"' else f"0{token}" if token[0] == "." else f'"{token}"'


def _chart(text: str) -> Chart:
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return Chart(ET.fromstring(text), text.rindex("stroke-width:1.5"))


def _script(text: str) -> Table:
    """The names in quotes before the lines, and the lines, of a script."""
    matches = list(_ROW.finditer(text))
    start, end = matches[0].start(), matches[-1].end()
    names = list(re.finditer(r"'([^']*)'", text[text.rindex("['", 0, start) : start]))
    offset = text.rindex("['", 0, start)

    def write(header: list[str], rows: list[list[str]]) -> bytes:
        first, last = offset + names[0].start(), offset + names[-1].end()
        opening = text[first : offset + names[1].start()].replace(names[0][0], f"'{header[0]}'", 1)
        quoted = ", ".join(f"'{name}'" for name in header[1:])
        lines = ",\n".join(f"[{','.join(row)}]" for row in rows)
        return _encoded(text[:first] + opening + quoted + text[last:start] + lines + text[end:])

    return Table([name[1] for name in names], [[m[1], *m[2].split(",")] for m in matches], write, end - 1, dated=True)


def _delimited(text: str) -> Table:
    first, _, rest = text.partition("\n")
    mark = max("\t;,|", key=first.count)
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    line_end = "\r\n" if first.endswith("\r") else "\n"
    quoting = csv.QUOTE_ALL if rest.startswith('"') else csv.QUOTE_MINIMAL

    def write(header: list[str], rows: list[list[str]]) -> bytes:
        written = io.StringIO(newline="")
        csv.writer(written, delimiter=mark, lineterminator=line_end).writerow(header)
        csv.writer(written, delimiter=mark, lineterminator=line_end, quoting=quoting).writerows(rows)
        whole = written.getvalue()
        return _encoded(whole if text.endswith("\n") else whole.removesuffix(line_end))

    return Table(header, rows, write, len(text.rstrip()))


@dataclass(frozen=True)
class _Wrapping:
    inner: bytes
    wrap: Callable[[bytes], bytes]


def _unwrapped(content: bytes) -> _Wrapping | None:
    """What a gzip file holds, or the largest file of a ZIP file; none for other bytes."""
    if content.startswith(b"\x1f\x8b"):
        return _Wrapping(gzip.decompress(content), lambda inner: gzip.compress(inner, mtime=0))
    if not content.startswith(b"PK\x03\x04"):
        return None
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        files = {info.filename: packed.read(info) for info in packed.infolist()}
    largest = max(files, key=lambda name: len(files[name]))

    def wrap(inner: bytes) -> bytes:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, held in files.items():
                packed.writestr(zipfile.ZipInfo(name), inner if name == largest else held)
        return written.getvalue()

    return _Wrapping(files[largest], wrap)


def _within(damaged: Callable[[bytes], Iterable[Variant]]) -> Callable[[bytes], list[Variant]]:
    """The damage to what a payload wraps, and to the payload itself where it wraps nothing."""

    def variants(content: bytes) -> list[Variant]:
        wrapping = _unwrapped(content)
        if wrapping is None:
            return [(told, bytes(bad)) for told, bad in damaged(content)]
        return [(told, wrapping.wrap(bad)) for told, bad in damaged(wrapping.inner)]

    return variants


def _both(damaged: Callable[[bytes], Iterable[Variant]]) -> Callable[[bytes], list[Variant]]:
    """The damage to the payload itself, and to what it wraps."""

    def variants(content: bytes) -> list[Variant]:
        outer = [(told, bad) for told, bad in damaged(content)]
        return outer if _unwrapped(content) is None else [*outer, *_within(damaged)(content)]

    return variants


def _cut(content: bytes) -> Iterator[Variant]:
    yield "at 60 %", content[: len(content) * 6 // 10]
    if _unwrapped(content) is not None:
        return
    text = content.decode()
    end = _read(content).end
    start = max(text.rfind("\n", 0, end), text.rfind("{", 0, end), 0)
    yield "in the last value", text[: end - 1].encode()
    yield "in the last record", text[: (start + end) // 2].encode()


FAULTS: Final[dict[str, Callable[[bytes], list[Variant]]]] = {
    "empty body": _both(lambda content: [("no bytes", b"")]),
    "web page": _both(lambda content: [("a page", HTML)]),
    "truncated": _both(_cut),
    "renamed column": _within(lambda content: _read(content).renamed()),
    "new column": _within(lambda content: _read(content).with_new_column()),
    "unit times 1000": _within(lambda content: _read(content).thousandfold()),
    "duplicate rows": _within(lambda content: _read(content).repeated(2)),
    "rows out of order": _within(lambda content: _read(content).backwards()),
    "date in the future": _within(lambda content: _read(content).in_the_future()),
    "byte-order mark": _within(lambda content: [("a mark", MARK + content)]),
    "Latin-1": _within(lambda content: _read(content).with_a_letter()),
    "a hundred times the rows": _within(lambda content: _read(content).repeated(100)),
}
