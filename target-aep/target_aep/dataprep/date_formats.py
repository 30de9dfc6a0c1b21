"""Date-times → text, by a pattern."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING

from target_aep.dataprep.date_patterns import MONTHS, WEEKDAYS, Token, tokens
from target_aep.dataprep.zones import offset_text, zone_id

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

_PLAIN = {"y": "year", "M": "month", "L": "month", "d": "day", "H": "hour", "m": "minute", "s": "second"}


def write(value: dt.datetime, pattern: str) -> str:
    """``value`` as ``pattern`` says, in its own zone, with English names.

    Raises:
        TransformError: ``pattern`` is no date pattern.
    """
    return _writer(pattern)(value)


@functools.lru_cache(maxsize=512)
def _writer(pattern: str) -> Callable[[dt.datetime], str]:
    parsed = [token for token in tokens(pattern) if token.letter not in {"[", "]"}]
    if all(_is_plain(token) for token in parsed):
        # The usual case: numbers only, one formatting operation for all of them.
        template = "".join(_template(token) for token in parsed)
        names = [_PLAIN[token.letter] for token in parsed if token.letter]
        if len(names) > 1:
            read = operator.attrgetter(*names)
            return lambda value: template % read(value)
    writers = [_part_writer(token) for token in parsed]
    return lambda value: "".join([write_part(value) for write_part in writers])


def _is_plain(token: Token) -> bool:
    if not token.letter:
        return True
    return token.letter in _PLAIN and token.width <= 2 + 2 * (token.letter == "y") and token.text != "yy"


def _template(token: Token) -> str:
    return f"%0{token.width}d" if token.letter else token.text.replace("%", "%%")


def _part_writer(token: Token) -> Callable[[dt.datetime], str]:  # noqa: PLR0911  # one line a kind of letter
    letter, count, text = token
    if not letter:
        return lambda _: text
    if letter in "ML" and count > 2:  # noqa: PLR2004
        return lambda value: _named(MONTHS[value.month - 1], count)
    if letter == "E":
        return lambda value: _named(WEEKDAYS[value.weekday()], count)
    if letter in "Qq":
        return lambda value: _quarter((value.month + 2) // 3, count)
    if letter in _TEXTS:
        write_text = _TEXTS[letter]
        return lambda value: write_text(value, text)
    number = _NUMBERS[letter]
    if letter in "yY" and count == 2:  # noqa: PLR2004
        return lambda value: f"{number(value) % 100:02d}"
    return lambda value: f"{number(value):0{count}d}"


def _named(name: str, count: int) -> str:
    return name if count == 4 else name[:1] if count > 4 else name[:3]  # noqa: PLR2004


def _quarter(number: int, count: int) -> str:
    ordinal = ("1st", "2nd", "3rd", "4th")[number - 1]
    return {1: str(number), 2: f"0{number}", 3: f"Q{number}"}.get(count, f"{ordinal} quarter")


_NUMBERS: dict[str, Callable[[dt.datetime], int]] = {
    "y": lambda value: value.year,
    "Y": lambda value: value.isocalendar()[0],
    "M": lambda value: value.month,
    "L": lambda value: value.month,
    "w": lambda value: value.isocalendar()[1],
    "W": lambda value: (value.day + value.replace(day=1).weekday() + 6) // 7,
    "D": lambda value: value.timetuple().tm_yday,
    "d": lambda value: value.day,
    "F": lambda value: (value.day + 6) // 7,
    "u": lambda value: value.isoweekday(),
    "H": lambda value: value.hour,
    "k": lambda value: value.hour or 24,
    "K": lambda value: value.hour % 12,
    "h": lambda value: value.hour % 12 or 12,
    "m": lambda value: value.minute,
    "s": lambda value: value.second,
}
_TEXTS: dict[str, Callable[[dt.datetime, str], str]] = {
    "G": lambda _, text: "Anno Domini" if len(text) == 4 else "A" if len(text) > 4 else "AD",  # noqa: PLR2004
    "a": lambda value, _: "AM" if value.hour < 12 else "PM",  # noqa: PLR2004
    "S": lambda value, text: f"{value.microsecond:06d}".ljust(len(text), "0")[: len(text)],
    "z": lambda value, _: value.tzname() or "UTC",
    "V": lambda value, _: zone_id(value),
    "Z": offset_text,
    "X": offset_text,
    "x": offset_text,
    "O": offset_text,
}
