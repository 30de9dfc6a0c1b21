import re

import pytest

DEFINITION_PROPERTIES = [
    "ObjectID", "CustomerKey", "Name", "Description", "IsSendable", "IsTestable",
    "SendableDataExtensionField.Name", "SendableSubscriberField.Name", "Template.CustomerKey",
    "DataRetentionPeriodLength", "DataRetentionPeriodUnitOfMeasure", "RowBasedRetention",
    "ResetRetentionPeriodOnImport", "DeleteAtEndOfRetentionPeriod", "RetainUntil", "CategoryID",
    "CreatedDate", "ModifiedDate",
]  # fmt: skip
FIELD_PROPERTIES = [
    "ObjectID", "CustomerKey", "Name", "Scale", "DefaultValue", "MaxLength", "IsRequired", "Ordinal",
    "IsPrimaryKey", "FieldType", "DataExtension.CustomerKey",
]  # fmt: skip


def one(sfmc, make_filter, key, properties):
    answer = sfmc.retrieve("DataExtension", properties, make_filter("CustomerKey", "equals", key))
    (result,) = answer.results
    return result


def fields_of(sfmc, make_filter, key):
    return sfmc.retrieve(
        "DataExtensionField", FIELD_PROPERTIES, make_filter("DataExtension.CustomerKey", "equals", key)
    ).results


def test_a_data_extension_has_the_properties_that_were_asked_for(sfmc, make_filter):
    result = one(sfmc, make_filter, "contacts", DEFINITION_PROPERTIES)

    assert result["Name"] == "Contacts"
    assert result["IsSendable"] == "true"
    assert result["SendableDataExtensionField"] == {
        "PartnerKey": None,
        "ObjectID": None,
        "Name": "SubscriberKey",
    }
    assert result["SendableSubscriberField"] == {"Name": "_SubscriberKey"}
    assert result["RetainUntil"] == ""
    assert re.fullmatch(r"[0-9a-f-]{36}", result["ObjectID"])


def test_dates_of_definitions_carry_no_zone(sfmc, make_filter):
    result = one(sfmc, make_filter, "contacts", ["CreatedDate"])

    assert result["CreatedDate"] == "2025-01-15T06:56:27.927"


def test_partner_key_and_object_id_come_back_nil_when_not_asked_for(sfmc, make_filter):
    assert one(sfmc, make_filter, "contacts", ["CustomerKey"]) == {
        "PartnerKey": None,
        "ObjectID": None,
        "CustomerKey": "contacts",
    }


def test_retention_is_told(sfmc, make_filter):
    result = one(sfmc, make_filter, "campaign-engagement", DEFINITION_PROPERTIES)

    assert (result["DataRetentionPeriodLength"], result["DataRetentionPeriodUnitOfMeasure"]) == ("24", "5")
    assert result["RowBasedRetention"] == "true"


def test_nothing_found_means_no_results_element(sfmc, make_filter):
    answer = sfmc.retrieve("DataExtension", ["Name"], make_filter("CustomerKey", "equals", "no such key"))

    assert answer.status == "OK"
    assert "<Results" not in answer.text


def test_the_envelope_has_the_prefix_and_the_plain_children_that_parsers_rely_on(sfmc):
    text = sfmc.retrieve("DataExtension", ["Name"]).text

    assert "<soap:Envelope " in text
    assert "<soap:Body><RetrieveResponseMsg xmlns=" in text
    assert '<Results xsi:type="DataExtension"><PartnerKey xsi:nil="true" />' in text
    assert "<wsa:Action>RetrieveResponse</wsa:Action>" in text


@pytest.mark.parametrize("name", ["Client.ID", "Status", "IsPlatformObject", "RowCount"])
def test_a_property_that_cannot_be_retrieved_fails_with_http_200(sfmc, name):
    answer = sfmc.retrieve("DataExtension", ["Name", name])

    assert answer.http_status == 200
    assert answer.status == (
        f"Error: The Request Property(s) {name} do not match with the fields of DataExtension retrieve"
    )


