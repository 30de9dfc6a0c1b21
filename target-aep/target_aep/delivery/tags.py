"""What a batch of ours says about itself in its Catalog tags.

Nothing here depends on credentials or on the names of plugins, so that a rotated secret or a renamed
Meltano plugin changes no tag.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class BatchTags:
    """The tags of one batch.

    Args:
        pipeline_id: Whose batch it is; with ``stream`` the only ground for touching it.
        stream: Singer stream.
        run_id: Run that made it.
        host: Machine that made it.
        unit: Which unit of the stream in that run, from 1.
        closing: Digest of the bookmark that closed it: the state after its rows.
        opening: Digest of the last bookmark before its first row; empty where unknown.
        start: Digest of the bookmark that its run started from; empty where unknown.
        seq: Counter of the closing bookmark; None for a tap that does not count.
        from_seq: Counter that its run started from.
        generation: Which timeline of the stream; a rewind begins a new one.
        since: Counter at which that timeline began.
    """

    pipeline_id: str
    stream: str
    run_id: str
    host: str
    unit: int
    closing: str
    opening: str = ""
    start: str = ""
    seq: int | None = None
    from_seq: int | None = None
    generation: int = 0
    since: int = 0

    def write(self) -> dict[str, str]:
        """Return them as Catalog tags."""
        tags = {
            "pipeline_id": self.pipeline_id,
            "stream": self.stream,
            "run_id": self.run_id,
            "host": self.host,
            "unit": str(self.unit),
            "state_hash": self.closing,
            "opening_hash": self.opening,
            "from_hash": self.start,
            "seq": "" if self.seq is None else str(self.seq),
            "from_seq": "" if self.from_seq is None else str(self.from_seq),
            "generation": str(self.generation),
            "since": str(self.since),
        }
        return {key: value for key, value in tags.items() if value}

    @classmethod
    def read(cls, tags: Mapping[str, tuple[str, ...]]) -> BatchTags | None:
        """Read them back; None for a batch that is not ours or whose tags are damaged."""
        values = {key: items[0] for key, items in tags.items() if items}
        if not values.get("pipeline_id") or not values.get("stream") or not values.get("run_id"):
            return None
        return cls(
            pipeline_id=values["pipeline_id"],
            stream=values["stream"],
            run_id=values["run_id"],
            host=values.get("host", ""),
            unit=_number(values.get("unit")) or 1,
            closing=values.get("state_hash", ""),
            opening=values.get("opening_hash", ""),
            start=values.get("from_hash", ""),
            seq=_number(values.get("seq")),
            from_seq=_number(values.get("from_seq")),
            generation=_number(values.get("generation")) or 0,
            since=_number(values.get("since")) or 0,
        )


def _number(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None
