"""What one run of a scheduled export does: reads its selection anew, writes a file, deletes those no longer kept."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from etl import config, locks
from etl.catalog import Catalog, choices, unknown
from etl.errors import StacktideError, StoreError, UsageError
from etl.export_files import retain, write
from etl.exports import Export, ExportRun, Exports, Trigger
from etl.home import Home

if TYPE_CHECKING:
    from dashboard.export import Dataset

_log = logging.getLogger(__name__)


def checked(
    home: Home, entries: Catalog, selection: str, file_format: str, day: date
) -> tuple[str, frozenset[str], int]:
    """The selection as it is kept, the sources that it reads (none: all), and its number of rows now.

    Raises UsageError when selection or format are wrong, or the selection asks for a certain state of the store.
    """
    from dashboard.export import FORMATS
    from dashboard.export.writing import check

    text = _without_user(selection.strip())
    if file_format not in FORMATS:
        raise UsageError(unknown("format", file_format, FORMATS, choices(FORMATS)))
    data, sources = _data(home, entries, text, day)
    check(data, file_format)
    return text, sources, data.count()


def run(home: Home, entries: Catalog, name: str, trigger: Trigger, clock: Callable[[], datetime]) -> ExportRun:
    """Run an export once and record that; whatever fails is the run's `error`, and the files that are there stay.

    Raises UsageError when there is no such export, LockedError when it is running, StoreError when the operational
    state cannot be used.
    """
    exports = Exports(home.state, clock)
    exports.of(name)
    try:
        with locks.held(home.lock(f"export-{name}"), f"run of the export {name}", clock):
            return _recorded(home, entries, exports, name, trigger)
    except OSError as error:
        raise StoreError(f"The home folder {home.path} cannot be written ({error.strerror}): see to that.") from error


def _recorded(home: Home, entries: Catalog, exports: Exports, name: str, trigger: Trigger) -> ExportRun:
    export, begun = exports.of(name), exports.begin(name, trigger)
    try:
        ended, sources, store = _written(home, entries, export, begun)
    except StacktideError as error:
        return exports.end(replace(begun, outcome="failed", error=str(error)))
    except Exception as error:  # noqa: BLE001 - a bug: a sentence here, the rest in the log
        _log.exception("the export %s broke", name)
        what = f"something that nobody foresaw ({type(error).__name__}: {error})"
        return exports.end(replace(begun, outcome="failed", error=f"The export {name} met {what}: please report it."))
    with suppress(OSError):
        retain(Path(export.folder), name, _ending(export), export.keep)
    return exports.end(ended, sources, store)


def _written(home: Home, entries: Catalog, export: Export, begun: ExportRun) -> tuple[ExportRun, frozenset[str], str]:
    """The run, its file written; the sources that were read, and the store that they were read from."""
    from dashboard import export as files

    store = home.store.identity()
    data, sources = _data(home, entries, export.selection, begun.started.date())
    rows = data.count()
    if not rows:
        raise StacktideError(
            f"Nothing passes the selection of the export {export.name}: refresh its sources, or give it another "
            "selection with `stacktide exports add ... --replace`."
        )
    file, _ = write(
        Path(export.folder),
        export.name,
        _ending(export),
        begun.started,
        lambda target: files.write(data, export.format, target, spreadsheet=export.spreadsheet),
    )
    version = int(data.about["store_version"])
    size = file.stat().st_size
    done = replace(begun, outcome="written", file=str(file), rows=rows, bytes=size, store_version=version)
    return done, sources, store


def _ending(export: Export) -> str:
    from dashboard.export import FORMATS

    return FORMATS[export.format].ending


def _data(home: Home, entries: Catalog, selection: str, day: date) -> "tuple[Dataset, frozenset[str]]":
    """What a selection gives now, and the sources that it reads (none: all).

    Raises UsageError when it is wrong, or asks for a certain state of the store.
    """
    from dashboard.data import Data
    from dashboard.views.addresses import addressed
    from dashboard.views.exports import asked

    given: Mapping[str, Sequence[str]] = {}
    with suppress(ValueError):  # `addressed` tells what is wrong
        given = asked(selection)
    for name in ("as_of", "version"):
        if name in given:
            raise UsageError(f"A scheduled export holds what is newest: leave `{name}` out of its selection.")
    data = addressed(Data(home, entries), selection, day, config.load().public_url)
    indicators = [entries.indicator[name] for name in given.get("indicator", ()) if name in entries.indicator]
    carriers = {i.id for i in indicators} | {i.whole for i in indicators if i.whole in entries.indicator}
    of_indicators = frozenset(entries.source_of[name].id for name in carriers if name)
    named = frozenset(given.get("source", ()))
    return data, of_indicators & named if of_indicators and named else of_indicators | named


def _without_user(address: str) -> str:
    """An address without the user and password that it may begin with."""
    scheme, colon, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{colon}{host.rpartition('@')[2]}{slash}{path}" if colon else address
