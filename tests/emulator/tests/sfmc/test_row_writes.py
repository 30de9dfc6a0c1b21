import time

import pytest

KEY = "write-me"


@pytest.fixture(autouse=True)
def data(sfmc):
    sfmc.emulator.define(
        {
            "name": "Write Me",
            "key": KEY,
            "fields": [
                {"name": "ID", "type": "Text", "length": 5, "is_primary_key": True},
                {"name": "Points", "type": "Number"},
                {"name": "Day", "type": "Date"},
                {"name": "Note", "type": "Text", "length": 10, "default": "none"},
            ],
            "rows": [{"ID": "old", "Points": 1}],
        }
    )


def rows(sfmc):
    return {row["ID"]: row for row in sfmc.emulator.source_rows(KEY)}


def later(sfmc, method, items, target=f"key:{KEY}"):
    return sfmc.call(method, f"/data/v1/async/dataextensions/{target}/rows", json={"items": items})


def test_an_asynchronous_insert_is_202_and_tells_its_fate_later(sfmc):
    answer = later(sfmc, "POST", [{"id": "new", "POINTS": "7", "day": "1/2/2026 3:04:05 PM"}])
    request = answer.json()["requestId"]

    assert (answer.status_code, answer.json()["resultMessages"]) == (202, [])
    status = sfmc.get(f"/data/v1/async/{request}/status").json()["status"]
    assert (status["requestStatus"], status["hasErrors"]) == ("Complete", False)
    assert rows(sfmc)["new"] == {"ID": "new", "Points": 7, "Day": "2026-01-02T15:04:05.000", "Note": "none"}


def test_an_asynchronous_upsert_changes_only_the_columns_it_gives(sfmc):
    later(sfmc, "PUT", [{"ID": "OLD", "Note": "changed"}, {"ID": "new"}])

    assert rows(sfmc)["old"]["Note"] == "changed"
    assert rows(sfmc)["old"]["Points"] == 1
    assert set(rows(sfmc)) == {"old", "new"}


def test_rows_that_do_not_fit_are_in_the_results(sfmc):
    items = [
        {"ID": "good"},
        {"ID": "too long"},
        {"ID": "x", "Points": "many"},
        {"ID": "y", "Nope": 1},
        {"Points": 1},
    ]
    request = later(sfmc, "POST", items).json()["requestId"]

    assert sfmc.get(f"/data/v1/async/{request}/status").json()["status"]["requestStatus"] == "Error"
    results = sfmc.get(f"/data/v1/async/{request}/results").json()["items"]
    assert [each["status"] for each in results] == ["OK", "Error", "Error", "Error", "Error"]
    assert "maximum length" in results[1]["message"]
    assert set(rows(sfmc)) == {"old", "good"}


def test_an_insert_of_an_existing_key_is_an_error(sfmc):
    request = later(sfmc, "POST", [{"ID": "old", "Points": 5}]).json()["requestId"]

    assert sfmc.get(f"/data/v1/async/{request}/status").json()["status"]["hasErrors"] is True
    assert rows(sfmc)["old"]["Points"] == 1


def test_a_write_may_stay_pending_for_a_while(sfmc):
    sfmc.emulator.set_switches({"sfmc.async_seconds": 0.5})
    request = later(sfmc, "POST", [{"ID": "slow"}]).json()["requestId"]
    assert sfmc.get(f"/data/v1/async/{request}/status").json()["status"]["requestStatus"] == "Pending"
    assert "slow" not in rows(sfmc)

    deadline = time.monotonic() + 10
    while "slow" not in rows(sfmc) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sfmc.get(f"/data/v1/async/{request}/status").json()["status"]["requestStatus"] == "Complete"


def test_the_guid_addresses_the_data_extension_too(sfmc):
    identifier = sfmc.rowset(KEY)["customObjectId"]

    assert later(sfmc, "POST", [{"ID": "guid"}], target=identifier).status_code == 202
    assert "guid" in rows(sfmc)


def test_unknown_targets_and_requests_are_404(sfmc):
    assert later(sfmc, "POST", [{"ID": "x"}], target="key:nothing").status_code == 404
    assert sfmc.get("/data/v1/async/nothing/status").status_code == 404


def test_synchronised_data_extensions_cannot_be_written(sfmc):
    assert later(sfmc, "POST", [{"Id": "x"}], target="key:Contact_Salesforce_1").status_code == 404


def test_a_body_without_items_or_beyond_the_limit_is_refused(sfmc):
    path = f"/data/v1/async/dataextensions/key:{KEY}/rows"

    assert sfmc.call("POST", path, json={}).status_code == 400
    assert sfmc.call("POST", path, data="no json").status_code == 400
    assert sfmc.call("POST", path, json={"items": [{"ID": "x", "Note": "y" * 6_000_000}]}).status_code == 413


def test_an_upsert_needs_a_primary_key(sfmc):
    assert later(sfmc, "PUT", [{"Question": "x"}], target="key:no-primary-key").status_code == 400


def test_a_synchronous_write_upserts_at_once(sfmc):
    body = [{"keys": {"ID": "old"}, "values": {"Points": "9"}}, {"keys": {"ID": "new"}, "values": {}}]
    answer = sfmc.call("POST", f"/hub/v1/dataevents/key:{KEY}/rowset", json=body)

    assert (answer.status_code, answer.json()) == (200, body)
    assert rows(sfmc)["old"]["Points"] == 9
    assert "new" in rows(sfmc)


def test_a_synchronous_write_saves_all_rows_or_none(sfmc):
    body = [
        {"keys": {"ID": "good"}, "values": {}},
        {"keys": {"ID": "b"}, "values": {"Note": "much too long"}},
    ]
    answer = sfmc.call("POST", f"/hub/v1/dataevents/key:{KEY}/rowset", json=body)

    assert answer.status_code == 400
    error = answer.json()
    assert error["errorcode"] == 10006
    assert error["message"].startswith("Unable to save rows for data extension ID ")
    assert error["additionalErrors"][0]["message"] == (
        "Note: The value for column [Note] exceeds the column's maximum length."
    )
    assert "good" not in rows(sfmc)


def test_one_row_is_written_by_its_key_in_the_path(sfmc):
    answer = sfmc.call("PUT", f"/hub/v1/dataevents/key:{KEY}/rows/ID:old", json={"values": {"Points": 3}})

    assert answer.status_code == 200
    assert rows(sfmc)["old"]["Points"] == 3


def test_a_synchronous_write_takes_at_most_50_rows(sfmc):
    body = [{"keys": {"ID": str(number)}, "values": {}} for number in range(51)]

    assert sfmc.call("POST", f"/hub/v1/dataevents/key:{KEY}/rowset", json=body).status_code == 400


def test_a_missing_scope_is_403_but_401_on_dataevents(sfmc):
    token = sfmc.token(scope="data_extensions_read")
    path = f"/data/v1/async/dataextensions/key:{KEY}/rows"

    assert sfmc.call("POST", path, token=token, json={"items": [{"ID": "x"}]}).status_code == 403
    answer = sfmc.call("POST", f"/hub/v1/dataevents/key:{KEY}/rowset", token=token, json=[])
    assert (answer.status_code, answer.json()) == (401, {"message": "Not Authorized"})
