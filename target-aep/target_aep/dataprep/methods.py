"""Methods that may be called on values: Adobe's three, and Java's harmless readers.

Nothing of Python is reachable: a method is a name in this table, whose
function knows which values it works on.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_aep.dataprep import paths, regexes, semantics
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.functions import strings
from target_aep.dataprep.functions.arguments import scalar_text, whole
from target_aep.dataprep.moments import epoch_milliseconds
from target_aep.dataprep.values import is_number, text

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Method:
    """A method: its implementation takes the value first; null never reaches it."""

    implementation: Callable[..., object]
    types: tuple[type, ...]
    fewest: int = 0
    most: int = 0


_ANY = (object,)
_NUMBER = (int, float)


def _contains(value: object, item: object) -> bool:
    if isinstance(value, list):
        return any(semantics.equal(member, item) for member in value)
    return scalar_text(item) in text(value)


def _index_of(value: object, item: object) -> int:
    if isinstance(value, list):
        found = (i for i, member in enumerate(value) if semantics.equal(member, item))
        return next(found, -1)
    return text(value).find(scalar_text(item))


def _substring(value: str, start: object, end: object = None) -> str:
    first, last = whole(start, "start"), len(value) if end is None else whole(end, "end")
    if not 0 <= first <= last <= len(value):
        message = f"a text of {len(value)} characters has no part from {first} to {last}"
        raise TransformError(message)
    return value[first:last]


def _char_at(value: str, index: object) -> str:
    position = whole(index, "index")
    return _substring(value, position, position + 1)


def _replaced(value: str, regex: object, replacement: object, count: int = 0) -> str:
    return regexes.replace(scalar_text(regex), value, scalar_text(replacement), count)


def _compare(value: object, other: object) -> int:
    if other is None:
        message = "null has no order"
        raise TransformError(message)
    return semantics.compare(value, other)


METHODS: dict[str, Method] = {
    "equals": Method(strings.equals, _ANY, 1, 1),
    "equalsIgnoreCase": Method(strings.equals_ignore_case, _ANY, 1, 1),
    "get": Method(paths.member, (dict, list), 1, 1),
    "toString": Method(text, _ANY),
    "compareTo": Method(_compare, _ANY, 1, 1),
    "size": Method(len, (list, dict)),
    "length": Method(len, (str,)),
    "isEmpty": Method(lambda value: not value, (str, list, dict)),
    "isBlank": Method(lambda value: not value.strip(), (str,)),
    "contains": Method(_contains, (str, list), 1, 1),
    "indexOf": Method(_index_of, (str, list), 1, 1),
    "lastIndexOf": Method(lambda value, item: value.rfind(scalar_text(item)), (str,), 1, 1),
    "startsWith": Method(lambda value, item: value.startswith(scalar_text(item)), (str,), 1, 1),
    "endsWith": Method(lambda value, item: value.endswith(scalar_text(item)), (str,), 1, 1),
    "toUpperCase": Method(str.upper, (str,)),
    "toLowerCase": Method(str.lower, (str,)),
    "trim": Method(strings.trim, (str,)),
    "strip": Method(strings.trim, (str,)),
    "substring": Method(_substring, (str,), 1, 2),
    "charAt": Method(_char_at, (str,), 1, 1),
    "concat": Method(strings.concat, (str,), 1, 1),
    "replace": Method(strings.replacestr, (str,), 2, 2),
    "replaceAll": Method(_replaced, (str,), 2, 2),
    "replaceFirst": Method(lambda value, regex, new: _replaced(value, regex, new, 1), (str,), 2, 2),
    "matches": Method(lambda value, regex: regexes.full_match(scalar_text(regex), value), (str,), 1, 1),
    "split": Method(lambda value, regex: list(regexes.split(scalar_text(regex), value)), (str,), 1, 1),
    "containsKey": Method(lambda value, key: key in value if isinstance(key, str) else False, (dict,), 1, 1),
    "getOrDefault": Method(lambda value, key, default: value.get(scalar_text(key), default), (dict,), 2, 2),
    "keySet": Method(list, (dict,)),
    "values": Method(lambda value: list(value.values()), (dict,)),
    "intValue": Method(int, _NUMBER),
    "longValue": Method(int, _NUMBER),
    "doubleValue": Method(float, _NUMBER),
    "toEpochMilli": Method(epoch_milliseconds, (dt.datetime,)),
}


def call(name: str, method: Method, value: object, arguments: list[object]) -> object:
    """``value.name(arguments)``; null for null, as in lenient JEXL.

    Raises:
        TransformError: Values of this type have no such method.
    """
    if value is None:
        return None
    fits = is_number(value) if method.types is _NUMBER else isinstance(value, method.types)
    if not fits:
        message = f"{semantics.describe(value)} has no method {name}"
        raise TransformError(message)
    return method.implementation(value, *arguments)
