"""Rows as files: Parquet, or JSON lines, on this machine or in an object store.

Files lie below ``{root}/{run}/``, readable by their owner only. Whoever loads them deletes them;
runs whose files nobody loaded are swept after a day.
"""

from __future__ import annotations

import gzip
import logging
import os
import secrets
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, cast

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from tap_sfmc.errors import ConfigurationError
from tap_sfmc.output.lines import json_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_sfmc.output.batch_format import BatchFormat


_logger = logging.getLogger("tap-sfmc.batch")
_RUN = "%Y%m%dT%H%M%SZ"
_KEEP = timedelta(days=1)
_ROW_GROUP_ROWS = 65_536
_ROW_GROUP_BYTES = 24 * 1024 * 1024


@dataclass(frozen=True)
class BatchFile:
    """A file that is complete.

    Attributes:
        url: Where it is.
        rows: How many rows it has.
    """

    url: str
    rows: int


class BatchFolder:
    """The files of one run.

    Args:
        root: Directory or URL.
        prefix: In front of each file's name.
        parameters: For the file system.

    Raises:
        ConfigurationError: There is no such place, or nothing can be written there.
    """

    def __init__(self, root: str, prefix: str = "", parameters: Mapping[str, Any] | None = None) -> None:
        self._prefix = prefix
        try:
            self._files, self._root = fsspec.core.url_to_fs(root, **(parameters or {}))
            self._local = "file" in _protocols(self._files)
            self._run = f"{datetime.now(timezone.utc).strftime(_RUN)}-{secrets.token_hex(4)}"
            self._require_writable()
        except (OSError, ValueError, ImportError, TypeError) as error:
            message = f"batch_config: files cannot be written to {root!r} ({error})."
            raise ConfigurationError(message, remedy="Correct storage.root or storage.params.") from None
        self._count = 0
        self._sweep()

    def create(self, name: str) -> tuple[IO[bytes], str, str]:
        """Open a new file; give it, its URL and its path."""
        self._count += 1
        path = f"{self._root.rstrip('/')}/{self._run}/{self._prefix}{self._count:05d}-{name}"
        if not self._local:
            return self._files.open(path, "wb"), self._files.unstrip_protocol(path), path
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        return os.fdopen(descriptor, "wb"), Path(path).absolute().as_uri(), path

    def delete(self, path: str) -> None:
        """Delete a file of this run."""
        with suppress(OSError):
            self._files.rm_file(path)

    def _require_writable(self) -> None:
        if self._local:
            Path(self._root).mkdir(mode=0o700, parents=True, exist_ok=True)
        else:
            # Only writing tells whether there is a bucket, and whether it may be written.
            path = f"{self._root.rstrip('/')}/{self._run}/writable"
            self._files.pipe_file(path, b"")
            self._files.rm_file(path)

    def _sweep(self) -> None:
        """Delete the folders of runs that began more than a day ago: nobody will load them."""
        try:
            folders = self._files.ls(self._root, detail=False)
        except (OSError, ValueError):
            return
        for folder in folders:
            name = folder.rstrip("/").rsplit("/", 1)[-1]
            if _age(name) > _KEEP:
                _logger.info("Deleting %s, which no target has taken.", folder)
                self._files.rm(folder, recursive=True)


class BatchWriter:
    """Writes a stream's rows to one file after the other."""

    def __init__(self, folder: BatchFolder, stream: str, form: BatchFormat) -> None:
        self._folder = folder
        self._stream = stream
        self._form = form
        self._file: _File | None = None
        self._url = self._path = ""
        self._rows = 0

    @property
    def rows(self) -> int:
        """Rows in the file that is being written."""
        return self._rows

    @property
    def full(self) -> bool:
        """Whether the file has as many rows as it should."""
        return self._rows >= self._form.rows

    def write(self, rows: pa.RecordBatch) -> None:
        """Add rows to the file."""
        if not rows.num_rows:
            return
        if self._file is None:
            self._file = self._open(rows.schema)
        self._file.write(rows)
        self._rows += rows.num_rows

    def finish(self) -> BatchFile | None:
        """Complete the file; ``None`` if there are no rows."""
        if self._file is None:
            return None
        self._file.close()
        done = BatchFile(self._url, self._rows)
        self._file, self._rows = None, 0
        return done

    def abandon(self) -> None:
        """Delete a file that will not be named in any message: no target would."""
        if self._file is not None:
            with suppress(OSError, pa.ArrowException):
                self._file.close()
            self._folder.delete(self._path)
            self._file = None

    def _open(self, schema: pa.Schema) -> _File:
        extension = "parquet" if self._form.format == "parquet" else "jsonl"
        extension += ".gz" if extension == "jsonl" and self._form.compression == "gzip" else ""
        sink, self._url, self._path = self._folder.create(f"{self._stream}.{extension}")
        if self._form.format == "parquet":
            return _ParquetFile(sink, schema, self._form.compression)
        return _JsonLinesFile(sink, self._form.compression)


class _File(Protocol):
    def write(self, rows: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


class _ParquetFile:
    """Row groups of 65,536 rows, of wide rows fewer, so that a file of any size takes little memory."""

    def __init__(self, sink: IO[bytes], schema: pa.Schema, compression: str) -> None:
        self._sink = sink
        self._schema = schema
        self._writer = pq.ParquetWriter(sink, schema, compression=compression)
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = self._waiting_bytes = 0

    def write(self, rows: pa.RecordBatch) -> None:
        self._waiting.append(rows)
        self._waiting_rows += rows.num_rows
        self._waiting_bytes += rows.nbytes
        if self._waiting_rows >= _ROW_GROUP_ROWS or self._waiting_bytes >= _ROW_GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        with self._sink, self._writer:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema))
            self._waiting = []
            self._waiting_rows = self._waiting_bytes = 0


class _JsonLinesFile:
    """Rows as JSON objects. The lightest compression: the files live for minutes."""

    def __init__(self, sink: IO[bytes], compression: str) -> None:
        self._stack = ExitStack()
        self._out: IO[bytes] = self._stack.enter_context(sink)
        if compression == "gzip":
            packed = gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=1, mtime=0)
            self._out = cast("IO[bytes]", self._stack.enter_context(packed))

    def write(self, rows: pa.RecordBatch) -> None:
        self._out.write(json_lines(rows))

    def close(self) -> None:
        self._stack.close()


def _protocols(files: Any) -> tuple[str, ...]:
    return (files.protocol,) if isinstance(files.protocol, str) else tuple(files.protocol)


def _age(name: str) -> timedelta:
    try:
        began = datetime.strptime(name.partition("-")[0], _RUN).replace(tzinfo=timezone.utc)
    except ValueError:
        return timedelta(0)
    return datetime.now(timezone.utc) - began
