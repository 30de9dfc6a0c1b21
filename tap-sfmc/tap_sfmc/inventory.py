"""What a tenant has: data extensions, their fields and folders, in each business unit.

SOAP ``Retrieve`` of DataExtension, DataExtensionField and DataFolder is the only complete
inventory: REST lists need a search term and give 25 at a time.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from tap_sfmc import envelope
from tap_sfmc.envelope import Compare, Retrieve
from tap_sfmc.errors import PermissionDeniedError, RemoteError, TapError
from tap_sfmc.soap import SoapStatusError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_sfmc.settings import BusinessUnit
    from tap_sfmc.soap import Soap

_logger = logging.getLogger("tap-sfmc.inventory")


class Family(str, Enum):
    """The five families of data extensions, named as the content type of their folders."""

    STANDARD = "dataextension"
    SALESFORCE = "salesforcedataextension"
    SHARED = "shared_dataextension"
    SHARED_SALESFORCE = "shared_salesforcedataextension"
    SYNCHRONISED = "synchronizeddataextension"


_FOLDER_TYPES = (*(family.value for family in Family), "shared_data", "hidden")
_DATA_EXTENSION = Retrieve(
    "DataExtension",
    (
        "CustomerKey",
        "Name",
        "Description",
        "CategoryID",
        "IsSendable",
        "DataRetentionPeriodLength",
        "DataRetentionPeriodUnitOfMeasure",
        "RowBasedRetention",
        "DeleteAtEndOfRetentionPeriod",
        "RetainUntil",
    ),
)
_FIELD = Retrieve(
    "DataExtensionField",
    (
        "DataExtension.CustomerKey",
        "Name",
        "FieldType",
        "MaxLength",
        "Scale",
        "IsPrimaryKey",
        "IsRequired",
        "Ordinal",
        "DefaultValue",
    ),
)
_FOLDER = Retrieve(
    "DataFolder",
    ("ID", "Name", "ContentType", "ParentFolder.ID", "Client.ID"),
    Compare("ContentType", "IN", _FOLDER_TYPES),
)

# What the Marketing Cloud creates for itself; the list is the one that mcdev hides.
_SYSTEM_KEY = re.compile(
    r"Einstein_MC_Email_Frequency_.*|Einstein_MC_Predictive_Scores|IGO_.*|PI_.*|PREDICTIVE_SCORES",
    re.IGNORECASE,
)
_SYSTEM_NAME = re.compile(
    r"_ChatMessagingSubscription|_EnterpriseAttribute|_MobileAddress|_MobileAddressApplication|_MobileLine.*"
    r"|_MobileSubscription|_PushAddress|_PushTag|CloudPages_DataExtension|ExpressionBuilderAttributes"
    r"|MobileLineOrphanContact|SocialPages_DataExtension",
    re.IGNORECASE,
)
_PERIODS = {"3": "days", "4": "weeks", "5": "months", "6": "years"}


@dataclass(frozen=True)
class Field:
    """A field of a data extension.

    Attributes:
        name: In the data extension's own case; the wire lower-cases it.
        type: ``FieldType`` as the server says it.
        length: ``MaxLength``: characters of a text, precision of a decimal.
        scale: Digits after the point of a decimal.
        ordinal: Position.
        primary_key: Part of the primary key.
        required: Never null.
    """

    name: str
    type: str
    length: int | None = None
    scale: int | None = None
    ordinal: int = 0
    primary_key: bool = False
    required: bool = False


@dataclass(frozen=True)
class Folder:
    """Where a data extension is kept.

    Attributes:
        path: Names from the root, joined with ``/``.
        content_type: What kind of thing it holds.
        owner: MID of the business unit that owns it, ``""`` if not told.
    """

    path: str
    content_type: str
    owner: str


@dataclass(frozen=True)
class DataExtension:
    """A data extension as seen from one business unit."""

    unit: BusinessUnit
    key: str
    name: str
    fields: tuple[Field, ...]
    description: str = ""
    folder: Folder | None = None
    sendable: bool = False
    retention: str = ""

    @property
    def family(self) -> Family:
        """Which of the five families it belongs to, by its folder."""
        content_type = self.folder.content_type.lower() if self.folder else ""
        if content_type == "shared_data":
            return Family.SHARED
        return next((family for family in Family if family.value == content_type), Family.STANDARD)

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Names of the primary key's fields."""
        return tuple(field.name for field in self.fields if field.primary_key)

    @property
    def system(self) -> bool:
        """Whether the Marketing Cloud made it for itself."""
        return bool(_SYSTEM_KEY.fullmatch(self.key) or _SYSTEM_NAME.fullmatch(self.name))

    def find(self, name: str) -> Field | None:
        """The field of that name, whatever its case."""
        return next((field for field in self.fields if field.name.lower() == name.lower()), None)


@dataclass
class Inventory:
    """What was found, and the business units that could not be read."""

    data_extensions: list[DataExtension] = field(default_factory=list)
    failures: dict[BusinessUnit, TapError] = field(default_factory=dict)


