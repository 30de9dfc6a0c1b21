"""The metadata objects that can be retrieved, their properties, and how an answer writes them.

Each type is a table of properties in the order of the WSDL. A property that is not in the table cannot be
asked for, whatever the WSDL lists. ``PartnerKey`` and ``ObjectID`` always appear, as nil where they were not
asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from emulator.sfmc.data_extensions import DataExtension, Field, FieldType, Folder, Retention
from emulator.sfmc.wire import escape_xml_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from emulator.profiles import BusinessUnit

T = TypeVar("T")

_FIRST_DAY = datetime(2024, 5, 2, 1, 23, 45, 110000)
_NIL_PARTNER_KEY = '<PartnerKey xsi:nil="true" />'
_NIL_OBJECT_ID = '<ObjectID xsi:nil="true" />'


@dataclass(frozen=True)
class FieldOf:
    """A field together with its data extension."""

    data_extension: DataExtension
    field: Field


@dataclass(frozen=True)
class FolderOf:
    """A folder together with the one that it lies in (none for a root) and its account's enterprise."""

    folder: Folder
    parent: Folder | None
    enterprise: int


@dataclass(frozen=True)
class AccountOf:
    """A business unit together with its parent (none for the enterprise)."""

    unit: BusinessUnit
    parent: BusinessUnit | None


@dataclass(frozen=True)
class ObjectType(Generic[T]):
    """One type. ``nested_nils`` are parts whose objects carry nil ``PartnerKey`` and ``ObjectID`` too."""

    name: str
    properties: Mapping[str, Callable[[T], Any]]
    data_types: Mapping[str, str]
    has_object_id: bool = True
    nested_nils: frozenset[str] = frozenset()

    def unknown(self, names: Sequence[str]) -> list[str]:
        """Those of the names that cannot be retrieved."""
        return [
            name for name in names if name not in self.properties and name not in {"PartnerKey", "ObjectID"}
        ]

    def write(self, instance: T, names: Sequence[str]) -> str:
        """A ``Results`` element with the named properties."""
        wanted = set(names)
        parts: list[str] = []
        open_part = ""
        for name, read in self.properties.items():
            owner, dot, leaf = name.rpartition(".")
            if owner != open_part:
                parts.append(f"</{open_part}>" * bool(open_part))
                open_part = ""
            if name == "ObjectID" and name not in wanted:
                parts.append(_NIL_OBJECT_ID)
            if name not in wanted:
                continue
            value = read(instance)
            if value is None:
                parts.append(_NIL_OBJECT_ID * (name == "ObjectID"))
                continue
            if dot and not open_part:
                parts.append(
                    f"<{owner}>{_NIL_PARTNER_KEY + _NIL_OBJECT_ID if owner in self.nested_nils else ''}"
                )
                open_part = owner
            parts.append(_element(leaf, value))
        parts.append(f"</{open_part}>" * bool(open_part))
        content = "".join(parts)
        # The WSDL puts Client in front of PartnerKey.
        client, end, rest = content.partition("</Client>")
        content = f"{client}{end}{_NIL_PARTNER_KEY}{rest}" if end else _NIL_PARTNER_KEY + content
        return f'<Results xsi:type="{self.name}">{content}</Results>'


def _element(name: str, value: object) -> str:
    text = to_text(value)
    return f"<{name}>{escape_xml_text(text)}</{name}>" if text else f"<{name} />"


