"""The server's clock: fixed UTC-6, no daylight saving, as Marketing Cloud stores and shows all times."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from emulator import present

SERVER_ZONE = timezone(timedelta(hours=-6))

_US = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?(?: *([AaPp][Mm]))?)?$"
)
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?( ?Z|[+-]\d{2}:?\d{2})?$"
)
_NOON = 12
# The SQL Server type datetime starts here.
_FIRST_YEAR = 1753


def now() -> datetime:
    """The server's present time, to the millisecond, without a zone."""
    moment = datetime.fromtimestamp(present.now(), SERVER_ZONE).replace(tzinfo=None)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def parse(text: str, *, normalise: bool = True) -> datetime | None:
    """A date or date-time of a request on the server's clock, to the millisecond; None if it is none.

    Understands ``M/d/yyyy [h:mm[:ss] [AM|PM]]`` (month first) and ISO 8601. A zone is honoured;
    without one the text is the server's time already.

    Args:
        text: What the client sent.
        normalise: Convert a time with a zone; otherwise its zone is dropped.
    """
    text = text.strip()
    try:
        moment = _parse_us(text) or _parse_iso(text, normalise=normalise)
    except ValueError:
        return None
    return moment if moment and moment.year >= _FIRST_YEAR else None


def _parse_us(text: str) -> datetime | None:
    match = _US.match(text)
    if not match:
        return None
    month, day, year, hour, minute, second, fraction, half = match.groups()
    hours = int(hour or 0)
    if half:
        if half.lower() == "pm" and hours < _NOON:
            hours += _NOON
        elif half.lower() == "am" and hours == _NOON:
            hours = 0
    return datetime(
        int(year), int(month), int(day), hours, int(minute or 0), int(second or 0), _micro(fraction)
    )


def _parse_iso(text: str, *, normalise: bool) -> datetime | None:
    match = _ISO.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    moment = datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), _micro(fraction)
    )
    if not zone or not normalise:
        return moment
    return moment.replace(tzinfo=_zone(zone.strip())).astimezone(SERVER_ZONE).replace(tzinfo=None)


def _zone(text: str) -> timezone:
    if text == "Z":
        return timezone.utc
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _micro(fraction: str | None) -> int:
    milliseconds = ((fraction or ".")[1:] + "000")[:3]
    return int(milliseconds) * 1000
