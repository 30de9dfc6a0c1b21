"""Alignment by name, for streams without a mapping: each field to a field of the same name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from target_aep.dataprep import Mapping, SourceType
from target_aep.provision.names import field_names, is_legal

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Iterator

    from target_aep.provision.stream import StreamSchema
    from target_aep.xdm import Field


def by_name(stream: StreamSchema, namespace: str, present: Field | None) -> list[Mapping]:
    """Map each property of a stream to a field of the same name.

    Args:
        stream: The stream.
        namespace: Namespace of custom fields, empty for the root.
        present: A schema that is not ours, whose fields of the same name are used.
    """
    aligned = _same_names(present, namespace) if present is not None else {}
    prefix = f"{namespace}." if namespace else ""
    mappings: list[Mapping] = []
    for source, name in field_names(stream.properties).items():
        path = aligned.pop(_plain(name), "") or aligned.pop(_plain(source), "")
        mappings.append(Mapping(SourceType.ATTRIBUTE, source, path or f"{prefix}{name}"))
        if not path:
            mappings += _renamed(_escaped(source), stream.properties[source], f"{prefix}{name}")
    return mappings


def _renamed(source: str, schema: collections.abc.Mapping[str, Any], destination: str) -> Iterator[Mapping]:
    """Map what the copy of an object leaves out: attributes whose names are not legal in XDM."""
    properties = schema.get("properties") or {}
    legal = [name for name in properties if is_legal(name)]
    names = field_names([name for name in properties if name not in legal], taken=legal)
    for name, child in properties.items():
        target = f"{destination}.{names.get(name, name)}"
        if name in names:
            yield Mapping(SourceType.ATTRIBUTE, f"{source}.{_escaped(name)}", target)
        yield from _renamed(f"{source}.{_escaped(name)}", child, target)


def _escaped(name: str) -> str:
    return re.sub(r"([.\\])", r"\\\1", name)


def _same_names(schema: Field, namespace: str) -> dict[str, str]:
    """Paths of a schema's scalar fields by their last name; the namespace's own are preferred."""
    found: dict[str, list[str]] = {}
    for names, field in schema.leaves():
        if field.type.is_scalar and names[0] != "_repo":
            found.setdefault(_plain(names[-1]), []).append(".".join(names))
    paths: dict[str, str] = {}
    for name, candidates in found.items():
        own = [path for path in candidates if namespace and path.startswith(f"{namespace}.")]
        if len(own or candidates) == 1:
            paths[name] = (own or candidates)[0]
    return paths


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
