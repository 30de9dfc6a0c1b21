"""Regular expression functions, in Java's dialect (``regexes.py``)."""

from __future__ import annotations

from target_aep.dataprep import regexes
from target_aep.dataprep.functions.arguments import scalar_text
from target_aep.dataprep.functions.registry import Category, function


@function("extract_regex(STRING, REGEX)", Category.REGEX)
def extract_regex(value: object, regex: object) -> list[str | None] | None:
    """Return the first match and each of its groups as an array; an empty array without a match."""
    if value is None or regex is None:
        return None
    return regexes.groups(scalar_text(regex), scalar_text(value))


@function("matches_regex(STRING, REGEX)", Category.REGEX)
def matches_regex(value: object, regex: object) -> bool | None:
    """Whether a regular expression matches the whole text."""
    if value is None or regex is None:
        return None
    return regexes.full_match(scalar_text(regex), scalar_text(value))
