"""Time zones by the names that Java and people use."""

from __future__ import annotations

import datetime as dt
import functools
import re
from zoneinfo import ZoneInfo

from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.moments import UTC

_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?\d{2})?")
_REGION = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_ABBREVIATIONS = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "UT": 0,
    "WET": 0,
    "WEST": 60,
    "BST": 60,
    "CET": 60,
    "CEST": 120,
    "EET": 120,
    "EEST": 180,
    "MSK": 180,
    "IST": 330,
    "JST": 540,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
    "HST": -600,
    "AKST": -540,
    "AKDT": -480,
    "PST": -480,
    "PDT": -420,
    "MST": -420,
    "MDT": -360,
    "CST": -360,
    "CDT": -300,
    "EST": -300,
    "EDT": -240,
    "AST": -240,
    "ADT": -180,
}
"""Minutes east of Greenwich. Adobe's sample reads PST as -08:00 even in summer."""


@functools.lru_cache(maxsize=1024)
def zone(name: str) -> dt.tzinfo:
    """The zone of an id (``Europe/Paris``), an abbreviation (``PST``) or an offset (``+02:00``, ``GMT+2``).

    Raises:
        TransformError: No zone has that name.
    """
    minutes = _ABBREVIATIONS.get(name.upper())
    if minutes is not None:
        return dt.timezone(dt.timedelta(minutes=minutes)) if minutes else UTC
    offset = _OFFSET.fullmatch(name)
    try:
        if offset:
            amount = dt.timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
            return dt.timezone(-amount if offset[1] == "-" else amount) if amount else UTC
        if _REGION.fullmatch(name):
            return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        pass
    message = f"{name[:60]!r} is no time zone"
    raise TransformError(message)


def settled(value: dt.datetime) -> dt.datetime:
    """The date-time in a region's zone as a clock there shows it.

    A time that the clock skips in spring is an hour later, as Java has it:
    02:30 of 2020-03-08 in New York is 03:30.
    """
    if isinstance(value.tzinfo, ZoneInfo):
        return value.astimezone(UTC).astimezone(value.tzinfo)
    return value


def zone_id(value: dt.datetime) -> str:
    """The id of a date-time's zone: ``America/Los_Angeles``, ``-08:00`` or ``Z``."""
    if isinstance(value.tzinfo, ZoneInfo):
        return value.tzinfo.key
    return offset_text(value, "XXX")


def offset_text(value: dt.datetime, pattern: str) -> str:
    """An offset as ``X`` (-08), ``XX`` (-0800), ``XXX`` (-08:00), ``Z`` (-0800) or ``O`` (GMT-8).

    ``X`` patterns and ``ZZZZZ`` write ``Z`` for UTC.
    """
    seconds = int((value.utcoffset() or dt.timedelta()).total_seconds())
    sign, (hours, minutes) = "-" if seconds < 0 else "+", divmod(abs(seconds) // 60, 60)
    if pattern[0] == "O":
        if not seconds:
            return "GMT"
        if len(pattern) > 1:
            return f"GMT{sign}{hours:02d}:{minutes:02d}"
        return f"GMT{sign}{hours}" + (f":{minutes:02d}" if minutes else "")
    if not seconds and (pattern[0] == "X" or pattern == "ZZZZZ"):
        return "Z"
    if pattern in {"X", "x"}:
        return f"{sign}{hours:02d}" + (f"{minutes:02d}" if minutes else "")
    colon = ":" if pattern in {"XXX", "xxx", "ZZZZZ"} else ""
    return f"{sign}{hours:02d}{colon}{minutes:02d}"
