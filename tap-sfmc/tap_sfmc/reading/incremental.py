"""Which rows of an incremental stream are new, and how far the bookmark may go.

The wire drops fractions of seconds, and rows arrive late, so a run reads back behind its bookmark
(``>=`` and an overlap) and leaves out what the last run emitted there, known by its digest.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from tap_sfmc.errors import ConfigurationError, DataError
from tap_sfmc.reading.bookmark import KeyValue, Seen
from tap_sfmc.reading.digest import digests
from tap_sfmc.settings import NullKeys
from tap_sfmc.values.clock import parse_utc, utc_text
from tap_sfmc.values.field_types import Kind, field_type

if TYPE_CHECKING:
    from datetime import tzinfo

    from tap_sfmc.data_extensions import Field
    from tap_sfmc.reading.bookmark import Bookmark
    from tap_sfmc.settings import Settings

_logger = logging.getLogger("tap-sfmc.incremental")
_FIRST_DATE = int(datetime(1753, 1, 2, tzinfo=timezone.utc).timestamp())
"""A Date is stored as SQL Server's datetime, which has none before 1753, and refuses to compare with one."""


@dataclass(frozen=True)
class ReplicationKey:
    """A field that orders rows by change: a Date or a whole number.

    Its values are integers here: of a Date, the seconds since 1970 in UTC.
    """

    field: Field
    zone: tzinfo

    @property
    def name(self) -> str:
        """The field's name."""
        return self.field.name

    @property
    def is_date(self) -> bool:
        """Whether it is a Date."""
        return field_type(self.field).kind is Kind.DATE_TIME

    @property
    def greatest(self) -> int:
        """No value is greater."""
        return 2**31 - 1 if self.field.type.lower() == "number" else 2**63 - 1

    def parse(self, value: KeyValue) -> int:
        """From a state.

        Raises:
            ConfigurationError: The value is of another type.
        """
        try:
            return int(parse_utc(str(value)).timestamp()) if self.is_date else int(value)
        except (ValueError, OverflowError):
            message = f"The state has {value!r} for {self.name}, which is no value of a {self.field.type}."
            raise ConfigurationError(message, remedy="Correct the state, or start without one.") from None

    def show(self, value: int) -> KeyValue:
        """For a state."""
        return utc_text(_moment(value)) if self.is_date else value

    def literal(self, value: int) -> str:
        """As the servers read it: a Date as a reading of the stored clock."""
        if not self.is_date:
            return str(value)
        return _moment(max(value, _FIRST_DATE)).astimezone(self.zone).strftime("%Y-%m-%dT%H:%M:%S")

    def column(self, batch: pa.RecordBatch) -> pa.Array:
        """The key's values in a batch, as 64-bit integers."""
        return pc.cast(batch.column(self.name), pa.int64())


