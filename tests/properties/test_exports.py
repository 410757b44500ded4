"""Scheduled exports: whatever happens, files of others stay, the newest stay, and what is due is done once."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from etl.export_files import retain, write
from etl.exporting import PATIENCE, SETTLED, due
from etl.exports import Export, ExportRun, LastRuns

START = datetime(2026, 1, 1)  # noqa: DTZ001 - UTC without zone
MOMENTS = st.datetimes(START, START + timedelta(days=40)).map(lambda moment: moment.replace(microsecond=0))
NAMES = st.from_regex(r"(web|web-a|web-2026-01-0[1-9])", fullmatch=True)
ENDINGS = st.sampled_from(["csv", "json", "zip"])


@given(st.lists(st.tuples(NAMES, ENDINGS, MOMENTS), max_size=30), st.integers(1, 5), NAMES, ENDINGS)
def test_the_newest_files_of_one_export_stay_and_all_of_the_others(
    files: list[tuple[str, str, datetime]], keep: int, name: str, ending: str
) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made).resolve()
        written: dict[Path, tuple[str, str]] = {}
        for of, kind, at in sorted(files, key=lambda file: file[2]):
            path, _ = write(folder, of, kind, at, lambda file: file.write(b"x"))
            assert path not in written
            written[path] = of, kind
        ours = [path for path, key in written.items() if key == (name, ending)]
        gone = retain(folder, name, ending, keep)
        assert gone == ours[:-keep]
        assert set(folder.iterdir()) == set(written) - set(gone)


@given(
    st.sampled_from(["0 * * * *", "30 2 * * *", "15 1,2,3 * * sun", "*/20 5 1 * *"]),
    st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"]),
    st.lists(st.integers(1, 2_000), min_size=1, max_size=60),
)
def test_by_cron_every_look_runs_at_most_once_and_nothing_missed_is_lost(
    cron: str, zone: str, pauses: list[int]
) -> None:
    """Looks at irregular times, some of them days apart: as when the scheduler was down."""
    export = Export("web", "", "csv", "out", since=START, cron=cron, timezone=zone)
    runs, now = LastRuns(), START
    for minutes in pauses:
        now += timedelta(minutes=minutes)
        before = export.since if runs.newest is None else runs.newest.started
        first = export.after(before)
        assert first is not None
        at = due(export, runs, [], False, now)
        assert at == first > before
        if at <= now:
            run = ExportRun(1, "web", "schedule", now, "written")
            runs = LastRuns(run, run, run)
            again = due(export, runs, [], False, now)
            assert again is not None
            assert again > now


@given(st.lists(MOMENTS, min_size=1, max_size=20), st.booleans(), MOMENTS)
def test_after_a_change_it_runs_in_time_and_never_before_it(changes: list[datetime], busy: bool, now: datetime) -> None:
    export = Export("web", "", "csv", "out", since=START)
    at = due(export, LastRuns(), changes, busy, now)
    assert at is not None
    assert min(changes) <= at <= min(changes) + PATIENCE or (busy and now < min(changes))
    if not busy and max(changes) - min(changes) < PATIENCE - SETTLED:
        assert at == max(changes) + SETTLED
