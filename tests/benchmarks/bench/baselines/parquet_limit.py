"""The limit of a target: read the messages, write the same rows as Parquet, nothing else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

_ROWS_AT_ONCE = 50_000


class _Message(msgspec.Struct):
    type: str
    record: dict[str, Any] = {}
    manifest: list[str] = []


def main() -> None:
    """Read messages from standard input; the argument is the file to write."""
    path = Path(sys.argv[1])
    decode = msgspec.json.Decoder(_Message).decode
    writer: pq.ParquetWriter | None = None
    records: list[dict[str, Any]] = []
    for line in sys.stdin.buffer:
        message = decode(line)
        if message.type == "RECORD":
            records.append(message.record)
            if len(records) == _ROWS_AT_ONCE:
                writer = _write(writer, path, pa.Table.from_pylist(records))
                records = []
        for url in message.manifest:
            writer = _write(writer, path, pq.read_table(unquote(urlsplit(url).path)))
    if records:
        writer = _write(writer, path, pa.Table.from_pylist(records))
    if writer:
        writer.close()


def _write(writer: pq.ParquetWriter | None, path: Path, table: pa.Table) -> pq.ParquetWriter:
    writer = writer or pq.ParquetWriter(path, table.schema, compression="snappy")
    writer.write_table(table)
    return writer


if __name__ == "__main__":
    main()
