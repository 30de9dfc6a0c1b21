"""Date patterns in Java's letters, as tokens: what reading and writing dates have in common.

The letters are those of ``java.time.format.DateTimeFormatter``, except for
``u``, which Adobe's table describes as the weekday number of
``SimpleDateFormat``; three or more of them are the year.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.limits import MAX_PATTERN

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
LETTERS = frozenset("GYyuMLwWDdFEaHkKhmsSzZXxVOQq")

_TOKEN = re.compile(r"''|'((?:[^']|'')*)'|([A-Za-z])\2*|[\[\]]|[^A-Za-z'\[\]]+", re.DOTALL)


class Token(NamedTuple):
    """A piece of a pattern.

    Args:
        letter: The pattern letter, ``[`` or ``]`` around an optional part, or ``""`` for literal text.
        width: How often the letter is repeated.
        text: The literal text, or the letters as written.
    """

    letter: str
    width: int
    text: str


@functools.lru_cache(maxsize=1024)
def tokens(pattern: str) -> tuple[Token, ...]:
    """The tokens of a pattern.

    Raises:
        TransformError: It has a letter that means nothing, an open quote or bracket, or is too long.
    """
    if len(pattern) > MAX_PATTERN:
        message = f"a date pattern of more than {MAX_PATTERN} characters"
        raise TransformError(message)
    found, end, depth = [], 0, 0
    for match in _TOKEN.finditer(pattern):
        if match.start() != end:
            break
        end = match.end()
        depth += {"[": 1, "]": -1}.get(match[0], 0)
        if depth < 0:
            break
        found.append(_token(match, pattern))
    if end != len(pattern) or depth:
        message = f"the date pattern {pattern[:60]!r} has an open quote or bracket"
        raise TransformError(message)
    return tuple(found)


def _token(match: re.Match[str], pattern: str) -> Token:
    text, letter = match[0], match[2]
    if text == "''":
        return Token("", 1, "'")
    if match[1] is not None:
        return Token("", 1, match[1].replace("''", "'"))
    if letter is None:
        return Token(text if text in {"[", "]"} else "", 1, text)
    if letter not in LETTERS:
        message = f"{letter!r} is no letter of a date pattern (in {pattern[:60]!r}); quote texts: 'T'"
        raise TransformError(message)
    return Token("y" if letter == "u" and len(text) > 2 else letter, len(text), text)  # noqa: PLR2004
