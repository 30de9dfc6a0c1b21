"""``target-aep plan``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from target_aep.commands.options import catalog_option, config_option, read_settings, read_streams
from target_aep.connection import connect, require_sandbox
from target_aep.errors import ConfigurationError
from target_aep.provision.catalog import how_to_give
from target_aep.provision.plan_document import plan


@click.command(help="Show what a run would create or change in AEP. Only reads.")
@config_option
@catalog_option
@click.option("--out", metavar="FILE", help="Keep the plan in a file, for apply.")
def command(sources: tuple[str, ...], catalog: str | None, out: str | None) -> int:
    """Print the plan; exit code 2 when a stream cannot be planned."""
    settings = read_settings(sources)
    streams = read_streams(catalog, settings)
    if not streams:
        what = "there is no stream to plan for."
        raise ConfigurationError(what, remedy=how_to_give())
    clients = connect(settings)
    with clients.gateway:
        require_sandbox(clients, settings)
        found = plan(clients, settings, streams)
    click.echo(found.text())
    if out:
        Path(out).write_text(json.dumps(found.to_dict(), indent=2) + "\n", encoding="utf-8")
        then = "solve the problems and plan anew" if found.problems else f"carry it out with: apply {out}"
        click.echo(f"Kept in {out}; {then}")
    return found.problems[0][1].exit_code if found.problems else 0
