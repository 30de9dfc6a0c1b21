"""Columnar checks of what a schema demands of values: required, enum, pattern, format, bounds, lengths."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emulator.aep.ingestion.conversion import one_chunk
from emulator.aep.ingestion.problems import CONSTRAINT, REQUIRED, RowErrors

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.aep.ingestion.problems import RowNumbers
    from emulator.aep.ingestion.xdm import XdmField

# Letters of any script pass: the platform words its refusals as a Java validator does, which takes them.
_URI_CHARACTERS = r"""[^\x00-\x20\x7F"<>\\^`{|}]"""
_FORMATS = {
    "email": r"^[^\s@]+@[^\s@]+$",
    "uri": rf"^[A-Za-z][A-Za-z0-9+.-]*:{_URI_CHARACTERS}*$",
    "uri-reference": rf"^{_URI_CHARACTERS}*$",
    "url-template": r"^\S*$",
    "hostname": r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$",
    "json-pointer": r"^(/([^~/]|~[01])*)*$",
}


@dataclass
class Checker:
    """Checks converted columns; what it finds goes to `errors`."""

    errors: RowErrors

    def table(self, table: pa.Table, root: XdmField, rows: RowNumbers) -> None:
        """Check the rows of a file; `rows` are their numbers."""
        for name in root.required:
            if name not in table.column_names:
                self._missing(rows, name)
        for name in table.column_names:
            array = one_chunk(table.column(name))
            if name in root.required and array.null_count:
                self._missing(rows[np.flatnonzero(np.asarray(array.is_null()))], name)
            self._array(array, root.fields[name], name, rows)

    def _missing(self, rows: RowNumbers, path: str) -> None:
        self.errors.add(rows, REQUIRED, path, f"The required field {path} is missing or null.")

    def _array(self, array: pa.Array, field: XdmField, path: str, rows: RowNumbers) -> None:
        if array.null_count == len(array):
            return
        if field.kind == "object":
            self._struct(array, field, path, rows)
        elif field.kind == "array" and field.items is not None:
            parents = np.asarray(pc.list_parent_indices(array))
            self._array(array.flatten(), field.items, path, rows[parents])
        elif field.kind == "map" and field.items is not None:
            lengths = np.diff(np.asarray(array.offsets))
            self._array(array.items, field.items, path, rows[np.repeat(np.arange(len(array)), lengths)])
        else:
            self._scalar(array, field, path, rows)

    def _struct(self, array: pa.Array, field: XdmField, path: str, rows: RowNumbers) -> None:
        present = np.asarray(array.is_valid())
        children = {array.type.field(index).name: index for index in range(array.type.num_fields)}
        flattened = array.flatten()
        for name in field.required:
            lacking = (
                present if name not in children else present & np.asarray(flattened[children[name]].is_null())
            )
            self._missing(rows[np.flatnonzero(lacking)], f"{path}.{name}")
        for name, index in children.items():
            self._array(flattened[index], field.fields[name], f"{path}.{name}", rows)

    def _scalar(self, array: pa.Array, field: XdmField, path: str, rows: RowNumbers) -> None:
        for good, rule in _rules(array, field):
            if pc.all(good).as_py() in {True, None}:
                continue
            for index in np.flatnonzero(~np.asarray(good.fill_null(True))):
                message = f"{array[int(index)].as_py()!r} does not satisfy {rule}"
                self.errors.add([rows[index]], CONSTRAINT, path, message)


def _rules(array: pa.Array, field: XdmField) -> list[tuple[pa.Array, str]]:
    """Return, for each rule of a field, which values satisfy it."""
    rules = []
    if field.enum:
        values = (
            pa.array([str(value) for value in field.enum]) if field.kind == "string" else pa.array(field.enum)
        )
        rules.append((pc.is_in(array, value_set=pc.cast(values, array.type)), f"enum {list(field.enum)}"))
    if field.minimum is not None and field.kind not in {"string", "boolean", "date", "date-time"}:
        rules.append((pc.greater_equal(array, field.minimum), f"minimum {field.minimum}"))
    if field.maximum is not None and field.kind not in {"string", "boolean", "date", "date-time"}:
        rules.append((pc.less_equal(array, field.maximum), f"maximum {field.maximum}"))
    if field.kind == "string":
        rules += _text_rules(array, field)
    # Nulls satisfy everything but `required`.
    return [(pc.if_else(array.is_valid(), good, pa.scalar(None, pa.bool_())), rule) for good, rule in rules]


def _text_rules(array: pa.Array, field: XdmField) -> list[tuple[pa.Array, str]]:
    rules = []
    if field.min_length is not None:
        rules.append(
            (pc.greater_equal(pc.utf8_length(array), field.min_length), f"minLength {field.min_length}")
        )
    if field.max_length is not None:
        rules.append(
            (pc.less_equal(pc.utf8_length(array), field.max_length), f"maxLength {field.max_length}")
        )
    if field.pattern is not None:
        rules.append((_matches(array, field.pattern), f"pattern {field.pattern}"))
    if field.format in _FORMATS:
        rules.append((_matches(array, _FORMATS[field.format]), f"format {field.format}"))
    elif field.format in {"ipv4", "ipv6"}:
        address: Callable[[str], object] = IPv4Address if field.format == "ipv4" else IPv6Address
        rules.append((_each(array, lambda text: _accepted(address, text)), f"format {field.format}"))
    return rules


def _matches(array: pa.Array, pattern: str) -> pa.Array:
    try:
        return pc.match_substring_regex(array, pattern)
    except pa.ArrowInvalid:  # RE2 does not know look-around and back references
        compiled = re.compile(pattern)
        return _each(array, lambda text: compiled.search(text) is not None)


def _each(array: pa.Array, good: Callable[[str], bool]) -> pa.Array:
    encoded = array.dictionary_encode()
    verdicts = pa.array([good(text) for text in encoded.dictionary.to_pylist()], pa.bool_())
    return verdicts.take(encoded.indices)


def _accepted(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True