def test_object_types_are_case_sensitive(sfmc):
    assert sfmc.retrieve("dataextension", ["Name"]).status == (
        "Error: Unable to find a handler for object type: dataextension. "
        "Object types are case-sensitive, check spelling."
    )


def test_a_missing_scope_is_permission_failed_with_http_200(sfmc):
    answer = sfmc.retrieve("DataExtension", ["Name"], token=sfmc.token(scope="email_read"))

    assert (answer.http_status, answer.status) == (200, "Error: API Permission Failed.")


def test_the_fields_of_a_data_extension_tell_type_and_length(sfmc, make_filter):
    fields = {each["Name"]: each for each in fields_of(sfmc, make_filter, "every-type")}

    assert fields["ID"]["CustomerKey"] == "[every-type].[ID]"
    assert (fields["ID"]["IsPrimaryKey"], fields["ID"]["IsRequired"]) == ("true", "true")
    assert (fields["AText"]["FieldType"], fields["AText"]["MaxLength"]) == ("Text", "4000")
    assert (fields["ADecimal"]["MaxLength"], fields["ADecimal"]["Scale"]) == ("18", "2")
    assert fields["AnEmailAddress"]["MaxLength"] == "254"
    assert fields["WithDefault"]["DefaultValue"] == "none"
    assert fields["AText"]["DefaultValue"] == ""
    assert fields["Required"]["IsRequired"] == "true"
    assert fields["ID"]["DataExtension"] == {
        "PartnerKey": None,
        "ObjectID": None,
        "CustomerKey": "every-type",
    }
    for name in ("ANumber", "ADate", "ABoolean"):
        assert "MaxLength" not in fields[name]


def test_every_field_type_exists(sfmc, make_filter):
    assert {each["FieldType"] for each in fields_of(sfmc, make_filter, "every-type")} == {
        "Text", "Number", "Date", "Boolean", "EmailAddress", "Phone", "Decimal", "Locale",
        "Base16Encrypted", "Base16EncryptedEmail",
    }  # fmt: skip


def test_fields_do_not_come_in_the_order_of_their_ordinals(sfmc, make_filter):
    ordinals = [int(each["Ordinal"]) for each in fields_of(sfmc, make_filter, "every-type")]

    assert sorted(ordinals) == list(range(14))
    assert ordinals != sorted(ordinals)


def test_a_field_s_own_customer_key_is_not_that_of_its_data_extension(sfmc, make_filter):
    answer = sfmc.retrieve("DataExtensionField", ["Name"], make_filter("CustomerKey", "equals", "every-type"))

    assert answer.results == []


@pytest.mark.parametrize("name", ["CreatedDate", "DataExtension.ObjectID", "CategoryID"])
def test_some_properties_of_fields_cannot_be_retrieved(sfmc, name):
    assert sfmc.retrieve("DataExtensionField", [name]).status.startswith("Error: The Request Property(s) ")


@pytest.mark.parametrize(("turn_up", "expected"), [(False, set()), (True, {"GhostField"})])
def test_fields_of_a_deleted_data_extension_may_still_turn_up(sfmc, turn_up, expected):
    sfmc.emulator.set_switches({"sfmc.orphan_fields": turn_up})

    fields = _all(sfmc, "DataExtensionField", ["Name", "DataExtension.CustomerKey"])
    listed = {each["CustomerKey"] for each in sfmc.retrieve("DataExtension", ["CustomerKey"]).results}

    orphans = {each["Name"] for each in fields if each["DataExtension"]["CustomerKey"] not in listed}
    assert orphans == expected


def test_a_data_extension_in_no_folder_has_the_category_0_or_none(sfmc, make_filter):
    assert one(sfmc, make_filter, "without-folder", ["CategoryID"])["CategoryID"] == "0"

    sfmc.emulator.set_switches({"sfmc.no_category": "absent"})
    assert "CategoryID" not in one(sfmc, make_filter, "without-folder", ["CategoryID"])


