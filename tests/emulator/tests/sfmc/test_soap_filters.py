import pytest

OBJECT = "DataExtensionObject[filter-me]"
ROWS = [
    {"ID": 1, "Name": "Anna", "Changed": "2026-01-01T10:00:00.000"},
    {"ID": 2, "Name": "Ben", "Changed": "2026-01-01T10:00:00.400"},
    {"ID": 3, "Name": None, "Changed": "2026-02-01T00:00:00"},
    {"ID": 4, "Name": "anna", "Changed": None},
]


@pytest.fixture(scope="module", autouse=True)
def data(session_client):
    session_client.emulator.define(
        {
            "name": "Filter Me",
            "key": "filter-me",
            "fields": [
                {"name": "ID", "type": "Number", "is_primary_key": True},
                {"name": "Name", "type": "Text"},
                {"name": "Changed", "type": "Date"},
            ],
            "rows": ROWS,
        }
    )


def ids(answer):
    assert answer.status == "OK"
    return [int(row["ID"]) for row in answer.rows]


@pytest.mark.parametrize(
    ("name", "operator", "values", "found"),
    [
        ("ID", "equals", ["2"], [2]),
        ("id", "notEquals", ["2"], [1, 3, 4]),
        ("ID", "greaterThan", ["2"], [3, 4]),
        ("ID", "lessThan", ["2"], [1]),
        ("ID", "greaterThanOrEqual", ["2"], [2, 3, 4]),
        ("ID", "lessThanOrEqual", ["2"], [1, 2]),
        ("ID", "between", ["2", "3"], [2, 3]),
        ("ID", "IN", ["1", "4", "9"], [1, 4]),
        ("Name", "equals", ["Anna"], [1, 4]),
        ("Name", "isNull", [], [3]),
        ("Name", "isNull", [""], [3]),
        ("Changed", "isNotNull", [], [1, 2, 3]),
        ("Changed", "greaterThan", ["2026-01-01T10:00:00"], [2, 3]),
        ("Changed", "between", ["2026-01-01T16:00:00Z", "2026-02-01T05:59:59Z"], [1, 2]),
        ("Changed", "lessThan", ["1/2/2026 12:00:00 AM"], [1, 2]),
    ],
)
def test_simple_filters(sfmc, make_filter, *, name, operator, values, found):
    assert ids(sfmc.retrieve(OBJECT, ["ID"], make_filter(name, operator, *values))) == found


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("2026-02-01T00:00:00", [3]),  # no zone: the server's clock
        ("2026-02-01T06:00:00Z", [3]),
        ("2026-02-01T01:00:00-05:00", [3]),
        ("2026-02-01T06:00:01Z", []),
        ("2026-01-01T10:00:00.400", [2, 3]),
    ],
)
def test_a_date_value_is_brought_to_the_server_s_clock(sfmc, make_filter, moment, found):
    wanted = make_filter("Changed", "greaterThanOrEqual", moment, date=True)

    assert ids(sfmc.retrieve(OBJECT, ["ID"], wanted)) == found


def test_an_account_may_have_normalisation_switched_off(sfmc, make_filter):
    sfmc.emulator.set_switches({"sfmc.soap_date_normalisation": False})
    wanted = make_filter("Changed", "greaterThanOrEqual", "2026-02-01T06:00:00Z", date=True)

    assert ids(sfmc.retrieve(OBJECT, ["ID"], wanted)) == []


def test_two_date_values_make_a_between(sfmc, make_filter):
    wanted = make_filter("Changed", "between", "2026-01-01T00:00:00", "2026-01-31T00:00:00", date=True)

    assert ids(sfmc.retrieve(OBJECT, ["ID"], wanted)) == [1, 2]


def both(left, logical, right, more=""):
    operator = f"<LogicalOperator>{logical}</LogicalOperator>"
    return f'<Filter xsi:type="ComplexFilterPart">{left}{operator}{right}{more}</Filter>'


