"""Date-times: what the language calls ZonedDateTime is an aware ``datetime`` here."""

from __future__ import annotations

import datetime as dt

UTC = dt.timezone.utc
EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)

_MILLISECOND = dt.timedelta(milliseconds=1)


class ZonedDateTime(dt.datetime):
    """A date-time as a caller gets it: its text is that of the language.

    Inside, plain ``datetime`` is used, which the standard library makes
    several times faster.
    """

    @classmethod
    def of(cls, value: dt.datetime) -> ZonedDateTime:
        """The same instant in the same zone."""
        # What a copy is made of, in half the time of reading the parts one by one.
        return cls(*value.__reduce_ex__(4)[1])

    def __str__(self) -> str:
        return iso_text(self)


def aware(value: dt.datetime) -> dt.datetime:
    """``value``, in UTC if it has no zone."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def iso_text(value: dt.datetime) -> str:
    """ISO 8601: ``2019-10-23T11:24:00Z``, with milliseconds if there are any.

    In UTC the zone is ``Z``, elsewhere it is the offset, so that a date moved
    to another zone shows it.
    """
    text = aware(value).isoformat(timespec="milliseconds" if value.microsecond >= 1000 else "seconds")  # noqa: PLR2004
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def epoch_milliseconds(value: dt.date) -> int:
    """Milliseconds since 1970-01-01T00:00:00Z; of a date, those of its first moment in UTC."""
    if isinstance(value, dt.datetime):
        return (aware(value) - EPOCH) // _MILLISECOND
    return (value - EPOCH.date()).days * 86_400_000
