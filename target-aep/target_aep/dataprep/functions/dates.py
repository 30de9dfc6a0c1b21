"""Date and time functions."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

from target_aep.dataprep import date_formats, dates
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.functions.arguments import scalar_text, whole
from target_aep.dataprep.functions.registry import Category, Scope, function
from target_aep.dataprep.moments import UTC, epoch_milliseconds
from target_aep.dataprep.semantics import number
from target_aep.dataprep.values import is_number
from target_aep.dataprep.zones import settled, zone

if TYPE_CHECKING:
    from collections.abc import Callable


def _moment(value: object) -> dt.datetime | None:
    return None if value is None or value == "" else dates.to_date_time(value)


@function("now()", Category.DATE)
def now() -> dt.datetime:
    """Give the current date-time, in UTC, to the millisecond."""
    current = dt.datetime.now(UTC)
    return current.replace(microsecond=current.microsecond // 1000 * 1000)


@function("timestamp()", Category.DATE)
def timestamp() -> int:
    """Give the current time in milliseconds since 1970-01-01T00:00:00Z."""
    return epoch_milliseconds(now())


@function("current_timestamp()", Category.DATE, scope=Scope.UNLISTED)
def current_timestamp() -> int:
    """Do what timestamp does, under a name of 2020."""
    return timestamp()


@function("current_date()", Category.DATE, scope=Scope.UNLISTED)
def current_date() -> str:
    """Give the current date in UTC as dd-MMM-yyyy, as in 2020."""
    return date_formats.write(now(), "dd-MMM-yyyy")


@function("format(DATE, FORMAT)", Category.DATE)
def format_(date: object, pattern: object) -> str | None:
    """Write a date-time by a pattern, in the date-time's zone."""
    moment = _moment(date)
    return None if moment is None else date_formats.write(moment, scalar_text(pattern))


@function("dformat(TIMESTAMP, FORMAT)", Category.DATE)
def dformat(milliseconds: object, pattern: object) -> str | None:
    """Write epoch milliseconds by a pattern, in UTC."""
    if milliseconds is None or milliseconds == "":
        return None
    return date_formats.write(dates.from_milliseconds(number(milliseconds)), scalar_text(pattern))


@function("date(DATE, FORMAT, DEFAULT_DATE)", Category.DATE)
def date(value: object, pattern: object = None, default: object = None) -> object:
    """Read a date-time from a text. FORMAT is how the text is written, recognised if it is not given;
    DEFAULT_DATE is the answer for null. UTC unless the text names a zone.
    """  # noqa: D205  # the docstring is the table's cell
    if value is None or value == "":
        return default
    if pattern is not None and (isinstance(value, str) or is_number(value)):
        return dates.parse(scalar_text(value), scalar_text(pattern))
    return dates.to_date_time(value)


_READERS: dict[str, Callable[[dt.datetime], int]] = {
    "year": lambda moment: moment.year,
    "quarter": lambda moment: (moment.month + 2) // 3,
    "month": lambda moment: moment.month,
    "dayofyear": lambda moment: moment.timetuple().tm_yday,
    "day": lambda moment: moment.day,
    "week": lambda moment: moment.isocalendar()[1],
    "weekday": lambda moment: moment.isoweekday(),
    "hour": lambda moment: moment.hour,
    "hh12": lambda moment: moment.hour % 12 or 12,
    "minute": lambda moment: moment.minute,
    "second": lambda moment: moment.second,
    "millisecond": lambda moment: moment.microsecond // 1000,
}
_COMPONENTS = {
    "yyyy": "year",
    "yy": "year",
    "qq": "quarter",
    "q": "quarter",
    "mm": "month",
    "m": "month",
    "dy": "dayofyear",
    "y": "dayofyear",
    "dd": "day",
    "d": "day",
    "ww": "week",
    "w": "week",
    "dw": "weekday",
    "hh": "hour",
    "hh24": "hour",
    "mi": "minute",
    "n": "minute",
    "ss": "second",
    "s": "second",
    "sss": "millisecond",
    "ms": "millisecond",
} | {name: name for name in _READERS}
_SETTABLE = ("year", "month", "day", "hour", "minute", "second")