def to_text(value: object) -> str:
    """A property's value as XML Schema writes it; times carry no zone, they are on the server's clock."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").removesuffix(".000")
    return str(value)


def _retention(read: Callable[[Retention], Any]) -> Callable[[DataExtension], Any]:
    return lambda data_extension: read(data_extension.retention)


DATA_EXTENSION: ObjectType[DataExtension] = ObjectType(
    "DataExtension",
    {
        "CreatedDate": lambda each: each.created,
        "ModifiedDate": lambda each: each.modified,
        "ObjectID": lambda each: each.object_id,
        "CustomerKey": lambda each: each.key,
        "Name": lambda each: each.name,
        "Description": lambda each: each.description,
        "IsSendable": lambda each: each.is_sendable,
        "IsTestable": lambda each: each.is_testable,
        "SendableDataExtensionField.Name": lambda each: each.sendable_field,
        "SendableSubscriberField.Name": lambda each: "_SubscriberKey" if each.is_sendable else None,
        "Template.CustomerKey": lambda _: None,
        "DataRetentionPeriodLength": _retention(lambda each: each.length),
        "DataRetentionPeriodUnitOfMeasure": _retention(lambda each: each.unit),
        "RowBasedRetention": _retention(lambda each: each.row_based),
        "ResetRetentionPeriodOnImport": _retention(lambda each: each.reset_on_import),
        "DeleteAtEndOfRetentionPeriod": _retention(lambda each: each.delete_at_end),
        "RetainUntil": _retention(lambda each: each.retain_until),
        "CategoryID": lambda each: each.category_id,
    },
    {
        "CreatedDate": "DateTime", "ModifiedDate": "DateTime", "IsSendable": "Boolean",
        "IsTestable": "Boolean",
        "RowBasedRetention": "Boolean", "ResetRetentionPeriodOnImport": "Boolean",
        "DeleteAtEndOfRetentionPeriod": "Boolean", "DataRetentionPeriodLength": "Int32",
        "DataRetentionPeriodUnitOfMeasure": "Int32", "CategoryID": "Int64",
    },
    nested_nils=frozenset({"SendableDataExtensionField"}),
)  # fmt: skip


def _scale(each: FieldOf) -> int | None:
    return each.field.scale if each.field.type in {FieldType.DECIMAL, FieldType.TEXT} else None


DATA_EXTENSION_FIELD: ObjectType[FieldOf] = ObjectType(
    "DataExtensionField",
    {
        "ObjectID": lambda each: each.field.object_id,
        "CustomerKey": lambda each: f"[{each.data_extension.key}].[{each.field.name}]",
        "Name": lambda each: each.field.name,
        "Scale": _scale,
        "DefaultValue": lambda each: each.field.default,
        "MaxLength": lambda each: each.field.length,
        "IsRequired": lambda each: each.field.is_required,
        "Ordinal": lambda each: each.field.ordinal,
        "IsPrimaryKey": lambda each: each.field.is_primary_key,
        "FieldType": lambda each: each.field.type.value,
        "DataExtension.CustomerKey": lambda each: each.data_extension.key,
    },
    {
        "Scale": "Int32", "MaxLength": "Int32", "Ordinal": "Int32", "IsRequired": "Boolean",
        "IsPrimaryKey": "Boolean",
    },
    nested_nils=frozenset({"DataExtension"}),
)  # fmt: skip

_OF_A_FOLDER: Mapping[str, Callable[[Folder], Any]] = {
    "ID": lambda each: each.id,
    "ObjectID": lambda each: f"00000000-0000-0000-0000-{each.id:012d}",
    "CustomerKey": lambda each: each.key,
}
_MORE_OF_A_FOLDER: Mapping[str, Callable[[Folder], Any]] = {
    "Name": lambda each: each.name,
    "Description": lambda each: each.description,
    "ContentType": lambda each: each.content_type,
    "IsActive": lambda _: True,
    "IsEditable": lambda each: each.parent_id != 0,
    "AllowChildren": lambda _: True,
}


def _of_itself(read: Callable[[Folder], Any]) -> Callable[[FolderOf], Any]:
    return lambda each: read(each.folder)


def _of_its_parent(name: str, read: Callable[[Folder], Any]) -> Callable[[FolderOf], Any]:
    # A root says that its parent is 0, and nothing else of it.
    return lambda each: read(each.parent) if each.parent else (0 if name == "ID" else None)


DATA_FOLDER: ObjectType[FolderOf] = ObjectType(
    "DataFolder",
    {
        "Client.ID": lambda each: each.folder.mid,
        "Client.CreatedBy": lambda each: each.enterprise + 900_000,
        "Client.ModifiedBy": lambda each: each.enterprise + 900_000,
        "Client.EnterpriseID": lambda each: each.enterprise,
        "CreatedDate": lambda _: _FIRST_DAY,
        "ModifiedDate": lambda _: _FIRST_DAY,
        **{name: _of_itself(read) for name, read in _OF_A_FOLDER.items()},
        **{
            f"ParentFolder.{name}": _of_its_parent(name, read)
            for name, read in {**_OF_A_FOLDER, **_MORE_OF_A_FOLDER}.items()
        },
        **{name: _of_itself(read) for name, read in _MORE_OF_A_FOLDER.items()},
    },
    {
        "Client.ID": "Int32", "Client.CreatedBy": "Int32", "Client.ModifiedBy": "Int32",
        "Client.EnterpriseID": "Int64", "ID": "Int32", "ParentFolder.ID": "Int32", "IsActive": "Boolean",
        "IsEditable": "Boolean", "AllowChildren": "Boolean", "CreatedDate": "DateTime",
        "ModifiedDate": "DateTime",
    },
)  # fmt: skip


def _account_type(name: str) -> ObjectType[AccountOf]:
    return ObjectType(
        name,
        {
            "Client.ID": lambda each: each.unit.mid,
            "CreatedDate": lambda _: _FIRST_DAY,
            "ModifiedDate": lambda _: _FIRST_DAY,
            "ID": lambda each: each.unit.mid,
            "ObjectID": lambda _: None,
            "CustomerKey": lambda each: str(each.unit.mid),
            "AccountType": lambda each: "BUSINESS_UNIT" if each.unit.parent else "ENTERPRISE_2",
            "ParentID": lambda each: each.unit.parent,
            "Name": lambda each: each.unit.name,
            "Email": lambda each: f"mc{each.unit.mid}@example.com",
            "BusinessName": lambda each: each.unit.name,
            "IsActive": lambda _: 1,
            "ParentName": lambda each: each.parent.name if each.parent else "",
        },
        {"Client.ID": "Int32", "ID": "Int32", "ParentID": "Int32", "IsActive": "Int32"},
    )


BUSINESS_UNIT = _account_type("BusinessUnit")
ACCOUNT = _account_type("Account")

OBJECT_TYPES: Mapping[str, ObjectType[Any]] = {
    each.name: each for each in (DATA_EXTENSION, DATA_EXTENSION_FIELD, DATA_FOLDER, BUSINESS_UNIT, ACCOUNT)
}
