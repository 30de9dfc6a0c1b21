"""Alignment by name, for streams without a mapping: each field to a field of the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_aep.dataprep import Mapping, SourceType
from target_aep.dataprep.paths import written
from target_aep.errors import ConfigurationError
from target_aep.provision.names import field_names, is_legal
from target_aep.xdm.paths import find

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Iterator

    from target_aep.provision.stream import StreamSchema
    from target_aep.xdm import Field


def by_name(
    stream: StreamSchema, namespace: str, *, own: Field | None = None, others: Field | None = None
) -> list[Mapping]:
    """Map each property of a stream to a field of the same name.

    Args:
        stream: The stream.
        namespace: Namespace of custom fields, empty for the root.
        own: A schema that was made for the stream, whose fields keep their sources.
        others: A schema that is not ours, whose fields of the same name are used.

    Raises:
        ConfigurationError: Which of two properties a field that exists is of cannot be told.
    """
    aligned = _same_names(others, namespace) if others is not None else {}
    prefix = f"{namespace}." if namespace else ""
    known = find(own, namespace) if own is not None and namespace else own
    try:
        mappings: list[Mapping] = []
        for source, name in field_names(_titles(stream.properties), present=_present(known)).items():
            path = aligned.pop(_plain(name), "") or aligned.pop(_plain(source), "")
            mappings.append(Mapping(SourceType.ATTRIBUTE, source, path or f"{prefix}{name}"))
            if not path:
                mappings += _renamed(
                    written([source]), stream.properties[source], f"{prefix}{name}", _child(known, name)
                )
    except ValueError as error:
        what = f"{error}."
        remedy = "Name one of them in a mapping, or rename it in the tap."
        raise ConfigurationError(what, remedy=remedy, stream=stream.stream) from None
    return mappings


def _renamed(
    source: str, schema: collections.abc.Mapping[str, Any], destination: str, known: Field | None
) -> Iterator[Mapping]:
    """Map what the copy of an object leaves out: attributes whose names are not legal in XDM."""
    properties = schema.get("properties") or {}
    legal = [name for name in properties if is_legal(name)]
    illegal = {name: child for name, child in properties.items() if name not in legal}
    names = field_names(_titles(illegal), taken=legal, present=_present(known))
    for name, child in properties.items():
        target = names.get(name, name)
        if name in names:
            yield Mapping(SourceType.ATTRIBUTE, f"{source}.{written([name])}", f"{destination}.{target}")
        yield from _renamed(
            f"{source}.{written([name])}", child, f"{destination}.{target}", _child(known, target)
        )


def _titles(properties: collections.abc.Mapping[str, Any]) -> dict[str, str]:
    return {name: str(schema.get("title") or name) for name, schema in properties.items()}


def _present(known: Field | None) -> dict[str, str]:
    return {name: field.title for name, field in known.fields.items()} if known is not None else {}


def _child(known: Field | None, name: str) -> Field | None:
    return known.fields.get(name) if known is not None else None


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
