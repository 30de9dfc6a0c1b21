"""The command line: the Singer options, and exit codes that say what to do."""

from __future__ import annotations

import difflib
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from singer_sdk.exceptions import ConfigValidationError, MappingError
from singer_sdk.plugin_base import _ConfigInput

from tap_sfmc.check import check, summary
from tap_sfmc.discovery import inventory
from tap_sfmc.discovery.catalog import define_streams
from tap_sfmc.errors import ConfigurationError, StoppedError, TapError, TryAgainError
from tap_sfmc.preview import preview
from tap_sfmc.tap import TapSFMC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_sfmc.services import Services

_EXIT_CODES = """\b
Exit codes:
  0   all streams are complete
  1   rows or counts do not fit, or some streams failed
  2   the configuration is wrong
  69  Marketing Cloud failed or could not be reached
  75  try again later; nothing is lost
  77  credentials are refused, or lack a permission"""

_LOCAL_TROUBLE = "See to the disk or the object store; the next run goes on where the last state says."


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit. Every error of the tap is one line on standard error."""
    try:
        code = command().main(arguments, prog_name=TapSFMC.name, standalone_mode=False) or 0
    except StoppedError as error:
        _say(str(error), error.exit_code)
        # Threads may wait for answers for minutes, and the interpreter would wait for them.
        os._exit(error.exit_code)
    except TapError as error:
        code = _say(str(error), error.exit_code)
    except ConfigValidationError as error:
        code = _say("; ".join(map(_without_secret, error.errors)), ConfigurationError.exit_code)
    except MappingError as error:
        code = _say(f"stream_maps: {error}", ConfigurationError.exit_code)
    except OSError as error:
        code = _say(f"{error}. {_LOCAL_TROUBLE}", TryAgainError.exit_code)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    sys.exit(code)


def command() -> click.Group:
    """The Singer command, as a group, so that it can have commands for people beside it."""
    singer = TapSFMC.cli
    for parameter in singer.params:
        if parameter.name == "config":
            parameter.callback = lambda _, __, paths: _read(paths)
    return click.Group(
        name=TapSFMC.name,
        callback=_sync,
        params=singer.params,
        help=f"{TapSFMC.__doc__} Without a command, read and write Singer messages.",
        epilog=_EXIT_CODES,
        invoke_without_command=True,
        commands=[_check, _preview],
    )


_config_option = click.option(
    "--config",
    multiple=True,
    help="Configuration file, or 'ENV' to use environment variables.",
    required=True,
)


@click.command("check", help="Try credentials, permissions, and what the servers do with filters and order.")
@_config_option
def _check(config: tuple[str, ...]) -> None:
    with _services(config) as services:
        findings = []
        for finding in check(services):
            click.echo(str(finding))
            findings.append(finding)
        click.echo(summary([finding.verdict for finding in findings]))
        for finding in findings:
            if finding.error:
                raise finding.error


@click.command("preview", help="Show a stream's fields and its first rows.")
@click.argument("stream")
@click.option("--rows", type=click.IntRange(1, 2500), default=10, show_default=True, help="How many rows.")
@_config_option
def _preview(stream: str, rows: int, config: tuple[str, ...]) -> None:
    with _services(config) as services:
        settings = services.settings
        found = inventory.take(services.soap, settings.business_units, services.parent_of)
        definitions = {each.name: each for each in define_streams(found, settings, {})}
        if stream not in definitions:
            close = difflib.get_close_matches(stream, definitions, n=3)
            remedy = f"Did you mean {' or '.join(close)}?" if close else "`tap-sfmc --discover` lists them."
            message = f"There is no stream {stream!r}."
            raise ConfigurationError(message, remedy=remedy)
        for line in preview(services, definitions[stream], rows):
            click.echo(line)


@contextmanager
def _services(config: tuple[str, ...]) -> Iterator[Services]:
    """The connections, for commands that are no Singer runs."""
    given = _read(config)
    tap = TapSFMC(config=given.config, parse_env_config=given.parse_env, setup_mapper=False)
    try:
        yield tap.services
    finally:
        tap.close()


def _sync(**options: Any) -> None:
    if click.get_current_context().invoked_subcommand is None:
        TapSFMC.invoke(**options)


def _read(paths: tuple[str, ...]) -> _ConfigInput:
    """The configuration files; the SDK lets a missing or broken one end in a traceback."""
    try:
        return _ConfigInput.from_cli_args(*paths)
    except (OSError, ValueError, TypeError) as error:
        message = f"A configuration file cannot be read: {error}"
        raise ConfigurationError(message) from None


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
