"""The effective mapping set of a stream: what the user wrote, completed.

``_{TENANT_ID}`` becomes the namespace of custom fields; ``timestamp``, an event's ``_id``, the
normal form of identities, ``identityMap`` and alignment by name are added as further mappings, so
that one mapping set is all there is to evaluate.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_aep.dataprep import MappingSet
from target_aep.errors import ConfigurationError
from target_aep.provision import expressions
from target_aep.provision.names import field_names
from target_aep.stream_settings import IDENTITY_MAP

if TYPE_CHECKING:
    from target_aep.aep import MappingSets
    from target_aep.provision.stream import StreamSchema
    from target_aep.stream_settings import StreamSettings
    from target_aep.xdm import Field

TENANT_PLACEHOLDER = "_{TENANT_ID}"
ATTRIBUTE, EXPRESSION = "ATTRIBUTE", "EXPRESSION"


def load(setting: str | dict[str, Any], folder: str, mapping_sets: MappingSets) -> dict[str, Any] | None:
    """Return the mapping set that a setting names, as Adobe's JSON, or None for ``auto``.

    Raises:
        ConfigurationError: It cannot be read, or is no mapping set.
    """
    if setting == "auto":
        return None
    if isinstance(setting, dict):
        document: Any = setting
        where = "the inline mapping"
    elif setting.endswith(".json"):
        document = _read(Path(folder) / setting)
        where = f"mapping {setting}"
    else:
        document = mapping_sets.get(setting)
        where = f"mapping set {setting}"
    if isinstance(document, list):
        document = {"mappings": document}
    try:
        return MappingSet.from_dict(document).to_dict()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{where} is no mapping set: {error}."
        raise ConfigurationError(
            what, remedy="It needs mappings with sourceType, source, destination."
        ) from None


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        what = f"there is no mapping {path}."
        raise ConfigurationError(what, remedy="Correct mapping or mapping_path.") from None
    except (OSError, ValueError) as error:
        what = f"mapping {path} cannot be read: {error}."
        raise ConfigurationError(what, remedy="Correct the file.") from None


def in_namespace(path: str, namespace: str) -> str:
    """Resolve ``_{TENANT_ID}``; without a namespace (relational schemas) its fields stand at the root."""
    if not namespace:
        path = path.removeprefix(f"{TENANT_PLACEHOLDER}.")
    return path.replace(TENANT_PLACEHOLDER, namespace)


def by_name(stream: StreamSchema, namespace: str, present: Field | None) -> list[dict[str, Any]]:
    """Align fields by name.

    Args:
        stream: The stream.
        namespace: Namespace of custom fields, empty for the root.
        present: A schema that is not ours, whose fields of the same name are used.
    """
    aligned = _same_names(present, namespace) if present is not None else {}
    prefix = f"{namespace}." if namespace else ""
    names = field_names(stream.properties)
    return [
        _attribute(source, aligned.get(_plain(name)) or aligned.get(_plain(source)) or f"{prefix}{name}")
        for source, name in names.items()
    ]


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


def complete(
    document: dict[str, Any] | None,
    stream: StreamSchema,
    settings: StreamSettings,
    *,
    namespace: str,
    behaviour: str,
    label: str,
    present: Field | None,
) -> dict[str, Any]:
    """Return the effective mapping set as Adobe's JSON.

    Args:
        document: What the user wrote, None for alignment by name.
        stream: The stream.
        settings: Its settings.
        namespace: Namespace of custom fields, empty for the root.
        behaviour: Class of the schema.
        label: What an event's ``_id`` is made unique by, besides its business unit and key.
        present: A schema that is not ours and that alignment by name follows.

    Raises:
        ConfigurationError: Something that is needed is neither mapped nor configured.
    """
    if document is None:
        mappings = by_name(stream, namespace, present)
    else:
        mappings = [
            {**mapping, "destination": in_namespace(str(mapping["destination"]), namespace)}
            for mapping in document["mappings"]
        ]
    if behaviour == "event":
        mappings += _event_mappings(mappings, stream, settings, label)
    mappings = _with_identities(mappings, stream, settings, namespace)
    _require_distinct(mappings, stream.stream)
    return {**(document or {"name": stream.stream}), "mappings": mappings,
            "allowNullValues": settings.null_handling == "send"}  # fmt: skip


def _event_mappings(
    mappings: list[dict[str, Any]], stream: StreamSchema, settings: StreamSettings, label: str
) -> list[dict[str, Any]]:
    mapped = {mapping["destination"] for mapping in mappings}
    added: list[dict[str, Any]] = []
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
    mappings: list[dict[str, Any]], stream: StreamSchema, settings: StreamSettings, namespace: str
) -> list[dict[str, Any]]:
    """Normalise what is mapped to identity fields, and add ``identityMap``."""
    result = list(mappings)
    for identity in settings.identities:
        if identity.path == IDENTITY_MAP:
            continue
        path = in_namespace(identity.path, namespace)
        index = next((i for i, mapping in enumerate(result) if mapping["destination"] == path), None)
        if index is None:
            what = f"nothing is mapped to the identity {path}."
            raise ConfigurationError(
                what, remedy="Map a field to it, or remove the identity.", stream=stream.stream
            )
        mapping = result[index]
        value = _value(mapping, stream)
        normal = expressions.normalised(value, identity)
        if normal != value:
            result[index] = {**mapping, "sourceType": EXPRESSION, "source": normal}
    result += _identity_map(stream, settings)
    return result


def _identity_map(stream: StreamSchema, settings: StreamSettings) -> list[dict[str, Any]]:
    entries = []
    for identity in settings.identities:
        if identity.path != IDENTITY_MAP:
            continue
        if stream.property_at(identity.source) is None:
            what = f"the stream has no field {identity.source!r} for identity {identity.namespace_code}."
            raise ConfigurationError(what, remedy="Correct the identity's source.", stream=stream.stream)
        value = expressions.reference(stream, identity.source)
        entries.append((identity, expressions.normalised(value, identity)))
    return [_expression(expressions.identity_map(entries), IDENTITY_MAP)] if entries else []


def _value(mapping: dict[str, Any], stream: StreamSchema) -> str:
    source = str(mapping["source"])
    return expressions.reference(stream, source) if mapping["sourceType"] == ATTRIBUTE else source


def _require_distinct(mappings: list[dict[str, Any]], stream: str) -> None:
    seen: set[str] = set()
    for mapping in mappings:
        if mapping["destination"] in seen:
            what = f"two mappings have the destination {mapping['destination']}."
            raise ConfigurationError(what, remedy="Keep one of them.", stream=stream)
        seen.add(mapping["destination"])


def _date_fields(stream: StreamSchema) -> list[str]:
    return [
        name for name, schema in stream.properties.items() if schema.get("format") in {"date", "date-time"}
    ]


def _attribute(source: str, destination: str) -> dict[str, Any]:
    return {"sourceType": ATTRIBUTE, "source": source, "destination": destination}


def _expression(source: str, destination: str) -> dict[str, Any]:
    return {"sourceType": EXPRESSION, "source": source, "destination": destination}
