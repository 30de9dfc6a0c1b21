"""Reading Singer messages fast: the envelope is parsed, a record stays the bytes that it is.

Errors name a line by its number and never quote it: it may hold customers' values.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import IO, TYPE_CHECKING, Any

import msgspec
from singer_sdk.singerlib.encoding import GenericSingerReader
from singer_sdk.singerlib.exceptions import InvalidInputLine

from target_aep.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable


class UnreadableLineError(DataError, InvalidInputLine):
    """A line of the input is no Singer message.

    Args:
        line: Its number, from 1.
        why: What is wrong with it.
    """

    def __init__(self, line: int, why: str) -> None:
        super().__init__(
            f"line {line} of the input is no Singer message: {why}.",
            remedy="Look at what the tap writes to its standard output.",
        )


class _Envelope(msgspec.Struct):
    """What is looked at in a RECORD message."""

    type: str = ""
    stream: str = ""
    record: msgspec.Raw = msgspec.Raw(b"")


class MessageReader(GenericSingerReader[bytes]):
    """Reads lines and hands messages over.

    RECORD messages come as ``{"type", "stream", "record": msgspec.Raw, "line"}``; :meth:`decode` gives
    the whole message. All others come as dicts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.on_failure: Callable[[BaseException], None] = lambda _: None
        """Called with whatever ends the reading early, before it is raised."""
        self._line = 0

    @property
    def default_input(self) -> IO[bytes]:
        """Standard input, as bytes."""
        return sys.stdin.buffer

    def process_lines(
        self, file_input: IO[Any] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Counter[str]:
        """Read all lines.

        Args:
            file_input: Lines of bytes or text; standard input by default.
            callbacks: What takes messages, by their type.

        Raises:
            DataError: A line is no Singer message.
        """
        lines = self.default_input if file_input is None else getattr(file_input, "buffer", file_input)
        try:
            return self._process(lines, callbacks)
        except BaseException as error:
            self.on_failure(error)
            raise

    def decode(self, line: bytes | str) -> dict[str, Any]:
        """Parse a whole line.

        Raises:
            DataError: It is no JSON object.
        """
        try:
            message = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            message = self._decode_lenient(line)
        if not isinstance(message, dict):
            raise UnreadableLineError(self._line, "it is no JSON object")
        return message

    deserialize_json = decode

    def _process(
        self, lines: IO[bytes], callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Counter[str]:
        stats: Counter[str] = Counter()
        take_record = callbacks["RECORD"]
        decode_envelope = msgspec.json.Decoder(_Envelope).decode
        records = 0
        self._line = 0
        for line in lines:
            self._line += 1
            try:
                envelope = decode_envelope(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                if line.strip():
                    self._take_odd(line, callbacks, stats)
                continue
            if envelope.type == "RECORD" and envelope.stream and envelope.record:
                records += 1
                take_record(
                    {"type": "RECORD", "stream": envelope.stream, "record": envelope.record, "line": line}
                )
            else:
                self._take(self.decode(line), line, callbacks, stats)
        stats["RECORD"] += records
        return stats

    def _take(
        self,
        message: dict[str, Any],
        line: bytes,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
        stats: Counter[str],
    ) -> None:
        kind = message.get("type")
        if kind not in callbacks:
            raise UnreadableLineError(self._line, f"its type is {kind!r}" if kind else "it has no type")
        missing = [name for name in _NEEDED[kind] if name not in message]
        if missing:
            raise UnreadableLineError(self._line, f"a {kind} without {', '.join(missing)}")
        for name in _NEEDED[kind]:
            needed, word = _KINDS.get(name, (object, ""))
            if not isinstance(message[name], needed):
                raise UnreadableLineError(self._line, f"the {name} of a {kind} is no {word}")
        stats[kind] += 1
        if kind == "RECORD":
            message = {
                "type": kind,
                "stream": message["stream"],
                "record": json.dumps(message["record"]).encode(),
                "line": line,
            }
        callbacks[kind](message)

    def _take_odd(
        self,
        line: bytes,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
        stats: Counter[str],
    ) -> None:
        """Take a line that is not quite JSON, such as one with NaN; a record in it is rejected later."""
        self._take(self._decode_lenient(line), line, callbacks, stats)

    def _decode_lenient(self, line: bytes | str) -> dict[str, Any]:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError) as error:
            why = str(error).partition(": line")[0]
            raise UnreadableLineError(self._line, f"it is not JSON ({why})") from None
        if not isinstance(message, dict):
            raise UnreadableLineError(self._line, "it is no JSON object")
        return message


_NEEDED = {
    "SCHEMA": ("stream", "schema"),
    "RECORD": ("stream", "record"),
    "STATE": ("value",),
    "ACTIVATE_VERSION": ("stream", "version"),
    "BATCH": ("stream", "encoding", "manifest"),
}
_KINDS: dict[str, tuple[type, str]] = {
    "stream": (str, "text"),
    "schema": (dict, "object"),
    "encoding": (dict, "object"),
    "manifest": (list, "list"),
}
