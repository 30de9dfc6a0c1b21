"""String functions; undocumented corners follow commons-lang3 ``StringUtils``, whose samples Adobe prints."""

from __future__ import annotations

import re

from target_aep.dataprep import regexes
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.functions.arguments import members, scalar_text, whole
from target_aep.dataprep.functions.registry import Category, function
from target_aep.dataprep.limits import MAX_PADDING, check_text
from target_aep.dataprep.semantics import same
from target_aep.dataprep.values import text

BLANKS = "".join(map(chr, range(33))) + (
    "\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u2028\u2029\u205f\u3000"
)


@function("concat(STRING_1, STRING_2, …)", Category.STRING)
def concat(*parts: object) -> str:
    """Glue values together as one text. Null counts as an empty text."""
    joined = "".join([part if type(part) is str else _part(part) for part in parts])
    check_text(len(joined), "the concatenation")
    return joined


def _part(value: object) -> str:
    return "" if value is None else text(value)


@function("explode(STRING, REGEX)", Category.STRING)
def explode(value: object, regex: object = ",") -> list[str] | None:
    """Split a text at each match of a regular expression, keeping empty positions. Default: a comma."""
    if value is None:
        return None
    return list(regexes.split("," if regex is None else scalar_text(regex), scalar_text(value)))


@function("instr(INPUT, SUBSTRING, START_POSITION, OCCURRENCE)", Category.STRING)
def instr(value: object, substring: object, start: object = 0, occurrence: object = 1) -> int | None:
    """Zero-based position of the nth occurrence of a text at or after a position; -1 if there is none."""
    if value is None or substring is None:
        return None
    haystack, needle = scalar_text(value), scalar_text(substring)
    position = max(whole(start, "START_POSITION"), 0) - 1
    for _ in range(min(whole(occurrence, "OCCURRENCE"), len(haystack) + 1)):
        position = haystack.find(needle, position + 1)
        if position < 0:
            break
    return position


@function("replacestr(INPUT, TO_FIND, TO_REPLACE)", Category.STRING)
def replacestr(value: object, find: object, replacement: object) -> str | None:
    """Replace every occurrence of a text by another."""
    if value is None:
        return None
    haystack = scalar_text(value)
    if find is None or find == "" or replacement is None:
        return haystack
    needle, new = scalar_text(find), scalar_text(replacement)
    check_text(len(haystack) + haystack.count(needle) * (len(new) - len(needle)), "the replaced text")
    return haystack.replace(needle, new)


@function("substr(INPUT, START_INDEX, LENGTH)", Category.STRING)
def substr(value: object, start: object, length: object = None) -> str | None:
    """Take LENGTH characters from a zero-based position on; fewer where the text ends."""
    if value is None:
        return None
    string, first = scalar_text(value), max(whole(start, "START_INDEX"), 0)
    if length is None:
        return string[first:]
    return string[first : first + max(whole(length, "LENGTH"), 0)]


@function("lower(INPUT)", Category.STRING, aliases=("lcase",))
def lower(value: object) -> str | None:
    """Lower-case a text."""
    return None if value is None else scalar_text(value).lower()


@function("upper(INPUT)", Category.STRING, aliases=("ucase",))
def upper(value: object) -> str | None:
    """Upper-case a text."""
    return None if value is None else scalar_text(value).upper()


@function("split(INPUT, SEPARATOR)", Category.STRING)
def split(value: object, separator: object) -> list[str] | None:
    """Split a text at any of the characters of SEPARATOR, dropping empty positions."""
    if value is None:
        return None
    string = scalar_text(value)
    separators = None if separator is None else _unescaped(scalar_text(separator))
    if separators == "":
        parts = [string]
    elif separators is None or len(separators) == 1:
        parts = string.split(separators)
    else:
        parts = re.split(f"[{re.escape(separators)}]", string)
    return [part for part in parts if part]


def _unescaped(separator: str) -> str:
    return separator.replace("\\\\", "\\") if "\\\\" in separator else separator


@function("join(SEPARATOR, [OBJECTS])", Category.STRING)
def join(separator: object, *objects: object) -> str | None:
    """Join the members of an array with a separator. A null member is an empty text."""
    items = objects[0] if len(objects) == 1 else list(objects)
    if items is None:
        return None
    between, parts = _part(separator), [_part(item) for item in members(items)]
    check_text(len(between) * len(parts), "the joined text")
    return between.join(parts)


@function("lpad(INPUT, COUNT, PADDING)", Category.STRING)
def lpad(value: object, count: object, padding: object = " ") -> str | None:
    """Pad a text on the left up to COUNT characters. A null or empty PADDING is one blank."""
    if value is None:
        return None
    string = scalar_text(value)
    return _filling(string, count, padding) + string


@function("rpad(INPUT, COUNT, PADDING)", Category.STRING)
def rpad(value: object, count: object, padding: object = " ") -> str | None:
    """Pad a text on the right up to COUNT characters. A null or empty PADDING is one blank."""
    if value is None:
        return None
    string = scalar_text(value)
    return string + _filling(string, count, padding)


def _filling(string: str, count: object, padding: object) -> str:
    missing = whole(count, "COUNT") - len(string)
    if missing <= 0:
        return ""
    if missing > MAX_PADDING:
        message = f"padding of more than {MAX_PADDING} characters"
        raise TransformError(message)
    unit = _part(padding) or " "
    return (unit * (missing // len(unit) + 1))[:missing]


@function("left(STRING, COUNT)", Category.STRING)
def left(value: object, count: object) -> str | None:
    """First COUNT characters."""
    return None if value is None else scalar_text(value)[: max(whole(count, "COUNT"), 0)]


@function("right(STRING, COUNT)", Category.STRING)
def right(value: object, count: object) -> str | None:
    """Last COUNT characters."""
    if value is None:
        return None
    wanted = max(whole(count, "COUNT"), 0)
    return scalar_text(value)[-wanted:] if wanted else ""


@function("ltrim(STRING)", Category.STRING)
def ltrim(value: object) -> str | None:
    """Remove white space at the beginning."""
    return None if value is None else scalar_text(value).lstrip(BLANKS)


@function("rtrim(STRING)", Category.STRING)
def rtrim(value: object) -> str | None:
    """Remove white space at the end."""
    return None if value is None else scalar_text(value).rstrip(BLANKS)


@function("trim(STRING)", Category.STRING)
def trim(value: object) -> str | None:
    """Remove white space at both ends."""
    return None if value is None else scalar_text(value).strip(BLANKS)


@function("STRING1.equals(STRING2)", Category.STRING)
def equals(first: object, second: object) -> bool | None:
    """Whether two values are equal and of one kind, as Java compares. Null if STRING1 is null."""
    if first is None:
        return None
    return same(first, second)


@function("STRING1.equalsIgnoreCase(STRING2)", Category.STRING)
def equals_ignore_case(first: object, second: object) -> bool | None:
    """Whether two texts are equal but for upper and lower case. Null if STRING1 is null."""
    if first is None:
        return None
    if second is None:
        return False
    one, other = scalar_text(first), scalar_text(second)
    return one == other or (len(one) == len(other) and all(map(_alike, one, other)))


def _alike(one: str, other: str) -> bool:
    """Java compares letter by letter, so that ``ß`` and ``SS`` differ."""
    return one == other or one.upper() == other.upper() or one.lower() == other.lower()
