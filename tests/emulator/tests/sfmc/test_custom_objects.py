import pytest

BASE = "/data/v1/customobjects"


@pytest.fixture
def enterprise(sfmc):
    return sfmc.token(account_id=sfmc.profile.enterprise.mid)


def contacts_id(sfmc):
    return sfmc.rowset("contacts", "?$pagesize=1")["customObjectId"]


def test_a_search_needs_words(sfmc):
    for query in ("", "?categoryId=5", "?$search=", "?$search=%25"):
        answer = sfmc.get(BASE + query)
        assert answer.status_code == 400
        assert answer.json()["message"] == "$search is a required parameter"


def test_a_search_without_words_may_list_everything(sfmc):
    sfmc.emulator.set_switches({"sfmc.search_empty_lists_all": True})

    assert sfmc.get(f"{BASE}?$search=%25").json()["count"] > 15


@pytest.mark.parametrize("words", ["Campaign Eng", "campaign-engagement", "One row for each send"])
def test_a_search_looks_at_name_key_and_description(sfmc, words):
    found = sfmc.get(f"{BASE}?$search={words}").json()

    assert [each["key"] for each in found["items"]] == ["campaign-engagement"]
    assert found["items"][0]["rowCount"] == 1000


def test_a_search_can_be_narrowed_to_a_folder(sfmc):
    category = sfmc.get(f"{BASE}?$search=Web Activity").json()["items"][0]["categoryId"]

    assert sfmc.get(f"{BASE}?$search=a&categoryId={category}").json()["count"] == 1


def test_pages_have_25_whatever_page_size_is_asked_for(sfmc):
    for number in range(30):
        sfmc.emulator.define(
            {"name": f"Many {number}", "key": f"many-{number}", "fields": [{"name": "ID", "type": "Text"}]}
        )
    first = sfmc.get(f"{BASE}?$search=many-&$pageSize=100").json()
    second = sfmc.get(f"{BASE}?$search=many-&$pageSize=100&$page=2").json()

    assert (first["pageSize"], first["count"], len(first["items"])) == (25, 30, 25)
    assert len(second["items"]) == 5


def test_a_new_data_extension_appears_in_searches_only_after_a_while(sfmc):
    sfmc.emulator.set_switches({"sfmc.search_lag_seconds": 60})
    sfmc.emulator.define(
        {"name": "Brand New", "key": "brand-new", "fields": [{"name": "ID", "type": "Text"}]}
    )
    assert sfmc.get(f"{BASE}?$search=brand-new").json()["count"] == 0

    sfmc.emulator.set_switches({"sfmc.search_lag_seconds": 0})
    assert sfmc.get(f"{BASE}?$search=brand-new").json()["count"] == 1


def test_one_data_extension_is_addressed_by_guid_and_not_by_key(sfmc):
    document = sfmc.get(f"{BASE}/{contacts_id(sfmc)}").json()

    assert (document["key"], document["ownerId"], document["fieldCount"]) == (
        "contacts",
        sfmc.profile.main.mid,
        18,
    )
    assert document["sendableCustomObjectField"] == "SubscriberKey"
    assert document["createdDate"].endswith("Z")
    assert sfmc.get(f"{BASE}/contacts").status_code == 404


def test_fields_tell_types_lengths_and_keys(sfmc):
    answer = sfmc.get(f"{BASE}/{contacts_id(sfmc)}/fields").json()
    fields = {each["name"]: each for each in answer["fields"]}

    assert answer["fieldCount"] == 18
    assert fields["SubscriberKey"]["isPrimaryKey"] is True
    assert fields["SubscriberKey"]["isNullable"] is False
    assert (fields["TotalSpent"]["type"], fields["TotalSpent"]["length"], fields["TotalSpent"]["scale"]) == (
        "Decimal",
        18,
        2,
    )
    assert "length" not in fields["ModifiedDate"]


def test_category_0_is_the_whole_unit_and_type_2_what_others_share(sfmc):
    mine = sfmc.get(f"{BASE}/category/0?retrievalType=1&$orderBy=modifiedDate%20DESC").json()
    shared = sfmc.get(f"{BASE}/category/0?retrievalType=2").json()

    assert {each["ownerId"] for each in mine["items"]} == {sfmc.profile.main.mid}
    assert {each["key"] for each in shared["items"]} == {
        "shared-products",
        "Contact_Salesforce_1",
        "shared-sf-leads",
    }


def test_an_empty_category_is_an_empty_list_or_404(sfmc):
    assert sfmc.get(f"{BASE}/category/1?retrievalType=1").json()["count"] == 0

    sfmc.emulator.set_switches({"sfmc.empty_category": "not_found"})
    assert sfmc.get(f"{BASE}/category/1?retrievalType=1").status_code == 404


def created(sfmc, **changes):
    category = sfmc.get(f"{BASE}?$search=Web Activity").json()["items"][0]["categoryId"]
    body = {
        "name": "Made by REST",
        "key": "made-by-rest",
        "categoryId": category,
        "fields": [
            {"name": "ID", "type": "Text", "length": 20, "isNullable": False, "isPrimaryKey": True},
            {
                "name": "Price",
                "type": "Decimal",
                "length": 9,
                "scale": 2,
                "isNullable": True,
                "isPrimaryKey": False,
            },
        ],
        **changes,
    }
    return sfmc.call("POST", BASE, json={name: value for name, value in body.items() if value is not None})


def test_a_data_extension_is_created_extended_cleared_and_deleted(sfmc):
    made = created(sfmc).json()
    sfmc.emulator.write_rows("made-by-rest", {"insert": [{"ID": "a", "Price": "1.5"}]})
    field = {"name": "City", "type": "Text", "length": 9, "isNullable": True, "isPrimaryKey": False}
    assert sfmc.call("POST", f"{BASE}async/{made['id']}/fields", json={"fields": [field]}).status_code == 202
    assert sfmc.emulator.source_rows("made-by-rest") == [{"ID": "a", "Price": "1.50", "City": None}]

    assert sfmc.call("PATCH", f"{BASE}/{made['id']}", json={"name": "Renamed"}).json()["name"] == "Renamed"
    assert sfmc.call("POST", f"{BASE}/{made['id']}/cleardata").status_code == 200
    assert sfmc.emulator.source_rows("made-by-rest") == []
    assert sfmc.call("DELETE", f"{BASE}/{made['id']}").status_code == 200
    assert sfmc.get(f"{BASE}/{made['id']}").status_code == 404


@pytest.mark.parametrize("missing", ["name", "key", "categoryId", "fields"])
def test_a_create_needs_everything(sfmc, missing):
    assert created(sfmc, **{missing: None}).status_code == 400


def test_a_create_needs_complete_fields_and_a_folder_that_exists(sfmc):
    assert created(sfmc, fields=[{"name": "ID"}]).status_code == 400
    assert created(sfmc, categoryId=1).status_code == 400
    assert created(sfmc, key="contacts").status_code == 400


def test_metadata_needs_its_scopes(sfmc):
    blind = sfmc.token(scope="email_read")
    reader = sfmc.token(scope="data_extensions_read")

    assert sfmc.get(f"{BASE}?$search=a", token=blind).status_code == 403
    assert sfmc.call("DELETE", f"{BASE}/{contacts_id(sfmc)}", token=reader).status_code == 403
