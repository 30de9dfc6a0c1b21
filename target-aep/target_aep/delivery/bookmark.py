"""A stream's bookmark: where the tap stands, in a form that can be compared.

tap-sfmc counts: its bookmarks carry ``seq``, which grows by one in every STATE that is safe to resume
from, and cumulative ``counts``. Bookmarks of other taps have no order; they are compared by digest.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGEST_VERSION = "1"

PROGRESS_KEYS = frozenset({"progress_markers", "replication_key_signpost", "starting_replication_value"})
"""What the Singer SDK notes during a sync; it says nothing on where the next one resumes."""

NO_POSITION_KEYS = frozenset({"counts", "seen"})
"""What else a counting tap notes. Of the counts only ``extracted`` is taken into the digest: the others
move in a sync that finds no new rows, which makes no batch that could remember them. Memories of rows
already seen may be merged key by key by Meltano."""


@dataclass(frozen=True)
class Counts:
    """Cumulative counts that a tap carries: ``count = extracted + already_seen``."""

    count: int = 0
    extracted: int = 0
    already_seen: int = 0

    def since(self, earlier: Counts) -> Counts:
        """Return what was added since an earlier point."""
        return Counts(
            count=self.count - earlier.count,
            extracted=self.extracted - earlier.extracted,
            already_seen=self.already_seen - earlier.already_seen,
        )


@dataclass(frozen=True)
class Bookmark:
    """One stream's entry in ``bookmarks``.

    Args:
        value: As the tap wrote it; None where there is none.
        digest: Equal for two bookmarks from which the same rows would be read.
        seq: The tap's counter; None for a tap that does not count, 0 at the root.
        counts: The tap's counts; None for a tap that does not count.
    """

    value: Mapping[str, Any] | None
    digest: str
    seq: int | None
    counts: Counts | None

    @property
    def is_root(self) -> bool:
        """Whether it stands before the first row."""
        return self.digest == ROOT.digest

    @property
    def is_counted(self) -> bool:
        """Whether a tap that counts wrote it."""
        return self.counts is not None and not self.is_root

    def has_moved_since(self, earlier: Bookmark) -> bool:
        """Whether resuming here reads other rows than resuming at the earlier bookmark."""
        return self.digest != earlier.digest


def read(value: object) -> Bookmark:
    """Read a bookmark as it stands in a STATE message."""
    entry = value if isinstance(value, dict) else None
    canonical = _canonical(entry) if entry is not None else None
    if not canonical:
        return Bookmark(entry, _digest(None), 0, Counts())
    seq, counts = _counted(entry or {})
    if counts is not None:
        canonical = {key: item for key, item in canonical.items() if key not in NO_POSITION_KEYS}
        canonical["extracted"] = counts.extracted
    return Bookmark(entry, _digest(canonical), seq, counts)


def comparable(digest: str) -> bool:
    """Whether a digest was made by the same rules as today's."""
    return digest.startswith(f"{DIGEST_VERSION}:")


def _counted(entry: Mapping[str, Any]) -> tuple[int | None, Counts | None]:
    seq, counts = entry.get("seq"), entry.get("counts")
    if not isinstance(seq, int) or isinstance(seq, bool) or not isinstance(counts, dict):
        return None, None
    names = ("count", "extracted", "already_seen")
    return seq, Counts(**{name: int(counts.get(name) or 0) for name in names})


def _canonical(value: Any) -> Any:
    """Drop what is no position, at any depth (partitions are lists of small bookmarks)."""
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items() if key not in PROGRESS_KEYS}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return value


def _digest(canonical: object) -> str:
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return f"{DIGEST_VERSION}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


ROOT = Bookmark(None, _digest(None), 0, Counts())
"""Where a tap stands that never ran."""
