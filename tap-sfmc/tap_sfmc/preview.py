"""``tap-sfmc preview``: a stream's fields and its first rows, as tables for people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tap_sfmc.output.lines import with_texts_for_dates
from tap_sfmc.reading.sources import Source, Way
from tap_sfmc.values.field_types import describe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_sfmc.discovery.catalog import StreamDefinition
    from tap_sfmc.services import Services

_WIDEST = 32


def preview(services: Services, definition: StreamDefinition, rows: int) -> Iterator[str]:
    """The lines to show.

    Args:
        services: The connections.
        definition: The stream.
        rows: How many rows.

    Raises:
        TapError: The rows cannot be read.
    """
    de = definition.data_extension
    yield f"{definition.name}: {de.name} (key {de.key}, {de.family.value} in {de.unit})"
    if de.folder:
        yield f"folder: {de.folder.path}"
    if de.description:
        yield f"description: {de.description}"
    if de.retention:
        yield f"retention: deletes {de.retention}"
    yield f"replication key: {definition.replication_key or 'none, full table'}"
    yield ""
    yield from _table(("field", "type"), [(item.name, describe(item)) for item in de.fields])
    yield ""
    yield from _rows(services, definition, rows)


def _rows(services: Services, definition: StreamDefinition, rows: int) -> Iterator[str]:
    source = Source(services, definition)
    if definition.row_number:
        reading = source.reading(Way.SOAP, None)
        batch, count = next(iter(reading.batches()), source.columns.no_rows), reading.count
    else:
        page = services.rowset.first_page(replace(source.query(None), page_size=rows))
        batch, count = source.columns.from_items(page.items), page.count
    shown = with_texts_for_dates(batch.slice(0, rows)).to_pylist()
    yield f"{len(shown)} of {count} rows"
    yield from _table(batch.schema.names, [list(row.values()) for row in shown])


def _table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """Columns as wide as their widest cell, within reason."""
    cells = [[_cell(value) for value in row] for row in (names, *rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(names))]
    for number, row in enumerate(cells):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
