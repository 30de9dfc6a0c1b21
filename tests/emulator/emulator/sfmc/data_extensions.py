"""Data extensions, their fields and their folders, as values.

Times are datetimes without a zone on the server's clock, fixed UTC-6 (see :mod:`emulator.sfmc.clock`).
"""

from __future__ import annotations

import enum
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations when a home is opened again
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAMESPACE = uuid.UUID("6f0c5a9e-3d0b-5c55-9a2f-51e6a1b0c0de")
MAX_KEY_LENGTH = 200


class DefinitionError(ValueError):
    """A data extension that Marketing Cloud would not accept; the message says why."""


class FieldType(str, enum.Enum):
    """The FieldType names of the SOAP API, which REST uses too."""

    TEXT = "Text"
    NUMBER = "Number"
    DATE = "Date"
    BOOLEAN = "Boolean"
    EMAIL = "EmailAddress"
    PHONE = "Phone"
    DECIMAL = "Decimal"
    LOCALE = "Locale"
    ENCRYPTED = "Base16Encrypted"
    ENCRYPTED_EMAIL = "Base16EncryptedEmail"

    @property
    def is_text(self) -> bool:
        return self not in {FieldType.NUMBER, FieldType.DATE, FieldType.BOOLEAN, FieldType.DECIMAL}


_DEFAULT_LENGTHS = {
    FieldType.TEXT: 50,
    FieldType.EMAIL: 254,
    FieldType.PHONE: 50,
    FieldType.LOCALE: 5,
    FieldType.DECIMAL: 18,
    FieldType.ENCRYPTED: 500,
    FieldType.ENCRYPTED_EMAIL: 500,
}


class Family(str, enum.Enum):
    """The content types of folders, which say what kind of data extensions they hold."""

    STANDARD = "dataextension"
    SALESFORCE = "salesforcedataextension"
    SHARED = "shared_dataextension"
    SHARED_SALESFORCE = "shared_salesforcedataextension"
    SYNCHRONISED = "synchronizeddataextension"
    HIDDEN = "hidden"

    @property
    def is_shared(self) -> bool:
        """Owned by the enterprise, its rows readable by REST from every business unit."""
        return self in {Family.SHARED, Family.SHARED_SALESFORCE, Family.SYNCHRONISED}

    @property
    def is_writable(self) -> bool:
        return self in {Family.STANDARD, Family.SHARED, Family.HIDDEN}


@dataclass(frozen=True)
class Field:
    """A column. ``length`` is characters for text and digits (precision) for Decimal, else None."""

    name: str
    type: FieldType
    length: int | None = None
    scale: int = 0
    is_primary_key: bool = False
    is_required: bool = False
    default: str = ""
    description: str = ""
    ordinal: int = 0
    object_id: str = ""


@dataclass(frozen=True)
class Retention:
    """When rows or the whole data extension disappear. Units: 3 days, 4 weeks, 5 months, 6 years."""

    length: int | None = None
    unit: int | None = None
    row_based: bool = False
    reset_on_import: bool = False
    delete_at_end: bool = False
    retain_until: str = ""


@dataclass(frozen=True)
class DataExtension:
    """A table of one business unit.

    ``category_id`` is its folder, None for an orphan. One that is not ``listed`` was deleted, but its
    fields still turn up in field inventories.
    """

    object_id: str
    mid: int
    key: str
    name: str
    fields: tuple[Field, ...]
    created: datetime
    modified: datetime
    description: str = ""
    family: Family = Family.STANDARD
    category_id: int | None = None
    is_sendable: bool = False
    is_testable: bool = False
    sendable_field: str | None = None
    retention: Retention = field(default_factory=Retention)
    listed: bool = True

    @property
    def primary_key(self) -> tuple[Field, ...]:
        return tuple(each for each in self.fields if each.is_primary_key)

    def field(self, name: str) -> Field | None:
        """A column by its name, which the server compares without regard to case."""
        wanted = name.strip().lower()
        return next((each for each in self.fields if each.name.lower() == wanted), None)


@dataclass(frozen=True)
class Folder:
    """A node of the folder tree of one business unit; ``parent_id`` 0 at the root."""

    id: int
    mid: int
    name: str
    content_type: str
    parent_id: int
    key: str
    description: str = ""


def parse_fields(documents: Sequence[Mapping[str, Any]], *, owner: str) -> tuple[Field, ...]:
    """Fields from JSON objects, whose keys are those of :mod:`emulator.sfmc.admin`.

    Raises:
        DefinitionError: for a name twice (case does not tell them apart), an unknown type, a bad length.
    """
    fields = tuple(_parse_field(document, index, owner) for index, document in enumerate(documents))
    names = [each.name.lower() for each in fields]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        message = f"field names must be unique without regard to case: {', '.join(sorted(twice))}"
        raise DefinitionError(message)
    if not fields:
        message = "a data extension needs at least one field"
        raise DefinitionError(message)
    return fields


def _parse_field(document: Mapping[str, Any], index: int, owner: str) -> Field:
    name = str(document["name"])
    if not name.strip() or len(name) > 128 or re.search(r"[\[\]\x00-\x1f]", name):
        message = f"{name!r} is not a field name"
        raise DefinitionError(message)
    try:
        kind = FieldType(document.get("type", "Text"))
    except ValueError:
        message = f"field {name}: {document.get('type')!r} is not a field type"
        raise DefinitionError(message) from None
    length = _whole(document, "length") or _DEFAULT_LENGTHS.get(kind)
    if kind in {FieldType.NUMBER, FieldType.DATE, FieldType.BOOLEAN}:
        length = None
    if kind is FieldType.TEXT and not 1 <= (length or 0) <= 4000:
        message = f"field {name}: a text has 1 to 4000 characters, not {length}"
        raise DefinitionError(message)
    scale = _whole(document, "scale")
    if kind is FieldType.DECIMAL and not 0 <= scale <= (length or 0) <= 29:
        message = f"field {name}: Decimal({length},{scale}) is beyond 29 digits"
        raise DefinitionError(message)
    is_primary_key = bool(document.get("is_primary_key"))
    return Field(
        name=name,
        type=kind,
        length=length,
        scale=scale if kind is FieldType.DECIMAL else 0,
        is_primary_key=is_primary_key,
        is_required=is_primary_key or bool(document.get("is_required")),
        default=str(document.get("default") or ""),
        description=str(document.get("description") or ""),
        ordinal=index,
        object_id=stable_id("field", owner, name.lower()),
    )


def _whole(document: Mapping[str, Any], name: str) -> int:
    try:
        return int(document.get(name) or 0)
    except (TypeError, ValueError, OverflowError):
        message = f"field {document['name']}: {name} {document[name]!r} is not a whole number"
        raise DefinitionError(message) from None


def stable_id(*parts: object) -> str:
    """A GUID that is the same for the same parts in every emulator."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(map(str, parts))))
