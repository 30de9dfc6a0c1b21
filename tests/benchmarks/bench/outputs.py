"""What programs wrote, counted or compared by another process, so that this one stays small."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from bench.measure import RunFailedError
from bench.rows import STANDARD_FIELDS
from bench.servers import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def counted_rows(path: Path) -> int:
    """Rows of a message file, or of the Parquet files in a folder.

    Raises:
        RunFailedError: They cannot be read.
    """
    return _counted("bench.counting", path)


def counted_streams(catalog: Path) -> int:
    """Streams in a catalog, a file that ends with ``.json``.

    Raises:
        RunFailedError: It cannot be read.
    """
    return _counted("bench.counting", catalog)


def checked_rows(path: Path, field_count: int = STANDARD_FIELDS) -> int:
    """The same, if every value of every row is right.

    Raises:
        RunFailedError: A value is not, or the rows cannot be read.
    """
    return _counted("bench.checking", path, field_count)


def _counted(module: str, *arguments: object) -> int:
    argv = [sys.executable, "-m", module, *map(str, arguments)]
    found = subprocess.run(argv, capture_output=True, env={"PYTHONPATH": str(ROOT)}, check=False)
    if found.returncode:
        raise RunFailedError(found.stderr.decode()[-500:])
    return int(found.stdout)
