"""SOAP Describe: the properties of an object type."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from emulator.sfmc.cursors import new_token
from emulator.sfmc.soap.envelope import message, text
from emulator.sfmc.soap.objects import OBJECT_TYPES

if TYPE_CHECKING:
    from lxml import etree

    from emulator.sfmc.platform import Platform


def answer(element: etree._Element, platform: Platform) -> bytes:
    """The envelope for a ``DefinitionRequestMsg``; unknown types are left out of it."""
    definitions = ""
    if platform.switches.text("sfmc.soap_describe") == "full":
        names = [
            text(each, "ObjectType")
            for each in element.iter()
            if str(each.tag).endswith("}ObjectDefinitionRequest")
        ]
        definitions = "".join(_definition(name) for name in names if name in OBJECT_TYPES)
    content = f"{definitions}<RequestID>{new_token()}</RequestID>"
    return message("DefinitionResponseMsg", "DescribeResponse", content)


def _definition(name: str) -> str:
    kind = OBJECT_TYPES[name]
    properties = "".join(
        f'<Properties><PartnerKey xsi:nil="true" /><ObjectID xsi:nil="true" /><Name>{escape(each)}</Name>'
        f"<DataType>{kind.data_types.get(each, 'String')}</DataType><IsUpdatable>false</IsUpdatable>"
        "<IsRetrievable>true</IsRetrievable><IsRequired>false</IsRequired></Properties>"
        for each in kind.properties
    )
    return f"<ObjectDefinition><ObjectType>{name}</ObjectType>{properties}</ObjectDefinition>"
