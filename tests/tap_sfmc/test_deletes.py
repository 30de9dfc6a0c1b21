"""Rows that are gone at the source, as soft deletes."""

import pytest

from tap_sfmc.errors import DataError
from tests.tap_sfmc.running import sync

FIELDS = [
    {"name": "Shop", "type": "Number", "is_primary_key": True, "is_required": True},
    {"name": "Day", "type": "Date", "is_primary_key": True, "is_required": True},
    {
        "name": "Price",
        "type": "Decimal",
        "length": 9,
        "scale": 2,
        "is_primary_key": True,
        "is_required": True,
    },
    {"name": "Name", "type": "Text", "length": 20, "is_required": True},
    {"name": "Changed", "type": "Date", "is_required": True},
]


def row(number):
    return {
        "Shop": number,
        "Day": "2026-01-01T00:00:00",
        "Price": f"{number}.50",
        "Name": f"n{number}",
        "Changed": f"2026-02-01T00:{number % 60:02}:00",
    }


def key(number):
    return {name: row(number)[name] for name in ("Shop", "Day", "Price")}


@pytest.fixture
def shops(tenant, tmp_path):
    """Runs over a table of 50 rows."""
    tenant.define(
        {"name": "Shops", "key": "shops", "fields": FIELDS, "rows": [row(number) for number in range(50)]}
    )

    def run(state=None, **settings):
        return sync(
            tenant,
            include=["shops"],
            state=state,
            page_size=20,
            **{"detect_deletes": ["shops"], "key_store": str(tmp_path / "keys"), **settings},
        )

    return run


METHODS = [{}, {"replication_keys": {"shops": None}}, {"extraction": "soap"}]


def deleted(output):
    return [each for each in output.rows("shops") if each["_sdc_deleted_at"]]


@pytest.mark.parametrize("method", METHODS, ids=["incremental", "full table", "soap"])
@pytest.mark.parametrize("batch", [False, True], ids=["record", "batch"])
def test_what_is_gone_is_emitted_once_with_its_key(tenant, tmp_path, shops, method, batch):
    if batch:
        method = {**method, "batch_config": {"storage": {"root": str(tmp_path / "batches")}}}
    first = shops(**method)
    assert deleted(first) == []
    tenant.write_rows("shops", {"delete": [key(3), key(17)]})
    second = shops(first.state, **method)
    gone = deleted(second)
    assert sorted((each["Shop"], each["Day"], str(each["Price"])) for each in gone) == [
        (3, "2026-01-01T06:00:00Z", "3.50"),
        (17, "2026-01-01T06:00:00Z", "17.50"),
    ]
    assert all(each["Name"] is None for each in gone)
    bookmark = second.bookmark("shops")
    assert bookmark["seq"] == 2
    assert bookmark["counts"]["extracted"] + bookmark["counts"]["already_seen"] == bookmark["counts"]["count"]
    assert deleted(shops(second.state, **method)) == []


def test_the_schema_lets_a_row_have_nothing_but_its_key(shops):
    schema = shops().schemas["shops"]["schema"]["properties"]
    assert schema["_sdc_deleted_at"] == {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "When the row was found to be gone",
    }
    assert schema["Name"]["type"] == ["string", "null"]
    assert schema["Shop"]["type"] == "integer"


def test_a_row_that_comes_back_is_a_row_again(tenant, shops):
    first = shops()
    tenant.write_rows("shops", {"delete": [key(3)]})
    second = shops(first.state)
    tenant.write_rows("shops", {"upsert": [{**row(3), "Changed": "2026-03-01T00:00:00"}]})
    third = shops(second.state)
    assert [(each["Shop"], each["_sdc_deleted_at"]) for each in third.rows("shops")] == [(3, None)]


def test_more_than_may_be_gone_stops_the_stream(tenant, shops):
    first = shops()
    tenant.write_rows("shops", {"delete": [key(number) for number in range(11)]})
    output = shops(first.state)
    assert isinstance(output.error, DataError)
    assert "11 of 50 rows are gone" in str(output.error)
    assert output.bookmark("shops")["seq"] == 1
    assert deleted(output) == []
    assert len(deleted(shops(first.state, max_delete_percent=50))) == 11


def test_a_part_of_the_keys_tells_of_no_delete(tenant, shops):
    first = shops()
    tenant.write_rows("shops", {"delete": [key(3)]})
    tenant.faults([{"cloud": "sfmc", "path": "/token/", "fault": {"named": "not_authorised"}}])
    output = shops(first.state, extraction="rest")
    assert output.error is not None
    assert deleted(output) == []
    tenant.clear_faults()
    assert len(deleted(shops(first.state))) == 1


