"""Fills an empty Marketing Cloud with the three scenarios and the oddities, the same rows every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from emulator.scenarios import campaign_engagement, contacts, web_activity
from emulator.scenarios.draws import MACROS
from emulator.scenarios.oddities import DELETED, ODDITIES
from emulator.sfmc import definitions
from emulator.sfmc.folders import plant_roots
from emulator.sfmc.store import table_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.sfmc.data_extensions import DataExtension
    from emulator.sfmc.platform import Platform

_CREATED = datetime(2025, 1, 15, 6, 56, 27, 927000)


def seed(platform: Platform, scale: float) -> None:
    """Make folders, data extensions and rows. Scale 1 is 20,000 contacts and 100,000 events of each kind."""
    store = platform.store
    plant_roots(store, platform.home.profile)
    store.prepare(MACROS)
    people = size(contacts.FULL_SIZE, scale)
    table = scenario_data_extension(platform, contacts.DEFINITION)
    store.fill(table, contacts.select_rows(1, people))
    for module in (campaign_engagement, web_activity):
        events = scenario_data_extension(platform, module.DEFINITION)
        last = size(module.FULL_SIZE, scale)
        store.fill(events, module.select_rows(1, last, contacts=table_name(table), people=people))
    for document in ODDITIES:
        definitions.define(platform, _placed(platform, document), created=_CREATED)
    for document in DELETED:
        ghost = definitions.define(platform, _placed(platform, document), created=_CREATED)
        store.redefine(replace(ghost, listed=False))
    store.set_fact("scale", scale)
    store.set_fact("day", 0)


def reseed(platform: Platform, scale: float) -> dict[str, Any]:
    """Forget everything and seed again; how much there is now."""
    platform.cursors.expire_all()
    platform.store.wipe()
    seed(platform, scale)
    everything = platform.store.data_extensions
    return {
        "data_extensions": len(everything),
        "rows": sum(platform.store.count(each) for each in everything),
    }


def scenario_data_extension(platform: Platform, document: Mapping[str, Any]) -> DataExtension:
    """Define one of the three scenarios, without rows."""
    return definitions.define(platform, _placed(platform, document), created=_CREATED)


def find_scenario(platform: Platform, document: Mapping[str, Any]) -> DataExtension:
    """The data extension of a scenario in this tenant."""
    found = platform.by_key(
        platform.home.profile.main.mid, platform.home.profile.key_prefix + document["key"]
    )
    if found is None:
        message = f"the scenario data extension {document['name']!r} was deleted"
        raise LookupError(message)
    return found


def size(full: float, scale: float) -> int:
    """Rows at a scale, at least one."""
    return max(1, round(full * scale))


def _placed(platform: Platform, document: Mapping[str, Any]) -> dict[str, Any]:
    """A description with this tenant's keys and business unit."""
    profile = platform.home.profile
    placed = {name: value for name, value in document.items() if name != "unit"}
    # Synchronised and system data extensions have the names that the vendor gives them.
    if placed.get("family", "dataextension") not in {"synchronizeddataextension", "hidden"}:
        placed["key"] = profile.key_prefix + placed["key"]
    if document.get("unit") == "other":
        placed["account_id"] = profile.other.mid
    return placed
