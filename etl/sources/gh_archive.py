"""GH Archive: pull-request events on GitHub per language of the repository and hour (UTC).

A payload is the gzipped file of one hour: public events as JSON, one per line. One row of the result is the number of
pull-request events (opened, closed, reopened ...) of the hour in repositories of one language, under the day and the
segment `hour-HH`. Oddities:

- Only pull-request events carry a language (`payload.pull_request.base.repo.language`), and only until 2025-10-06.
- A language of null is a repository in which GitHub finds none: it goes by the name `none` and counts in the whole.
- An event that stands there twice counts once.
- The hour stands in the address without a leading zero. Hours are missing (404) where GitHub or the recorder was down;
  the `lost_hours` of the entry are there, but hold next to nothing.
- A file unpacks to hundreds of megabytes: it is unpacked in blocks, and only lines that can be wanted are decoded.
"""

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from typing import Final

import msgspec
import pandas as pd
from isal import igzip, isal_zlib

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_INDICATOR: Final = "gh_archive_pull_requests"
_TYPE: Final = "PullRequestEvent"
_WANTED: Final = b'"PullRequestEvent"'
_BLOCK_BYTES: Final = 256 * 1024  # as much as stays in the processor's cache
_LONGEST_LINE_BYTES: Final = 32 * 1024 * 1024
_HOUR: Final = timedelta(hours=1)


class _Event(msgspec.Struct):
    id: str
    type: str
    created_at: str
    payload: msgspec.Raw


class _Repository(msgspec.Struct):
    language: str | None


class _Base(msgspec.Struct):
    repo: _Repository | None


class _PullRequest(msgspec.Struct):
    base: _Base


class _Payload(msgspec.Struct):
    pull_request: _PullRequest


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per hour, from the day after `since` on; a run asks for `hours_per_run` hours at most."""
    settings = entry.settings
    first = since + timedelta(days=1) if since is not None else settings["from"]
    last = min(settings["until"], today - timedelta(days=1))
    for n in range(min(settings["hours_per_run"], ((last - first).days + 1) * 24)):
        hour = datetime.combine(first, time(), UTC) + n * _HOUR
        label = f"{hour:%Y-%m-%d}-{hour.hour}"
        if label not in settings["lost_hours"]:
            yield Request(
                f"{settings['base']}/{label}.json.gz",
                part=label,
                scope={"indicator": _INDICATOR, "period_start": hour.date(), "segment": f"hour-{hour.hour:02}"},
                optional=True,
                immutable=True,
            )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one hour: pull-request events per language.

    Raises ParseError when the file is no gzip or is cut, a line is no JSON object, an event lacks what it must have, or
    not one event is a pull request of this hour.
    """
    part, scope = payload.request.part, payload.request.scope
    where = f"gh_archive {part}"
    hour = f"{scope['period_start']}T{scope['segment'].removeprefix('hour-')}:"
    languages: Counter[str] = Counter()
    of_the_hour, created_at = 0, ""
    try:
        for created_at, language in _pull_requests(payload.content):
            languages[language] += 1
            of_the_hour += created_at.startswith(hour)
    except (EOFError, OSError, isal_zlib.error) as error:  # type: ignore[misc]  # isal types the class as an instance
        raise ParseError(f"{where}: not a whole gzip file ({error}); is it cut?") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise ParseError(f"{where}: an event is not as documented ({error}); has the layout changed?") from error
    if not languages:
        raise ParseError(f"{where}: not one pull request; the hour was lost, list it in `lost_hours` of the entry.")
    if not of_the_hour:
        raise ParseError(f"{where}: the events are of another hour ({created_at}); wait for the right file.")
    rows = pd.DataFrame({"name": list(languages), "value": [float(n) for n in languages.values()]})
    return rows.assign(frequency="D", status="final", **scope)


def _pull_requests(content: bytes) -> Iterator[tuple[str, str]]:
    """When and in which language, for each pull-request event of the gzipped lines."""
    event_of, payload_of = msgspec.json.Decoder(_Event), msgspec.json.Decoder(_Payload)
    seen: set[str] = set()
    for line in _wanted_lines(content):
        event = event_of.decode(line)
        if event.type == _TYPE and event.id not in seen:
            seen.add(event.id)
            repository = payload_of.decode(event.payload).pull_request.base.repo
            yield event.created_at, (repository.language if repository is not None else None) or "none"


def _wanted_lines(content: bytes) -> Iterator[bytes]:
    """The lines that can be pull-request events. Raises ValueError for a line that cannot be a JSON object."""
    rest, begun = b"", False
    with igzip.open(BytesIO(content)) as unpacked:  # type: ignore[no-untyped-call]
        while block := unpacked.read(_BLOCK_BYTES):
            lines = (rest + block).split(b"\n")
            if not begun:
                lines[0], begun = lines[0].removeprefix(BOM_UTF8), True
            rest = lines.pop()
            if len(rest) > _LONGEST_LINE_BYTES:
                raise ValueError(f"a line of more than {_LONGEST_LINE_BYTES} bytes")
            yield from _filtered(lines)
    yield from _filtered([rest] if rest else [])


def _filtered(lines: list[bytes]) -> Iterator[bytes]:
    for line in lines:
        if not line.startswith(b"{") or not line.endswith((b"}", b"}\r")):
            raise ValueError(f"a line begins with {line[:20]!r}")
        if _WANTED in line:
            yield line
