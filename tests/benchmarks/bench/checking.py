"""Compare rows that a program wrote with those that there are, value by value and in order.

    python -m bench.checking PATH FIELDS

``PATH`` is a Singer message file (with the files that its BATCH messages name), or a folder of Parquet
files, whose columns are the fields, or XDM as it was uploaded. Prints how many rows there are, if they are
right. A program of its own, so that the process that measures stays small.
"""

from __future__ import annotations

import itertools
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import msgspec
import pyarrow.parquet as pq

from bench.rows import fields
from bench.singer import record_lines
from bench.xdm import TENANT_ID, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.rows import Field

Record = dict[str, Any]
_ENDLESS = 10**9


def of_messages(path: Path) -> Iterator[Record]:
    """Rows of RECORD messages, and of the files that BATCH messages name."""
    with path.open("rb") as file:
        for line in file:
            message = msgspec.json.decode(line)
            if message["type"] == "RECORD":
                yield message["record"]
            for url in message.get("manifest", ()):
                yield from of_parquet(Path(unquote(urlsplit(url).path)))


def of_parquet(path: Path) -> Iterator[Record]:
    """Rows of a file; of one in XDM the tenant's part, by the names of the fields that it came from."""
    for batch in pq.ParquetFile(path).iter_batches(10_000):
        for row in batch.to_pylist():
            yield row.get(f"_{TENANT_ID}", row)


def compare(found: Iterator[Record], field_count: int) -> int:
    """Count rows, all of which are as they should be.

    Raises:
        SystemExit: One is not.
    """
    chosen = fields(field_count)
    lines = itertools.chain.from_iterable(part.splitlines() for part in record_lines(_ENDLESS, field_count))
    count = 0
    for record, line in zip(found, lines, strict=False):
        expected = msgspec.json.decode(line)["record"]
        for field in chosen:
            value = record.get(field.name, record.get(name_of(field)))
            if _plain(value, field) != _plain(expected[field.name], field):
                message = f"row {count}: {field.name} is {value!r} instead of {expected[field.name]!r}"
                raise SystemExit(message)
        count += 1
    return count


def _plain(value: Any, field: Field) -> Any:
    if value is None:
        return None
    if field.type == "Date":
        moment = datetime.fromisoformat(value.replace("Z", "+00:00")) if isinstance(value, str) else value
        return moment.astimezone(timezone.utc)
    return float(value) if field.type in {"Number", "Decimal"} else value


def main() -> None:
    """Check what the command line names."""
    path, field_count = Path(sys.argv[1]), int(sys.argv[2])
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else []
    found = itertools.chain.from_iterable(map(of_parquet, files)) if path.is_dir() else of_messages(path)
    print(compare(found, field_count))


if __name__ == "__main__":
    main()
