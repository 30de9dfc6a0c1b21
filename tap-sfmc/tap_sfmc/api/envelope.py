"""SOAP requests and answers as XML: the one request that the tap makes, ``Retrieve``.

No WSDL is read at run time: the service accepts this envelope, and answers with one skeleton.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from tap_sfmc.errors import RemoteError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_ET = "http://exacttarget.com"
_API = "http://exacttarget.com/wsdl/partnerAPI"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_TYPE = f"{{{_XSI}}}type"
_NIL = f"{{{_XSI}}}nil"

# The server's own writer lets control characters of the data through, as references or raw,
# although XML 1.0 has no place for them.
_ILLEGAL = re.compile(
    rb"&#(?:x0*(?:[0-8bcBC]|[eE]|1[0-9a-fA-F]|0[eE])|0*(?:[0-8]|1[124-9]|2\d|3[01]));|[\x00-\x08\x0b\x0c\x0e-\x1f]"
)
Element = etree._Element  # noqa: SLF001 - lxml has no public name for it
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()


@dataclass(frozen=True)
class Compare:
    """``SimpleFilterPart``: texts are sent as ``Value``, date-times as ``DateValue``.

    A ``DateValue`` without a zone is a reading of the server's clock (Salesforce documentation,
    "Incoming date normalization").
    """

    property: str
    operator: str
    values: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Both:
    """``ComplexFilterPart`` with ``AND``."""

    left: Filter
    right: Filter


Filter = Compare | Both


@dataclass(frozen=True)
class Retrieve:
    """What to retrieve.

    Attributes:
        object_type: Case-sensitive, ``DataExtensionObject[key]`` for rows.
        properties: To be listed one by one: there is no wildcard.
        filter: Evaluated by the server.
        batch_size: Objects per answer, 2,500 at most.
        all_accounts: Also those of other business units; needs a token of the parent account.
        client_id: MID on whose behalf it is asked.
    """

    object_type: str
    properties: tuple[str, ...]
    filter: Filter | None = None
    batch_size: int | None = None
    all_accounts: bool = False
    client_id: str = ""


@dataclass(frozen=True)
class Retrieved:
    """One answer.

    Attributes:
        status: ``OK``, ``MoreDataAvailable``, or what went wrong.
        request_id: To ask for the rest with.
        results: The ``Results`` elements.
    """

    status: str
    request_id: str
    results: list[Element]


def request(token: str, retrieve: Retrieve, continue_request: str = "", *, bare: bool = False) -> bytes:
    """The envelope of a ``Retrieve``.

    Args:
        token: Goes into the header.
        retrieve: What to retrieve.
        continue_request: Identifier of the answer to go on from.
        bare: Leave out everything but the object type; some objects refuse to go on otherwise.
    """
    envelope = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"s": _SOAP, "xsi": _XSI, "et": _ET, "api": _API})
    header = etree.SubElement(envelope, f"{{{_SOAP}}}Header")
    etree.SubElement(header, f"{{{_ET}}}fueloauth").text = token
    body = etree.SubElement(envelope, f"{{{_SOAP}}}Body")
    message = etree.SubElement(body, f"{{{_API}}}RetrieveRequestMsg")
    node = etree.SubElement(message, f"{{{_API}}}RetrieveRequest")
    if retrieve.client_id:
        _add(etree.SubElement(node, f"{{{_API}}}ClientIDs"), "ID", retrieve.client_id)
    _add(node, "ObjectType", retrieve.object_type)
    if not bare:
        for name in retrieve.properties:
            _add(node, "Properties", name)
        if retrieve.filter is not None:
            _add_filter(node, "Filter", retrieve.filter)
    if continue_request:
        _add(node, "ContinueRequest", continue_request)
    if retrieve.all_accounts:
        _add(node, "QueryAllAccounts", "true")
    if retrieve.batch_size and not bare:
        _add(etree.SubElement(node, f"{{{_API}}}Options"), "BatchSize", str(retrieve.batch_size))
    return bytes(etree.tostring(envelope, xml_declaration=True, encoding="utf-8"))


def answer(body: bytes) -> Retrieved:
    """Read an answer to a ``Retrieve``.

    Raises:
        RemoteError: It is no such answer.
    """
    root = parse(body)
    message = None if root is None else root.find(f".//{{{_API}}}RetrieveResponseMsg")
    if message is None:
        what = "The SOAP service gave an answer that is no RetrieveResponseMsg."
        raise RemoteError(what)
    return Retrieved(
        status=(message.findtext(f"{{{_API}}}OverallStatus") or "").strip(),
        request_id=(message.findtext(f"{{{_API}}}RequestID") or "").strip(),
        results=message.findall(f"{{{_API}}}Results"),
    )


def fault(body: bytes) -> tuple[str, str] | None:
    """Text and numeric code (or ``""``) of a SOAP fault, ``None`` if the body is none."""
    root = parse(body)
    node = None if root is None else root.find(f".//{{{_SOAP}}}Fault")
    if node is None:
        return None
    code = node.find(".//{*}Code")
    return (node.findtext("faultstring") or "").strip(), (code.text or "").strip() if code is not None else ""


def parse(body: bytes) -> Element | None:
    """The document element, ``None`` if the body is no XML. Entities and networks are not resolved."""
    try:
        return etree.fromstring(body, _parser())
    except etree.XMLSyntaxError:
        pass
    try:
        return etree.fromstring(_ILLEGAL.sub(_REPLACEMENT, body), _parser())
    except etree.XMLSyntaxError:
        return None


def flatten(result: Element, prefix: str = "") -> dict[str, str]:
    """A result's leaves by dotted name, as in ``Properties``: ``DataExtension.CustomerKey``.

    What is nil or absent is not in the mapping.
    """
    values: dict[str, str] = {}
    for child in result:
        if child.get(_NIL) == "true" or not isinstance(child.tag, str):
            continue
        name = prefix + child.tag.rpartition("}")[2]
        if len(child):
            values |= flatten(child, f"{name}.")
        else:
            values[name] = child.text or ""
    return values


def row(result: Element) -> Iterator[tuple[str, str]]:
    """Names and values of a ``DataExtensionObject``; a missing, empty or nil value is ``""``."""
    for item in result.iterfind(f"{{{_API}}}Properties/{{{_API}}}Property"):
        yield item.findtext(f"{{{_API}}}Name") or "", item.findtext(f"{{{_API}}}Value") or ""


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _add(parent: Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{_API}}}{name}").text = text


def _add_filter(parent: Element, name: str, condition: Filter) -> None:
    node = etree.SubElement(parent, f"{{{_API}}}{name}")
    if isinstance(condition, Both):
        # Without xsi:type the service answers "Unknown filter of type FilterPart encountered".
        node.set(_TYPE, "ComplexFilterPart")
        _add_filter(node, "LeftOperand", condition.left)
        _add(node, "LogicalOperator", "AND")
        _add_filter(node, "RightOperand", condition.right)
        return
    node.set(_TYPE, "SimpleFilterPart")
    _add(node, "Property", condition.property)
    _add(node, "SimpleOperator", condition.operator)
    for value in condition.values:
        _add(node, "Value", value)
    for moment in condition.dates:
        _add(node, "DateValue", moment)
