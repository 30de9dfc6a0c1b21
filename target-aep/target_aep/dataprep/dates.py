"""Texts, numbers and dates → date-times, with and without a pattern."""

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import TYPE_CHECKING

from target_aep.dataprep.date_parsers import PatternParser, pattern_parser
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.moments import EPOCH, UTC, aware
from target_aep.dataprep.values import is_number

if TYPE_CHECKING:
    from decimal import Decimal

DOCUMENTED_PATTERNS = (
    "yyyy-MM-dd HH:mm:ssZ",
    "yyyy-MM-dd HH:mm:ss.SSSZ",
    "yyyy-MM-dd HH:mm:ss.SSS",
    "yyyy-MM-dd'T'HH:mm:ss.SSSX",
    "yyyy-MM-dd'T'HH:mm:ss'Z'",
    "yyyy-MM-dd",
    "yyyy/MM/dd",
    "yyyy.MM.dd",
    "yyyy-MMM-dd",
    "yyyyMMdd",
    "MM-dd-yyyy",
    "MMddyyyy",
    "M/dd/yyyy",
    "dd.M.yyyy",
    "M/dd/yyyy hh:mm:ss a",
    "dd.M.yyyy hh:mm:ss a",
    "dd.MMM.yyyy",
    "dd-MMM-yyyy",
)
"""What a date without a pattern is tried against, in this order (data-handling.md)."""

_FRACTIONS = tuple("." + "S" * digits for digits in range(9, 0, -1))
FURTHER_PATTERNS = (
    "yyyy-MM-dd HH:mm",
    *(
        f"yyyy-MM-dd{separator}HH:mm{seconds}{zone}"
        for separator in ("' '", "'T'")
        for seconds in (":ss", *(f":ss{fraction}" for fraction in _FRACTIONS), "")
        for zone in ("", "XXX", "X", " z", " Z")
    ),
    "dd-MMM-yyyy HH:mm[:ss]",
    "M/d/yyyy",
    "M/d/yyyy h:mm[:ss] a",
    "M/d/yyyy H:mm[:ss]",
)
"""Tried afterwards: Adobe's own samples match none of the documented patterns, and ISO 8601 is never
ambiguous. The last three are what Salesforce Marketing Cloud writes."""

_ISO_TAIL = re.compile(r"(\.[0-9]{3}|\.[0-9]{6})?(Z|[+-][0-9]{2}:[0-9]{2})?").fullmatch
_DIGITS_TO_ZERO = str.maketrans("123456789", "000000000")
_INT_MAX = 2**31 - 1


def parse(text: str, pattern: str | None = None) -> dt.datetime:
    """The date-time that a text spells; UTC unless it names a zone.

    Args:
        text: Blanks around it do not count.
        pattern: How ``text`` is written, in Java's letters; recognised if not given.

    Raises:
        TransformError: It spells none, or ``pattern`` is no date pattern.
    """
    text = text.strip()
    if pattern is not None:
        found = pattern_parser(pattern).read(text)
        if found is None:
            message = f"the text {text[:60]!r} is no date of the pattern {pattern[:60]!r}"
            raise TransformError(message)
        return found
    found = _iso(text)
    if found is not None:
        return found
    for parser in _candidates(text.translate(_DIGITS_TO_ZERO)):
        found = parser.read(text)
        if found is not None:
            return found
    message = f"the text {text[:60]!r} is no date of a known pattern"
    raise TransformError(message)


def _iso(text: str) -> dt.datetime | None:
    """The usual form, which the standard library reads fastest; the patterns say the same of it."""
    if (
        text[4:5] != "-"
        or text[7:8] != "-"
        or text[13:14] != ":"
        or text[16:17] != ":"
        or text[10] not in "T "
    ):
        return None
    head, tail = text[:19], text[19:]
    try:
        if tail in {"Z", ""}:
            return dt.datetime.fromisoformat(f"{head}+00:00")
        rest = _ISO_TAIL(tail)
        if rest:
            zone = "+00:00" if rest[2] in {"Z", None} else rest[2]
            return dt.datetime.fromisoformat(f"{head}{rest[1] or ''}{zone}")
    except ValueError:
        pass
    return None


@functools.cache
def _parsers() -> tuple[PatternParser, ...]:
    return tuple(map(PatternParser, DOCUMENTED_PATTERNS + FURTHER_PATTERNS))


@functools.lru_cache(maxsize=4096)
def _candidates(shape: str) -> tuple[PatternParser, ...]:
    """The patterns that fit texts which differ only in their digits."""
    return tuple(parser for parser in _parsers() if parser.matches(shape)) if len(shape) < 100 else ()  # noqa: PLR2004


def from_milliseconds(milliseconds: float | Decimal) -> dt.datetime:
    """The date-time so many milliseconds after 1970-01-01T00:00:00Z.

    Raises:
        TransformError: It is not in the years 1 to 9999.
    """
    try:
        return EPOCH + dt.timedelta(milliseconds=int(milliseconds))
    except (OverflowError, ValueError):
        message = f"{milliseconds} milliseconds are beyond the calendar"
        raise TransformError(message) from None


def to_date_time(value: object) -> dt.datetime:
    """A value that stands for a date-time.

    A date is its first moment in UTC. A number is epoch milliseconds if it is
    too large for 32 bits, as in the platform's own table of conversions.

    Raises:
        TransformError: It stands for none.
    """
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, dt.datetime):
        return aware(value)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day, tzinfo=UTC)
    if is_number(value) and not -_INT_MAX <= value <= _INT_MAX:
        return from_milliseconds(value)
    message = f"{value!r:.60} is no date"
    raise TransformError(message)
