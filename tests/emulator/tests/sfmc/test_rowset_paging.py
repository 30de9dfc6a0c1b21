import time

import pytest

ROWS = [
    {"ID": number, "Name": f"row {number}", "Changed": f"2026-01-{number:02d}T00:00:00"}
    for number in range(1, 11)
]
FIELDS = [
    {"name": "ID", "type": "Number", "is_primary_key": True},
    {"name": "Name", "type": "Text"},
    {"name": "Changed", "type": "Date"},
]


@pytest.fixture
def ten_rows(sfmc):
    sfmc.emulator.define({"name": "Ten Rows", "key": "ten-rows", "fields": FIELDS, "rows": ROWS})
    return "ten-rows"


def ids(page):
    return [int(item["keys"]["id"]) for item in page.get("items", ())]


def page_of(sfmc, first, number):
    return sfmc.get(f"/data/v1/customobjectdata/token/{first['requestToken']}/rowset?$page={number}")


def test_the_pages_of_a_token_are_the_whole_row_set(sfmc, ten_rows):
    assert [int(item["keys"]["id"]) for item in sfmc.all_rows(ten_rows, "?$pagesize=3")] == list(range(1, 11))


def test_the_next_link_lacks_data_and_is_absent_on_the_last_page(sfmc, ten_rows):
    first = sfmc.rowset(ten_rows, "?$pagesize=6")
    assert first["links"]["next"].startswith("/v1/customobjectdata/token/")

    last = sfmc.get("/data" + first["links"]["next"]).json()
    assert "next" not in last["links"]
    assert ids(last) == [7, 8, 9, 10]


def test_a_full_last_page_has_no_next_link(sfmc, ten_rows):
    first = sfmc.rowset(ten_rows, "?$pagesize=5")

    assert "next" not in page_of(sfmc, first, 2).json()["links"]


def test_a_token_remembers_its_page_size_and_count(sfmc, ten_rows):
    page = page_of(sfmc, sfmc.rowset(ten_rows, "?$pagesize=4"), 3).json()

    assert (page["pageSize"], page["count"], ids(page)) == (4, 10, [9, 10])


def test_the_key_url_with_a_page_number_works_too_and_makes_a_new_token(sfmc, ten_rows):
    first = sfmc.rowset(ten_rows, "?$pagesize=4&$page=1")
    second = sfmc.rowset(ten_rows, "?$pagesize=4&$page=2")

    assert ids(second) == [5, 6, 7, 8]
    assert first["requestToken"] != second["requestToken"]


def test_a_page_past_the_end_has_no_items(sfmc, ten_rows):
    page = page_of(sfmc, sfmc.rowset(ten_rows, "?$pagesize=4"), 4)

    assert page.status_code == 200
    assert "items" not in page.json()


def test_a_page_past_the_end_is_404_by_a_switch(sfmc, ten_rows):
    first = sfmc.rowset(ten_rows, "?$pagesize=4")
    sfmc.emulator.set_switches({"sfmc.out_of_range_page": "not_found"})

    assert page_of(sfmc, first, 4).status_code == 404
    assert page_of(sfmc, first, 3).status_code == 200


def test_a_page_has_at_most_2500_rows_however_many_are_asked_for(sfmc):
    assert sfmc.rowset("campaign-engagement", "?$pagesize=5000")["pageSize"] == 2500


def test_a_lower_page_cap_is_echoed(sfmc, ten_rows):
    sfmc.emulator.set_switches({"sfmc.rowset_page_cap": 4})
    page = sfmc.rowset(ten_rows, "?$pagesize=2500")

    assert (page["pageSize"], ids(page)) == (4, [1, 2, 3, 4])


def test_an_unknown_token_is_404(sfmc):
    assert (
        sfmc.get("/data/v1/customobjectdata/token/00000000-0000-0000-0000-000000000000/rowset").status_code
        == 404
    )


def test_a_token_expires(sfmc, ten_rows):
    sfmc.emulator.set_switches({"sfmc.request_token_seconds": 1})
    first = sfmc.rowset(ten_rows, "?$pagesize=4")
    assert page_of(sfmc, first, 2).status_code == 200
    time.sleep(1.1)

    assert page_of(sfmc, first, 2).status_code == 404


def test_a_token_belongs_to_the_business_unit_that_got_it(sfmc, ten_rows):
    first = sfmc.rowset(ten_rows, "?$pagesize=4")
    other = sfmc.token(account_id=sfmc.profile.other.mid)

    answer = sfmc.get(f"/data/v1/customobjectdata/token/{first['requestToken']}/rowset?$page=2", token=other)
    assert answer.status_code == 404


def test_a_row_inserted_while_a_client_pages_is_not_in_the_row_set(sfmc, ten_rows):
    first = sfmc.rowset(ten_rows, "?$pagesize=6")
    sfmc.emulator.write_rows(ten_rows, {"insert": [{"ID": 11}]})

    second = page_of(sfmc, first, 2).json()
    assert (second["count"], ids(second)) == (10, [7, 8, 9, 10])


