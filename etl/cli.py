"""The command line: `stacktide ...`. Exit codes: 0 good, 1 a run failed, 2 wrong usage."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, get_args

import pandas as pd
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from etl import __version__, catalog, config, embed, http, logs, notify, paths, pipeline, tasks
from etl.commands import config as config_command
from etl.commands import export as export_command
from etl.commands import exports as exports_command
from etl.commands import files as files_command
from etl.commands import runs as runs_command
from etl.commands import schedule as schedule_command
from etl.commands import status as status_command
from etl.commands import vintages as vintages_command
from etl.commands.common import (
    AsOfOption,
    HomeOption,
    JsonOption,
    day_given,
    day_shown,
    entries_in_use,
    example,
    filled,
    host_given,
    now,
    print_json,
    print_table,
    split,
)
from etl.commands.usage import Commands
from etl.errors import StacktideError, UsageError
from etl.home import Home
from etl.remarks import remarks
from etl.runs import GOOD, Run

app = typer.Typer(
    name="stacktide",
    cls=Commands,
    help="How programming languages, frameworks and tools rise and fall, for the use case that you have in mind.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
catalog_app = typer.Typer(help="The catalogue of technologies, use cases, sources and breaks.", no_args_is_help=True)
app.add_typer(catalog_app, name="catalog")
app.add_typer(runs_command.app, name="runs")
app.add_typer(schedule_command.app, name="schedule")
app.add_typer(exports_command.app, name="exports")
app.add_typer(config_command.app, name="config")
app.add_typer(files_command.app, name="files", hidden=True)
export_command.register(app)
status_command.register(app)
vintages_command.register(app)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"stacktide {__version__}")
        raise typer.Exit


@app.command(epilog=example("stacktide serve --port 8060"))
def serve(
    home: HomeOption,
    host: Annotated[str, typer.Option(help="Address to bind to.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to bind to.")] = 8050,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 2,
    scheduler: Annotated[
        bool, typer.Option("--scheduler/--no-scheduler", help="Refresh sources when they are due, too.")
    ] = True,
) -> None:
    """Serve the dashboard; a first start fills the store with the embedded data."""
    from dashboard import server  # the other commands do without Dash, and start faster for it

    # the workers fill the store: what reads it must not be started before they are forked
    made = Home(home.expanduser().resolve()).make()
    server.serve(made, entries_in_use(), host_given(host), port, workers, scheduler)


@app.command(epilog=example("stacktide refresh pypl top_pypi"))
def refresh(
    home: HomeOption,
    source: Annotated[
        list[str] | None, typer.Argument(help="Sources to refresh; all if none.", show_default=False)
    ] = None,
    upstream: Annotated[Path | None, typer.Option(help="Read from this mirror folder instead of the network.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but change the store.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Ask for all periods again, not only for the missing ones.")
    ] = False,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="Take figures that differ too much from the last state; only for sources named."),
    ] = False,
    wait: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="How long to wait for another refresh of the same source."),
    ] = 0,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask cluster for large inputs (tcp://host:8786); none: threads.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch sources and put what passes the checks into the store."""
    entries = entries_in_use()
    ids = list(dict.fromkeys(source or entries.source))
    for wanted in ids:
        if wanted not in entries.source:
            raise UsageError(catalog.unknown("source", wanted, entries.source, "`stacktide sources` lists them"))
    if accept and not source:
        raise UsageError("--accept is for sources that you name: `stacktide refresh SOURCE --accept`.")
    if scheduler is not None:
        tasks.check(scheduler)
    made = Home(home.expanduser().resolve()).make()
    with _progress(quiet=as_json) as progress:
        job = pipeline.Refresh(
            home=made,
            catalog=entries,
            session=http.session(upstream, config.load().contact),
            clock=now,
            dry_run=dry_run,
            full=full,
            accept=accept,
            wait_seconds=wait,
            scheduler=scheduler,
            progress=progress,
        )
        chosen = ids if source else job.in_mirror(ids)
        runs = job.all(chosen)
    if not dry_run:
        notify.after(made, entries, config.load(), now())
    left_out = [wanted for wanted in ids if wanted not in chosen]
    if as_json:
        print_json({"runs": [run.report() for run in runs], "not_in_mirror": left_out})
    else:
        for run in runs:
            typer.echo(_run_in_words(run))
        if left_out:
            typer.echo(f"Not in the mirror, and left as they are: {', '.join(left_out)}.")
    if any(run.outcome not in GOOD for run in runs):
        raise typer.Exit(1)


