"""Dates: recognition, patterns both ways, zones, components."""

import datetime as dt

import pytest

from target_aep.dataprep import TransformError, compile_expression
from target_aep.dataprep.dates import DOCUMENTED_PATTERNS


def text_of(expression, **record):
    return str(compile_expression(expression)(record))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        # one text for each documented pattern, in the documented order
        ("2020-12-31 10:15:30-0800", "2020-12-31T10:15:30-08:00"),
        ("2020-12-31 10:15:30.123-0800", "2020-12-31T10:15:30.123-08:00"),
        ("2020-12-31 10:15:30.123", "2020-12-31T10:15:30.123Z"),
        ("2020-12-31T10:15:30.123-08", "2020-12-31T10:15:30.123-08:00"),
        ("2020-12-31T10:15:30Z", "2020-12-31T10:15:30Z"),
        ("2020-12-31", "2020-12-31T00:00:00Z"),
        ("2020/12/31", "2020-12-31T00:00:00Z"),
        ("2020.12.31", "2020-12-31T00:00:00Z"),
        ("2020-Dec-31", "2020-12-31T00:00:00Z"),
        ("20201231", "2020-12-31T00:00:00Z"),
        ("12-31-2020", "2020-12-31T00:00:00Z"),
        ("12312020", "2020-12-31T00:00:00Z"),
        ("1/31/2020", "2020-01-31T00:00:00Z"),
        ("31.1.2020", "2020-01-31T00:00:00Z"),
        ("1/31/2020 11:15:30 PM", "2020-01-31T23:15:30Z"),
        ("31.1.2020 12:15:30 AM", "2020-01-31T00:15:30Z"),
        ("31.Dec.2020", "2020-12-31T00:00:00Z"),
        ("31-Dec-2020", "2020-12-31T00:00:00Z"),
        # Adobe's samples outside the list, ISO 8601, and what Marketing Cloud writes
        ("2019-10-23 11:24", "2019-10-23T11:24:00Z"),
        ("2019-10-17 11:55:12", "2019-10-17T11:55:12Z"),
        ("2016-11-09T11:44:44.797", "2016-11-09T11:44:44.797Z"),
        ("23-Oct-2019 11:24", "2019-10-23T11:24:00Z"),
        ("2020-12-31T10:15:30.123456+05:30", "2020-12-31T10:15:30.123+05:30"),
        ("2019-10-17T11:55:12 PST", "2019-10-17T11:55:12-08:00"),
        ("2024-05-05 20:39:00.005 PST", "2024-05-05T20:39:00.005-08:00"),
        ("1/5/2020 4:05:06 PM", "2020-01-05T16:05:06Z"),
        # the documented trap: month first
        ("12112020", "2020-12-11T00:00:00Z"),
    ],
)
def test_a_date_is_recognised(text, instant):
    assert text_of("date(x)", x=text) == instant


def test_a_number_is_read_by_a_pattern_as_its_digits_and_without_one_as_milliseconds():
    assert text_of('date(x, "yyyyMMdd")', x=20201231) == "2020-12-31T00:00:00Z"
    assert text_of("date(x)", x=1609409730000) == "2020-12-31T10:15:30Z"


def test_each_documented_pattern_has_a_sample_above():
    assert len(DOCUMENTED_PATTERNS) == 18


@pytest.mark.parametrize("text", ["2021-02-30", "x", "2020-13-01", "24:00", "1" * 5000, "31.31.2020"])
def test_a_date_is_never_invented(text):
    with pytest.raises(TransformError):
        compile_expression("date(x)")({"x": text})


@pytest.mark.parametrize(
    ("text", "pattern", "instant"),
    [
        ("October 23, 2019", "MMMM d, yyyy", "2019-10-23T00:00:00Z"),
        ("23/10/19 5PM", "dd/MM/yy ha", "2019-10-23T17:00:00Z"),
        ("2019-W05-2", "YYYY-'W'ww-u", "2019-01-29T00:00:00Z"),
        ("2019 100", "yyyy DDD", "2019-04-10T00:00:00Z"),
        ("20191023T112435Z", "yyyyMMdd'T'HHmmssX", "2019-10-23T11:24:35Z"),
        ("2019-10-23 Europe/Paris", "yyyy-MM-dd VV", "2019-10-23T00:00:00+02:00"),
        ("Wed 2019-10-23 GMT+8", "EEE yyyy-MM-dd O", "2019-10-23T00:00:00+08:00"),
        ("2019-10-23 24", "yyyy-MM-dd kk", "2019-10-23T00:00:00Z"),
        ("it's 2019", "'it''s' yyyy", "2019-01-01T00:00:00Z"),
        ("2019-10-23 11:24", "yyyy-MM-dd HH:mm[:ss]", "2019-10-23T11:24:00Z"),
        ("Q3 2019", "QQQ yyyy", "2019-07-01T00:00:00Z"),
        ("2019-10-23T11:24:35-0700", "yyyy-MM-dd'T'HH:mm:ssZ", "2019-10-23T11:24:35-07:00"),
        ("2019-10-23 11:24:35.5", "yyyy-MM-dd HH:mm:ss.S", "2019-10-23T11:24:35.500Z"),
    ],
)
def test_a_pattern_reads_a_date(text, pattern, instant):
    assert text_of("date(x, p)", x=text, p=pattern) == instant


