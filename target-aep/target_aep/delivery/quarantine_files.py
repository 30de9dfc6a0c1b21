"""Reading the quarantine: what was rejected, when and why."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_aep.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from target_aep.private_folder import PrivateFolder

SUFFIX = ".jsonl"
OURS = "target-aep"


@dataclass(frozen=True)
class RejectedFile:
    """The rejected rows of one unit.

    Args:
        id: By which a user names it: folder of the stream, and run with number of the unit.
        folder: Where it is.
        name: Its name there.
    """

    id: str
    folder: PrivateFolder
    name: str

    def rows(self) -> list[dict[str, Any]]:
        """The rows, with ``stream``, ``rejected_by``, ``reasons`` and ``record``; a torn line is left out."""
        rows = []
        for line in (self.folder.read(self.name) or b"").split(b"\n"):
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict):
                rows.append(row)
        return rows

    def keep_only(self, rows: Sequence[dict[str, Any]]) -> None:
        """Forget the other rows; the file goes with the last one."""
        if not rows:
            self.folder.delete(self.name)
            return
        lines = (json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") for row in rows)
        self.folder.write(self.name, b"\n".join([*lines, b""]))

    def summary(self) -> dict[str, Any]:
        """Counts of the file, as JSON."""
        rows = self.rows()
        reasons = Counter(in_words(reason) for row in rows for reason in row["reasons"])
        return {
            "id": self.id,
            "stream": rows[0]["stream"] if rows else "",
            "run_id": rows[0]["run_id"] if rows else "",
            "rows": len(rows),
            "rejected_by": sorted({row["rejected_by"] for row in rows}),
            "reasons": dict(reasons.most_common()),
            "path": f"{self.folder}/{self.name}",
        }


def files(folder: PrivateFolder) -> Iterator[RejectedFile]:
    """Iterate over a pipeline's files, by stream and then by time."""
    for stream in folder.names():
        for name in (folder / stream).names():
            if name.endswith(SUFFIX):
                yield RejectedFile(f"{stream}/{name.removesuffix(SUFFIX)}", folder / stream, name)


def find(folder: PrivateFolder, wanted: str) -> RejectedFile:
    """Return the file that a user names, by its id or the part of it after the stream.

    Raises:
        ConfigurationError: There is none, or several.
    """
    found = [file for file in files(folder) if wanted in {file.id, file.id.partition("/")[2]}]
    if len(found) == 1:
        return found[0]
    what = f"{wanted!r} is no id in the quarantine." if not found else f"{wanted!r} is of several streams."
    raise ConfigurationError(what, remedy="`target-aep quarantine list` shows the ids.")


def in_words(reason: dict[str, Any]) -> str:
    """Where and why a row was rejected, without its value."""
    return f"{reason['path'] or 'the row'}: {reason['message'] or reason['rule']}"