def test_complex_filters_nest(sfmc, make_filter):
    inner = both(
        make_filter("ID", "equals", "1", tag="LeftOperand"),
        "OR",
        make_filter("ID", "equals", "3", tag="RightOperand"),
    ).replace("Filter xsi", "RightOperand xsi", 1)
    inner = inner.removesuffix("</Filter>") + "</RightOperand>"
    whole = both(make_filter("Changed", "isNotNull", tag="LeftOperand"), "AND", inner)

    assert ids(sfmc.retrieve(OBJECT, ["ID"], whole)) == [1, 3]


def test_additional_operands_join_in(sfmc, make_filter):
    more = f"<AdditionalOperands>{make_filter('ID', 'equals', '4', tag='Operand')}</AdditionalOperands>"
    whole = both(
        make_filter("ID", "equals", "1", tag="LeftOperand"),
        "OR",
        make_filter("ID", "equals", "2", tag="RightOperand"),
        more,
    )

    assert ids(sfmc.retrieve(OBJECT, ["ID"], whole)) == [1, 2, 4]


def test_prefixed_types_are_understood(sfmc, make_filter):
    wanted = make_filter("ID", "equals", "2").replace('"SimpleFilterPart"', '"ns0:SimpleFilterPart"')

    assert ids(sfmc.retrieve(OBJECT, ["ID"], wanted)) == [2]


@pytest.mark.parametrize(
    ("filter_xml", "status"),
    [
        (
            "<Filter><Property>ID</Property><SimpleOperator>equals</SimpleOperator><Value>1</Value></Filter>",
            "Unknown filter of type FilterPart encountered",
        ),
        (
            '<Filter xsi:type="ComplexFilterPart"><LogicalOperator>AND</LogicalOperator></Filter>',
            "Incorrect syntax near the keyword 'AND'.",
        ),
        (
            '<Filter xsi:type="SimpleFilterPart"><SimpleOperator>equals</SimpleOperator></Filter>',
            "Invalid argument for the equals operator. Filter array cannot be null.",
        ),
    ],
)
def test_malformed_filters_fail_with_the_service_s_own_words(sfmc, filter_xml, status):
    answer = sfmc.retrieve(OBJECT, ["ID"], filter_xml)

    assert (answer.http_status, answer.status) == (200, status)


@pytest.mark.parametrize("operator", ["like", "contains", "beginsWith"])
def test_rows_know_no_pattern_operators(sfmc, make_filter, operator):
    assert sfmc.retrieve(OBJECT, ["ID"], make_filter("Name", operator, "A%")).status.startswith("Error: ")


def test_definitions_can_be_filtered_by_pattern_date_and_flag(sfmc, make_filter):
    def names(wanted):
        return {each["Name"] for each in sfmc.retrieve("DataExtension", ["Name"], wanted).results}

    assert names(make_filter("Name", "like", "Web%")) == {"Web Activity"}
    assert "Contacts" in names(make_filter("IsSendable", "equals", "true"))
    assert "Contacts" in names(make_filter("CreatedDate", "lessThan", "2025-01-15T12:56:28Z", date=True))
    assert "Contacts" not in names(make_filter("CreatedDate", "lessThan", "2025-01-15T12:56:27Z", date=True))
    assert names(make_filter("CategoryID", "isNull")) == {"Without Folder"}


@pytest.mark.parametrize(
    ("name", "operator", "value"),
    [("Nope", "equals", "1"), ("ID", "equals", "x"), ("Changed", "equals", "soon"), ("ID", "between", "1")],
)
def test_a_filter_that_does_not_fit_is_an_error_in_the_status(sfmc, make_filter, name, operator, value):
    answer = sfmc.retrieve(OBJECT, ["ID"], make_filter(name, operator, value))

    assert answer.http_status == 200
    assert answer.status not in {"OK", "MoreDataAvailable"}


def test_a_filter_on_a_property_that_cannot_be_retrieved_is_an_error(sfmc, make_filter):
    assert sfmc.retrieve("DataExtension", ["Name"], make_filter("Status", "equals", "x")).status.startswith(
        "Error: "
    )
