"""Mapping sets as CSV, one mapping a row.

Adobe publishes no description of the file that its UI exports, so any usual
heading is understood, and unknown columns are kept out.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from target_aep.dataprep.mapping_set import Mapping, MappingSet
from target_aep.errors import ConfigurationError

if TYPE_CHECKING:
    import _csv

COLUMNS = ("sourceType", "source", "destination", "name", "description")

_HEADINGS = {
    "sourcetype": "sourceType",
    "type": "sourceType",
    "mappingtype": "sourceType",
    "source": "source",
    "sourcefield": "source",
    "sourcedata": "source",
    "sourceattribute": "source",
    "sourcepath": "source",
    "expression": "source",
    "destination": "destination",
    "destinationpath": "destination",
    "destinationxdmpath": "destination",
    "target": "destination",
    "targetfield": "destination",
    "targetpath": "destination",
    "targetxdmfield": "destination",
    "name": "name",
    "description": "description",
}


_NAMED_DELIMITER = re.compile(r"sep=(.)", re.IGNORECASE)
"""The line that spreadsheets put before the heading to tell the delimiter."""

_SOURCE_TYPES = {"calculatedfield": "EXPRESSION", "field": "ATTRIBUTE", "constant": "STATIC"}
"""What the columns of a user interface say; other words are those of mapping sets."""


def from_csv(text: str) -> MappingSet:
    """Read a mapping set from CSV with a heading; the delimiter is a comma, semicolon, tab or pipe.

    Without a column for the source type, a source is an attribute. Blanks around a cell do not count,
    but in a constant.

    Raises:
        ConfigurationError: Source or destination has no column, or a row is no mapping; the message
            says in which line.
    """
    return with_lines(text)[0]


def with_lines(text: str) -> tuple[MappingSet, list[int]]:
    """Read as ``from_csv``, and tell the line at which each mapping begins."""
    text = text.removeprefix("\ufeff")
    lines = text.splitlines() or [""]
    before = next((index for index, line in enumerate(lines) if line.strip()), 0)
    named = _NAMED_DELIMITER.fullmatch(lines[before].strip())
    before += bool(named)
    heading = lines[before] if before < len(lines) else ""
    delimiter = named[1] if named else max(",;\t|", key=heading.count)
    remaining = io.StringIO("\n".join(lines[before:]) if before else text, newline="")
    reader = csv.reader(remaining, delimiter=delimiter, strict=True)
    try:
        return _read(reader, before)
    except csv.Error as error:
        message = f"line {before + reader.line_num}: the CSV cannot be read: {error}."
        remedy = "Look for a quote that is not closed, or not doubled inside a quoted cell."
        raise ConfigurationError(message, remedy=remedy) from None


def _read(reader: _csv.Reader, before: int) -> tuple[MappingSet, list[int]]:
    columns = next(reader, [])
    names = [_HEADINGS.get(_letters(column)) for column in columns]
    if not {"source", "destination"} <= set(names):
        what = f"the CSV's columns are {', '.join(columns)}." if columns else "the CSV is empty."
        raise ConfigurationError(what, remedy=f"It needs {', '.join(COLUMNS[:3])}.")
    mappings, lines, end = [], [], before + reader.line_num
    for cells in reader:
        begin, end = end + 1, before + reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        try:
            mappings.append(_mapping(names, cells))
        except ConfigurationError as error:
            what = f"line {begin}: {error.what}"
            raise ConfigurationError(what, remedy=error.remedy) from None
        lines.append(begin)
    return MappingSet.of(mappings), lines


def _mapping(names: list[str | None], cells: list[str]) -> Mapping:
    surplus = [cell for cell in cells[len(names) :] if cell.strip()]
    if surplus:
        what = f"the row has {len(cells)} cells, and the heading {len(names)}."
        raise ConfigurationError(what, remedy="Put quotes around a cell that contains the delimiter.")
    row: dict[str, str] = {}
    for name, cell in zip(names, cells, strict=False):
        if name and (cell.strip() or name not in row):  # of two columns for one thing, one may be empty
            row[name] = cell
    written = row.get("sourceType", "")
    source_type = _SOURCE_TYPES.get(_letters(written), written.strip())
    document = {name: cell.strip() for name, cell in row.items() if cell.strip()} | {
        "sourceType": source_type
    }
    if source_type.upper() == "STATIC":
        document["source"] = row.get("source", "")
    return Mapping.from_dict(document)


def _letters(text: str) -> str:
    return re.sub(r"\W|_", "", text).lower()


def to_csv(mapping_set: MappingSet) -> str:
    """Write a mapping set as CSV with the columns ``COLUMNS``."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for mapping in mapping_set.mappings:
        writer.writerow(mapping.to_dict() | {
            "sourceType": mapping.source_type.value,
            "source": mapping.source,
            "destination": mapping.destination,
        })  # fmt: skip
    return buffer.getvalue()
