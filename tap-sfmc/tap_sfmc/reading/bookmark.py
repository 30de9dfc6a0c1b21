"""What a stream remembers from run to run: its part of the state.

``seq`` goes up by one with every bookmark that is safe to resume from, so that a target can tell
whether what it holds is older or newer than a state it is given.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tap_sfmc.errors import ConfigurationError
from tap_sfmc.reading.digest import SIZE
from tap_sfmc.values.clock import parse_utc

if TYPE_CHECKING:
    from collections.abc import Mapping

KeyValue = str | int
"""A replication key's value in a state: RFC 3339 in UTC, or an integer."""


@dataclass(frozen=True)
class Counts:
    """Rows over all runs. ``extracted + already_seen = count``, always.

    Attributes:
        count: Rows that the server said match.
        extracted: Rows that were emitted.
        already_seen: Rows that were read and not emitted, since an earlier run had emitted them.
    """

    count: int = 0
    extracted: int = 0
    already_seen: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.count + other.count, self.extracted + other.extracted, self.already_seen + other.already_seen
        )


@dataclass(frozen=True)
class Seen:
    """Digests of the rows in the overlap, which the next run reads again.

    Attributes:
        until: The greatest replication key among them.
        digests: One for each row.
    """

    until: KeyValue
    digests: frozenset[bytes] = frozenset()


@dataclass(frozen=True)
class Bookmark:
    """A stream's bookmark.

    Attributes:
        customer_key: Says which data extension it is, whatever its stream is called.
        account_id: The business unit; empty for the package's own.
        seq: Number of bookmarks so far.
        replication_key: Field that the value belongs to; empty for a full table.
        value: Everything up to here was emitted.
        seen: What was emitted near there.
        counts: The books.
        full_read: When the stream was last read whole, RFC 3339.
    """

    customer_key: str
    account_id: str = ""
    seq: int = 0
    replication_key: str = ""
    value: KeyValue | None = None
    seen: Seen | None = None
    counts: Counts = field(default_factory=Counts)
    full_read: str = ""

    def advanced(self, **changes: Any) -> Bookmark:
        """The next bookmark."""
        return replace(self, seq=self.seq + 1, **changes)

    def to_state(self) -> dict[str, Any]:
        """As it stands in the state."""
        state: dict[str, Any] = {"customer_key": self.customer_key, "seq": self.seq}
        if self.account_id:
            state["account_id"] = self.account_id
        if self.replication_key and self.value is not None:
            state["replication_key"] = self.replication_key
            state["replication_key_value"] = self.value
        if self.seen is not None and self.seen.digests:
            joined = b"".join(sorted(self.seen.digests))
            state["seen"] = {"until": self.seen.until, "digests": b64encode(joined).decode()}
        if self.full_read:
            state["full_read"] = self.full_read
        state["counts"] = {
            "count": self.counts.count,
            "extracted": self.counts.extracted,
            "already_seen": self.counts.already_seen,
        }
        return state

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Bookmark:
        """As read from a state, which another tool or an older version may have written.

        Raises:
            ConfigurationError: It is no bookmark.
        """
        try:
            return cls._from_state(state)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            message = "The state has a bookmark that cannot be read."
            raise ConfigurationError(message, remedy="Correct the state, or start without one.") from None

    @classmethod
    def _from_state(cls, state: Mapping[str, Any]) -> Bookmark:
        seen, counts = state.get("seen") or {}, state.get("counts") or {}
        joined = b64decode(seen.get("digests", ""))
        full_read = state.get("full_read") or ""
        if full_read:
            parse_utc(full_read)
        return cls(
            customer_key=str(state.get("customer_key", "")),
            account_id=str(state.get("account_id", "")),
            seq=int(state.get("seq", 0)),
            replication_key=state.get("replication_key") or "",
            value=state.get("replication_key_value"),
            seen=Seen(seen["until"], frozenset(joined[i : i + SIZE] for i in range(0, len(joined), SIZE)))
            if joined
            else None,
            counts=Counts(
                **{name: int(counts.get(name, 0)) for name in ("count", "extracted", "already_seen")}
            ),
            full_read=full_read,
        )


def adopt_renamed(bookmarks: dict[str, Any], identities: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Give bookmarks of renamed streams to the streams that now stand for the same data extension.

    Args:
        bookmarks: By stream name; changed in place.
        identities: Account ID and CustomerKey by stream name, of the streams there are.

    Returns:
        Old name by new name.
    """
    by_identity = {
        (str(state.get("account_id", "")), state["customer_key"]): name
        for name, state in bookmarks.items()
        if isinstance(state, dict) and state.get("customer_key")
    }
    renamed = {}
    for name, identity in identities.items():
        old = by_identity.get(identity)
        if old is not None and old != name and identities.get(old) != identity:
            renamed[name] = old
    moved = {name: bookmarks.pop(old) for name, old in renamed.items()}
    bookmarks.update(moved)
    return renamed