def test_a_row_updated_while_a_client_pages_shows_its_new_values(sfmc, ten_rows):
    first = sfmc.rowset(ten_rows, "?$pagesize=6")
    sfmc.emulator.write_rows(ten_rows, {"upsert": [{"ID": 7, "Name": "changed"}]})

    assert page_of(sfmc, first, 2).json()["items"][0]["values"]["name"] == "changed"


def test_a_row_deleted_while_a_client_pages_makes_a_short_page(sfmc, ten_rows):
    first = sfmc.rowset(ten_rows, "?$pagesize=3")
    sfmc.emulator.write_rows(ten_rows, {"delete": [{"ID": 5}]})

    second = page_of(sfmc, first, 2).json()
    assert (second["count"], ids(second)) == (10, [4, 6])


def test_a_fault_rule_can_change_rows_between_two_pages(sfmc, ten_rows):
    change = {"key": ten_rows, "insert": [{"ID": 11}], "delete": [{"ID": 9}]}
    sfmc.emulator.faults(
        [{"cloud": "sfmc", "path": "/rowset$", "nth": 1, "when": "after", "fault": {"write_rows": change}}]
    )
    rows = sfmc.all_rows(ten_rows, "?$pagesize=4")

    assert [int(item["keys"]["id"]) for item in rows] == [1, 2, 3, 4, 5, 6, 7, 8, 10]
    assert sfmc.rowset(ten_rows)["count"] == 10


def test_with_a_snapshot_of_rows_nothing_changes_behind_a_token(sfmc, ten_rows):
    sfmc.emulator.set_switches({"sfmc.rowset_snapshot": "rows"})
    first = sfmc.rowset(ten_rows, "?$pagesize=6")
    sfmc.emulator.write_rows(ten_rows, {"upsert": [{"ID": 7, "Name": "changed"}], "delete": [{"ID": 8}]})

    second = page_of(sfmc, first, 2).json()
    assert [item["values"]["name"] for item in second["items"]] == ["row 7", "row 8", "row 9", "row 10"]


def test_without_a_snapshot_pages_shift_when_rows_go(sfmc, ten_rows):
    sfmc.emulator.set_switches({"sfmc.rowset_snapshot": "query"})
    first = sfmc.rowset(ten_rows, "?$pagesize=3")
    sfmc.emulator.write_rows(ten_rows, {"delete": [{"ID": 1}]})

    second = page_of(sfmc, first, 2).json()
    assert (second["count"], ids(second)) == (9, [5, 6, 7])


def test_order_by_sorts_across_pages(sfmc, ten_rows):
    rows = sfmc.all_rows(ten_rows, "?$pagesize=3&$orderBy=Changed%20DESC")

    assert [int(item["keys"]["id"]) for item in rows] == list(range(10, 0, -1))


def test_a_server_may_ignore_order_by(sfmc, ten_rows):
    sfmc.emulator.set_switches({"sfmc.rowset_order": "ignored"})

    assert ids(sfmc.rowset(ten_rows, "?$pagesize=3&$orderBy=Changed%20DESC")) == [1, 2, 3]


def test_a_server_may_sort_only_within_pages(sfmc, ten_rows):
    sfmc.emulator.set_switches({"sfmc.rowset_order": "within_pages"})
    first = sfmc.rowset(ten_rows, "?$pagesize=4&$orderBy=Changed%20DESC")

    assert ids(first) == [4, 3, 2, 1]
    assert ids(page_of(sfmc, first, 2).json()) == [8, 7, 6, 5]


def test_a_server_may_sort_the_first_pages_only(sfmc, ten_rows):
    sfmc.emulator.set_switches({"sfmc.rowset_order": "first_pages"})

    rows = sfmc.all_rows(ten_rows, "?$pagesize=3&$orderBy=Changed%20DESC")

    assert [int(item["keys"]["id"]) for item in rows] == [10, 9, 8, 7, 6, 5, 1, 2, 3, 4]


def test_without_order_by_the_order_may_differ_from_request_to_request(sfmc):
    sfmc.emulator.set_switches({"sfmc.rowset_default_order": "shuffled"})
    orders = [
        [item["keys"]["subscriberkey"] for item in sfmc.rowset("contacts", "?$pagesize=200")["items"]]
        for _ in range(2)
    ]

    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])


def test_a_shuffling_server_still_sorts_when_asked_to(sfmc, ten_rows):
    sfmc.emulator.set_switches({"sfmc.rowset_default_order": "shuffled"})

    assert ids(sfmc.rowset(ten_rows, "?$orderBy=Changed")) == list(range(1, 11))


def test_pages_of_a_large_row_set_are_the_same_whether_rendered_alone_or_together(sfmc):
    sfmc.emulator.define(
        {
            "name": "Six Thousand",
            "key": "six-thousand",
            "fields": [
                {"name": "ID", "type": "Number", "is_primary_key": True},
                {"name": "Text", "type": "Text"},
            ],
            "rows": [{"ID": number, "Text": f'"{number}"'} for number in range(6001)],
        }
    )
    rows = sfmc.all_rows("six-thousand", "?$pagesize=2000&$orderBy=ID%20desc")

    assert [item["keys"]["id"] for item in rows] == [str(number) for number in range(6000, -1, -1)]
    assert all(item["values"]["text"] == f'"{item["keys"]["id"]}"' for item in rows)