def _component(value: object) -> str:
    name = scalar_text(value) if value is not None else ""
    found = _COMPONENTS.get(name.lower())
    if found is None:
        message = f"{name!r} is no component of a date; components are {', '.join(_READERS)}"
        raise TransformError(message)
    return found


@function("date_part(COMPONENT, DATE)", Category.DATE)
def date_part(component: object, value: object) -> int | None:
    """Read a component of a date: year, quarter, month, dayofyear, day, week (ISO), weekday (Monday is 1),
    hour, hh12, minute, second, millisecond, or Adobe's short names for them, in any case.
    """  # noqa: D205  # the docstring is the table's cell
    read = _READERS[_component(component)]
    moment = _moment(value)
    return None if moment is None else read(moment)


@function("set_date_part(COMPONENT, VALUE, DATE)", Category.DATE)
def set_date_part(component: object, value: object, date: object) -> dt.datetime | None:
    """Replace year, month, day, hour, minute or second of a date. A day that the new month lacks becomes
    its last day.
    """  # noqa: D205  # the docstring is the table's cell
    name, moment = _component(component), _moment(date)
    if name not in _SETTABLE:
        message = f"{name} cannot be set; {', '.join(_SETTABLE)} can"
        raise TransformError(message)
    if moment is None:
        return None
    fields = {"year": moment.year, "month": moment.month, "day": moment.day, name: whole(value, "VALUE")}
    if name in {"year", "month"} and 1 <= fields["month"] <= 12 and 1 <= fields["year"] <= 9999:  # noqa: PLR2004
        fields["day"] = min(moment.day, calendar.monthrange(fields["year"], fields["month"])[1])
    try:
        return settled(moment.replace(**fields))  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        message = f"{fields[name]} is no {name} of {moment}"
        raise TransformError(message) from None


@function(
    "make_date_time(YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, NANOSECOND, TIMEZONE)",
    Category.DATE,
    aliases=("make_timestamp",),
)
def make_date_time(  # noqa: PLR0917  # Adobe's signature
    year: object,
    month: object,
    day: object,
    hour: object,
    minute: object,
    second: object,
    nanosecond: object,
    timezone: object = None,
) -> dt.datetime | None:
    """Make a date-time of its parts in a zone, UTC unless given. Null if a part is null."""
    parts = (year, month, day, hour, minute, second, nanosecond)
    if any(part is None for part in parts):
        return None
    *fields, nanoseconds = (whole(part, "a part of the date") for part in parts)
    try:
        to = UTC if timezone is None else zone(scalar_text(timezone))
        return settled(dt.datetime(*fields, nanoseconds // 1000, tzinfo=to))  # type: ignore[misc, arg-type]
    except (ValueError, OverflowError) as error:
        message = f"these parts make no date: {error}"
        raise TransformError(message) from None


@function("zone_date_to_utc(DATE)", Category.DATE)
def zone_date_to_utc(value: object) -> dt.datetime | None:
    """Move a date-time to UTC; the instant stays."""
    moment = _moment(value)
    return None if moment is None else _moved(moment, UTC)


@function("zone_date_to_zone(DATE, ZONE)", Category.DATE)
def zone_date_to_zone(value: object, name: object) -> dt.datetime | None:
    """Move a date-time to another zone; the instant stays."""
    moment = _moment(value)
    return None if moment is None or name is None else _moved(moment, zone(scalar_text(name)))


def _moved(moment: dt.datetime, to: dt.tzinfo) -> dt.datetime:
    try:
        return moment.astimezone(to)
    except (OverflowError, ValueError):
        message = f"{moment} is at the end of the calendar"
        raise TransformError(message) from None
