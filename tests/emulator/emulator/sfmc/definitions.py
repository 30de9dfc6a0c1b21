"""Making data extensions from a description, as the admin route, REST and SOAP all do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emulator.sfmc import clock, values
from emulator.sfmc.data_extensions import (
    MAX_KEY_LENGTH,
    DataExtension,
    DefinitionError,
    Family,
    Retention,
    parse_fields,
    stable_id,
)
from emulator.sfmc.folders import folder_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from emulator.sfmc.platform import Platform


def define(
    platform: Platform,
    document: Mapping[str, Any],
    *,
    created: datetime | None = None,
    category_id: int | None = None,
) -> DataExtension:
    """Add a data extension as :mod:`emulator.sfmc.admin` describes it, or replace the one with its key.

    Args:
        platform: Where to.
        document: The description.
        created: When it was made; otherwise now.
        category_id: Its folder, if it is known by its id.

    Raises:
        DefinitionError: when Marketing Cloud would not accept it, or a row does not fit.
    """
    data_extension = describe(platform, document, created=created)
    if category_id is not None:
        data_extension = replace(data_extension, category_id=category_id)
    rows = [_row(data_extension, row) for row in document.get("rows", ())]
    platform.store.define(data_extension)
    platform.store.insert(data_extension, rows)
    return data_extension


def describe(
    platform: Platform, document: Mapping[str, Any], *, created: datetime | None = None
) -> DataExtension:
    """The value for a description; nothing is stored but missing folders.

    Raises:
        DefinitionError: when Marketing Cloud would not accept it.
    """
    profile = platform.home.profile
    try:
        family = Family(document.get("family", Family.STANDARD.value))
    except ValueError:
        message = f"{document.get('family')!r} is not a family of data extensions"
        raise DefinitionError(message) from None
    default_unit = profile.enterprise if family.is_shared else profile.main
    mid = int(document.get("account_id") or default_unit.mid)
    if profile.unit(mid) is None or (family.is_shared and mid != profile.enterprise.mid):
        message = f"account {mid} cannot own a {family.value}"
        raise DefinitionError(message)
    key, name = str(document["key"]), str(document["name"])
    if not key.strip() or len(key) > MAX_KEY_LENGTH or not name.strip():
        message = f"name {name!r} and key {key!r}: neither may be empty, the key has at most 200 characters"
        raise DefinitionError(message)
    moment = created or clock.now()
    object_id = stable_id("data extension", profile.name, mid, key.lower())
    folder = document.get("folder", "")
    return DataExtension(
        object_id=object_id,
        mid=mid,
        key=key,
        name=name,
        fields=parse_fields(list(document.get("fields", ())), owner=object_id),
        created=moment,
        modified=moment,
        description=str(document.get("description") or ""),
        family=family,
        category_id=None if folder is None else folder_id(platform.store, mid, family, folder),
        is_sendable=bool(document.get("is_sendable")),
        is_testable=bool(document.get("is_testable")),
        sendable_field=document.get("sendable_field"),
        retention=Retention(**document.get("retention", {})),
    )


def add_fields(
    platform: Platform, data_extension: DataExtension, fields: Sequence[Mapping[str, Any]]
) -> DataExtension:
    """The same data extension with more columns, null in all rows.

    Raises:
        DefinitionError: for a required column, or a name that exists.
    """
    added = parse_fields(list(fields), owner=data_extension.object_id)
    for each in added:
        if data_extension.field(each.name) is not None:
            message = f"the field {each.name} exists"
            raise DefinitionError(message)
        if each.is_required and platform.store.count(data_extension):
            message = f"the field {each.name} cannot be required, there are rows"
            raise DefinitionError(message)
    first = len(data_extension.fields)
    added = tuple(replace(each, ordinal=first + each.ordinal) for each in added)
    changed = replace(data_extension, fields=(*data_extension.fields, *added), modified=clock.now())
    platform.store.redefine(changed, added)
    return changed


def _row(data_extension: DataExtension, row: Mapping[str, Any]) -> dict[str, Any]:
    typed, problems = values.parse_row(data_extension, dict(row))
    problems += values.missing_columns(data_extension, typed)
    if problems:
        raise DefinitionError("; ".join(problems))
    return typed


def rename(platform: Platform, data_extension: DataExtension, name: str) -> DataExtension:
    """The same data extension under another name; its key stays."""
    changed = replace(data_extension, name=name, modified=clock.now())
    platform.store.redefine(changed)
    return changed
