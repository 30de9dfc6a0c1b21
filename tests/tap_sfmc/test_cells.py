"""Wire texts to typed values, a column at a time."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_sfmc.data_extensions import Field
from tap_sfmc.values import cells
from tap_sfmc.values.clock import SYSTEM_CLOCK

UTC = timezone.utc
FIRST, LAST = datetime.fromisoformat("1753-01-01"), datetime.fromisoformat("9999-12-30")


def read(texts, kind, zone=SYSTEM_CLOCK, **facts):
    column = pa.array(texts, pa.string())
    values = cells.read(column, Field("x", kind, **facts), zone)
    return values.to_pylist(), cells.unreadable(column, values)


def wire(moment):
    """As the rowset writes it."""
    hour = moment.hour % 12 or 12
    half = "AM" if moment.hour < 12 else "PM"
    return f"{moment.month}/{moment.day}/{moment.year} {hour}:{moment:%M:%S} {half}"


def test_an_empty_text_is_null_and_not_counted():
    for kind in ("Text", "EmailAddress", "Number", "Decimal", "Boolean", "Date", "Locale", "Phone"):
        assert read(["", None], kind) == ([None, None], 0)


def test_an_empty_text_in_a_required_field_is_an_empty_string():
    assert read(["", " a"], "Text", required=True) == (["", " a"], 0)


def test_leading_blanks_of_texts_stay():
    assert read([" True", "  "], "Text") == ([" True", "  "], 0)


def test_an_unknown_type_is_text():
    assert read(["abc"], "Base16Encrypted") == (["abc"], 0)


def test_numbers_have_32_bits():
    texts = ["42", "-2147483648", "2147483647", "2147483648", "1,000", "x"]
    assert read(texts, "Number") == ([42, -(2**31), 2**31 - 1, None, None, None], 3)


def test_long_numbers_have_64_bits():
    assert read([str(2**63 - 1), str(2**63)], "LongNumber") == ([2**63 - 1, None], 1)


def test_one_bad_value_spoils_no_other():
    texts = [str(number) for number in range(1000)]
    texts[617] = "n/a"
    values, bad = read(texts, "Number")
    assert bad == 1
    assert values == [None if number == 617 else number for number in range(1000)]


def test_decimals_keep_their_digits():
    values, bad = read(
        ["12.50", "-0.1", "9999999999999999.99", "0.001", "1e400", "--1"], "Decimal", length=18, scale=2
    )
    assert values[:3] == [Decimal("12.50"), Decimal("-0.10"), Decimal("9999999999999999.99")]
    assert values[3:] == [None, None, None]
    assert bad == 3


def test_booleans():
    assert read(["True", "False", "true", "0", "maybe"], "Boolean") == ([True, False, True, False, None], 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/15/2024 3:04:05 PM", datetime(2024, 1, 15, 21, 4, 5, tzinfo=UTC)),
        ("7/15/2024 12:34:56 AM", datetime(2024, 7, 15, 6, 34, 56, tzinfo=UTC)),
        ("7/15/2024 12:00:00 PM", datetime(2024, 7, 15, 18, 0, tzinfo=UTC)),
        ("2/29/2024 12:00:00 AM", datetime(2024, 2, 29, 6, 0, tzinfo=UTC)),
        ("1/1/1753 12:00:00 AM", datetime(1753, 1, 1, 6, 0, tzinfo=UTC)),
        ("2024-01-15T15:04:05.123", datetime(2024, 1, 15, 21, 4, 5, tzinfo=UTC)),
        ("1/15/2024", datetime(2024, 1, 15, 6, 0, tzinfo=UTC)),
    ],
)
def test_dates_are_six_hours_behind_utc_in_winter_and_summer(text, expected):
    assert read([text], "Date") == ([expected], 0)


@pytest.mark.parametrize(
    "text",
    ["2/30/2024 1:00:00 AM", "2/29/2023 1:00:00 AM", "13/1/2024 1:00:00 AM", "1/1/2024 13:00:00 PM", "soon",
     "1/1/2024 1:00:00 AM CST", "2023-02-30"],
)  # fmt: skip
def test_a_date_that_is_none_is_not_invented(text):
    assert read([text], "Date") == ([None], 1)


def test_the_end_of_9999_has_no_utc_and_is_null():
    assert read(["12/31/9999 11:59:59 PM"], "Date") == ([None], 1)
    assert read(["12/31/9999 11:59:59 PM"], "Date", UTC)[0] == [
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    ]


def test_a_zone_with_summer_time_is_followed():
    paris = ZoneInfo("Europe/Paris")
    values, _ = read(["1/15/2024 12:00:00 PM", "7/15/2024 12:00:00 PM"], "Date", paris)
    assert [value.hour for value in values] == [11, 10]


@given(st.lists(st.datetimes(FIRST, LAST), max_size=20))
def test_every_date_comes_back_to_the_second(moments):
    values, bad = read([wire(moment) for moment in moments], "Date")
    assert bad == 0
    expected = [moment.replace(microsecond=0) + timedelta(hours=6) for moment in moments]
    assert [value.replace(tzinfo=None) for value in values] == expected


@given(
    st.lists(
        st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**13), max_value=10**13)
    )
)
def test_every_decimal_comes_back(numbers):
    values, bad = read([format(number, "f") for number in numbers], "Decimal", length=18, scale=4)
    assert bad == 0
    assert values == numbers


KINDS = st.sampled_from(["Number", "Decimal", "Boolean", "Date", "LongNumber", "Byte"])


@given(st.lists(st.text()), KINDS)
def test_no_text_is_fatal(texts, kind):
    values, _ = read(texts, kind, length=18, scale=2)
    assert len(values) == len(texts)


@given(st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]))), KINDS)
def test_whatever_says_something_and_is_no_value_is_counted(texts, kind):
    values, bad = read(texts, kind, length=18, scale=2)
    assert bad == sum(value is None and bool(text.strip()) for value, text in zip(values, texts, strict=True))
