"""BATCH messages: the files they name become rows of streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from target_aep.columnar.batch_files import BatchFiles
from target_aep.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from target_aep.columnar.singer_schema import SourceSchema
    from target_aep.delivery.stream import StreamDelivery

PARQUET, JSON_LINES = "parquet", "jsonl"


class BatchInput:
    """Reads BATCH files and sees that they are deleted once their rows have landed.

    Args:
        roots: Folders or URLs below which they may lie.
    """

    def __init__(self, roots: Sequence[str]) -> None:
        self._files = BatchFiles(roots)

    def take(self, stream: StreamDelivery, file_format: str, compression: str | None, url: str) -> None:
        """Hand a file's rows over to a stream, as they are.

        Raises:
            ConfigurationError: The format is unknown, or the file lies outside the allowed roots.
            DataError: The file is not what the message says.
        """
        if file_format == PARQUET:
            for table in self._files.tables(url, stream.mapper.source, stream.mapper.moments):
                stream.take_table(table)
        else:
            for block in self._blocks(file_format, compression, url):
                stream.take_block(block)
        self.loan(url, [stream])

    def records(
        self, file_format: str, compression: str | None, url: str, schema: SourceSchema
    ) -> Iterator[dict[str, Any]]:
        """Iterate over a file's rows as records, for what works record by record.

        Raises:
            TargetError: As :meth:`take` does.
        """
        if file_format == PARQUET:
            for table in self._files.tables(url, schema):
                yield from table.to_pylist()
        else:
            for block in self._blocks(file_format, compression, url):
                yield from map(msgspec.json.decode, block)

    def loan(self, url: str, streams: Sequence[StreamDelivery]) -> None:
        """Delete a file when the units that its rows went to have landed."""
        units = [unit for stream in streams if (unit := stream.open_if_rows()) is not None]
        file = self._files.loan(url, len(units))
        for unit in units:
            unit.batch_files.append(file)

    def _blocks(self, file_format: str, compression: str | None, url: str) -> Iterator[list[bytes]]:
        if file_format != JSON_LINES:
            what = f"BATCH files of format {file_format!r} cannot be read."
            raise ConfigurationError(what, remedy="Set the tap's batch_config to parquet or jsonl.")
        return self._files.blocks(url, compression)
