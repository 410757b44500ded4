"""`stacktide exports ...`: files that are written again and again, after refreshes or at certain times."""

from pathlib import Path
from typing import Annotated, Any

import typer

from etl import config, exporting, notify, scheduler, work
from etl.commands import exports_run
from etl.commands.common import (
    HomeOption,
    JsonOption,
    entries_in_use,
    example,
    filled,
    now,
    print_json,
    print_table,
)
from etl.errors import UsageError
from etl.export_files import ready
from etl.exports import KEEP, MOST_KEPT, Export, ExportRun, Exports, Trigger, checked_name
from etl.home import Home
from etl.schedule import Schedules

app = typer.Typer(help="Files that are written again after refreshes, or at certain times.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="The export's name.", show_default=False)]
_COLUMNS = ("name", "format", "when", "paused", "state", "last_run", "outcome", "file", "rows", "next_run", "error")
_RUNS = ("id", "export", "trigger", "started", "took", "outcome", "rows", "size", "file", "error")


def _opened(home: Path) -> tuple[Home, Exports]:
    made = Home(home.expanduser().resolve()).make()
    return made, Exports(made.state, now)


@app.command(
    "add",
    epilog=example(
        "stacktide exports add web --selection 'indicator=top_pypi_downloads&technology=django,flask' --format csv "
        "--to ~/figures --after-refresh"
    ),
)
def add_command(
    name: NameArgument,
    home: HomeOption,
    selection: Annotated[
        str,
        typer.Option(
            help="Address of the dashboard, of /api/v1/observations or of /api/v1/series, or its part after `?`.",
            show_default=False,
        ),
    ],
    to: Annotated[Path, typer.Option(help="Folder; made where it is missing.", show_default=False)],
    file_format: Annotated[str, typer.Option("--format", "-f", help="File format.")] = "csv",
    after_refresh: Annotated[
        bool, typer.Option("--after-refresh", help="Run after refreshes that changed what it reads.")
    ] = False,
    cron: Annotated[
        str | None,
        typer.Option(help="Run at times: minute, hour, day of month, month, day of week.", show_default=False),
    ] = None,
    timezone: Annotated[str, typer.Option(help="Time zone of the cron text, such as Europe/Berlin.")] = "UTC",
    keep: Annotated[int, typer.Option(min=1, max=MOST_KEPT, help="Keep so many of its files, the newest.")] = KEEP,
    spreadsheet: Annotated[
        bool, typer.Option("--spreadsheet", help="Let no text in CSV begin like a formula of a spreadsheet.")
    ] = False,
    in_place: Annotated[bool, typer.Option("--replace", help="Put it in the place of the one of this name.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Have a file written again and again; `run` writes the first one now."""
    checked_name(name)
    if after_refresh == (cron is not None):
        raise UsageError(
            "An export runs after refreshes or at certain times: give --after-refresh or --cron, one of them."
        )
    if timezone != "UTC" and cron is None:
        raise UsageError("--timezone is of --cron alone: leave it out.")
    if spreadsheet and file_format != "csv":
        raise UsageError("--spreadsheet is of --format csv alone: leave it out.")
    entries = entries_in_use()
    made = filled(home, entries)
    text, sources, rows = exports_run.checked(made, entries, selection, file_format, now().date())
    export = Export(
        name,
        text,
        file_format,
        str(ready(to, made.store.folder)),
        since=now(),
        keep=keep,
        spreadsheet=spreadsheet,
        cron=cron,
        timezone=timezone,
        sources=tuple(sorted(sources)),
        store=made.store.identity(),
        store_version=made.store.version(),
    )
    Exports(made.state, now).add(export, in_place)
    (standing,) = [each for each in exporting.survey(made, now()) if each.export.name == name]
    if as_json:
        print_json({**standing.report(), "rows_now": rows})
        return
    typer.echo(_told(standing))
    none = "" if rows else " Nothing passes its selection now: it fails until something does."
    typer.echo(f"It would write {rows:,} rows now: `stacktide exports run {name}` does.{none}")


@app.command("list", epilog=example("stacktide exports list"))
def list_command(home: HomeOption, as_json: JsonOption = False) -> None:
    """List the exports, and how each is; times of runs are UTC."""
    made, _ = _opened(home)
    found = exporting.survey(made, now())
    by = scheduler.holder(made)
    if as_json:
        print_json({"scheduler": by, "exports": [each.report() for each in found]})
        return
    if not found:
        typer.echo("There are no exports: `stacktide exports add --help` says how to make one.")
        return
    print_table(_COLUMNS, [_row(each) for each in found])
    who = "No scheduler runs: `stacktide serve` and `stacktide schedule run` start one."
    typer.echo(who if by is None else f"The scheduler is {by}.")


@app.command("remove", epilog=example("stacktide exports remove web"))
def remove_command(name: NameArgument, home: HomeOption) -> None:
    """Forget an export; its files stay."""
    _, exports = _opened(home)
    typer.echo(f"{name} is removed; its files stay in {exports.remove(name).folder}.")


@app.command("pause", epilog=example("stacktide exports pause web"))
def pause_command(name: NameArgument, home: HomeOption, as_json: JsonOption = False) -> None:
    """Let an export rest until it is resumed."""
    made, exports = _opened(home)
    exports.pause(name)
    _show(made, name, as_json)


@app.command("resume", epilog=example("stacktide exports resume web"))
def resume_command(name: NameArgument, home: HomeOption, as_json: JsonOption = False) -> None:
    """Go on with a paused export: times that passed are left out, figures that changed are not."""
    made, exports = _opened(home)
    exports.resume(name)
    _show(made, name, as_json)


@app.command("run", epilog=example("stacktide exports run web"))
def run_command(
    name: NameArgument,
    home: HomeOption,
    as_json: JsonOption = False,
    trigger: Annotated[str, typer.Option(hidden=True, help="What its history says of it.")] = "manual",
    parent: Annotated[int | None, typer.Option(hidden=True, help="End when this process ends.")] = None,
) -> None:
    """Write a file now; the exit code is 1 when that fails, and the last file then stays."""
    if parent is not None:
        work.follow(parent)
    entries, (made, _) = entries_in_use(), _opened(home)
    why: Trigger = "refresh" if trigger == "refresh" else "schedule" if trigger == "schedule" else "manual"
    run = exports_run.run(made, entries, name, why, now)
    due = scheduler.next_runs(made, Schedules(made.state, entries, now).all(), now())
    notify.after(made, entries, config.load(), now(), due)
    if as_json:
        print_json(run.report())
    elif run.outcome == "written":
        typer.echo(f"{run.rows or 0:,} rows written to {run.file}.")
    else:
        typer.echo(f"stacktide: {run.error}", err=True)
    if run.outcome != "written":
        raise typer.Exit(1)


@app.command("history", epilog=example("stacktide exports history web"))
def history_command(
    home: HomeOption,
    name: Annotated[str | None, typer.Argument(help="Only runs of this export.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Most runs to list.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List what the runs of exports did, the newest first; times are UTC."""
    _, exports = _opened(home)
    if name is not None:
        exports.of(name)
    found = exports.history(name, limit)
    if as_json:
        print_json({"runs": [run.report() for run in found]})
    else:
        print_table(_RUNS, [_run(run) for run in found])


def _show(home: Home, name: str, as_json: bool) -> None:
    (standing,) = [each for each in exporting.survey(home, now()) if each.export.name == name]
    if as_json:
        print_json(standing.report())
    else:
        typer.echo(_told(standing))


def _told(standing: exporting.Standing) -> str:
    export = standing.export
    what = f"{export.name}: {export.format} to {export.folder}, {export.words}, the newest {export.keep} are kept"
    due = f"next run {standing.next_run:%Y-%m-%d %H:%M} UTC" if standing.next_run else None
    return "; ".join(filter(None, [what, "paused" if export.paused else None, due]))


def _row(standing: exporting.Standing) -> dict[str, Any]:
    found = standing.report()
    moments = {name: found[name] and found[name][:16].replace("T", " ") for name in ("last_run", "next_run")}
    file = exporting.newest_file(standing.runs.written)
    return {**found, **moments, "paused": "paused" if found["paused"] else "", "file": file}


def _run(run: ExportRun) -> dict[str, Any]:
    took = (run.finished - run.started).total_seconds() if run.finished else None
    return {
        **vars(run),
        "id": str(run.id),
        "started": f"{run.started:%Y-%m-%d %H:%M:%S}",
        "took": None if took is None else f"{took:,.0f} s",
        "size": run.bytes,
        "file": exporting.newest_file(run),
    }
