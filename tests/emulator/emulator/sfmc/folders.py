"""The folder trees that hold data extensions, one per business unit and family."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from emulator.sfmc.data_extensions import Family, Folder

if TYPE_CHECKING:
    from emulator.profiles import Profile
    from emulator.sfmc.store import Store

_ROOT_NAMES = {
    Family.STANDARD: "Data Extensions",
    Family.SALESFORCE: "Salesforce Data Extensions",
    Family.SHARED: "Shared Data Extensions",
    Family.SHARED_SALESFORCE: "Shared Salesforce Data Extensions",
    Family.SYNCHRONISED: "Synchronized Data Extensions",
    Family.HIDDEN: "System Data Extensions",
}
_SHARED_ITEMS = "shared_data"


def plant_roots(store: Store, profile: Profile) -> None:
    """The folders that every account has from its first day."""
    for unit in profile.business_units:
        for family in (Family.STANDARD, Family.SALESFORCE, Family.HIDDEN):
            _root(store, unit.mid, family.value, _ROOT_NAMES[family], 0)
    enterprise = profile.enterprise.mid
    shared = _root(store, enterprise, _SHARED_ITEMS, "Shared Items", 0)
    for family in (Family.SHARED, Family.SHARED_SALESFORCE):
        _root(store, enterprise, family.value, _ROOT_NAMES[family], shared.id)
    _root(store, enterprise, Family.SYNCHRONISED.value, _ROOT_NAMES[Family.SYNCHRONISED], 0)


def folder_id(store: Store, mid: int, family: Family, path: str) -> int:
    """The folder at a path of names below a family's root; missing ones are made."""
    root = next(each for each in store.folders if each.mid == mid and each.key == f"{family.value}_default")
    parent = root
    for name in filter(None, path.split("/")):
        found = next(
            (each for each in store.folders if each.parent_id == parent.id and each.name == name), None
        )
        if found is None:
            identifier = _identifier(mid, family.value, parent.id, name)
            found = store.add_folder(
                Folder(identifier, mid, name, family.value, parent.id, key=f"{mid}-{identifier}")
            )
        parent = found
    return parent.id


def _root(store: Store, mid: int, content_type: str, name: str, parent_id: int) -> Folder:
    identifier = _identifier(mid, content_type, parent_id, name)
    return store.add_folder(
        Folder(identifier, mid, name, content_type, parent_id, key=f"{content_type}_default")
    )


def _identifier(*parts: object) -> int:
    return 1_000 + zlib.crc32("/".join(map(str, parts)).encode()) % 9_000_000
