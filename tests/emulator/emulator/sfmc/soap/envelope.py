"""SOAP envelopes: reading what clients of every make send, and writing the service's own skeleton.

Some clients parse answers by literal names: the envelope's prefix is ``soap:`` and the children of the
message carry none.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from xml.sax.saxutils import escape

from lxml import etree

PARTNER = "http://exacttarget.com/wsdl/partnerAPI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_TOKEN_ELEMENTS = frozenset({"fueloauth", "oAuthToken"})
_TIMESTAMP_LIFE = timedelta(minutes=5)
_FAULT_ACTION = "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault"
_SECEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"


class MalformedEnvelopeError(Exception):
    """Not XML, or no SOAP envelope with a body."""


@dataclass(frozen=True)
class SoapRequest:
    """A message and the token that came with it ("" for none)."""

    message: etree._Element
    token: str


@dataclass(frozen=True)
class Fault:
    """A SOAP fault. ``code`` is a number in the detail's ``apifault``, or None for no detail."""

    text: str
    is_security: bool = False
    code: int | None = None


def parse(content: bytes) -> SoapRequest:
    """Read a request. Header and body may come in any order, prefixes do not matter.

    The token is the text of any ``fueloauth`` or ``oAuthToken`` element, its children included.

    Raises:
        MalformedEnvelopeError: when there is no message in it.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, huge_tree=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise MalformedEnvelopeError from error
    body = next((each for each in root if local_name(each) == "Body"), None)
    if local_name(root) != "Envelope" or body is None or not len(body):
        raise MalformedEnvelopeError
    token = ""
    for header in (each for each in root if local_name(each) == "Header"):
        for element in header.iter():
            if local_name(element) in _TOKEN_ELEMENTS:
                token = "".join(map(str, element.itertext())).strip()
    return SoapRequest(body[0], token)


def local_name(element: etree._Element) -> str:
    """The name without namespace; "" for comments and the like."""
    # Processing instructions have a function for a tag.
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of a local name."""
    return next((each for each in element if local_name(each) == name), None)


def children(element: etree._Element, name: str) -> list[etree._Element]:
    return [each for each in element if local_name(each) == name]


def text(element: etree._Element | None, name: str) -> str:
    """The text of a child, stripped; "" when there is none."""
    found = child(element, name) if element is not None else None
    return "".join(map(str, found.itertext())).strip() if found is not None else ""


def type_of(element: etree._Element) -> str:
    """The local part of ``xsi:type``."""
    return str(element.get(f"{{{XSI}}}type") or "").rpartition(":")[2]


def message(name: str, action: str, content: str) -> bytes:
    """An envelope around one message element; ``content`` is XML without prefixes."""
    return _envelope(action, f'<{name} xmlns="{PARTNER}">{content}</{name}>')


def fault(problem: Fault, address: str) -> bytes:
    """An envelope around a fault, to be sent with HTTP 500."""
    if problem.is_security:
        code = f'<faultcode xmlns:q0="{_SECEXT}">q0:Security</faultcode>'
    else:
        code = f"<faultcode>soap:{'Server' if problem.code is not None else 'Client'}</faultcode>"
    detail = ""
    if problem.code is not None:
        detail = (
            '<detail><apifault xmlns="urn:fault.partner.exacttarget.com">'
            f"<Code>{problem.code}</Code><Message>{escape(problem.text)}</Message></apifault></detail>"
        )
    return _envelope(
        _FAULT_ACTION,
        f"<soap:Fault>{code}<faultstring>{escape(problem.text)}</faultstring>"
        f"<faultactor>{escape(address)}</faultactor>{detail}</soap:Fault>",
    )


def _envelope(action: str, body: str) -> bytes:
    now = datetime.now(timezone.utc)
    created, expires = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (now, now + _TIMESTAMP_LIFE))
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
        f' xmlns:xsi="{XSI}" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
        f' xmlns:wsse="{_SECEXT}" xmlns:wsu="{_UTILITY}">'
        f"<soap:Header><wsa:Action>{action}</wsa:Action>"
        f"<wsa:MessageID>urn:uuid:{uuid.uuid4()}</wsa:MessageID>"
        f"<wsa:RelatesTo>urn:uuid:{uuid.uuid4()}</wsa:RelatesTo>"
        "<wsa:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:To>"
        f'<wsse:Security><wsu:Timestamp wsu:Id="Timestamp-{uuid.uuid4()}">'
        f"<wsu:Created>{created}</wsu:Created><wsu:Expires>{expires}</wsu:Expires></wsu:Timestamp></wsse:Security></soap:Header>"
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()
