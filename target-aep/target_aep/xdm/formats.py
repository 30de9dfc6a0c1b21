"""Which strings match a pattern or a format, a column at a time.

Arrow's engine (RE2) has no look-around; patterns that need it, and the few formats that no regular
expression describes, are tried once per distinct value.
"""

from __future__ import annotations

import functools
import ipaddress
import logging
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

_ATOM = r"""[^\s@"(),:;<>\[\\\].]+"""
_LABEL = r"[\pL\pN](?:[\pL\pN-]*[\pL\pN])?"
_URI_CHARACTERS = r"""(?:[^\s<>"{}|\\^`%]|%[0-9A-Fa-f]{2})*"""
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"

FORMATS = {
    "email": rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}$",
    "hostname": rf"^{_LABEL}(?:\.{_LABEL})*\.?$",
    "ipv4": rf"^{_OCTET}(?:\.{_OCTET}){{3}}$",
    "uri": rf"^[A-Za-z][A-Za-z0-9+.-]*:{_URI_CHARACTERS}$",
    "uri-reference": rf"^{_URI_CHARACTERS}$",
    "json-pointer": r"^(?:/(?:[^~/]|~[01])*)*$",
}
"""Formats as regular expressions; letters of any script pass, as they do in Java's checks."""


def matches_format(values: pa.Array, name: str) -> pa.BooleanArray | None:
    """Tell which strings are of a format; None for a format that is not checked."""
    if name == "ipv6":
        return _by_distinct_value(values, _is_ipv6)
    return matches_pattern(values, FORMATS[name]) if name in FORMATS else None


def matches_pattern(values: pa.Array, pattern: str) -> pa.BooleanArray:
    """Tell in which strings a pattern is found (JSON Schema searches, it does not anchor)."""
    return _matcher(pattern)(values)


@functools.lru_cache(maxsize=1024)
def _matcher(pattern: str) -> Callable[[pa.Array], pa.BooleanArray]:
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid:
        import regex  # noqa: PLC0415 - rarely needed, and slow to import

        try:
            compiled = regex.compile(pattern)
        except regex.error as error:
            # Of another dialect, or wrong: no reason to reject rows that AEP may take.
            logger.warning(
                "the pattern %r is not understood (%s): values are not checked by it", pattern, error
            )
            return lambda values: pc.if_else(values.is_null(), None, pa.scalar(value=True))
        return lambda values: _by_distinct_value(values, lambda text: compiled.search(text) is not None)
    return lambda values: pc.match_substring_regex(values, pattern)


def _by_distinct_value(values: pa.Array, test: Callable[[str], bool]) -> pa.BooleanArray:
    encoded = values.dictionary_encode()
    verdicts = pa.array(
        [None if text is None else test(text) for text in encoded.dictionary.to_pylist()], pa.bool_()
    )
    return verdicts.take(encoded.indices)


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
