"""A day of changes at the source: customers buy, join, click and visit.

Day n is the n-th day after the last seeded one. All times of the day's changes lie within that day, so an
incremental run moves exactly the rows that are reported here. Nothing is deleted unless asked for.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from emulator.scenarios import campaign_engagement, contacts, web_activity
from emulator.scenarios.draws import LAST_DAY, MACROS
from emulator.scenarios.seeding import find_scenario, size
from emulator.sfmc.store import Store, table_name

if TYPE_CHECKING:
    from emulator.sfmc.data_extensions import DataExtension
    from emulator.sfmc.platform import Platform

_SHARE_UPDATED = 0.02
_SHARE_JOINED = 0.005
_SHARE_EVENTS = 0.01


def mutate(platform: Platform, *, deletes: int = 0) -> dict[str, Any]:
    """Carry out the next day.

    Returns:
        ``{"day": n, "data_extensions": {key: {"name", "inserted", "updated", "deleted"}}}``
    """
    store = platform.store
    day = int(store.fact("day")) + 1
    date = LAST_DAY + timedelta(days=day)
    scale = float(store.fact("scale"))
    store.prepare(MACROS)
    people = find_scenario(platform, contacts.DEFINITION)
    report = {people.key: _change_contacts(store, people, day=day, scale=scale, deletes=deletes)}
    members = size(contacts.FULL_SIZE, scale) + day * size(contacts.FULL_SIZE * _SHARE_JOINED, scale)
    for module in (campaign_engagement, web_activity):
        events = find_scenario(platform, module.DEFINITION)
        added = size(module.FULL_SIZE * _SHARE_EVENTS, scale)
        first = size(module.FULL_SIZE, scale) + (day - 1) * added + 1
        select = module.select_rows(
            first, first + added - 1, contacts=table_name(people), people=members, day=date
        )
        report[events.key] = _counts(events, inserted=store.fill(events, select))
    store.set_fact("day", day)
    return {"day": day, "data_extensions": report}


def _change_contacts(
    store: Store, people: DataExtension, *, day: int, scale: float, deletes: int
) -> dict[str, Any]:
    date = LAST_DAY + timedelta(days=day)
    modified = f"moment(\"_CustomObjectKey\", 'modified on {day}', DATE '{date.isoformat()}', 1)"
    chosen = (
        f'(chance("_CustomObjectKey", \'changes on {day}\', {_SHARE_UPDATED}) OR "_CustomObjectKey" = {day})'
    )
    updated = store.count(people, chosen)
    store.execute(
        people,
        f"""
        UPDATE {{table}} SET
            "ModifiedDate" = {modified},
            "LastPurchaseDate" = {modified},
            "TotalOrders" = "TotalOrders" + 1,
            "TotalSpent" = coalesce("TotalSpent", 0) + money("_CustomObjectKey", 'spent on {day}', 5, 150),
            "LoyaltyPoints" = "LoyaltyPoints" + 50,
            "LifecycleStage" = CASE WHEN "TotalOrders" >= 7 THEN 'loyal' ELSE 'returning' END
        WHERE {chosen}""",
    )
    added = size(contacts.FULL_SIZE * _SHARE_JOINED, scale)
    first = size(contacts.FULL_SIZE, scale) + (day - 1) * added + 1
    inserted = store.fill(people, contacts.select_rows(first, first + added - 1, joined=date))
    deleted = _delete_some(store, people, day=day, deletes=deletes)
    return _counts(people, inserted=inserted, updated=updated, deleted=deleted)


def _delete_some(store: Store, people: DataExtension, *, day: int, deletes: int) -> int:
    if not deletes:
        return 0
    before = store.count(people)
    # Rows that changed on this day stay, so that the three counts do not overlap.
    date = (LAST_DAY + timedelta(days=day)).isoformat()
    store.execute(
        people,
        f"""
        DELETE FROM {{table}} WHERE "_CustomObjectKey" IN (
            SELECT "_CustomObjectKey" FROM {{table}} WHERE "ModifiedDate" < DATE '{date}'
            ORDER BY draw("_CustomObjectKey", 'gone on {day}') LIMIT {deletes})""",
    )
    return before - store.count(people)


def _counts(
    data_extension: DataExtension, *, inserted: int = 0, updated: int = 0, deleted: int = 0
) -> dict[str, Any]:
    return {"name": data_extension.name, "inserted": inserted, "updated": updated, "deleted": deleted}
