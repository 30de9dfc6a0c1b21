"""Loading rows from the quarantine, once mapping, schema or rows are corrected.

They go the way of all rows, as a pipeline of their own (``{pipeline_id}.resend``), so that the books
and batches of the pipeline stay what they are. A source record is mapped anew; a row that AEP refused
is in XDM form already, and is validated and sent as it is.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from target_aep.columnar import singer_schema
from target_aep.columnar.row_mapper import RowMapper
from target_aep.delivery import refused_rows
from target_aep.delivery.masking import is_masked
from target_aep.delivery.quarantine_files import OURS
from target_aep.delivery.tags import BatchTags
from target_aep.provision.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_aep.aep import Batch, Clients
    from target_aep.columnar.row_mapper import MappedRows
    from target_aep.provision.prepare import Destination
    from target_aep.provision.stream import StreamSchema
    from target_aep.settings import Settings
    from target_aep.stream_settings import StreamSettings

CORRUPT = "_corrupt_record"
"""In its place AEP gives the text of a row that it could not read."""

Row = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Lot:
    """Rows of a file that are loaded alike.

    Args:
        stream: What they are records of.
        entry: How that stream is loaded.
        rows: The rows of the file.
        records: The same as records of the stream.
        as_they_are: Whether each value must arrive, since no mapping is meant to leave any out.
    """

    stream: StreamSchema
    entry: StreamSettings
    rows: list[Row]
    records: list[dict[str, Any]]
    as_they_are: bool = False


@dataclass(frozen=True)
class Resend:
    """What can be done with the rows of a lot; ``ready`` and ``newer`` with their records.

    Args:
        ready: Rows that are valid now.
        newer: Rows that are valid, but whose key has landed since.
        bad: Rows that are still rejected, with the reasons of today.
    """

    ready: list[tuple[Row, dict[str, Any]]]
    newer: list[tuple[Row, dict[str, Any]]]
    bad: list[Row]


def lots(
    clients: Clients, settings: Settings, stream: StreamSchema, rows: Sequence[Row]
) -> tuple[list[Lot], list[Row], list[Row]]:
    """Sort the rows of a file.

    Returns:
        The lots; rows that the schema has no field for, with the reason; and rows that cannot be loaded from
        here, since values were masked or the row itself is not known.

    Raises:
        TargetError: The stream cannot be loaded at all.
    """
    mapped = Lot(stream, settings.rules.settings_for(stream.stream), [], [])
    refused: list[Row] = []
    fixed: list[Row] = []
    for row in rows:
        if not isinstance(row["record"], dict) or is_masked(row["record"]) or CORRUPT in row["record"]:
            fixed.append(row)
        elif row["rejected_by"] == OURS:
            mapped.rows.append(row)
            mapped.records.append(row["record"])
        else:
            refused.append(row)
    found = [mapped] if mapped.rows else []
    if not refused:
        return found, [], fixed
    where = prepare(clients, settings, stream.stream, stream.schema, stream.key_properties)
    if not where.dataset_id:  # it is gone, and would be made anew
        return found, [], [*fixed, *refused]
    flat = [(row, refused_rows.flat(row["record"], where.schema)) for row in refused]
    unknown = [{**row, "reasons": [_no_field(path) for path in f.unknown]} for row, f in flat if f.unknown]
    known = [(row, f.record) for row, f in flat if not f.unknown]
    if known:
        described = refused_rows.stream_of([record for _, record in known], where)
        entry = refused_rows.settings_of(described, where)
        lot = Lot(described, entry, [row for row, _ in known], [record for _, record in known])
        found.append(replace(lot, as_they_are=True))
    return found, unknown, fixed


def _no_field(path: str) -> dict[str, Any]:
    message = "the schema has no such field, or one of another kind"
    return {"path": path, "rule": "unknown", "value": None, "message": message}


def examine(clients: Clients, settings: Settings, lot: Lot) -> Resend:
    """Map a lot's rows and look which keys have landed since.

    Raises:
        TargetError: The stream cannot be loaded at all.
    """
    stream = lot.stream
    settings = msgspec.structs.replace(settings, streams={stream.stream: lot.entry})
    where = prepare(clients, settings, stream.stream, stream.schema, stream.key_properties)
    source = singer_schema.read(dict(stream.schema), stream.key_properties)
    mapper = RowMapper(source, where.mapping, where.schema)
    landed = _landed_since(clients, settings, where, stream.stream, _begin(lot.rows))
    found = Resend([], [], [])
    for row, record in zip(lot.rows, lot.records, strict=True):
        mapped = mapper.map_records([json.dumps(record).encode()])
        if reasons := _reasons(mapped, lot):
            found.bad.append({**row, "reasons": reasons})
        elif landed and _keys(mapped.table, where.key_paths)[0] in landed:
            found.newer.append((row, record))
        else:
            found.ready.append((row, record))
    return found


def _reasons(mapped: MappedRows, lot: Lot) -> list[dict[str, Any]]:
    reasons = [
        {"path": r.path, "rule": r.rule, "value": r.value, "message": r.message}
        for row in mapped.rejected
        for r in row.reasons
    ]
    if lot.as_they_are:
        reasons += [
            {"path": w.destination, "rule": "type", "value": w.value, "message": w.message}
            for w in mapped.warnings
        ]
    return reasons


def messages(lot: Lot, records: Sequence[dict[str, Any]]) -> io.StringIO:
    """Records as a tap would send them."""
    name = lot.stream.stream
    schema = {"type": "SCHEMA", "stream": name, "schema": lot.stream.schema}
    lines: list[dict[str, Any]] = [{**schema, "key_properties": list(lot.stream.key_properties)}]
    lines += [{"type": "RECORD", "stream": name, "record": record} for record in records]
    return io.StringIO("".join(json.dumps(line) + "\n" for line in lines))


def configuration(config: dict[str, Any], settings: Settings, lot: Lot) -> dict[str, Any]:
    """The configuration of the run that loads the rows."""
    streams = {lot.stream.stream: msgspec.to_builtins(lot.entry)}
    return {**config, "pipeline_id": f"{settings.pipeline_id}.resend", "streams": streams}


def _begin(rows: Sequence[Row]) -> int:
    """When the run that rejected them began, in milliseconds since the epoch."""
    run_id = str(rows[0]["run_id"]) if rows else ""
    try:
        began = datetime.strptime(run_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=timezone.utc)
    except ValueError:
        return 0
    return int(began.timestamp() * 1000)


def _landed_since(
    clients: Clients, settings: Settings, where: Destination, stream: str, since_ms: int
) -> set[Key]:
    """Keys of the stream's rows that landed since: read from the lake itself, where the key is one."""
    if not where.key_paths or not where.dataset_id:
        return set()
    keys: set[Key] = set()
    for batch in clients.catalog.batches(where.dataset_id):
        if batch.created_ms >= since_ms and _is_ours(batch, settings, stream):
            for content in clients.data_access.files(batch.id):
                keys.update(_keys(pq.read_table(io.BytesIO(content)), where.key_paths))
    return keys


def _is_ours(batch: Batch, settings: Settings, stream: str) -> bool:
    tags = BatchTags.read(batch.tags)
    pipelines = {settings.pipeline_id, f"{settings.pipeline_id}.resend"}
    return tags is not None and tags.stream == stream and tags.pipeline_id in pipelines


def _keys(table: pa.Table, paths: Sequence[str]) -> list[Key]:
    columns = [_column(table, path) for path in paths]
    return list(zip(*columns, strict=True)) if columns else []


def _column(table: pa.Table, path: str) -> list[Any]:
    name, *below = path.split(".")
    if name not in table.column_names:
        return [None] * table.num_rows
    column = table.column(name)
    for part in below:
        if not pa.types.is_struct(column.type) or column.type.get_field_index(part) < 0:
            return [None] * table.num_rows
        column = pc.struct_field(column, part)
    return list(column.to_pylist())
