"""Records to preview: Singer messages, JSON lines, or a JSON array."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_aep.errors import ConfigurationError, DataError
from target_aep.provision.stream import StreamSchema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass
class Records:
    """What was found.

    Args:
        records: At most as many as were asked for.
        schema: What the stream's SCHEMA message says, if there was one.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    schema: StreamSchema | None = None


def read_records(source: str, stream: str, limit: int) -> Records:
    """Read records of a stream from a file, or from standard input where it is ``-``.

    Raises:
        ConfigurationError: The file cannot be read.
        DataError: A line is no JSON object.
    """
    if source == "-":
        return _collect(sys.stdin, stream, limit)
    try:
        with Path(source).open(encoding="utf-8") as lines:
            return _collect(lines, stream, limit)
    except OSError as error:
        what = f"{source} cannot be read: {error.strerror}."
        raise ConfigurationError(what, remedy="Correct the path.") from None


def _collect(lines: Iterable[str], stream: str, limit: int) -> Records:
    found = Records()
    for item in _objects(lines):
        kind = item.get("type")
        if kind == "SCHEMA" and item.get("stream") == stream:
            keys = tuple(item.get("key_properties") or ())
            found.schema = StreamSchema(stream, item.get("schema") or {}, keys)
        elif kind == "RECORD" and "record" in item:
            if item.get("stream") == stream:
                found.records.append(item["record"])
        elif kind not in {"SCHEMA", "STATE", "BATCH", "ACTIVATE_VERSION"}:
            found.records.append(item)
        if len(found.records) >= limit:
            break
    return found


def _objects(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            parsed = json.loads(line)
        except ValueError:
            parsed = None
        items = parsed if isinstance(parsed, list) else [parsed]
        for item in items:
            if not isinstance(item, dict):
                what = f"line {number} is no JSON object."
                raise DataError(what, remedy="Give RECORD messages of the tap, or one JSON object a line.")
            yield item
