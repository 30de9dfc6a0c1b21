"""``target-aep batches``."""

from __future__ import annotations

import json

import click

from target_aep.batches import DatasetBatches, datasets
from target_aep.commands.options import catalog_option, config_option, read_settings, read_streams
from target_aep.connection import connect


@click.command(help="List recent batches of the configured datasets: state, counts, errors. Only reads.")
@config_option
@catalog_option
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 100), help="Per dataset.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(sources: tuple[str, ...], catalog: str | None, limit: int, *, as_json: bool) -> int:
    """Print the batches."""
    settings = read_settings(sources)
    streams = [stream.stream for stream in read_streams(catalog, settings)]
    clients = connect(settings)
    with clients.gateway:
        clients.sandboxes.get(settings.sandbox_name)
        found = [
            DatasetBatches(dataset, clients.catalog.recent_batches(dataset.id, limit))
            for dataset in datasets(clients, settings, streams)
        ]
    if as_json:
        click.echo(json.dumps([each.to_dict() for each in found], indent=2, ensure_ascii=False))
        return 0
    if not found:
        click.echo(
            "None of the configured datasets is there yet; `target-aep plan` shows what a run would make."
        )
    for number, each in enumerate(found):
        click.echo("\n".join(["", *each.lines()] if number else each.lines()))
    return 0
