"""Count the rows of a Singer message file, and of the Parquet files that it names; or a catalog's streams.

A program of its own, so that the process that measures stays small: what a child's memory peak is
read from also holds what its parent used when it was started.
"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec


class _Message(msgspec.Struct):
    type: str
    manifest: list[str] = []


def count(path: Path) -> int:
    """Rows in RECORD messages and in the files of BATCH messages."""
    decode = msgspec.json.Decoder(_Message).decode
    rows = 0
    with path.open("rb") as file:
        for line in file:
            message = decode(line)
            if message.type == "RECORD":
                rows += 1
            elif message.type == "BATCH":
                rows += sum(_rows_of(url) for url in message.manifest)
    return rows


def count_parquet(folder: Path) -> int:
    """Rows in all Parquet files below a folder."""
    return sum(_rows_of(str(path)) for path in folder.rglob("*.parquet"))


def count_streams(catalog: Path) -> int:
    """Streams in a catalog."""
    return len(msgspec.json.decode(catalog.read_bytes())["streams"])


def _rows_of(url: str) -> int:
    import pyarrow.parquet as pq  # noqa: PLC0415 - only where there are such files

    path = unquote(urlsplit(url).path) if "://" in url else url
    return int(pq.read_metadata(path).num_rows)


if __name__ == "__main__":
    where = Path(sys.argv[1])
    counted = count_parquet if where.is_dir() else count_streams if where.suffix == ".json" else count
    print(counted(where))
