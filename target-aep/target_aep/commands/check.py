"""``target-aep check``."""

from __future__ import annotations

import json
from importlib.metadata import version

import click

from target_aep import check
from target_aep.commands.options import catalog_option, config_option, read_settings, read_streams
from target_aep.connection import connect
from target_aep.errors import ConfigurationError


@click.command(help="Try everything that a run needs: a verdict and a remedy each. Only reads.")
@config_option
@catalog_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON without secrets, to attach to an issue.")
def command(sources: tuple[str, ...], catalog: str | None, *, as_json: bool) -> int:
    """Print the verdicts and return the exit code of the first failure."""
    settings, verdicts = None, []
    try:
        settings = read_settings(sources)
        streams = read_streams(catalog, settings)
        clients = connect(settings)
    except ConfigurationError as error:
        verdicts = check.of_settings(error)
    else:
        with clients.gateway:
            verdicts = check.run(clients, settings, streams)
    if as_json:
        told = check.to_dict(verdicts, settings, version("target-aep"))
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        click.echo(check.text(verdicts))
    return check.exit_code(verdicts)
