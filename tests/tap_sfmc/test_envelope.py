from lxml import etree

from tap_sfmc.api import envelope
from tap_sfmc.api.envelope import Both, Compare, Retrieve

API = "{http://exacttarget.com/wsdl/partnerAPI}"


def request(*arguments, **options):
    return etree.fromstring(envelope.request(*arguments, **options))


def answer(results="", status="OK"):
    return f"""<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<soap:Body><RetrieveResponseMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><OverallStatus>{status}</OverallStatus>
<RequestID>r1</RequestID>{results}</RetrieveResponseMsg></soap:Body></soap:Envelope>""".encode()


def test_the_token_is_in_the_header_and_properties_are_listed():
    root = request("t<&>", Retrieve("DataExtension", ("Name", "CustomerKey")))
    assert root.findtext(".//{http://exacttarget.com}fueloauth") == "t<&>"
    assert [node.text for node in root.iter(f"{API}Properties")] == ["Name", "CustomerKey"]


def test_filters_carry_their_type_and_dates_go_as_date_values():
    condition = Both(
        Compare("A", "equals", ("x",)), Compare("D", "greaterThanOrEqual", dates=("2024-01-01T00:00:00",))
    )
    node = request("t", Retrieve("X", ("A",), condition)).find(f".//{API}Filter")
    kind = "{http://www.w3.org/2001/XMLSchema-instance}type"
    assert node.get(kind) == "ComplexFilterPart"
    assert node.find(f"{API}RightOperand").get(kind) == "SimpleFilterPart"
    assert node.findtext(f"{API}RightOperand/{API}DateValue") == "2024-01-01T00:00:00"


def test_going_on_names_the_request():
    root = request("t", Retrieve("X", ("A",)), "r1")
    assert root.findtext(f".//{API}ContinueRequest") == "r1"
    assert request("t", Retrieve("X", ("A",)), "r1", bare=True).find(f".//{API}Properties") is None


def test_nil_and_absent_are_the_same_and_nested_names_are_dotted():
    read = envelope.answer(
        answer(
            '<Results><ObjectID xsi:nil="true"/><Name>n</Name><Description/>'
            "<DataExtension><CustomerKey>k</CustomerKey></DataExtension></Results>"
        )
    )
    assert envelope.flatten(read.results[0]) == {
        "Name": "n",
        "Description": "",
        "DataExtension.CustomerKey": "k",
    }


def test_a_value_that_is_missing_empty_or_nil_shifts_no_other():
    read = envelope.answer(
        answer(
            "<Results><Properties><Property><Name>A</Name></Property><Property><Name>B</Name><Value/></Property>"
            '<Property><Name>C</Name><Value xsi:nil="true"/></Property>'
            "<Property><Name>D</Name><Value> d</Value></Property></Properties></Results>"
        )
    )
    assert dict(envelope.row(read.results[0])) == {"A": "", "B": "", "C": "", "D": " d"}


def test_control_characters_do_not_lose_the_answer():
    read = envelope.answer(answer("<Results><Name>a&#xB;b\x01c&#0;&#31;&#x1f;d&#xA;e</Name></Results>"))
    assert envelope.flatten(read.results[0])["Name"] == "a\ufffdb\ufffdc\ufffd\ufffd\ufffdd\ne"


def test_entities_are_not_resolved():
    bomb = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    root = envelope.parse(bomb)
    assert root is None or not (root.text or "").strip()


def test_a_fault_has_text_and_code():
    body = b"""<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>
    <faultcode>soap:Server</faultcode><faultstring>Rate Limited</faultstring>
    <detail><apifault xmlns="urn:fault.partner.exacttarget.com"><Code>17</Code></apifault></detail>
    </soap:Fault></soap:Body></soap:Envelope>"""
    assert envelope.fault(body) == ("Rate Limited", "17")
    assert envelope.fault(b"") is None
    assert envelope.fault(answer()) is None
