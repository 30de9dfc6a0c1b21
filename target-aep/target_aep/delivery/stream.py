"""One stream on its way into its dataset: collects rows, opens and closes units."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from target_aep.columnar import records, singer_schema
from target_aep.columnar.collapse import LastVersions
from target_aep.columnar.row_mapper import RowMapper
from target_aep.columnar.spool import Spool
from target_aep.delivery import load_methods
from target_aep.delivery.books import Books
from target_aep.delivery.load_methods import LoadMethod
from target_aep.delivery.unit import EmptyCells, Unit
from target_aep.provision import guardrails

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import msgspec
    import pyarrow as pa

    from target_aep.columnar.pipeline import Workshop
    from target_aep.delivery.bookmark import Bookmark
    from target_aep.delivery.commit import Landed
    from target_aep.delivery.quarantine import Quarantine
    from target_aep.delivery.recovery import Recovered
    from target_aep.delivery.run_folder import RunFolder
    from target_aep.delivery.tags import BatchTags
    from target_aep.delivery.timeline import OwnBatch, Start
    from target_aep.errors import TargetError
    from target_aep.provision.prepare import Destination

logger = logging.getLogger(__name__)

BLOCK_ROWS = 16_384
BLOCK_BYTES = 4 * 1024 * 1024
"""A few blocks are under way at once. Of twice the size they take 4 % less CPU, and memory would grow by
70 MB from a run that has but one to a run that has many; by 25 MB like this."""


class StreamDelivery:
    """The rows of one stream in one run.

    Args:
        name: The stream as it is loaded; a stream map may have renamed it.
        source: The tap's stream that it comes from, by which the state knows it.
        folder: Where units are spooled.
        quarantine: Where rejected rows go.
        workshop: The threads that map.
        file_bytes: Aimed size of files.
        on_open: Called when a unit opens; returns the tap's last bookmark.
        check_records: Whether the stream's JSON Schema is enforced beyond types.
    """

    def __init__(
        self,
        name: str,
        source: str,
        *,
        folder: RunFolder,
        quarantine: Quarantine,
        workshop: Workshop,
        file_bytes: int,
        on_open: Callable[[StreamDelivery], Bookmark],
        check_records: bool = True,
    ) -> None:
        self.name = name
        self.source = source
        self._folder = folder
        self._quarantine = quarantine
        self._workshop = workshop
        self._file_bytes = file_bytes
        self._on_open = on_open
        self._check_records = check_records
        self._block: list[msgspec.Raw | bytes] = []
        self._block_bytes = 0
        self._mapper: RowMapper | None = None
        self._unknown: set[str] = set()
        self.omitted: frozenset[str] = frozenset()
        """Fields that are left out on purpose."""
        self._units = 0
        self.unit: Unit | None = None
        self.destination: Destination | None = None
        self.start: Start | None = None
        self.recovered: Recovered | None = None
        self.predecessors: tuple[OwnBatch, ...] = ()
        """Batches that the next batch replaces, or that are reverted when none comes."""
        self.replaceable: tuple[OwnBatch, ...] = ()
        """Former batches in the lake, all of which an overwriting batch replaces."""
        self.full_table = False
        self.is_read_whole = False
        """The tap reads the whole table, and it is to be one batch."""
        self.versions_activated = 0
        self.error: TargetError | None = None
        self.ignored = 0
        """Rows that came after the stream had failed."""
        self.books = Books()
        self.landed: list[Landed] = []
        self.files = 0
        self.bytes = 0
        self.notes: list[str] = []
        self.without_identity: dict[str, int] = {}
        self.left_empty: dict[str, EmptyCells] = {}

    # -- the stream's schema -----------------------------------------------------------------------

    def describe(
        self,
        destination: Destination,
        schema: dict[str, Any],
        keys: Sequence[str],
        replication_keys: Sequence[str],
    ) -> None:
        """Take a SCHEMA message. Rows that came before it keep the former one."""
        self.flush()
        self.destination = destination
        self.full_table = not replication_keys
        profile = destination.profile_enabled
        self._mapper = RowMapper(
            singer_schema.read(schema, tuple(keys)),
            destination.mapping,
            destination.schema,
            check_records=self._check_records,
            order_by=replication_keys[0] if replication_keys else None,
            largest_row=guardrails.largest_row(destination.behaviour) if profile else None,
            identities=[identity.path for identity in destination.identities],
        )
        for warning in destination.warnings:
            self.note(warning)
        self.notes += [note for note in destination.notes if note not in self.notes]

    def note(self, text: str) -> None:
        """Keep a sentence for the report, and log it, once."""
        if text not in self.notes:
            self.notes.append(text)
            logger.warning("%s: %s", self.name, text)

    def activate_version(self) -> None:
        """The tap has read the whole table: overwrite, unless another load method is asked for."""
        self.versions_activated += 1
        method = self.destination.load_method if self.destination is not None else None
        if method not in {None, LoadMethod.OVERWRITE.value}:
            self.note(f"ACTIVATE_VERSION came and changes nothing, since load_method is {method}")

    def count_identities(self, without: Mapping[str, int]) -> None:
        """Add to the counts of mapped rows that have no identity, by the path of the identity."""
        for path, rows in without.items():
            self.without_identity[path] = self.without_identity.get(path, 0) + rows

    # -- rows ----------------------------------------------------------------------------------------

    def take(self, record: msgspec.Raw | bytes) -> None:
        """Take a record, the JSON of an object. After the stream has failed it is only counted."""
        if self.error is not None:
            self.ignored += 1
            return
        self._block.append(record)
        self._block_bytes += memoryview(record).nbytes
        if len(self._block) >= BLOCK_ROWS or self._block_bytes >= BLOCK_BYTES:
            self.flush()

    def take_block(self, block: list[bytes]) -> None:
        """Take records from a file."""
        self.flush()
        self._open_unit().books.received += len(block)
        self._submit_block(block)

    def take_table(self, table: pa.Table) -> None:
        """Take rows that are a table with the source's columns already."""
        self.flush()
        unit = self._open_unit()
        unit.books.received += table.num_rows
        unit.pipeline.submit(partial(self.mapper.map_table, table))

    def take_filtered(self) -> None:
        """Count a record that a stream map left out."""
        if self.error is not None:
            self.ignored += 1
            return
        self.flush()
        books = self._open_unit().books
        books.received += 1
        books.filtered += 1

    def flush(self) -> None:
        """Hand the collected records over to the mappers."""
        if not self._block:
            return
        block, self._block, self._block_bytes = self._block, [], 0
        self._open_unit().books.received += len(block)
        self._submit_block(block)

    @property
    def received(self) -> int:
        """Rows of the open unit, collected ones included."""
        return len(self._block) + (self.unit.books.received if self.unit is not None else 0)

    @property
    def guarantee(self) -> str:
        """What can be promised of the rows in the lake."""
        marks = [landed.entry.tags for landed in self.landed if landed.entry is not None]
        known = self.start is not None and self.start.known
        if all(_is_counted(tags) or (known and tags.closing != tags.opening) for tags in marks):
            return "exactly once in the data lake"
        return "at least once in the data lake: the tap does not say where it starts"

    @property
    def to_take_back(self) -> tuple[OwnBatch, ...]:
        """Batches to revert when the stream has no rows to load."""
        if self.is_read_whole and self.destination is not None:
            return self.replaceable if self.destination.settings.allow_empty_overwrite else ()
        return self.predecessors

    @property
    def mapper(self) -> RowMapper:
        """The mapper of the current SCHEMA message."""
        assert self._mapper is not None, "no SCHEMA yet"  # noqa: S101 - the target sees to it
        return self._mapper

    def _submit_block(self, block: Sequence[msgspec.Raw | bytes]) -> None:
        unknown = records.unknown_fields(block[0], self.mapper.source) - self._unknown - self.omitted
        if unknown:
            self._unknown |= unknown
            self.note(
                f"fields that the stream's schema does not have are left out: {', '.join(sorted(unknown))}"
            )
        self._open_unit().pipeline.submit(partial(self.mapper.map_records, block))

    # -- units ---------------------------------------------------------------------------------------

    def open_if_rows(self) -> Unit | None:
        """Return the open unit; one is opened when rows are collected."""
        return self._open_unit() if self._block else self.unit

    @property
    def is_covered(self) -> bool:
        """Whether a STATE has come after the open unit's last row."""
        return self.unit is not None and self.unit.covered_rows == self.received

    def cover(self, bookmark: Bookmark) -> None:
        """A STATE has come: it covers all rows so far."""
        if self.unit is not None:
            self.unit.closing = bookmark
            self.unit.covered_rows = self.received

    def forget_cover(self) -> None:
        """Close a unit that no STATE covers, as a dry run may: a tap that was told to stop early has none."""
        self._open_unit().closing = None

    def take_unit(self) -> Unit:
        """Hand the open unit over; the next row opens another."""
        self.flush()
        unit, self.unit = self._open_unit(), None
        return unit

    def drop(self) -> None:
        """Forget rows that were not handed over."""
        self._block, self._block_bytes = [], 0
        unit, self.unit = self.unit, None
        if unit is not None:
            unit.drop()

    def _open_unit(self) -> Unit:
        if self.unit is None:
            self._units += 1
            folder = self._folder.unit_spool(self.name, self._units)
            keys = load_methods.collapse_keys(self.destination) if self.destination is not None else ()
            self.unit = Unit(
                number=self._units,
                opening=self._on_open(self),
                spool=Spool(folder, self._file_bytes),
                quarantine=self._quarantine.file(
                    self.name, self._units, self.destination.mapping if self.destination else None
                ),
                workshop=self._workshop,
                versions=LastVersions(folder / "keys", keys) if keys else None,
            )
        return self.unit


def _is_counted(tags: BatchTags) -> bool:
    return tags.seq is not None and tags.seq > (tags.from_seq or 0)
