"""A tap for SFMC written the ordinary way: ``RESTStream``, a JSONPath, ``post_process`` by value.

It follows the SDK's template: one page at a time, types restored by Python functions, messages
written by the SDK. It is a baseline, not a product: it discovers and reads correctly, no more.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests
from lxml import etree
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BearerTokenAuthenticator
from singer_sdk.pagination import PageNumberPaginator

if TYPE_CHECKING:
    from collections.abc import Callable

    from singer_sdk.helpers.types import Context

_API = "{http://exacttarget.com/wsdl/partnerAPI}"
_CLOCK = timezone(timedelta(hours=-6))
_PAGE_SIZE = 2500
_ENVELOPE = """<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/">
<Header><fueloauth xmlns="http://exacttarget.com">{token}</fueloauth></Header>
<Body><RetrieveRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><RetrieveRequest>
<ObjectType>{object_type}</ObjectType>{properties}{go_on}</RetrieveRequest></RetrieveRequestMsg></Body></Envelope>"""
_TYPES = {
    "Number": th.IntegerType,
    "Decimal": th.NumberType,
    "Boolean": th.BooleanType,
    "Date": th.DateTimeType,
}


def _date(text: str) -> str:
    moment = datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=_CLOCK)
    return moment.astimezone(timezone.utc).isoformat()


_READERS: dict[str, Callable[[str], Any]] = {
    "Number": int,
    "Decimal": Decimal,
    "Boolean": lambda text: text == "True",
    "Date": _date,
}


class Pages(PageNumberPaginator):
    """Page numbers from 1, until a page is not full."""

    def has_more(self, response: requests.Response) -> bool:
        """Whether the page's link says that there is another."""
        # Most taps parse the page once more for this; the comparison does not rest on that.
        return b'"next"' in response.content[:1000]


class DataExtensionStream(RESTStream[int]):
    """Rows of one data extension."""

    records_jsonpath = "$.items[*]"

    def __init__(self, tap: StockTap, key: str, name: str, fields: list[dict[str, str]]) -> None:
        properties = th.PropertiesList(
            *(
                th.Property(
                    field["Name"],
                    _TYPES.get(field["FieldType"], th.StringType),
                    required=field["IsPrimaryKey"] == "true",
                )
                for field in fields
            )
        )
        self.path = f"/data/v1/customobjectdata/key/{quote(key)}/rowset"
        self._columns = [
            (field["Name"], field["Name"].lower(), _READERS.get(field["FieldType"])) for field in fields
        ]
        super().__init__(tap, name=name, schema=properties.to_dict())
        self.primary_keys = [field["Name"] for field in fields if field["IsPrimaryKey"] == "true"]
        self._token = tap.token

    @property
    def url_base(self) -> str:
        """Where the tenant is."""
        return str(self.config["base_endpoint"])

    @property
    def authenticator(self) -> BearerTokenAuthenticator:
        """The token that the tap got."""
        return BearerTokenAuthenticator(token=self._token)

    def get_new_paginator(self) -> Pages:
        """Page numbers."""
        return Pages(1)

    def get_url_params(self, context: Context | None, next_page_token: int | None) -> dict[str, Any]:
        """Page and size."""
        return {"$page": next_page_token or 1, "$pageSize": _PAGE_SIZE, "$orderBy": self.primary_keys[0]}

    def post_process(self, row: dict[str, Any], context: Context | None = None) -> dict[str, Any]:
        """Join keys and values, restore names and types."""
        wire = {**row["keys"], **row["values"]}
        record: dict[str, Any] = {}
        for name, wire_name, read in self._columns:
            value = wire.get(wire_name)
            record[name] = None if not value else read(value) if read else value
        return record


class StockTap(Tap):
    """The tap."""

    name = "stock-tap"
    config_jsonschema = th.PropertiesList(
        th.Property("base_endpoint", th.StringType, required=True),
        th.Property("client_id", th.StringType, required=True),
        th.Property("client_secret", th.StringType, required=True, secret=True),
        th.Property("include", th.ArrayType(th.StringType), required=True),
    ).to_dict()

    @cached_property
    def token(self) -> str:
        """An access token."""
        body = {key: self.config[key] for key in ("client_id", "client_secret")}
        answer = requests.post(
            f"{self.config['base_endpoint']}/v2/token",
            json={"grant_type": "client_credentials", **body},
            timeout=60,
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def discover_streams(self) -> list[DataExtensionStream]:
        """All data extensions that are included, with their fields."""
        names = {
            found["CustomerKey"]: found["Name"]
            for found in self._retrieve("DataExtension", "CustomerKey", "Name")
        }
        fields: dict[str, list[dict[str, str]]] = {}
        for field in self._retrieve(
            "DataExtensionField", "DataExtension.CustomerKey", "Name", "FieldType", "IsPrimaryKey"
        ):
            fields.setdefault(field["DataExtension"], []).append(field)
        return [
            DataExtensionStream(self, key, names[key].lower().replace(" ", "_"), fields[key])
            for key in self.config["include"]
        ]

    def _retrieve(self, object_type: str, *properties: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        go_on = ""
        while True:
            envelope = _ENVELOPE.format(
                token=self.token,
                object_type=object_type,
                properties="".join(f"<Properties>{name}</Properties>" for name in properties),
                go_on=f"<ContinueRequest>{go_on}</ContinueRequest>" if go_on else "",
            )
            answer = requests.post(
                f"{self.config['base_endpoint']}/Service.asmx",
                data=envelope,
                headers={"SOAPAction": "Retrieve", "Content-Type": "text/xml"},
                timeout=60,
            )
            root = etree.fromstring(answer.content)
            found += [
                {
                    etree.QName(child).localname: child.findtext(f"{_API}CustomerKey") or child.text or ""
                    for child in result
                }
                for result in root.iter(f"{_API}Results")
            ]
            if root.findtext(f".//{_API}OverallStatus") != "MoreDataAvailable":
                return found
            go_on = root.findtext(f".//{_API}RequestID") or ""


if __name__ == "__main__":
    StockTap.cli()