def test_system_data_extensions_are_listed_like_any_other(sfmc):
    names = {each["Name"] for each in sfmc.retrieve("DataExtension", ["Name"]).results}

    assert {"ExpressionBuilderAttributes", "_MobileAddress", "IGO Products"} <= names


def _all(sfmc, object_type, properties, more=""):
    answer = sfmc.retrieve(object_type, properties, more)
    results = answer.results
    while answer.status == "MoreDataAvailable":
        answer = sfmc.continue_retrieve(answer.request_id, object_type)
        results += answer.results
    assert answer.status == "OK"
    return results


def test_a_batch_size_cuts_results_and_each_batch_has_a_new_request_id(sfmc):
    first = sfmc.retrieve("DataExtension", ["Name"], "<Options><BatchSize>5</BatchSize></Options>")
    assert (first.status, len(first.results)) == ("MoreDataAvailable", 5)

    second = sfmc.continue_retrieve(first.request_id)
    assert second.request_id != first.request_id
    assert not {each["Name"] for each in first.results} & {each["Name"] for each in second.results}


def test_results_come_in_batches_of_at_most_2500(sfmc):
    sfmc.emulator.set_switches({"sfmc.soap_batch_cap": 4})
    answer = sfmc.retrieve("DataExtension", ["Name"], "<Options><BatchSize>2500</BatchSize></Options>")

    assert (answer.status, len(answer.results)) == ("MoreDataAvailable", 4)


def test_a_tenant_may_give_a_whole_inventory_at_once(sfmc):
    sfmc.emulator.set_switches({"sfmc.soap_batch_cap": 4, "sfmc.soap_definition_paging": False})

    assert sfmc.retrieve("DataExtension", ["Name"]).status == "OK"
    assert sfmc.retrieve("DataFolder", ["Name"]).status == "MoreDataAvailable"


def test_an_unknown_request_id_is_said_in_the_status(sfmc):
    answer = sfmc.continue_retrieve("00000000-0000-0000-0000-000000000000")

    assert answer.status == "The RequestID sent through ContinueRequest does not exist."


def test_a_request_id_can_be_continued_from_again_unless_a_switch_forbids_it(sfmc):
    batches = "<Options><BatchSize>5</BatchSize></Options>"
    first = sfmc.retrieve("DataExtension", ["Name"], batches)
    repeated = [sfmc.continue_retrieve(first.request_id).results for _ in range(2)]
    assert repeated[0] == repeated[1]

    sfmc.emulator.set_switches({"sfmc.request_id_once": True})
    first = sfmc.retrieve("DataExtension", ["Name"], batches)
    assert sfmc.continue_retrieve(first.request_id).status != sfmc.continue_retrieve(first.request_id).status


def test_folders_form_a_tree_below_roots_with_known_keys(sfmc):
    folders = _all(
        sfmc, "DataFolder", ["ID", "Name", "ParentFolder.ID", "ContentType", "CustomerKey", "Client.ID"]
    )
    by_id = {each["ID"]: each for each in folders}

    roots = {each["CustomerKey"] for each in folders if each["ParentFolder"]["ID"] == "0"}
    assert "dataextension_default" in roots
    assert all(each["ParentFolder"]["ID"] in {"0", *by_id} for each in folders)
    assert {each["Client"]["ID"] for each in folders} == {str(sfmc.profile.main.mid)}


def test_a_data_extension_s_category_is_a_folder(sfmc, make_filter):
    category = one(sfmc, make_filter, "campaign-engagement", ["CategoryID"])["CategoryID"]
    (folder,) = sfmc.retrieve(
        "DataFolder", ["Name", "ParentFolder.ID"], make_filter("ID", "equals", category)
    ).results

    assert folder["Name"] == "Engagement"
    parent = make_filter("ID", "equals", folder["ParentFolder"]["ID"])
    assert sfmc.retrieve("DataFolder", ["Name"], parent).results[0]["Name"] == "Campaigns"


