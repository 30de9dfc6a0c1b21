import pytest

FIELDS = (
    "<Fields><Field><Name>ID</Name><FieldType>Text</FieldType><MaxLength>10</MaxLength>"
    "<IsPrimaryKey>true</IsPrimaryKey><IsRequired>true</IsRequired></Field>"
    "<Field><Name>Points</Name><FieldType>Number</FieldType></Field></Fields>"
)


def save(sfmc, action, objects, options="", token=None):
    return sfmc.soap(
        f'<{action}Request xmlns="http://exacttarget.com/wsdl/partnerAPI"><Options>{options}</Options>'
        f"{objects}</{action}Request>",
        action=action,
        token=token,
    )


def row(key, **cells):
    properties = "".join(
        f"<Property><Name>{name}</Name><Value>{value}</Value></Property>" for name, value in cells.items()
    )
    return (
        f'<Objects xsi:type="DataExtensionObject"><CustomerKey>{key}</CustomerKey>'
        f"<Properties>{properties}</Properties></Objects>"
    )


@pytest.fixture
def created(sfmc):
    key = "made-by-soap"
    answer = save(
        sfmc,
        "Create",
        f'<Objects xsi:type="DataExtension"><CustomerKey>{key}</CustomerKey>'
        f"<Name>Made by SOAP</Name>{FIELDS}</Objects>",
    )
    assert answer.status == "OK"
    yield key
    save(sfmc, "Delete", f'<Objects xsi:type="DataExtension"><CustomerKey>{key}</CustomerKey></Objects>')


def test_a_created_data_extension_is_empty_and_readable(sfmc, created):
    assert sfmc.rowset(created)["count"] == 0


def test_a_second_create_with_the_same_key_fails(sfmc, created):
    answer = save(
        sfmc,
        "Create",
        f'<Objects xsi:type="DataExtension"><CustomerKey>{created}</CustomerKey>'
        f"<Name>x</Name>{FIELDS}</Objects>",
    )

    assert answer.status == "Error"
    assert answer.find("Results/StatusCode") == "Error"


@pytest.mark.parametrize("name", ["MaxLength", "Scale"])
def test_a_create_with_a_length_that_is_no_number_is_an_error_and_no_fault(sfmc, name):
    field = f"<Field><Name>ID</Name><FieldType>Text</FieldType><{name}>many</{name}></Field>"
    answer = save(
        sfmc,
        "Create",
        '<Objects xsi:type="DataExtension"><CustomerKey>no-number</CustomerKey>'
        f"<Name>x</Name><Fields>{field}</Fields></Objects>",
    )

    assert answer.status == "Error"
    assert "'many' is not a whole number" in answer.find("Results/StatusMessage")


def test_rows_are_created_updated_and_deleted(sfmc, created):
    assert save(sfmc, "Create", row(created, ID="a", Points="1") + row(created, ID="b")).status == "OK"
    assert save(sfmc, "Update", row(created, ID="a", Points="2")).status == "OK"
    assert save(sfmc, "Delete", row(created, ID="b")).status == "OK"

    assert sfmc.emulator.source_rows(created) == [{"ID": "a", "Points": 2}]


def test_some_failures_are_has_errors(sfmc, created):
    answer = save(
        sfmc, "Create", row(created, ID="a") + row(created, ID="a") + row(created, ID="much too long")
    )

    assert answer.status == "Has Errors"
    assert len(sfmc.emulator.source_rows(created)) == 1


def test_an_update_of_a_row_that_is_not_there_fails_unless_it_may_add(sfmc, created):
    assert save(sfmc, "Update", row(created, ID="new")).status == "Error"

    add = (
        "<SaveOptions><SaveOption><PropertyName>*</PropertyName><SaveAction>UpdateAdd</SaveAction>"
        "</SaveOption></SaveOptions>"
    )
    assert save(sfmc, "Update", row(created, ID="new"), add).status == "OK"


def test_an_update_of_a_definition_renames_and_adds_fields(sfmc, created):
    save(sfmc, "Create", row(created, ID="a"))
    answer = save(
        sfmc,
        "Update",
        f'<Objects xsi:type="DataExtension"><CustomerKey>{created}</CustomerKey><Name>Renamed</Name>'
        "<Fields><Field><Name>City</Name><FieldType>Text</FieldType></Field></Fields></Objects>",
    )

    assert answer.status == "OK"
    assert sfmc.retrieve("DataExtensionObject[Renamed]", ["City"]).rows == [{"City": ""}]


def clear(sfmc, key, token=None):
    return sfmc.soap(
        '<PerformRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><Action>ClearData</Action><Definitions>'
        f'<Definition xsi:type="DataExtension"><CustomerKey>{key}</CustomerKey></Definition></Definitions>'
        "</PerformRequestMsg>",
        action="Perform",
        token=token,
    )


def test_clear_data_empties_a_data_extension(sfmc, created):
    save(sfmc, "Create", row(created, ID="a"))

    assert clear(sfmc, created).status == "OK"
    assert sfmc.rowset(created)["count"] == 0


def test_clear_data_of_an_unknown_key_fails(sfmc):
    assert clear(sfmc, "nothing").status == "Error"


def test_changes_need_the_scope_to_write(sfmc, created):
    token = sfmc.token(scope="data_extensions_read")

    assert save(sfmc, "Create", row(created, ID="a"), token=token).status == "Error"
    assert clear(sfmc, created, token=token).status == "Error"
    assert sfmc.rowset(created)["count"] == 0
