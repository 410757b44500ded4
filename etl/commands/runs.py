"""`stacktide runs`: what every refresh did."""

from datetime import datetime
from typing import Annotated, Any, get_args

import typer

from etl import catalog
from etl.commands.common import HomeOption, JsonOption, entries_in_use, example, print_json, print_table
from etl.errors import UsageError
from etl.home import Home
from etl.runs import Outcome, Runs

app = typer.Typer()

_COLUMNS = (
    "id",
    "source",
    "trigger",
    "started",
    "took",
    "outcome",
    "requests",
    "rows",
    "added",
    "changed",
    "removed",
    "newest_period",
    "error",
)


@app.callback(invoke_without_command=True, epilog=example("stacktide runs --source pypl --outcome failed"))
def runs(
    context: typer.Context,
    home: HomeOption,
    source: Annotated[str | None, typer.Option(help="Only runs of this source.", show_default=False)] = None,
    outcome: Annotated[
        str | None, typer.Option(help=f"Only runs that came to this: {', '.join(get_args(Outcome))}.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Most runs to list.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List what every refresh of a source did, the newest first; `show` tells all about one."""
    if context.invoked_subcommand is not None:
        origins = [context.get_parameter_source(name) for name in context.params]
        if any(origin is not None and origin.name == "COMMANDLINE" for origin in origins):
            raise UsageError(f"Options come after `{context.invoked_subcommand}`: move them there.")
        return
    if outcome is not None and outcome not in get_args(Outcome):
        raise UsageError(
            catalog.unknown("outcome", outcome, get_args(Outcome), f"choose one of {', '.join(get_args(Outcome))}")
        )
    history = Home(home.expanduser().resolve()).make().runs
    if source is not None:
        _must_be_known(source, history)
    found = history.list(source, outcome, limit)
    if as_json:
        print_json({"runs": [_json(run) for run in found]})
    else:
        print_table(_COLUMNS, [_in_short(run) for run in found])


@app.command(epilog=example("stacktide runs show 12"))
def show(
    home: HomeOption,
    run_id: Annotated[int, typer.Argument(metavar="ID", help="The number of the run, as `stacktide runs` lists it.")],
    as_json: JsonOption = False,
) -> None:
    """Tell all about one run: its figures, the parts that failed, the names that nothing covers."""
    # PostgreSQL counts runs in four bytes
    found = Home(home.expanduser().resolve()).make().runs.get(run_id) if 0 < run_id < 2**31 else None
    if found is None:
        raise UsageError(f"There is no run {run_id}: `stacktide runs` lists them.")
    if as_json:
        print_json({"run": found})
    else:
        typer.echo("\n".join(_in_full(found)))


def _must_be_known(source: str, history: Runs) -> None:
    """A source of the catalogue, or one that has left it and still has runs."""
    entries = entries_in_use()
    if source not in entries.source and not history.list(source, limit=1):
        raise UsageError(catalog.unknown("source", source, entries.source, "`stacktide sources` lists them"))


def _json(run: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in run.items()}


def _in_short(run: dict[str, Any]) -> dict[str, Any]:
    return run | {
        "id": str(run["id"]),
        "started": f"{run['started']:%Y-%m-%d %H:%M:%S}",
        "took": None if run["seconds"] is None else f"{run['seconds']:,.0f} s",
        "added": run["rows_added"],
        "changed": run["rows_changed"],
        "removed": run["rows_removed"],
    }


def _in_full(run: dict[str, Any]) -> list[str]:
    """The figures as a column of names and values, then what is long."""
    long = {"unknown_names", "unknown_count", "failed_parts", "failed_count", "not_yet_published", "catalogue", "error"}
    long |= {"accepted"}
    figures = {name: value for name, value in run.items() if name not in long and value is not None}
    width = max(map(len, figures)) + 2
    lines = [f"{name.replace('_', ' '):<{width}}{_cell(name, value)}" for name, value in figures.items()]
    if run["error"]:
        lines += ["", run["error"]]
    if run["failed_parts"]:
        lines += ["", f"Parts that failed ({len(run['failed_parts']):,}):"]
        lines += [f"  {part['part']}: {part['error']}" for part in run["failed_parts"]]
    if run["accepted"]:
        lines += ["", f"Accepted on request ({len(run['accepted']):,}):", *(f"  {told}" for told in run["accepted"])]
    if run["not_yet_published"]:
        lines += ["", f"Not published yet: {', '.join(run['not_yet_published'])}"]
    if run["unknown_names"]:
        kept, all_ = len(run["unknown_names"]), run["unknown_count"]
        which = f"{all_:,}" if kept == all_ else f"{kept:,} largest of {all_:,}"
        lines += ["", f"Published names that are of nothing that we follow ({which}), with their largest share:"]
        lines += [
            f"  {name['name']} ({name['rows']:,} rows, {name['value_share_percent']:.2g} %)"
            for name in run["unknown_names"]
        ]
    return lines


def _cell(name: str, value: Any) -> str:
    if name in {"started", "finished"}:
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M:%S} UTC"
    return f"{value:,}" if isinstance(value, (int, float)) and name not in {"id", "store_version"} else str(value)
