"""Text → date-times, by a pattern.

A pattern becomes one regular expression whose groups are the fields. Text
without a zone is UTC. A day that its month does not have is an error, though
``java.time`` would take the month's last day: a date is never invented.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import TYPE_CHECKING, TypeAlias

from target_aep.dataprep.date_patterns import MONTHS, WEEKDAYS, Token, tokens
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.limits import MAX_DATE_CHOICES, MAX_DATE_TEXT
from target_aep.dataprep.moments import UTC
from target_aep.dataprep.zones import settled, zone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Reader: TypeAlias = "Callable[[re.Match[str]], dt.datetime]"

_ISO_SHAPE = re.compile(
    r"yyyy-MM-dd((?: |' '|'T')HH:mm:ss(?:\.SSS|\.SSSSSS)?('Z'|X{1,3}|x{1,3}|Z|ZZ|ZZZ|ZZZZZ)?)?"
)
_NUMERIC = frozenset("MLdHkKhmsuwWF")
_TAILS = ("", "S", "Z", "X", "x", "z", "V", "SZ", "SX", "Sx", "Sz", "SV")
_SLOTS = {"y": 0, "M": 1, "L": 1, "d": 2, "H": 3, "m": 4, "s": 5}
_START = (1970, 1, 1, 0, 0, 0)
_SHORT = {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)}
_ZONE_NAME = r"[A-Za-z][A-Za-z0-9_/]*(?:[+-][0-9:]+)?"
_OFFSETS = {
    "X": r"Z|[+-][0-9]{2}(?:[0-9]{2})?",
    "XX": r"Z|[+-][0-9]{4}",
    "XXX": r"Z|[+-][0-9]{2}:[0-9]{2}",
    "x": r"[+-][0-9]{2}(?:[0-9]{2})?",
    "xx": r"[+-][0-9]{4}",
    "xxx": r"[+-][0-9]{2}:[0-9]{2}",
    "ZZZZZ": r"Z|[+-][0-9]{2}:[0-9]{2}",
}


class PatternParser:
    """Reads texts by one pattern.

    Args:
        pattern: A date pattern in Java's letters.

    Raises:
        TransformError: ``pattern`` is no date pattern, or tells no year.
    """

    def __init__(self, pattern: str) -> None:
        parsed = tokens(pattern)
        fields = [token for token in parsed if token.letter not in {"", "[", "]"}]
        if not any(token.letter in {"y", "Y"} for token in fields):
            message = f"the date pattern {pattern[:60]!r} has no year"
            raise TransformError(message)
        self.matches = re.compile("".join(map(_expression, parsed)), re.IGNORECASE).fullmatch
        if sum(map(_choices, parsed)) > MAX_DATE_CHOICES:
            message = f"the date pattern {pattern[:60]!r} has too many parts of no fixed length"
            raise TransformError(message)
        optional = any(token.letter == "[" for token in parsed)
        self._read = (
            _iso_reader(pattern) or (None if optional else _numeric_reader(fields)) or _general_reader(fields)
        )

    def read(self, text: str) -> dt.datetime | None:
        """The date-time that ``text`` spells, ``None`` if it does not fit the pattern."""
        match = self.matches(text) if len(text) <= MAX_DATE_TEXT else None
        if match is None:
            return None
        try:
            return settled(self._read(match))
        except (ValueError, OverflowError, TransformError):
            return None


def _iso_reader(pattern: str) -> Reader | None:
    """The shortest way, for texts in ISO order: the standard library reads them in one call."""
    shape = _ISO_SHAPE.fullmatch(pattern)
    if shape is None:
        return None
    read = dt.datetime.fromisoformat
    if not shape[1]:
        return lambda match: read(f"{match.string}T00:00:00+00:00")
    if shape[2] == "'Z'":
        return lambda match: read(f"{match.string[:-1]}+00:00")
    if not shape[2]:
        return lambda match: read(f"{match.string}+00:00")

    def with_offset(match: re.Match[str]) -> dt.datetime:
        text, offset = match.string, match[match.re.groups]
        if offset in {"Z", "z"}:
            return read(f"{text[:-1]}+00:00")
        if ":" in offset:
            return read(text)
        return read(f"{text}:00" if len(offset) == 3 else f"{text[:-2]}:{text[-2:]}")  # noqa: PLR2004

    return with_offset


def _numeric_reader(fields: list[Token]) -> Reader | None:
    """The short way for the usual patterns: numbers from the year down, then at most fraction and zone."""
    places = {
        _SLOTS[token.letter]: number for number, token in enumerate(fields, 1) if token.letter in _SLOTS
    }
    groups = [places.get(slot, 0) for slot in range(len(places))]
    others = [token.letter for token in fields if token.letter not in _SLOTS]
    wide = any(token.letter in "ML" and token.width > 2 for token in fields)  # noqa: PLR2004
    short_year = any(token.letter == "y" and token.width == 2 for token in fields)  # noqa: PLR2004
    if 0 in groups or len(groups) < 3 or wide or short_year or "".join(others) not in _TAILS:  # noqa: PLR2004
        return None
    if len(others) + len(groups) != len(fields):
        return None
    if not others and len(groups) == 3:  # noqa: PLR2004
        year, month, day = groups
        return lambda match: dt.datetime(
            int(match[year]), int(match[month]), int(match[day]), 0, 0, 0, 0, UTC
        )
    if not others:
        return lambda match: dt.datetime(*map(int, match.group(*groups)), tzinfo=UTC)  # type: ignore[misc, arg-type]
    fraction = next((n for n, token in enumerate(fields, 1) if token.letter == "S"), 0)
    offset = next((n for n, token in enumerate(fields, 1) if token.letter in "ZXxzV"), 0)
    if fraction and len(groups) < len(_START):
        return None

    def read(match: re.Match[str]) -> dt.datetime:
        numbers = [*map(int, match.group(*groups))]
        if fraction:
            numbers.append(int(match[fraction].ljust(6, "0")[:6]))
        return dt.datetime(*numbers, tzinfo=zone(match[offset]) if offset else UTC)  # type: ignore[arg-type, misc]

    return read


def _general_reader(fields: list[Token]) -> Reader:
    letters = tuple(token.letter for token in fields)
    centuries = {token.letter for token in fields if token.letter in {"y", "Y"} and token.width == 2}  # noqa: PLR2004

    def read(match: re.Match[str]) -> dt.datetime:
        found = zip(letters, match.groups(), strict=True)
        return _resolve({letter: text for letter, text in found if text}, centuries)

    return read


@functools.lru_cache(maxsize=512)
def pattern_parser(pattern: str) -> PatternParser:
    """The parser of a pattern, made once.

    Raises:
        TransformError: See ``PatternParser``.
    """
    return PatternParser(pattern)


def _choices(token: Token) -> int:
    """How often the ways to read a text are doubled by a part that has no fixed length."""
    if token.letter in {"z", "V", "O"}:
        return MAX_DATE_CHOICES // 2
    if token.letter in {"y", "Y"}:
        return 2 * (token.width == 1)
    return int((token.letter in _NUMERIC and token.width == 1) or token.letter in {"[", "D", "X", "x"})


def _expression(token: Token) -> str:  # noqa: C901, PLR0911, PLR0912  # one line a kind of letter
    letter, count, text = token
    if not letter:
        return re.escape(text)
    if letter in "[]":
        return "(?:" if letter == "[" else ")?"
    if letter in "ML" and count > 2:  # noqa: PLR2004
        return f"({'|'.join(_names(MONTHS, count))})"
    if letter == "E":
        return f"({'|'.join(_names(WEEKDAYS, count))})"
    if letter in "Qq" and count > 2:  # noqa: PLR2004
        return "(Q[1-4])" if count == 3 else "([1-4](?:st|nd|rd|th) quarter)"  # noqa: PLR2004
    if letter == "a":
        return "(AM|PM)"
    if letter == "G":
        return "(AD|BC|Anno Domini|Before Christ|A|B)"
    if letter in "zV":
        return f"({_ZONE_NAME})"
    if letter == "O":
        return "(GMT(?:[+-][0-9]{1,2}(?::?[0-9]{2})?)?)"
    if letter in "XxZ":
        return f"({_OFFSETS.get(text, '[+-][0-9]{4}')})"
    if letter == "S":
        return f"([0-9]{{{min(count, 9)}}})"
    if letter in "yY":
        return f"([0-9]{{{count}}})" if count > 1 else "([0-9]{1,4})"
    if letter == "D":
        return f"([0-9]{{{count},3}})"
    return f"([0-9]{{{count}}})" if count > 1 else "([0-9]{1,2})"


def _names(names: list[str], count: int) -> list[str]:
    return names if count == 4 else [name[:3] for name in names]  # noqa: PLR2004


def _resolve(found: Mapping[str, str], centuries: set[str]) -> dt.datetime:
    day = _date(found, centuries)
    fraction = int(found.get("S", "0").ljust(6, "0")[:6])
    time = dt.time(_hour(found), int(found.get("m", 0)), int(found.get("s", 0)), fraction)
    name = next((found[letter] for letter in "zVZXxO" if letter in found), None)
    return dt.datetime.combine(day, time, zone(name) if name else UTC)


def _date(found: Mapping[str, str], centuries: set[str]) -> dt.date:
    if "Y" in found and "w" in found:
        weekday = int(found.get("u", 0)) or _weekday(found.get("E"))
        return dt.date.fromisocalendar(_year(found, "Y", centuries), int(found["w"]), weekday)
    year = _year(found, "y" if "y" in found else "Y", centuries)
    if "D" in found:
        first = dt.date(year, 1, 1)
        day = first + dt.timedelta(days=int(found["D"]) - 1)
        if day.year != year:
            message = "the year has no such day"
            raise ValueError(message)
        return day
    day = dt.date(year, _month(found), int(found.get("d", 1)))
    if "E" in found and _weekday(found["E"]) != day.isoweekday():
        message = "the weekday does not fit the date"
        raise ValueError(message)
    return day


def _year(found: Mapping[str, str], letter: str, centuries: set[str]) -> int:
    year = int(found[letter]) + 2000 * (letter in centuries)
    if found.get("G", "A")[0] in "Bb":
        message = "years before Christ"
        raise ValueError(message)
    return year


def _month(found: Mapping[str, str]) -> int:
    month = found.get("M") or found.get("L")
    if month is None:
        quarter = re.search("[1-4]", found.get("Q") or found.get("q") or "1")
        return int(quarter[0]) * 3 - 2 if quarter else 1
    return int(month) if month.isdigit() else _SHORT[month[:3].lower()]


def _weekday(name: str | None) -> int:
    short = (name or "Mon")[:3].lower()
    return 1 + next(i for i, each in enumerate(WEEKDAYS) if each[:3].lower() == short)


def _hour(found: Mapping[str, str]) -> int:
    if "H" in found:
        return int(found["H"])
    if "k" in found:
        return int(found["k"]) % 24
    hour = int(found.get("h", found.get("K", 0)))
    if hour > 12:  # noqa: PLR2004
        message = "an hour of a half day"
        raise ValueError(message)
    return hour % 12 + 12 * (found.get("a", "AM").upper() == "PM")
