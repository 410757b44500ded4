"""`stacktide schedule ...`: what is refreshed when, and the process that does it."""

import signal
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from etl import config, http, notify, pipeline, retention, scheduler, work
from etl.catalog import Catalog, unknown
from etl.commands.common import HomeOption, JsonOption, entries_in_use, example, now, print_json, print_table
from etl.errors import UsageError
from etl.home import Home
from etl.runs import GOOD, Trigger
from etl.schedule import Schedule, Schedules

app = typer.Typer(help="When each source is refreshed, and the process that does it.", no_args_is_help=True)

SourceArgument = Annotated[str, typer.Argument(help="The source's id.", show_default=False)]
UpstreamOption = Annotated[
    Path | None, typer.Option(help="Read from this mirror folder instead of the network.", show_default=False)
]
ParentOption = Annotated[int | None, typer.Option(hidden=True, help="End when this process ends.")]
_COLUMNS = ("source", "rule", "cron", "timezone", "paused", "origin", "last_run", "outcome", "next_run")


def _opened(home: Path) -> tuple[Home, Catalog, Schedules]:
    made, entries = Home(home.expanduser().resolve()).make(), entries_in_use()
    return made, entries, Schedules(made.state, entries, now)


def _shown(home: Home, entries: Catalog, schedules: list[Schedule]) -> list[dict[str, Any]]:
    last, due = home.runs.last(), scheduler.next_runs(home, schedules, now())
    return [
        {
            "source": s.source,
            "cadence": entries.source[s.source].cadence,
            "rule": s.words,
            "cron": s.cron,
            "hours": s.hours,
            "timezone": s.timezone,
            "paused": s.paused,
            "origin": s.origin,
            "last_run": _iso(last[s.source]["started"]) if s.source in last else None,
            "outcome": last[s.source]["outcome"] if s.source in last else None,
            "next_run": _iso(due.get(s.source)),
        }
        for s in schedules
    ]


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@app.command("list", epilog=example("stacktide schedule list"))
def list_command(home: HomeOption, as_json: JsonOption = False) -> None:
    """Say when each source is refreshed; times of runs are UTC."""
    made, entries, schedules = _opened(home)
    found = _shown(made, entries, schedules.all())
    by = scheduler.holder(made)
    if as_json:
        print_json({"scheduler": by, "schedules": found})
        return
    for row in found:
        row["paused"] = "paused" if row["paused"] else ""
        for column in ("last_run", "next_run"):
            row[column] = row[column] and row[column][:16].replace("T", " ")
    print_table(_COLUMNS, found)
    who = "No scheduler runs: `stacktide serve` and `stacktide schedule run` start one."
    typer.echo(who if by is None else f"The scheduler is {by}.")


def _tell(home: Home, entries: Catalog, schedule: Schedule, as_json: bool) -> None:
    (shown,) = _shown(home, entries, [schedule])
    if as_json:
        print_json(shown)
        return
    paused = "paused" if schedule.paused else None
    due = f"next run {shown['next_run'][:16].replace('T', ' ')} UTC" if shown["next_run"] else None
    typer.echo("; ".join(filter(None, [f"{schedule.source}: {schedule.words} ({schedule.origin})", paused, due])))


@app.command("set", epilog=example('stacktide schedule set pypl --cron "30 5 * * mon" --timezone Europe/Berlin'))
def set_command(
    source: SourceArgument,
    home: HomeOption,
    cron: Annotated[
        str, typer.Option(help="Minute, hour, day of month, month, day of week; either of two restricted days counts.")
    ],
    timezone: Annotated[str, typer.Option(help="Time zone of the cron text, such as Europe/Berlin.")] = "UTC",
    as_json: JsonOption = False,
) -> None:
    """Refresh a source at certain times."""
    made, entries, schedules = _opened(home)
    _tell(made, entries, schedules.set(source, cron, timezone), as_json)


