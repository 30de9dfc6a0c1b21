"""The clock that data extensions are stored in.

The Marketing Cloud stores date-times as a clock reading without a zone: central standard time
without daylight saving, UTC-6 (Salesforce knowledge article 005093826). A tenant may have
imported another clock's readings, so both fixed offsets and zones with rules are understood.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from tap_sfmc.errors import ConfigurationError

SYSTEM_CLOCK = timezone(timedelta(hours=-6))
_OFFSET = re.compile(r"(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?", re.IGNORECASE)
_LONGEST_OFFSET = timedelta(hours=15)


def parse_zone(text: str) -> tzinfo:
    """Read ``-06:00``, ``UTC-6``, ``UTC`` or a name such as ``Europe/Paris``.

    Raises:
        ConfigurationError: No such zone.
    """
    name = text.strip()
    if name.upper() in {"UTC", "Z", "GMT"}:
        return timezone.utc
    if match := _OFFSET.fullmatch(name):
        size = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
        if size < _LONGEST_OFFSET:
            return timezone(-size if match["sign"] == "-" else size)
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        message = f"There is no time zone {text!r}."
        raise ConfigurationError(
            message, remedy="Give an offset such as -06:00, or a name such as America/New_York."
        ) from None


def fixed_offset(zone: tzinfo) -> timedelta | None:
    """The zone's distance from UTC if it never changes, else ``None``."""
    return zone.utcoffset(None) if isinstance(zone, timezone) else None


def utc_text(moment: datetime) -> str:
    """A moment as RFC 3339 in UTC, whole seconds: ``2024-01-15T21:04:05Z``."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0).isoformat() + "Z"


def parse_utc(text: str) -> datetime:
    """A moment from an RFC 3339 text or a plain date; without an offset it is UTC.

    Raises:
        ValueError: It is neither.
    """
    moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
