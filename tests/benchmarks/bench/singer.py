"""The same rows as a tap's output: RECORD messages, or BATCH messages that name Parquet files.

``python -m bench.singer --rows 1000000 --form record`` writes to standard output, much faster than
anything reads it; with ``--batches DIR`` the rows go to files there.
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, time, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from bench.rows import (
    BLOCK_MARKER,
    CLOCK,
    DAY_MARKER,
    ROWS_PER_BLOCK,
    STANDARD_FIELDS,
    Field,
    TimeOfDay,
    Value,
    block,
    block_day,
    block_digits,
    fields,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

STREAM = "bench_0"
ROWS_PER_FILE = 250_000
ROW_GROUP_BYTES = 24 * 2**20
_EXTRACTED = "2026-06-30T12:00:00.000Z"
_JSON_TYPES = {"Number": "integer", "Decimal": "number", "Boolean": "boolean"}


def schema_message(field_count: int = STANDARD_FIELDS, stream: str = STREAM) -> dict[str, Any]:
    """SCHEMA of the benchmark's stream."""
    chosen = fields(field_count)
    return {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"type": "object", "properties": {field.name: _json_schema(field) for field in chosen}},
        "key_properties": [field.name for field in chosen if field.primary_key],
    }


def state_message(rows: int, stream: str = STREAM) -> dict[str, Any]:
    """STATE after the last row, in the form that tap-sfmc gives it."""
    counts = {"count": rows, "extracted": rows, "already_seen": 0}
    bookmark = {"customer_key": "bench-0", "seq": 1, "seen": {}, "counts": counts}
    return {"type": "STATE", "value": {"bookmarks": {stream: bookmark}}}


def record_lines(rows: int, field_count: int = STANDARD_FIELDS, stream: str = STREAM) -> Iterator[bytes]:
    """RECORD messages, up to ten thousand lines at a time."""
    names = [field.name for field in fields(field_count)]
    head = f'{{"type":"RECORD","stream":"{stream}","record":'.encode()
    tail = f',"time_extracted":"{_EXTRACTED}"}}\n'.encode()
    lines = [
        head + msgspec.json.encode(dict(zip(names, map(_json_value, row), strict=True))) + tail
        for row in block(field_count)
    ]
    for number in range(-(-rows // ROWS_PER_BLOCK)):
        digits, day = block_digits(number).encode(), block_day(number).isoformat().encode()
        text = b"".join(lines[: rows - number * ROWS_PER_BLOCK])
        yield text.replace(DAY_MARKER.encode(), day).replace(BLOCK_MARKER.encode(), digits)


def write_batches(folder: Path, rows: int, field_count: int = STANDARD_FIELDS) -> list[Path]:
    """The rows as Parquet files, in the Arrow types and row groups that tap-sfmc gives them."""
    import pyarrow as pa  # noqa: PLC0415 - the light processes of the benchmark do without it
    import pyarrow.parquet as pq  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    template = _arrow_block(field_count)
    per_file = ROWS_PER_FILE // ROWS_PER_BLOCK
    blocks = -(-rows // ROWS_PER_BLOCK)
    paths = []
    for first in range(0, blocks, per_file):
        numbers = range(first, min(first + per_file, blocks))
        table = pa.concat_tables(_keyed(template, number, rows) for number in numbers)
        paths.append(folder / f"{STREAM}-{first // per_file:04d}.parquet")
        row_group = min(65_536, ROW_GROUP_BYTES * table.num_rows // table.nbytes)
        pq.write_table(table.combine_chunks(), paths[-1], compression="snappy", row_group_size=row_group)
    return paths


def batch_message(paths: list[Path], stream: str = STREAM) -> dict[str, Any]:
    """BATCH that names files."""
    return {
        "type": "BATCH",
        "stream": stream,
        "encoding": {"format": "parquet"},
        "manifest": [path.resolve().as_uri() for path in paths],
    }


def _keyed(template: pa.Table, number: int, rows: int) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415

    columns = [
        _of_block(column, name, number)
        for name, column in zip(template.column_names, template.columns, strict=True)
    ]
    rows_left = rows - number * ROWS_PER_BLOCK
    return pa.table(columns, schema=template.schema).slice(0, min(ROWS_PER_BLOCK, rows_left))


def _of_block(column: pa.ChunkedArray, name: str, number: int) -> pa.ChunkedArray:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    if name == "SeenAt":
        day = pa.scalar(datetime.combine(block_day(number), time(), CLOCK), column.type)
        return pc.add(day, column.cast(pa.int64()).cast(pa.duration("s")))
    if pa.types.is_string(column.type):
        return pc.replace_substring(column, BLOCK_MARKER, block_digits(number))
    return column


def _arrow_block(field_count: int) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415

    chosen = fields(field_count)
    types = {"Number": pa.int32(), "Boolean": pa.bool_(), "Date": pa.timestamp("s", "UTC")}
    plain = [
        tuple(value.seconds if isinstance(value, TimeOfDay) else value for value in row)
        for row in block(field_count)
    ]
    columns = list(zip(*plain, strict=True))
    arrays = [
        pa.array(
            column,
            pa.decimal128(field.length or 18, field.scale or 0)
            if field.type == "Decimal"
            else types.get(field.type, pa.string()),
        )
        for field, column in zip(chosen, columns, strict=True)
    ]
    return pa.table(arrays, names=[field.name for field in chosen])


def _json_schema(field: Field) -> dict[str, Any]:
    kind = _JSON_TYPES.get(field.type, "string")
    schema: dict[str, Any] = {"type": kind if field.primary_key else [kind, "null"]}
    if field.type == "Number":
        schema |= {"minimum": -(2**31), "maximum": 2**31 - 1}
    elif field.type == "Date":
        schema["format"] = "date-time"
    elif kind == "string":
        schema["maxLength"] = field.length
    return schema


def _json_value(value: Value) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, TimeOfDay):
        return f"{DAY_MARKER}T{value.as_utc}Z"
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def main() -> None:
    """Write messages to standard output."""
    parser = argparse.ArgumentParser(description="Write the benchmark's rows as a tap does.")
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--fields", type=int, default=STANDARD_FIELDS)
    parser.add_argument("--batches", type=Path, help="folder for Parquet files; without it, RECORD messages")
    options = parser.parse_args()
    out = sys.stdout.buffer

    def message(value: object) -> None:
        out.write(msgspec.json.encode(value) + b"\n")

    message({"type": "STATE", "value": {"bookmarks": {}}})
    message(schema_message(options.fields))
    if options.batches:
        message(batch_message(write_batches(options.batches, options.rows, options.fields)))
    else:
        for lines in record_lines(options.rows, options.fields):
            out.write(lines)
    message(state_message(options.rows))
    out.flush()


if __name__ == "__main__":
    main()
