"""Hashing functions: lower-case hexadecimal digests of a text in a character set."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.functions.arguments import scalar_text
from target_aep.dataprep.functions.registry import Category, Scope, function

if TYPE_CHECKING:
    from collections.abc import Callable

_CHARSETS = {
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UTF-16": "utf-16-be",  # Java writes a byte order mark and big-endian units
    "UTF-16BE": "utf-16-be",
    "UTF-16LE": "utf-16-le",
    "ISO-8859-1": "latin-1",
    "US-ASCII": "ascii",
    "ASCII": "ascii",
}


def encode(value: object, charset: object) -> bytes:
    """The bytes of a text; what a character set lacks becomes ``?``, as in Java.

    Raises:
        TransformError: The character set is not one of Adobe's.
    """
    if charset is None and type(value) is str:
        return value.encode(errors="replace")
    name = "UTF-8" if charset is None else scalar_text(charset).upper()
    encoding = _CHARSETS.get(name)
    if encoding is None:
        message = f"{name!r} is none of the character sets {', '.join(_CHARSETS)}"
        raise TransformError(message)
    encoded = scalar_text(value).encode(encoding, errors="replace")
    return b"\xfe\xff" + encoded if name == "UTF-16" else encoded


def _crc32(data: bytes) -> str:
    # The documented sample has the four bytes in little-endian order, as Guava prints them.
    return zlib.crc32(data).to_bytes(4, "little").hex()


_DIGESTS: dict[str, Callable[[bytes], str]] = {
    "SHA1": lambda data: hashlib.sha1(data, usedforsecurity=False).hexdigest(),
    "SHA256": lambda data: hashlib.sha256(data).hexdigest(),
    "SHA512": lambda data: hashlib.sha512(data).hexdigest(),
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "CRC32": _crc32,
}


def _digest(algorithm: str, value: object, charset: object) -> str | None:
    return None if value is None else _DIGESTS[algorithm](encode(value, charset))


@function("sha1(INPUT, CHARSET)", Category.HASHING)
def sha1(value: object, charset: object = None) -> str | None:
    """SHA-1 digest. CHARSET is UTF-8 unless given: UTF-16, ISO-8859-1, US-ASCII."""
    return _digest("SHA1", value, charset)


@function("sha256(INPUT, CHARSET)", Category.HASHING)
def sha256(value: object, charset: object = None) -> str | None:
    """SHA-256 digest."""
    return _digest("SHA256", value, charset)


@function("sha512(INPUT, CHARSET)", Category.HASHING)
def sha512(value: object, charset: object = None) -> str | None:
    """SHA-512 digest."""
    return _digest("SHA512", value, charset)


@function("md5(INPUT, CHARSET)", Category.HASHING)
def md5(value: object, charset: object = None) -> str | None:
    """MD5 digest."""
    return _digest("MD5", value, charset)


@function("crc32(INPUT, CHARSET)", Category.HASHING)
def crc32(value: object, charset: object = None) -> str | None:
    """Cyclic redundancy check of 32 bits, its four bytes in little-endian order."""
    return _digest("CRC32", value, charset)


@function("hash(ALGORITHM, INPUT, CHARSET)", Category.HASHING, scope=Scope.UNLISTED)
def hash_(algorithm: object, value: object, charset: object = None) -> str | None:
    """Digest by the algorithm that is named: crc32, md5, sha1, sha256, sha512."""
    name = scalar_text(algorithm).upper().replace("-", "") if algorithm is not None else ""
    if name not in _DIGESTS:
        message = f"{algorithm!r} is none of the algorithms {', '.join(_DIGESTS).lower()}"
        raise TransformError(message)
    return _digest(name, value, charset)
