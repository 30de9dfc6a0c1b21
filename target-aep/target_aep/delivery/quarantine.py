"""The quarantine: every row that did not get into the lake, with the reason and its source record.

One JSON Lines file per unit, durable before the unit commits.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from target_aep.delivery.diagnostics import explain_row
from target_aep.delivery.masking import Mask
from target_aep.private_folder import file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO

    from target_aep.columnar.row_mapper import RejectedRow
    from target_aep.dataprep import MappingSet
    from target_aep.private_folder import PrivateFolder

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Quarantine:
    """Where rejected rows of a run go.

    Args:
        folder: The pipeline's folder below ``quarantine_root``.
        run_id: The run.
        mask: Globs of source fields whose values are not kept.
    """

    folder: PrivateFolder
    run_id: str
    mask: Sequence[str] = ()

    def file(self, stream: str, unit: int, mapping: MappingSet | None = None) -> QuarantineFile:
        """Return the file of one unit, whose rows are mapped so; nothing is written before the first row."""
        return QuarantineFile(self, stream, unit, mapping)


class QuarantineFile:
    """The rejected rows of one unit."""

    def __init__(
        self, quarantine: Quarantine, stream: str, unit: int, mapping: MappingSet | None = None
    ) -> None:
        self._mask = Mask(quarantine.mask, mapping)
        self._folder = quarantine.folder / file_name(stream)
        self._name = f"{quarantine.run_id}-{unit:03}.jsonl"
        self._about = {"run_id": quarantine.run_id, "stream": stream, "unit": unit}
        self._stack = ExitStack()
        self._file: BinaryIO | None = None
        self.rows = 0

    @property
    def path(self) -> str:
        """Where it is."""
        return f"{self._folder}/{self._name}"

    def keep(self, rejected: Iterable[RejectedRow]) -> None:
        """Add rows that were rejected here."""
        for row in rejected:
            reasons = [
                {"path": r.path, "rule": r.rule, "value": r.value, "message": r.message} for r in row.reasons
            ]
            self._write("target-aep", _record(row.record), reasons)

    def keep_refused(self, rows: Iterable[dict[str, Any]], batch_id: str) -> int:
        """Add rows that AEP refused, as its diagnostics give them: in XDM form. Return how many."""
        before = self.rows
        for row in rows:
            reasons = [
                {
                    "path": str(error.get("column", "")),
                    "rule": str(error.get("code", "")),
                    "value": None,
                    "message": explain_row(str(error.get("code", "")), str(error.get("message", ""))),
                }
                for error in row.get("_errors") or ()
                if isinstance(error, dict)
            ]
            kept = {name: value for name, value in row.items() if name not in {"_errors", "_filename"}}
            self._write("AEP", kept, reasons, batch_id=batch_id)
        return self.rows - before

    def sync(self) -> None:
        """Make what was written durable; more may follow, in a further part."""
        self._stack.close()
        self._file = None

    def _write(self, by: str, record: Any, reasons: list[dict[str, Any]], **about: Any) -> None:
        if self._file is None:
            self._file = self._stack.enter_context(self._folder.appending(self._name))
        record, reasons = self._mask.hide(record, reasons)
        line = {**self._about, **about, "rejected_by": by, "reasons": reasons, "record": record}
        self._file.write(json.dumps(line, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n")
        self.rows += 1


def sweep(folder: PrivateFolder, days: int) -> None:
    """Delete rows that were rejected more than ``days`` ago. File names begin with the time of their run."""
    oldest = time.strftime("%Y%m%dT%H%M%S", time.gmtime(time.time() - days * SECONDS_PER_DAY))
    for stream in folder.names():
        for name in (folder / stream).names():
            if name < oldest:
                (folder / stream).delete(name)


def _record(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return content.decode("utf-8", "replace")
