"""From the inventory to streams: which data extensions, under which names, with which schema."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.catalog import Metadata, MetadataMapping, StreamMetadata

from tap_sfmc.discovery.globs import refuse_unused, texts_to_choose_by
from tap_sfmc.discovery.naming import identity, name_streams
from tap_sfmc.errors import ConfigurationError
from tap_sfmc.settings import matches
from tap_sfmc.values.field_types import can_replicate, json_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_sfmc.data_extensions import DataExtension, Field
    from tap_sfmc.discovery.inventory import Inventory
    from tap_sfmc.discovery.naming import Identity
    from tap_sfmc.settings import Settings

_logger = logging.getLogger("tap-sfmc.catalog")

BUSINESS_UNIT = "_sdc_business_unit"
DELETED_AT = "_sdc_deleted_at"
ROW_NUMBER = "_CustomObjectKey"

_MODIFIED = re.compile(
    r"(?:last|system)*(?:modified|updated?|changed)(?:date|time|datetime|stamp|on|at|utc)*"
    r"|(?:date|time)(?:last)?(?:modified|updated|changed)|systemmodstamp"
)
# Rows of such tables are written once, so that the date of the event is as good.
_HAPPENED = re.compile(
    r"(?:event|activity|interaction|engagement|response|transaction)(?:date|time|datetime|timestamp)"
)


@dataclass(frozen=True)
class StreamDefinition:
    """A data extension as a stream.

    Attributes:
        name: The stream's name.
        data_extension: Where its rows are.
        replication_key: Field that tells what is new; ``None`` for a full table.
        detect_deletes: Whether vanished rows are looked for.
        row_number: Whether ``_CustomObjectKey`` stands in for a primary key.
    """

    name: str
    data_extension: DataExtension
    replication_key: str | None = None
    detect_deletes: bool = False
    row_number: bool = False

    @property
    def identity(self) -> Identity:
        """Account ID and CustomerKey."""
        return self.data_extension.unit.account_id, self.data_extension.key

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Names of the key properties."""
        return (ROW_NUMBER,) if self.row_number else self.data_extension.primary_key

    @cached_property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the rows."""
        properties: dict[str, Any] = {}
        if self.row_number:
            properties[ROW_NUMBER] = {"type": "integer", "description": "Hidden row number of the service"}
        properties |= {item.name: json_schema(item) for item in self.data_extension.fields}
        properties[BUSINESS_UNIT] = {
            "type": ["string", "null"],
            "description": "Alias or MID of the business unit that the row was read from",
        }
        if self.detect_deletes:
            for name in properties.keys() - set(self.primary_key):
                # A row that is gone has nothing but its key.
                kind = properties[name]["type"]
                properties[name]["type"] = kind if isinstance(kind, list) else [kind, "null"]
            properties[DELETED_AT] = {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "When the row was found to be gone",
            }
        return {"type": "object", "properties": properties}

    def metadata(self, *, selected_by_default: bool) -> MetadataMapping:
        """Singer metadata, with what SFMC says about the data extension and its fields."""
        de = self.data_extension
        facts = {
            "customer-key": de.key,
            "account-id": de.unit.account_id,
            "name": de.name,
            "description": de.description,
            "family": de.family.value,
            "folder": de.folder.path if de.folder else "",
            "owner-mid": de.folder.owner if de.folder else "",
            "retention": de.retention,
            "sendable": de.sendable,
        }
        automatic = {
            *self.primary_key,
            BUSINESS_UNIT,
            *([self.replication_key] if self.replication_key else []),
        }
        if self.detect_deletes:
            automatic.add(DELETED_AT)
        mapping = MetadataMapping()
        mapping[()] = _StreamMetadata(
            inclusion=Metadata.InclusionType.AVAILABLE,
            selected_by_default=selected_by_default,
            table_key_properties=list(self.primary_key),
            valid_replication_keys=[item.name for item in de.fields if can_replicate(item)],
            sfmc={name: value for name, value in facts.items() if value not in ("", None)},
        )
        by_name = {item.name: item for item in de.fields}
        for name in self.schema["properties"]:
            kind = Metadata.InclusionType.AUTOMATIC if name in automatic else Metadata.InclusionType.AVAILABLE
            facts_of_field = _field_facts(by_name[name]) if name in by_name else None
            mapping["properties", name] = _Metadata(inclusion=kind, sfmc=facts_of_field)
        return mapping


def define_streams(
    inventory: Inventory, settings: Settings, pinned: Mapping[Identity, str]
) -> list[StreamDefinition]:
    """The streams that the settings ask for.

    Args:
        inventory: What there is.
        settings: Which of it, and how.
        pinned: Stream names that a catalog gave before.

    Raises:
        ConfigurationError: A glob or key matches nothing, or a replication key is none.
    """
    everything = inventory.data_extensions
    names, ambiguous = name_streams(everything, settings.stream_aliases, pinned)
    for name in sorted(ambiguous):
        _logger.warning(
            "Several data extensions would be stream %r; stream_aliases can name them apart.", name
        )
    chosen = _choose(everything, names, settings)
    # Of a business unit that could not be read it is not known what it has.
    refuse_unused(settings, everything, names, chosen, certain=not inventory.failures)
    return [_define(names[identity(de)], de, settings) for de in chosen]


def _define(name: str, de: DataExtension, settings: Settings) -> StreamDefinition:
    return StreamDefinition(
        name=name,
        data_extension=de,
        replication_key=choose_replication_key(name, de, settings.replication_keys),
        detect_deletes=bool(de.primary_key) and any(matches(glob, name) for glob in settings.detect_deletes),
        row_number=settings.custom_object_key and not de.primary_key,
    )


def choose_replication_key(stream: str, de: DataExtension, by_glob: Mapping[str, str | None]) -> str | None:
    """The field that tells new rows: the user's choice, or one whose name leaves no doubt.

    Raises:
        ConfigurationError: The user's choice is no field, or neither a Date nor a Number.
    """
    for glob, choice in by_glob.items():
        if matches(glob, stream):
            return None if choice is None else checked_replication_key(stream, de, choice).name
    if not de.primary_key:
        return None
    candidates = [item for item in de.fields if item.type.lower() == "date"]
    modified = [item for item in candidates if _MODIFIED.fullmatch(_plain(item.name))]
    happened = [item for item in candidates if item.required and _HAPPENED.fullmatch(_plain(item.name))]
    best = sorted(modified, key=lambda item: not item.required) or happened
    return best[0].name if best else None


def checked_replication_key(stream: str, de: DataExtension, name: str) -> Field:
    """The field of that name, if it can be a replication key.

    Raises:
        ConfigurationError: It cannot.
    """
    found = de.find(name)
    possible = ", ".join(item.name for item in de.fields if can_replicate(item)) or "none"
    if found is None:
        message = (
            f"There is no field {name!r} to be the replication key." if name else "It has no replication key."
        )
        raise ConfigurationError(message, stream=stream, remedy=f"Fields that can be: {possible}.")
    if not can_replicate(found):
        message = f"The replication key {found.name!r} is a {found.type}, neither a Date nor a Number."
        raise ConfigurationError(message, stream=stream, remedy=f"Fields that can be: {possible}.")
    return found


def _choose(
    everything: Iterable[DataExtension], names: Mapping[Identity, str], settings: Settings
) -> list[DataExtension]:
    def fits(de: DataExtension, patterns: Iterable[str]) -> bool:
        texts = texts_to_choose_by(de, names)
        return any(matches(pattern, text) for pattern in patterns for text in texts)

    chosen = []
    for de in everything:
        included = fits(de, settings.include)
        if fits(de, settings.exclude) or (settings.include and not included):
            continue
        if de.system and not settings.system_data_extensions and not included:
            continue
        chosen.append(de)
    return chosen


@dataclass(slots=True)
class _StreamMetadata(StreamMetadata):
    """With an entry for what SFMC says. The SDK reads unknown entries of a catalog as nothing."""

    sfmc: dict[str, Any] | None = None


@dataclass(slots=True)
class _Metadata(Metadata):
    sfmc: dict[str, Any] | None = None


def _field_facts(item: Field) -> dict[str, Any]:
    facts = {
        "field-type": item.type,
        "length": item.length,
        "scale": item.scale,
        "ordinal": item.ordinal,
        "primary-key": item.primary_key,
        "required": item.required,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
