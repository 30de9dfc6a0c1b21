import pytest


def test_rows_are_found_by_name_and_by_key(sfmc):
    for wanted in ("Campaign Engagement", "campaign-engagement", "CAMPAIGN-ENGAGEMENT"):
        answer = sfmc.retrieve(f"DataExtensionObject[{wanted}]", ["EventID"])
        assert (answer.status, len(answer.rows)) == ("OK", 1000)


def test_a_row_lists_its_properties_in_the_case_and_order_asked_for(sfmc):
    text = sfmc.retrieve("DataExtensionObject[Every Type]", ["aNUMBER", "ID"]).text

    assert (
        '<Results xsi:type="DataExtensionObject"><PartnerKey xsi:nil="true" /><ObjectID xsi:nil="true" />'
        "<Type>DataExtensionObject</Type><Properties>"
        "<Property><Name>aNUMBER</Name><Value>42</Value></Property>"
        "<Property><Name>ID</Name><Value>all</Value></Property></Properties></Results>"
    ) in text


def test_dates_are_rounded_to_the_second_where_rest_cuts_them(sfmc, make_filter):
    row = make_filter("ID", "equals", "all")
    (soap,) = sfmc.retrieve("DataExtensionObject[every-type]", ["ADate"], row).rows

    assert soap["ADate"] == "1/15/2026 3:04:06 PM"
    assert sfmc.rowset("every-type")["items"][0]["values"]["adate"] == "1/15/2026 3:04:05 PM"


def test_a_null_is_an_empty_value(sfmc, make_filter):
    text = sfmc.retrieve(
        "DataExtensionObject[every-type]", ["ANumber"], make_filter("ID", "equals", "nulls")
    ).text

    assert "<Property><Name>ANumber</Name><Value /></Property>" in text


def test_a_null_may_have_no_value_at_all(sfmc, make_filter):
    sfmc.emulator.set_switches({"sfmc.soap_null": "no_value"})
    text = sfmc.retrieve(
        "DataExtensionObject[every-type]", ["ANumber"], make_filter("ID", "equals", "nulls")
    ).text

    assert "<Property><Name>ANumber</Name></Property>" in text


def test_special_characters_survive_xml(sfmc, make_filter):
    (row,) = sfmc.retrieve(
        "DataExtensionObject[every-type]", ["AText"], make_filter("ID", "equals", "special")
    ).rows

    assert row["AText"] == '\t"quoted" \\ <b>&amp;</b>\r\nsecond line 😀 \u00a0end '


def test_the_hidden_row_key_can_be_requested_and_filtered(sfmc, make_filter):
    later = make_filter("_CustomObjectKey", "greaterThan", "10")
    rows = sfmc.retrieve("DataExtensionObject[every-type]", ["_CustomObjectKey", "ID"], later).rows

    assert [row["_CustomObjectKey"] for row in rows] == ["11", "12"]


def test_a_tenant_may_not_have_the_hidden_row_key(sfmc):
    sfmc.emulator.set_switches({"sfmc.custom_object_key_by_soap": False})

    answer = sfmc.retrieve("DataExtensionObject[every-type]", ["_CustomObjectKey"])
    assert answer.status == "Error: Invalid column name '_CustomObjectKey'."


def test_an_update_keeps_the_row_key_and_an_insert_gets_a_new_one(sfmc):
    sfmc.emulator.define(
        {
            "name": "Keyed",
            "key": "keyed",
            "fields": [
                {"name": "ID", "type": "Number", "is_primary_key": True},
                {"name": "V", "type": "Number"},
            ],
            "rows": [{"ID": 1}, {"ID": 2}],
        }
    )
    sfmc.emulator.write_rows("keyed", {"upsert": [{"ID": 1, "V": 5}, {"ID": 3}], "delete": [{"ID": 2}]})

    rows = sfmc.retrieve("DataExtensionObject[keyed]", ["ID", "V", "_CustomObjectKey"]).rows
    assert [tuple(row.values()) for row in rows] == [("1", "5", "1"), ("3", "", "3")]


