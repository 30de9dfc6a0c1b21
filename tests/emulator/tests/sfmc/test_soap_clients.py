"""Real SOAP clients, and the envelopes of clients that are not Python."""

from datetime import datetime, timezone

import pytest
import suds.client
import suds.sax.element
import zeep
import zeep.helpers
import zeep.xsd


@pytest.fixture
def zeep_client(sfmc):
    transport = zeep.Transport(session=sfmc.session)
    return zeep.Client(f"{sfmc.url}/etframework.wsdl", transport=transport)


@pytest.fixture
def zeep_header(sfmc):
    """As clients build it who find no header in the WSDL: the token lies in a child element."""
    element = zeep.xsd.Element(
        "{http://exacttarget.com}fueloauth",
        zeep.xsd.ComplexType([zeep.xsd.Element("_value_1", zeep.xsd.String())]),
    )
    return [element(_value_1=sfmc.token())]


@pytest.fixture
def suds_client(sfmc):
    client = suds.client.Client(f"{sfmc.url}/etframework.wsdl", cache=None)
    header = suds.sax.element.Element("fueloauth", ns=("etns", "http://exacttarget.com"))
    header.setText(sfmc.token())
    client.set_options(soapheaders=[header])
    return client


def test_zeep_reads_definitions(zeep_client, zeep_header):
    answer = zeep_client.service.Retrieve(
        _soapheaders=zeep_header,
        RetrieveRequest={
            "ObjectType": "DataExtension",
            "Properties": ["CustomerKey", "Name", "CategoryID", "CreatedDate"],
        },
    )

    assert answer.OverallStatus == "OK"
    contacts = next(each for each in answer.Results if each.CustomerKey == "contacts")
    assert contacts.Name == "Contacts"
    assert isinstance(contacts.CategoryID, int)
    assert contacts.CreatedDate.year == 2025


def test_zeep_reads_rows_in_batches_with_a_complex_filter_on_dates(zeep_client, zeep_header):
    kind = {name: zeep_client.get_type(f"ns0:{name}") for name in ("SimpleFilterPart", "ComplexFilterPart")}
    since, until = datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2026, 7, 1, 6, tzinfo=timezone.utc)
    request = {
        "ObjectType": "DataExtensionObject[Campaign Engagement]",
        "Properties": ["_CustomObjectKey", "EventID", "EventDate"],
        "Filter": kind["ComplexFilterPart"](
            LeftOperand=kind["SimpleFilterPart"](
                Property="EventDate", SimpleOperator="greaterThanOrEqual", DateValue=[since]
            ),
            LogicalOperator="AND",
            RightOperand=kind["SimpleFilterPart"](
                Property="EventDate", SimpleOperator="lessThanOrEqual", DateValue=[until]
            ),
        ),
        "Options": {"BatchSize": 400, "IncludeObjects": True},
    }
    found = []
    while True:
        answer = zeep_client.service.Retrieve(_soapheaders=zeep_header, RetrieveRequest=request)
        found += [each.Properties.Property[1].Value for each in answer.Results]
        if answer.OverallStatus != "MoreDataAvailable":
            break
        request["ContinueRequest"] = answer.RequestID

    assert answer.OverallStatus == "OK"
    assert len(set(found)) == 1000


def test_zeep_reads_fields_folders_and_business_units(zeep_client, zeep_header):
    for object_type, properties in (
        ("DataExtensionField", ["Name", "FieldType", "MaxLength", "IsRequired", "DataExtension.CustomerKey"]),
        ("DataFolder", ["ID", "Name", "ContentType", "ParentFolder.ID", "Client.ID"]),
        ("BusinessUnit", ["ID", "Name", "ParentID", "AccountType"]),
    ):
        answer = zeep_client.service.Retrieve(
            _soapheaders=zeep_header, RetrieveRequest={"ObjectType": object_type, "Properties": properties}
        )
        assert answer.OverallStatus in {"OK", "MoreDataAvailable"}
        assert zeep.helpers.serialize_object(answer.Results[0])


def test_zeep_describes_clears_and_creates(zeep_client, zeep_header):
    described = zeep_client.service.Describe(
        _soapheaders=zeep_header,
        DescribeRequests={"ObjectDefinitionRequest": [{"ObjectType": "DataExtension"}]},
    )
    assert "Name" in {each.Name for each in described.ObjectDefinition[0].Properties}

    field = zeep_client.get_type("ns0:DataExtensionField")
    definition = zeep_client.get_type("ns0:DataExtension")(
        Name="Made by zeep",
        CustomerKey="made-by-zeep",
        Fields={"Field": [field(Name="ID", FieldType="Number", IsPrimaryKey=True, IsRequired=True)]},
    )
    created = zeep_client.service.Create(_soapheaders=zeep_header, Options={}, Objects=[definition])
    assert (created.OverallStatus, created.Results[0].StatusCode) == ("OK", "OK")
    cleared = zeep_client.service.Perform(
        _soapheaders=zeep_header,
        Action="ClearData",
        Definitions={"Definition": [zeep_client.get_type("ns0:DataExtension")(CustomerKey="made-by-zeep")]},
    )
    assert cleared.OverallStatus == "OK"


