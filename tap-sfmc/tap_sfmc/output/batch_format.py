"""How BATCH files are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_sfmc.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMPRESSION = {"parquet": ("snappy", "zstd", "gzip", "none"), "jsonl": ("gzip", "none")}
"""What each format can be compressed with; the first is the default."""


@dataclass(frozen=True)
class BatchFormat:
    """How files are written, and for how many rows.

    Attributes:
        format: ``parquet`` or ``jsonl``.
        compression: See ``batch_config``.
        rows: Rows per file.
    """

    format: str
    compression: str
    rows: int

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> BatchFormat:
        """Read ``batch_config``.

        Raises:
            ConfigurationError: Format and compression do not go together.
        """
        encoding = config.get("encoding") or {}
        name = encoding.get("format") or "parquet"
        possible = _COMPRESSION[name]
        compression = encoding.get("compression") or possible[0]
        if compression not in possible:
            message = f"batch_config: {name} files cannot be compressed with {compression}."
            raise ConfigurationError(message, remedy=f"Choose one of {', '.join(possible)}.")
        return cls(name, compression, config.get("batch_size") or 250_000)