@pytest.mark.parametrize("properties", [[], ["*"]])
def test_unlisted_properties_give_no_rows_or_an_error(sfmc, properties):
    answer = sfmc.retrieve("DataExtensionObject[contacts]", properties)
    assert (answer.status, answer.rows) == ("OK", [])

    sfmc.emulator.set_switches({"sfmc.soap_unlisted_properties": "error"})
    assert sfmc.retrieve("DataExtensionObject[contacts]", properties).status == (
        "Error: The Request Property(s) ObjectID do not match with the fields of DataExtensionObject retrieve"
    )


def test_one_bad_column_fails_the_call_or_silently_gives_no_rows(sfmc):
    assert sfmc.retrieve("DataExtensionObject[contacts]", ["SubscriberKey", "Nope"]).status == (
        "Error: Invalid column name 'Nope'."
    )

    sfmc.emulator.set_switches({"sfmc.soap_bad_column": "no_rows"})
    answer = sfmc.retrieve("DataExtensionObject[contacts]", ["SubscriberKey", "Nope"])
    assert (answer.status, answer.rows) == ("OK", [])


def test_brackets_are_required(sfmc):
    assert sfmc.retrieve("DataExtensionObject", ["SubscriberKey"]).status.startswith(
        "Error: Unable to find a handler"
    )


def test_an_unknown_data_extension_is_an_error_in_the_status(sfmc):
    answer = sfmc.retrieve("DataExtensionObject[nothing]", ["ID"])

    assert answer.http_status == 200
    assert answer.status.startswith("Error: ")


def test_shared_rows_need_the_owner_s_context(sfmc):
    assert sfmc.retrieve("DataExtensionObject[shared-products]", ["SKU"]).status.startswith("Error: ")

    token = sfmc.token(account_id=sfmc.profile.enterprise.mid)
    assert len(sfmc.retrieve("DataExtensionObject[shared-products]", ["SKU"], token=token).rows) == 40


def test_the_enterprise_reads_a_unit_s_rows_by_client_id(sfmc):
    token = sfmc.token(account_id=sfmc.profile.enterprise.mid)
    owner = f"<ClientIDs><ID>{sfmc.profile.other.mid}</ID></ClientIDs>"

    answer = sfmc.retrieve("DataExtensionObject[contacts]", ["SubscriberKey"], owner, token=token)
    assert len(answer.rows) == 100


def test_rows_come_in_batches_until_ok(sfmc):
    more = "<Options><BatchSize>400</BatchSize></Options>"
    answer = sfmc.retrieve("DataExtensionObject[web-activity]", ["ActivityID"], more)
    found = [row["ActivityID"] for row in answer.rows]
    sizes = [len(answer.rows)]
    while answer.status == "MoreDataAvailable":
        answer = sfmc.continue_retrieve(answer.request_id)
        found += [row["ActivityID"] for row in answer.rows]
        sizes.append(len(answer.rows))

    assert sizes == [400, 400, 200]
    assert len(set(found)) == 1000


def test_a_continue_may_repeat_the_whole_request(sfmc, make_filter):
    request = make_filter("EventType", "equals", "Open")
    first = sfmc.retrieve(
        "DataExtensionObject[campaign-engagement]",
        ["EventID"],
        f"<Options><BatchSize>50</BatchSize></Options>{request}",
    )
    second = sfmc.retrieve(
        "DataExtensionObject[campaign-engagement]",
        ["EventID"],
        f"<Options><BatchSize>50</BatchSize></Options>{request}"
        f"<QueryAllAccounts>true</QueryAllAccounts><ContinueRequest>{first.request_id}</ContinueRequest>",
    )

    assert len(second.rows) == 50
    assert {row["EventID"] for row in first.rows}.isdisjoint(row["EventID"] for row in second.rows)


def test_names_with_blanks_and_colons_are_columns_too(sfmc):
    rows = sfmc.retrieve(
        "DataExtensionObject[été/2026 Größe+Maße%]", ["Customer Number", "Lead:Email", "Größe (cm)"]
    ).rows

    assert rows[0] == {"Customer Number": "N 1", "Lead:Email": "lead1@example.com", "Größe (cm)": "151"}
