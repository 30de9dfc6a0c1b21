"""Bounds on the work that one evaluation may cause, whatever the mapping or the data say.

They are far beyond what a mapping needs and well below what hurts a run.
Nothing here is Adobe's: no bounds are published except the length of a
calculated field (``parser.MAX_LENGTH``).
"""

from __future__ import annotations

from target_aep.dataprep.errors import TransformError

MAX_TEXT = 1_000_000
"""Characters of a text that a function makes longer than its inputs."""

MAX_PADDING = 65_536
"""Characters that lpad and rpad fill up to."""

MAX_RANGE = 10_000
"""Members of ``first..last``."""

MAX_NESTING = 200
"""Levels of arrays and objects in a value."""

MAX_DIGITS = 1_000
"""Digits of an integer given as text; Python reads long ones in quadratic time."""

MAX_PATTERN = 4_096
"""Characters of a regular expression or a date pattern."""

REGEX_SECONDS = 0.25
"""Time for one match of one regular expression on one value."""

MAX_SLOW_MATCHES = 40
"""Matches that may take too long before a regular expression is given up."""

MAX_DATE_TEXT = 256
"""Characters of a text that may be a date."""

MAX_DATE_CHOICES = 12
"""Parts of a date pattern that may have one length or another; each doubles the ways to read a text."""

MAX_LAMBDA_CALLS = 100_000
"""Calls of lambdas in one evaluation, nested ones included."""

MAX_LAMBDA_WEIGHT = 2_000_000
"""Members and characters (by sixteen) of what lambdas take and give in one evaluation."""

MAX_ARGUMENT_WEIGHT = 100_000
"""The same of one value: a lambda's parameter may double what it is given, and so may the next."""


def weight(value: object, limit: int) -> int:
    """Members of a value at all levels, and a sixteenth of the characters in it; counted up to ``limit``."""
    total, stack = 0, [value]
    while stack and total <= limit:
        each = stack.pop()
        if isinstance(each, str):
            total += len(each) >> 4
        elif isinstance(each, (list, dict)):
            total += len(each)
            if len(each) <= limit:
                stack.extend(each.values() if isinstance(each, dict) else each)
    return total


def check_text(length: int, what: str) -> None:
    """Refuse to make a text of ``length`` characters if that is too long.

    Raises:
        TransformError: Too long.
    """
    if length > MAX_TEXT:
        message = f"{what} would be longer than {MAX_TEXT} characters"
        raise TransformError(message)


def check_nesting(value: object) -> None:
    """Refuse a value that is nested deeper than ``MAX_NESTING``.

    Raises:
        TransformError: Too deep.
    """
    level = [value]
    for _ in range(MAX_NESTING + 1):
        level = [
            inner
            for each in level
            if isinstance(each, (list, dict))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return
    message = f"the value is nested deeper than {MAX_NESTING} levels"
    raise TransformError(message)
