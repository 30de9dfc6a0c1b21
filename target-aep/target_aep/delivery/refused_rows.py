"""Rows that AEP refused, as a stream of their own.

They are kept in XDM form, as AEP's diagnostics give them: what the mapping had made. So each XDM field
that is in any of them is a field of the stream and mapped to itself; arrays and maps travel as JSON texts.
Nothing is normalised or calculated a second time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from target_aep.dataprep import lexical
from target_aep.provision.stream import StreamSchema
from target_aep.stream_settings import IDENTITY_MAP
from target_aep.xdm import XdmType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_aep.provision.prepare import Destination
    from target_aep.stream_settings import StreamSettings
    from target_aep.xdm import Field

Record = dict[str, Any]

_JSON_TYPES = {XdmType.DOUBLE: "number", XdmType.BOOLEAN: "boolean"}


@dataclass(frozen=True)
class Flat:
    """A row by dotted paths.

    Args:
        record: Values; arrays and maps as JSON.
        unknown: Paths at which the schema has no field, or one of another kind.
    """

    record: Record = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def flat(row: Mapping[str, Any], schema: Field) -> Flat:
    """Lay a row in XDM form out by the paths of its schema."""
    found = Flat()
    _lay_out(row, schema, "", found)
    return found


def _lay_out(row: Mapping[str, Any], parent: Field, prefix: str, found: Flat) -> None:
    for name, value in row.items():
        path, child = prefix + name, parent.fields.get(name)
        if value is None:
            continue
        if child is None or (child.type is XdmType.OBJECT and not isinstance(value, dict)):
            found.unknown.append(path)
        elif child.type is XdmType.OBJECT:
            _lay_out(value, child, f"{path}.", found)
        else:
            found.record[path] = value if child.type.is_scalar else json.dumps(value, ensure_ascii=False)


def stream_of(records: Sequence[Record], where: Destination) -> StreamSchema:
    """The stream that flat rows are records of."""
    fields = _fields(where)
    # What a row must have is asked for though it be in none of them.
    needed = {*where.key_paths, *(identity.path for identity in where.identities), *where.schema.required}
    present = {path for record in records for path in record} | (needed & fields.keys())
    properties = {path: {"type": [_json_type(fields[path]), "null"]} for path in sorted(present)}
    schema = {"type": "object", "properties": properties}
    return StreamSchema(where.stream, schema, tuple(path for path in where.key_paths if path in present))


def settings_of(stream: StreamSchema, where: Destination) -> StreamSettings:
    """The entry that loads the stream into the dataset that refused its rows."""
    fields = _fields(where)
    own = where.settings
    version = next((m.destination for m in where.mapping.mappings if m.source == own.version), "")
    return msgspec.structs.replace(
        own,
        dataset="",
        dataset_id=where.dataset_id,
        schema_id="",
        schema="",
        mapping={"mappings": [_mapping(path, fields[path]) for path in stream.properties]},
        identities=[
            msgspec.structs.replace(identity, normalise=[], placeholders=[])
            for identity in own.identities
            if identity.path != IDENTITY_MAP
        ],
        types={path: fields[path].type.value for path in stream.properties if fields[path].type.is_scalar},
        timestamp="",
        id_fields=[],
        version=version if own.version else "",
    )


def _fields(where: Destination) -> dict[str, Field]:
    return {".".join(names): leaf for names, leaf in where.schema.leaves()}


def _json_type(leaf: Field) -> str:
    return "integer" if leaf.type.is_integer else _JSON_TYPES.get(leaf.type, "string")


def _mapping(path: str, leaf: Field) -> dict[str, Any]:
    if leaf.type.is_scalar:
        return {"sourceType": "ATTRIBUTE", "source": path, "destination": path}
    whole_name = lexical.join_names((path,))
    return {"sourceType": "EXPRESSION", "source": f"json_to_object({whole_name})", "destination": path}
