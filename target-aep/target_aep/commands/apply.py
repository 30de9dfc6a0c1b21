"""``target-aep apply``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from target_aep.commands.options import catalog_option, config_option, read_json, read_settings, read_streams
from target_aep.connection import connect, require_sandbox
from target_aep.errors import ConfigurationError
from target_aep.provision.catalog import how_to_give
from target_aep.provision.plan_document import apply_document, plan

if TYPE_CHECKING:
    from target_aep.aep import Clients
    from target_aep.settings import Settings


@click.command(help="Carry out a plan, whatever the setting provision says.")
@config_option
@catalog_option
@click.option("--yes", is_flag=True, help="Do not ask (where no FILE is given).")
@click.argument("file", required=False)
def command(sources: tuple[str, ...], catalog: str | None, file: str | None, *, yes: bool) -> int:
    """Carry out the plan in FILE, or one made now and agreed to."""
    settings = read_settings(sources)
    if settings.dry_run:
        what = "dry_run is on, and a plan that is applied makes changes."
        raise ConfigurationError(what, remedy="Turn dry_run off, or look at `target-aep plan`.")
    clients = connect(settings)
    with clients.gateway:
        require_sandbox(clients, settings)
        document = read_json(Path(file)) if file else _agreed(clients, settings, catalog, yes=yes)
        if document is None:
            return 0
        for destination in apply_document(clients, settings, document):
            click.echo(
                f"{destination.stream}: dataset {destination.dataset_name!r} {destination.dataset_id}, "
                f"schema {destination.schema_id}"
            )
    return 0


def _agreed(clients: Clients, settings: Settings, catalog: str | None, *, yes: bool) -> dict[str, Any] | None:
    """Plan now, show it, and return it when it is agreed to."""
    streams = read_streams(catalog, settings)
    if not streams:
        what = "there is no stream to apply a plan for."
        raise ConfigurationError(what, remedy=f"Give a plan FILE, or a catalog. {how_to_give()}")
    found = plan(clients, settings, streams)
    click.echo(found.text())
    if not yes and not sys.stdin.isatty():
        what = "nobody is there to agree to this plan."
        raise ConfigurationError(what, remedy="Add --yes, or keep it with `plan --out FILE` and apply that.")
    if not yes and not click.confirm("\nCarry this out?"):
        return None
    return found.to_dict()
