from datetime import datetime, timedelta, timezone

import pytest

from tap_sfmc.config_schema import CONFIG_JSONSCHEMA
from tap_sfmc.data_extensions import BusinessUnit
from tap_sfmc.errors import ConfigurationError
from tap_sfmc.settings import Extraction, NullKeys, Settings, with_numbers

MINIMUM = {"base_endpoint": "mctest", "client_id": "id", "client_secret": "s3cret"}


def parse(**settings):
    return Settings.parse({**MINIMUM, **settings}, CONFIG_JSONSCHEMA["properties"])


def test_three_settings_are_enough():
    settings = parse()
    assert settings.business_units == (BusinessUnit(),)
    assert settings.timezone.utcoffset(None) == timedelta(hours=-6)
    assert settings.extraction is Extraction.AUTO


def test_defaults_are_those_that_about_shows():
    shown = {
        name: schema["default"]
        for name, schema in CONFIG_JSONSCHEMA["properties"].items()
        if "default" in schema
    }
    assert parse(**shown) == parse()


def test_the_text_of_a_number_is_one_as_meltano_hands_it_on():
    properties = {"a": {"type": ["number", "null"]}, "b": {"type": "string"}, "c": {"type": "number"}}
    given = {"a": "1.5", "b": "1.5", "c": "much", "d": "1"}
    assert with_numbers(given, properties) == {"a": 1.5, "b": "1.5", "c": "much", "d": "1"}


def test_an_empty_value_is_no_value():
    assert parse(account_id="", start_date=None, include=[]) == parse()


def test_the_secret_is_in_no_representation():
    assert "s3cret" not in repr(parse()) + str(parse())


def test_a_misspelt_setting_is_refused_with_the_right_name():
    with pytest.raises(ConfigurationError, match=r"no setting 'replication_key'.*'replication_keys'"):
        parse(replication_key={"*": "ModifiedDate"})


@pytest.mark.parametrize("zone", ["Mars/Olympus", "+25:00", "CST6CDT7", "../UTC", "six"])
def test_a_time_zone_that_is_none_is_refused(zone):
    with pytest.raises(ConfigurationError, match="no time zone"):
        parse(timezone=zone)


@pytest.mark.parametrize(
    ("zone", "hours"), [("-06:00", -6), ("UTC-6", -6), ("-6", -6), ("+0530", 5.5), ("UTC", 0), ("Z", 0)]
)
def test_a_time_zone_can_be_an_offset(zone, hours):
    assert parse(timezone=zone).timezone.utcoffset(None) == timedelta(hours=hours)


def test_a_field_can_have_a_clock_of_its_own():
    settings = parse(timezones={"contacts.*Date": "Europe/Paris"})
    assert str(settings.zone("contacts", "SignupDate")) == "Europe/Paris"
    assert settings.zone("orders", "SignupDate") == settings.timezone


def test_account_ids_are_business_units_with_themselves_as_alias():
    assert parse(account_ids=["1", "2"]).business_units == (BusinessUnit("1", "1"), BusinessUnit("2", "2"))


@pytest.mark.parametrize(
    "settings",
    [
        {"account_id": "1", "account_ids": ["2"]},
        {"business_units": [{"account_id": "1", "alias": "a"}, {"account_id": "1", "alias": "b"}]},
        {"business_units": [{"account_id": "1", "alias": "a"}, {"account_id": "2", "alias": "a"}]},
    ],
)
def test_business_units_that_contradict_each_other_are_refused(settings):
    with pytest.raises(ConfigurationError):
        parse(**settings)


def test_values_come_in_types_that_the_rest_can_rely_on():
    settings = parse(
        start_date="2024-01-31", overlap_seconds=60, full_refresh_every=7, null_replication_keys="skip"
    )
    assert settings.start_date == datetime(2024, 1, 31, tzinfo=timezone.utc)
    assert settings.overlap == timedelta(minutes=1)
    assert settings.full_refresh_every == timedelta(days=7)
    assert settings.null_replication_keys is NullKeys.SKIP


def test_a_start_date_that_is_none_is_refused():
    with pytest.raises(ConfigurationError, match="start_date"):
        parse(start_date="yesterday")


@pytest.mark.parametrize("name", ["base_endpoint", "client_id", "client_secret"])
def test_what_is_required_may_not_be_empty_either(name):
    """A variable that is not set reaches the tap as an empty text."""
    with pytest.raises(ConfigurationError, match=f"{name} is missing"):
        parse(**{name: ""})
