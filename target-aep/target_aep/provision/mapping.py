"""The effective mapping set of a stream: what the user wrote, completed.

``_{TENANT_ID}`` becomes the namespace of custom fields; ``timestamp``, an event's ``_id``, the
normal form of identities, ``identityMap`` and alignment by name are added as further mappings, so
that one mapping set is all there is to evaluate.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_aep.dataprep import Mapping, MappingSet, SourceType, compile_expression
from target_aep.dataprep.mapping_bytes import decode
from target_aep.dataprep.mapping_csv import from_csv
from target_aep.errors import ConfigurationError
from target_aep.provision import expressions
from target_aep.provision.alignment import by_name
from target_aep.stream_settings import IDENTITY_MAP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_aep.aep import MappingSets
    from target_aep.provision.stream import StreamSchema
    from target_aep.stream_settings import StreamSettings
    from target_aep.xdm import Field

TENANT_PLACEHOLDER = "_{TENANT_ID}"


def load(setting: str | dict[str, Any], folder: str, mapping_sets: MappingSets) -> MappingSet | None:
    """Return the mapping set that a setting names, or None for ``auto``.

    Raises:
        ConfigurationError: It cannot be read, or is no mapping set.
    """
    if setting == "auto":
        return None
    document: Any
    if isinstance(setting, dict):
        document, where = setting, "the inline mapping"
    elif setting.lower().endswith((".json", ".csv")):
        document, where = _read(Path(folder) / setting), f"mapping {setting}"
    else:
        document, where = mapping_sets.get(setting), f"mapping set {setting}"
    if isinstance(document, list):
        document = {"mappings": document}
    if not isinstance(document, dict):
        what = f"{where} is no mapping set."
        raise ConfigurationError(what, remedy="It is a JSON object with mappings.")
    try:
        return MappingSet.from_dict(document)
    except ConfigurationError as error:
        what = f"{where}: {error.what}"
        raise ConfigurationError(what, remedy=error.remedy) from None


def _read(path: Path) -> Any:
    try:
        text = decode(path.read_bytes())
        return from_csv(text).to_dict() if path.suffix.lower() == ".csv" else json.loads(text)
    except FileNotFoundError:
        what = f"there is no mapping {path}."
        raise ConfigurationError(what, remedy="Correct mapping or mapping_path.") from None
    except ConfigurationError as error:
        what = f"mapping {path}: {error.what}"
        raise ConfigurationError(what, remedy=error.remedy) from None
    except (OSError, ValueError) as error:
        what = f"mapping {path} cannot be read: {error}."
        raise ConfigurationError(what, remedy="Correct the file.") from None


def in_namespace(path: str, namespace: str) -> str:
    """Resolve ``_{TENANT_ID}``; without a namespace (relational schemas) its fields stand at the root."""
    if not namespace:
        path = path.removeprefix(f"{TENANT_PLACEHOLDER}.")
    return path.replace(TENANT_PLACEHOLDER, namespace)


def resolved(written: Iterable[Mapping], namespace: str) -> list[Mapping]:
    """Resolve ``_{TENANT_ID}`` in the destinations of mappings."""
    return [replace(each, destination=in_namespace(each.destination, namespace)) for each in written]


def complete(
    written: MappingSet | None,
    stream: StreamSchema,
    settings: StreamSettings,
    *,
    namespace: str,
    behaviour: str,
    label: str,
    own: Field | None = None,
    others: Field | None = None,
) -> MappingSet:
    """Return the effective mapping set.

    Args:
        written: What the user wrote, None for alignment by name.
        stream: The stream.
        settings: Its settings.
        namespace: Namespace of custom fields, empty for the root.
        behaviour: Class of the schema.
        label: What an event's ``_id`` is made unique by, besides its business unit and key.
        own: The schema, where it was made for the stream; alignment by name keeps to it.
        others: The schema, where it is not ours; alignment by name follows it.

    Raises:
        ConfigurationError: Something that is needed is neither mapped nor configured.
    """
    if written is None:
        mappings = by_name(stream, namespace, own=own, others=others)
    else:
        mappings = resolved(written.mappings, namespace)
    if behaviour == "event":
        mappings += _event_mappings(mappings, stream, settings, label)
    mappings = _with_identities(mappings, stream, settings, namespace)
    _require_sound(mappings, stream.stream)
    nulls = {"allowNullValues": settings.null_handling == "send"}
    base = written or MappingSet.from_dict({"name": stream.stream, "mappings": []})
    return replace(base.with_mappings(mappings), document={**base.document, **nulls})


def _event_mappings(
    mappings: list[Mapping], stream: StreamSchema, settings: StreamSettings, label: str
) -> list[Mapping]:
    mapped = {mapping.destination for mapping in mappings}
    added: list[Mapping] = []
    if "timestamp" not in mapped:
        if stream.property_at(settings.timestamp) is None:
            what = f"an event needs a timestamp, and the stream has no field {settings.timestamp!r}."
            remedy = f"Set timestamp to one of {', '.join(_date_fields(stream)) or 'its date fields'}."
            raise ConfigurationError(what, remedy=remedy, stream=stream.stream)
        added.append(_attribute(settings.timestamp, "timestamp"))
    if "_id" not in mapped:
        fields = settings.id_fields or list(stream.key_properties)
        absent = [field for field in fields if stream.property_at(field) is None]
        if absent or not fields:
            what = (
                f"an event needs an _id, and the stream has no {'field ' + absent[0] if absent else 'key'}."
            )
            remedy = "Set id_fields to the fields that together identify a row."
            raise ConfigurationError(what, remedy=remedy, stream=stream.stream)
        added.append(_expression(expressions.event_id(stream, fields, label), "_id"))
    return added


def _with_identities(
    mappings: list[Mapping], stream: StreamSchema, settings: StreamSettings, namespace: str
) -> list[Mapping]:
    """Normalise what is mapped to identity fields, and add ``identityMap``."""
    result = list(mappings)
    for identity in settings.identities:
        if identity.path == IDENTITY_MAP:
            continue
        path = in_namespace(identity.path, namespace)
        index = next((i for i, mapping in enumerate(result) if mapping.destination == path), None)
        if index is None:
            what = f"nothing is mapped to the identity {path}."
            raise ConfigurationError(
                what, remedy="Map a field to it, or remove the identity.", stream=stream.stream
            )
        mapping = result[index]
        value = _value(mapping, stream)
        normal = expressions.normalised(value, identity)
        if normal != value:
            result[index] = replace(mapping, source_type=SourceType.EXPRESSION, source=normal)
    result += _identity_map(stream, settings)
    return result


def _identity_map(stream: StreamSchema, settings: StreamSettings) -> list[Mapping]:
    entries = []
    for identity in settings.identities:
        if identity.path != IDENTITY_MAP:
            continue
        if stream.property_at(identity.source) is None:
            what = f"the stream has no field {identity.source!r} for identity {identity.namespace_code}."
            raise ConfigurationError(what, remedy="Correct the identity's source.", stream=stream.stream)
        value = expressions.reference(stream, identity.source)
        entries.append((identity, expressions.normalised(value, identity)))
    if not entries:
        return []
    return [_expression(expressions.identity_map(entries, needs_primary=settings.profile), IDENTITY_MAP)]


def _value(mapping: Mapping, stream: StreamSchema) -> str:
    """A mapping's value as an expression."""
    if mapping.source_type is SourceType.ATTRIBUTE:
        return expressions.reference(stream, mapping.source)
    return (
        expressions.constant(mapping.source) if mapping.source_type is SourceType.STATIC else mapping.source
    )


def _require_sound(mappings: list[Mapping], stream: str) -> None:
    """Check that calculated fields can be read and that no destination is taken twice."""
    seen: set[str] = set()
    for mapping in mappings:
        if mapping.destination in seen:
            what = f"two mappings have the destination {mapping.destination}."
            raise ConfigurationError(what, remedy="Keep one of them.", stream=stream)
        seen.add(mapping.destination)
        if mapping.source_type is SourceType.EXPRESSION:
            try:
                compile_expression(mapping.source)
            except ConfigurationError as error:
                what = f"the calculated field for {mapping.destination} cannot be read: {error.what}"
                raise ConfigurationError(what, remedy="Correct the mapping.", stream=stream) from None


def _date_fields(stream: StreamSchema) -> list[str]:
    return [
        name for name, schema in stream.properties.items() if schema.get("format") in {"date", "date-time"}
    ]


def _attribute(source: str, destination: str) -> Mapping:
    return Mapping(SourceType.ATTRIBUTE, source, destination)


def _expression(source: str, destination: str) -> Mapping:
    return Mapping(SourceType.EXPRESSION, source, destination)
