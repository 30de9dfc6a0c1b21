"""What the tap should emit for what the emulator stores."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

SERVER = timezone(timedelta(hours=-6))
EVERY_TYPE = [
    {"name": "Id", "type": "Text", "length": 36, "is_primary_key": True, "is_required": True},
    {"name": "A Text", "type": "Text", "length": 200},
    {"name": "Required:Text", "type": "Text", "length": 200, "is_required": True},
    {"name": "Email", "type": "EmailAddress"},
    {"name": "Phone", "type": "Phone"},
    {"name": "Locale", "type": "Locale"},
    {"name": "Number", "type": "Number"},
    {"name": "Decimal", "type": "Decimal", "length": 18, "scale": 4},
    {"name": "Flag", "type": "Boolean"},
    {"name": "Changed", "type": "Date"},
]


def expected(row: dict[str, Any], fields: list[dict[str, Any]], *, rounded: bool = False) -> dict[str, Any]:
    """A stored row, as a RECORD has it. REST drops parts of a second, SOAP rounds them."""
    return {item["name"]: _value(row[item["name"]], item, rounded=rounded) for item in fields}


def _value(value: Any, item: dict[str, Any], *, rounded: bool) -> Any:
    # The wire has one form for null and for an empty text; only required texts are never null.
    if value is None or (value == "" and not item.get("is_required")):
        return "" if value is None and item.get("is_required") else None
    if item["type"] == "Decimal":
        return Decimal(str(value))
    if item["type"] == "Date":
        moment = datetime.fromisoformat(value)
        moment += timedelta(seconds=0.5 if rounded else 0)
        try:
            moment = moment.replace(tzinfo=moment.tzinfo or SERVER).astimezone(timezone.utc)
        except OverflowError:
            return None  # the end of 9999 on the server's clock is no date in UTC
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def by_key(rows: list[dict[str, Any]], key: str) -> dict[Any, dict[str, Any]]:
    """Rows by primary key, without what the tap adds."""
    found = {
        row[key]: {name: value for name, value in row.items() if not name.startswith("_sdc_")} for row in rows
    }
    assert len(found) == len(rows), "a key came twice"
    return found
