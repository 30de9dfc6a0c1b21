"""The type of a calculated field, as far as its text tells it.

A field's type is for ever, so a wrong guess is worse than text: what is not certain is a string,
which holds any value, and a user who knows better sets ``types``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from target_aep.dataprep import nodes
from target_aep.provision.fields import field_of, wider
from target_aep.xdm import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_aep.provision.stream import StreamSchema

_TEXT = Field(XdmType.STRING)
_RESULTS = {
    XdmType.LONG: ("to_bigint", "to_integer", "timestamp", "make_timestamp", "size_of", "instr", "date_part"),
    XdmType.DOUBLE: ("to_decimal", "to_float"),
    XdmType.BOOLEAN: ("is_empty", "is_set", "contains_key", "map_has_keys", "matches_regex", "equals"),
    XdmType.DATE_TIME: (
        "now", "date", "current_timestamp", "make_date_time", "set_date_part", "zone_date_to_utc",
        "zone_date_to_zone",
    ),
}  # fmt: skip
_RESULT_OF = {function: xdm_type for xdm_type, functions in _RESULTS.items() for function in functions}


def type_of(node: nodes.Node, stream: StreamSchema) -> Field:
    """Return the field that holds an expression's values."""
    return _type(node, stream) or _TEXT


def _type(node: nodes.Node, stream: StreamSchema) -> Field | None:  # noqa: PLR0911 - one case a node
    """The type of a node; None for null, which goes with any."""
    match node:
        case nodes.Literal():
            return _literal(node.value)
        case nodes.Reference():
            found = stream.property_at(".".join(node.names))
            return field_of(found[1]) if found else _TEXT
        case nodes.Comparison() if node.operator != "..":
            return Field(XdmType.BOOLEAN)
        case nodes.Logical():
            return Field(XdmType.BOOLEAN)
        case nodes.Unary() if node.operator in {"!", "empty"}:
            return Field(XdmType.BOOLEAN)
        case nodes.Conditional():
            return _widest([node.then, node.otherwise], stream)
        case nodes.Default():
            return _widest([node.left, node.right], stream)
        case nodes.Call():
            return _call(node, stream)
        case _:
            return _TEXT


def _literal(value: object) -> Field | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return Field(XdmType.BOOLEAN)
    if isinstance(value, int):
        return Field(XdmType.LONG)
    return Field(XdmType.DOUBLE) if isinstance(value, (float, Decimal)) else _TEXT


def _call(node: nodes.Call, stream: StreamSchema) -> Field | None:
    if node.function == "nullify":
        return None
    if node.function == "iif":
        return _widest(node.arguments[1:3], stream)
    if node.function in {"coalesce", "min", "max"}:
        return _widest(node.arguments, stream)
    return Field(_RESULT_OF.get(node.function, XdmType.STRING))


def _widest(branches: Iterable[nodes.Node], stream: StreamSchema) -> Field | None:
    known = [field for branch in branches if (field := _type(branch, stream)) is not None]
    result = known[0] if known else None
    for field in known[1:]:
        result = wider(result, field) if result is not None else field
    return result
