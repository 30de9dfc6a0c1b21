"""Mapping sets in files: JSON with lines that can be pointed at, or CSV."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from target_aep.dataprep import MappingSet
from target_aep.dataprep.mapping_bytes import decode
from target_aep.dataprep.mapping_csv import with_lines
from target_aep.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read(path: Path) -> tuple[MappingSet, list[int]]:
    """Read a mapping set, and the line at which each mapping begins.

    Raises:
        ConfigurationError: The file cannot be read or holds no mapping set.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror}."
        raise ConfigurationError(what, remedy="Correct the path.") from None
    try:
        return _parsed(path, decode(content))
    except ConfigurationError as error:
        what = error.what if str(path) in error.what else f"{path}: {error.what}"
        raise ConfigurationError(what, remedy=error.remedy) from None


def _parsed(path: Path, text: str) -> tuple[MappingSet, list[int]]:
    if path.suffix.lower() == ".csv":
        return with_lines(text)
    try:
        document: Any = json.loads(text)
    except ValueError as error:
        what = f"{path} is no JSON: {error}."
        raise ConfigurationError(what, remedy="Correct the file.") from None
    if isinstance(document, list):
        document = {"mappings": document}
    if not isinstance(document, dict):
        what = f"{path} holds no mapping set."
        raise ConfigurationError(what, remedy="It is a JSON object with mappings.")
    return MappingSet.from_dict(document), _lines(text)


def _lines(text: str) -> list[int]:
    """Line of each member of the first array called ``mappings``, or of the array that the text is."""
    start = re.search(r'"mappings"\s*:\s*\[|\A\s*\[', text)
    position = start.end() if start else len(text)
    found: list[int] = []
    decoder = json.JSONDecoder()
    while True:
        gap = re.compile(r"[\s,]*").match(text, position)
        position = gap.end() if gap else position
        if text[position : position + 1] != "{":
            return found
        found.append(text.count("\n", 0, position) + 1)
        _, position = decoder.raw_decode(text, position)


def write(mappings: Sequence[dict[str, str]], path: Path, *, force: bool) -> Path:
    """Write mappings as a mapping set, one a line.

    Raises:
        ConfigurationError: The file exists already.
    """
    lines = ",\n".join(f"    {json.dumps(mapping, ensure_ascii=False)}" for mapping in mappings)
    return create(path, f'{{\n  "mappings": [\n{lines}\n  ]\n}}\n', force=force)


def create(path: Path, text: str, *, force: bool) -> Path:
    """Write a file.

    Raises:
        ConfigurationError: It exists already.
    """
    if path.exists() and not force:
        what = f"{path} exists."
        raise ConfigurationError(what, remedy="Add --force to replace it.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
