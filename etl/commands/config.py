"""`stacktide config`: the settings in force."""

import os
from dataclasses import asdict

import typer

from etl import config
from etl.commands.common import HomeOption, JsonOption, entries_in_use, example, print_json, print_table

app = typer.Typer(help="The settings: environment, then file, then defaults.", no_args_is_help=True)
_ORIGINS = {"COMMANDLINE": "command line", "ENVIRONMENT": "environment"}


@app.command("show", epilog=example("stacktide config show"))
def show(context: typer.Context, home: HomeOption, as_json: JsonOption = False) -> None:
    """List every setting, its value and where it comes from; of secrets only whether they are set."""
    file = config.config_file()
    given = context.get_parameter_source("home")
    rows = [
        {
            "name": "home",
            "variable": "STACKTIDE_HOME",
            "value": str(home.expanduser().resolve()),
            "origin": _ORIGINS.get(given.name, "default") if given else "default",
        },
        *(asdict(setting) for setting in config.shown(config.load())),
    ]
    tokens = {s.access.token.variable for s in entries_in_use().sources if s.access and s.access.token}
    for variable in sorted(tokens):
        found = bool(os.environ.get(variable, "").strip())
        value, origin = ("set", "environment") if found else ("not set", "default")
        rows.append({"name": None, "variable": variable, "value": value, "origin": origin})
    if as_json:
        print_json({"file": str(file) if file else None, "settings": rows})
        return
    typer.echo(f"File: {file or f'none ({config.FILE} in the working folder, or what {config.FILE_VARIABLE} names)'}")
    print_table(("name", "variable", "value", "origin"), [row | {"value": _cell(row["value"])} for row in rows])


def _cell(value: object) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value or "")
