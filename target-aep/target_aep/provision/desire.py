"""What a schema must hold for a stream: custom fields with types, standard fields, identities."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from target_aep.dataprep import SourceType, compile_expression
from target_aep.errors import ConfigurationError
from target_aep.provision import trees
from target_aep.provision.expression_types import type_of
from target_aep.provision.fields import field_of
from target_aep.provision.mapping import in_namespace
from target_aep.provision.names import is_legal
from target_aep.stream_settings import IDENTITY_MAP
from target_aep.xdm import Field, XdmType, paths

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Sequence

    from target_aep.dataprep import Mapping
    from target_aep.provision.stream import StreamSchema
    from target_aep.stream_settings import NamespaceSettings, StreamSettings


@dataclass(frozen=True)
class Identity:
    """A field of the schema that is an identity of a namespace."""

    path: str
    namespace: str | NamespaceSettings
    primary: bool

    @property
    def code(self) -> str:
        """Code of the namespace."""
        return self.namespace if isinstance(self.namespace, str) else self.namespace.code

    @property
    def pointer(self) -> str:
        """The path as descriptors write it."""
        return "/" + self.path.replace(".", "/")


@dataclass(frozen=True)
class Desire:
    """What a stream needs of its schema.

    Args:
        custom: Tree of custom fields, from the root, namespace included.
        standard: Paths of fields that Adobe's classes and field groups define.
        sources: Source by destination path, for messages.
        identities: Identity fields, ``identityMap`` aside.
        namespaces: Namespaces that must exist.
        primary_in_map: Whether the primary identity is in ``identityMap``.
        converted: Destinations of calculated fields and constants, whose values are converted to whatever
            type the field has.
    """

    custom: Field
    standard: tuple[str, ...]
    sources: collections.abc.Mapping[str, str]
    identities: tuple[Identity, ...]
    namespaces: tuple[str | NamespaceSettings, ...]
    primary_in_map: bool
    converted: frozenset[str] = frozenset()


def desire(
    mappings: Sequence[Mapping], stream: StreamSchema, settings: StreamSettings, *, namespace: str
) -> Desire:
    """Read from the effective mappings what the schema must hold.

    Raises:
        ConfigurationError: A destination is no path, not legal, or contradicts another.
    """
    custom = trees.EMPTY
    standard: list[str] = []
    sources: dict[str, str] = {}
    for mapping in mappings:
        destination = mapping.destination
        sources[destination] = mapping.source
        segments = _segments(destination, stream.stream)
        if namespace and segments[0] != namespace:
            standard.append(destination)
            continue
        _require_legal(segments, namespace, destination, stream.stream)
        leaf = _leaf(mapping, stream, settings, namespace)
        try:
            custom = trees.insert(custom, segments, leaf)
        except ValueError as error:
            what = f"the mapping to {destination} contradicts another: {error}."
            raise ConfigurationError(what, remedy="Correct the destinations.", stream=stream.stream) from None
    _require_typed(settings, mappings, stream, namespace)
    identities = tuple(
        Identity(in_namespace(identity.path, namespace), identity.namespace, identity.primary)
        for identity in settings.identities
        if identity.path != IDENTITY_MAP
    )
    return Desire(
        custom=custom,
        standard=tuple(standard),
        sources=sources,
        identities=identities,
        namespaces=tuple(identity.namespace for identity in settings.identities),
        primary_in_map=any(i.primary and i.path == IDENTITY_MAP for i in settings.identities),
        converted=frozenset(
            mapping.destination for mapping in mappings if mapping.source_type is not SourceType.ATTRIBUTE
        ),
    )


def unused_types(
    settings: StreamSettings, mappings: Sequence[Mapping], namespace: str
) -> collections.abc.Mapping[str, list[str]]:
    """Return the entries of ``types`` that are of no field of the stream, each with fields of a like name."""
    known = {name for mapping in mappings for name in (mapping.source, mapping.destination)}
    unused = (name for name in settings.types if not {name, in_namespace(name, namespace)} & known)
    return {name: difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.8) for name in unused}


def _require_typed(
    settings: StreamSettings, mappings: Sequence[Mapping], stream: StreamSchema, namespace: str
) -> None:
    """Check that no entry of ``types`` is misspelt: that would leave a wrong type for ever.

    One that is of no field at all may be of another stream that the same entry of ``streams`` is for.
    """
    for name, close in unused_types(settings, mappings, namespace).items():
        if close:
            what = f"types has {name!r}, which no mapping of the stream reads or fills."
            raise ConfigurationError(what, remedy=f"Did you mean {close[0]!r}?", stream=stream.stream)


def _segments(destination: str, stream: str) -> tuple[str | int | paths.Wildcard, ...]:
    try:
        return paths.parse(destination)
    except ValueError as error:
        what = f"a mapping's destination {error}."
        raise ConfigurationError(what, remedy="Correct the mapping.", stream=stream) from None


def _require_legal(
    segments: Sequence[str | int | paths.Wildcard], namespace: str, destination: str, stream: str
) -> None:
    own = segments[1:] if namespace else segments
    if not own or not all(is_legal(segment) for segment in own if isinstance(segment, str)):
        what = f"{destination} is no legal name for a custom field."
        remedy = "Use letters, digits and underscores, beginning with a letter."
        raise ConfigurationError(what, remedy=remedy, stream=stream)


def _leaf(mapping: Mapping, stream: StreamSchema, settings: StreamSettings, namespace: str) -> Field:
    """The field that a mapping's values are kept in: as configured, or as the source says."""
    destination = mapping.destination
    field = _natural(mapping, stream)
    types = {in_namespace(name, namespace): xdm_type for name, xdm_type in settings.types.items()}
    # An identity is a string whatever its source is.
    identities = {in_namespace(identity.path, namespace): "string" for identity in settings.identities}
    configured = types.get(destination) or types.get(mapping.source) or identities.get(destination)
    if configured:
        return replace(field, type=XdmType(configured), fields={}, items=None)
    return field


def _natural(mapping: Mapping, stream: StreamSchema) -> Field:
    title = mapping.destination.rpartition(".")[2]
    if mapping.source_type is SourceType.ATTRIBUTE:
        found = stream.property_at(mapping.source)
        if found is not None:
            name, schema = found
            return field_of(schema, title=name, required=stream.is_required(mapping.source))
    if mapping.source_type is SourceType.EXPRESSION:
        return replace(type_of(compile_expression(mapping.source).tree, stream), title=title)
    return Field(XdmType.STRING, title=title)
