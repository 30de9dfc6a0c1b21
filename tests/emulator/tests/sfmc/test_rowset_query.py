import pytest

KEY = "query-me"
FIELDS = [
    {"name": "ID", "type": "Number", "is_primary_key": True},
    {"name": "Customer Name", "type": "Text", "length": 50},
    {"name": "Changed", "type": "Date"},
    {"name": "Price", "type": "Decimal", "length": 10, "scale": 2},
    {"name": "Active", "type": "Boolean"},
]
ROWS = [
    {"ID": 1, "Customer Name": "Anna", "Changed": "2026-01-01T10:00:00.000", "Price": "1.50", "Active": True},
    {
        "ID": 2,
        "Customer Name": "anna",
        "Changed": "2026-01-01T10:00:00.500",
        "Price": "2.00",
        "Active": False,
    },
    {"ID": 3, "Customer Name": "O'Brien", "Changed": "2026-02-01T00:00:00", "Price": "2.50", "Active": None},
    {"ID": 4, "Customer Name": None, "Changed": None, "Price": None, "Active": True},
    {"ID": 5, "Customer Name": "Zoë and co", "Changed": "2026-03-01T23:59:59", "Price": "-1", "Active": True},
]


@pytest.fixture(scope="module", autouse=True)
def data(session_client):
    session_client.emulator.define({"name": "Query Me", "key": KEY, "fields": FIELDS, "rows": ROWS})


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [int(item["keys"]["id"]) for item in answer.json().get("items", ())]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ID eq 2", [2]),
        ("ID eq '2'", [2]),
        ("\"ID\"='2'", [2]),
        ("id NE 2", [1, 3, 4, 5]),
        ("ID gt 3", [4, 5]),
        ("ID ge 3", [3, 4, 5]),
        ("ID lt 3", [1, 2]),
        ("ID le 3", [1, 2, 3]),
        ("Price ge 2.00", [2, 3]),
        ("Price lt '0'", [5]),
        ("Active eq 'True'", [1, 4, 5]),
        ("Active ne True", [2]),
        ("Customer Name eq 'Anna'", [1, 2]),
        ("Customer Name eq 'O''Brien'", [3]),
        ('Customer Name eq "O\'Brien"', [3]),
        ("Customer Name like '%nn%'", [1, 2]),
        ("Customer Name eq 'Zoë and co'", [5]),
        ("Customer Name eq 'Anna' and Active eq 'True'", [1]),
        ("Customer Name like 'a%' and ID gt 1 and Price ge 1", [2]),
        ("Changed ge '2026-02-01'", [3, 5]),
        ("Changed gt '2026-01-01T10:00:00'", [2, 3, 5]),
        ('Changed gt "2/1/2026 12:00:00 AM"', [5]),
        ('Changed ge "3/1/2026 23:59:59 PM"', [5]),
        ("Changed between '2026-01-01T00:00:00' and '2026-02-01T00:00:00'", [1, 2, 3]),
        ("ID between 2 and 3 and Price gt 2", [3]),
        ("Changed le '2026-01-01T16:00:00Z'", [1]),
    ],
)
def test_filters_that_clients_send_are_understood(sfmc, text, found):
    assert ids(sfmc.filtered(KEY, text)) == found


def test_blanks_in_a_filter_may_be_plus_signs(sfmc):
    answer = sfmc.get(f"/data/v1/customobjectdata/key/{KEY}/rowset?$filter=Customer+Name+eq+'Anna'")

    assert ids(answer) == [1, 2]


def test_the_count_is_that_of_the_filtered_rows(sfmc):
    assert sfmc.filtered(KEY, "ID gt 1", pagesize="1").json()["count"] == 4


@pytest.mark.parametrize(
    "text",
    [
        "ID eq 1 or ID eq 2",
        "not ID eq 1",
        "(ID eq 1)",
        "ID in (1,2)",
        "ID is null",
        "ID eq",
        "eq 1",
        "ID eq 1 and",
        "Changed between '2026-01-01'",
        "ID contains 1",
    ],
)
def test_a_filter_for_which_there_is_no_evidence_is_refused(sfmc, text):
    assert sfmc.filtered(KEY, text).status_code == 400


@pytest.mark.parametrize(
    "text",
    [
        "Nope eq 1",
        "ID eq 'x'",
        "Changed gt 'yesterday'",
        "Price gt 'cheap'",
        "Active eq 'maybe'",
        "ID like '1'",
    ],
)
def test_a_filter_that_does_not_fit_the_columns_is_400(sfmc, text):
    answer = sfmc.filtered(KEY, text)

    assert answer.status_code == 400
    assert answer.json()["message"]


def test_a_tenant_may_ignore_filters(sfmc):
    sfmc.emulator.set_switches({"sfmc.rowset_filter": "ignored"})

    assert sfmc.filtered(KEY, "ID eq 2").json()["count"] == 5


def test_nulls_sort_lowest(sfmc):
    assert ids(sfmc.get(f"/data/v1/customobjectdata/key/{KEY}/rowset?$orderBy=Changed")) == [4, 1, 2, 3, 5]
    descending = sfmc.get(f"/data/v1/customobjectdata/key/{KEY}/rowset?$orderby=Changed%20desc")
    assert ids(descending) == [5, 3, 2, 1, 4]


def test_several_columns_sort_in_turn_and_text_without_case(sfmc):
    answer = sfmc.get(f"/data/v1/customobjectdata/key/{KEY}/rowset?$orderBy=Customer%20Name%20asc,ID%20desc")

    assert ids(answer) == [4, 2, 1, 3, 5]


def test_an_unknown_column_in_order_by_is_400(sfmc):
    assert sfmc.get(f"/data/v1/customobjectdata/key/{KEY}/rowset?$orderBy=Nope").status_code == 400


def test_fields_chooses_columns(sfmc):
    page = sfmc.rowset(KEY, "?$fields=ID,price")

    assert page["items"][0] == {"keys": {"id": "1"}, "values": {"price": "1.50"}}
    assert sfmc.get(f"/data/v1/customobjectdata/key/{KEY}/rowset?$fields=Nope").status_code == 400


def test_top_limits_the_row_set_and_is_echoed(sfmc):
    page = sfmc.rowset(KEY, "?$top=2")

    assert (page["top"], page["count"], len(page["items"])) == (2, 2, 2)


def test_top_may_leave_the_count_alone(sfmc):
    sfmc.emulator.set_switches({"sfmc.top_limits_count": False})
    page = sfmc.rowset(KEY, "?$top=2")

    assert (page["count"], len(page["items"])) == (5, 2)


def test_offset_skips_rows(sfmc):
    assert ids(sfmc.get(f"/data/v1/customobjectdata/key/{KEY}/rowset?$offset=3")) == [4, 5]


@pytest.mark.parametrize("query", ["$page=x", "$pagesize=-1"])
def test_a_number_that_is_none_is_400(sfmc, query):
    assert sfmc.get(f"/data/v1/customobjectdata/key/{KEY}/rowset?{query}").status_code == 400


def test_the_hidden_row_key_is_a_column_only_by_a_switch(sfmc):
    path = f"/data/v1/customobjectdata/key/{KEY}/rowset?$orderBy=_CustomObjectKey%20desc"
    assert sfmc.get(path).status_code == 400

    sfmc.emulator.set_switches({"sfmc.rowset_custom_object_key": True})
    assert ids(sfmc.get(path)) == [5, 4, 3, 2, 1]
