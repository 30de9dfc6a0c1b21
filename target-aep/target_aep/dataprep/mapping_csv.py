"""Mapping sets as CSV, one mapping a row.

Adobe publishes no description of the file that its UI exports, so any usual
heading is understood, and unknown columns are kept out.
"""

from __future__ import annotations

import csv
import io
import re

from target_aep.dataprep.mapping_set import Mapping, MappingSet
from target_aep.errors import ConfigurationError

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


_SOURCE_TYPES = {"calculatedfield": "EXPRESSION", "field": "ATTRIBUTE", "constant": "STATIC"}
"""What the columns of a user interface say; other words are those of mapping sets."""


def from_csv(text: str) -> MappingSet:
    """Read a mapping set from CSV with a heading; the delimiter is a comma, semicolon, tab or pipe.

    Without a column for the source type, a source is an attribute.

    Raises:
        ConfigurationError: Source or destination has no column, or a row is no mapping.
    """
    return with_lines(text)[0]


def with_lines(text: str) -> tuple[MappingSet, list[int]]:
    """Read as ``from_csv``, and tell the line at which each mapping begins."""
    text = text.removeprefix("\ufeff")
    heading = text.split("\n", maxsplit=1)[0]
    delimiter = max(",;\t|", key=heading.count)
    try:
        return _read(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        message = f"the CSV cannot be read: {error}."
        raise ConfigurationError(message, remedy="Correct the file.") from None


def _read(reader: csv.DictReader[str]) -> tuple[MappingSet, list[int]]:
    names = {column: _HEADINGS.get(_letters(column)) for column in reader.fieldnames or ()}
    if not {"source", "destination"} <= set(names.values()):
        what = f"the CSV's columns are {', '.join(map(str, names))}."
        raise ConfigurationError(what, remedy=f"It needs {', '.join(COLUMNS[:3])}.")
    mappings, lines, end = [], [], reader.line_num
    for row in reader:
        begin, end = end + 1, reader.line_num
        document = {name: row[column] for column, name in names.items() if name and row.get(column)}
        if document:
            written = document.get("sourceType", "")
            document["sourceType"] = _SOURCE_TYPES.get(_letters(written), written)
            mappings.append(Mapping.from_dict(document))
            lines.append(begin)
    return MappingSet.of(mappings), lines


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