@contextmanager
def _progress(quiet: bool) -> Iterator[pipeline.Progress]:
    """A bar per source on a terminal, plain lines on standard error otherwise, nothing when quiet."""
    console = Console(stderr=True)
    if quiet:
        yield lambda source, part, number, total: None
    elif not console.is_terminal:
        yield lambda source, part, number, total: typer.echo(f"{source}: {number} of {total}, {part}", err=True)
    else:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns, console=console, transient=True) as bars:
            tasks: dict[str, Any] = {}

            def show(source: str, part: str, number: int, total: int) -> None:
                if source not in tasks:
                    tasks[source] = bars.add_task(source)
                bars.update(tasks[source], description=f"{source}: {part}", completed=number, total=total)

            yield show


def _run_in_words(run: Run) -> str:
    would = " (dry run: nothing was stored)" if run.dry_run else ""
    if run.outcome not in GOOD:
        return f"{run.source}: {run.outcome}. {run.error}"
    changes = f"{run.rows_added:,} rows added, {run.rows_changed:,} changed, {run.rows_removed:,} removed"
    if not run.rows_added + run.rows_changed + run.rows_removed:
        changes = "nothing changed"
    newest = f"newest period {run.newest_period}" if run.newest_period else "no period yet"
    lines = [f"{run.source}: {run.outcome}, {changes}; {newest}{would}"]
    if run.error:
        lines.append(f"  {run.error}")
    lines += [f"  Accepted: {objection}" for objection in run.accepted]
    if run.unknown_names:
        top = ", ".join(f"{n['name']} ({n['value_share_percent']:.2g} %)" for n in run.unknown_names[:5])
        lines.append(f"  {len(run.unknown_names):,} published names are of nothing that we follow; the largest: {top}")
    return "\n".join(lines)


@app.command(epilog=example("stacktide sources --json"))
def sources(home: HomeOption, as_of: AsOfOption = None, as_json: JsonOption = False) -> None:
    """List the sources: what they measure, how fresh they are, under which licence."""
    entries = entries_in_use()
    made = filled(home, entries)
    day = day_given("--as-of", as_of)
    summary = _summary(made, day)
    retrieved_on, last = made.runs.retrieved_on(day), made.runs.last()
    found = []
    for entry in entries.sources:
        rows = summary[summary["source"] == entry.id]
        found.append(
            {
                "id": entry.id,
                "title": entry.title,
                "publisher": entry.publisher,
                "homepage": entry.homepage,
                "cadence": entry.cadence,
                "verified": entry.verified,
                "licence": entry.licence.id,
                "attribution": entry.attribution,
                "caveat": entry.caveat,
                "rows": int(rows["rows"].sum()),
                "first_period": day_shown(rows["first"].min()),
                "last_period": day_shown(rows["last"].max()),
                "retrieved_on": retrieved_on.get(entry.id),
                "last_outcome": last[entry.id]["outcome"] if entry.id in last else None,
                "indicators": [
                    {"id": i.id, "title": i.title, "construct": i.construct, "unit": i.unit} for i in entry.indicators
                ],
            }
        )
    if as_json:
        print_json({"sources": found})
        return
    columns = (
        "id",
        "publisher",
        "cadence",
        "first_period",
        "last_period",
        "rows",
        "retrieved_on",
        "last_outcome",
        "licence",
        "verified",
    )
    print_table(columns, found)


