"""The rows of every benchmark: mixed fields, about 600 bytes of page JSON a row at 20 fields.

Ten thousand distinct rows are made; longer tables repeat them as *blocks*. A row's key begins with its
block number, so keys are unique and ascending over any number of rows; subscriber keys, addresses and
notes hold it too, so that they compress no better than real ones. ``SeenAt`` ascends with the key, each
block a day later than the last, so it can be a replication key. A block is rendered by replacing markers
in a text that was made before: serving or writing a row costs next to nothing, and what is measured is
the program that reads it.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROWS_PER_BLOCK = 10_000
STANDARD_FIELDS = 20
BLOCK_MARKER = "@BLOCK@@"
"""Stands for the eight digits of the block number."""

DAY_MARKER = "@DAY@"
"""Stands for the block's day."""

CLOCK_OFFSET = timedelta(hours=-6)
CLOCK = timezone(CLOCK_OFFSET)
"""The service's clock, UTC-6 without daylight saving: dates on the wire are its readings."""

FIRST_DAY = date(2015, 1, 1)
_START = datetime.combine(FIRST_DAY, time(), CLOCK)
_SECONDS_BETWEEN_ROWS = 6


@dataclass(frozen=True)
class TimeOfDay:
    """A time on the block's day, by the service's clock; never so late that UTC has another day."""

    seconds: int

    @property
    def as_time(self) -> time:
        """By the service's clock."""
        return (_START + timedelta(seconds=self.seconds)).time()

    @property
    def as_utc(self) -> time:
        """In UTC."""
        return (_START + timedelta(seconds=self.seconds) - CLOCK_OFFSET).time()


Value = str | int | bool | Decimal | datetime | TimeOfDay | None

_FIRST_NAMES = ("Anna", "Björn", "Chloé", "Dmitri", "Elif", "Farid", "Grace", "Hiroshi", "Inês", "João")
_LAST_NAMES = ("Andersson", "Brown", "Çelik", "Dubois", "Eriksen", "Fischer", "García", "Huber", "O'Neil")
_CITIES = ("Berlin", "São Paulo", "Köln", "Paris", "Tōkyō", "New York", "Łódź", "Milano")
_WORDS = (
    "called back about the spring offer",
    'said "not before May"',
    "prefers letters",
    "moved",
    "asked for a refund",
)


@dataclass(frozen=True)
class Field:
    """A field of the benchmark's data extension.

    Attributes:
        name: In the data extension's own case.
        type: SFMC's field type.
        length: ``MaxLength``; of a decimal, its precision.
        scale: Of a decimal.
        primary_key: Whether it is the key.
    """

    name: str
    type: str
    length: int | None = None
    scale: int | None = None
    primary_key: bool = False


_STANDARD = (
    Field("RowID", "Text", 36, primary_key=True),
    Field("SubscriberKey", "Text", 50),
    Field("EmailAddress", "EmailAddress", 254),
    Field("Visits", "Number"),
    Field("OptIn", "Boolean"),
    Field("Revenue", "Decimal", 18, 2),
    Field("SignupDate", "Date"),
    Field("FirstName", "Text", 40),
    Field("LastName", "Text", 40),
    Field("City", "Text", 60),
    Field("Country", "Text", 2),
    Field("Phone", "Phone", 50),
    Field("Locale", "Locale", 5),
    Field("Score", "Number"),
    Field("Clicks", "Number"),
    Field("Rate", "Decimal", 9, 4),
    Field("IsActive", "Boolean"),
    Field("BirthDate", "Date"),
    Field("SeenAt", "Date"),
    Field("Notes", "Text", 200),
)


def fields(count: int = STANDARD_FIELDS) -> tuple[Field, ...]:
    """The first ``count`` fields; past the twentieth they come again, numbered."""
    chosen = list(_STANDARD[:count])
    turn = 2
    while len(chosen) < count:
        chosen += [
            Field(f"{field.name}{turn}", field.type, field.length, field.scale)
            for field in _STANDARD[1 : 1 + count - len(chosen)]
        ]
        turn += 1
    return tuple(chosen)


@lru_cache(maxsize=4)
def block(field_count: int = STANDARD_FIELDS) -> tuple[tuple[Value, ...], ...]:
    """The ten thousand distinct rows, in key order; the same in every process."""
    draw = random.Random(7)
    chosen = fields(field_count)
    return tuple(tuple(_value(field, index, draw) for field in chosen) for index in range(ROWS_PER_BLOCK))


def block_digits(number: int) -> str:
    """What replaces the marker."""
    return f"{number:08x}"


def block_day(number: int) -> date:
    """The day of a block's ``SeenAt``."""
    return FIRST_DAY + timedelta(days=number)


def first_row_seen_from(moment: datetime) -> int:
    """Number of the first row whose ``SeenAt`` is not before a reading of the service's clock."""
    days = (moment.date() - FIRST_DAY).days
    into_day = (moment - datetime.combine(moment.date(), time())).total_seconds()
    within = min(ROWS_PER_BLOCK, math.ceil(into_day / _SECONDS_BETWEEN_ROWS))
    return max(0, days * ROWS_PER_BLOCK + within)


def _value(field: Field, index: int, draw: random.Random) -> Value:
    if field.primary_key:
        return f"{BLOCK_MARKER}-{index:04x}-4{draw.getrandbits(12):03x}-a000-{draw.getrandbits(48):012x}"
    if field.name == "SeenAt":
        return TimeOfDay(index * _SECONDS_BETWEEN_ROWS)
    make, nulls = _TEXTS.get(field.name.rstrip("0123456789")) or _VALUES[field.type]
    return None if draw.random() < nulls else make(field, draw)


def _decimal(field: Field, draw: random.Random) -> Decimal:
    digits: int = 10 ** (field.scale or 0)
    return Decimal(draw.randrange(0, 10_000 * digits)) / digits


def _one_of(choices: Sequence[str]) -> Callable[[Field, random.Random], str]:
    return lambda _, draw: draw.choice(choices)


_VALUES: dict[str, tuple[Callable[[Field, random.Random], Value], float]] = {
    "Number": (lambda _, draw: draw.randrange(0, 100_000), 0.1),
    "Decimal": (_decimal, 0),
    "Boolean": (lambda _, draw: draw.random() < 0.5, 0),
    "Date": (lambda _, draw: _START + timedelta(seconds=draw.randrange(0, 10 * 365 * 86_400)), 0),
}
"""How values of a type are drawn, and how many of them are null."""

_TEXTS: dict[str, tuple[Callable[[Field, random.Random], Value], float]] = {
    "SubscriberKey": (lambda _, draw: f"003{BLOCK_MARKER}{draw.getrandbits(28):07x}", 0),
    "EmailAddress": (
        lambda _, draw: (
            f"p{draw.randrange(10**5):05d}-{BLOCK_MARKER}@mail{draw.randrange(100):02d}.example.com"
        ),
        0,
    ),
    "FirstName": (_one_of(_FIRST_NAMES), 0),
    "LastName": (_one_of(_LAST_NAMES), 0),
    "City": (_one_of(_CITIES), 0.1),
    "Country": (_one_of(("DE", "BR", "FR", "JP", "US", "PL", "IT")), 0),
    "Phone": (lambda _, draw: f"+49 30 {draw.randrange(10**7):07d}", 0.2),
    "Locale": (_one_of(("de-DE", "en-US", "pt-BR", "fr-FR")), 0),
    "Notes": (
        lambda _, draw: f"case {BLOCK_MARKER}: " + "; ".join(draw.choice(_WORDS) for _ in range(5)),
        0.2,
    ),
}
"""The same for texts, by field name without its number."""
