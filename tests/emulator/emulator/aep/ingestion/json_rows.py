"""Reading JSON row by row: which value of which row the schema does not allow.

The result has the "wire" types: strings for dates and times, 64-bit integers, lists of pairs for maps. The
columnar conversion does the rest, so that ranges and formats are judged in one place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from emulator.aep.ingestion import xdm
from emulator.aep.ingestion.problems import CONVERSION, CORRUPT, NULL, UNKNOWN_FIELD, RowErrors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulator.aep.ingestion.rows import LoadRules
    from emulator.aep.ingestion.xdm import XdmField

_LEAST, _MOST = -(2**63), 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SCALARS = {
    "string": pa.string(),
    "date": pa.string(),
    "date-time": pa.string(),
    "boolean": pa.bool_(),
    "double": pa.float64(),
}


class _UnreadableError(ValueError):
    """A value that has no reading as the type of its field."""


@dataclass(frozen=True)
class Corrupt:
    """A line that is no JSON object."""

    text: str


def decode(line: bytes) -> Any:
    """Return what a line holds, or `Corrupt`."""
    try:
        value = json.loads(line, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else Corrupt(line.decode("utf-8", "replace"))


def refuse_constant(name: str) -> None:
    """Refuse `NaN` and `Infinity`, which Python's parser would take."""
    message = f"{name} is not JSON"
    raise ValueError(message)


def wire_schema(root: XdmField, rows: Iterable[Any], *, maps: bool) -> pa.Schema:
    """Return the columns in which `rows` are read: the schema's fields that any of them has.

    Most schemas have hundreds of fields and most rows a few; the others would only cost time. Without `maps`,
    maps are left out, for a parser that does not know them.
    """
    kind = _wire_type(root, [row for row in rows if isinstance(row, dict)], maps=maps)
    return pa.schema(list(kind)) if kind is not None else pa.schema([])


def _wire_type(field: XdmField, values: list[Any], *, maps: bool) -> pa.DataType | None:
    if field.kind == "object":
        present: dict[str, list[Any]] = {}
        for value in values:
            if isinstance(value, dict):
                for name, inner in value.items():
                    if name in field.fields:
                        present.setdefault(name, []).append(inner)
        # An object that is there and empty must not look absent: it may lack what it requires.
        if not present and field.fields and any(isinstance(value, dict) for value in values):
            present[next(iter(field.fields))] = []
        children = [
            (name, _wire_type(field.fields[name], inner, maps=maps)) for name, inner in present.items()
        ]
        known = [pa.field(name, kind) for name, kind in children if kind is not None]
        return pa.struct(known) if known else None
    if field.kind in {"array", "map"}:
        if field.kind == "map" and not maps:
            return None
        assert field.items is not None
        items = [
            item
            for value in values
            for item in (
                value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
            )
        ]
        inner = _wire_type(field.items, items, maps=maps) or _least_type(field.items, maps=maps)
        if inner is None:
            return None
        return pa.list_(inner) if field.kind == "array" else pa.map_(pa.string(), inner)
    return _SCALARS.get(field.kind, pa.int64())


def _least_type(field: XdmField, *, maps: bool) -> pa.DataType | None:
    """Return a type that holds nothing but null of a field that no row has a value for."""
    if field.kind == "object":
        name, child = next(iter(field.fields.items()))
        kind = _least_type(child, maps=maps)
        return None if kind is None else pa.struct([pa.field(name, kind)])
    return _wire_type(field, [], maps=maps)


class RowReader:
    """Reads rows into wire types."""

    def __init__(self, root: XdmField, rules: LoadRules, errors: RowErrors) -> None:
        """Keep the schema, the rules for nulls and unknown fields, and where problems go."""
        self._root = root
        self._rules = rules
        self._errors = errors
        self._row = 0
        self._bad = False

    def read(self, row: Any, number: int) -> dict[str, Any] | None:
        """Return the row in wire types, None when it is bad."""
        self._row, self._bad = number, False
        if not isinstance(row, dict):
            self._add(CORRUPT, "", "Row is corrupted and cannot be read, please fix and resend.")
            return None
        value = self._object(row, self._root, "")
        return None if self._bad else value

    def _add(self, code: str, path: str, message: str) -> None:
        self._bad = True
        self._errors.add([self._row], code, path, message)

    def _object(self, value: dict[str, Any], field: XdmField, path: str) -> dict[str, Any]:
        result = {}
        for name, inner in value.items():
            child = field.fields.get(name)
            here = f"{path}.{name}" if path else name
            if child is None:
                if self._rules.unknown_fields != "dropped":
                    self._add(UNKNOWN_FIELD, here, f"The field {here} is not in the schema.")
            else:
                result[name] = self._value(inner, child, here)
        return result

    def _value(self, value: Any, field: XdmField, path: str) -> Any:
        if value is None:
            if self._rules.json_null == "refused":
                self._add(NULL, path, f"The field {path} is null.")
            return None
        if field.kind == "object" and isinstance(value, dict):
            return self._object(value, field, path)
        if field.kind == "map" and isinstance(value, dict):
            assert field.items is not None
            return [(key, self._value(inner, field.items, f"{path}.{key}")) for key, inner in value.items()]
        if field.kind == "array" and isinstance(value, list):
            assert field.items is not None
            return [self._value(inner, field.items, path) for inner in value]
        try:
            return _SCALAR_READERS[field.kind](value)
        except (KeyError, ValueError, OverflowError):
            self._add(CONVERSION, path, f"{_shortened(value)} cannot be read as {field.kind}")
            return None


def _string(value: Any) -> str:
    if isinstance(value, str):
        value.encode()  # a lone surrogate is no text
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _UnreadableError
    return json.dumps(value)


def _integer(value: Any) -> int:
    if isinstance(value, str):
        digits = value[1:] if value[:1] in {"+", "-"} else value
        if not digits.isascii() or not digits.isdigit():
            raise _UnreadableError
        value = int(value)
    if isinstance(value, float):
        if not value.is_integer():
            raise _UnreadableError
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not _LEAST <= value <= _MOST:
        raise _UnreadableError
    return value


def _double(value: Any) -> float:
    if isinstance(value, str) and (
        not value.isascii() or value.strip() != value or not any(map(str.isdigit, value)) or "_" in value
    ):
        raise _UnreadableError
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _UnreadableError
    return float(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _UnreadableError
    return value


def _time(value: Any) -> datetime:
    """Read epoch milliseconds, the JSON number form of dates and times."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise _UnreadableError
    return _EPOCH + timedelta(milliseconds=value)


def _date(value: Any) -> str:
    return value if isinstance(value, str) else _time(value).strftime("%Y-%m-%d").zfill(10)


def _date_time(value: Any) -> str:
    return (
        value
        if isinstance(value, str)
        else _time(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


_SCALAR_READERS = {
    "string": _string,
    "double": _double,
    "boolean": _boolean,
    "date": _date,
    "date-time": _date_time,
    **dict.fromkeys(xdm.INTEGERS, _integer),
}


def _shortened(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else text[:97] + "..."