@app.command(epilog=example("stacktide technologies --use-case web-backend --kind framework"))
def technologies(
    home: HomeOption,
    use_case: Annotated[list[str] | None, typer.Option(help="Only those with this use case.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only those of this kind.")] = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the technologies that we follow, the sources that carry each, and why some have none."""
    entries = entries_in_use()
    chosen = _chosen(entries, split(use_case), split(kind))
    made = filled(home, entries)
    summary = _summary(made, day_given("--as-of", as_of))
    by_technology = dict(iter(summary.groupby("technology", observed=True)))
    found = []
    for technology in chosen:
        rows = by_technology.get(technology.id, summary.iloc[:0])
        reason = technology.reason or "No source that is measured here carries it under a name that we know."
        found.append(
            {
                "id": technology.id,
                "name": technology.name,
                "kind": technology.kind,
                "home": technology.home,
                "use_cases": list(technology.use_cases),
                "because": dict(technology.because),
                "names": dict(technology.names),
                "facts": entries.facts_of[technology.id].model_dump(exclude={"technology"})
                if technology.id in entries.facts_of
                else None,
                "sources": sorted(rows["source"].unique()),
                "first_period": day_shown(rows["first"].min()),
                "last_period": day_shown(rows["last"].max()),
                "reason": reason if rows.empty else None,
            }
        )
    if as_json:
        print_json({"technologies": found})
    else:
        print_table(("id", "name", "kind", "home", "sources", "first_period", "last_period", "reason"), found)


def _summary(home: Home, as_of: date | None) -> pd.DataFrame:
    """What the store holds, or held on a day; no row where there is no store."""
    if home.store.exists():
        return home.store.summary(as_of=as_of)
    return pd.DataFrame(columns=["technology", "source", "first", "last", "rows"])


def _chosen(entries: catalog.Catalog, use_cases: list[str], kinds: list[str]) -> list[catalog.Technology]:
    known_kinds = get_args(catalog.Kind)
    for wanted in use_cases:
        if wanted not in entries.use_case:
            raise UsageError(
                catalog.unknown("use case", wanted, entries.use_case, f"choose one of {', '.join(entries.use_case)}")
            )
    for wanted in kinds:
        if wanted not in known_kinds:
            raise UsageError(catalog.unknown("kind", wanted, known_kinds, f"choose one of {', '.join(known_kinds)}"))
    return [
        t
        for t in entries.technologies
        if (not use_cases or set(use_cases) & set(t.use_cases)) and (not kinds or t.kind in kinds)
    ]


@catalog_app.command("check", epilog=example("stacktide catalog check"))
def catalog_check(
    home: HomeOption,
    folder: Annotated[
        Path | None, typer.Option(help="Catalogue folder; by default the one in use.", show_default=False)
    ] = None,
) -> None:
    """Validate the catalogue and remark on what an author should look at."""
    entries = catalog.load(folder or paths.data_dir() / "catalog")
    found = remarks(entries)
    store = Home(home.expanduser().resolve()).store
    if store.exists():
        carried = set(store.summary()["technology"])
        found += [
            f"The store holds no series of `{t.id}`, and it says no `reason`: correct its names, or say why."
            for t in entries.technologies
            if t.id not in carried and t.reason is None
        ]
        found += [
            f"The store holds series of `{t.id}`, but its `reason` says why there are none: remove the `reason`."
            for t in entries.technologies
            if t.id in carried and t.reason is not None
        ]
    for remark in found:
        typer.echo(remark)
    counts = (
        f"{len(entries.technologies)} technologies, {len(entries.use_cases)} use cases, {len(entries.sources)} sources"
    )
    typer.echo(f"The catalogue is valid: {counts}, {len(entries.indicator)} indicators.")


@app.command("embed", epilog=example("stacktide embed"))
def embed_command(
    home: HomeOption,
    folder: Annotated[
        Path | None, typer.Option(help="Where to write; by default data/embedded.", show_default=False)
    ] = None,
) -> None:
    """Rebuild the embedded data from the store (figures that may be passed on only)."""
    target = folder or paths.data_dir() / "embedded"
    manifest = embed.write(Home(home.expanduser().resolve()).make(), entries_in_use(), target)
    size = f"{manifest['rows']:,} observations of {len(manifest['sources'])} sources, {manifest['bytes'] / 1e6:.1f} MB"
    typer.echo(f"{size}, in {target}.")


_INTERRUPTED: Final = 130


def main(run: Callable[[], Any] = app) -> None:
    """Entry point of the console script: turns every failure into one sentence and an exit code."""
    try:
        logs.configure(config.load())
        run()
    except UsageError as error:
        typer.echo(f"stacktide: {error}", err=True)
        sys.exit(2)
    except StacktideError as error:
        typer.echo(f"stacktide: {error}", err=True)
        sys.exit(1)
    except (KeyboardInterrupt, SystemExit) as stopped:
        # typer turns Ctrl-C into exit code 130 before it comes here
        if isinstance(stopped, SystemExit) and stopped.code != _INTERRUPTED:
            raise
        typer.echo("stacktide: interrupted; the last good state stays.", err=True)
        sys.stderr.flush()
        os._exit(_INTERRUPTED)  # without waiting for requests under way: a run may end at any moment
    except BrokenPipeError:  # the reader of our output has gone (`... | head`)
        sys.stderr.close()
        sys.exit(1)


if __name__ == "__main__":
    main()
