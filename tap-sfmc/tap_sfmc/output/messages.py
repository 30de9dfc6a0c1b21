"""Singer messages on standard output: buffered, and never left behind.

The SDK's writer flushes after each record, which costs more than anything else it does. This one
owns its buffer and flushes on every message that is not a RECORD, when the buffer is full or old,
and when a stream ends.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field

import msgspec
from singer_sdk.contrib.msgspec import enc_hook
from singer_sdk.helpers._batch import SDKBatchMessage
from singer_sdk.singerlib.encoding import GenericSingerWriter
from singer_sdk.singerlib.messages import Message, RecordMessage

from tap_sfmc.errors import TryAgainError

_BUFFER_BYTES = 256 * 1024
_BUFFER_AGE_S = 1.0


@dataclass(slots=True)
class BatchMessage(SDKBatchMessage):
    """A BATCH message that says how many rows each of its files has."""

    rows: list[int] = field(default_factory=list)


class BufferedWriter(GenericSingerWriter[bytes, Message]):
    """Writes messages as lines of JSON."""

    def __init__(self) -> None:
        super().__init__()
        self._encode = msgspec.json.Encoder(enc_hook=enc_hook, decimal_format="number").encode
        self._buffer = bytearray()
        self._oldest = 0.0

    def serialize_message(self, message: Message) -> bytes:
        """A message as one line."""
        return self._encode(message.to_dict()) + b"\n"

    def write_message(self, message: Message) -> None:
        """Write a message; at once, unless it is a RECORD."""
        self.write_lines(self.serialize_message(message))
        if not isinstance(message, RecordMessage):
            self.flush()

    def write_lines(self, lines: bytes | memoryview) -> None:
        """Write whole lines that are encoded already; many at once without a copy."""
        if len(lines) >= _BUFFER_BYTES:
            self.flush()
            self._hand_over(lines)
            return
        if not self._buffer:
            self._oldest = time.monotonic()
        self._buffer += lines
        if len(self._buffer) >= _BUFFER_BYTES or time.monotonic() - self._oldest > _BUFFER_AGE_S:
            self.flush()

    def flush(self) -> None:
        """Hand everything over to the reader of standard output.

        Raises:
            TryAgainError: There is no reader any more.
        """
        lines, self._buffer = self._buffer, bytearray()
        self._hand_over(lines)

    def _hand_over(self, lines: bytes | bytearray | memoryview) -> None:
        # Looked up each time: tests redirect standard output for a while. Unbuffered
        # (PYTHONUNBUFFERED) it is a raw file, which may write less than it is given.
        output = sys.stdout.buffer
        rest = memoryview(lines)
        try:
            while rest:
                rest = rest[output.write(rest) or 0 :]
            output.flush()
        except BrokenPipeError:
            # Nor must the interpreter try to write the rest when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            message = "The reader of standard output went away."
            raise TryAgainError(message, remedy="Its own messages say why.") from None
