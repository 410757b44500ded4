"""`stacktide vintages`, `diff` and `compact`: the earlier states of the store."""

from typing import Annotated, Any

import typer

from etl import catalog, config, retention, vintages
from etl.commands.common import HomeOption, JsonOption, entries_in_use, example, filled, now, print_json, print_table
from etl.errors import UsageError
from etl.home import Home
from etl.store import Commit

_COLUMNS = ("version", "at", "source", "operation", "run", "added", "changed", "removed", "rows", "size")
_REVISED = ("indicator", "technology", "region", "segment", "period", "before", "after", "factor")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("vintages", epilog=example("stacktide vintages pypl"))(_vintages)
    app.command("diff", epilog=example("stacktide diff pypl --from 2026-08-01 --to 2026-09-01"))(_diff)
    app.command("compact", epilog=example("stacktide compact --keep-days 90"))(_compact)


def _vintages(
    home: HomeOption,
    source: Annotated[
        str | None,
        typer.Argument(help="Only states in which the rows of this source were replaced.", show_default=False),
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="List at most so many.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the states of the store that can be read, the newest first, and what each changed."""
    entries = entries_in_use()
    _known(source, entries)
    made = filled(home, entries)
    found = vintages.states(made.store, made.runs.get, source, most)
    if as_json:
        print_json({"vintages": [_json(state) for state in found]})
    else:
        print_table(_COLUMNS, [_row(state) for state in found])


def _diff(
    home: HomeOption,
    source: Annotated[str, typer.Argument(help="The source to compare.", show_default=False)],
    before: Annotated[
        str, typer.Option("--from", metavar="V", help="Version or date (its end, UTC).", show_default=False)
    ],
    after: Annotated[
        str | None, typer.Option("--to", metavar="V", help="Version or date.", show_default="the newest")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what was added, revised and removed in a source between two states, with the ten largest revisions."""
    entries = entries_in_use()
    _known(source, entries)
    store = filled(home, entries).store
    first = vintages.version_given(store, "--from", before, now().date())
    newest = store.kept()[0]
    second = newest if after is None else vintages.version_given(store, "--to", after, now().date())
    if first.version > second.version:
        raise UsageError(f"--from version {first.version} is after --to version {second.version}: swap them.")
    found = vintages.difference(store, source, first, second)
    if as_json:
        print_json(_report(found))
        return
    typer.echo(
        f"{source}, from {_named(first)} to {_named(second)}: {found.added:,} rows added, {found.revised:,} revised "
        f"({found.values_revised:,} in their value), {found.removed:,} removed, {found.unchanged:,} unchanged."
    )
    if found.largest:
        typer.echo("The largest revisions:" if found.values_revised > len(found.largest) else "The revisions:")
        print_table(_REVISED, [_revision(each, entries) for each in found.largest])


def _compact(
    home: HomeOption,
    keep_days: Annotated[
        int | None,
        typer.Option(
            min=1, max=36_500, help="Keep the states of so many days.", show_default="the setting keep_days, 365"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Put scattered rows together, and delete the files of states that are no longer kept.

    Readers are never disturbed: files stay for a day after their state can no longer be asked for.
    """
    made = Home(home.expanduser().resolve()).make()
    days = config.load().keep_days if keep_days is None else keep_days
    found = retention.compact(made.store, made.lock, days, now)
    if as_json:
        oldest = {"version": found.oldest.version, "at": found.oldest.at.isoformat()}
        print_json({**vars(found), "oldest": oldest, "keep_days": days})
        return
    rewritten = f"Rewritten: {', '.join(found.rewritten)}. " if found.rewritten else ""
    busy = f"Left alone, for a refresh is under way: {', '.join(found.busy)}. " if found.busy else ""
    size = f" ({_size(found.bytes_freed)})" if found.bytes_freed else ""
    deleted = f"{found.files_deleted:,} files deleted{size}"
    typer.echo(f"{rewritten}{busy}{deleted}; the oldest state kept is {_named(found.oldest)}.")


def _known(source: str | None, entries: catalog.Catalog) -> None:
    if source is not None and source not in entries.source:
        raise UsageError(catalog.unknown("source", source, entries.source, "`stacktide sources` lists them"))


def _named(commit: Commit) -> str:
    return f"version {commit.version} ({commit.at:%Y-%m-%d %H:%M} UTC)"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def _json(state: vintages.State) -> dict[str, Any]:
    commit = state.commit
    return {
        "version": commit.version,
        "at": commit.at.isoformat(),
        "source": commit.source or None,
        "operation": commit.operation,
        "run": state.run,
        "rows_added": state.rows_added,
        "rows_changed": state.rows_changed,
        "rows_removed": state.rows_removed,
        "rows": state.rows,
        "bytes": state.bytes,
    }


def _row(state: vintages.State) -> dict[str, Any]:
    commit = state.commit
    return {
        "version": str(commit.version),
        "at": f"{commit.at:%Y-%m-%d %H:%M:%S}",
        "source": commit.source or ("" if commit.operation == "retention" else "all"),
        "operation": commit.operation,
        "run": None if state.run is None else str(state.run),
        "added": state.rows_added,
        "changed": state.rows_changed,
        "removed": state.rows_removed,
        "rows": state.rows,
        "size": _size(state.bytes),
    }


def _report(found: vintages.Difference) -> dict[str, Any]:
    ends = {
        name: {"version": commit.version, "at": commit.at.isoformat()}
        for name, commit in (("from", found.before), ("to", found.after))
    }
    counts = {name: getattr(found, name) for name in ("added", "revised", "values_revised", "removed", "unchanged")}
    return {"source": found.source, **ends, **counts, "largest_revisions": found.largest}


def _revision(row: dict[str, Any], entries: catalog.Catalog) -> dict[str, Any]:
    technology = entries.technology.get(row["technology"])
    return {
        **{name: row[name] for name in ("indicator", "region", "segment")},
        "technology": technology.name if technology else row["technology"],
        "period": row["period_start"],
        "before": f"{row['value_before']:,.6g}",
        "after": f"{row['value_after']:,.6g}",
        "factor": None if row["factor"] is None else f"{row['factor']:.4g}",
    }
