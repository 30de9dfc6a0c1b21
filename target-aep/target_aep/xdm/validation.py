"""Validation of an XDM-shaped table against its schema, by column.

Each rule is one vectorised test per column; only rows that fail are looked at one by one.
The Arrow types already say that a value has the right type, so what is left is presence, range,
enumeration, pattern, format and length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from target_aep.xdm import formats
from target_aep.xdm.types import INTEGER_RANGES, Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Iterator


class Rejection(NamedTuple):
    """Why a row is not valid.

    Args:
        row: Its position in the table, from 0.
        path: Dotted path of the field.
        value: The offending value, None where it is missing.
        rule: ``required``, ``enum``, ``pattern``, ``format``, ``range``, ``length``, ``number``,
            ``identity``.
        message: The rule in words.
    """

    row: int
    path: str
    value: object
    rule: str
    message: str


@dataclass(frozen=True)
class Validation:
    """The rows of a table that are valid, in order, and why the others are not (one or more each)."""

    valid: pa.Table
    rejections: list[Rejection]

    @property
    def rejected_rows(self) -> list[int]:
        """Positions of the rows that are not valid, ascending."""
        return sorted({rejection.row for rejection in self.rejections})


def validate(table: pa.Table, root: Field) -> Validation:
    """Validate a table whose columns are fields of ``root`` with their Arrow types.

    Raises:
        ValueError: A column is not a field of the schema.
    """
    unknown = [name for name in table.column_names if name not in root.fields]
    if unknown:
        message = f"columns that the schema does not have: {', '.join(unknown)}"
        raise ValueError(message)
    rejections: list[Rejection] = []
    start = 0
    for batch in table.to_batches():
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        for failure in _object_failures(columns, root, _Place("", batch.num_rows)):
            rejections.extend(failure.rejections(start))
        start += batch.num_rows
    if not rejections:
        return Validation(table, [])
    rejections.sort(key=lambda rejection: rejection.row)
    keep = [True] * table.num_rows
    for rejection in rejections:
        keep[rejection.row] = False
    return Validation(table.filter(pa.array(keep)), rejections)


class _Place(NamedTuple):
    """Where values stand: path, how many, the row of each (None: its position), which parents exist."""

    path: str
    length: int
    rows: pa.Array | None = None
    exists: pa.BooleanArray | None = None

    def child(self, name: str) -> _Place:
        return self._replace(path=f"{self.path}.{name}" if self.path else name, exists=None)

    def elements(self, suffix: str, lists: pa.Array) -> _Place:
        parents = pc.list_parent_indices(lists)
        rows = parents if self.rows is None else self.rows.take(parents)
        return _Place(self.path + suffix, len(rows), rows)


class _Failure(NamedTuple):
    bad: pa.BooleanArray
    values: pa.Array | None
    place: _Place
    rule: str
    message: str

    def rejections(self, first_row: int) -> Iterator[Rejection]:
        for position in pc.indices_nonzero(self.bad).to_pylist():
            row = position if self.place.rows is None else self.place.rows[position].as_py()
            value = None if self.values is None else self.values[position].as_py()
            yield Rejection(first_row + row, self.place.path, value, self.rule, self.message)


def _object_failures(columns: dict[str, pa.Array], field: Field, place: _Place) -> Iterator[_Failure]:
    """Check presence of required children, then each child that is there."""
    for name in sorted(field.required):
        column = columns.get(name, pa.nulls(place.length))
        missing = column.is_null()
        if place.exists is not None:
            missing = pc.and_(missing, place.exists)
        if missing.true_count:
            message = "a required field is missing or null"
            yield _Failure(missing, None, place.child(name), "required", message)
    for name, column in columns.items():
        if _has_rules(field.fields[name]):
            yield from _failures(column, field.fields[name], place.child(name))


def _failures(array: pa.Array, field: Field, place: _Place) -> Iterator[_Failure]:
    if field.type is XdmType.OBJECT:
        # flatten() makes the children of a null object null.
        children = dict(zip((child.name for child in array.type), array.flatten(), strict=True))
        yield from _object_failures(children, field, place._replace(exists=array.is_valid()))
    elif field.type is XdmType.ARRAY and field.items is not None:
        yield from _failures(pc.list_flatten(array), field.items, place.elements("[*]", array))
    elif field.type is XdmType.MAP and field.items is not None:
        values = pa.ListArray.from_arrays(array.offsets, array.items)
        yield from _failures(pc.list_flatten(values), field.items, place.elements(".*", values))
    elif field.type.is_scalar:
        for bad, rule, message in _scalar_rules(array, field):
            if bad.true_count:
                yield _Failure(bad, array, place, rule, message)


def _scalar_rules(array: pa.Array, field: Field) -> Iterator[tuple[pa.BooleanArray, str, str]]:
    """Yield ``(which are bad, rule, message)``; null is never bad here."""
    if field.enum is not None:
        allowed = pa.array([value for value in field.enum if value is not None]).cast(array.type)
        known = pc.is_in(array, value_set=allowed)
        listed = ", ".join(str(value) for value in field.enum)
        yield pc.and_(pc.invert(known), array.is_valid()), "enum", f"not one of {listed}"
    if field.type is XdmType.STRING:
        yield from _string_rules(array, field)
    elif field.type is XdmType.DOUBLE:
        yield pc.invert(pc.is_finite(array)), "number", "not a finite number"
    low, high = _range(field)
    if low is not None:
        yield pc.less(array, pa.scalar(low, array.type)), "range", f"less than {low}"
    if high is not None:
        yield pc.greater(array, pa.scalar(high, array.type)), "range", f"greater than {high}"


def _string_rules(array: pa.Array, field: Field) -> Iterator[tuple[pa.BooleanArray, str, str]]:
    if field.pattern is not None:
        matching = formats.matches_pattern(array, field.pattern)
        yield pc.invert(matching), "pattern", f"does not match {field.pattern}"
    if field.format is not None:
        matching = formats.matches_format(array, field.format)
        if matching is not None:
            yield pc.invert(matching), "format", f"is not a valid {field.format}"
    if field.min_length is not None:
        yield pc.less(pc.utf8_length(array), field.min_length), "length", f"shorter than {field.min_length}"
    if field.max_length is not None:
        yield pc.greater(pc.utf8_length(array), field.max_length), "length", f"longer than {field.max_length}"
    if field.refused:
        refused = pc.is_in(pc.utf8_trim_whitespace(array), value_set=pa.array(field.refused))
        yield refused, "identity", "Identity Service takes no such value"


def _range(field: Field) -> tuple[float | None, float | None]:
    low, high = field.minimum, field.maximum
    if field.type is XdmType.LONG:
        lowest, highest = INTEGER_RANGES[XdmType.LONG]
        low, high = lowest if low is None else low, highest if high is None else high
    return low, high


def _has_rules(field: Field) -> bool:
    """Whether anything in or below the field can be wrong, so that plain columns cost nothing."""
    if field.type is XdmType.OBJECT:
        return bool(field.required) or any(_has_rules(child) for child in field.fields.values())
    if field.type in {XdmType.ARRAY, XdmType.MAP}:
        return field.items is not None and _has_rules(field.items)
    limits = (field.enum, field.pattern, field.format, field.minimum, field.maximum)
    lengths = (field.min_length, field.max_length)
    return (
        field.type in {XdmType.LONG, XdmType.DOUBLE}
        or bool(field.refused)
        or any(limit is not None for limit in (*limits, *lengths))
    )
