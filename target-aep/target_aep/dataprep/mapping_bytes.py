"""The text of a file that people write: editors and spreadsheets mark it, or choose another encoding."""

from __future__ import annotations

import codecs

from target_aep.errors import ConfigurationError

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def decode(content: bytes) -> str:
    """The text of a mapping file: UTF-8, or what a byte order mark at its beginning says.

    Raises:
        ConfigurationError: It is in another encoding; the message says in which line.
    """
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"line {line}: this is no UTF-8 text."
        raise ConfigurationError(
            what, remedy="Save the file as UTF-8 (of a spreadsheet: CSV UTF-8)."
        ) from None
