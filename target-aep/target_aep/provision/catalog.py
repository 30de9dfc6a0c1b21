"""Streams from a Singer catalog, as a plan or a check needs them without running the tap."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import Catalog

from target_aep.errors import ConfigurationError
from target_aep.provision.stream import StreamSchema
from target_aep.references import resolved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


_CORRECT = "Correct the catalog or the SCHEMA message."


def streams_of(document: Mapping[str, Any]) -> list[StreamSchema]:
    """Return the selected streams of a catalog with their selected properties; all where none is selected.

    Raises:
        ConfigurationError: It is no Singer catalog.
    """
    try:
        streams = list(_streams(document))
    except (KeyError, TypeError, AttributeError) as error:
        what = f"this is no Singer catalog ({type(error).__name__}: {error})."
        raise ConfigurationError(what, remedy="Give the output of `tap --discover`.") from None
    for stream, _ in streams:
        _require_schema(stream.stream, stream.schema, "schema")
    selected = [stream for stream, is_selected in streams if is_selected]
    return selected or [stream for stream, _ in streams]


def streams_of_messages(lines: Iterable[str]) -> list[StreamSchema]:
    """Return the streams that SCHEMA messages describe, the last description of each.

    Raises:
        ConfigurationError: There is none among the lines, or one is malformed.
    """
    streams: dict[str, StreamSchema] = {}
    for line in lines:
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict) and message.get("type") == "SCHEMA" and "stream" in message:
            stream = stream_of_message(message)
            streams[stream.stream] = stream
    if not streams:
        what = "these are neither a Singer catalog nor SCHEMA messages."
        raise ConfigurationError(what, remedy="Give the output of `tap --discover`.")
    return list(streams.values())


def stream_of_message(message: Mapping[str, Any]) -> StreamSchema:
    """Return the stream that a SCHEMA message describes.

    Raises:
        ConfigurationError: Its schema is malformed.
    """
    name, keys = str(message["stream"]), message.get("key_properties")
    schema = _require_schema(name, message.get("schema"), "schema")
    return StreamSchema(name, resolved(schema), tuple(keys) if isinstance(keys, list) else ())


def _require_schema(stream: str, schema: object, where: str) -> dict[str, Any]:
    """Return a JSON schema that has the form which is read further on: objects, and types by name."""
    if not isinstance(schema, dict):
        what = f"{where} is {schema!r:.60} instead of a JSON schema."
        raise ConfigurationError(what, remedy=_CORRECT, stream=stream)
    types = schema.get("type")
    if not all(isinstance(each, str) for each in (types if isinstance(types, list) else [types or ""])):
        what = f"the type of {where} is {types!r:.60}."
        raise ConfigurationError(what, remedy=_CORRECT, stream=stream)
    properties = schema.get("properties") or {}
    if not isinstance(properties, dict):
        what = f"the properties of {where} are {properties!r:.60} instead of an object."
        raise ConfigurationError(what, remedy=_CORRECT, stream=stream)
    for name, child in properties.items():
        _require_schema(stream, child, f"{where}.{name}")
    if schema.get("items"):
        _require_schema(stream, schema["items"], f"{where}[]")
    return schema


def last_catalog(project_root: Path) -> Path | None:
    """Return the catalog that Meltano used last in a project, or None."""
    found = project_root.glob(".meltano/run/*/tap.properties.json")
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def how_to_give() -> str:
    """Say where a catalog comes from; in a Meltano project, for the environment that this command runs in."""
    by_hand = "Give --catalog FILE (`TAP --discover > FILE`)"
    if "MELTANO_PROJECT_ROOT" not in os.environ:
        return f"{by_hand}."
    environment = os.environ.get("MELTANO_ENVIRONMENT")
    chosen = f"--environment={environment} " if environment else ""
    return (
        f"Run `meltano {chosen}select TAP --list` once, which keeps that extractor's catalog. Or: {by_hand}."
    )


def _streams(document: Mapping[str, Any]) -> Iterator[tuple[StreamSchema, bool]]:
    raw = {str(entry["tap_stream_id"]): entry for entry in document["streams"]}
    for stream_id, entry in Catalog.from_dict(dict(document)).items():
        selection = entry.metadata.resolve_selection()
        schema = resolved(raw[stream_id]["schema"])
        properties = {
            name: property_schema
            for name, property_schema in (schema.get("properties") or {}).items()
            if selection.get(("properties", name), True)
        }
        keys = entry.key_properties or entry.metadata.root.table_key_properties or []
        name = entry.stream or stream_id
        yield (
            StreamSchema(name, {**schema, "properties": properties}, tuple(keys)),
            bool(selection.get((), False)),
        )
