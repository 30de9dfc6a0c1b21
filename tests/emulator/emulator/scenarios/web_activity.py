"""Scenario 3: site visits and form submissions, to find visitors who did not buy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.scenarios.contacts import subscriber_key
from emulator.scenarios.draws import LAST_DAY, sql_list

if TYPE_CHECKING:
    from datetime import date

FULL_SIZE = 100_000

DEFINITION: dict[str, Any] = {
    "name": "Web Activity",
    "key": "web-activity",
    "description": "Visits, forms, baskets and purchases on the site",
    "folder": "Web",
    "fields": [
        {"name": "ActivityID", "type": "Text", "length": 36, "is_primary_key": True},
        {"name": "SubscriberKey", "type": "Text", "length": 100},
        {"name": "EmailAddress", "type": "EmailAddress"},
        {"name": "ActivityType", "type": "Text", "length": 20},
        {"name": "ActivityDate", "type": "Date", "is_required": True},
        {"name": "PageURL", "type": "Text", "length": 500},
        {"name": "PageName", "type": "Text", "length": 100},
        {"name": "ReferrerURL", "type": "Text", "length": 500},
        {"name": "FormName", "type": "Text", "length": 60},
        {"name": "SessionID", "type": "Text", "length": 36},
        {"name": "DurationSeconds", "type": "Number"},
        {"name": "OrderID", "type": "Text", "length": 30},
        {"name": "OrderTotal", "type": "Decimal", "length": 18, "scale": 2},
        {"name": "UserAgent", "type": "Text", "length": 300},
    ],
}

_STEPS_PER_SESSION = 4
_HISTORY_DAYS = 90
_PAGES = ("Home", "Sale", "Trail shoe – Größe 42", "Rain jacket", "Checkout", "Stores", "Über uns", "日本")
_PATHS = ("", "sale", "p/4711", "p/größe", "checkout?step=1&x=%20")
_ACTS = ("page_view", "product_view", "add_to_cart", "form_submit")
_FORMS = ("Newsletter", "Contact us", "Größenberatung", " RMA")
_REFERRERS = ("https://search.example/?q=shoes", "https://social.example/p/1")
_AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/137.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/137.0 Mobile Safari/537.36",
)


def select_rows(first: int, last: int, *, contacts: str, people: int, day: date | None = None) -> str:
    """SQL for activities number ``first`` to ``last``; four in a row make a session.

    Args:
        first: Number of the first activity.
        last: Number of the last one.
        contacts: The table of contacts, for their addresses.
        people: How many contacts take part; a third of the sessions is anonymous.
        day: When they happen; otherwise over a quarter up to the last seeded day.
    """
    started = (
        f"moment(session, 'started', DATE '{day.isoformat()}', 1)"
        if day
        else f"moment(session, 'started', DATE '{LAST_DAY.isoformat()}', {_HISTORY_DAYS})"
    )
    last_moment = f"(DATE '{(day or LAST_DAY).isoformat()}' + 1)::TIMESTAMP - to_milliseconds(1 + i % 900)"
    return f"""
        WITH steps AS (
            SELECT i, i // {_STEPS_PER_SESSION} AS session, i % {_STEPS_PER_SESSION} AS step
            FROM range({first}, {last + 1}) numbers(i)),
        visits AS (
            SELECT *, CASE WHEN chance(session, 'known', 0.67)
                           THEN {subscriber_key(f"1 + floor(pow(draw(session, 'visitor'), 1.3) * {people})")}
                           END AS subscriber,
                   least({started} + to_milliseconds(step * 41000 + whole(i, 'pause', 0, 40000)),
                         {last_moment}) AS happened,
                   CASE WHEN step < 2 THEN pick(i, 'view', ['page_view', 'page_view', 'product_view'])
                        WHEN step = 2 THEN pick(i, 'act', {sql_list(_ACTS)})
                        WHEN chance(session, 'buys', 0.14) THEN 'purchase'
                        ELSE pick(i, 'end', {sql_list(_ACTS)}) END AS type
            FROM steps)
        SELECT guid(i, 'activity'), subscriber, "EmailAddress", type, happened,
               concat('https://www.example.com/', pick(i, 'path', {sql_list(_PATHS)}), '#', session),
               pick(i, 'title', {sql_list(_PAGES)}),
               CASE WHEN step = 0 AND chance(session, 'referred', 0.6)
                    THEN pick(session, 'referrer', {sql_list(_REFERRERS)}) END,
               CASE WHEN type = 'form_submit' THEN pick(i, 'form', {sql_list(_FORMS)}) END,
               guid(session, 'session'),
               CASE WHEN NOT chance(i, 'left', 0.2) THEN whole(i, 'stay', 0, 600) END,
               CASE WHEN type = 'purchase' THEN format('ORD-{{:08d}}', i) END,
               CASE WHEN type = 'purchase' THEN money(i, 'total', 12, 480) END,
               pick(session, 'agent', {sql_list(_AGENTS)})
        FROM visits LEFT JOIN {contacts} ON "SubscriberKey" = subscriber ORDER BY i"""
