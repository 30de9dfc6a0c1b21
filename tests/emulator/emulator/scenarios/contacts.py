"""Scenario 1: a retail brand's contacts, to segment new, returning, loyal and lapsed customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.scenarios.draws import LAST_DAY, sql_list

if TYPE_CHECKING:
    from datetime import date

FULL_SIZE = 20_000

DEFINITION: dict[str, Any] = {
    "name": "Contacts",
    "key": "contacts",
    "description": "Customers with lifecycle stage and purchase behaviour",
    "folder": "Customers",
    "is_sendable": True,
    "sendable_field": "SubscriberKey",
    "fields": [
        {"name": "SubscriberKey", "type": "Text", "length": 100, "is_primary_key": True},
        {"name": "EmailAddress", "type": "EmailAddress"},
        {"name": "FirstName", "type": "Text", "length": 60},
        {"name": "LastName", "type": "Text", "length": 60},
        {"name": "Phone", "type": "Phone"},
        {"name": "Locale", "type": "Locale"},
        {"name": "BirthDate", "type": "Date"},
        {"name": "City", "type": "Text", "length": 80},
        {"name": "Country", "type": "Text", "length": 2},
        {"name": "LifecycleStage", "type": "Text", "length": 20},
        {"name": "LoyaltyPoints", "type": "Number"},
        {"name": "TotalOrders", "type": "Number"},
        {"name": "TotalSpent", "type": "Decimal", "length": 18, "scale": 2},
        {"name": "LastPurchaseDate", "type": "Date"},
        {"name": "FavouriteCategory", "type": "Text", "length": 50},
        {"name": "EmailOptIn", "type": "Boolean"},
        {"name": "SignupDate", "type": "Date"},
        {"name": "ModifiedDate", "type": "Date", "is_required": True},
    ],
}

_FIRST_NAMES = (
    "Anna", "José", "Zoë", "Łukasz", "花子", "Ольга", "Søren", "Maria", "Liam", "Noah", "Émile", "Jürgen",
    "Fatima", "Ngọc", "Aoife", "Mehmet", "Giulia", "Chloé", "Ravi", "Sofía", "Peter", "Ingrid", " Tim",
)  # fmt: skip
_LAST_NAMES = (
    "Müller", "García", "O'Brien", "Kowalczyk", "山田", "Иванова", "Ødegård", "Smith", "Nguyễn", "Yılmaz",
    "Rossi", "van der Berg", "Dubois", "Patel", "Jones-Smith", "Fernández", "Schmidt", "Johansson", "Murphy",
    'de "Rooy"', "Novák",
)  # fmt: skip
# Country, locale, city, one line each.
_PLACES = (
    ("DE", "de-DE", "Köln"), ("DE", "de-DE", "Berlin"), ("DE", "de-DE", " Hamburg"),
    ("FR", "fr-FR", "Orléans"), ("FR", "fr-FR", "Paris"), ("ES", "es-ES", "A Coruña"),
    ("ES", "es-ES", "Madrid"), ("GB", "en-GB", "London"), ("GB", "en-GB", "Stoke-on-Trent"),
    ("US", "en-US", "New York"), ("US", "en-US", "Austin"), ("US", "es-US", "Miami"),
    ("PL", "pl-PL", "Łódź"), ("JP", "ja-JP", "東京"), ("BR", "pt-BR", "São Paulo"),
    ("DK", "da-DK", "Århus"), ("CH", "fr-CH", "Genève"), ("IE", "en-IE", "Cork"),
    ("NL", "nl-NL", "'s-Hertogenbosch"), ("TR", "tr-TR", "İzmir"),
)  # fmt: skip
_CATEGORIES = ("Shoes", "Outdoor", "Home & Garden", "Kids", "Beauty", "Electronics", "Bücher", "Sale")


def select_rows(first: int, last: int, *, joined: date | None = None) -> str:
    """SQL for contacts number ``first`` to ``last``; those who joined on a day are new customers."""
    day = f"DATE '{(joined or LAST_DAY).isoformat()}'"
    stage = "'new'" if joined else _STAGE
    changed = f"moment(i, 'modified', {day}, 1)" if joined else _CHANGED
    bought = f"moment(i, 'bought', {day}, 1)" if joined else _BOUGHT.format(day=day)
    earliest = "least(bought, changed)"
    signed_up = earliest if joined else _SIGNED_UP.format(earliest=earliest)
    return f"""
        WITH people AS (
            SELECT i, {stage} AS stage, {changed} AS changed,
                   pick(i, 'first', {sql_list(_FIRST_NAMES)}) AS first_name,
                   pick(i, 'last', {sql_list(_LAST_NAMES)}) AS last_name,
                   whole(i, 'place', 1, {len(_PLACES)}) AS place
            FROM range({first}, {last + 1}) numbers(i)),
        buyers AS (SELECT *, {_ORDERS} AS orders FROM people),
        customers AS (SELECT *, CASE WHEN orders > 0 THEN {bought} END AS bought FROM buyers)
        SELECT {subscriber_key("i")},
               CASE WHEN chance(i, 'no email', 0.02) THEN NULL ELSE {_EMAIL} END,
               CASE WHEN chance(i, 'no first', 0.03) THEN NULL ELSE first_name END,
               last_name,
               {_PHONE},
               {sql_list(place[1] for place in _PLACES)}[place],
               CASE WHEN chance(i, 'no birth', 0.15) THEN NULL
                    ELSE DATE '1945-01-01' + whole(i, 'birth', 0, 22600) END,
               CASE WHEN chance(i, 'no city', 0.05) THEN NULL WHEN chance(i, 'empty city', 0.02) THEN ''
                    ELSE {sql_list(place[2] for place in _PLACES)}[place] END,
               {sql_list(place[0] for place in _PLACES)}[place],
               stage,
               {_POINTS},
               orders,
               CASE WHEN orders > 0 THEN orders * money(i, 'basket', 9, 180) END,
               bought,
               CASE WHEN chance(i, 'no category', 0.12) THEN NULL
                    ELSE pick(i, 'category', {sql_list(_CATEGORIES)}) END,
               CASE WHEN chance(i, 'opt unknown', 0.05) THEN NULL ELSE chance(i, 'opt', 0.71) END,
               {signed_up},
               greatest(changed, bought)
        FROM customers ORDER BY i"""


def subscriber_key(number: str) -> str:
    """SQL for the SubscriberKey of contact number ``number`` (an SQL expression)."""
    return f"format('C{{:07d}}', ({number})::INTEGER)"


_STAGE = """CASE WHEN chance(i, 'stage', 0.25) THEN 'new' WHEN chance(i, 'stage', 0.60) THEN 'returning'
                 WHEN chance(i, 'stage', 0.78) THEN 'loyal' ELSE 'lapsed' END"""

# A third comes from nightly imports, which give many rows the same time.
_ORDERS = """CASE stage WHEN 'new' THEN whole(i, 'orders', 0, 1)
                  WHEN 'returning' THEN whole(i, 'orders', 2, 6)
                  WHEN 'loyal' THEN whole(i, 'orders', 8, 60) ELSE whole(i, 'orders', 1, 9) END"""

_BOUGHT = """CASE stage WHEN 'lapsed' THEN moment(i, 'bought', {day} - 300, 600)
                  WHEN 'loyal' THEN moment(i, 'bought', {day}, 60)
                  WHEN 'new' THEN moment(i, 'bought', {day}, 30)
                  ELSE moment(i, 'bought', {day}, 200) END"""

_SIGNED_UP = """{earliest} - to_days(CASE stage WHEN 'new' THEN whole(i, 'signup', 0, 30)
                                     ELSE whole(i, 'signup', 40, 1500) END)"""

_POINTS = """CASE WHEN chance(i, 'no points', 0.1) THEN NULL WHEN chance(i, 'debt', 0.01) THEN -500
                  ELSE orders * whole(i, 'points', 40, 160) END"""

_PHONE = """CASE WHEN chance(i, 'no phone', 0.3) THEN NULL
                 ELSE format('+{} {} {:06d}', whole(i, 'country', 30, 98), whole(i, 'area', 100, 999),
                             whole(i, 'phone', 0, 999999)) END"""

# A third comes from nightly imports, which give many rows the same time.
_CHANGED = f"""CASE WHEN chance(i, 'import', 0.33)
                    THEN DATE '{LAST_DAY.isoformat()}'::TIMESTAMP - to_days(whole(i, 'night', 0, 399))
                         + INTERVAL 2 HOUR
                    ELSE moment(i, 'modified', DATE '{LAST_DAY.isoformat()}', 400) END"""

# Some people type capitals; as an identity it is the same address.
_EMAIL = """concat(CASE WHEN chance(i, 'capital', 0.1) THEN 'M' ELSE 'm' END,
                   lower(regexp_replace(strip_accents(last_name), '[^A-Za-z]', '', 'g')), '.', i, '@',
                   pick(i, 'mail', ['example.com', 'example.org', 'example.net', 'mail.example.com']))"""
