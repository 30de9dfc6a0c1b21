"""The command line: the Singer options, and exit codes that say what to do."""

from __future__ import annotations

import os
import sys
from typing import Any

import click
from singer_sdk.exceptions import ConfigValidationError

from tap_sfmc.errors import ConfigurationError, TapError, TryAgainError
from tap_sfmc.tap import TapSFMC

_EXIT_CODES = """\b
Exit codes:
  0   all streams are complete
  1   rows or counts do not fit, or some streams failed
  2   the configuration is wrong
  69  Marketing Cloud failed or could not be reached
  75  try again later; nothing is lost
  77  credentials are refused, or lack a permission"""


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit. Every error of the tap is one line on standard error."""
    try:
        code = command().main(arguments, prog_name=TapSFMC.name, standalone_mode=False) or 0
    except TapError as error:
        code = _say(str(error), error.exit_code)
    except ConfigValidationError as error:
        code = _say("; ".join(map(_without_secret, error.errors)), ConfigurationError.exit_code)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except BrokenPipeError:
        # The interpreter must not try to write the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = _say("The reader of standard output went away.", TryAgainError.exit_code)
    sys.exit(code)


def command() -> click.Group:
    """The Singer command, as a group, so that it can have commands for people beside it."""
    singer = TapSFMC.cli
    return click.Group(
        name=TapSFMC.name,
        callback=_sync,
        params=singer.params,
        help=f"{TapSFMC.__doc__} Without a command, read and write Singer messages.",
        epilog=_EXIT_CODES,
        invoke_without_command=True,
    )


def _sync(**options: Any) -> None:
    if click.get_current_context().invoked_subcommand is None:
        TapSFMC.invoke(**options)


def _without_secret(problem: str) -> str:
    """A problem of the configuration; the SDK's text repeats the value."""
    secrets = [
        name for name, schema in TapSFMC.config_jsonschema["properties"].items() if schema.get("secret")
    ]
    hidden = next((name for name in secrets if f"config['{name}']" in problem), None)
    return f"{hidden} is not of the right type" if hidden else problem


def _say(message: str, code: int) -> int:
    click.echo(f"{TapSFMC.name}: {' '.join(message.split())}", err=True)
    return code
