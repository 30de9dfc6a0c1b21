"""The command ``target-aep``: the Singer target, and commands for people.

Whatever fails ends in one line that says what and what to do, and an exit code; the last line on standard
error is a JSON object for machines.
"""

from __future__ import annotations

import importlib
import json
import logging
import sys
from typing import TYPE_CHECKING, Any

import click

from target_aep.delivery.failures import explained
from target_aep.errors import ConfigurationError, StoppedError
from target_aep.parting import let_go_of_input
from target_aep.target import TargetAEP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COMMANDS = {
    "check": ("target_aep.commands.check", "Try token, sandbox, permissions, datasets and mappings."),
    "plan": ("target_aep.commands.plan", "Show what a run would create or change in AEP."),
    "apply": ("target_aep.commands.apply", "Carry out a plan."),
    "batches": ("target_aep.commands.batches", "List recent batches of the configured datasets."),
    "quarantine": ("target_aep.commands.quarantine", "List, show or resend rejected rows."),
    "mapping": ("target_aep.commands.mapping", "Suggest, validate or preview a mapping set."),
}
"""Each module has a click command named ``command``."""

EXIT_CODES = """\b
Exit codes:
  0   all rows landed
  1   data, or the books, do not fit
  2   configuration
  69  Adobe cannot be reached or failed
  75  nothing is wrong: try again later
  77  a permission is missing"""

INTERRUPTED = 130

logger = logging.getLogger("target-aep")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run(given))


def run(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    name = arguments[0] if arguments else ""
    if name in COMMANDS:
        return _guarded(
            lambda: _command(name).main(arguments[1:], f"target-aep {name}", standalone_mode=False)
        )
    code = _guarded(lambda: _target_command().main(arguments, "target-aep", standalone_mode=False))
    if code:
        let_go_of_input()
    return code


def _target_command() -> click.Command:
    command = TargetAEP.cli
    listed = "\n".join(f"  {name:<11} {about}" for name, (_, about) in COMMANDS.items())
    command.help = (
        "Load Singer messages from standard input into Adobe Experience Platform.\n\n"
        f"\b\nCommands:\n{listed}\n\n{EXIT_CODES}"
    )
    return command


def _command(name: str) -> click.Command:
    module, _ = COMMANDS[name]
    try:
        command: click.Command = importlib.import_module(module).command
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        what = f"the command {name} is not part of this version."
        raise ConfigurationError(what, remedy="Update target-aep.") from None
    return _told_of_codes(command)


def _told_of_codes(command: click.Command) -> click.Command:
    """Have the help of a command, and of those below it, end with the exit codes."""
    command.epilog = EXIT_CODES
    for below in getattr(command, "commands", {}).values():
        _told_of_codes(below)
    return command


def _guarded(act: Callable[[], Any]) -> int:
    """Carry out a command; turn what fails into a line and a code."""
    try:
        code = act()
    except (Exception, StoppedError) as error:
        logger.debug("failed", exc_info=True)
        if isinstance(error, click.ClickException):
            error = ConfigurationError(error.format_message(), remedy="See target-aep --help.")
        told = explained(error)
        _to_stderr(f"target-aep: {told}")
        _last_line(told.what, told.remedy, told.exit_code, told.stream)
        return told.exit_code
    except KeyboardInterrupt:
        _last_line("interrupted.", "Run again.", INTERRUPTED, None)
        return INTERRUPTED
    if TargetAEP.last_run is not None:
        _last_line(None, None, 0, None)
    return code if isinstance(code, int) else 0


def _last_line(cause: str | None, remedy: str | None, code: int, stream: str | None) -> None:
    last = TargetAEP.last_run
    line = {
        "run": last.run_id if last else None,
        "stream": stream,
        "cause": cause,
        "remedy": remedy,
        "exit_code": code,
        "report": last.report_path if last else None,
    }
    _to_stderr(json.dumps(line, ensure_ascii=False))


def _to_stderr(line: str) -> None:
    click.echo(line, err=True)
