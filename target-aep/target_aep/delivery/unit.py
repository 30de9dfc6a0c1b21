"""A unit: the rows of one stream between two commits.

It is open while rows come, *covered* when a STATE has come after its last row, and sealed into exactly
one batch. A unit that is never covered is dropped: its rows will be read again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from target_aep.columnar.pipeline import Pipeline
from target_aep.delivery.books import Books

if TYPE_CHECKING:
    from target_aep.columnar.batch_files import LoanedFile
    from target_aep.columnar.collapse import LastVersions
    from target_aep.columnar.pipeline import Workshop
    from target_aep.columnar.row_mapper import MappedRows
    from target_aep.columnar.spool import Spool
    from target_aep.dataprep import CellWarning
    from target_aep.delivery.bookmark import Bookmark
    from target_aep.delivery.quarantine import QuarantineFile


@dataclass(frozen=True)
class EmptyCells:
    """Cells that a mapping could not fill, and why the first of them; without its value."""

    cells: int
    why: str


def add_empty(counts: dict[str, EmptyCells], destination: str, more: EmptyCells) -> None:
    """Add to the counts by destination."""
    known = counts.get(destination)
    cells = more.cells + (known.cells if known else 0)
    counts[destination] = EmptyCells(cells, known.why if known and known.why else more.why)


def _why(warning: CellWarning | None) -> str:
    if warning is None:
        return ""
    value = "" if warning.value is None else str(warning.value)
    return warning.message.replace(value, "…") if value else warning.message


@dataclass
class Unit:
    """Rows that are being collected.

    Args:
        number: Which unit of the stream in this run, from 1.
        opening: The tap's last bookmark before its first row.
        spool: Where its rows are written.
        quarantine: Where rejected rows are kept.
        workshop: The threads that map.
        versions: Notes keys, where only the last version of each is to be sent.
    """

    number: int
    opening: Bookmark
    spool: Spool
    quarantine: QuarantineFile
    workshop: Workshop
    versions: LastVersions | None = None
    books: Books = field(default_factory=Books)
    batch_files: list[LoanedFile] = field(default_factory=list)
    """BATCH files whose rows are in it; given up when it has landed."""
    closing: Bookmark | None = None
    """The bookmark of the last STATE."""
    covered_rows: int = -1
    """How many rows had come then."""
    reasons: dict[str, int] = field(default_factory=dict)
    """Rejected rows by rule."""
    left_empty: dict[str, EmptyCells] = field(default_factory=dict)
    """Cells that a mapping could not fill, by the mapping's destination."""
    without_identity: dict[str, int] = field(default_factory=dict)
    """Mapped rows that have no identity, by the path of the identity."""
    left: bool = False
    """The tap has gone on to another stream."""

    def __post_init__(self) -> None:
        self.pipeline = Pipeline(self.workshop, self._write)
        self.opened = time.monotonic()

    def drop(self) -> None:
        """Forget the rows; the quarantine stays, since it says what is wrong with them."""
        self.pipeline.drop()
        self.quarantine.sync()
        if self.versions is not None:
            self.versions.close()
        self.spool.delete()

    def collapse(self) -> None:
        """Leave out all but the last version of each key, where that is asked for."""
        if self.versions is None:
            return
        dropped, keep = self.versions.losers()
        if dropped:
            self.spool.keep_only(keep)
            self.books.collapsed += dropped
            self.books.mapped -= dropped

    def _write(self, mapped: MappedRows) -> None:
        self.spool.append(mapped.table)
        if self.versions is not None:
            self.versions.note(mapped.table, mapped.order)
        self.quarantine.keep(mapped.rejected)
        self.books.mapped += mapped.table.num_rows
        self.books.rejected += len(mapped.rejected)
        self.books.warnings += sum(mapped.warning_counts.values())
        for row in mapped.rejected:
            rule = row.reasons[0].rule
            self.reasons[rule] = self.reasons.get(rule, 0) + 1
        for path, rows in mapped.without_identity.items():
            self.without_identity[path] = self.without_identity.get(path, 0) + rows
        for destination, cells in mapped.warning_counts.items():
            first = next((w for w in mapped.warnings if w.destination.startswith(destination)), None)
            add_empty(self.left_empty, destination, EmptyCells(cells, _why(first)))