def take(soap: Soap, units: Iterable[BusinessUnit], keys: frozenset[str] = frozenset()) -> Inventory:
    """List the data extensions of all business units.

    Args:
        soap: The service.
        units: The business units; one that fails does not keep the others from being read.
        keys: If given, only these data extensions are asked for.
    """
    inventory = Inventory()
    for unit in units:
        with _kept_apart(inventory, unit):
            inventory.data_extensions += _of_unit(soap, unit, keys)
    return inventory


@contextmanager
def _kept_apart(inventory: Inventory, unit: BusinessUnit) -> Iterator[None]:
    try:
        yield
    except (PermissionDeniedError, RemoteError) as error:
        inventory.failures[unit] = error


def _of_unit(soap: Soap, unit: BusinessUnit, keys: frozenset[str]) -> list[DataExtension]:
    rows = _objects(soap, unit, _DATA_EXTENSION, "CustomerKey", keys)
    fields = _fields(
        _objects(soap, unit, _FIELD, "DataExtension.CustomerKey", keys), {row["CustomerKey"] for row in rows}
    )
    folders = _folders(soap, unit)
    found = []
    for row in rows:
        key = row["CustomerKey"]
        if not fields.get(key):
            _logger.warning("Data extension %r (%s) has no fields and is left out.", row.get("Name"), key)
            continue
        found.append(
            DataExtension(
                unit=unit,
                key=key,
                name=row.get("Name") or key,
                fields=tuple(sorted(fields[key], key=lambda field: (field.ordinal, field.name))),
                description=row.get("Description", ""),
                folder=folders.get(row.get("CategoryID", "")),
                sendable=row.get("IsSendable") == "true",
                retention=_retention(row),
            )
        )
    return found


def _objects(
    soap: Soap, unit: BusinessUnit, what: Retrieve, key_property: str, keys: frozenset[str]
) -> list[dict[str, str]]:
    """All objects, or those of some keys: filtered by the server where it can, and here in any case."""
    filtered = what
    if keys:
        operator = "equals" if len(keys) == 1 else "IN"
        filtered = Retrieve(
            what.object_type, what.properties, Compare(key_property, operator, tuple(sorted(keys)))
        )
    try:
        found = [envelope.flatten(result) for page in soap.retrieve(unit, filtered) for result in page]
    except (SoapStatusError, RemoteError) as error:
        if not keys or isinstance(error, PermissionDeniedError):
            raise
        # Filtering by key fails on some tenants: "String or binary data would be truncated".
        _logger.info("Reading all of %s, since filtering by key failed: %s", what.object_type, error.what)
        found = [envelope.flatten(result) for page in soap.retrieve(unit, what) for result in page]
    return [row for row in found if row.get(key_property) and (not keys or row[key_property] in keys)]


def _fields(rows: Iterable[Mapping[str, str]], known: set[str]) -> dict[str, list[Field]]:
    """Fields by data extension key. Orphans, whose data extension is not listed, are counted only."""
    fields: dict[str, list[Field]] = defaultdict(list)
    orphans = 0
    for row in rows:
        key = row["DataExtension.CustomerKey"]
        if key not in known or not row.get("Name"):
            orphans += 1
            continue
        fields[key].append(
            Field(
                name=row["Name"],
                type=row.get("FieldType") or "Text",
                length=_integer(row.get("MaxLength")),
                scale=_integer(row.get("Scale")),
                ordinal=_integer(row.get("Ordinal")) or 0,
                primary_key=row.get("IsPrimaryKey") == "true",
                required=row.get("IsRequired") == "true" or row.get("IsPrimaryKey") == "true",
            )
        )
    if orphans:
        _logger.info("%d fields belong to no data extension that is listed.", orphans)
    return fields


def _folders(soap: Soap, unit: BusinessUnit) -> dict[str, Folder]:
    """Folders by identifier; none if they are refused, since they are only for the reader's comfort."""
    found: dict[str, dict[str, str]] = {}
    try:
        for page in soap.retrieve(unit, _FOLDER):
            found |= {row["ID"]: row for row in map(envelope.flatten, page) if "ID" in row}
    except (PermissionDeniedError, RemoteError) as error:
        _logger.warning("No folder paths in %s: %s", unit, error.what)
        return {}

    def path(identifier: str) -> str:
        names: list[str] = []
        while identifier in found and len(names) < len(found):
            names.append(found[identifier].get("Name", ""))
            identifier = found[identifier].get("ParentFolder.ID", "")
        return "/".join(reversed(names))

    return {
        identifier: Folder(path(identifier), row.get("ContentType", ""), row.get("Client.ID", ""))
        for identifier, row in found.items()
    }


def _retention(row: Mapping[str, str]) -> str:
    """Row retention in words. Rows vanish by it without a trace, which explains falling counts."""
    length = row.get("DataRetentionPeriodLength", "")
    until = row.get("RetainUntil", "")
    unit = _PERIODS.get(row.get("DataRetentionPeriodUnitOfMeasure", ""), "")
    period = f"after {length} {unit}" if length not in {"", "0"} and unit else f"on {until}" if until else ""
    if not period:
        return ""
    # The flags mean the opposite of what they say (observed, and so read by mcdev).
    if row.get("RowBasedRetention") == "true":
        return f"each row {period}"
    return (
        f"all rows {period}"
        if row.get("DeleteAtEndOfRetentionPeriod") == "true"
        else f"the data extension {period}"
    )


def _integer(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None