@pytest.mark.parametrize("pattern", ["yyyy-MM-dd'T", "yyyy-bb", "HH:mm", "[yyyy", "yyyy]", "y" * 5000])
def test_a_pattern_that_is_none_is_an_error(pattern):
    with pytest.raises(TransformError):
        compile_expression("date(x, p)")({"x": "2019-10-23", "p": pattern})


def test_a_pattern_writes_a_date():
    moment = dt.datetime(2019, 10, 23, 11, 4, 35, 7000, tzinfo=dt.timezone.utc)
    pattern = "G yy y MMMM MMM M d D EEEE E u a H k K h m s SSS Z X XXX O VV w W F Q QQQ ''"

    written = compile_expression("format(x, p)")({"x": moment, "p": pattern})

    assert written == (
        "AD 19 2019 October Oct 10 23 296 Wednesday Wed 3 AM 11 11 11 11 4 35 007"
        " +0000 Z Z GMT Z 43 4 4 4 Q4 '"
    )


def test_a_date_is_written_in_its_own_zone():
    moved = 'zone_date_to_zone(date("2019-10-23T22:24:35Z"), "Europe/Paris")'

    assert text_of(f'format({moved}, "dd HH:mm XXX")') == "24 00:24 +02:00"
    assert text_of(moved) == "2019-10-24T00:24:35+02:00"
    assert text_of(f"zone_date_to_utc({moved})") == "2019-10-23T22:24:35Z"


@pytest.mark.parametrize(
    ("component", "value"),
    [
        ("year", 2019), ("yyyy", 2019), ("yy", 2019), ("quarter", 4), ("qq", 4), ("q", 4),
        ("month", 10), ("mm", 10), ("m", 10), ("dayofyear", 290), ("dy", 290), ("y", 290),
        ("day", 17), ("dd", 17), ("d", 17), ("week", 42), ("ww", 42), ("w", 42), ("weekday", 4),
        ("dw", 4), ("hour", 23), ("hh", 23), ("hh24", 23), ("hh12", 11), ("minute", 55), ("mi", 55),
        ("n", 55), ("second", 12), ("ss", 12), ("s", 12), ("millisecond", 345), ("SSS", 345),
        ("MM", 10),
    ],
)  # fmt: skip
def test_a_component_is_read(component, value):
    record = {"c": component, "x": "2019-10-17T23:55:12.345Z"}

    assert compile_expression("date_part(c, date(x))")(record) == value


def test_a_day_that_the_new_month_lacks_becomes_its_last():
    assert text_of('set_date_part("m", 2, date("2020-01-31"))') == "2020-02-29T00:00:00Z"
    assert text_of('set_date_part("yyyy", 2021, date("2020-02-29"))') == "2021-02-28T00:00:00Z"


@pytest.mark.parametrize(
    "expression",
    [
        'set_date_part("month", 13, date("2020-01-31"))',
        'set_date_part("week", 1, date("2020-01-31"))',
        'date_part("fortnight", date("2020-01-31"))',
        'make_date_time(2019, 2, 30, 0, 0, 0, 0, "UTC")',
        'make_date_time(2019, 2, 3, 0, 0, 0, 0, "Mars/Olympus")',
        'zone_date_to_zone(date("2020-01-31"), "../../etc/passwd")',
        'dformat(99999999999999999999, "yyyy")',
    ],
)
def test_dates_that_do_not_exist_are_errors(expression):
    with pytest.raises(TransformError):
        compile_expression(expression)({})


@pytest.mark.parametrize(
    "expression",
    [
        'make_date_time(2020, 3, 8, 2, 30, 0, 0, "America/New_York")',
        'date("2020-03-08 02:30 America/New_York", "yyyy-MM-dd HH:mm VV")',
        'set_date_part("hh", 2, zone_date_to_zone(date("2020-03-08 06:30:00"), "America/New_York"))',
    ],
)
def test_a_time_that_the_clock_skips_is_an_hour_later(expression):
    assert text_of(expression) == "2020-03-08T03:30:00-04:00"


def test_the_hour_that_the_clock_shows_twice_is_ordered_by_the_instant():
    new_york = 'zone_date_to_zone(date(x), "America/New_York")'
    first, second = (new_york.replace("x", f'"2020-11-01T0{hour}:30:00Z"') for hour in (5, 6))

    assert text_of(f'format({first}, "HH:mm")') == text_of(f'format({second}, "HH:mm")') == "01:30"
    assert compile_expression(f"{first} < {second}")({}) is True
    assert compile_expression(f"{first} == {second}")({}) is False


def test_the_default_is_for_null_only():
    default = 'date(x, "yyyy-MM-dd", date("1999-01-01"))'

    assert text_of(default, x=None) == "1999-01-01T00:00:00Z"
    assert text_of(default, x="2020-05-06") == "2020-05-06T00:00:00Z"
    with pytest.raises(TransformError):
        compile_expression(default)({"x": "soon"})