@dataclass
class Cursor:
    """One run's way through an incremental stream.

    Args:
        key: The replication key.
        start: The bookmark's value; ``None`` to read everything.
        seen: What the last run emitted near it.
        overlap: How far to read back behind it; only for dates.
        limit: How many digests to remember.
        nulls: What to do with rows whose key is null.

    Attributes:
        clock: The server's clock when the first reading began; no bookmark passes it.
        ceiling: The greatest number then, where the key is one; it serves as the clock.
        maximum: The greatest key so far.
        below: Rows of this reading below the bound that was asked for: the server does not filter.
        without_key: Rows of this reading whose key is null.
        disordered: The keys of this reading came in another order than ascending.
        at_maximum: Rows of this reading with its greatest key so far.
    """

    key: ReplicationKey
    start: int | None = None
    seen: Seen | None = None
    overlap: timedelta = timedelta(0)
    limit: int = 10_000
    nulls: NullKeys = NullKeys.EMIT
    clock: datetime | None = None
    ceiling: int | None = None
    maximum: int | None = None
    below: int = 0
    without_key: int = 0
    disordered: bool = False
    at_maximum: int = 0
    _highest: int | None = None
    _window: list[tuple[int, bytes]] = field(default_factory=list)

    @classmethod
    def from_bookmark(cls, key: ReplicationKey, before: Bookmark, settings: Settings) -> Cursor:
        """Go on where a bookmark says, unless it is another key's, or a full refresh is due."""
        start, seen = None, None
        if before.replication_key == key.name and before.value is not None:
            start, seen = key.parse(before.value), before.seen
        elif settings.start_date is not None and key.is_date:
            start = int(settings.start_date.timestamp())
        if start is not None and settings.full_refresh_every is not None and before.full_read:
            age = datetime.now(timezone.utc) - parse_utc(before.full_read)
            if age >= settings.full_refresh_every:
                start, seen = None, None
        return cls(
            key,
            start,
            seen,
            overlap=settings.overlap,
            limit=settings.dedupe_limit,
            nulls=settings.null_replication_keys,
        )

    def bookmark(self) -> dict[str, Any]:
        """What the next bookmark says of the replication key."""
        position = self.position()
        return {
            "replication_key": self.key.name,
            "value": None if position is None else self.key.show(position),
            "seen": self.remembered(),
        }

    def begin(self, server_time: datetime | None) -> None:
        """A reading starts: what is counted per reading starts again."""
        self.clock = self.clock or server_time
        self.below = self.without_key = self.at_maximum = 0
        self.disordered = False
        self._highest = None

    @property
    def lower(self) -> int | None:
        """Rows from here on are read; ``None`` for all."""
        return None if self.start is None else self.start - self._reach

    def take(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of a batch that are to be emitted.

        Raises:
            DataError: A row has no key, and that is not to be.
        """
        if not batch.num_rows:
            return batch
        keys = self.key.column(batch)
        self._observe_order(keys)
        below, known = self._below(keys), self._emitted_before(batch, keys)
        drop = pc.or_(pc.or_(below, known), self._without_key(keys))
        fresh = batch if not pc.any(drop).as_py() else batch.filter(pc.invert(drop))
        self._remember(batch.filter(pc.invert(below)))
        return fresh

    def position(self) -> int | None:
        """How far the bookmark may go: to the greatest key, but not past what there was at the start.

        A row that changed after its page was read may have any later key, while a page that was read
        after that brings a greater one.
        """
        if self.maximum is None:
            return self.start
        position = self.maximum
        if self.key.is_date:
            position = min(position, int((self.clock or datetime.now(timezone.utc)).timestamp()))
        elif self.ceiling is not None:
            position = min(position, self.ceiling)
        return position if self.start is None else max(position, self.start)

    def remembered(self) -> Seen | None:
        """The digests of the rows that a run from ``position`` would read again."""
        self._prune(self.limit)
        if not self._window:
            return None
        return Seen(self.key.show(max(self._window)[0]), frozenset(digest for _, digest in self._window))

    @property
    def _reach(self) -> int:
        return int(self.overlap.total_seconds()) if self.key.is_date else 0

    def _below(self, keys: pa.Array) -> pa.Array:
        if self.lower is None:
            return _none(keys)
        below = pc.fill_null(pc.less(keys, self.lower), fill_value=False)
        self.below += pc.sum(below).as_py()
        return below

    def _without_key(self, keys: pa.Array) -> pa.Array:
        """Which rows have no key and are not wanted."""
        self.without_key += keys.null_count
        if keys.null_count and self.nulls is NullKeys.FAIL:
            message = f"{keys.null_count} rows have no {self.key.name}."
            raise DataError(message, remedy="null_replication_keys says what to do with such rows.")
        return pc.is_null(keys) if self.nulls is NullKeys.SKIP else _none(keys)

    def _emitted_before(self, batch: pa.RecordBatch, keys: pa.Array) -> pa.Array:
        if self.seen is None:
            return _none(keys)
        near = pc.indices_nonzero(
            pc.fill_null(pc.less_equal(keys, self.key.parse(self.seen.until)), fill_value=False)
        )
        known = {
            place
            for place, digest in zip(near.to_pylist(), digests(batch.take(near)), strict=True)
            if digest in self.seen.digests
        }
        return pa.array([place in known for place in range(len(keys))], pa.bool_())

    def _observe_order(self, keys: pa.Array) -> None:
        lowest, highest = pc.min(keys).as_py(), pc.max(keys).as_py()
        if highest is None:
            return
        steps = pc.less(keys[1:], keys[:-1])
        if pc.any(steps).as_py() or (self._highest is not None and lowest < self._highest):
            self.disordered = True
        if self._highest is None or highest > self._highest:
            self._highest, self.at_maximum = highest, 0
        self.at_maximum += pc.sum(pc.equal(keys, self._highest)).as_py() or 0
        self.maximum = highest if self.maximum is None else max(self.maximum, highest)

    def _remember(self, batch: pa.RecordBatch) -> None:
        keys = self.key.column(batch)
        near = pc.indices_nonzero(pc.fill_null(pc.greater_equal(keys, self._cutoff()), fill_value=False))
        self._window += zip(keys.take(near).to_pylist(), digests(batch.take(near)), strict=True)
        if len(self._window) > 4 * self.limit:
            self._prune(2 * self.limit)

    def _prune(self, size: int) -> None:
        """Forget rows that the next run will not read, and beyond the limit the oldest."""
        cutoff = self._cutoff()
        self._window = sorted({item for item in self._window if item[0] >= cutoff})
        if len(self._window) > self.limit:
            _logger.info(
                "More than %d rows lie in the overlap of %s; the next run emits some again.",
                self.limit,
                self.key.name,
            )
        self._window = self._window[max(0, len(self._window) - size) :]

    def _cutoff(self) -> int:
        position = self.position()
        return -(2**63) if position is None else position - self._reach


def _none(keys: pa.Array) -> pa.Array:
    """A mask that fits no row."""
    return pa.repeat(pa.scalar(value=False), len(keys))


def _moment(seconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