def test_the_content_type_of_folders_can_be_filtered_by_in(sfmc, make_filter):
    token = sfmc.token(account_id=sfmc.profile.enterprise.mid)
    wanted = make_filter(
        "ContentType", "IN", "shared_data", "shared_dataextension", "synchronizeddataextension"
    )
    folders = sfmc.retrieve("DataFolder", ["Name", "ContentType", "CustomerKey"], wanted, token=token).results

    assert {each["CustomerKey"] for each in folders} >= {
        "shared_data_default",
        "shared_dataextension_default",
        "synchronizeddataextension_default",
    }


def test_shared_data_extensions_belong_to_the_enterprise_and_are_not_in_a_unit_s_inventory(sfmc):
    mine = {each["CustomerKey"] for each in sfmc.retrieve("DataExtension", ["CustomerKey"]).results}
    token = sfmc.token(account_id=sfmc.profile.enterprise.mid)
    enterprise = sfmc.retrieve("DataExtension", ["CustomerKey"], token=token).results

    shared = {"shared-products", "Contact_Salesforce_1", "shared-sf-leads"}
    assert not shared & mine
    assert shared <= {each["CustomerKey"] for each in enterprise}


def test_all_accounts_need_an_enterprise_token_and_find_nothing_otherwise(sfmc):
    everything = "<QueryAllAccounts>true</QueryAllAccounts>"
    token = sfmc.token(account_id=sfmc.profile.enterprise.mid)

    assert sfmc.retrieve("DataFolder", ["ID"], everything).results == []
    ids = {
        each["Client"]["ID"]
        for each in sfmc.retrieve("DataFolder", ["ID", "Client.ID"], everything, token=token).results
    }
    assert ids == {str(unit.mid) for unit in sfmc.profile.business_units}


def test_client_ids_let_the_enterprise_look_into_a_unit_but_not_a_unit_into_another(sfmc):
    other = f"<ClientIDs><ID>{sfmc.profile.other.mid}</ID></ClientIDs>"
    enterprise = sfmc.token(account_id=sfmc.profile.enterprise.mid)

    keys = {
        each["CustomerKey"]
        for each in sfmc.retrieve("DataExtension", ["CustomerKey"], other, token=enterprise).results
    }
    assert keys == {"contacts"}
    assert sfmc.retrieve("DataExtension", ["CustomerKey"], other).status == "Error: API Permission Failed."


def test_business_units_are_listed_for_the_enterprise(sfmc):
    token = sfmc.token(account_id=sfmc.profile.enterprise.mid)
    everything = "<QueryAllAccounts>true</QueryAllAccounts>"
    units = sfmc.retrieve("BusinessUnit", ["ID", "Name", "ParentID"], everything, token=token).results

    parent = str(sfmc.profile.enterprise.mid)
    assert {(each["Name"], each["ParentID"]) for each in units} == {
        ("Acme", "0"),
        ("Acme Retail", parent),
        ("Acme Outlet", parent),
    }
    assert [each["ID"] for each in sfmc.retrieve("Account", ["ID"]).results] == [str(sfmc.profile.main.mid)]


def test_business_units_need_their_own_scope(sfmc):
    token = sfmc.token(scope="data_extensions_read")

    assert sfmc.retrieve("BusinessUnit", ["ID"], token=token).status == "Error: API Permission Failed."


def test_on_some_tenants_fields_cannot_be_filtered(sfmc, make_filter):
    wanted = make_filter("DataExtension.CustomerKey", "equals", "contacts")
    sfmc.emulator.set_switches({"sfmc.soap_field_filter": "error_500"})
    answer = sfmc.retrieve("DataExtensionField", ["Name"], wanted)
    assert (answer.http_status, answer.text) == (500, "")

    sfmc.emulator.set_switches({"sfmc.soap_field_filter": "honoured", "sfmc.soap_key_filter": "truncated"})
    answer = sfmc.retrieve("DataExtensionField", ["Name"], wanted)
    assert answer.status.startswith("Error: String or binary data would be truncated.")
    assert sfmc.retrieve("DataExtensionField", ["Name"]).status == "OK"


