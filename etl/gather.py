"""Asks one publisher for all parts of one source and parses the answers: page after page, resumed, or as Dask tasks."""

import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import pandas as pd

from etl import agenda, http, sources, tasks
from etl.agenda import Ask, Origin
from etl.archive import Archive
from etl.catalog import Source
from etl.errors import FetchError, NotThere, ParseError, PausedError, StacktideError, StoreError
from etl.http import Payload, Request
from etl.pace import Pace

_FAILURES_IN_A_ROW: Final = 3
_MOST_PARTS: Final = 100_000
_UNKNOWN: Final = Origin("")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What became of one request: a payload with its draft rows (schema.DRAFT_COLUMNS), or an error.

    `asked` is whether the publisher was asked; `absent`, whether the error is only that nothing is published there.
    """

    request: Request
    payload: Payload | None = None
    draft: pd.DataFrame | None = None
    error: StacktideError | None = None
    asked: bool = True
    absent: bool = False
    origin: Origin = _UNKNOWN
    """What to begin with to ask for this part once more."""


@dataclass(frozen=True)
class Gather:
    """How one source is asked in one run."""

    entry: Source
    session: http.Session
    archive: Archive
    today: date
    pace_file: Path | None = None
    """Where the limits of the publisher are counted; none: only in this process."""
    use_archive: bool = True
    """Whether what cannot have changed is read from the archive."""
    resume: bool = False
    """Whether the run before did not come to its end: what it was given today is not asked for again."""
    again: frozenset[Origin] = frozenset()
    """What failed the last time: it is asked for as it was then, so that nothing it lacks is left out."""
    held_until: date | None = None
    """The newest period held: where everything is asked for again, what a source asks for in slices goes on to it."""
    scheduler: str | None = None
    """The address of the Dask cluster for large inputs; none: threads of this process."""
    progress: Callable[[str, int, int], None] = field(default=lambda part, number, total: None)

    def answers(self, since: date | None) -> Generator[Answer, None, None]:
        """The answers as they arrive; periods up to `since` are held already.

        A failure is an answer with an `error`. After three failures to fetch in a row, or as soon as nothing more may
        be asked for now, the rest is not asked. Raises StoreError when the answers cannot be kept.
        """
        asks = agenda.asks(self.entry, self.today, since, self.again, self.held_until)
        yield from self._in_parallel(asks) if self.entry.parallel else self._in_turn(asks)

    def _in_turn(self, asks: Iterable[Ask]) -> Iterator[Answer]:
        pace = Pace(self.entry, self.pace_file) if http.mirror(self.session) is None else None
        client = http.Client(self.session, self.entry.access, pace, self.today)
        following = getattr(sources.module(self.entry), "following", None)
        waiting, seen, in_a_row, number = deque(asks), set[str](), 0, 0
        stopped: FetchError | None = None
        try:
            while waiting:
                (request, origin), number = waiting.popleft(), number + 1
                self.progress(request.part, number, number + len(waiting))
                if stopped is not None:
                    yield Answer(request, error=stopped, asked=False, origin=origin)
                    continue
                answer = replace(self._one(client, request), origin=origin)
                in_a_row = in_a_row + 1 if _could_not_be_had(answer) else 0
                if isinstance(answer.error, PausedError):
                    stopped = answer.error
                elif in_a_row == _FAILURES_IN_A_ROW:
                    stopped = FetchError(f"not asked, after {in_a_row} failures in a row")
                if answer.payload is not None and answer.error is None and following is not None:
                    seen.add(request.url)
                    more = [r for r in following(answer.payload, self.entry) if r.url not in seen]
                    if number + len(waiting) + len(more) > _MOST_PARTS:
                        more, stopped = [], FetchError(f"more than {_MOST_PARTS:,} pages; that cannot be right")
                    if more:  # they take the place of requests of the same name for fewer periods
                        parts = {r.part for r in more}
                        waiting = deque(ask for ask in waiting if ask[0].part not in parts)
                    waiting.extend((r, origin) for r in more)
                yield answer
        finally:
            if pace is not None:
                pace.close()

    def _one(self, client: http.Client, request: Request) -> Answer:
        known = self.archive.find(request) if self.use_archive else None
        final = known is not None and (request.immutable or (self.resume and known.retrieved_on == self.today))
        if known is not None and final:
            answer = _parsed(known, self.entry, asked=False)
            if answer.error is None:
                return answer
            known = None  # it was kept, but never judged: a run may have been killed in between
        try:
            payload = client.fetch(request, known)
            self.archive.save(payload)
        except NotThere as error:
            if request.otherwise is not None:
                return self._one(client, request.otherwise)
            return Answer(request, error=error, absent=self._may_be_absent(request))
        except StoreError:
            raise  # where no answer can be kept, the publisher is not asked for more
        except StacktideError as error:
            return Answer(request, error=error)
        answer = _parsed(payload, self.entry)
        if answer.error is not None:
            self.archive.forget(request)
        return answer

    def _in_parallel(self, asks: list[Ask]) -> Iterator[Answer]:
        mirrored = http.mirror(self.session)
        work = partial(
            _task,
            entry=self.entry,
            folder=mirrored.folder if mirrored else None,
            today=self.today,
            user_agent=str(self.session.headers["User-Agent"]),
        )
        pace = Pace(self.entry, self.pace_file) if mirrored is None else None
        budget = self.entry.access.seconds if self.entry.access is not None else http.BUDGET_SECONDS
        until, in_a_row, answered = time.monotonic() + budget, 0, 0
        stopped: FetchError | None = None

        def paced() -> Iterator[tuple[Request, float]]:
            for request, _ in asks:
                if stopped is not None:
                    return
                if pace is not None:
                    pace.wait(until - time.monotonic())
                yield request, until - time.monotonic()

        try:
            for answer in tasks.stream(work, paced(), self.scheduler):
                origin, answered = asks[answered][1], answered + 1
                self.progress(answer.request.part, answered, len(asks))
                absent = isinstance(answer.error, NotThere) and self._may_be_absent(answer.request)
                yield replace(answer, absent=absent, origin=origin)
                in_a_row = in_a_row + 1 if _could_not_be_had(answer) else 0
                if isinstance(answer.error, PausedError):
                    stopped = answer.error
                elif in_a_row == _FAILURES_IN_A_ROW:
                    stopped = FetchError(f"not asked, after {in_a_row} failures in a row")
        except PausedError as error:
            stopped = error
        finally:
            if pace is not None:
                pace.close()
        if stopped is not None:
            for left, origin in asks[answered:]:
                yield Answer(left, error=stopped, asked=False, origin=origin)

    def _may_be_absent(self, request: Request) -> bool:
        """A mirror holds some answers of an API; that the others are not there says nothing about the API."""
        return request.optional or (self.entry.access is not None and http.mirror(self.session) is not None)


def held(entry: Source, mirror: http.Mirror, today: date) -> bool:
    """Whether the mirror holds anything that the source would ask for first."""
    asked = sources.module(entry).requests(entry, None, today)
    return any(mirror.holds(r.url) or (r.otherwise is not None and mirror.holds(r.otherwise.url)) for r in asked)


def _could_not_be_had(answer: Answer) -> bool:
    return isinstance(answer.error, FetchError) and not isinstance(answer.error, NotThere)


def _parsed(payload: Payload, entry: Source, asked: bool = True) -> Answer:
    """The payload with its draft rows; whatever breaks the parser is an error of this part alone."""
    try:
        draft = sources.module(entry).parse(payload, entry)
    except StacktideError as error:
        return Answer(payload.request, payload, error=error, asked=asked)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        _log.exception("the parser of %s broke", entry.id)
        told = f"a form that nobody foresaw ({type(error).__name__}: {error})"
        sentence = ParseError(f"{entry.id} {payload.request.part}: {told}; please report it.")
        return Answer(payload.request, payload, error=sentence, asked=asked)
    return Answer(payload.request, payload, draft, asked=asked)


def _task(given: tuple[Request, float], entry: Source, folder: Path | None, today: date, user_agent: str) -> Answer:
    """Fetch and parse one large input within the seconds that are given with it, those left to the run.

    The small frame travels back, the bytes do not, and are not kept.
    """
    request, seconds = given
    with http.session(folder) as session:
        session.headers["User-Agent"] = user_agent
        client = http.Client(session, entry.access, None, today, seconds)
        try:
            payload = client.fetch(request)
        except NotThere as error:
            if request.otherwise is not None:
                return _task((request.otherwise, seconds), entry, folder, today, user_agent)
            return Answer(request, error=error)
        except StacktideError as error:
            return Answer(request, error=error)
    answer = _parsed(payload, entry)
    return replace(answer, payload=replace(payload, content=b"", size=len(payload.content)))
