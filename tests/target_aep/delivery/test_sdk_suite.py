"""The SDK's standard target tests, and what landed in each of them."""

from __future__ import annotations

import importlib.resources
import io

import pytest
from singer_sdk.testing import get_target_test_class, target_test_streams
from singer_sdk.testing.runners import TargetTestRunner

from target_aep.target import TargetAEP

StandardTests = get_target_test_class(TargetAEP, config={})


class TestTargetAEP(StandardTests):
    """They assert that nothing crashes, or that the right error is raised."""

    @pytest.fixture
    def runner(self, target_config):
        return TargetTestRunner(TargetAEP, config=target_config)


LANDED = {
    "array_data": {
        "test_array_data": [
            {"id": 1, "fruits": ["apple", "orange", "pear"]},
            {"id": 2, "fruits": ["banana", "apple"]},
            {"id": 3, "fruits": ["pear"]},
            {"id": 4, "fruits": ["orange", "banana", "apple", "pear"]},
        ]
    },
    "camelcase": {
        "testcamelcase": [
            {"id": "1", "clientName": "Gitter Windows Desktop App"},
            {"id": "2", "clientName": "Gitter iOS App"},
        ]
    },
    "duplicate_records": {
        "test_duplicate_records": [
            {"id": 1, "metric": 1},
            {"id": 2, "metric": 2},
            {"id": 1, "metric": 10},
            {"id": 2, "metric": 20},
            {"id": 1, "metric": 100},
        ]
    },
    "no_primary_keys": {
        "test_no_pk": [{"id": 1, "metric": 11}, {"id": 2, "metric": 22}, {"id": 3, "metric": 33}]
    },
    "optional_attributes": {
        "test_optional_attributes": [
            {"id": 1, "optional": "This is optional"},
            {"id": 2, "optional": None},
            {"id": 3, "optional": "Also optional"},
            {"id": 4, "optional": None},
        ]
    },
    "record_missing_fields": {
        "record_missing_fields": [{"id": 1, "optional": "now you see me"}, {"id": 2, "optional": None}]
    },
    "pk_updates": {
        "example_stream": [
            {"id": 1, "name": "Alice", "email": "alice@example.com"},
            {"id": 2, "name": "Bob", "email": "bob@example.com"},
        ]
    },
    "schema_no_properties": {
        "test_object_schema_with_properties": [
            {"objectStore": {"id": 1, "metric": 187}},
            {"objectStore": {"id": 2, "metric": 203}},
        ],
        "test_object_schema_no_properties": [
            {"objectStore": '{"id":1,"metric":1}'},
            {"objectStore": '{"id":2,"metric":2}'},
        ],
    },
}


def _run(config, name):
    source = importlib.resources.files(target_test_streams) / f"{name}.singer"
    # As text: the runner never closes a file.
    runner = TargetTestRunner(TargetAEP, config=config, input_io=io.StringIO(source.read_text("utf-8")))
    runner.sync_all()
    return runner


def _rows(lake, table):
    return [row["_acme"] for row in lake.query(f"SELECT _acme FROM {table} ORDER BY _row")]


@pytest.mark.parametrize("name", LANDED)
def test_what_landed(lake, target_config, name):
    _run(target_config, name)
    assert {table: _rows(lake, table) for table in LANDED[name]} == LANDED[name]


def test_text_of_all_kinds_survives(lake, target_config):
    _run(target_config, "encoded_string_data")
    rows = {row["id"]: row["info"] for row in _rows(lake, "test_strings")}
    assert rows[2] == "απλή συμβολοσειρά"
    assert rows[3] == "简单的字串"
    assert rows[6] == 'various " \\ / \n escape sequences'
    assert rows[11] == "Control Characters in string: \x00 \x41 \x01"


def test_a_schema_that_grows_keeps_earlier_rows(lake, target_config):
    _run(target_config, "schema_updates")
    rows = _rows(lake, "test_schema_updates")
    assert [row["id"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[0]["a3"] is None
    assert rows[4] == {
        "id": 5,
        "a1": 105,
        "a2": "string5",
        "a3": False,
        "a4": {"id": 3, "value": 33},
        "a5": ["apple"],
        "a6": 985,
    }


def test_the_state_covers_what_landed(lake, target_config):
    runner = _run(target_config, "array_data")
    assert runner.state_messages == [{"test_array_data": 4}]


def test_missing_keys_are_in_the_quarantine(lake, target_config, tmp_path):
    with pytest.raises(Exception, match="key: 1"):
        _run(target_config, "record_missing_key_property")
    (file,) = (tmp_path / "runs").glob("test/quarantine/*/*.jsonl")
    assert '"metric": 8214' in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
