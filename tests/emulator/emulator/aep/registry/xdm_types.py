"""From JSON Schema keywords to XDM types: what the registry writes as `meta:xdmType`.

An integer is the smallest type whose range contains its bounds, and an `int` without bounds. (Adobe's tables
print 128 and 32,768 as upper bounds of byte and short.)
"""

from __future__ import annotations

from typing import Any

_INTEGER_RANGES = (
    ("byte", -128, 128),
    ("short", -32_768, 32_768),
    ("int", -2_147_483_648, 2_147_483_647),
    ("long", -9_007_199_254_740_992, 9_007_199_254_740_992),
)
_SAME = ({"number", "double"}, {"int", "integer"})
_STRING_FORMATS = {"date": "date", "date-time": "date-time"}


def derive(node: dict[str, Any]) -> str | None:
    """Return the XDM type that a field's keywords mean, None where they say nothing."""
    json_type = node.get("type")
    if json_type == "string":
        return _STRING_FORMATS.get(node.get("format", ""), "string")
    if json_type == "integer":
        return _integer(node)
    if json_type == "object":
        extra = node.get("additionalProperties")
        is_map = isinstance(extra, dict) and "type" in extra and not node.get("properties")
        return "map" if is_map else "object"
    if json_type in {"number", "boolean", "array"}:
        return str(json_type)
    return None


def agree(written: str, derived: str) -> bool:
    """Tell whether an explicit `meta:xdmType` says the same as the keywords."""
    return written == derived or any({written, derived} <= same for same in _SAME)


def _integer(node: dict[str, Any]) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if low is None and high is None:
        return "int"
    low = -2_147_483_648 if low is None else low
    high = 2_147_483_647 if high is None else high
    for name, least, most in _INTEGER_RANGES:
        if least <= low and high <= most:
            return name
    return "long"
