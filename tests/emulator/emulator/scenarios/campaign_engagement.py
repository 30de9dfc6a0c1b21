"""Scenario 2: a marketing team's campaign events, to segment on engagement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.scenarios.contacts import subscriber_key
from emulator.scenarios.draws import LAST_DAY, sql_list

if TYPE_CHECKING:
    from datetime import date

FULL_SIZE = 100_000

DEFINITION: dict[str, Any] = {
    "name": "Campaign Engagement",
    "key": "campaign-engagement",
    "description": "One row for each send, open, click and response",
    "folder": "Campaigns/Engagement",
    "retention": {"length": 24, "unit": 5, "row_based": True},
    "fields": [
        {"name": "EventID", "type": "Text", "length": 36, "is_primary_key": True},
        {"name": "SubscriberKey", "type": "Text", "length": 100},
        {"name": "EmailAddress", "type": "EmailAddress"},
        {"name": "CampaignID", "type": "Text", "length": 20},
        {"name": "CampaignName", "type": "Text", "length": 120},
        {"name": "JobID", "type": "Number"},
        {"name": "EventType", "type": "Text", "length": 20},
        {"name": "EventDate", "type": "Date", "is_required": True},
        {"name": "LinkURL", "type": "Text", "length": 1000},
        {"name": "LinkName", "type": "Text", "length": 100},
        {"name": "OfferCode", "type": "Text", "length": 20},
        {"name": "Device", "type": "Text", "length": 20},
        {"name": "IsUnique", "type": "Boolean"},
        {"name": "Revenue", "type": "Decimal", "length": 18, "scale": 4},
    ],
}

_CAMPAIGNS = (
    "Welcome series", "Spring – new arrivals", "Loyalty double points", "We miss you", "Été à la plage",
    "Back in stock", "Birthday treat", "Flash sale 24h", "Newsletter Mai", "Free shipping weekend",
    "VIP preview", "Kundenbefragung",
)  # fmt: skip
_OFFERS = (
    "WELCOME5", "SPRING10", "LOYAL20", "COMEBACK15", "PLAGE10", "RESTOCK",
    "BDAY25", "FLASH30", "MAI5", "FREESHIP", "VIP", "DANKE",
)  # fmt: skip
_LINKS = ("Hero", "Shop now", "Offer", "Footer – unsubscribe", "View in browser", "Größentabelle")
_PAGES = ("sale", "new", "größen", 'a?b=1&c="2"')
_JOBS = 48
_HISTORY_DAYS = 180


def select_rows(first: int, last: int, *, contacts: str, people: int, day: date | None = None) -> str:
    """SQL for events number ``first`` to ``last``.

    Args:
        first: Number of the first event.
        last: Number of the last one.
        contacts: The table of contacts, for their addresses.
        people: How many contacts take part.
        day: When they happen; otherwise over half a year up to the last seeded day.
    """
    moment = (
        f"moment(i, 'event', DATE '{day.isoformat()}', 1)"
        if day
        else f"moment(i, 'event', DATE '{LAST_DAY.isoformat()}', {_HISTORY_DAYS})"
    )
    return f"""
        WITH events AS (
            SELECT i, {moment} AS happened, whole(i, 'job', 1, {_JOBS}) AS job,
                   {subscriber_key(f"1 + floor(pow(draw(i, 'who'), 1.5) * {people})")} AS subscriber,
                   CASE WHEN chance(i, 'type', 0.55) THEN 'Sent' WHEN chance(i, 'type', 0.77) THEN 'Open'
                        WHEN chance(i, 'type', 0.89) THEN 'Click' WHEN chance(i, 'type', 0.92) THEN 'Bounce'
                        WHEN chance(i, 'type', 0.94) THEN 'Unsubscribe' ELSE 'Response' END AS type
            FROM range({first}, {last + 1}) numbers(i))
        SELECT guid(i, 'event'), subscriber, "EmailAddress",
               format('CMP-2026-{{:02d}}', 1 + job % {len(_CAMPAIGNS)}),
               {sql_list(_CAMPAIGNS)}[1 + job % {len(_CAMPAIGNS)}],
               880000 + job, type, happened,
               CASE WHEN type IN ('Click', 'Response')
                    THEN concat('https://www.example.com/', pick(i, 'page', {sql_list(_PAGES)}),
                                '?utm_campaign=', job, '&r=', i) END,
               CASE WHEN type = 'Click' THEN pick(i, 'link', {sql_list(_LINKS)}) END,
               CASE WHEN type IN ('Click', 'Response') AND chance(i, 'offer', 0.8)
                    THEN {sql_list(_OFFERS)}[1 + job % {len(_CAMPAIGNS)}] END,
               CASE WHEN type IN ('Open', 'Click', 'Response')
                    THEN pick(i, 'device', ['Mobile', 'Desktop', 'Tablet', ' Other']) END,
               CASE WHEN type IN ('Open', 'Click') THEN chance(i, 'unique', 0.7) END,
               CASE WHEN type = 'Response' THEN round(draw(i, 'revenue') * 400, 4) END
        FROM events LEFT JOIN {contacts} ON "SubscriberKey" = subscriber ORDER BY i"""
