"""Records to preview: Singer messages, JSON lines, or a JSON array."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_aep.errors import ConfigurationError, DataError
from target_aep.provision.catalog import stream_of_message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_aep.provision.stream import StreamSchema


_MESSAGES = ("SCHEMA", "STATE", "BATCH", "ACTIVATE_VERSION")


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
        with Path(source).open(encoding="utf-8-sig") as lines:
            return _collect(lines, stream, limit)
    except UnicodeDecodeError:
        what = f"{source} is no UTF-8 text."
        raise DataError(what, remedy="Save it as UTF-8.") from None
    except OSError as error:
        what = f"{source} cannot be read: {error.strerror}."
        raise ConfigurationError(what, remedy="Correct the path.") from None


def _collect(lines: Iterable[str], stream: str, limit: int) -> Records:
    found = Records()
    for item in _objects(lines):
        kind = item.get("type")
        if kind == "SCHEMA" and item.get("stream") == stream:
            found.schema = stream_of_message(item)
        elif kind == "RECORD" and isinstance(item.get("record"), dict):
            if item.get("stream") == stream:
                found.records.append(item["record"])
        elif kind not in _MESSAGES:
            found.records.append(item)
        if len(found.records) >= limit:
            break
    return found


def _objects(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    remaining = iter(lines)
    first = True
    for number, line in enumerate(remaining, 1):
        if not line.strip():
            continue
        parsed = _parsed(line)
        if parsed is None and first and line.lstrip().startswith("["):  # an array over many lines
            parsed = _parsed(line + "".join(remaining))
        first = False
        for item in parsed if isinstance(parsed, list) else [parsed]:
            if not isinstance(item, dict):
                what = f"line {number} is no JSON object."
                raise DataError(what, remedy="Give RECORD messages of the tap, or one JSON object a line.")
            yield item


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
