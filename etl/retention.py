"""Retention: how long earlier states of the store can be read, and how their files go without breaking a reader.

A state is first withdrawn: it can no longer be asked for. Its files are deleted a day after it could have been, so
that whoever opened it goes on undisturbed for `GRACE_HOURS` at least. Nothing that a state within the window needs is
ever deleted: what counts is when a file ceased to belong to the newest state, not when it was written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
from deltalake import CommitProperties
from deltalake.exceptions import CommitFailedError, DeltaError

from etl import locks
from etl.errors import LockedError, StoreError, UsageError
from etl.store import Commit, Store

GRACE_HOURS: Final = 24
"""For so long the files of a withdrawn state stay, whatever was asked for."""

_SMALL_BYTES: Final = 25_000_000
"""A source is rewritten when two of its files or more are smaller."""


@dataclass(frozen=True)
class Compaction:
    """What a compaction did."""

    rewritten: list[str]
    """Sources whose rows went into fewer files."""
    busy: list[str]
    """Sources that would have been, but for a refresh that was under way."""
    files_deleted: int
    bytes_freed: int | None
    """None on object storage, which is not asked."""
    oldest: Commit
    """The oldest state that can still be read."""
    version: int


def compact(store: Store, lock: Callable[[str], Path], keep_days: int, clock: Callable[[], datetime]) -> Compaction:
    """Put scattered rows together, withdraw the states older than `keep_days`, and delete files nobody can need.

    `lock` names the lock file of a source (and of `compact`, of which there is one at a time); `clock` tells
    UTC, without zone. Raises UsageError when fewer days than one are to be kept, LockedError when another compaction is
    under way, StoreError when there is no store or it cannot be written.
    """
    if keep_days < 1:
        raise UsageError(f"{keep_days} days are too few: at least 1 must be kept, for those who are reading.")
    store.version()  # says so when there is no store
    try:
        with locks.held(lock("compact"), "compaction", clock):
            return _compact(store, lock, keep_days, clock)
    except (DeltaError, OSError) as error:
        reason = str(error).split("\n", 1)[0].rstrip(" .:")
        raise StoreError(f"The store could not be compacted ({reason}): no state was lost; try again.") from error


def daily(
    store: Store, lock: Callable[[str], Path], keep_days: int, clock: Callable[[], datetime], note: Path
) -> Compaction | None:
    """Compact where nobody has done so today (UTC); the file `note` remembers the day. None where nothing was done.

    Raises as `compact` does.
    """
    today = f"{clock():%Y-%m-%d}"
    if not store.exists() or (note.is_file() and note.read_text() == today):
        return None
    done = compact(store, lock, keep_days, clock)
    note.write_text(today)
    return done


def _compact(store: Store, lock: Callable[[str], Path], keep_days: int, clock: Callable[[], datetime]) -> Compaction:
    rewritten: list[str] = []
    busy: list[str] = []
    for source in _scattered(store):
        try:
            with locks.held(lock(source), f"refresh of {source}", clock):
                (rewritten if store.rewrite(source) is not None else busy).append(source)
        except LockedError:
            busy.append(source)
    _withdraw(store, keep_days, clock())
    deleted, freed = _delete(store, keep_days)
    table = store.table()
    table.create_checkpoint()  # the log is cut at a checkpoint
    table.cleanup_metadata()
    return Compaction(rewritten, busy, deleted, freed, store.kept()[-1], store.version())


def _scattered(store: Store) -> list[str]:
    """The sources that have several small files."""
    files = pa.table(store.table().get_add_actions(flatten=True)).to_pandas()
    small = files[files["size_bytes"] < _SMALL_BYTES].groupby("partition.source").size()
    return sorted(str(source) for source in small[small > 1].index)


def _withdraw(store: Store, keep_days: int, now: datetime) -> None:
    """Note in the log which state is the oldest that may be asked for: the one of `keep_days` ago."""
    start = pd.Timestamp(now) - timedelta(days=keep_days)
    kept = store.kept()
    oldest = next((commit.version for commit in kept if commit.at <= start), kept[-1].version)
    if oldest == kept[-1].version:
        return
    # the log goes a day after the state, too
    properties = {"delta.logRetentionDuration": f"interval {keep_days + 1} days"}
    told = CommitProperties(custom_metadata={"oldest": str(oldest)})
    try:
        store.table().alter.set_table_properties(properties, commit_properties=told)
    except CommitFailedError as error:
        raise StoreError("The store was changed meanwhile; compact it again.") from error


def _delete(store: Store, keep_days: int) -> tuple[int, int | None]:
    """Delete what no state of the last `keep_days`, and the hours of grace, has; returns number and size in bytes."""
    table, hours = store.table(), keep_days * 24 + GRACE_HOURS

    def vacuum(dry_run: bool) -> list[str]:
        # full: what killed writers left behind goes, too, once it is as old
        return table.vacuum(hours, dry_run=dry_run, enforce_retention_duration=False, full=True)

    found = vacuum(dry_run=True)
    freed = None
    if store.folder is not None:  # the list also names what was deleted before
        there = [file for name in found if (file := store.folder / name).is_file()]
        found, freed = [file.name for file in there], sum(file.stat().st_size for file in there)
    if found:
        vacuum(dry_run=False)  # leaves two commits in the log
    return len(found), freed
