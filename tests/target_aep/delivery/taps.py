"""A small tap that counts, as tap-sfmc does: its source is a dict of rows in memory."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = {
    "type": "object",
    "required": ["key"],
    "properties": {
        "key": {"type": "integer"},
        "modified": {"type": "integer"},
        "text": {"type": ["string", "null"]},
    },
}
State = dict[str, Any]


@dataclass
class Table:
    """A data extension.

    Attributes:
        rows: ``(modified, text)`` by key.
        full: Read whole each time, instead of by ``modified``.
    """

    rows: dict[int, tuple[int, str]] = field(default_factory=dict)
    full: bool = False

    def put(self, key: int, modified: int, text: str | None = None) -> None:
        self.rows[key] = (modified, text if text is not None else f"row {key} at {modified}")


@dataclass
class CountingTap:
    """Reads tables incrementally: rows at or after the bookmark that it has not seen.

    Attributes:
        tables: By stream.
        commits: In how many parts each stream is read; after each comes a STATE that is safe.
    """

    tables: dict[str, Table]
    commits: int = 1

    def messages(self, state: State | None = None) -> list[dict[str, Any]]:
        """All messages of a run that starts from a state."""
        state = copy.deepcopy(state) if state else {"bookmarks": {}}
        messages: list[dict[str, Any]] = [{"type": "STATE", "value": copy.deepcopy(state)}]
        for stream, table in self.tables.items():
            messages.append(
                {
                    "type": "SCHEMA",
                    "stream": stream,
                    "schema": SCHEMA,
                    "key_properties": ["key"],
                    **({} if table.full else {"bookmark_properties": ["modified"]}),
                }
            )
            messages += self._stream(stream, table, state)
        return messages

    def _stream(self, stream: str, table: Table, state: State) -> Iterator[dict[str, Any]]:
        mark = state["bookmarks"].get(stream, {})
        counts = dict(mark.get("counts", {"count": 0, "extracted": 0, "already_seen": 0}))
        value, seen = mark.get("replication_key_value", -1), set(mark.get("seen", []))
        found = sorted(
            (modified, key, text)
            for key, (modified, text) in table.rows.items()
            if table.full or modified >= value
        )
        fresh = [row for row in found if table.full or f"{row[1]}/{row[2]}" not in seen]
        counts["already_seen"] += len(found) - len(fresh)
        counts["count"] += len(found) - len(fresh)
        seq = mark.get("seq", 0)
        for part in _parts(fresh, 1 if table.full else self.commits):
            for modified, key, text in part:
                record = {"key": key, "modified": modified, "text": text}
                yield {"type": "RECORD", "stream": stream, "record": record}
            seq += 1
            counts["extracted"] += len(part)
            counts["count"] += len(part)
            top = part[-1][0]
            seen = (seen if top == value else set()) | {f"{k}/{t}" for m, k, t in part if m == top}
            value = top
            entry = {"customer_key": stream, "seq": seq, "counts": dict(counts)}
            if not table.full:
                entry |= {
                    "replication_key": "modified",
                    "replication_key_value": value,
                    "seen": sorted(seen),
                }
            state["bookmarks"][stream] = entry
            yield {"type": "STATE", "value": copy.deepcopy(state)}


def _parts(rows: list[Any], count: int) -> Iterator[list[Any]]:
    size = max(1, -(-len(rows) // count))
    for at in range(0, len(rows), size):
        yield rows[at : at + size]
