"""Loading rows from the quarantine, once mapping or schema are corrected.

They go the way of all rows, as a pipeline of their own (``{pipeline_id}.resend``), so that the books
and batches of the pipeline stay what they are. The source record is mapped anew; a row that AEP
refused is kept in XDM form only, and is read again by the tap or not at all.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from target_aep.columnar import singer_schema
from target_aep.columnar.row_mapper import RowMapper
from target_aep.delivery.quarantine_files import OURS, is_masked
from target_aep.delivery.tags import BatchTags
from target_aep.provision.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_aep.aep import Batch, Clients
    from target_aep.delivery.quarantine_files import RejectedFile
    from target_aep.provision.prepare import Destination
    from target_aep.provision.stream import StreamSchema
    from target_aep.settings import Settings

Row = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Resend:
    """What can be done with the rows of a file.

    Args:
        ready: Rows that are valid now.
        newer: Rows that are valid, but whose key has landed since.
        bad: Rows that are still rejected, with the reasons of today.
        fixed: Rows that cannot be loaded from here: AEP refused them, or values were masked.
    """

    ready: list[Row]
    newer: list[Row]
    bad: list[Row]
    fixed: list[Row]


def examine(clients: Clients, settings: Settings, stream: StreamSchema, file: RejectedFile) -> Resend:
    """Map a file's rows anew and look which keys have landed since.

    Raises:
        TargetError: The stream cannot be loaded at all.
    """
    where = prepare(clients, settings, stream.stream, stream.schema, stream.key_properties)
    source = singer_schema.read(dict(stream.schema), stream.key_properties)
    mapper = RowMapper(source, where.mapping, where.schema)
    rows = file.rows()
    landed = _landed_since(clients, settings, where, stream.stream, _begin(rows))
    found = Resend([], [], [], [])
    for row in rows:
        if row["rejected_by"] != OURS or not isinstance(row["record"], dict) or is_masked(row):
            found.fixed.append(row)
            continue
        mapped = mapper.map_records([json.dumps(row["record"]).encode()])
        if mapped.rejected:
            reasons = [
                {"path": r.path, "rule": r.rule, "value": r.value, "message": r.message}
                for r in mapped.rejected[0].reasons
            ]
            found.bad.append({**row, "reasons": reasons})
        elif landed and _keys(mapped.table, where.key_paths)[0] in landed:
            found.newer.append(row)
        else:
            found.ready.append(row)
    return found


def messages(stream: StreamSchema, rows: Sequence[Row]) -> io.StringIO:
    """The rows as a tap would send them."""
    schema = {"type": "SCHEMA", "stream": stream.stream, "schema": stream.schema}
    lines: list[dict[str, Any]] = [{**schema, "key_properties": list(stream.key_properties)}]
    lines += [{"type": "RECORD", "stream": stream.stream, "record": row["record"]} for row in rows]
    return io.StringIO("".join(json.dumps(line) + "\n" for line in lines))


def configuration(config: dict[str, Any], settings: Settings, stream: str) -> dict[str, Any]:
    """The configuration of the run that loads the rows."""
    streams = {stream: msgspec.to_builtins(settings.rules.settings_for(stream))}
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
