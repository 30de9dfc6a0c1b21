"""``target-aep quarantine``: list, show and resend rejected rows."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from target_aep.commands.options import catalog_option, config_option, read_config, read_streams
from target_aep.connection import connect, require_sandbox
from target_aep.delivery import quarantine_files, resend
from target_aep.delivery.assembly import quarantine_folder
from target_aep.delivery.load_methods import LoadMethod
from target_aep.errors import ConfigurationError, DataError
from target_aep.provision.catalog import how_to_give
from target_aep.settings import parse
from target_aep.target import TargetAEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_aep.delivery.quarantine_files import RejectedFile
    from target_aep.provision.stream import StreamSchema
    from target_aep.settings import Settings

SHOWN = 20


@click.group(invoke_without_command=True, help="List, show or resend rejected rows.")
@config_option
@click.pass_context
def command(context: click.Context, sources: tuple[str, ...]) -> int | None:
    """Read the configuration; without a command, list."""
    context.obj = config = read_config(sources)
    return listing(parse(config), as_json=False) if context.invoked_subcommand is None else None


@command.command("list", help="List the files of rejected rows, with counts and reasons.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(config: dict[str, Any], *, as_json: bool) -> int:
    """Print a summary of each file."""
    return listing(parse(config), as_json=as_json)


@command.command(help="Show the rows of the file ID, each with its reasons.")
@click.option("--limit", default=SHOWN, show_default=True, type=click.IntRange(1), help="Rows to show.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON lines, with their records.")
@click.argument("file_id", metavar="ID")
@click.pass_obj
def show(config: dict[str, Any], file_id: str, limit: int, *, as_json: bool) -> int:
    """Print rows."""
    rows = quarantine_files.find(quarantine_folder(parse(config)), file_id).rows()
    for number, row in enumerate(rows[:limit], 1):
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
            continue
        click.echo(f"row {number}, rejected by {row['rejected_by']}")
        for reason in row["reasons"]:
            value = "" if reason.get("value") is None else f" (the value is {reason['value']!r})"
            click.echo(f"  {reason['path'] or 'the row'}: {reason['message']}{value}")
        click.echo(f"  record: {json.dumps(row['record'], ensure_ascii=False)}")
    if len(rows) > limit and not as_json:
        click.echo(f"… and {len(rows) - limit} more (--limit)")
    return 0


@command.command("resend", help="Load the rows of the file ID that are valid now.")
@catalog_option
@click.option("--yes", is_flag=True, help="Load also rows whose key has landed since, without asking.")
@click.option("--skip-newer", is_flag=True, help="Leave rows whose key has landed since in the quarantine.")
@click.argument("file_id", metavar="ID")
@click.pass_obj
def resend_(config: dict[str, Any], catalog: str | None, file_id: str, *, yes: bool, skip_newer: bool) -> int:
    """Load what is valid now; the rest stays in the quarantine."""
    settings = parse(config)
    file = quarantine_files.find(quarantine_folder(settings), file_id)
    stream = _stream(settings, catalog, file)
    left = file.rows()
    clients = connect(settings)
    with clients.gateway:
        require_sandbox(clients, settings)
        lots, unknown, fixed = resend.lots(clients, settings, stream, left)
        examined = [(lot, resend.examine(clients, settings, lot)) for lot in lots]
    bad = [*unknown, *(row for _, found in examined for row in found.bad)]
    newer = sum(len(found.newer) for _, found in examined)
    _tell(bad, fixed)
    with_newer = bool(newer) and not skip_newer and (yes or _agreed(newer))
    sent = 0
    left = [*bad, *fixed, *(row for _, found in examined for row, _ in (*found.ready, *found.newer))]
    for lot, found in examined:
        chosen = [*found.ready, *(found.newer if with_newer else ())]
        if not chosen:
            continue
        target = TargetAEP(config=resend.configuration(config, settings, lot))
        target.listen(resend.messages(lot, [record for _, record in chosen]))
        sent += len(chosen)
        gone = {id(row) for row, _ in chosen}
        left = [row for row in left if id(row) not in gone]
        if not settings.dry_run:  # at once: what has landed must not be sent again if the next lot fails
            file.keep_only(left)
    if settings.dry_run:
        click.echo(f"dry_run: {sent} rows would be loaded, {len(left)} would stay in the quarantine.")
        return 0
    file.keep_only(left)
    click.echo(f"{sent} rows loaded, {len(left)} stay in the quarantine.")
    return DataError.exit_code if left else 0


def listing(settings: Settings, *, as_json: bool) -> int:
    """Print a summary of each file."""
    folder = quarantine_folder(settings)
    found = [file.summary() for file in quarantine_files.files(folder)]
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return 0
    if not found:
        click.echo(f"No rejected rows in {folder}.")
    for each in found:
        click.echo(f"{each['id']}  {each['rows']} rows, rejected by {' and '.join(each['rejected_by'])}")
        reasons = list(each["reasons"].items())
        for reason, count in reasons[:SHOWN]:
            click.echo(f"  {count:6}  {reason}")
        if len(reasons) > SHOWN:
            click.echo(f"          and {len(reasons) - SHOWN} other reasons (--json)")
    if found:
        click.echo(
            "\n`quarantine show ID` has the rows; after a correction, `quarantine resend ID` loads them."
        )
    return 0


def _stream(settings: Settings, catalog: str | None, file: RejectedFile) -> StreamSchema:
    name = str(file.summary()["stream"])
    if settings.rules.settings_for(name).load_method == LoadMethod.OVERWRITE.value:
        what = "it is loaded by overwriting, so the next run reads these rows again anyway."
        raise ConfigurationError(what, remedy="Correct the mapping and run the pipeline.", stream=name)
    for stream in read_streams(catalog, settings):
        if stream.stream == name:
            return stream
    what = "its schema is not known here."
    raise ConfigurationError(what, remedy=how_to_give(), stream=name)


def _tell(bad: Sequence[resend.Row], fixed: Sequence[resend.Row]) -> None:
    if bad:
        reasons = sorted({f"{r['path']}: {r['message']}" for row in bad for r in row["reasons"]})
        click.echo(f"{len(bad)} rows are still rejected: {'; '.join(reasons[:SHOWN])}")
    if fixed:
        click.echo(
            f"{len(fixed)} rows cannot be loaded from here: values were masked, or AEP has not shown them. "
            "Let the tap read them again."
        )


def _agreed(newer: int) -> bool:
    question = f"The keys of {newer} rows have landed since, perhaps with newer values."
    if not sys.stdin.isatty():
        click.echo(f"{question} They stay in the quarantine; load them with --yes.")
        return False
    return click.confirm(f"{question} Load these older rows after them?")