def test_a_lost_store_is_noticed_and_made_anew(tenant, tmp_path, shops, caplog):
    first = shops()
    for path in (tmp_path / "keys").iterdir():
        path.unlink()
    tenant.write_rows("shops", {"delete": [key(3)], "upsert": [row(60)]})
    second = shops(first.state)
    assert deleted(second) == []
    assert "nothing of state 1" in caplog.text
    tenant.write_rows("shops", {"delete": [key(4)]})
    assert len(deleted(shops(second.state))) == 1


def test_a_state_that_was_set_back_is_noticed(tenant, shops, caplog):
    first = shops()
    states = [first.state]
    for number in (61, 62, 63):
        tenant.write_rows(
            "shops", {"upsert": [{**row(number), "Changed": f"2026-04-{number - 50}T00:00:00"}]}
        )
        states.append(shops(states[-1]).state)
    tenant.write_rows("shops", {"delete": [key(61)]})
    assert deleted(shops(states[0])) == [], "of the first state there are no keys any more"
    assert "newer (4) than the state (1)" in caplog.text


def test_a_state_that_the_target_did_not_take_is_run_again(tenant, shops):
    """The keys of the former state stay until the new one has come back."""
    first = shops()
    tenant.write_rows("shops", {"delete": [key(3)]})
    lost = shops(first.state)
    again = shops(first.state)
    assert len(deleted(lost)) == len(deleted(again)) == 1


def test_the_store_is_private(tmp_path, shops):
    shops()
    paths = list((tmp_path / "keys").iterdir())
    assert paths
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in paths)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_a_run_that_was_interrupted_at_a_bookmark_still_finds_what_is_gone(tenant, shops):
    first = shops()
    changes = [{**row(number), "Changed": f"2026-05-01T00:{number % 60:02}:00"} for number in range(50, 110)]
    tenant.write_rows("shops", {"delete": [key(3)], "upsert": changes})
    tenant.faults(
        [
            {
                "cloud": "sfmc",
                "path": "/token/",
                "query": "page=3",
                "fault": {"named": "insufficient_privileges"},
            }
        ]
    )
    broken = shops(first.state, state_every_rows=20)
    assert broken.error is not None
    assert broken.bookmark("shops")["seq"] > 1
    assert deleted(broken) == []
    tenant.clear_faults()
    assert [each["Shop"] for each in deleted(shops(broken.state))] == [3]


def test_keys_with_dates_are_compared_by_one_interface_only(tenant, tmp_path):
    """By SOAP, dates are rounded: rows would seem gone that are only told otherwise."""
    fields = [{"name": "At", "type": "Date", "is_primary_key": True, "is_required": True}]
    rows = [{"At": f"2026-01-01T00:00:{number:02}.700"} for number in range(50)]
    tenant.define({"name": "Dated", "key": "dated", "fields": fields, "rows": rows})
    settings = {
        "include": ["dated"],
        "detect_deletes": ["dated"],
        "key_store": str(tmp_path),
        "max_retries": 0,
    }
    first = sync(tenant, **settings, max_delete_percent=100)
    assert len(first.rows("dated")) == 50
    tenant.faults([{"cloud": "sfmc", "path": "/rowset", "fault": {"named": "server_error"}}])
    second = sync(tenant, **settings, max_delete_percent=100, state=first.state)
    assert second.error is not None
    assert second.rows("dated") == []


def test_a_row_that_goes_after_it_was_emitted_is_told_in_the_same_run(shops, tenant):
    """The other one makes a page short, so that the table is read again; it was never emitted."""
    gone = {"key": "shops", "delete": [key(5), key(45)]}
    tenant.faults([{"cloud": "sfmc", "path": "/token/", "nth": 1, "fault": {"write_rows": gone}}])
    # One after the other, so that the third page is not read before the second is asked for.
    output = shops(replication_keys={"shops": None}, concurrency=1)
    assert output.error is None
    assert [each["Shop"] for each in output.rows("shops") if each["_sdc_deleted_at"]] == [5]


def test_a_new_row_that_goes_before_the_keys_are_read_is_told_in_the_same_run(shops, tenant):
    first = shops()
    tenant.write_rows("shops", {"upsert": [row(60) | {"Changed": "2026-03-01T00:00:00"}]})
    gone = {"key": "shops", "delete": [key(60)]}
    tenant.faults(
        [{"cloud": "sfmc", "path": "/rowset", "query": "fields=", "nth": 1, "fault": {"write_rows": gone}}]
    )
    second = shops(state=first.state)
    rows = [(each["Shop"], bool(each["_sdc_deleted_at"])) for each in second.rows("shops")]
    assert rows == [(60, False), (60, True)]
    assert shops(state=second.state).rows("shops") == []
