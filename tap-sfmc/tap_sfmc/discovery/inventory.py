"""What a tenant has: data extensions, their fields and folders, in each business unit.

SOAP ``Retrieve`` of DataExtension, DataExtensionField and DataFolder is the only complete
inventory: REST lists need a search term and give 25 at a time.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_sfmc.api import envelope
from tap_sfmc.api.envelope import Compare, Retrieve
from tap_sfmc.api.soap import LostPlaceError
from tap_sfmc.data_extensions import BusinessUnit, DataExtension, Family, Field, Folder
from tap_sfmc.errors import PermissionDeniedError, RemoteError, TapError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tap_sfmc.api.soap import Soap

_logger = logging.getLogger("tap-sfmc.inventory")


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

_FROM_PARENT = {
    Family.SHARED.value,
    Family.SHARED_SALESFORCE.value,
    Family.SYNCHRONISED.value,
    "shared_data",
}
_PERIODS = {"3": "days", "4": "weeks", "5": "months", "6": "years"}


@dataclass
class Inventory:
    """What was found, and the business units that could not be read."""

    data_extensions: list[DataExtension] = field(default_factory=list)
    failures: dict[BusinessUnit, TapError] = field(default_factory=dict)


def take(
    soap: Soap,
    units: Sequence[BusinessUnit],
    parent_of: Callable[[BusinessUnit], str | None] = lambda _: None,
) -> Inventory:
    """List the data extensions of all business units, and those that their parent shares.

    Args:
        soap: The service.
        units: The business units; one that fails does not keep the others from being read.
        parent_of: MID of the account that shares data extensions with a unit, if it is another one.
    """
    inventory = Inventory()
    for unit in units:
        with _kept_apart(inventory, unit):
            inventory.data_extensions += _of_unit(soap, unit)
    parents = {parent_of(unit) for unit in units if unit not in inventory.failures}
    for parent in sorted(parents - {None} - {unit.account_id for unit in units}):  # type: ignore[type-var]
        # They are read as the parent, who owns them: SOAP gives their rows to nobody else.
        shared = BusinessUnit(str(parent), "shared" if len(units) > 1 else "")
        try:
            inventory.data_extensions += _of_unit(soap, shared, only_shared=True)
        except (PermissionDeniedError, RemoteError) as error:
            _logger.info("Shared data extensions of %s are not seen: %s", parent, error.what)
    return inventory


@contextmanager
def _kept_apart(inventory: Inventory, unit: BusinessUnit) -> Iterator[None]:
    try:
        yield
    except (PermissionDeniedError, RemoteError) as error:
        inventory.failures[unit] = error


def _of_unit(soap: Soap, unit: BusinessUnit, *, only_shared: bool = False) -> list[DataExtension]:
    try:
        return _listed(soap, unit, only_shared=only_shared)
    except LostPlaceError as error:
        _logger.info("Listing %s once more, since: %s", unit, error.what)
        return _listed(soap, unit, only_shared=only_shared)


def _listed(soap: Soap, unit: BusinessUnit, *, only_shared: bool) -> list[DataExtension]:
    rows = list(_objects(soap, unit, _DATA_EXTENSION, "CustomerKey"))
    folders = _folders(soap, unit)
    if only_shared:
        shared = {key for key, folder in folders.items() if folder.content_type.lower() in _FROM_PARENT}
        rows = [row for row in rows if row.get("CategoryID") in shared]
        if not rows:
            return []
    keys = {row["CustomerKey"] for row in rows}
    fields = _fields(_objects(soap, unit, _FIELD, "DataExtension.CustomerKey"), keys, strangers=only_shared)
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


def _objects(soap: Soap, unit: BusinessUnit, what: Retrieve, key: str) -> Iterator[dict[str, str]]:
    """All objects that have a key, one at a time: a tenant may have a hundred thousand fields."""
    for page in soap.retrieve(unit, what):
        for row in map(envelope.flatten, page):
            if row.get(key):
                yield row


def _fields(rows: Iterable[Mapping[str, str]], known: set[str], *, strangers: bool) -> dict[str, list[Field]]:
    """Fields by data extension key. Orphans, whose data extension is not listed, are counted only.

    Args:
        rows: What the service gives.
        known: Keys of the data extensions that are listed.
        strangers: Fields of data extensions that are not wanted are expected among them.
    """
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
    if orphans and not strangers:
        _logger.info("%d fields belong to no data extension that is listed.", orphans)
    return fields


def _folders(soap: Soap, unit: BusinessUnit) -> dict[str, Folder]:
    """Folders by identifier; none if they are refused, since they are only for the reader's comfort."""
    found: dict[str, dict[str, str]] = {}
    try:
        for page in soap.retrieve(unit, _FOLDER):
            found |= {row["ID"]: row for row in map(envelope.flatten, page) if "ID" in row}
    except LostPlaceError:
        raise
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