def test_zeep_raises_the_fault_of_an_expired_token(sfmc, zeep_client, zeep_header):
    sfmc.emulator.faults(
        [{"cloud": "sfmc", "path": "Service.asmx", "nth": 1, "fault": {"named": "soap_token_expired"}}]
    )

    with pytest.raises(zeep.exceptions.Fault, match="Token Expired"):
        zeep_client.service.Retrieve(
            _soapheaders=zeep_header, RetrieveRequest={"ObjectType": "DataExtension", "Properties": ["Name"]}
        )


def test_suds_reads_rows_with_a_filter_and_continues_with_an_empty_object_type(suds_client):
    request = suds_client.factory.create("RetrieveRequest")
    request.ObjectType = "DataExtensionObject[Contacts]"
    request.Properties = ["SubscriberKey", "City"]
    request.Options = suds_client.factory.create("RetrieveOptions")
    request.Options.BatchSize = 80
    part = suds_client.factory.create("SimpleFilterPart")
    part.Property, part.SimpleOperator, part.Value = "SubscriberKey", "isNotNull", ""
    request.Filter = part
    answer = suds_client.service.Retrieve(request)
    found = len(answer.Results)
    while answer.OverallStatus == "MoreDataAvailable":
        more = suds_client.factory.create("RetrieveRequest")
        more.ObjectType, more.ContinueRequest, more.Options = "", answer.RequestID, None
        answer = suds_client.service.Retrieve(more)
        found += len(answer.Results)

    assert answer.OverallStatus == "OK"
    assert found == 200


def test_suds_reads_fields(suds_client):
    request = suds_client.factory.create("RetrieveRequest")
    request.ObjectType = "DataExtensionField"
    request.Properties = ["Name", "FieldType", "DataExtension.CustomerKey"]
    request.Options = None
    answer = suds_client.service.Retrieve(request)

    assert {str(each.FieldType) for each in answer.Results} >= {"Text", "Number", "Date"}


def test_the_envelope_of_the_node_client_is_understood(sfmc):
    """Body before header, default namespaces, Options before Filter, the action without quotes."""
    answer = sfmc.post_soap(
        '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><Body>'
        '<RetrieveRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><RetrieveRequest>'
        "<ObjectType>DataExtensionObject[contacts]</ObjectType><Properties>SubscriberKey</Properties>"
        "<Options><BatchSize>2</BatchSize></Options>"
        '<Filter xsi:type="ComplexFilterPart"><LeftOperand xsi:type="SimpleFilterPart">'
        "<Property>SubscriberKey</Property><SimpleOperator>greaterThan</SimpleOperator><Value>C0000010</Value></LeftOperand>"
        '<LogicalOperator>AND</LogicalOperator><RightOperand xsi:type="SimpleFilterPart">'
        "<Property>SubscriberKey</Property><SimpleOperator>lessThan</SimpleOperator><Value>C0000012</Value></RightOperand></Filter>"
        "</RetrieveRequest></RetrieveRequestMsg></Body>"
        f'<Header><fueloauth xmlns="http://exacttarget.com">{sfmc.token()}</fueloauth></Header></Envelope>'
    )

    assert (answer.status, answer.rows) == ("OK", [{"SubscriberKey": "C0000011"}])


def test_the_envelope_of_the_fuel_client_is_understood(sfmc):
    """Other prefixes, a lower-case path, the action in quotes, an empty ObjectType on continue."""

    def envelope(inner):
        return (
            '<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope'
            ' xmlns:ns0="http://exacttarget.com/wsdl/partnerAPI"'
            ' xmlns:ns1="http://schemas.xmlsoap.org/soap/envelope/"'
            ' xmlns:etns="http://exacttarget.com" xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/">'
            f"<SOAP-ENV:Header><etns:fueloauth>{sfmc.token()}</etns:fueloauth></SOAP-ENV:Header>"
            "<ns1:Body><ns0:RetrieveRequestMsg>"
            f"<ns0:RetrieveRequest>{inner}</ns0:RetrieveRequest>"
            "</ns0:RetrieveRequestMsg></ns1:Body></SOAP-ENV:Envelope>"
        )

    first = sfmc.post_soap(
        envelope(
            "<ns0:ObjectType>DataExtensionObject[Contacts]</ns0:ObjectType>"
            "<ns0:Properties>SubscriberKey</ns0:Properties>"
            "<ns0:Options><ns0:BatchSize>150</ns0:BatchSize></ns0:Options>"
        ),
        action='"Retrieve"',
        path="//service.asmx",
    )
    second = sfmc.post_soap(
        envelope(f"<ns0:ObjectType/><ns0:ContinueRequest>{first.request_id}</ns0:ContinueRequest>"),
        action='"Retrieve"',
        path="/service.asmx",
    )

    assert (first.status, len(first.rows)) == ("MoreDataAvailable", 150)
    assert (second.status, len(second.rows)) == ("OK", 50)


def test_a_continue_may_leave_out_the_object_type(sfmc):
    first = sfmc.retrieve("DataExtension", ["Name"], "<Options><BatchSize>3</BatchSize></Options>")
    answer = sfmc.soap(
        '<RetrieveRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><RetrieveRequest>'
        f"<ContinueRequest>{first.request_id}</ContinueRequest></RetrieveRequest></RetrieveRequestMsg>"
    )

    assert len(answer.results) == 3
