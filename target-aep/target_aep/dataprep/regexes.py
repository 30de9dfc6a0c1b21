"""Java regular expressions, run in bounded time.

Patterns are translated to the ``regex`` library, which knows possessive
quantifiers, set operations and time-outs; the standard library does not.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.limits import MAX_PATTERN, MAX_SLOW_MATCHES, REGEX_SECONDS, check_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import regex

_TOKEN = re.compile(
    r"""
      \\Q(?P<quoted>.*?)(?:\\E|\Z)
    | \\(?P<negated>[pP])(?:\{\^?(?P<property>[^}]*)\}|(?P<letter>[A-Z]))
    | \\x\{(?P<hex>[0-9a-fA-F]{1,6})\}
    | \\0(?P<octal>[0-3]?[0-7]{1,2})
    | \\k<(?P<group>\w+)>
    | \\(?P<escape>.)
    | \(\?(?P<on>[a-zA-Z]+)(?P<off>-[a-zA-Z]+)?(?P<end>[:)])
    | (?P<brace>\{(?!\d+(?:,\d*)?\}))
    | (?P<plain>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_REPLACEMENT = re.compile(r"\\(.)|\$(\d)|\$\{(\w+)\}|(.)", re.DOTALL)
_STEPS = 5_000_000
_LINE_ENDS = "\n\r\x85\u2028\u2029"
_SETS = {
    "d": "0-9",
    "w": "a-zA-Z0-9_",
    "s": r" \t\n\x0b\f\r",
    "h": r" \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
    "v": r"\n\x0b\f\r\x85\u2028\u2029",
}
"""Predefined classes of Java, which are ASCII; in upper case they are negated."""
_ESCAPES = {"e": r"\x1b", "z": r"\Z", "Z": rf"(?=(?:\r\n|[{_LINE_ENDS}])?\Z)"}
_ESCAPES["R"] = rf"(?:\r\n|[\x0b\x0c{_LINE_ENDS}])"
_POSIX = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": r"\x00-\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`\{-\~",
    "Graph": r"!-\~",
    "Print": r"\ -\~",
    "Blank": r"\ \t",
    "Cntrl": r"\x00-\x1f\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": r"\ \t\n\x0b\f\r",
    "javaLowerCase": r"\p{Ll}",
    "javaUpperCase": r"\p{Lu}",
    "javaWhitespace": r"\s",
}


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern, and how long a text it matches in moments whatever the text is.

    The clock of a time-out costs more than most matches, so it runs only for
    longer texts.
    """

    source: str
    compiled: regex.Pattern[str]
    short: int
    slow: list[str] = field(default_factory=list)
    """The beginnings of texts that took too long."""

    def seconds(self, value: str) -> float | None:
        """The time-out for ``value``, ``None`` where none is needed.

        Raises:
            TransformError: ``MAX_SLOW_MATCHES`` took too long, so that this is not tried any more.
        """
        if len(value) <= self.short:
            return None
        if len(self.slow) >= MAX_SLOW_MATCHES:
            message = f"the regular expression {self.source[:60]!r} took too long for {len(self.slow)} texts"
            raise TransformError(message)
        return REGEX_SECONDS

    def timed_out(self, value: str) -> TransformError:
        """What a match that took too long raises."""
        self.slow.append(value[:20])
        return TransformError(f"the regular expression {self.source[:60]!r} took over {REGEX_SECONDS} s")


def full_match(pattern: str, value: str) -> bool:
    """Whether ``pattern`` matches the whole of ``value``, as ``String.matches`` does.

    Raises:
        TransformError: No valid pattern, or no answer within ``REGEX_SECONDS``.
    """
    known = compile_pattern(pattern)
    try:
        return known.compiled.fullmatch(value, timeout=known.seconds(value)) is not None
    except TimeoutError:
        raise known.timed_out(value) from None


def groups(pattern: str, value: str) -> list[str | None]:
    """The first match and its groups; empty without a match.

    Raises:
        TransformError: As ``full_match``.
    """
    known = compile_pattern(pattern)
    try:
        match = known.compiled.search(value, timeout=known.seconds(value))
    except TimeoutError:
        raise known.timed_out(value) from None
    return [match[0], *match.groups()] if match else []


def split(pattern: str, value: str) -> Iterator[str]:
    """What stands between the matches, as ``String.split(pattern, -1)`` gives it.

    Raises:
        TransformError: As ``full_match``.
    """
    known, end = compile_pattern(pattern), 0
    try:
        for match in known.compiled.finditer(value, timeout=known.seconds(value)):
            if match.end() == 0 or match.start() == match.end() == len(value):
                continue  # an empty match at either end separates nothing
            yield value[end : match.start()]
            end = match.end()
    except TimeoutError:
        raise known.timed_out(value) from None
    yield value[end:]


def replace(pattern: str, value: str, replacement: str, count: int = 0) -> str:
    """``value`` with its matches replaced as Java does it: ``$1`` and ``${name}`` are groups.

    Args:
        pattern: The regular expression.
        value: The text.
        replacement: What stands in place of each match; a backslash takes a ``$`` literally.
        count: How many matches at most; 0 for all.

    Raises:
        TransformError: As ``full_match``; a group that the pattern lacks; a text that is too long.
    """
    known, length = compile_pattern(pattern), 0
    parts = _REPLACEMENT.findall(replacement)
    chosen = [(escaped or plain, group or named) for escaped, group, named, plain in parts]

    def expand(match: regex.Match[str]) -> str:
        nonlocal length
        try:
            pieces = (literal or match[int(group) if group.isdigit() else group] for literal, group in chosen)
            text = "".join(piece or "" for piece in pieces)
        except IndexError:
            message = f"the regular expression {pattern[:60]!r} has no such group: {replacement[:60]!r}"
            raise TransformError(message) from None
        length += len(text)
        check_text(length, "the replaced text")
        return text

    try:
        return known.compiled.sub(expand, value, count, timeout=known.seconds(value))
    except TimeoutError:
        raise known.timed_out(value) from None


@functools.lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> Pattern:
    """The compiled translation of a Java pattern.

    Raises:
        TransformError: It is no valid pattern, or longer than ``MAX_PATTERN``.
    """
    if len(pattern) > MAX_PATTERN:
        message = f"a regular expression of more than {MAX_PATTERN} characters"
        raise TransformError(message)
    import regex  # noqa: PLC0415 - a ninth of what all runs would import

    try:
        compiled = regex.compile(translate(pattern), regex.VERSION1)
    except (regex.error, ArithmeticError, LookupError, RecursionError, ValueError) as error:
        message = f"{pattern[:60]!r} is no regular expression: {error}"
        raise TransformError(message) from None
    return Pattern(pattern, compiled, _short(pattern))


def _short(pattern: str) -> int:
    """Without repeated groups, ``k`` choices cost at most the ``k + 1``-th power of the length."""
    if re.search(r"\)[*+?{]|\\[1-9k]", pattern):
        return 0
    choices = sum(pattern.count(sign) for sign in "*+?{|")
    return int(_STEPS ** (1 / (choices + 1)))


def translate(pattern: str) -> str:
    """A Java pattern in the dialect of the ``regex`` library, version 1."""
    every = re.search(r"\(\?[a-zA-Z]*s", pattern) is not None
    depth, result, previous = 0, [], ""
    for match in _TOKEN.finditer(pattern):
        sign = match[0]
        depth += {"[": 1, "]": -bool(depth)}.get(sign, 0)
        piece = "." if every and sign == "." else _piece(match, inside=depth > 0)
        if depth and sign == previous == "-":
            piece = r"\-"  # two would be a set difference
        result.append(piece)
        previous = sign
    return "".join(result)


def _piece(match: re.Match[str], *, inside: bool) -> str:  # noqa: PLR0911  # one answer a kind of token
    kind, found = match.lastgroup, match.groupdict()
    if kind == "quoted":
        import regex  # noqa: PLC0415 - as above

        return str(regex.escape(found["quoted"], special_only=True))
    if found["property"] or found["letter"]:
        return _property(found["property"] or found["letter"], negated=found["negated"] == "P", inside=inside)
    if found["hex"] or found["octal"]:
        code = int(found["hex"], 16) if found["hex"] else int(found["octal"], 8)
        return f"\\U{code:08x}"
    if found["group"]:
        return f"(?P={found['group']})"
    if found["end"]:
        on, off = (re.sub("[^imsx]", "", flags or "") for flags in (found["on"], found["off"]))
        flags = on + (f"-{off}" if off else "")
        return f"(?{flags}{found['end']}" if flags else ("(?:" if found["end"] == ":" else "")
    if kind == "escape":
        return _escape(found["escape"], inside=inside)
    if kind == "brace":
        return r"\{"
    if inside and match[0] in "|~":
        return f"\\{match[0]}"
    return match[0] if inside or match[0] != "." else f"[^{_LINE_ENDS}]"


def _escape(letter: str, *, inside: bool) -> str:
    members = _SETS.get(letter.lower())
    if members is None:
        return _ESCAPES.get(letter, f"\\{letter}")
    if inside and letter.islower():
        return members
    return f"[{'^' if letter.isupper() else ''}{members}]"


def _property(name: str, *, negated: bool, inside: bool) -> str:
    members = _POSIX.get(name)
    if members is None:
        return rf"\{'P' if negated else 'p'}{{{name.removeprefix('Is')}}}"
    if inside and not negated:
        return members
    return f"[^{members}]" if negated else f"[{members}]"
