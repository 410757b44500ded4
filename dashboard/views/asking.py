"""The start of a view: the selection of a query, the state of the store that it speaks of, and what was wrong in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from dashboard.data import Data, Snapshot
from dashboard.selection import Selection, read, to_query
from dashboard.selection.url import MOST_PARAMETERS
from dashboard.views import messages
from etl.errors import UsageError
from etl.schema import ALL_SEGMENTS, WHOLE, WORLD


@dataclass(frozen=True)
class Asked:
    """What was asked, the state that answers it, and one sentence for each thing that cannot be had."""

    selection: Selection
    snapshot: Snapshot
    problems: tuple[str, ...]

    def without(self, problem: str, **changes: Any) -> "Asked":
        """The same with a part of the selection given up, and the reason."""
        return Asked(replace(self.selection, **changes), self.snapshot, (*self.problems, problem))

    def message(self, rest: messages.Message | None = None) -> messages.Message | None:
        """What was wrong, or else `rest`."""
        return messages.wrong(self.problems, rest) if self.problems else rest

    def query(self, **more: str) -> str:
        """The canonical query: what a page like these can show (worldwide, all segments), and parameters of its own."""
        kept = Selection(
            use_case=self.selection.use_case,
            kind=self.selection.kind,
            technology=self.selection.technology,
            indicator=self.selection.indicator,
            as_of=self.selection.as_of,
        )
        own = [f"{name}={value}" for name, value in more.items() if value]
        return "&".join(each for each in (to_query(kept, self.snapshot.catalog), *own) if each)


def asked(data: Data, query: str) -> Asked:
    """The selection of `query`, worldwide, of single technologies; an earlier day without a state gives way to the
    newest.
    """
    selection, problems = read(query, data.catalog)
    selection = replace(
        selection,
        technology=tuple(t for t in selection.technology if t != WHOLE),
        region=WORLD,
        segment=ALL_SEGMENTS,
        start=None,
        end=None,
        value=None,
        smooth=0,
        base=None,
    )
    try:
        snapshot = data.snapshot(selection.as_of)
    except UsageError as error:
        selection, snapshot = replace(selection, as_of=None), data.snapshot()
        problems = [*problems, str(error)]
    return Asked(selection, snapshot, tuple(problems))


def parameter(query: str, name: str, allowed: Sequence[str], default: str) -> tuple[str, str]:
    """A parameter of one page alone, and what is wrong with it (empty: nothing); too many are told by `asked`."""
    try:
        given = parse_qs(query.removeprefix("?"), max_num_fields=MOST_PARAMETERS).get(name, [default])[0]
    except ValueError:
        return default, ""
    if given == default or given in allowed:
        return given, ""
    return default, f"`{name}` is {given[:60]!r}: it must be one of {', '.join(allowed)}."


def named(asking: Asked, technologies: Sequence[str]) -> Mapping[str, str]:
    """Technology -> its name on the screen."""
    return {t: asking.snapshot.catalog.technology[t].name for t in technologies}
