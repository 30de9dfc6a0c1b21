"""The books: every row that came in is accounted for, or the run fails.

    received = mapped + rejected + collapsed + filtered
    mapped   = sent
    sent     = landed + failed            landed is AEP's outputRecordCount, never a number of ours
    extracted = received                  with a tap that counts
    extracted + already seen = count      as the source itself counted

Rows that a new batch replaced are listed apart: they are rows of former runs.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_aep.delivery.bookmark import Counts


@dataclass
class Books:
    """Counts of rows of one unit, or of one stream over a run.

    Args:
        received: RECORD messages, and rows of BATCH files.
        filtered: Left out by a stream map.
        rejected: In the quarantine, each with a reason.
        collapsed: Older versions of a key that a newer one in the same unit supersedes.
        mapped: Turned into valid XDM rows.
        sent: In files that were uploaded, as AEP counted them.
        landed: In the data lake, as AEP counts them.
        failed: Refused by AEP, in the quarantine.
        replaced: Rows of former batches that were taken out of the lake.
        warnings: Cells that a mapping could not fill and left empty.
    """

    received: int = 0
    filtered: int = 0
    rejected: int = 0
    collapsed: int = 0
    mapped: int = 0
    sent: int = 0
    landed: int = 0
    failed: int = 0
    replaced: int = 0
    warnings: int = 0

    def add(self, other: Books) -> None:
        """Add another's counts to these."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def before_sending(self) -> Iterator[str]:
        """Name each equation that does not hold before anything is sent, with its figures."""
        out = self.mapped + self.rejected + self.collapsed + self.filtered
        if self.received != out:
            yield (
                f"{self.received} rows received, but {out} accounted for ({self.mapped} mapped, "
                f"{self.rejected} rejected, {self.collapsed} collapsed, {self.filtered} filtered)"
            )

    def after_landing(self) -> Iterator[str]:
        """Name each equation that does not hold once AEP has counted, with its figures."""
        if self.mapped != self.sent:
            yield f"{self.mapped} rows mapped, but AEP received {self.sent}"
        if self.sent != self.landed + self.failed:
            yield f"{self.sent} rows sent, but {self.landed} landed and {self.failed} failed"


def tap_imbalances(counts: Counts, received: int) -> Iterator[str]:
    """Compare what the tap counted between two of its bookmarks with what arrived here."""
    if counts.extracted != received:
        yield f"the tap extracted {counts.extracted} rows, but {received} were received"
    if counts.extracted + counts.already_seen != counts.count:
        yield (
            f"the source counted {counts.count} rows, but the tap extracted {counts.extracted} and had "
            f"already seen {counts.already_seen}"
        )
