"""JSON as text."""

from __future__ import annotations

import json
import math
from typing import NoReturn

from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.functions.arguments import scalar_text
from target_aep.dataprep.functions.registry import Category, function
from target_aep.dataprep.limits import MAX_DIGITS, check_nesting


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        message = f"an integer of more than {MAX_DIGITS} digits"
        raise TransformError(message)
    return int(digits)


def _real(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        message = f"{digits[:60]} is beyond the range of a number"
        raise TransformError(message)
    return value


def _constant(name: str) -> NoReturn:
    message = f"{name} is no JSON"
    raise TransformError(message)


@function("json_to_object(STRING)", Category.JSON)
def json_to_object(value: object) -> object:
    """Parse a JSON text. What is an object or array already is returned as it is."""
    if value is None or isinstance(value, (dict, list)):
        return value
    try:
        found = json.loads(
            scalar_text(value), parse_int=_integer, parse_float=_real, parse_constant=_constant
        )
    except (ValueError, RecursionError) as error:
        message = f"no valid JSON: {error}"
        raise TransformError(message) from None
    check_nesting(found)
    return found
