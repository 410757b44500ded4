"""`stacktide files make`: what the dashboard runs to make a file in the background."""

from typing import Annotated

import typer

from etl.commands.common import HomeOption, entries_in_use, example
from etl.home import Home

app = typer.Typer(help="Files that the dashboard makes in the background.", no_args_is_help=True)


@app.callback()
def files() -> None:
    """Files that the dashboard makes in the background."""


@app.command("make", epilog=example("stacktide files make 0123456789abcdef0123456789abcdef"))
def make_command(
    file_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the file that was asked for.")],
    home: HomeOption,
    server: Annotated[int | None, typer.Option(help="End when this process ends.", show_default=False)] = None,
) -> None:
    """Make a file that was asked for in the dashboard."""
    from dashboard import files  # the other commands do without the dashboard

    files.make(Home(home.expanduser().resolve()).make(), entries_in_use(), file_id, server)
