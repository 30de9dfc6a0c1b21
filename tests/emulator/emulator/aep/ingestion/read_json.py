"""Reading an uploaded JSON file: lines of objects, or one array of objects (`isMultiLineJson`).

Lines are read in blocks. Arrow's parser reads a block as columns where every value has the schema's JSON
type; a block with anything else in it is read row by row, which finds out which rows are bad and why.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from emulator.aep.ingestion import json_rows
from emulator.aep.ingestion.constraints import Checker
from emulator.aep.ingestion.conversion import Converter
from emulator.aep.ingestion.problems import CORRUPT, BatchFailure, RowErrors
from emulator.aep.ingestion.rows import FileRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from emulator.aep.ingestion.problems import RowNumbers
    from emulator.aep.ingestion.rows import LoadRules
    from emulator.aep.ingestion.xdm import XdmField

_BLOCK_BYTES = 16 * 1024 * 1024
# Arrow takes null for absent and NaN for a number; both need a closer look.
_PARSER_BYTES = 2 * 1024 * 1024
_PIECE_LINES = 200
_SAMPLE_LINES = 100
_SUSPICIOUS = (b"null", b"NaN", b"Inf")
_NEEDS_A_CLOSER_LOOK = re.compile(rb"[:\[,]\s*(?:null|-?NaN|-?Inf)")


def read_lines(path: Path, root: XdmField, rules: LoadRules) -> Iterator[FileRows]:
    """Yield the rows of a file of JSON lines, a block at a time. Empty lines are no rows."""
    number = 0
    with path.open("rb") as file:
        rest = b""
        while True:
            block = file.read(_BLOCK_BYTES)
            data = rest + block
            end = data.rfind(b"\n") + 1 if block else len(data)
            data, rest = data[:end], data[end:]
            if data.strip():
                for part in _block([line for line in data.split(b"\n") if line.strip()], root, rules, number):
                    number += part.count
                    yield part
            if not block:
                return


def read_array(path: Path, root: XdmField, rules: LoadRules) -> Iterator[FileRows]:
    """Yield the rows of a file that is one JSON array. A file that is anything else is one corrupt row."""
    content = path.read_bytes()
    try:
        found = json.loads(content, parse_constant=json_rows.refuse_constant)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list):
        errors = RowErrors()
        errors.add([0], CORRUPT, "", "The file is not an array of JSON objects.")
        text = content[:1000].decode("utf-8", "replace")
        yield FileRows(pa.table({}), 1, errors, {0: {"_corrupt_record": text}})
        return
    yield _by_row(found, root, rules, 0)


def _block(
    lines: list[bytes], root: XdmField, rules: LoadRules, first: int, wire: pa.Schema | None = None
) -> Iterator[FileRows]:
    """Yield lines as columns; where that does not work, in small pieces, and at last row by row."""
    if wire is None:
        sample = [json_rows.decode(line) for line in lines[:: max(1, len(lines) // _SAMPLE_LINES)]]
        wire = json_rows.wire_schema(root, sample, maps=False)
    table = _columns(lines, wire)
    if table is not None:
        rules.count_columns(table.schema)
        errors = RowErrors()
        rows = np.arange(first, first + len(lines))
        try:
            converted = Converter(errors, unknown_fields=rules.unknown_in_json).table(table, root, rows)
        except BatchFailure:
            pass  # a type that Arrow guessed for a field with free keys; single rows tell more
        else:
            part = _Part(root, rows, len(lines), errors, lambda row: json.loads(lines[row - first]))
            yield part.finished(converted)
            return
    if len(lines) > _PIECE_LINES:
        for start in range(0, len(lines), _PIECE_LINES):
            yield from _block(lines[start : start + _PIECE_LINES], root, rules, first + start, wire)
    else:
        yield _by_row([json_rows.decode(line) for line in lines], root, rules, first)


def _columns(lines: list[bytes], wire: pa.Schema) -> pa.Table | None:
    """Return lines as columns, None where they have to be looked at one by one."""
    data = b"\n".join(lines)
    if any(word in data for word in _SUSPICIOUS) and _NEEDS_A_CLOSER_LOOK.search(data):
        return None
    options = pj.ParseOptions(explicit_schema=wire, unexpected_field_behavior="infer")
    longest = max(len(line) for line in lines)
    read = pj.ReadOptions(block_size=max(_PARSER_BYTES, longest + 2))
    try:
        data.decode("utf-8")
        table = pj.read_json(io.BytesIO(data), read_options=read, parse_options=options)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError):
        return None
    # A guessed timestamp hides what the text was; fewer or more rows than lines are objects across lines.
    guessed = any(_has_timestamp(each.type) for each in table.schema)
    return None if guessed or table.num_rows != len(lines) else table


def _has_timestamp(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(_has_timestamp(kind.field(index).type) for index in range(kind.num_fields))
    if pa.types.is_list(kind):
        return _has_timestamp(kind.value_type)
    return bool(pa.types.is_timestamp(kind))


def _by_row(found: Sequence[Any], root: XdmField, rules: LoadRules, first: int) -> FileRows:
    errors = RowErrors()
    reader = json_rows.RowReader(root, rules, errors)
    values, numbers = [], []
    for number, row in enumerate(found, start=first):
        value = reader.read(row, number)
        if value is not None:
            values.append(value)
            numbers.append(number)
    table = pa.Table.from_pylist(values, schema=json_rows.wire_schema(root, found, maps=True))
    rules.count_columns(table.schema)
    rows = np.array(numbers, dtype=np.int64)
    converted = Converter(errors).table(table, root, rows)

    def original(number: int) -> Any:
        row = found[number - first]
        return {"_corrupt_record": row.text} if isinstance(row, json_rows.Corrupt) else row

    return _Part(root, rows, len(found), errors, original).finished(converted)


@dataclass(frozen=True)
class _Part:
    """Rows that were read and converted; those in `errors` are bad, however they came there."""

    root: XdmField
    rows: RowNumbers
    count: int
    errors: RowErrors
    original: Callable[[int], Any]

    def finished(self, converted: pa.Table) -> FileRows:
        Checker(self.errors).table(converted, self.root, self.rows)
        bad = self.errors.rows()
        if len(bad):
            converted = converted.take(pa.array(np.flatnonzero(~np.isin(self.rows, bad))))
        return FileRows(
            converted, self.count, self.errors, {int(row): self.original(int(row)) for row in bad}
        )
