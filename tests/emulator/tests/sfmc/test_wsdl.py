"""Answers fit the WSDL that is served, and the vendor's own where it is at hand."""

import os
from pathlib import Path

import pytest
import zeep
from lxml import etree

SPECS = os.environ.get("VENDOR_SPECS")
REAL_WSDL = Path(SPECS, "etframework.wsdl") if SPECS else None
with_real_wsdl = pytest.mark.skipif(
    REAL_WSDL is None or not REAL_WSDL.exists(),
    reason="VENDOR_SPECS names no folder with the vendor's etframework.wsdl",
)
PARTNER = "http://exacttarget.com/wsdl/partnerAPI"
XSD = "http://www.w3.org/2001/XMLSchema"

# Where the vendor's own answers, as recorded, do not fit the vendor's WSDL: parts that it calls required
# are left out when they were not asked for.
KNOWN_DEVIATIONS = ("}AccountType ).", "}Value ).")


def schema_of(wsdl):
    """The schema inside a WSDL; the import of the fault's schema is left out."""
    (schema,) = wsdl.iter(f"{{{XSD}}}schema")
    for element in schema.findall(f"{{{XSD}}}import"):
        schema.remove(element)
    # Written and read again, it has the namespaces that the WSDL around it declared.
    return etree.XMLSchema(etree.fromstring(etree.tostring(schema)))


@pytest.fixture
def answers(sfmc):
    """One answer of each kind."""
    everything = {
        "DataExtension": (
            "Name SendableDataExtensionField.Name SendableSubscriberField.Name CategoryID CreatedDate "
            "RetainUntil ObjectID RowBasedRetention"
        ),
        "DataExtensionField": "Name FieldType MaxLength Scale DefaultValue DataExtension.CustomerKey Ordinal",
        "DataFolder": "ID Name ContentType ParentFolder.ID Client.ID CreatedDate IsActive CustomerKey",
        "BusinessUnit": "ID Name ParentID Client.ID",
        "DataExtensionObject[every-type]": "ID AText ANumber ADate",
        "Nothing": "Name",
    }
    return [sfmc.retrieve(name, properties.split()) for name, properties in everything.items()]


def messages(answers):
    for answer in answers:
        (body,) = answer.root.iter("{http://schemas.xmlsoap.org/soap/envelope/}Body")
        yield etree.ElementTree(etree.fromstring(etree.tostring(body[0])))


def test_answers_are_valid_by_the_wsdl_that_is_served(sfmc, answers):
    schema = schema_of(etree.fromstring(sfmc.session.get(f"{sfmc.url}/etframework.wsdl").content))

    for message in messages(answers):
        schema.assertValid(message)


@with_real_wsdl
def test_answers_are_valid_by_the_vendor_s_wsdl(answers):
    schema = schema_of(etree.parse(str(REAL_WSDL)).getroot())

    for message in messages(answers):
        if not schema.validate(message):
            unknown = [
                error.message for error in schema.error_log if not error.message.endswith(KNOWN_DEVIATIONS)
            ]
            assert unknown == []


@with_real_wsdl
def test_a_client_made_from_the_vendor_s_wsdl_reads_the_emulator(sfmc, tmp_path):
    fault_schema = tmp_path / "ETFrameworkFault.xsd"
    fault_schema.write_bytes(sfmc.session.get(f"{sfmc.url}/ETFrameworkFault.xsd").content)
    local = tmp_path / "etframework.wsdl"
    local.write_text(
        REAL_WSDL.read_text().replace(
            "https://webservice.exacttarget.com/ETFrameworkFault.xsd", fault_schema.name
        )
    )
    transport = zeep.Transport(session=sfmc.session)
    client = zeep.Client(str(local), transport=transport)
    service = client.create_service(f"{{{PARTNER}}}SoapBinding", f"{sfmc.url}/Service.asmx")
    header = zeep.xsd.Element(
        "{http://exacttarget.com}fueloauth",
        zeep.xsd.ComplexType([zeep.xsd.Element("_value_1", zeep.xsd.String())]),
    )

    answer = service.Retrieve(
        _soapheaders=[header(_value_1=sfmc.token())],
        RetrieveRequest={
            "ObjectType": "DataExtensionObject[contacts]",
            "Properties": ["SubscriberKey", "Phone"],
        },
    )
    assert len(answer.Results) == 200


@pytest.mark.parametrize("path", ["/etframework.wsdl", "/soap/ETFramework.wsdl", "/Service.asmx?wsdl"])
def test_the_wsdl_is_found_under_the_paths_that_clients_use(sfmc, path):
    answer = sfmc.session.get(sfmc.url + path)

    assert f'location="{sfmc.url}/Service.asmx"' in answer.text
    assert f'schemaLocation="{sfmc.url}/ETFrameworkFault.xsd"' in answer.text


def test_the_service_page_is_no_wsdl(sfmc):
    assert "definitions" not in sfmc.session.get(f"{sfmc.url}/Service.asmx").text
