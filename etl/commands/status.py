"""`stacktide status`: how each source is, for people and for monitoring."""

from datetime import datetime
from typing import Annotated, Any

import typer

from etl import exporting, health, scheduler
from etl.catalog import choices, unknown
from etl.commands.common import HomeOption, JsonOption, entries_in_use, example, now, print_json, print_table, split
from etl.errors import UsageError
from etl.home import Home
from etl.schedule import Schedules

_COLUMNS = ("source", "state", "newest_period", "last_run", "outcome", "next_run", "rows", "why")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status", epilog=example("stacktide status --fail-on failing,stale"))(status)


def status(
    home: HomeOption,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            help="Exit with 1 when a source (or export) is in this state; may be repeated.", show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say how each source is: fresh, due, stale, failing, never refreshed or ended; and why. Exports may fail, too."""
    alarming = split(fail_on)
    if fail_on and not alarming:
        raise UsageError(f"--fail-on names no state: {choices(health.STATES)}.")
    for wanted in alarming:
        if wanted not in health.STATES:
            raise UsageError(unknown("state", wanted, health.STATES, choices(health.STATES)))
    made, entries, at = Home(home.expanduser().resolve()).make(), entries_in_use(), now()
    next_runs = scheduler.next_runs(made, Schedules(made.state, entries, now).all(), at)
    found = health.survey(made, entries, at, next_runs)
    exports = exporting.survey(made, at)
    if as_json:
        counts = {state: sum(h.state == state for h in found) for state in health.STATES}
        exported = [each.report() for each in exports]
        print_json(
            {"at": at.isoformat(), "states": counts, "sources": [h.report() for h in found], "exports": exported}
        )
    else:
        print_table(_COLUMNS, [_row(h) for h in found])
        for export in exports:
            if export.state == "failing":
                typer.echo(f"The export {export.export.name} fails. {export.why}")
    if {*(h.state for h in found), *(each.state for each in exports)} & set(alarming):
        raise typer.Exit(1)


def _row(found: health.Health) -> dict[str, Any]:
    last = found.runs.newest
    return found.report() | {"last_run": _minute(last.started) if last else None, "next_run": _minute(found.next_run)}


def _minute(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%d %H:%M}" if moment is not None else None
