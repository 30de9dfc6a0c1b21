"""``target-aep mapping``: suggest, validate and preview a mapping set, bring it from AEP and back."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from target_aep.commands import mapping_exchange, mapping_files, mapping_subject
from target_aep.commands.mapping_records import read_records
from target_aep.commands.mapping_text import preview_text, problem_lines, suggestion_lines
from target_aep.commands.options import catalog_option, config_option
from target_aep.dataprep.validate import Severity
from target_aep.errors import ConfigurationError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable

schema_option = click.option(
    "--schema",
    metavar="FILE",
    help="The output schema as resolved JSON, instead of asking AEP: nothing is sent anywhere.",
)
mapping_option = click.option(
    "--mapping", "file", metavar="FILE", help="A mapping set (.json or .csv), instead of the configured one."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(help="Suggest, validate or preview a stream's mapping set.")
def command() -> None:
    """Dispatch."""


@command.command(help="Propose where each field of STREAM goes, with a score.")
@config_option
@catalog_option
@schema_option
@json_option
@click.option("--write", is_flag=True, help="Write the proposal as the stream's mapping file.")
@click.option("--force", is_flag=True, help="With --write: replace the file.")
@click.argument("stream")
def suggest(
    sources: tuple[str, ...],
    catalog: str | None,
    schema: str | None,
    stream: str,
    *,
    as_json: bool,
    write: bool,
    force: bool,
) -> int:
    """Print the proposal; with --write keep it."""
    subject = mapping_subject.of_stream(sources, catalog, schema, stream)
    suggestions, proposal = mapping_subject.proposal(subject)
    if as_json:
        click.echo(json.dumps([vars(each) for each in suggestions], ensure_ascii=False, indent=2))
    else:
        for line in suggestion_lines(suggestions, proposal):
            click.echo(line)
    if write:
        path = mapping_files.write(proposal, subject.file, force=force)
        click.echo(f"Written to {path}; it is used once the stream's setting mapping names it.", err=as_json)
    return 0


@command.command(name="validate", help="Check a mapping set; say everything that is wrong with it at once.")
@config_option
@catalog_option
@schema_option
@mapping_option
@json_option
@click.argument("stream")
def check(
    sources: tuple[str, ...],
    catalog: str | None,
    schema: str | None,
    file: str | None,
    stream: str,
    *,
    as_json: bool,
) -> int:
    """Print all problems; exit code 2 when one of them is an error."""
    subject = mapping_subject.of_mapping(sources, catalog, schema, stream, file)
    problems = mapping_subject.problems_of(subject)
    for line in problem_lines(problems, subject.written, subject.lines, subject.where, as_json=as_json):
        click.echo(line)
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    if not as_json:
        count = len(subject.written.mappings)
        click.echo(f"{subject.where}: {count} mappings, {errors} errors, {len(problems) - errors} warnings")
    return ConfigurationError.exit_code if errors else 0


@command.command(help="Map records of STREAM (RECORD messages, or JSON lines) and show what becomes of them.")
@config_option
@catalog_option
@schema_option
@mapping_option
@json_option
@click.option("--input", "rows", metavar="FILE|-", default="-", help="Where records are; standard input.")
@click.option(
    "--rows", "limit", type=click.IntRange(1), default=10, help="How many at most.", show_default=True
)
@click.option("--offline", is_flag=True, help="Without a schema and without AEP: values keep their types.")
@click.argument("stream")
def preview(  # noqa: PLR0917  # click passes them by name
    sources: tuple[str, ...],
    catalog: str | None,
    schema: str | None,
    file: str | None,
    rows: str,
    limit: int,
    stream: str,
    *,
    as_json: bool,
    offline: bool,
) -> int:
    """Print each mapped record with the warnings beside what caused them."""
    if rows == "-" and catalog == "-":
        message = "standard input has either the catalog or the records."
        raise ConfigurationError(message, remedy="Give one of them as a file.")
    found = read_records(rows, stream, limit)
    if not found.records:
        message = f"there is no record of {stream} in {'standard input' if rows == '-' else rows}."
        raise DataError(message, remedy="Give RECORD messages of the tap, or one JSON object a line.")
    subject = mapping_subject.of_mapping(
        sources,
        catalog,
        schema,
        stream,
        file,
        schema_message=found.schema,
        offline=offline,
        stdin=rows != "-",
    )
    answers = subject.effective.preview(found.records, subject.root)
    show: Callable[[], str] = (
        (lambda: json.dumps(answers, ensure_ascii=False, indent=2))
        if as_json
        else (lambda: preview_text(found.records, answers))
    )
    click.echo(show())
    if rows == "-":
        sys.stdin.read()  # a tap whose reader leaves early would fail
    return 0


@command.command(help="Print the mapping set ID of AEP, with _{TENANT_ID} in place of the tenant.")
@config_option
@click.option("--write", "target", metavar="FILE", help="Write it to a file instead (.json or .csv).")
@click.option("--force", is_flag=True, help="With --write: replace the file.")
@click.argument("mapping_set_id", metavar="ID")
def download(sources: tuple[str, ...], target: str | None, mapping_set_id: str, *, force: bool) -> int:
    """Bring a mapping set here."""
    found = mapping_exchange.download(sources, mapping_set_id)
    if target is None:
        click.echo(mapping_exchange.text_of(found, None), nl=False)
    else:
        path = mapping_exchange.keep(found, target, force=force)
        click.echo(f"{len(found.mappings)} mappings written to {path}.", err=True)
    return 0


@command.command(help="Store the mapping set of STREAM in AEP, if it is sound, and print its id.")
@config_option
@catalog_option
@mapping_option
@click.argument("stream")
def upload(sources: tuple[str, ...], catalog: str | None, file: str | None, stream: str) -> int:
    """Take a mapping set to AEP."""
    subject = mapping_subject.of_mapping(sources, catalog, None, stream, file)
    problems = [each for each in mapping_subject.problems_of(subject) if each.severity is Severity.ERROR]
    if problems:
        lines = problem_lines(problems, subject.written, subject.lines, subject.where, as_json=False)
        for line in lines:
            click.echo(line, err=True)
        return ConfigurationError.exit_code
    click.echo(mapping_exchange.upload(sources, subject, stream))
    return 0
