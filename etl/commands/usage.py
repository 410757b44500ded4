"""Wrong calls in one sentence: what typer would show in a box of its own becomes a UsageError like any other."""

import re
import sys
from typing import Any, Final

import typer
from pydantic import ValidationError
from typer.core import TyperGroup
from typer.exceptions import TyperException

from etl.catalog import unknown
from etl.errors import UsageError

_COMMAND: Final = re.compile(r"No such command '(?P<name>.*?)'")
_EXTRA: Final = re.compile(r"unexpected extra arguments? ?\(?s?\)? \((?P<given>.*)\)")


class Commands(TyperGroup):
    """The command line as a whole: `stacktide ...`."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command that the words name, and exit; `standalone_mode=False` gives the exit code back instead.

        Raises UsageError when the words are wrong; where they name a group alone, its help is shown, with exit code 2.
        """
        try:
            code = super().main(*args, **{**options, "standalone_mode": False})
        except TyperException as error:
            if type(error).__name__ == "NoArgsIsHelpError":  # not a public name of typer's
                typer.echo(error.message, err=True)
                sys.exit(2)
            raise UsageError(_sentence(error, getattr(error, "ctx", None))) from None
        if options.get("standalone_mode", True):
            sys.exit(code)
        return code


def _sentence(error: TyperException, context: typer.Context | None) -> str:
    called = context.command_path if context is not None else "stacktide"
    helped = f"`{called} --help`"
    if context is not None and hasattr(error, "possibilities"):
        known = [name for parameter in context.command.params for name in (*parameter.opts, *parameter.secondary_opts)]
        return unknown("option", str(getattr(error, "option_name", "")), known, f"{helped} lists them")
    if context is not None and (found := _COMMAND.match(error.message)):
        return unknown("command", found["name"], getattr(context.command, "commands", ()), f"{helped} lists them")
    if found := _EXTRA.search(error.message):
        return f"`{called}` does not take `{found['given']}`: {helped} says what it takes."
    parameter = getattr(error, "param", None)
    if parameter is None:
        return f"{error.format_message().rstrip('.')}: {helped} says how it is written."
    name = parameter.opts[0] if parameter.param_type_name == "option" else parameter.metavar or parameter.name
    if hasattr(error, "param_type"):
        return f"`{called}` needs {name}: {helped} says what that is."
    wrong = error.message.removeprefix("Value error, ").partition(", unable to")[0].rstrip(".")
    wrong = wrong.replace("Input should be", "it must be")
    cause = error.__cause__
    given = f" {cause.errors()[0]['input']}" if isinstance(cause, ValidationError) else ""
    return f"{name}{given}: {wrong}; {helped} says more."