@app.command("every", epilog=example("stacktide schedule every github_ranking --hours 12"))
def every_command(
    source: SourceArgument,
    home: HomeOption,
    hours: Annotated[float, typer.Option(help="Hours between two runs, from now on.")],
    as_json: JsonOption = False,
) -> None:
    """Refresh a source every so many hours."""
    made, entries, schedules = _opened(home)
    _tell(made, entries, schedules.every(source, hours), as_json)


@app.command("pause", epilog=example("stacktide schedule pause pypl"))
def pause_command(source: SourceArgument, home: HomeOption, as_json: JsonOption = False) -> None:
    """Leave a source as it is until it is resumed."""
    made, entries, schedules = _opened(home)
    _tell(made, entries, schedules.pause(source), as_json)


@app.command("resume", epilog=example("stacktide schedule resume pypl"))
def resume_command(source: SourceArgument, home: HomeOption, as_json: JsonOption = False) -> None:
    """Go on with a paused source at its next time."""
    made, entries, schedules = _opened(home)
    _tell(made, entries, schedules.resume(source), as_json)


@app.command("clear", epilog=example("stacktide schedule clear pypl"))
def clear_command(source: SourceArgument, home: HomeOption, as_json: JsonOption = False) -> None:
    """Go back to the default of the source's cadence."""
    made, entries, schedules = _opened(home)
    _tell(made, entries, schedules.clear(source), as_json)


@app.command("run", epilog=example("stacktide schedule run"))
def run_command(home: HomeOption, upstream: UpstreamOption = None, parent: ParentOption = None) -> None:
    """Refresh every source when it is due, until interrupted; one such process per store.

    `stacktide serve` runs it, too.
    """
    made, entries = Home(home.expanduser().resolve()).make(), entries_in_use()
    http.session(upstream).close()  # a folder that is not there is told now
    job = scheduler.Scheduler(made, entries, config.load().jitter_minutes, upstream and upstream.resolve())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: job.stop())
    if parent is not None:
        work.follow(parent)

    def began(due: Mapping[str, datetime]) -> None:
        if parent is None:
            first = min(due, key=lambda source: due[source], default=None)
            when = f"; the next is {first} at {due[first]:%Y-%m-%d %H:%M} UTC" if first is not None else ""
            typer.echo(f"The scheduler runs: {len(due)} sources{when}.")

    def stands_by(why: str) -> None:
        typer.echo(f"stacktide: {why}; this server goes on, and takes that over when it ends.", err=True)

    job.run(began, None if parent is None else stands_by)


@app.command("work", hidden=True, epilog=example("stacktide schedule work pypl"))
def work_command(
    source: SourceArgument,
    home: HomeOption,
    upstream: UpstreamOption = None,
    trigger: Annotated[str, typer.Option(help="What the run history says of it: schedule or manual.")] = "schedule",
    parent: ParentOption = None,
) -> None:
    """Refresh one source as the scheduler and the dashboard do: so that it can be watched and cancelled."""
    if parent is not None:
        work.follow(parent)
    made, entries = Home(home.expanduser().resolve()).make(), entries_in_use()
    if source not in entries.source:
        raise UsageError(unknown("source", source, entries.source, "`stacktide sources` lists them"))
    why: Trigger = "schedule" if trigger == "schedule" else "manual"
    with http.session(upstream, config.load().contact) as session, work.told(made, source, why, now()) as tell:
        run = pipeline.Refresh(made, entries, session, now, trigger=why, progress=tell).one(source)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the run is over and recorded: it must not count as cut off
    _notify(made, entries)
    raise typer.Exit(run.outcome not in GOOD)


@app.command("survey", hidden=True, epilog=example("stacktide schedule survey"))
def survey_command(home: HomeOption) -> None:
    """Tell of sources whose state has changed, and tidy the store once a day: the scheduler does so every hour."""
    made, entries, _ = _opened(home)
    _notify(made, entries)
    retention.daily(made.store, made.lock, config.load().keep_days, now, made.path / "compacted")


def _notify(home: Home, entries: Catalog) -> None:
    due = scheduler.next_runs(home, Schedules(home.state, entries, now).all(), now())
    notify.after(home, entries, config.load(), now(), due)
