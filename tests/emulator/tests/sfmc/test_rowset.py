import re
from urllib.parse import quote

import pytest


def test_a_page_has_the_documented_parts(sfmc):
    page = sfmc.rowset("contacts", "?$page=1&$pagesize=50")

    token = page["requestToken"]
    assert page["links"] == {
        "self": f"/v1/customobjectdata/token/{token}/rowset?$page=1",
        "next": f"/v1/customobjectdata/token/{token}/rowset?$page=2",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", page["tokenExpireDateUtc"])
    assert page["customObjectKey"] == "contacts"
    assert (page["pageSize"], page["page"], page["count"], page["top"]) == (50, 1, 200, 0)
    assert len(page["items"]) == 50


def test_names_are_lower_cased_and_every_value_is_a_string(sfmc):
    for item in sfmc.rowset("contacts")["items"]:
        assert set(item) == {"keys", "values"}
        assert list(item["keys"]) == ["subscriberkey"]
        assert all(name == name.lower() for name in item["values"])
        assert all(isinstance(value, str) for value in item["values"].values())


def test_null_and_empty_text_are_both_an_empty_string(sfmc):
    rows = {item["keys"]["id"]: item["values"] for item in sfmc.rowset("every-type")["items"]}

    assert set(rows["nulls"].values()) == {"", "x"}
    assert rows["empty text"]["atext"] == ""


def test_values_look_as_on_the_wire(sfmc):
    rows = {item["keys"]["id"]: item["values"] for item in sfmc.rowset("every-type")["items"]}

    everything = rows["all"]
    assert everything["anumber"] == "42"
    assert everything["aboolean"] == "True"
    assert everything["adecimal"] == "12.50"
    assert everything["awidedecimal"] == "12345678901234567890.123456789"
    assert rows["lowest"]["awidedecimal"] == "-0.000000001"
    assert rows["lowest"]["aboolean"] == "False"
    assert rows["lowest"]["atext"] == " True"
    assert rows["looks like a number"]["atext"] == "007"
    assert rows["special"]["atext"] == '\t"quoted" \\ <b>&amp;</b>\r\nsecond line 😀 \u00a0end '


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("all", "1/15/2026 3:04:05 PM"),  # stored with .678, which is cut off, not rounded
        ("just after midnight", "3/8/2026 12:34:56 AM"),
        ("noon", "3/8/2026 12:00:00 PM"),
        ("summer", "7/10/2026 2:28:20 PM"),
        ("lowest", "1/1/1753 12:00:00 AM"),
        ("highest", "12/31/9999 11:59:58 PM"),
    ],
)
def test_dates_are_on_the_server_s_clock_without_milliseconds(sfmc, row, text):
    rows = {item["keys"]["id"]: item["values"] for item in sfmc.rowset("every-type")["items"]}

    assert rows[row]["adate"] == text


def test_a_default_fills_only_what_was_not_given(sfmc):
    rows = {item["keys"]["id"]: item["values"] for item in sfmc.rowset("every-type")["items"]}

    assert rows["lowest"]["withdefault"] == "none"
    assert rows["nulls"]["withdefault"] == ""


def test_encrypted_values_are_cipher_text_and_masked_by_a_switch(sfmc):
    first = sfmc.rowset("every-type")["items"][0]["values"]
    assert re.fullmatch("[0-9A-F]+", first["anencrypted"])

    sfmc.emulator.set_switches({"sfmc.encrypted_text": "masked"})
    assert sfmc.rowset("every-type")["items"][0]["values"]["anencrypted"] == "********"


def test_an_empty_data_extension_has_no_items_at_all(sfmc):
    page = sfmc.rowset("empty")

    assert "items" not in page
    assert page["count"] == 0
    assert list(page["links"]) == ["self"]


def test_without_a_primary_key_the_keys_are_empty(sfmc):
    page = sfmc.rowset("no-primary-key")

    assert page["count"] == 60
    assert all(item["keys"] == {} for item in page["items"])


def test_two_key_columns_are_both_in_keys(sfmc):
    assert list(sfmc.rowset("store-stock")["items"][0]["keys"]) == ["storeid", "sku"]


def test_three_hundred_fields_arrive(sfmc):
    item = sfmc.rowset("wide-300")["items"][0]

    assert len(item["keys"]) + len(item["values"]) == 300


def test_a_key_with_slash_blank_plus_and_percent_is_found_when_encoded(sfmc):
    page = sfmc.rowset("été/2026 Größe+Maße%")

    assert page["customObjectKey"] == "été/2026 Größe+Maße%"
    assert "größe (cm)" in page["items"][0]["values"]


def test_the_guid_addresses_the_same_rows(sfmc):
    identifier = sfmc.rowset("contacts")["customObjectId"]

    page = sfmc.get(f"/data/v1/customobjectdata/{identifier.upper()}/rowset").json()
    assert (page["customObjectKey"], page["count"]) == ("contacts", 200)


def test_paths_and_parameter_names_have_no_case_and_slashes_may_double(sfmc):
    answer = sfmc.get("//Data//v1/CustomObjectData/Key/CONTACTS/RowSet?$PageSize=7&$PAGE=2")

    assert answer.json()["pageSize"] == 7
    assert answer.json()["page"] == 2


def test_parameters_work_without_the_dollar(sfmc):
    assert sfmc.rowset("contacts", "?page=2&pagesize=9")["pageSize"] == 9


@pytest.mark.parametrize("key", ["Campaign Engagement", "no such key"])
def test_the_name_is_not_a_key(sfmc, key):
    answer = sfmc.get(f"/data/v1/customobjectdata/key/{quote(key)}/rowset")

    assert answer.status_code == 404
    assert answer.json()["message"] == "Not Found"


@pytest.mark.parametrize("path", ["/data/v1/customobjectdata", "/data/v1/customobjectdata/key/_Sent/rowset"])
def test_what_is_no_data_extension_is_404(sfmc, path):
    assert sfmc.get(path).status_code == 404


def test_a_page_size_of_one_counts_the_rows(sfmc):
    page = sfmc.rowset("campaign-engagement", "?$page=1&$pagesize=1")

    assert page["count"] == 1000
    assert len(page["items"]) == 1


def test_a_business_unit_reads_shared_and_synchronised_rows_but_not_a_sister_s(sfmc):
    assert sfmc.rowset("shared-products")["count"] == 40
    assert sfmc.rowset("Contact_Salesforce_1")["count"] == 30
    other = sfmc.token(account_id=sfmc.profile.other.mid)
    assert sfmc.get("/data/v1/customobjectdata/key/store-stock/rowset", token=other).status_code == 404


def test_the_same_key_in_two_business_units_is_two_data_extensions(sfmc):
    other = sfmc.token(account_id=sfmc.profile.other.mid)

    assert sfmc.rowset("contacts", token=other)["count"] == 100
    assert sfmc.rowset("contacts")["count"] == 200


def test_a_deleted_data_extension_is_404(sfmc):
    assert sfmc.get("/data/v1/customobjectdata/key/deleted-last-year/rowset").status_code == 404
