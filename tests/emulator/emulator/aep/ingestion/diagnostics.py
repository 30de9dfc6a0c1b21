"""Row errors and input files of a batch, as Data Access serves them (`/export/batches/{id}/meta`)."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

from emulator.aep.ingestion.problems import CORRUPT, TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from emulator.aep.ingestion.problems import RowError
    from emulator.aep.ingestion.rows import FileRows

_SAMPLES = 20


class Diagnostics:
    """Writes the diagnostic files of one batch, when they are asked for, and counts its bad rows anyway."""

    def __init__(self, directory: Path, *, enabled: bool) -> None:
        """Write below `directory`, or nothing."""
        self._directory = directory
        self._enabled = enabled
        self._samples: list[str] = []
        self.failed = 0
        self.by_code: Counter[str] = Counter()
        shutil.rmtree(directory, ignore_errors=True)

    def input_files(self, paths: Iterable[str]) -> None:
        """Record which files the batch was made of."""
        if self._enabled:
            self._append("input_files/fileMetaData1.json", [{"path": path} for path in paths])

    def add(self, part: FileRows) -> None:
        """Record the bad rows of a part of a file."""
        problems = part.errors.by_row()
        self.failed += len(problems)
        for found in problems.values():
            self.by_code.update({each.code for each in found})
        if not self._enabled or not problems:
            return
        files: dict[str, list[dict[str, Any]]] = {}
        for row, found in problems.items():
            name = "parsing_errors_0.json" if found[0].code == CORRUPT else "conversion_errors_0.json"
            original = part.originals.get(row, {})
            files.setdefault(name, []).append(
                {
                    **(original if isinstance(original, dict) else {"_corrupt_record": str(original)}),
                    "_errors": [_described(each) for each in found],
                    "_filename": name,
                }
            )
        for name, lines in files.items():
            self._append(f"row_errors/{name}", lines)
            self._samples += [
                json.dumps(line, default=str) for line in lines[: _SAMPLES - len(self._samples)]
            ]

    def finish(self) -> None:
        """Write the sample of errors."""
        if self._samples:
            self._append("row_error_samples.json", [json.loads(line) for line in self._samples])

    def counted(self) -> list[dict[str, Any]]:
        """Return one error per code with the number of its rows, as a batch's `errors` has them."""
        return [
            {"code": f"INGEST-{code}-400", "description": TEXTS[code], "recordCount": count}
            for code, count in sorted(self.by_code.items())
        ]

    def _append(self, name: str, lines: list[dict[str, Any]]) -> None:
        path = self._directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(line, default=str) + "\n" for line in lines)


def _described(problem: RowError) -> dict[str, str]:
    """The entry of `_errors`; a row that could not be read has no column."""
    told = {"code": problem.code, "message": problem.message}
    return told | {"column": problem.column} if problem.column else told