def describe(sfmc, object_type):
    return sfmc.soap(
        '<DefinitionRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><DescribeRequests>'
        f"<ObjectDefinitionRequest><ObjectType>{object_type}</ObjectType></ObjectDefinitionRequest>"
        "</DescribeRequests></DefinitionRequestMsg>",
        action="Describe",
    )


def test_describe_lists_properties(sfmc):
    answer = describe(sfmc, "DataExtensionField")

    assert answer.find("ObjectDefinition/ObjectType") == "DataExtensionField"
    assert "<Name>FieldType</Name><DataType>String</DataType>" in answer.text
    assert answer.request_id


def test_describe_may_tell_only_a_request_id(sfmc):
    sfmc.emulator.set_switches({"sfmc.soap_describe": "request_id_only"})

    assert "ObjectDefinition" not in describe(sfmc, "DataExtensionField").text.partition("<soap:Body>")[2]


def test_the_system_status_is_ok(sfmc):
    answer = sfmc.soap(
        '<SystemStatusRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"/>', action="GetSystemStatus"
    )

    assert answer.find("Results/Result/SystemStatus") == "OK"


def test_an_unknown_action_is_a_fault(sfmc):
    answer = sfmc.soap('<RetrieveRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"/>', action="Fetch")

    assert answer.http_status == 500
    assert "Server did not recognize the value of HTTP Header SOAPAction: Fetch." in answer.text


def test_what_is_no_envelope_is_a_plain_400(sfmc):
    answer = sfmc.post_soap("<Envelope><Body/></Envelope>")

    assert (answer.http_status, answer.text) == (400, "Bad Request")
    assert sfmc.post_soap("no xml").http_status == 400


def test_entities_in_a_request_are_not_expanded(sfmc):
    envelope = (
        '<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
        '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Header>'
        f'<fueloauth xmlns="http://exacttarget.com">{sfmc.token()}</fueloauth></Header><Body>'
        '<RetrieveRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><RetrieveRequest>'
        "<ObjectType>&file;</ObjectType><Properties>Name</Properties></RetrieveRequest></RetrieveRequestMsg>"
        "</Body></Envelope>"
    )

    assert "root:" not in sfmc.post_soap(envelope).text


def test_a_folder_tells_what_tools_ask_of_its_parent_and_its_account(sfmc, make_filter):
    """The properties that deployment tools and the Fuel clients' own samples retrieve."""
    names = [
        *("ID", "ObjectID", "CustomerKey", "Name", "Description", "ContentType"),
        *("IsActive", "IsEditable", "AllowChildren"),
    ]
    asked = [
        *names,
        *(f"ParentFolder.{name}" for name in names),
        *("CreatedDate", "ModifiedDate"),
        *(f"Client.{name}" for name in ("ID", "CreatedBy", "ModifiedBy", "EnterpriseID")),
    ]

    answer = sfmc.retrieve("DataFolder", asked, make_filter("Name", "equals", "Campaigns"))

    (folder,) = answer.results
    assert folder["ParentFolder"]["Name"] == "Data Extensions"
    assert folder["ParentFolder"]["CustomerKey"] == "dataextension_default"
    assert folder["Client"]["EnterpriseID"] == str(sfmc.profile.enterprise.mid)


def test_a_business_unit_names_its_parent(sfmc):
    token = sfmc.token(sfmc.profile.enterprise.mid)
    units = sfmc.retrieve(
        "BusinessUnit",
        ["Name", "ID", "ParentName", "ParentID", "IsActive"],
        "<QueryAllAccounts>true</QueryAllAccounts>",
        token=token,
    ).results

    parents = {each["Name"]: each["ParentName"] for each in units}
    assert parents == {"Acme": "", "Acme Retail": "Acme", "Acme Outlet": "Acme"}
