"""The quarantine: every row that did not get into the lake, with the reason and its source record.

One JSON Lines file per unit, durable before the unit commits.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import msgspec

from target_aep.delivery.diagnostics import explain_row
from target_aep.private_folder import file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO

    from target_aep.columnar.row_mapper import RejectedRow
    from target_aep.private_folder import PrivateFolder

MASK = "***"
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

    def file(self, stream: str, unit: int) -> QuarantineFile:
        """Return the file of one unit; nothing is written before the first row."""
        return QuarantineFile(self, stream, unit)


class QuarantineFile:
    """The rejected rows of one unit."""

    def __init__(self, quarantine: Quarantine, stream: str, unit: int) -> None:
        self._quarantine = quarantine
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
        record, reasons = _masked(record, reasons, self._quarantine.mask)
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


def _masked(
    record: Any, reasons: list[dict[str, Any]], globs: Sequence[str]
) -> tuple[Any, list[dict[str, Any]]]:
    """Hide the values of masked fields, also where a reason quotes one from the mapped row."""
    if not globs:
        return record, reasons
    if not isinstance(record, dict):
        return MASK, [{**reason, "value": MASK} for reason in reasons]
    hidden = {name for name in record if any(fnmatchcase(name, glob) for glob in globs)}
    values = [record[name] for name in hidden if record[name] is not None]
    quoted = [
        {**reason, "value": MASK} if reason["path"] in hidden or _quotes(reason["value"], values) else reason
        for reason in reasons
    ]
    return {name: MASK if name in hidden else value for name, value in record.items()}, quoted


def _quotes(value: Any, hidden: list[Any]) -> bool:
    return value is not None and any(str(each).lower() in str(value).lower() for each in hidden)
